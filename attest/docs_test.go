package attest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const formats = "../docs/formats"

var inBackticks = regexp.MustCompile("`([a-z-]+)`")

// documentedChecks gathers the names of checks from the pages: the first column of tables whose head begins with
// "check", and the paragraphs that list the process's and the attester's.
func documentedChecks(t *testing.T) map[string]string {
	t.Helper()
	found := make(map[string]string)
	add := func(page, text string) {
		for _, match := range inBackticks.FindAllStringSubmatch(text, -1) {
			found[match[1]] = page
		}
	}
	for _, page := range []string{"certificates.md", "policy.md"} {
		inTable := false
		for line := range strings.Lines(string(ok1(os.ReadFile(filepath.Join(formats, page)))(t))) {
			cells := strings.Split(line, "|")
			switch {
			case len(cells) < 3:
				inTable = false
			case strings.HasPrefix(strings.TrimSpace(cells[1]), "check"):
				inTable = true
			case inTable:
				add(page, cells[1])
			}
		}
	}
	listed := regexp.MustCompile("(?m)^(Service certificates: .*|Its own certificate.*|Replies: .*)$")
	for _, line := range listed.FindAllString(string(ok1(os.ReadFile(filepath.Join(formats, "certificates.md")))(t)), -1) {
		add("certificates.md", regexp.MustCompile(`\([^)]*\)`).ReplaceAllString(line, ""))
	}
	attester := string(ok1(os.ReadFile(filepath.Join(formats, "evidence.md")))(t))
	_, attester, cut := strings.Cut(attester, "The attester makes no evidence")
	attester, _, _ = strings.Cut(attester, "\n\n")
	if !cut {
		t.Fatal("evidence.md no longer says when the attester makes no evidence")
	}
	add("evidence.md", attester)
	return found
}

// declaredChecks reads the constants of type Check from the source: a list kept by hand could miss one.
func declaredChecks(t *testing.T) []string {
	t.Helper()
	file := ok1(parser.ParseFile(token.NewFileSet(), "check.go", nil, 0))(t)
	var values []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, isValue := n.(*ast.ValueSpec)
		if !isValue {
			return true
		}
		if name, isName := spec.Type.(*ast.Ident); isName && name.Name == "Check" {
			values = append(values, ok1(strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value))(t))
		}
		return true
	})
	return values
}

func TestChecksAreDocumented(t *testing.T) {
	documented, declared := documentedChecks(t), declaredChecks(t)
	if len(declared) < 30 {
		t.Fatalf("found %d constants of type Check only", len(declared))
	}
	for _, check := range declared {
		if documented[check] == "" {
			t.Errorf("check %q is in no page of docs/formats", check)
		}
	}
	for check, page := range documented {
		if !slices.Contains(declared, check) {
			t.Errorf("%s names the check %q, which is no constant", page, check)
		}
	}
}

// The page's table of a relying service's checks is in the order in which Verify makes them, and the constants too.
func TestRelyingPartyChecksAreInOrder(t *testing.T) {
	page := string(ok1(os.ReadFile(filepath.Join(formats, "certificates.md")))(t))
	_, table, _ := strings.Cut(page, "## Checks by a relying service")
	table, _, _ = strings.Cut(table, "\n## ")
	var order []string
	for line := range strings.Lines(table) {
		if cells := strings.Split(line, "|"); len(cells) > 3 {
			for _, match := range inBackticks.FindAllStringSubmatch(cells[1], -1) {
				order = append(order, match[1])
			}
		}
	}
	if want := declaredChecks(t)[:len(order)]; !slices.Equal(order, want) {
		t.Errorf("the page has %v\nthe constants %v", order, want)
	}
}

// Each check of the page's table is the answer to a case of the tests, but for the two that the service makes itself.
func TestEveryCheckIsBroken(t *testing.T) {
	broken := make(map[string]bool)
	for _, rc := range slices.Concat(clientCases, formCases, certificateCases, evidenceCases, requestCases) {
		broken[string(rc.want)] = true
	}
	for _, ac := range appraisalCases {
		broken[string(ac.want)] = true
	}
	for _, cc := range certifyCases {
		broken[string(cc.want)] = true
	}
	for _, file := range []string{"request.json", "reply.json", "certificates.json", "csr.json"} {
		for _, match := range regexp.MustCompile(`"expect": "([a-z-]+)"`).FindAllStringSubmatch(string(ok1(os.ReadFile(filepath.Join("testdata", "vectors", file)))(t)), -1) {
			broken[match[1]] = true
		}
	}
	for _, check := range declaredChecks(t) {
		// The sequence number is the service's to check, the digest in the process's memory the attester's.
		if !broken[check] && check != string(CheckSequence) && check != string(CheckCSRDigest) {
			t.Errorf("no case breaks check %q", check)
		}
	}
}

func TestStatus(t *testing.T) {
	for check, want := range map[Check]int{
		CheckRequest: 400, CheckCertificate: 401, CheckChain: 401, CheckTime: 401, CheckRole: 401,
		CheckClientCertificate: 403, CheckEvidenceMissing: 403, CheckExecutable: 403, CheckSignature: 403, CheckSealed: 403, CheckSequence: 409,
	} {
		if got := (&Refusal{Check: check}).Status(); got != want {
			t.Errorf("status of %s is %d, want %d", check, got, want)
		}
	}
}

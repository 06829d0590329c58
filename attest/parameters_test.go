package attest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const validParameters = `{"version":1,"solution":"retail","program":"retail","run":"run-1","mode":"compartment","path":"relayed",` +
	`"crypto":"hpke","requests":10,"interval_ms":0,"threshold_cents":15000,"customer":"Ana"}`

func TestParseParameters(t *testing.T) {
	p := ok1(ParseParameters([]byte(validParameters)))(t)
	want := &Parameters{
		Version: 1, Solution: "retail", Program: "retail", Run: "run-1", Mode: "compartment", Path: "relayed", Crypto: HPKE, Verify: Full, Requests: 10,
		Arguments: map[string]any{"threshold_cents": int64(15000), "customer": "Ana"},
	}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Error(diff)
	}
	ok1(ParseParameters([]byte(" {\n" + validParameters[1:] + "\n")))(t)
	ok1(ParseParameters([]byte(strings.Replace(validParameters, `,"customer":"Ana"`, "", 1))))(t)
	ok1(ParseParameters([]byte(strings.Replace(validParameters, PathRelayed, PathDirect, 1))))(t)
	cached := ok1(ParseParameters([]byte(strings.Replace(validParameters, `"requests"`, `"verify":"cached","requests"`, 1))))(t)
	want.Verify = Cached
	if diff := cmp.Diff(want, cached); diff != "" {
		t.Error(diff)
	}
	for member, limits := range map[string][2]int64{
		`"requests":10`: {1, 1_000_000}, `"interval_ms":0`: {0, 3_600_000}, `"threshold_cents":15000`: {-(1 << 53), 1 << 53},
	} {
		name, _, _ := strings.Cut(member, ":")
		for i, limit := range limits {
			at := strings.Replace(validParameters, member, fmt.Sprintf("%s:%d", name, limit), 1)
			ok1(ParseParameters([]byte(at)))(t)
			beyond := strings.Replace(validParameters, member, fmt.Sprintf("%s:%d", name, limit+int64(2*i-1)), 1)
			_, err := ParseParameters([]byte(beyond))
			wantCheck(t, err, CheckParameters)
		}
	}
}

// manyArguments are one more than there may be.
func manyArguments() string {
	var text strings.Builder
	for i := range maxArguments + 1 {
		fmt.Fprintf(&text, `"a%d":1,`, i)
	}
	return text.String()
}

func TestParseParametersRefuses(t *testing.T) {
	replaced := func(old, new string) string {
		if !strings.Contains(validParameters, old) {
			t.Fatalf("nothing to replace: %s", old)
		}
		return strings.Replace(validParameters, old, new, 1)
	}
	for name, text := range map[string]string{
		"empty":                     "",
		"no object":                 `[1]`,
		"cut":                       validParameters[:len(validParameters)-1],
		"something follows":         validParameters + "{}",
		"garbage follows":           validParameters + "x",
		"argument twice":            replaced(`"run"`, `"customer":"B","run"`),
		"argument no name":          replaced(`"customer"`, `"the customer"`),
		"true for an argument":      replaced("15000", "true"),
		"leading zero":              replaced("15000", "015"),
		"too many arguments":        replaced(`"run"`, manyArguments()+`"run"`),
		"member twice":              replaced(`"run"`, `"mode":"compartment","run"`),
		"another case":              replaced(`"run"`, `"Run"`),
		"missing":                   replaced(`"path":"relayed",`, ""),
		"null":                      replaced(`"Ana"`, "null"),
		"number as text":            replaced("10", `"10"`),
		"text as number":            replaced(`"run-1"`, "1"),
		"exponent":                  replaced("15000", "15e3"),
		"fraction":                  replaced("15000", "15000.0"),
		"version 2":                 replaced(`"version":1`, `"version":2`),
		"solution no name":          replaced(`"solution":"retail"`, `"solution":"../x"`),
		"program no name":           replaced(`"program":"retail"`, `"program":""`),
		"run no name":               replaced("run-1", "-run"),
		"mode no name":              replaced(`"compartment"`, `"COMPARTMENT"`),
		"unknown path":              replaced("relayed", "airmail"),
		"unknown crypto":            replaced("hpke", "rot13"),
		"unknown verify":            replaced(`"run"`, `"verify":"never","run"`),
		"empty verify":              replaced(`"run"`, `"verify":"","run"`),
		"verify twice":              replaced(`"run"`, `"verify":"full","verify":"cached","run"`),
		"verify null":               replaced(`"run"`, `"verify":null,"run"`),
		"customer with NUL":         replaced("Ana", `Ana\u0000x`),
		"customer with a new line":  replaced("Ana", `Ana\n`),
		"customer too long":         replaced("Ana", strings.Repeat("a", 1001)),
		"not UTF-8":                 replaced("Ana", "\xff"),
		"too long":                  validParameters + strings.Repeat(" ", parametersLimit),
		"an object for a text":      replaced(`"Ana"`, `{"a":1}`),
		"nothing between the comma": replaced(`"run"`, `,"run"`),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseParameters([]byte(text))
			wantCheck(t, err, CheckParameters)
		})
	}
}

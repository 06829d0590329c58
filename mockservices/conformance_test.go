package mockservices

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"eaibench/attest"
	"eaibench/integration_process"
)

// Any description must pass: those that come with eaibench, and one of another shape that no Go file knows.
func TestEverySolutionConforms(t *testing.T) {
	solutions := map[string]*integration_process.Solution{}
	for _, name := range integration_process.Solutions() {
		solution, err := integration_process.LoadSolution(name)
		if err != nil {
			t.Fatal(err)
		}
		solutions[name] = solution
	}
	const clinic = "testdata/clinic.yaml"
	text, err := os.ReadFile(clinic)
	if err != nil {
		t.Fatal(err)
	}
	if solutions["clinic"], err = integration_process.ParseSolution(clinic, text); err != nil {
		t.Fatal(err)
	}
	solutions["docs"] = documentedSolution(t)
	for name, solution := range solutions {
		for i := range solution.Services {
			t.Run(name+"/"+solution.Services[i].Name, func(t *testing.T) { conform(t, solution, &solution.Services[i]) })
		}
	}
}

// documentedSolution is the example of docs/formats/solution.md, which must not go out of date.
func documentedSolution(t *testing.T) *integration_process.Solution {
	t.Helper()
	const page = "../docs/formats/solution.md"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(text), "```yaml\n")
	example, _, _ = strings.Cut(example, "```")
	solution, err := integration_process.ParseSolution(page, []byte(example))
	if err != nil {
		t.Fatal(err)
	}
	return solution
}

func conform(t *testing.T, solution *integration_process.Solution, service *integration_process.Service) {
	tr := newTrust(t)
	tr.policy.References[0].Program = solution.Program
	o := Options{
		Solution: solution, Service: service.Name, Folder: t.TempDir(), Identity: tr.newService(t, service.Name),
		Root: tr.authority.Root, Policy: tr.newPolicy(t), Seed: 3,
	}
	o.Sizes = map[string]int64{}
	for name, size := range service.Sizes {
		o.Sizes[name] = min(size.Default, size.Min+50)
	}
	s := open(t, o)
	first := dump(t, s.data.readers)
	o.Folder = t.TempDir()
	if diff := cmp.Diff(first, dump(t, open(t, o).data.readers)); diff != "" {
		t.Errorf("the same seed gave other data: %s", diff)
	}

	c := &caller{identity: tr.newProcess(t, solution.Program, "run-1", nil), service: o.Identity.Certificate, solution: solution.Name, crypto: attest.HPKE}
	if service.Read != nil {
		reply := c.ask(t, s, attest.Read, 1, service.Read.Example)
		checkMembers(t, service.Read.Reply, reply)
		if diff := cmp.Diff(first, dump(t, s.data.readers)); diff != "" {
			t.Errorf("a read changed the data: %s", diff)
		}
	}
	if service.Write != nil {
		reply := c.ask(t, s, attest.Write, 2, service.Write.Example)
		checkMembers(t, service.Write.Reply, reply)
		if dump(t, s.data.readers) == first {
			t.Error("a write changed nothing")
		}
	}
	conformPlainly(t, tr, s, c)
	if err := s.Reset(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, dump(t, s.data.readers)); diff != "" {
		t.Errorf("after a reset the data is other: %s", diff)
	}
}

// conformPlainly asks for the same over attested TLS, where the description allows it.
func conformPlainly(t *testing.T, tr *trust, s *Service, c *caller) {
	t.Helper()
	_, base := serve(t, s, tr.authority.Root)
	process := directClient(t, tr.authority.Root, c.identity.TLS())
	if read := s.description.Read; read != nil && read.Plain != nil {
		query := url.Values{}
		for name, value := range membersOf(t, []byte(read.Example)) {
			query.Set(name, fmt.Sprint(value))
		}
		status, body := plainly(t, process, read.Plain.Method, base+read.Plain.Path+"?"+query.Encode(), "")
		if status != http.StatusOK {
			t.Fatalf("plain read: %d %s", status, body)
		}
		checkMembers(t, read.Reply, membersOf(t, body))
	}
	if write := s.description.Write; write != nil && write.Plain != nil {
		before := dump(t, s.data.readers)
		status, body := plainly(t, process, write.Plain.Method, base+write.Plain.Path, write.Example)
		if status != http.StatusOK {
			t.Fatalf("plain write: %d %s", status, body)
		}
		checkMembers(t, write.Reply, membersOf(t, body))
		if dump(t, s.data.readers) == before {
			t.Error("a plain write changed nothing")
		}
	}
}

func checkMembers(t *testing.T, described integration_process.Reply, reply map[string]any) {
	t.Helper()
	if diff := cmp.Diff(slices.Sorted(maps.Keys(described.Members)), slices.Sorted(maps.Keys(reply))); diff != "" {
		t.Errorf("members: %s", diff)
	}
	for name, kind := range described.Members {
		switch value := reply[name].(type) {
		case string:
			if kind != integration_process.Text || value == "" {
				t.Errorf("member %s is text %q", name, value)
			}
		case float64:
			if kind != integration_process.Integer {
				t.Errorf("member %s is a number", name)
			}
		default:
			t.Errorf("member %s is %T", name, value)
		}
	}
}

// A description that does not fit its own schema is found when the service opens, not by its first request.
func TestFaultySQLIsFoundAtOpening(t *testing.T) {
	tr := newTrust(t)
	for name, spoil := range map[string]func(*integration_process.Service){
		"store: schema":           func(s *integration_process.Service) { s.Schema += "; CREATE TABEL x" },
		"store: seed":             func(s *integration_process.Service) { s.Seed += "; INSERT INTO Nowhere VALUES (1)" },
		"store: seed's size":      func(s *integration_process.Service) { s.Seed += "; UPDATE Clientes SET Nome = :nowhere" },
		"store: read":             func(s *integration_process.Service) { s.Read.Reply.Query = "SELECT nothing" },
		"store: read's parameter": func(s *integration_process.Service) { s.Read.Reply.Query = "SELECT :client AS customer" },
		"store: member too many":  func(s *integration_process.Service) { s.Read.Reply.Members["more"] = "text" },
		"store: column too many":  func(s *integration_process.Service) { delete(s.Read.Reply.Members, "phone") },
		"store: member's type":    func(s *integration_process.Service) { s.Read.Reply.Members["phone"] = "integer" },
		"store: text as a column": func(s *integration_process.Service) {
			s.Read.Reply.Query = `SELECT "Ana" AS customer, 'p' AS phone, 'a' AS address, 1 AS total_cents, 1 AS sale`
		},
		"taxi: requirement":          func(s *integration_process.Service) { s.Write.Requirement.Query = "SELECT nothing" },
		"taxi: statement":            func(s *integration_process.Service) { s.Write.Statements[1] = "INSERT INTO Nowhere VALUES (1)" },
		"taxi: statement's variable": func(s *integration_process.Service) { s.Write.Statements[0] = "UPDATE Viagens SET valor = :price" },
		"taxi: reply of a write":     func(s *integration_process.Service) { s.Write.Reply.Query = "SELECT 1 AS ride WHERE 0" },
	} {
		t.Run(name, func(t *testing.T) {
			name, _, _ := strings.Cut(name, ":")
			o := tr.options(t, name)
			service, err := o.Solution.Service(name)
			if err != nil {
				t.Fatal(err)
			}
			spoil(service)
			if s, err := Open(t.Context(), o); err == nil {
				t.Error("the service opened", s.Close())
			}
		})
	}
}

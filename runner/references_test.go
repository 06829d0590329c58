package runner

import (
	"errors"
	"testing"

	"eaibench/attest"
	"eaibench/integration_process"
	"eaibench/platform"
)

// Of the references given, those of the program, its source, the platform and the campaign's modes are taken, all of them; where a
// mode has none, nothing is started.
func TestGivenReferences(t *testing.T) {
	solution, err := integration_process.LoadSolution("retail")
	if err != nil {
		t.Fatal(err)
	}
	source, err := integration_process.Source("retail")
	if err != nil {
		t.Fatal(err)
	}
	sources, err := integration_process.NewSources("retail", "retail.c", source)
	if err != nil {
		t.Fatal(err)
	}
	profile, err := platform.Load("linux")
	if err != nil {
		t.Fatal(err)
	}
	fits := func(mode string, executable byte) attest.Reference {
		return attest.Reference{Program: "retail", Platform: "linux", Mode: mode, SourceSHA256: sources.SHA256(), ExecutableSHA256: attest.Digest{executable}}
	}
	but := func(change func(*attest.Reference)) attest.Reference {
		r := fits("purecap", 9)
		change(&r)
		return r
	}
	for name, test := range map[string]struct {
		given []attest.Reference
		want  []byte // first bytes of the executables' hashes; nil: refused
	}{
		"one of each":                 {[]attest.Reference{fits("purecap", 2), fits("hybrid", 1)}, []byte{1, 2}},
		"of before and after updates": {[]attest.Reference{fits("hybrid", 1), fits("purecap", 2), fits("hybrid", 3)}, []byte{1, 3, 2}},
		"of other modes too":          {[]attest.Reference{fits("compartment", 3), fits("hybrid", 1), fits("purecap", 2)}, []byte{1, 2}},
		"none at all":                 {[]attest.Reference{}, nil},
		"none of a mode":              {[]attest.Reference{fits("hybrid", 1)}, nil},
		"of another source":           {[]attest.Reference{fits("hybrid", 1), but(func(r *attest.Reference) { r.SourceSHA256[0] ^= 1 })}, nil},
		"of another program":          {[]attest.Reference{fits("hybrid", 1), but(func(r *attest.Reference) { r.Program = "healthcare" })}, nil},
		"of another platform":         {[]attest.Reference{fits("hybrid", 1), but(func(r *attest.Reference) { r.Platform = "cheribsd-morello" })}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			o := &operator{solution: solution, source: source, profile: profile, modes: []string{"hybrid", "purecap"}, given: test.given}
			references, err := o.references(t.Context())
			if test.want == nil {
				if !errors.Is(err, ErrNoReference) {
					t.Fatalf("got %v, %v", references, err)
				}
				return
			}
			if err != nil || len(references) != len(test.want) {
				t.Fatalf("got %v, %v", references, err)
			}
			for i, reference := range references {
				if reference.ExecutableSHA256[0] != test.want[i] {
					t.Errorf("reference %d is %+v", i, reference)
				}
			}
		})
	}
}

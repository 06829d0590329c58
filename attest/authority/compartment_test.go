package authority

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"eaibench/attest"
	"eaibench/platform"
)

// TestCompartmentOfEvidence: what a system does not have, or does not tell, is absent from evidence.
func TestCompartmentOfEvidence(t *testing.T) {
	linux := &platform.ProcessFacts{Capabilities: map[string]uint64{"CapEff": 0}}
	cheribsd := &platform.ProcessFacts{}
	for name, test := range map[string]struct {
		proof platform.Proof
		facts *platform.ProcessFacts
		want  attest.Compartment
	}{
		"none": {platform.Proof{}, linux, attest.Compartment{}},
		"bubblewrap": {
			platform.Proof{Kind: "bubblewrap", Namespaces: []string{"net"}, Seccomp: 2, NoNewPrivileges: true},
			linux,
			attest.Compartment{Kind: "bubblewrap", Namespaces: []string{"net"}, Seccomp: 2, NoNewPrivs: true, Capabilities: new(uint64(0))},
		},
		"c18n": {
			platform.Proof{Kind: "c18n", NoNewPrivileges: true, C18N: 2, C18NNames: []string{"[RTLD]", "libx.so"}},
			cheribsd,
			attest.Compartment{Kind: "c18n", NoNewPrivs: true, Compartments: new(int64(2)), Names: []string{"[RTLD]", "libx.so"}},
		},
		"c18n of 22.12": {
			platform.Proof{Kind: "c18n", NoNewPrivileges: true, WritableTrampolines: 4},
			cheribsd,
			attest.Compartment{Kind: "c18n", NoNewPrivs: true, WritableTrampolines: 4},
		},
	} {
		if diff := cmp.Diff(test.want, compartment(test.proof, test.facts)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

package runner

import (
	"maps"
	"testing"
)

// TestCompartmentsOf: a policy gives up what a release cannot show, and nothing on one that shows it.
func TestCompartmentsOf(t *testing.T) {
	for release, want := range map[string]map[string]string{
		"22.12": {"c18n": "linker", "trampolines": "writable"}, "23.11": {"c18n": "linker"}, "24.05": {}, "26.07": {},
	} {
		got, err := compartmentsOf(map[string]string{"cheribsd": release})
		if err != nil || !maps.Equal(got, want) {
			t.Errorf("%s: %v, %v, want %v", release, got, err, want)
		}
	}
	for _, unknown := range []map[string]string{nil, {"cheribsd": "main"}} {
		if got, err := compartmentsOf(unknown); err == nil {
			t.Errorf("of %v the policy says %v", unknown, got)
		}
	}
}

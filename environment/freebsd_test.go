package environment_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"eaibench/environment"
)

func TestParseSysctl(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       map[string]string
	}{
		{"none", "", map[string]string{}},
		{"by colon", "hw.ncpu: 4\n", map[string]string{"hw.ncpu": "4"}},
		{"by equals sign", "hw.ncpu=4\n", map[string]string{"hw.ncpu": "4"}},
		{"colons in a value", "kern.x: a: b=c\n", map[string]string{"kern.x": "a: b=c"}},
		{"empty value", "kern.x: \n", map[string]string{"kern.x": ""}},
		{"unknown name", "sysctl: unknown oid 'kern.y'\nsysctl\n: 3\n", map[string]string{}},
		{"torn", "hw.model: Research Mor", map[string]string{"hw.model": "Research Mor"}},
	} {
		if diff := cmp.Diff(test.want, environment.ParseSysctl(test.text)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestParseKernelOptions(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       []string
	}{
		{"no configuration", "", nil},
		{"nor this", "sysctl: unknown oid\n", nil},
		{"for measuring", "options\tSMP\noptions\tINVARIANT_SUPPORT\n", []string{}},
		{"debugging", "options\tWITNESS\noptions\tINVARIANTS\n", []string{"INVARIANTS", "WITNESS"}},
		{"taken away", "options\tWITNESS\noptions\tINVARIANTS\nnooptions\tWITNESS\n", []string{"INVARIANTS"}},
		{"with a value", "options MALLOC_DEBUG_MAXZONES=8\n", []string{"MALLOC_DEBUG_MAXZONES"}},
		{"commented out", "#options WITNESS\noptions SMP\n", []string{}},
	} {
		if diff := cmp.Diff(test.want, environment.ParseKernelOptions(test.text)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestParseMessageOfTheDay(t *testing.T) {
	text := "Welcome to CheriBSD!\n\nWARNING: WITNESS option enabled, expect reduced performance.\n  WARNING: WITNESS option enabled, expect reduced performance.\nThis kernel has debugging on; ask root@host.example\nForewarned is forearmed\n"
	want := []string{"WARNING: WITNESS option enabled, expect reduced performance.", "This kernel has debugging on; ask …"}
	if diff := cmp.Diff(want, environment.ParseMessageOfTheDay(text)); diff != "" {
		t.Error(diff)
	}
}

// Whatever the text, a sysctl that is read is a line of it, and an option one of its words.
func FuzzParsers(f *testing.F) {
	f.Add("hw.ncpu: 4\noptions WITNESS\nWARNING: x")
	f.Add("a.b=\n[x] y\nnooptions")
	f.Fuzz(func(t *testing.T, text string) {
		for name, value := range environment.ParseSysctl(text) {
			if !strings.Contains(text, name) || !strings.Contains(text, value) {
				t.Errorf("%q has no %q, %q", text, name, value)
			}
		}
		for _, option := range environment.ParseKernelOptions(text) {
			if !strings.Contains(text, option) {
				t.Errorf("%q has no %q", text, option)
			}
		}
		for _, line := range environment.ParseMessageOfTheDay(text) {
			if strings.ContainsAny(line, "\n") || line == "" {
				t.Errorf("%q is no line", line)
			}
		}
		if word := environment.Selected(text); !strings.Contains(text, word) {
			t.Errorf("%q has no %q", text, word)
		}
	})
}

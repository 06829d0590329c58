package qemu

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestScreen(t *testing.T) {
	for sent, want := range map[string]string{
		"plain\r\n\ttext":                  "plain\n\ttext",
		"\x1b[1;31mred\x1b[0m":             "red",
		"left\x1b[2;1Hright\x1b[3;1fbelow": "left\nright\nbelow",
		"\x1b]0;title\x07a\x1b]0;t\x1b\\b": "ab",
		"\x1b(Ba\x1b=b\x1bMc":              "abc",
		"a\x00\x08\x7fb":                   "ab",
		"\x1b[12\x1b[0mx":                  "x",
		// What is no sequence does not hide what follows.
		"\x1b]" + strings.Repeat("x", mostEscape) + "panic": "xpanic",
		"\x1b[" + strings.Repeat(";", mostEscape) + "panic": ";panic",
		"\x1b[\nnext": "\nnext",
	} {
		var s screen
		if diff := cmp.Diff(want, string(s.add(nil, []byte(sent)))); diff != "" {
			t.Errorf("%q: %s", sent, diff)
		}
	}
}

func TestLastLines(t *testing.T) {
	long := strings.Repeat("é", 150)
	got := lastLines([]byte("first\n\n  second \nthird\xff\u009b\n"+long+"\n\n"), 3)
	if diff := cmp.Diff([]string{"second", "third", long[:200]}, got); diff != "" {
		t.Error(diff)
	}
	if got := lastLines(nil, 3); got != nil {
		t.Errorf("got %q of nothing", got)
	}
}

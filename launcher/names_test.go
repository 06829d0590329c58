package launcher

import (
	"strings"
	"testing"
)

// Whatever a process says of itself, it is one printable line, and not too long.
func TestOneLine(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"CPUINFO: OPENSSL_ia32cap=0x7ffaf3ffffebffff:0x18c05fdef3bfa7eb", "CPUINFO: OPENSSL_ia32cap=0x7ffaf3ffffebffff:0x18c05fdef3bfa7eb"},
		{"", ""},
		{"a\nb\x00c\x1b[31m", "a b c [31m"},
		{"a\xff", "a\uFFFD"},
		{strings.Repeat("é", 300), strings.Repeat("é", 200)},
		{"x" + strings.Repeat("é", 300), "x" + strings.Repeat("é", 199)},
	} {
		if got := oneLine(test.text); got != test.want {
			t.Errorf("%q became %q, want %q", test.text, got, test.want)
		}
	}
}

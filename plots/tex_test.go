package plots

import "testing"

func TestTextForTeX(t *testing.T) {
	for text, want := range map[string]string{
		`50 % of R&D_1 {x} \input`: `50 \% of R\&D\_1 \{x\} \textbackslash{}input`,
		"a < b > c | d":            `a \textless{} b \textgreater{} c \textbar{} d`,
		"São Paulo, 3 µs ± 2":      `São Paulo, 3 $\mu$s $\pm$ 2`,
		"a\n\nb\tc":                "a b c",
		"a\x00\x1b[31m\x7fb":       "a[U+0000][U+001B][31m[U+007F]b",
		"中文 И ŵ 😀":                 "[U+4E2D][U+6587] [U+0418] [U+0175] [U+1F600]",
		"\u202eevil\ufffd":         "[U+202E]evil[U+FFFD]",
	} {
		if got := forTeX(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

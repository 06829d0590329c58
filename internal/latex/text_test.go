package latex_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"eaibench/internal/latex"
)

// Whatever a text is, LaTeX takes it: braces match, nothing is a command but what is meant so, and no line ends.
func TestText(t *testing.T) {
	for plain, want := range map[string]string{
		"a_b":                `a\_\allowbreak{}b`,
		`\input{x}`:          `\textbackslash{}input\{x\}`,
		"50 % & $1 #2":       `50 \% \& \$1 \#2`,
		"[x]*":               `{[}x{]}{*}`,
		"--fail":             `-{}-{}fail`,
		"5 … 6 µs × δ²":      `5 \dots{} 6 \textmu{}s $\times$ $\delta$\textsuperscript{2}`,
		"中文 ção":             `{[}U+4E2D{]}{[}U+6587{]} ção`,
		"a\nb\tc":            "a b c",
		"a < b > c | d":      `a \textless{} b \textgreater{} c \textbar{} d`,
		"São Paulo, ± 2":     `São Paulo, $\pm$ 2`,
		"a\x00\x1b[31m\x7fb": "a{[}U+0000{]}{[}U+001B{]}{[}31m{[}U+007F{]}b",
		"И ŵ 😀":              "{[}U+0418{]} {[}U+0175{]} {[}U+1F600{]}",
		"\u202eevil\ufffd":   "{[}U+202E{]}evil{[}U+FFFD{]}",
	} {
		if got := latex.Text(plain); got != want {
			t.Errorf("%q became %q, want %q", plain, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.OneOf(rapid.String(), rapid.StringMatching("[\\\\{}$&#%_~^<>|\"'`\\[\\]*a -]*")).Draw(t, "text")
		got, depth := latex.Text(plain), 0
		for i, r := range got {
			escaped := i > 0 && got[i-1] == '\\'
			switch {
			case r == '{' && !escaped:
				depth++
			case r == '}' && !escaped:
				depth--
			case strings.ContainsRune("&#%_", r) && !escaped, strings.ContainsRune("^~\n", r):
				t.Fatalf("%q became %q", plain, got)
			}
			if depth < 0 {
				t.Fatalf("%q became %q", plain, got)
			}
		}
		if depth != 0 {
			t.Fatalf("%q became %q", plain, got)
		}
	})
}

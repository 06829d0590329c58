package terminal_test

import (
	"testing"

	"eaibench/internal/terminal"
)

func TestPlain(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"a text of lines and tabs", "purecap\t1.2 ×\nβ ok", "purecap\t1.2 ×\nβ ok"},
		{"colour, title, cursor", "\x1b[31mred\x1b]0;mine\a\x1b[2J", "�[31mred�]0;mine��[2J"},
		{"back over what was written", "no\rok\b", "no�ok�"},
		{"C1, which is ESC too", "\u009b31m", "�31m"},
		{"another direction", "gnp\u202epng", "gnp�png"},
		{"bytes that are no text", "a\xff", "a�"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := terminal.Plain(test.text); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// Package terminal owns what a text of another program may do to a terminal: nothing.
//
// It does not write: where a text goes, and whether that is a terminal, is its user's business.
package terminal

import (
	"strings"
	"unicode"
)

// Plain is a text without what a terminal would obey: control characters and formatting ones (Unicode's Cc and Cf, such as
// ESC and RIGHT-TO-LEFT OVERRIDE) become U+FFFD; lines and tabs stay.
func Plain(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || !unicode.IsControl(r) && !unicode.Is(unicode.Cf, r) {
			return r
		}
		return unicode.ReplacementChar
	}, text)
}

package plots

import (
	"fmt"
	"strings"
	"unicode"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
)

// wrap breaks text into lines that are not wider than width: between words, else between their
// parts, else wherever it must be, since what a figure says of itself may not be cut off.
func wrap(style text.Style, content string, width vg.Length) []string {
	var lines []string
	line := ""
	for word := range strings.SplitSeq(content, " ") {
		joined := word
		if line != "" {
			joined = line + " " + word
		}
		if style.Width(joined) <= width {
			line = joined
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for style.Width(word) > width {
			at := fitting(style, word, width)
			if at == len(word) {
				break // one character that is wider
			}
			lines = append(lines, word[:at])
			word = word[at:]
		}
		line = word
	}
	return append(lines, line)
}

// unbroken is text that wrap leaves on one line.
func unbroken(format string, args ...any) string {
	return strings.ReplaceAll(fmt.Sprintf(format, args...), " ", "\u00a0")
}

// fitting is how many bytes of a word fit, up to the end of its last part that does, at least one character.
func fitting(style text.Style, word string, width vg.Length) int {
	fits, part, before := 0, 0, ' '
	for at, character := range word {
		if partEnds(before, character) {
			part = at
		}
		end := at + len(string(character))
		if fits > 0 && style.Width(word[:end]) > width {
			break
		}
		fits, before = end, character
	}
	if part > 0 {
		return part
	}
	return fits
}

// partEnds tells whether a word may be broken between two characters: behind a hyphen, an underscore or a stroke, and where a name such as
// getIntegratedServices has its next word.
func partEnds(before, next rune) bool {
	return strings.ContainsRune("-_/", before) || unicode.IsLower(before) && unicode.IsUpper(next)
}

// wrapAll wraps paragraphs, each of which begins a line.
func wrapAll(style text.Style, paragraphs []string, width vg.Length) []string {
	var lines []string
	for _, paragraph := range paragraphs {
		lines = append(lines, wrap(style, paragraph, width)...)
	}
	return lines
}

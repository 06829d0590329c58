package tables

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// markdown writes a table of GitHub Flavored Markdown: caption and alerts before it, notes behind.
func (t *Table) markdown() string {
	var page strings.Builder
	fmt.Fprintf(&page, "**%s**\n\n", markdownText(t.Caption))
	for _, alert := range t.Alerts {
		fmt.Fprintf(&page, "> **%s**\n\n", markdownText(alert))
	}
	shown := t.shown()
	var titles, rules []string
	for _, place := range shown {
		titles = append(titles, markdownText(t.columns[place].title()))
		rule := ":--"
		if t.columns[place].kind == numbers {
			rule = "--:"
		}
		rules = append(rules, rule)
	}
	line := func(cells []string) { fmt.Fprintf(&page, "| %s |\n", strings.Join(cells, " | ")) }
	line(titles)
	line(rules)
	for _, part := range t.sections {
		if title := part.title(); title != "" {
			cells := make([]string, len(shown))
			cells[0] = "**" + markdownText(title) + "**"
			line(cells)
		}
		for _, row := range part.rows {
			var cells []string
			for _, place := range shown {
				cells = append(cells, markdownText(at(row, place).whole(t.columns[place])))
			}
			line(cells)
		}
	}
	page.WriteString("\n")
	for _, note := range t.Notes {
		fmt.Fprintf(&page, "- %s\n", markdownLine(note))
	}
	return page.String()
}

// whole is a cell's value and, where its column has them, its interval.
func (c cell) whole(column column) string {
	value, interval := c.value(column.kind), ""
	if column.interval > 0 {
		interval = c.interval()
	}
	return strings.TrimSuffix(value+" "+interval, " ")
}

var (
	markdownSigns = regexp.MustCompile("[\\\\`*<>|~\\[\\]&$]")
	// markdownBlocks begin a heading, a list or a rule, where they begin a line.
	markdownBlocks = regexp.MustCompile(`^(\d*)([#+\-=.)])`)
)

// markdownText escapes what is not meant as markup, and keeps it in a line. Underscores inside of words mean nothing.
func markdownText(plain string) string {
	var text strings.Builder
	letters := []rune(markdownSigns.ReplaceAllString(strings.Join(strings.Fields(plain), " "), `\$0`))
	ofWord := func(at int) bool {
		return at >= 0 && at < len(letters) && (unicode.IsLetter(letters[at]) || unicode.IsDigit(letters[at]))
	}
	for i, letter := range letters {
		if unicode.IsControl(letter) { // a terminal would do as it says
			letter = unicode.ReplacementChar
		}
		if letter == '_' && !(ofWord(i-1) && ofWord(i+1)) {
			text.WriteByte('\\')
		}
		text.WriteRune(letter)
	}
	return text.String()
}

// markdownLine is a text that begins a line of its own, and no block.
func markdownLine(plain string) string {
	return markdownBlocks.ReplaceAllString(markdownText(plain), `$1\$2`)
}

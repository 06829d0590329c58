package strictyaml

import "unicode/utf8"

// opening is a bracket that begins a list or a mapping.
type opening struct {
	bracket      byte
	line, column int
}

// unclosed finds the last bracket that is still open where the file ends. It is asked only about files that are no YAML, to
// point at the cause where the parser names the line on which it gave up; block text (|, >) is not told apart.
func unclosed(lines [][]byte) (opening, bool) {
	s := bracketScan{}
	for number, line := range lines {
		s.starts = true
		for at := 0; at < len(line); at++ {
			if line[at] == '#' && s.quote == 0 && (at == 0 || line[at-1] == ' ') {
				break
			}
			at += s.next(line, at, number+1)
		}
	}
	if len(s.open) == 0 {
		return opening{}, false
	}
	return s.open[len(s.open)-1], true
}

type bracketScan struct {
	open  []opening
	quote byte // the quotation mark that the text under way ends with, 0 for none
	// starts is true where a value may begin: a bracket or a quotation mark inside a word is a character of it.
	starts bool
}

// next takes the character at a place; what it returns is how many more are to be passed over.
func (s *bracketScan) next(line []byte, at, number int) (skip int) {
	c := line[at]
	switch {
	case s.quote == '"' && c == '\\':
		return 1
	case s.quote != 0:
		if c == s.quote {
			s.quote = 0
		}
	case s.starts && (c == '"' || c == '\''):
		s.quote, s.starts = c, false
	case s.starts && (c == '[' || c == '{'):
		s.open = append(s.open, opening{c, number, 1 + utf8.RuneCount(line[:at])})
	case len(s.open) > 0 && (c == ']' || c == '}'):
		s.open = s.open[:len(s.open)-1]
		s.starts = false
	case len(s.open) > 0 && c == ',':
		s.starts = true
	case c == ' ':
		s.starts = s.starts || at > 0 && (line[at-1] == ':' || line[at-1] == '-' || line[at-1] == '?')
	default:
		s.starts = false
	}
	return 0
}

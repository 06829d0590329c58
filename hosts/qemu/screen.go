package qemu

import (
	"bytes"
	"strings"
	"unicode"
)

// mostEscape is how many bytes an escape sequence may have; a longer one is noise.
const mostEscape = 128

// screen frees what a terminal is sent of escape sequences (ECMA-48), carriage
// returns and other control characters, byte by byte, so that it does not matter
// where one read ends and the next begins.
type screen struct {
	state  escape
	length int // of the sequence so far
}

// escape is where in an escape sequence a byte stands.
type escape int

const (
	outside escape = iota
	begun          // after ESC
	control        // after ESC [
	text           // after ESC ] and the like: up to BEL or ESC \
	charset        // after ESC and an intermediate byte, such as (
)

const (
	keyEscape = 0x1b
	bell      = 0x07
)

// add appends to shown what is left of sent.
func (s *screen) add(shown, sent []byte) []byte {
	for _, b := range sent {
		shown = s.next(shown, b)
	}
	return shown
}

func (s *screen) next(shown []byte, b byte) []byte {
	if s.length++; s.length > mostEscape {
		s.state = outside
	}
	switch {
	case b == keyEscape:
		s.state, s.length = begun, 0
	case s.state == begun:
		s.state = after(b)
	case s.state == charset:
		if b < 0x20 || b > 0x2f {
			s.state = outside
		}
	case s.state == text:
		if b == bell {
			s.state = outside
		}
	case s.state == control && b >= 0x20 && b <= 0x3f:
	case s.state == control && b >= 0x40 && b <= 0x7e:
		s.state = outside
		if b == 'H' || b == 'f' {
			// What is drawn elsewhere does not continue the line.
			return append(shown, '\n')
		}
	default:
		s.state, s.length = outside, 0
		if b == '\n' || b == '\t' || b >= 0x20 && b != 0x7f {
			return append(shown, b)
		}
	}
	return shown
}

// after tells what the byte after ESC begins.
func after(b byte) escape {
	switch {
	case b == '[':
		return control
	case strings.IndexByte("]PX^_", b) >= 0:
		return text
	case b >= 0x20 && b <= 0x2f:
		return charset
	}
	return outside
}

// lastLines gives the last count lines of a text that are not empty, each cut to 200
// bytes, without what is no UTF-8.
func lastLines(shown []byte, count int) []string {
	var lines []string
	for len(shown) > 0 && len(lines) < count {
		at := bytes.LastIndexByte(shown, '\n')
		line := strings.TrimSpace(strings.Map(printable, strings.ToValidUTF8(string(shown[at+1:]), "")))
		shown = shown[:max(at, 0)]
		if line != "" {
			lines = append([]string{strings.ToValidUTF8(line[:min(len(line), 200)], "")}, lines...)
		}
	}
	return lines
}

func printable(r rune) rune {
	if unicode.IsControl(r) && r != '\t' {
		return -1
	}
	return r
}

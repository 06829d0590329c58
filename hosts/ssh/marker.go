package ssh

import (
	"bytes"
	"crypto/rand"
	"io"
	"strings"
)

// newToken gives a random word that no output holds by chance.
func newToken() string { return rand.Text() }

// said keeps the beginning of what a host says instead of what was expected.
type said struct{ kept strings.Builder }

// mostSaid is how much of it is kept, in bytes.
const mostSaid = 2000

func (s *said) add(text string) {
	s.kept.WriteString(text[:min(len(text), mostSaid-min(s.kept.Len(), mostSaid))])
}

func (s *said) Write(data []byte) (int, error) {
	s.add(string(data))
	return len(data), nil
}

func (s *said) text() string {
	text := strings.TrimSpace(s.kept.String())
	if text == "" {
		return ""
	}
	return "; the host says: " + text
}

// marked is an output of which lines that begin with a token are for this side.
// A program's output need not end with a newline, so they may begin anywhere.
type marked struct {
	from   io.Reader
	token  []byte
	store  []byte
	buffer []byte // a part of store: read, and not passed on yet
	err    error  // the end of from
}

func newMarked(from io.Reader, token string) *marked {
	return &marked{from: from, token: []byte(token + " ")}
}

// next passes on what comes before the next line with the token, and gives the
// rest of that line. The error is the writer's, or from's: io.EOF if it ends before.
// Nothing is held back but what may be the beginning of a token.
func (m *marked) next(to io.Writer) (line string, err error) {
	for {
		at := bytes.Index(m.buffer, m.token)
		pass := at
		if at < 0 {
			pass = len(m.buffer) - m.beginning()
			if m.err != nil {
				pass = len(m.buffer)
			}
		}
		if err := m.pass(to, pass); err != nil {
			return "", err
		}
		if at >= 0 {
			if end := bytes.IndexByte(m.buffer, '\n'); end >= 0 {
				line := string(m.buffer[len(m.token):end])
				m.buffer = m.buffer[end+1:]
				return line, nil
			}
		}
		if m.err != nil {
			return "", m.err
		}
		m.fill()
	}
}

func (m *marked) pass(to io.Writer, n int) error {
	if n <= 0 {
		return nil
	}
	piece := m.buffer[:n]
	m.buffer = m.buffer[n:]
	_, err := to.Write(piece)
	return err
}

// beginning is how many bytes at the end of the buffer are the beginning of a token.
func (m *marked) beginning() int {
	for n := min(len(m.token)-1, len(m.buffer)); n > 0; n-- {
		if bytes.HasSuffix(m.buffer, m.token[:n]) {
			return n
		}
	}
	return 0
}

// pieceSize is how much is read at once: two of SSH's packets.
const pieceSize = 64 << 10

func (m *marked) fill() {
	if len(m.buffer)+pieceSize/2 > len(m.store) {
		m.store = make([]byte, len(m.buffer)+pieceSize) // The old one is the buffer's until the copy.
	}
	held := copy(m.store, m.buffer)
	n, err := m.from.Read(m.store[held:])
	m.buffer, m.err = m.store[:held+n], err
}

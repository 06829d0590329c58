package launcher

import (
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"
)

// boundedLog keeps the beginning and the end of what a process writes. It is an io.Writer for the
// process's standard error.
type boundedLog struct {
	mu    sync.Mutex
	half  int    // bytes kept of the beginning, and of the end
	start []byte // the first half bytes
	ring  []byte // the last half bytes after start, from next on
	next  int    // where the next byte goes in ring, once it is full
	total int64
}

func newBoundedLog(kept int) *boundedLog { return &boundedLog{half: kept / 2} }

// Write never fails: a process must not die of how its log is kept.
func (l *boundedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	written := len(p)
	l.total += int64(written)
	if room := l.half - len(l.start); room > 0 {
		n := min(room, len(p))
		l.start = append(l.start, p[:n]...)
		p = p[n:]
	}
	l.keepEnd(p)
	return written, nil
}

func (l *boundedLog) keepEnd(p []byte) {
	if len(p) > l.half {
		p = p[len(p)-l.half:]
	}
	if room := l.half - len(l.ring); room > 0 {
		n := min(room, len(p))
		l.ring = append(l.ring, p[:n]...)
		p = p[n:]
	}
	for len(p) > 0 {
		n := copy(l.ring[l.next:], p)
		l.next = (l.next + n) % len(l.ring)
		p = p[n:]
	}
}

// String is what was kept, with a line that says what was left out. Bytes that are not UTF-8 are
// replaced.
func (l *boundedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	end := string(l.ring[l.next:]) + string(l.ring[:l.next])
	omitted := l.total - int64(len(l.start)) - int64(len(end))
	text := string(l.start)
	if omitted > 0 {
		text += fmt.Sprintf("\n… %d bytes left out …\n", omitted)
	}
	return strings.ToValidUTF8(text+end, string(utf8.RuneError))
}

// lastLines gives the last lines of the log that are not empty, for a message.
func (l *boundedLog) lastLines(count int) string {
	const longest = 500 // bytes of a line
	var lines []string
	all := strings.Split(l.String(), "\n")
	for i := len(all) - 1; i >= 0 && len(lines) < count; i-- {
		line := strings.TrimSpace(all[i])
		if line == "" {
			continue
		}
		if len(line) > longest {
			line = strings.ToValidUTF8(line[:longest], "") + "…"
		}
		lines = append([]string{line}, lines...)
	}
	return strings.Join(lines, " | ")
}

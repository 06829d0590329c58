package links

import (
	"errors"
	"io"
	"sync"
)

// errLost is why a connection ends of which an answer was lost.
var errLost = errors.New("the link broke in front of an answer")

// loss is of one answer, as soon as somebody waits for it.
type loss struct {
	mutex sync.Mutex
	done  func() bool // nil: nothing is to be lost
	lost  chan struct{}
}

func (l *loss) await(done func() bool) <-chan struct{} {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.done, l.lost = done, make(chan struct{})
	return l.lost
}

// falls tells whether what has come now is lost.
func (l *loss) falls() bool {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.done == nil || !l.done() {
		return false
	}
	l.done = nil
	close(l.lost)
	return true
}

// answers is what a target says, until an answer is lost.
type answers struct {
	io.Reader
	loss *loss
}

func (a answers) Read(data []byte) (int, error) {
	n, err := a.Reader.Read(data)
	if n > 0 && a.loss.falls() {
		return 0, errLost
	}
	return n, err
}

package ssh

import (
	"errors"
	"io"
	"io/fs"
	"sync"

	"eaibench/hosts"
)

// passer is a writer of Command's behind the limit of the program's output. Its
// Write never fails: what comes after a failure is dropped, and the program ended,
// so that the end of what it wrote is still found.
func (p *process) passer(to io.Writer) io.Writer {
	return &passer{process: p, to: to, left: p.command.OutputLimit}
}

type passer struct {
	process *process
	to      io.Writer
	left    int64
	over    bool
}

func (w *passer) Write(data []byte) (int, error) {
	if w.over {
		return len(data), nil
	}
	piece := data
	exceeded := w.process.command.OutputLimit > 0 && int64(len(data)) > w.left
	if exceeded {
		piece = data[:w.left]
	}
	w.left -= int64(len(piece))
	_, err := w.to.Write(piece)
	if err != nil {
		w.process.mu.Lock()
		w.process.passing = errors.Join(w.process.passing, err)
		w.process.mu.Unlock()
	}
	if w.over = exceeded || err != nil; w.over {
		cause := hosts.Killed
		if err == nil {
			cause = hosts.OutputExceeded
		}
		go func() { _ = w.process.kill(cause) }() // Wait tells what became of it.
	}
	return len(data), nil
}

// stdin is the writing end of a program's standard input.
type stdin struct{ *process }

func (s stdin) Write(data []byte) (int, error) {
	n, err := s.channel.Write(data)
	if err == nil {
		return n, nil
	}
	if s.connection.isLost() {
		return n, s.host.target("write to the process", s.connection.cause)
	}
	return n, &fs.PathError{Op: "write", Path: "standard input", Err: fs.ErrClosed}
}

func (s stdin) Close() error {
	if err := s.channel.CloseWrite(); err != nil && !errors.Is(err, io.EOF) {
		return s.host.target("close standard input", s.connection.why(err))
	}
	return nil
}

// mostUnread is how much of a program's standard output is kept for the caller,
// in bytes. The channel holds about 2 MiB besides, the host's pipe 64 KiB; then a
// program waits until it is read.
const mostUnread = 1 << 20

// stdout is the reading end of a program's standard output. It is read from the
// channel as it comes, since what stands in the channel would hold up standard
// error, and with it the news of the program's end.
type stdout struct {
	mu      sync.Mutex
	changed sync.Cond
	unread  []byte
	bounded bool
	closed  bool
	end     error // once there is no more
}

func newStdout() *stdout {
	s := &stdout{bounded: true}
	s.changed.L = &s.mu
	return s
}

// Write waits while much is unread.
func (s *stdout) Write(data []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.bounded && !s.closed && len(s.unread) >= mostUnread {
		s.changed.Wait()
	}
	if !s.closed {
		s.unread = append(s.unread, data...)
	}
	s.changed.Broadcast()
	return len(data), nil
}

// unbound lets Write keep what there is left.
func (s *stdout) unbound() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bounded = false
	s.changed.Broadcast()
}

// finish says that no more comes, and why.
func (s *stdout) finish(end error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end = end
	s.changed.Broadcast()
}

func (s *stdout) Read(buffer []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.unread) == 0 && s.end == nil && !s.closed && len(buffer) > 0 {
		s.changed.Wait()
	}
	switch {
	case s.closed:
		return 0, fs.ErrClosed
	case len(s.unread) == 0 && len(buffer) > 0:
		return 0, s.end
	}
	n := copy(buffer, s.unread)
	s.unread = s.unread[n:]
	s.changed.Broadcast()
	return n, nil
}

func (s *stdout) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed, s.unread = true, nil
	s.changed.Broadcast()
	return nil
}

package hosts

import (
	"errors"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// errOutputExceeded ends the copying of a program that writes too much.
var errOutputExceeded = errors.New("output limit exceeded")

// open makes the program's standard input, output and error, and gives them.
// What is copied for it is noted in copies.
func (p *localProcess) open() (files []*os.File, err error) {
	defer func() {
		if err != nil {
			for _, file := range files {
				file.Close()
			}
			p.closeEnds()
			files = nil
		}
	}()
	add := func(file *os.File, err error) error {
		if err == nil {
			files = append(files, file)
		}
		return err
	}
	if err := add(p.openStdin()); err != nil {
		return files, err
	}
	if p.command.Pipes {
		reader, writer, err := os.Pipe()
		p.stdout = reader
		if err := add(writer, err); err != nil {
			return files, err
		}
	} else if err := add(p.openOutput(p.command.Stdout)); err != nil {
		return files, err
	}
	return files, add(p.openOutput(p.command.Stderr))
}

func (p *localProcess) openStdin() (*os.File, error) {
	if !p.command.Pipes && p.command.Stdin == nil {
		return os.Open(os.DevNull)
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	if p.command.Pipes {
		p.stdin = writer
	} else {
		p.feed = writer
	}
	return reader, nil
}

func (p *localProcess) openOutput(to io.Writer) (*os.File, error) {
	if to == nil {
		return os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	p.copies = append(p.copies, &output{from: reader, to: to, limit: p.command.OutputLimit})
	return writer, nil
}

// output is what the program writes to standard output or error, on its way to
// a writer of Command's.
type output struct {
	from  *os.File
	to    io.Writer
	limit int64
}

// holdingLimit is how long the other end of an output may be held open after the
// end of all that is known of the command: whoever holds it is no part of it.
const holdingLimit = 500 * time.Millisecond

// mostHeld is how much a pipe may hold (pipe(7)), in bytes: no more of the
// command's own output can be there when it has ended.
const mostHeld = 1 << 20

// pass copies until the end; and when end has been called, what there is.
func (o *output) pass() error {
	defer o.from.Close()
	to := &countingWriter{to: o.to}
	err := pass(to, o.from, o.limit)
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	// The writer may be slow, and have used up the time.
	held, err := readHeld(o.from)
	if err != nil {
		return err
	}
	over := o.limit > 0 && int64(len(held)) > o.limit-to.written
	if over {
		held = held[:o.limit-to.written]
	}
	if _, err := to.Write(held); err != nil {
		return err
	}
	if over {
		return errOutputExceeded
	}
	return nil
}

type countingWriter struct {
	to      io.Writer
	written int64
}

func (c *countingWriter) Write(data []byte) (int, error) {
	n, err := c.to.Write(data)
	c.written += int64(n)
	return n, err
}

// readHeld reads what a pipe holds, and does not wait for more.
func readHeld(pipe *os.File) ([]byte, error) {
	if err := pipe.SetReadDeadline(time.Time{}); err != nil {
		return nil, err
	}
	connection, err := pipe.SyscallConn()
	if err != nil {
		return nil, err
	}
	held := make([]byte, 0, mostHeld)
	err = connection.Read(func(descriptor uintptr) bool {
		for len(held) < cap(held) {
			n, err := unix.Read(int(descriptor), held[len(held):cap(held)])
			if n <= 0 && !errors.Is(err, unix.EINTR) {
				break // It is empty, or closed.
			}
			held = held[:len(held)+max(n, 0)]
		}
		return true
	})
	return held, err
}

// end gives the copying a limit of time.
func (o *output) end() error { return o.from.SetReadDeadline(time.Now().Add(holdingLimit)) }

// pass copies until the end, in pieces: nothing is kept.
func pass(to io.Writer, from io.Reader, limit int64) error {
	if limit == 0 {
		_, err := io.Copy(struct{ io.Writer }{to}, from)
		return err
	}
	n, err := io.Copy(struct{ io.Writer }{to}, io.LimitReader(from, limit))
	if err != nil || n < limit {
		return err
	}
	var next [1]byte
	switch _, err := io.ReadFull(from, next[:]); {
	case err == nil:
		return errOutputExceeded
	case errors.Is(err, io.EOF):
		return nil
	default:
		return err
	}
}

// copy starts the copying; the function it gives, to be called when the command
// has ended, waits until all that it wrote has been passed on.
func (p *localProcess) copy() (wait func()) {
	if p.feed != nil {
		// Not waited for: nothing can end a Read of Command.Stdin. The end of the
		// program ends the writing, so at most that Read is left.
		go func() {
			// A program need not read all that it is given.
			_, _ = io.Copy(p.feed, p.command.Stdin)
			p.feed.Close()
		}()
	}
	var copying sync.WaitGroup
	for _, output := range p.copies {
		copying.Go(func() {
			err := output.pass()
			if err == nil {
				return
			}
			cause := Killed
			if errors.Is(err, errOutputExceeded) {
				cause = OutputExceeded
			} else {
				p.mu.Lock()
				p.copying = errors.Join(p.copying, err)
				p.mu.Unlock()
			}
			p.killQuietly(cause)
		})
	}
	return func() {
		for _, output := range p.copies {
			// It fails only where the copying has ended.
			_ = output.end()
		}
		copying.Wait()
	}
}

// closeEnds closes this side's ends when nothing was started.
func (p *localProcess) closeEnds() {
	for _, file := range []*os.File{p.stdin, p.stdout, p.feed} {
		if file != nil {
			file.Close()
		}
	}
	p.stdin, p.stdout = nil, nil
}

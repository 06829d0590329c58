package hosts

import (
	"errors"
	"io"
	"os"
	"sync"
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
	p.copies = append(p.copies, func() error {
		defer reader.Close()
		return pass(to, reader, p.command.OutputLimit)
	})
	return writer, nil
}

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
	if _, err := io.ReadFull(from, next[:]); errors.Is(err, io.EOF) {
		return nil
	}
	return errOutputExceeded
}

// copy starts the copying; the function it gives waits until all that the program
// wrote has been passed on.
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
	for _, copy := range p.copies {
		copying.Go(func() {
			err := copy()
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
	return copying.Wait
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

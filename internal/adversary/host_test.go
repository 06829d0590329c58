package adversary

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"sync"

	"eaibench/hosts"
)

// cheatingHost is the local host of a launcher that changes commands and messages.
type cheatingHost struct {
	hosts.Host

	mu       sync.Mutex
	command  func(*hosts.Command)                // changes how the process is started
	toward   func(kind string, m map[string]any) // changes messages to the process
	from     func(kind string, m map[string]any) // changes messages from it
	messages [][]byte                            // every frame that passed, both ways
}

func (h *cheatingHost) cheat(command func(*hosts.Command), toward, from func(kind string, m map[string]any)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.command, h.toward, h.from, h.messages = command, toward, from, nil
}

func (h *cheatingHost) saw(frame []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.messages = append(h.messages, bytes.Clone(frame))
}

// Start changes the start of an integration process; a compiler's is left as it is.
func (h *cheatingHost) Start(ctx context.Context, command hosts.Command) (hosts.Process, error) {
	h.mu.Lock()
	change, toward, from := h.command, h.toward, h.from
	h.mu.Unlock()
	if !command.Pipes {
		return h.Host.Start(ctx, command)
	}
	if change != nil {
		change(&command)
	}
	process, err := h.Host.Start(ctx, command)
	if err != nil {
		return nil, err
	}
	return newCheatedProcess(h, process, toward, from), nil
}

// cheatedProcess is a process whose messages pass through the cheat.
type cheatedProcess struct {
	hosts.Process
	stdin  io.WriteCloser
	stdout io.ReadCloser
}

func (p *cheatedProcess) Stdin() io.WriteCloser { return p.stdin }
func (p *cheatedProcess) Stdout() io.ReadCloser { return p.stdout }

func newCheatedProcess(h *cheatingHost, process hosts.Process, toward, from func(string, map[string]any)) *cheatedProcess {
	toRead, toWrite := io.Pipe()
	fromRead, fromWrite := io.Pipe()
	go func() {
		passFrames(h, toRead, process.Stdin(), toward)
		process.Stdin().Close()
		toRead.Close()
	}()
	go func() {
		err := passFrames(h, process.Stdout(), fromWrite, from)
		fromWrite.CloseWithError(err)
	}()
	return &cheatedProcess{Process: process, stdin: toWrite, stdout: &bothClosed{fromRead, process.Stdout()}}
}

// bothClosed closes the process's own output with the pipe behind it.
type bothClosed struct {
	io.ReadCloser
	behind io.Closer
}

func (b *bothClosed) Close() error {
	b.behind.Close()
	return b.ReadCloser.Close()
}

// passFrames carries frames (messages.md) until one side ends.
func passFrames(h *cheatingHost, from io.Reader, to io.Writer, change func(string, map[string]any)) error {
	for {
		var length [4]byte
		if _, err := io.ReadFull(from, length[:]); err != nil {
			return err
		}
		frame := make([]byte, binary.BigEndian.Uint32(length[:]))
		if _, err := io.ReadFull(from, frame); err != nil {
			return err
		}
		h.saw(frame)
		frame = alteredFrame(frame, change)
		binary.BigEndian.PutUint32(length[:], uint32(len(frame)))
		if _, err := to.Write(append(length[:], frame...)); err != nil {
			return err
		}
	}
}

func alteredFrame(frame []byte, change func(string, map[string]any)) []byte {
	if change == nil {
		return frame
	}
	return altered(frame, "", func(_ string, m map[string]any) {
		kind, _ := m["type"].(string)
		change(kind, m)
	})
}

package runner

import (
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"eaibench/bench"
	"eaibench/hosts"
	"eaibench/launcher"
)

// reachedHost is one over SSH, or in a virtual machine.
type reachedHost interface {
	hosts.Host
	hosts.Forwarder
	Close() error
}

// unplugged is a host that is lost when its test wants it.
type unplugged struct {
	reachedHost
	// While eaibench is copied, before a command is started, and when it has been; nil: nothing happens.
	copying  func()
	starting func(command *hosts.Command)
	started  func(command hosts.Command, process hosts.Process)
}

func (u *unplugged) WriteFile(ctx context.Context, name string, content io.Reader, mode fs.FileMode) error {
	if u.copying != nil && strings.Contains(name, "/"+deployedFolder+"/") {
		content = &halfway{content, 0, u.copying}
	}
	return u.reachedHost.WriteFile(ctx, name, content, mode)
}

func (u *unplugged) Start(ctx context.Context, command hosts.Command) (hosts.Process, error) {
	if u.starting != nil {
		u.starting(&command)
	}
	process, err := u.reachedHost.Start(ctx, command)
	if err == nil && u.started != nil {
		u.started(command, process)
	}
	return process, err
}

// halfway calls a function when a megabyte has been read.
type halfway struct {
	io.Reader
	read int
	call func()
}

func (h *halfway) Read(buffer []byte) (int, error) {
	n, err := h.Reader.Read(buffer)
	if h.read < 1<<20 && h.read+n >= 1<<20 {
		h.call()
	}
	h.read += n
	return n, err
}

// pulled is a campaign's site, of which something is pulled at a moment.
type pulled struct {
	*Deployment
	compiling, resetting, executing, writing func()
	compiles                                 func() bool // whether a compiler runs
	booked                                   func() int  // trips: after one, a run writes to the service whatsapp, and waits for an answer
}

// Compile compiles once more where a busy host did not see the compiler run.
func (p *pulled) Compile(ctx context.Context, mode string) (result *launcher.CompileResult, err error) {
	for tries := 1; ; tries++ {
		end := during(p.compiling, p.compiles)
		result, err = p.Deployment.Compile(ctx, mode)
		if called := end(); called || p.compiling == nil || err != nil || tries == mostTries {
			return result, err
		}
	}
}

func (p *pulled) Reset(ctx context.Context) error {
	if p.resetting != nil {
		p.resetting()
	}
	return p.Deployment.Reset(ctx)
}

func (p *pulled) Execute(ctx context.Context, cell bench.Cell, run string) (*launcher.RunResult, error) {
	if p.executing != nil {
		p.executing()
	}
	if p.writing != nil {
		before := p.booked()
		defer during(p.writing, func() bool { return p.booked() > before })()
	}
	return p.Deployment.Execute(ctx, cell, run)
}

// launcherWorks tells whether the launcher has started something that has not ended: a compiler.
func (p *pulled) launcherWorks() bool {
	c := p.components[len(p.components)-1]
	files, err := filepath.Glob(filepath.Join("/proc", strconv.Itoa(c.pid), "task/*/children"))
	return err == nil && slices.ContainsFunc(files, func(file string) bool {
		text, err := os.ReadFile(file)
		return err == nil && len(text) > 0
	})
}

// during calls a function once the condition holds, unless what it gives is called before, which tells whether it did. A nil function is
// not called.
func during(call func(), condition func() bool) (end func() (called bool)) {
	if call == nil {
		return func() bool { return false }
	}
	over, ended, called := make(chan struct{}), make(chan struct{}), false
	go func() {
		defer close(ended)
		for !condition() {
			select {
			case <-over:
				return
			case <-time.After(time.Millisecond):
			}
		}
		called = true
		call()
	}()
	return func() bool {
		close(over)
		<-ended
		return called
	}
}

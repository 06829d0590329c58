package runner

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"eaibench/hosts"
	"eaibench/internal/endpoint"
)

const (
	readyLimit = 30 * time.Second // from start to the ready line
	stopLimit  = 30 * time.Second // from SIGTERM to SIGKILL; longer than a server's own grace, on a busy host too
	logTail    = 2 << 10          // bytes of a component's log that an error repeats
)

// component is one of the campaign's own processes: root CA, attester, digital service or
// launcher.
type component struct {
	name     string // "service/store", as in its ready line
	address  string // https://host:port on its host, once ready
	pid      int    // on its host
	stage    *stage // of its host
	process  process
	logFile  string
	patience time.Duration // from being told to end to being killed
	ended    chan struct{} // closed when the process is reaped
	err      error         // how it ended; read after ended
	stop     sync.Once
}

// process is a component's, here or on another host.
type process interface {
	// terminate tells it to end (SIGTERM). It may have ended.
	terminate()
	// kill ends it and what it started.
	kill()
}

// componentEnded says that a component is gone which should be there.
type componentEnded struct {
	name, host, logFile, tail string
	err                       error
}

func (c *componentEnded) Error() string {
	how := "with status 0"
	if c.err != nil {
		how = c.err.Error()
	}
	if target := new(hosts.TargetError); errors.As(c.err, &target) {
		return fmt.Sprintf("%s was lost with its host: %s", c.name, how) // of which its log says nothing
	}
	text := fmt.Sprintf("%s ended by itself (%s)", c.name, how)
	if c.host != "" && c.host != LocalHost {
		text = fmt.Sprintf("%s on host %s ended by itself (%s)", c.name, c.host, how)
	}
	return text + lastWords(c.logFile, c.tail)
}

// lastWords are the last line of a log. The file itself is in the campaign's own folder, which is removed at the end unless it is kept.
func lastWords(logFile, tail string) string {
	if tail == "" {
		return ""
	}
	return fmt.Sprintf("; its log (%s) ends: %s", path.Join("logs", filepath.Base(logFile)), tail)
}

// Unwrap gives how it ended: a hosts.TargetError where its host is lost.
func (c *componentEnded) Unwrap() error { return c.err }

// newComponent is one that has not been started.
func newComponent(name, logFile string) *component {
	return &component{name: name, logFile: logFile, patience: stopLimit, ended: make(chan struct{})}
}

// openLog opens the file that gets what a component writes.
func openLog(name, logFile string) (*os.File, error) {
	log, err := os.OpenFile(logFile, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the log of %s: %w", name, err)
	}
	return log, nil
}

// follow passes on what the component says when it is ready, and writes whatever else it says to its log.
func follow(stdout io.Reader, log io.Writer, ready chan<- endpoint.Ready) {
	lines := bufio.NewReader(stdout)
	if line, err := lines.ReadBytes('\n'); err == nil {
		var said endpoint.Ready
		if json.Unmarshal(line, &said) == nil && said.Name != "" {
			ready <- said
		} else {
			_, _ = log.Write(line) // a full disk must not stop the component
		}
	}
	if _, err := io.Copy(log, lines); err != nil {
		_, _ = io.Copy(io.Discard, lines) // What nobody reads would hold up the component, and the news of its end.
	}
}

func (c *component) awaitReady(ctx context.Context, ready <-chan endpoint.Ready) error {
	patience := time.NewTimer(readyLimit)
	defer patience.Stop()
	var err error
	select {
	case said := <-ready:
		if said.Name == c.name {
			c.address = "https://" + said.Address
			return nil
		}
		err = fmt.Errorf("%s was started, but %s is ready", c.name, said.Name)
	case <-c.ended:
		return c.ending()
	case <-ctx.Done():
		err = fmt.Errorf("waiting for %s: %w", c.name, context.Cause(ctx))
	case <-patience.C:
		err = fmt.Errorf("%s is not ready after %s%s", c.name, readyLimit, lastWords(c.logFile, c.tail()))
	}
	c.end()
	return err
}

// ending describes the end of a component that was not told to end.
func (c *component) ending() error {
	return &componentEnded{name: c.name, host: c.hostName(), logFile: c.logFile, tail: c.tail(), err: c.err}
}

// hostName is its host's; a component without a stage is on this one.
func (c *component) hostName() string {
	if c.stage == nil {
		return LocalHost
	}
	return c.stage.Name
}

// gone tells whether the process has ended.
func (c *component) gone() bool {
	select {
	case <-c.ended:
		return true
	default:
		return false
	}
}

// tail is the last line of the component's log.
func (c *component) tail() string {
	text, err := os.ReadFile(c.logFile)
	if err != nil {
		return ""
	}
	text = bytes.TrimSpace(text)
	if i := bytes.LastIndexByte(text, '\n'); i >= 0 {
		text = text[i+1:]
	}
	return strings.ToValidUTF8(string(text[:min(len(text), logTail)]), "?")
}

// end stops the process, politely first, then with everything in its group, and returns when it is
// reaped. It may be called again.
func (c *component) end() {
	c.stop.Do(func() {
		if c.gone() {
			return // Its number may be another process's by now.
		}
		c.process.terminate()
		patience := time.NewTimer(c.patience)
		defer patience.Stop()
		select {
		case <-c.ended:
		case <-patience.C:
			c.process.kill()
		}
	})
	<-c.ended
}

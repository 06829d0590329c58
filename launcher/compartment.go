package launcher

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"eaibench/hosts"
	"eaibench/platform"
)

// compartment is the place where one run's process lives, and the process: its cgroup, its folder,
// its pipes. What a mode adds to it (a user, namespaces, a filter) is in the mode's launch command.
type compartment struct {
	at      *workplace
	host    hosts.Host
	mode    *platform.Mode
	folder  string           // of this run, on the host
	user    *user            // that runs the program
	direct  bool             // the process reaches the services itself
	cgroup  *platform.Cgroup // nil where this launcher cannot make one
	log     *boundedLog
	printed *boundedLog // standard output of a program that speaks no messages

	process  hosts.Process // nil before it is started
	wait     func() (hosts.Exit, error)
	messages *bufio.Reader
	limit    int // longest frame, at this step
	spoken   bool
	garbled  []byte // what was read before it turned out to be no message

	stopWatching func()
	unlink       func() bool // the context from endAll

	ending   sync.Once
	endError error                                // of endAll
	used     atomic.Pointer[platform.CgroupUsage] // what it was before endAll, nil before
}

const (
	executableName = "program"
	seccompName    = "seccomp.bpf"
	// watchInterval is how often the cgroup is asked whether the limit of processes was met. One
	// question takes some 10 µs.
	watchInterval = 100 * time.Millisecond
)

// executablePath is where deploy puts the executable.
func (c *compartment) executablePath() string { return within(c.folder, executableName) }

// makeCgroup makes the cgroup that limits and counts all processes of the compartment. Where there
// can be none, the launch command's weaker limits remain.
func (c *compartment) makeCgroup(name string, log *slog.Logger) error {
	if c.at.there {
		return nil // no command makes one on every host
	}
	limits := c.mode.Limits()
	cgroup, err := platform.CreateCgroup(name, platform.CgroupLimits{
		MemoryBytes: limits.MemoryBytes,
		// One fewer than the user may have (RLIMIT_NPROC): of the two limits this one is met first,
		// and it is the one that says so.
		Processes: max(1, limits.Processes-1),
	})
	if errors.Is(err, platform.ErrNoCgroup) {
		log.Debug("no cgroup for a run", "reason", err)
		return nil
	}
	if err != nil {
		return err
	}
	c.cgroup = cgroup
	return nil
}

// start starts the deployed program. Its standard input and output carry messages, unless it is
// plain: then its output is kept as text. When ctx ends everything in the compartment is killed.
func (c *compartment) start(ctx context.Context, plain bool) error {
	versions, err := c.mode.Versions(ctx, func(ctx context.Context, argv []string) ([]byte, error) { return hosts.Output(ctx, c.host, argv) })
	if err != nil {
		return err
	}
	launch := platform.Launch{Executable: c.executablePath(), UID: c.user.id, GID: c.user.id, Direct: c.direct, Versions: versions}
	environment := c.mode.EnvironmentWithoutCgroup()
	if c.cgroup != nil {
		launch.Cgroup, environment = c.cgroup.Folders(), c.mode.Environment()
	} else {
		// The user may be the launcher's own, with the tasks of every server it runs beside.
		if launch.OtherTasks, err = c.at.processes.CountTasks(ctx, cmp.Or(launch.UID, c.at.ownUID)); err != nil {
			return err
		}
	}
	if c.mode.NeedsSeccomp() {
		filter, err := c.mode.SeccompFilter(c.direct)
		if err != nil {
			return err
		}
		launch.SeccompFile = within(c.folder, seccompName)
		if err := c.host.WriteFile(ctx, launch.SeccompFile, bytes.NewReader(filter), 0o644); err != nil {
			return err
		}
	}
	arguments, err := c.mode.LaunchCommand(launch)
	if err != nil {
		return err
	}
	command := hosts.Command{Args: arguments, Env: environment, Stderr: c.log, OutputLimit: c.mode.Limits().OutputBytes}
	if plain {
		command.Stdout = c.printed
	} else {
		command.Pipes = true
	}
	process, err := c.host.Start(ctx, command)
	if err != nil {
		return err
	}
	c.process, c.wait = process, sync.OnceValues(process.Wait)
	// The host ends what it knows of; what hides from it is in the cgroup.
	c.unlink = context.AfterFunc(ctx, c.endAll)
	go func() {
		// Asked again by whoever needs to know how it ended.
		_, _ = c.wait()
		c.endAll()
	}()
	if !plain {
		c.messages = bufio.NewReader(io.TeeReader(process.Stdout(), firstBytes{c}))
	}
	return nil
}

// firstBytes keeps what the process writes until its first message has been read: a program that
// speaks no messages is answered with what it printed instead.
type firstBytes struct{ c *compartment }

func (f firstBytes) Write(p []byte) (int, error) {
	if !f.c.spoken {
		room := mostLogKept - len(f.c.garbled)
		f.c.garbled = append(f.c.garbled, p[:min(room, len(p))]...)
	}
	return len(p), nil
}

// receive reads the process's next message. io.EOF says that it closed its output, as at its end.
func (c *compartment) receive() (*received, error) {
	frame, err := readFrame(c.messages, c.limit)
	if err != nil {
		return nil, err
	}
	message, err := parseMessage(frame)
	if err == nil {
		c.spoken, c.garbled = true, nil
	}
	return message, err
}

// send writes one message to the process.
func (c *compartment) send(message any) error { return writeFrame(c.process.Stdin(), message) }

// output is what the program printed that was not messages.
func (c *compartment) output() string {
	if c.printed != nil {
		return c.printed.String()
	}
	return strings.ToValidUTF8(string(c.garbled), string(utf8.RuneError))
}

// watch calls met when the processes of the compartment met their limit. Without a cgroup nobody
// counts them, and the time limit ends a program that forks without end.
func (c *compartment) watch(met func()) {
	c.stopWatching = func() {}
	if c.cgroup == nil {
		return
	}
	done, stopped := make(chan struct{}), make(chan struct{})
	c.stopWatching = sync.OnceFunc(func() {
		close(done)
		<-stopped
	})
	go func() {
		defer close(stopped)
		ticker := time.NewTicker(watchInterval)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
			}
			// endAll itself refuses processes.
			if usage, err := c.cgroup.Usage(); err == nil && usage.ProcessesRefused > 0 && c.used.Load() == nil {
				met()
				return
			}
		}
	}()
}

// usage is what the cgroup counted, nothing without one.
func (c *compartment) usage() platform.CgroupUsage {
	if used := c.used.Load(); used != nil {
		return *used
	}
	if c.cgroup == nil {
		return platform.CgroupUsage{}
	}
	usage, err := c.cgroup.Usage()
	if err != nil {
		return platform.CgroupUsage{} // it only makes a reason more precise
	}
	return usage
}

// endAll kills everything in the cgroup, once: whoever left the process's session or hides from the
// host is in it still.
func (c *compartment) endAll() {
	c.ending.Do(func() {
		usage := c.usage()
		c.used.Store(&usage)
		if c.cgroup == nil {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), cleaningTime)
		defer cancel()
		// No process can be started in it from here.
		c.endError = c.cgroup.Kill(ctx)
	})
}

// remove kills what is left in the compartment and removes it.
func (c *compartment) remove(ctx context.Context) error {
	var all error
	if c.stopWatching != nil {
		c.stopWatching()
	}
	if c.unlink != nil {
		c.unlink()
	}
	c.endAll()
	all = errors.Join(all, c.endError)
	if c.process != nil {
		all = errors.Join(all, c.endProcess())
	}
	if c.cgroup != nil {
		all = errors.Join(all, c.cgroup.Remove(ctx))
	}
	return errors.Join(all, c.host.RemoveAll(ctx, c.folder))
}

func (c *compartment) endProcess() error {
	var all error
	if err := c.process.Kill(); err != nil {
		all = fmt.Errorf("killing the process: %w", err)
	}
	if _, err := c.wait(); err != nil {
		all = errors.Join(all, fmt.Errorf("waiting for the process: %w", err))
	}
	if c.messages != nil {
		for _, pipe := range []io.Closer{c.process.Stdin(), c.process.Stdout()} {
			// The host may have closed it when the process had ended.
			if err := pipe.Close(); !errors.Is(err, os.ErrClosed) {
				all = errors.Join(all, err)
			}
		}
	}
	return all
}

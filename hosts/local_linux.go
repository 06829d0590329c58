package hosts

import (
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// endingLimit is how long the end of a command's processes may take. SIGKILL
// cannot be refused; only a process that the kernel itself holds up takes long.
const endingLimit = 20 * time.Second

// attributes of a command. Traced, it stops before its first instruction, so that
// it is marked before it can start anything.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL, Ptrace: true}
}

// tracker finds every process that a command started, wherever it went. This
// process is the reaper of its descendants (PR_SET_CHILD_SUBREAPER), so they stay
// below it when their parents end; and each bears the command's mark, to tell it
// from another command's: the soft limit RLIMIT_RTTIME, which children inherit,
// set to a span of many years. It binds nobody, since it counts only real-time
// scheduling. A program can change it, to be nobody's when its parents have ended;
// but it cannot come back to this process's session, which no command is in, so
// strays are told from what this process starts by other means. One that forges
// another command's mark is not told: where programs are not trusted, a user, a
// cgroup or a PID namespace of their own holds them besides.
type tracker struct {
	mark    mark
	running *running
}

// mark is a group of bits for each level of commands that start commands, like
// the parts of a path, so that what a command started on its own behalf bears
// its mark too. No group in use is 0.
type mark uint64

const (
	markBits   = 15
	markLevels = 4
	markBase   = mark(1) << 62 // Tells a mark from a limit; the groups are below.
)

// shift of the group of a level, from 0.
func (mark) shift(level int) int { return markBits * (markLevels - 1 - level) }

// level is how many groups are in use.
func (m mark) level() int {
	for level := range markLevels {
		if m>>m.shift(level)&(1<<markBits-1) == 0 {
			return level
		}
	}
	return markLevels
}

// covers tells whether other is the mark or begins with it.
func (m mark) covers(other mark) bool {
	unused := m.shift(m.level() - 1)
	return other>>unused == m>>unused
}

// prepare makes this process the reaper, and a mark below this process's own,
// the number-th.
func (t *tracker) prepare(number uint32, running *running) error {
	t.running = running
	// Not what whoever started this process left open, either.
	if err := unix.CloseRange(3, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return fmt.Errorf("keep descriptors to this process: %w", err)
	}
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("become the reaper of descendants: %w", err)
	}
	own, ok := markOf(os.Getpid())
	if !ok {
		own = markBase
	}
	level := own.level()
	if level == markLevels {
		return fmt.Errorf("commands that start commands are %d deep; no more are followed", markLevels)
	}
	t.mark = own | mark(number%(1<<markBits-1)+1)<<own.shift(level)
	return nil
}

// markOf reads a process's mark; ok is false if it has none or is gone. Unlike
// prlimit(2), the file can be read of another user's process without a capability.
func markOf(pid int) (m mark, ok bool) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/limits")
	if err != nil {
		return 0, false
	}
	_, after, _ := strings.Cut(string(text), "\nMax realtime timeout")
	soft, _, _ := strings.Cut(strings.TrimLeft(after, " "), " ")
	limit, err := strconv.ParseUint(soft, 10, 64) // Not "unlimited".
	m = mark(limit)
	return m, err == nil && m>>62 == markBase>>62
}

// follow marks a process that has just been started by this thread, and lets it
// go on, untraced.
func (t *tracker) follow(pid int) error {
	var status unix.WaitStatus
	for {
		if _, err := unix.Wait4(pid, &status, 0, nil); err == nil {
			break
		} else if !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("wait for its start: %w", err)
		}
	}
	if !status.Stopped() {
		return errors.New("it ended before its start")
	}
	var limit unix.Rlimit
	if err := unix.Prlimit(pid, unix.RLIMIT_RTTIME, nil, &limit); err != nil {
		return fmt.Errorf("read its limits: %w", err)
	}
	limit.Cur = uint64(t.mark)
	if err := unix.Prlimit(pid, unix.RLIMIT_RTTIME, &limit, nil); err != nil {
		return fmt.Errorf("mark it: %w", err)
	}
	if err := unix.PtraceDetach(pid); err != nil {
		return fmt.Errorf("let it go on: %w", err)
	}
	return nil
}

func (t *tracker) marked(pid int) bool {
	other, ok := markOf(pid)
	return ok && t.mark.covers(other)
}

// end ends the command and everything it started. First all are stopped, until
// none is found that is not, so that none can start more.
func (t *tracker) end(main *os.Process) error {
	stopped := map[int]bool{}
	deadline := time.Now().Add(endingLimit)
	for more := true; more; {
		if time.Now().After(deadline) {
			return fmt.Errorf("processes start more of them faster than they can be stopped (%d so far)", len(stopped))
		}
		more = false
		for _, found := range t.below(main.Pid) {
			if !stopped[found.pid] && !found.zombie {
				stopped[found.pid], more = true, true
				found.signal(unix.SIGSTOP)
			}
		}
	}
	// The command first: as a supervisor it must not see its child end and make an
	// exit of its own of it.
	if err := main.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	for _, found := range t.below(main.Pid) {
		found.signal(unix.SIGKILL)
	}
	return nil
}

// endLeft ends what is left after the command's end, and reaps it.
func (t *tracker) endLeft() error {
	deadline := time.Now().Add(endingLimit)
	for wait := 50 * time.Microsecond; ; wait = min(2*wait, 5*time.Millisecond) {
		left := append(t.below(0), t.strays()...)
		if len(left) == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%d processes that it started do not end", len(left))
		}
		for _, found := range left {
			found.signal(unix.SIGKILL)
			if found.parent == os.Getpid() {
				// Whoever is not ended yet is met again.
				_, _ = unix.Wait4(found.pid, nil, unix.WNOHANG, nil)
			}
		}
		time.Sleep(wait)
	}
}

// descendant is a process below this one.
type descendant struct {
	pid, parent, session int
	zombie               bool
}

// signal holds the process by a descriptor and looks again before it signals, so
// that none is hit that has only taken over the PID.
func (d descendant) signal(signal unix.Signal) {
	descriptor, err := unix.PidfdOpen(d.pid, 0)
	if err != nil {
		return // Ended.
	}
	defer unix.Close(descriptor)
	if again, ok := look(d.pid); ok && (again.parent == d.parent || again.parent == os.Getpid()) {
		// It may end at any time; and what does not end is met again.
		_ = unix.PidfdSendSignal(descriptor, signal, nil, 0)
	}
}

// below finds the command's processes: those below its own, and those below this
// process that bear its mark. Once the command's own process has been reaped,
// main is 0: another may have its PID.
func (t *tracker) below(main int) []descendant {
	var found []descendant
	type branch struct {
		pid int
		own bool // below the command's process
	}
	queue := []branch{{pid: os.Getpid()}}
	for len(queue) > 0 {
		parent := queue[0]
		queue = queue[1:]
		for _, pid := range children(parent.pid) {
			own := parent.own || pid == main
			queue = append(queue, branch{pid, own})
			if !own && !t.marked(pid) {
				continue
			}
			if process, ok := look(pid); ok {
				found = append(found, process)
			}
		}
	}
	return found
}

// strays finds what commands left to this process without a mark.
func (t *tracker) strays() []descendant {
	own, err := unix.Getsid(0)
	if err != nil {
		return nil // Not possible for oneself.
	}
	var found []descendant
	for _, pid := range children(os.Getpid()) {
		process, ok := look(pid)
		if !ok || process.session == own || t.running.has(pid) || starting(pid) {
			continue
		}
		// Last of all: whoever has been started since is marked by now.
		if _, marked := markOf(pid); !marked {
			found = append(found, process)
		}
	}
	return found
}

// starting tells whether a child is a command that has not been marked yet:
// either it has not executed anything, or a thread of this process traces it. It is
// looked at in the order in which that happens: traced, executed, marked, let go.
func starting(pid int) bool {
	this, err := os.Stat("/proc/self/exe")
	if err != nil {
		return true
	}
	process := "/proc/" + strconv.Itoa(pid)
	// A zombie has none.
	if executed, err := os.Stat(process + "/exe"); err == nil && os.SameFile(this, executed) {
		return true
	}
	text, err := os.ReadFile(process + "/status")
	if err != nil {
		return true // Gone.
	}
	_, after, _ := strings.Cut(string(text), "\nTracerPid:")
	tracer, _, _ := strings.Cut(strings.TrimSpace(after), "\n")
	if tracer == "0" {
		return false
	}
	_, err = os.Stat("/proc/self/task/" + tracer)
	return err == nil
}

// children gives the PIDs of a process's children, none if it has ended.
func children(pid int) []int {
	tasks := "/proc/" + strconv.Itoa(pid) + "/task"
	threads, err := os.ReadDir(tasks)
	if err != nil {
		return nil
	}
	var found []int
	for _, thread := range threads {
		text, err := os.ReadFile(tasks + "/" + thread.Name() + "/children")
		if err != nil {
			continue
		}
		for _, field := range strings.Fields(string(text)) {
			if child, err := strconv.Atoi(field); err == nil {
				found = append(found, child)
			}
		}
	}
	return found
}

// look reads a process's state and parent (proc_pid_stat(5)).
func look(pid int) (descendant, bool) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return descendant{}, false
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	if len(fields) < 4 {
		return descendant{}, false
	}
	parent, err := strconv.Atoi(fields[1])
	session, sessionErr := strconv.Atoi(fields[3])
	return descendant{pid, parent, session, fields[0] == "Z"}, err == nil && sessionErr == nil
}

package launcher

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"eaibench/bench"
)

// upload stores a file of testdata, or source itself when it is given.
func upload(t testing.TB, l *Launcher, name string, source []byte) int {
	t.Helper()
	if source == nil {
		source = ok1(os.ReadFile(filepath.Join("testdata", name)))(t)
	}
	p, _, err := l.store.Upload(name, source)
	ok(t, err)
	return p.ID
}

// compileSpeaking compiles a program that speaks the messages by itself, without the runtime.
func compileSpeaking(t testing.TB, l *Launcher, id int, mode string) {
	t.Helper()
	ok1(l.Compile(t.Context(), id, mode))(t)
	l.store.mu.Lock()
	defer l.store.mu.Unlock()
	p := &l.store.db.Programs[indexOf(l.store.db, id)]
	for i := range p.Executables {
		p.Executables[i].Plain = false
	}
}

func behave(t testing.TB, l *Launcher, id int, mode, behaviour string, limit time.Duration) *RunResult {
	t.Helper()
	return ok1(l.Execute(t.Context(), id, mode, ExecuteRequest{
		Parameters: Parameters{Arguments: bench.Arguments{"customer": behaviour}}, TimeLimitMS: limit.Milliseconds(),
	}))(t)
}

// behaveInTime is behave for a program that may be ended by its time limit, which it is to reach where there says. Before that, a busy
// machine was slow to start it, and it gets more time. It gives how long the last run took.
func behaveInTime(t testing.TB, l *Launcher, id int, mode, behaviour string, limit time.Duration, there func(*RunResult) bool) (*RunResult, time.Duration) {
	t.Helper()
	for {
		begin := time.Now()
		result := behave(t, l, id, mode, behaviour, limit)
		if result.Cause != TimedOut || there(result) || limit >= long {
			return result, time.Since(begin)
		}
		limit *= 4
	}
}

// nothingLeft checks that no process, cgroup or folder of a run is there.
func nothingLeft(t testing.TB, l *Launcher) {
	t.Helper()
	if left := ok1(os.ReadDir(l.runs.scratch))(t); len(left) != 0 {
		t.Errorf("folders are left: %v", left)
	}
	prefix := "eaibench-" + strconv.Itoa(os.Getpid()) + "-"
	for _, hierarchy := range []string{"memory", "pids", "unified", ""} {
		entries, err := os.ReadDir(filepath.Join("/sys/fs/cgroup", hierarchy))
		if err != nil {
			continue
		}
		for _, entry := range entries {
			if strings.HasPrefix(entry.Name(), prefix) {
				t.Errorf("cgroup %s/%s is left", hierarchy, entry.Name())
			}
		}
	}
	for _, pid := range processesUnder(t, l.runs.scratch) {
		t.Errorf("process %d is left", pid)
	}
}

// processesUnder finds processes that execute a file in folder, deleted or not.
func processesUnder(t testing.TB, folder string) []int {
	t.Helper()
	var found []int
	for _, entry := range ok1(os.ReadDir("/proc"))(t) {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		if exe, err := os.Readlink(filepath.Join("/proc", entry.Name(), "exe")); err == nil && strings.HasPrefix(exe, folder+"/") {
			found = append(found, pid)
		}
	}
	return found
}

func TestBadProgramsEndWithTheirCause(t *testing.T) {
	const short = 750 * time.Millisecond
	tests := []struct {
		behaviour string
		limit     time.Duration
		cause     Cause
		reason    string // a part of it
	}{
		{"crash", long, Crashed, "at step prepare; its log ends: "},
		{"exit", long, Crashed, "exited with status 3 at step prepare"},
		{"leave", long, Crashed, "exited with status 0 at step prepare"},
		{"hang", short, TimedOut, "at step prepare"},
		{"close-and-hang", short, TimedOut, "at step prepare"},
		{"flood", long, LogTooLong, "printed more than 1048576 bytes"},
		{"fork", long, ProcessLimit, "limit of 16 processes"},
		{"daemon", long, Crashed, "exited with status 6"},
		{"allocate", long, MemoryLimit, "more than 67108864 bytes of memory"},
		{"garbage", long, NotAMessage, "not a message"},
		{"long-start", long, NotAMessage, "a frame of 2097152 bytes follows, allowed are 2 to 1048576"},
		{"oversize", long, NotAMessage, "a frame of 2147483647 bytes"},
		{"half", short, TimedOut, "at step prepare"}, // it waits in the middle of its own frame
		{"unknown-type", long, NotAMessage, `type "greeting" does not exist`},
		{"out-of-turn", long, NotAMessage, "sent the message finished, its turn is prepared"},
		{"gives-up", long, GaveUp, "generateKeyPair: no entropy"},
	}
	s := newSurroundings(t)
	l := s.launcher(t)
	id := upload(t, l, "misbehave.c", nil)
	for _, mode := range s.options.Profile.Chain() {
		compileSpeaking(t, l, id, mode)
		for _, test := range tests {
			t.Run(mode+"/"+test.behaviour, func(t *testing.T) {
				result, took := behaveInTime(t, l, id, mode, test.behaviour, test.limit, func(r *RunResult) bool { return strings.Contains(r.Reason, test.reason) })
				if result.Status != Failed || result.Cause != test.cause || !strings.Contains(result.Reason, test.reason) {
					t.Errorf("got %s, %s: %s; want failed, %s: … %s …", result.Status, result.Cause, result.Reason, test.cause, test.reason)
				}
				if test.behaviour == "crash" && !strings.HasPrefix(result.ErrorOutput, "about to crash\n") {
					t.Errorf("error output %q", result.ErrorOutput)
				}
				if took > long/2 {
					t.Errorf("took %s", took)
				}
				nothingLeft(t, l)
			})
		}
	}
	if strings.Contains(s.log.String(), "phone number") {
		t.Error("what a program wrote is in the launcher's log")
	}
}

func TestPlainPrograms(t *testing.T) {
	s := newSurroundings(t)
	l := s.launcher(t)
	id := upload(t, l, "hello.c", nil)
	for _, mode := range s.options.Profile.Chain() {
		t.Run(mode, func(t *testing.T) {
			ok1(l.Compile(t.Context(), id, mode))(t)
			plain := ok1(l.Execute(t.Context(), id, mode, ExecuteRequest{Run: "plain-" + mode}))(t)
			checkPlainRun(t, l, plain)
			// The same program where messages are expected: its text is not one.
			compileSpeaking(t, l, id, mode)
			garbled := ok1(l.Execute(t.Context(), id, mode, ExecuteRequest{}))(t)
			if garbled.Status != Failed || garbled.Plain || garbled.Cause != NotAMessage || garbled.Output != "Hello, world\n" {
				t.Errorf("without messages: %s: %s, output %q", garbled.Cause, garbled.Reason, garbled.Output)
			}
			nothingLeft(t, l)
		})
	}
}

func TestStoppingLauncherAbortsRuns(t *testing.T) {
	s := newSurroundings(t)
	l := ok1(New(t.Context(), s.options))(t)
	id := upload(t, l, "misbehave.c", nil)
	compileSpeaking(t, l, id, "compartment")
	results := make(chan *RunResult, 1)
	go func() {
		result, err := l.Execute(context.Background(), id, "", ExecuteRequest{Parameters: Parameters{Arguments: bench.Arguments{"customer": "hang"}}})
		if err != nil {
			t.Error(err)
		}
		results <- result
	}()
	for len(processesUnder(t, l.runs.scratch)) == 0 {
		time.Sleep(time.Millisecond)
	}
	ok(t, l.Close())
	result := <-results
	if result == nil || result.Status != Aborted || !strings.Contains(result.Reason, "stopping") {
		t.Errorf("got %+v", result)
	}
	if left := processesUnder(t, l.runs.scratch); len(left) != 0 {
		t.Errorf("processes %v are left", left)
	}
	if _, err := l.Execute(t.Context(), id, "", ExecuteRequest{}); err == nil {
		t.Error("a stopped launcher began a run")
	}
	if _, err := os.Stat(l.runs.scratch); !errors.Is(err, os.ErrNotExist) {
		t.Error("the scratch folder is left")
	}
}

func TestSolutionOfAProgram(t *testing.T) {
	l := &Launcher{services: registry{"b": nil, "a": nil}}
	for _, test := range []struct {
		program, wanted, solution string
		services                  []string
	}{
		{"retail", "", "retail", []string{"store", "taxi", "whatsapp"}},
		{"other", "retail", "retail", []string{"store", "taxi", "whatsapp"}},
		{"other", "", "other", []string{"a", "b"}},
		{"other", "mine", "mine", []string{"a", "b"}},
	} {
		solution, services, err := l.solution(test.program, test.wanted)
		ok(t, err)
		if solution != test.solution || !slices.Equal(services, test.services) {
			t.Errorf("program %s, solution %q: got %s with %v", test.program, test.wanted, solution, services)
		}
	}
	if _, _, err := l.solution("other", "../x"); err == nil {
		t.Error("a solution's name with a slash was taken")
	}
}

func TestRunsWaitForTheirTurn(t *testing.T) {
	s := newSurroundings(t)
	s.options.Limits.Runs = 1
	l := s.launcher(t)
	id := upload(t, l, "misbehave.c", nil)
	compileSpeaking(t, l, id, "hybrid")
	first, giveUp := context.WithCancel(t.Context())
	ended := make(chan Status, 1)
	go func() {
		result, err := l.Execute(first, id, "", ExecuteRequest{Parameters: Parameters{Arguments: bench.Arguments{"customer": "hang"}}})
		if err != nil {
			t.Error(err)
			ended <- ""
			return
		}
		ended <- result.Status
	}()
	for len(processesUnder(t, l.runs.scratch)) == 0 {
		time.Sleep(time.Millisecond)
	}
	impatient, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := l.Execute(impatient, id, "", ExecuteRequest{Parameters: Parameters{Arguments: bench.Arguments{"customer": "exit"}}})
	wantFault(t, err, http.StatusServiceUnavailable, "given up")
	giveUp()
	if status := <-ended; status != Aborted {
		t.Errorf("the first run is %s", status)
	}
	if next := behave(t, l, id, "hybrid", "exit", long); next.Cause != Crashed {
		t.Errorf("the next run: %s", next.Message)
	}
}

package launcher

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"time"

	"eaibench/attest"
	"eaibench/integration_process"
	"eaibench/internal/endpoint"
	"eaibench/platform"
)

// ExecuteRequest is what a caller may say about a run. All of it may be missing.
type ExecuteRequest struct {
	// Run names it, as in its certificate. Missing: a name is made from time and chance.
	Run        string     `json:"run,omitempty"`
	Parameters Parameters `json:"parameters,omitzero"`
	// TimeLimitMS replaces the launcher's own limit, besides the intervals of the parameters.
	TimeLimitMS int64 `json:"time_limit_ms,omitempty"`
}

// RunResult is how a run went. Samples and readings count only when Status is OK and Plain is false.
type RunResult struct {
	Message          string    `json:"message"`
	Output           string    `json:"output"`       // what the program printed instead of messages
	ErrorOutput      string    `json:"error_output"` // its standard error: its log
	ExecutablePath   string    `json:"executable_path"`
	Program          string    `json:"program"`
	Run              string    `json:"run"`
	Mode             string    `json:"mode"`
	Status           Status    `json:"status"`
	Cause            Cause     `json:"cause,omitempty"`
	Reason           string    `json:"reason,omitempty"`
	Check            string    `json:"check,omitempty"`
	Plain            bool      `json:"plain"` // it ran without messages: nothing is attested, and OK says only that it ended well
	Samples          []Sample  `json:"samples"`
	ExecutableSHA256 string    `json:"executable_sha256"` // measured when it was deployed
	ExecutableSize   int64     `json:"executable_size"`   // bytes
	SourceSHA256     string    `json:"source_sha256"`     // of every file compiled
	CompileCommand   []string  `json:"compile_command"`
	Memory           *Memory   `json:"memory,omitempty"`   // read between finished and release
	Usage            *Usage    `json:"usage,omitempty"`    // the same
	Attested         *Attested `json:"attested,omitempty"` // what the attester saw
	// OpenSSL is the version of the process's library, OpenSSLCPU the processor's features that it uses, both as it says itself;
	// empty where a run did not come so far.
	OpenSSL    string `json:"openssl,omitempty"`
	OpenSSLCPU string `json:"openssl_cpu,omitempty"`
	// Repeated are the requests that were sent again since their connection broke.
	Repeated []Repeated `json:"repeated,omitempty"`
	// RepeatedMore is how many there are besides: a process on the path direct names the first alone.
	RepeatedMore int64 `json:"repeated_more,omitempty"`
	// Began and Finished are when the process was told to run and when it said that it is done, by the launcher's clock; zero
	// where a run did not come so far.
	Began    time.Time `json:"began,omitzero"`
	Finished time.Time `json:"finished,omitzero"`
	Started  time.Time `json:"started"`
	Duration int64     `json:"duration_ns"` // of the whole run, cleaning up included
}

// Attested is the proof of the mode, from the attester's signed evidence.
type Attested struct {
	Mode        string   `json:"mode"`
	ABI         string   `json:"abi"`
	Compartment string   `json:"compartment"` // its kind; empty where the mode has none
	Namespaces  []string `json:"namespaces,omitempty"`
	Privilege   string   `json:"privilege"` // the attester's: separate-user or same-user
}

// run is one execution under way. One goroutine carries it out.
type run struct {
	launcher   *Launcher
	name       string
	program    Program
	executable Executable
	mode       *platform.Mode
	user       *user // that runs it
	parameters *attest.Parameters
	text       string   // the parameters as the process is given them
	services   []string // that the process integrates, by ID
	timeLimit  time.Duration

	samples     sampler
	compartment *compartment // nil before it is created
	content     []byte       // of the executable, between retrieveProgram and deploy
	deployed    [32]byte     // hash of the executable as deployed
	step        string       // what is being done, for the reason of an ending
	refused     bool         // an operation was, which is the reason of the run: from there it can only end
	memory      *Memory
	usage       *Usage
	began       time.Time // it was told to run
	finished    time.Time // it said that it is done
	attested    *Attested
	openSSL     string // its version, as the process says
	repeated    []Repeated
	openSSLCPU  string // the processor's features that it uses, as the process says
	// repeatedMore is how many operations were repeated besides those in repeated.
	repeatedMore int64
}

// Execute runs a compiled program in a mode ("" for the one compiled last), from the attested start
// to its end, and cleans up. Only what keeps the run from being begun is an error (400, 404, 409);
// however a run goes is in its result.
func (l *Launcher) Execute(ctx context.Context, id int, modeName string, request ExecuteRequest) (*RunResult, error) {
	ctx, end, err := l.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	program, release, err := l.store.use(id)
	if err != nil {
		return nil, err
	}
	defer release()
	r, err := l.newRun(program, modeName, request)
	if err != nil {
		return nil, err
	}
	finished, err := l.activate(r)
	if err != nil {
		return nil, err
	}
	defer finished()
	select {
	case l.slots <- struct{}{}:
		defer func() { <-l.slots }()
	case <-ctx.Done():
		return nil, notBegun(ctx)
	}
	if r.user, err = l.users.take(ctx, r.mode.Users); err != nil {
		return nil, err
	}
	result := r.carryOut(ctx)
	l.log.Info("executed", "program", program.Name, "run", r.name, "mode", r.mode.Name,
		"status", result.Status, "cause", result.Cause, "check", result.Check, "took", time.Duration(result.Duration))
	return result, nil
}

// newRun checks what was asked for.
func (l *Launcher) newRun(program Program, modeName string, request ExecuteRequest) (*run, error) {
	if modeName != "" {
		if _, err := l.mode(modeName); err != nil {
			return nil, err
		}
	}
	executable, err := program.executable(modeName)
	if err != nil {
		return nil, err
	}
	mode, err := l.mode(executable.Mode)
	if err != nil {
		return nil, err
	}
	setDefault(&request.Run, newRunName(time.Now()))
	if err := checkName("run", request.Run); err != nil {
		return nil, err
	}
	solution, services, err := l.solution(program.Name, request.Parameters.Solution)
	if err != nil {
		return nil, err
	}
	parameters, text, err := request.Parameters.resolve(program.Name, request.Run, mode.Name, solution)
	if err != nil {
		return nil, err
	}
	limit := l.limits.Time
	if request.TimeLimitMS != 0 {
		limit = time.Duration(request.TimeLimitMS) * time.Millisecond
		if request.TimeLimitMS < 1 || request.TimeLimitMS > longestTime.Milliseconds() {
			return nil, endpoint.NewFault(http.StatusBadRequest, "time_limit_ms is %d, allowed are 1 to %d", request.TimeLimitMS, longestTime.Milliseconds())
		}
	}
	return &run{
		launcher: l, name: request.Run, program: program, executable: executable, mode: mode,
		parameters: parameters, text: text, services: services, timeLimit: limit + intervals(parameters),
	}, nil
}

// solution is the one asked for, else the one that the program belongs to, with its services. A
// program of no known solution is its own, and integrates every service that is registered.
func (l *Launcher) solution(program, wanted string) (name string, services []string, err error) {
	for _, known := range integration_process.Solutions() {
		s, err := integration_process.LoadSolution(known)
		if err != nil {
			return "", nil, fmt.Errorf("reading the solutions: %w", err)
		}
		if known != wanted && (wanted != "" || s.Program != program) {
			continue
		}
		for _, service := range s.Services {
			services = append(services, service.Name)
		}
		return known, services, nil
	}
	if wanted != "" {
		if err := checkName("solution", wanted); err != nil {
			return "", nil, err
		}
		program = wanted
	}
	return program, l.services.ids(), nil
}

// activate refuses a second run of the same name while the first is under way: they would share a
// certificate's place.
func (l *Launcher) activate(r *run) (finished func(), err error) {
	key := r.program.Name + "/" + r.name
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.active[key] {
		return nil, endpoint.NewFault(http.StatusConflict, "run %s of program %s is under way: choose another name", r.name, r.program.Name)
	}
	l.active[key] = true
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.active, key)
	}, nil
}

// errTimeLimit is the cause of a run's context when its time is over.
var errTimeLimit = errors.New("time limit")

// carryOut runs the program and leaves nothing behind.
func (r *run) carryOut(ctx context.Context) *RunResult {
	started := time.Now()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	timer := time.AfterFunc(r.timeLimit, func() { cancel(errTimeLimit) })
	defer timer.Stop()

	ending := r.end(ctx, r.converse(ctx, cancel))
	if err := r.cleanUp(ctx); err != nil {
		r.launcher.log.Error("cleaning up after a run failed", "run", r.name, "error", err)
		if ending.Status == OK {
			ending = &Ending{Status: Failed, Cause: Harness, Reason: fmt.Sprintf("cleaning up: %v", err), err: err}
		}
	}
	return r.result(ending, started)
}

func (r *run) result(ending *Ending, started time.Time) *RunResult {
	result := &RunResult{
		Message:        fmt.Sprintf("run %s of %s in mode %s: %s", r.name, r.program.Name, r.mode.Name, ending.Status),
		ExecutablePath: r.launcher.store.executablePath(r.executable), Program: r.program.Name, Run: r.name, Mode: r.mode.Name,
		Status: ending.Status, Cause: ending.Cause, Reason: ending.Reason, Check: ending.Check,
		Plain: r.executable.Plain, Samples: r.samples.samples, ExecutableSHA256: hex.EncodeToString(r.deployed[:]), ExecutableSize: r.executable.Size,
		SourceSHA256: r.executable.SourceSHA256, CompileCommand: r.executable.CompileCommand,
		Memory: r.memory, Usage: r.usage, Attested: r.attested, OpenSSL: r.openSSL, OpenSSLCPU: r.openSSLCPU, Repeated: r.repeated, RepeatedMore: r.repeatedMore, Began: r.began.UTC(), Finished: r.finished.UTC(),
		Started: started.UTC(), Duration: int64(time.Since(started)),
	}
	switch {
	case ending.Status == OK && result.Plain:
		result.Message += " (a plain program: nothing is attested)"
	case ending.Status != OK:
		result.Message += ": " + ending.Error()
	}
	if result.Samples == nil {
		result.Samples = []Sample{}
	}
	if c := r.compartment; c != nil {
		result.Output, result.ErrorOutput = c.output(), c.log.String()
	}
	return result
}

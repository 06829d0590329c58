package runner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path"
	"strings"
	"sync"
	"time"

	"eaibench/hosts"
)

const (
	// searchPath is what commands on other hosts find programs by: FreeBSD's packages are below /usr/local.
	searchPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
	// noPreemption: CheriBSD's kernels deliver the signal by which Go preempts with capabilities that it cannot read.
	noPreemption = "GODEBUG=asyncpreemptoff=1"
	// observeLimit is how long a steward may take to read what processes use.
	observeLimit = 30 * time.Second
	// clearLimit is how long removing what is on a host may take when the campaign is over.
	clearLimit = 30 * time.Second
)

// stage is what a campaign has on one of its hosts.
type stage struct {
	Place
	folder     string // the campaign's on that host
	executable string // eaibench there
	root       bool   // commands run as root there

	forwards map[string]hosts.Forwarding // by way and address that is reached

	held    *hosts.Folder // folder, where nothing of eaibench runs; else nil
	steward hosts.Process // nil here, and where nothing of eaibench runs
	mu      sync.Mutex    // for what follows
	ask     *json.Encoder
	answers *json.Decoder
}

// openStage prepares a host: eaibench is there, and a folder for the campaign.
func openStage(ctx context.Context, p Place) (_ *stage, err error) {
	s := &stage{Place: p, forwards: map[string]hosts.Forwarding{}}
	if s.root, err = s.askUser(ctx); err != nil {
		return nil, err
	}
	if s.executable, err = p.deploy(ctx); err != nil {
		return nil, fmt.Errorf("copying eaibench to host %s: %w", p.Name, err)
	}
	if err := s.startSteward(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// openReached prepares a host on which nothing of eaibench runs: there is a folder for the campaign, and nothing else.
func openReached(ctx context.Context, p Place) (_ *stage, err error) {
	s := &stage{Place: p, forwards: map[string]hosts.Forwarding{}}
	if s.root, err = s.askUser(ctx); err != nil {
		return nil, err
	}
	if s.held, err = hosts.Hold(ctx, p.Host, p.WorkFolder); err != nil {
		return nil, fmt.Errorf("making a folder for the campaign: %w", err)
	}
	s.folder = s.held.Path
	return s, nil
}

func (s *stage) startSteward(ctx context.Context) error {
	const op = "make a folder for the campaign"
	var complained strings.Builder
	process, err := s.outlasting(ctx, hosts.Command{
		Args: []string{s.executable, "host", "steward", "--work", s.WorkFolder}, Env: s.environment(), Pipes: true, Stderr: &complained,
	})
	if err != nil {
		return fmt.Errorf("starting the steward on host %s: %w", s.Name, err)
	}
	s.steward, s.ask, s.answers = process, json.NewEncoder(process.Stdin()), json.NewDecoder(process.Stdout())
	limited, cancel := context.WithTimeoutCause(ctx, readyLimit, fmt.Errorf("it is not done after %s", readyLimit))
	defer cancel()
	said, err := s.answer(limited, op)
	if err == nil {
		s.folder = said.Folder
		return nil
	}
	_ = process.Kill()
	exit, ending := process.Wait()
	_ = process.Stdout().Close() // Nothing more is read from it.
	if words := strings.TrimSpace(complained.String()); ending == nil && limited.Err() == nil && words != "" {
		return &hosts.TargetError{Host: s.Name, Op: op, Err: fmt.Errorf("the steward %s: %s", exit, words)}
	}
	return err
}

// answer waits for what the steward says, until the context ends. An error is a TargetError, or a HarnessError where the context
// was cancelled; the steward is not asked again then.
func (s *stage) answer(ctx context.Context, op string) (stewardAnswer, error) {
	var said stewardAnswer
	// Killed, it says no more, whatever it hangs in.
	forget := context.AfterFunc(ctx, func() { _ = s.steward.Kill() })
	err := s.answers.Decode(&said)
	killed := !forget()
	target := new(hosts.TargetError)
	switch {
	case killed && errors.Is(ctx.Err(), context.Canceled):
		return said, &hosts.HarnessError{Op: "host " + s.Name + ": " + op, Err: context.Cause(ctx)}
	case killed:
		err = context.Cause(ctx)
	case errors.As(err, &target):
		return said, err
	case errors.Is(err, io.EOF):
		err = errors.New("the steward has ended")
	case err == nil && said.Error != "":
		err = errors.New(said.Error)
	}
	if err != nil {
		return said, &hosts.TargetError{Host: s.Name, Op: op, Err: err}
	}
	return said, nil
}

// observe reads what processes of the host use.
func (s *stage) observe(pids []int) (Observed, error) {
	if s.here() {
		return Observe(pids)
	}
	if s.held != nil { // No process there is eaibench's, and nobody tells what others do.
		return Observed{}, s.held.Lost()
	}
	const op = "observe processes"
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx, cancel := context.WithTimeoutCause(context.Background(), observeLimit, fmt.Errorf("the steward did not answer within %s", observeLimit))
	defer cancel()
	if err := s.ask.Encode(stewardQuestion{PIDs: pids}); err != nil {
		return Observed{}, s.notAsked(op, err)
	}
	said, err := s.answer(ctx, op)
	if err == nil && (said.Observed == nil || len(said.Observed.Processes) != len(pids)) {
		err = &hosts.TargetError{Host: s.Name, Op: op, Err: errors.New("the steward did not answer what it was asked")}
	}
	if err != nil {
		return Observed{}, err
	}
	return *said.Observed, nil
}

// in names a file of the campaign on the host.
func (s *stage) in(names ...string) string { return path.Join(append([]string{s.folder}, names...)...) }

// listen is where servers on the host listen.
func (s *stage) listen() string {
	if s.Serve != "" && !s.here() {
		return s.Serve
	}
	return loopback
}

// reach gives the address by which programs on one host reach a server on another. What is not served to other hosts goes
// through the connections that this host has to both.
func reach(ctx context.Context, from, to *stage, address string) (string, error) {
	if from == to || to.listen() != loopback {
		return address, nil
	}
	at, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("address %s: %w", address, err)
	}
	near := at.Host
	if !to.here() {
		if near, err = to.forward(ctx, "from here to ", near, hosts.Forwarder.Forward); err != nil {
			return "", err
		}
	}
	if !from.here() {
		if near, err = from.forward(ctx, "from there to ", near, hosts.Forwarder.ForwardBack); err != nil {
			return "", err
		}
	}
	return "https://" + near, nil
}

func (s *stage) forward(ctx context.Context, way, address string, how func(hosts.Forwarder, context.Context, string) (hosts.Forwarding, error)) (string, error) {
	if known := s.forwards[way+address]; known != nil {
		return known.Address(), nil
	}
	forwarder, can := s.Host.(hosts.Forwarder)
	if !can {
		return "", fmt.Errorf("host %s cannot forward ports", s.Name)
	}
	forwarding, err := how(forwarder, ctx, address)
	if err != nil {
		return "", fmt.Errorf("forwarding %s of host %s: %w", address, s.Name, err)
	}
	s.forwards[way+address] = forwarding
	return forwarding.Address(), nil
}

// close ends what the campaign has on another host, when its components have ended.
func (s *stage) close() error {
	if s.here() {
		return nil
	}
	s.closeForwards()
	if s.held != nil {
		return s.held.Close()
	}
	_ = s.steward.Stdin().Close() // It removes the folder then, and ends.
	patience := time.AfterFunc(clearLimit, func() { _ = s.steward.Kill() })
	exit, err := s.steward.Wait()
	patience.Stop()
	_ = s.steward.Stdout().Close() // It has nothing to say any more.
	if err == nil && exit.OK() {
		return nil
	}
	// It was killed with its connection. Once more, by a new one.
	ctx, cancel := context.WithTimeout(context.Background(), clearLimit)
	defer cancel()
	if err := s.Host.RemoveAll(ctx, s.folder); err != nil {
		return fmt.Errorf("removing %s: %w; the next campaign on this host removes it", s.folder, err)
	}
	return nil
}

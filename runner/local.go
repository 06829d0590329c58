package runner

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"eaibench/attest"
	"eaibench/bench"
	"eaibench/integration_process"
	"eaibench/internal/endpoint"
	"eaibench/launcher"
	"eaibench/links"
	"eaibench/platform"
	"eaibench/results"
)

// Local is a Site whose root CA runs on this host: attester and launcher on the target, digital services where they are placed,
// each a process of its own on a free port, with keys made for this campaign alone.
type Local struct {
	options   LocalOptions
	operator  *operator
	root      *attest.Root
	home      *stage            // this host
	target    *stage            // where programs run
	launching *stage            // where launcher and attester run: the target, or this host
	others    []*stage          // every stage but this host's
	placed    map[string]*stage // of each service, by ID
	ca        *component
	attester  *component
	services  []*service
	launcher  *launcher.Client
	links     linked
	program   int      // the launcher's ID of it
	rootName  string   // of a root CA that is made
	lock      *os.File // of the operator's folder, nil if that is to be kept
	closeOnce sync.Once
	closeErr  error

	components []*component // the launcher last: it is the first to end
}

// service is a digital service as its operator reaches it.
type service struct {
	id        string
	component *component // nil of one that already runs
	running   *Running   // nil of one that was started here
	admin     *endpoint.Client
}

const (
	adminLimit = time.Minute // for one request of the operator
	// slowCompile is how long a compilation may take on another host, which may be emulated.
	slowCompile = 15 * time.Minute
)

// StartLocal makes the operator's folder, starts everything and uploads the program. Close must be
// called. On an error nothing is left running.
func StartLocal(ctx context.Context, o LocalOptions) (*Local, error) {
	l := &Local{options: o, links: linked{placement: o.Placement}}
	if err := l.start(ctx); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

func (l *Local) start(ctx context.Context) error {
	if err := l.prepare(ctx); err != nil {
		return err
	}
	for _, start := range []func(context.Context) error{l.startTrust, l.startServices, l.startLauncher, l.measureReal} {
		if err := start(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (l *Local) prepare(ctx context.Context) error {
	solution, err := integration_process.LoadSolution(l.options.Solution)
	if err != nil {
		return err
	}
	source, err := integration_process.Source(l.options.Solution)
	if err != nil {
		return err
	}
	profile, err := platform.Load(l.options.Platform)
	if err != nil {
		return err
	}
	if err := profile.SetControls(l.options.Controls, l.options.Modes); err != nil {
		return err
	}
	if err := removeAbandoned(l.options.Parent); err != nil {
		return err
	}
	folder, lock, err := makeFolder(l.options.Parent)
	if err != nil {
		return err
	}
	l.lock = lock
	if l.options.Keep {
		if err := releaseFolder(folder); err != nil {
			return err
		}
	}
	l.operator = &operator{
		folder: folder, solution: solution, source: source, profile: profile,
		modes: l.options.Modes, cryptos: l.options.Cryptos, verifies: l.options.Verifies, paths: l.options.Paths,
		longestRun: l.options.LongestPauses + l.options.Limits.Time, given: l.options.References, lasting: l.options.Operator, rootName: l.rootName,
	}
	for _, running := range l.options.Running {
		l.operator.running = append(l.operator.running, running.ID)
	}
	if err := l.openStages(ctx); err != nil {
		return err
	}
	if err := os.Mkdir(l.operator.in("logs"), 0o700); err != nil {
		return fmt.Errorf("making the folder for logs: %w", err)
	}
	if err := l.operator.prepare(ctx); err != nil {
		return err
	}
	l.root, err = attest.LoadRoot(l.operator.rootFile())
	return err
}

func (l *Local) client(address, identity, token string) *endpoint.Client {
	return endpoint.NewClient(address, endpoint.ClientOptions{Roots: l.root.Pool, Identity: identity, Token: token, Timeout: adminLimit})
}

// Folder is the operator's: certificates, policy, data of the components and their logs.
func (l *Local) Folder() string { return l.operator.folder }

// Compile has the launcher compile the program in a mode.
func (l *Local) Compile(ctx context.Context, mode string) (*launcher.CompileResult, error) {
	return l.launcher.Compile(ctx, l.program, mode)
}

// Describe reads the executable's headers and asks the compiler for its version.
func (l *Local) Describe(ctx context.Context, compiled *launcher.CompileResult) (Described, error) {
	if len(compiled.CompileCommand) == 0 {
		return Described{}, errors.New("the launcher does not say how it compiled")
	}
	file, err := l.launching.Host.ReadFile(ctx, compiled.ExecutablePath)
	if err != nil {
		return Described{}, err
	}
	executable, err := io.ReadAll(file)
	if err = errors.Join(err, file.Close()); err != nil {
		return Described{}, fmt.Errorf("reading executable %s: %w", compiled.ExecutablePath, err)
	}
	headers, err := platform.ParseELF(bytes.NewReader(executable))
	if err != nil {
		return Described{}, fmt.Errorf("reading executable %s: %w", compiled.ExecutablePath, err)
	}
	compiler, on := compiled.CompileCommand[0], l.target
	if l.options.Cross != nil {
		on = l.home
	}
	version, err := output(ctx, on.Host, "/bin/sh", "-c", `exec "$1" --version`, "sh", compiler)
	if err != nil {
		return Described{}, fmt.Errorf("asking %s for its version: %w", compiler, err)
	}
	first, _, _ := strings.Cut(version, "\n")
	return Described{ELF: *headers, Compiler: first}, nil
}

// Execute has the launcher carry out one run.
func (l *Local) Execute(ctx context.Context, cell bench.Cell, run string) (*launcher.RunResult, error) {
	requests := int64(cell.Parameters.Requests)
	request := launcher.ExecuteRequest{
		Run: run,
		Parameters: launcher.Parameters{
			Requests: &requests, IntervalMS: &cell.Parameters.IntervalMS, Arguments: cell.Parameters.Arguments,
			Crypto: cell.Crypto, Verify: cell.Verify, Path: cell.Path, Solution: l.options.Solution,
		},
	}
	return l.launcher.Execute(ctx, l.program, cell.Mode, request)
}

// Reset takes every service's data back to what it was filled with. One that already runs, and whose token nobody has, is asked
// whether it is well in its place.
func (l *Local) Reset(ctx context.Context) error {
	for _, service := range l.services {
		if service.running != nil {
			if err := service.running.reset(ctx, service.admin); err != nil {
				return err
			}
			continue
		}
		if err := service.admin.Do(ctx, "POST", "/api/reset", nil, nil); err != nil {
			return fmt.Errorf("service %s: %w", service.id, err)
		}
	}
	return nil
}

// MeasureLinks measures every link, while no run is under way.
func (l *Local) MeasureLinks(ctx context.Context, m links.Measurement) []results.LinkLook {
	return l.links.look(ctx, m)
}

// Watch gives a context that ends when a component ends by itself; its cause says which, and what its log
// said last. The function returned ends the watch.
func (l *Local) Watch(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	var watching sync.WaitGroup
	for _, c := range l.components {
		watching.Go(func() {
			select {
			case <-c.ended:
				cancel(c.ending())
			case <-ctx.Done():
			}
		})
	}
	return ctx, func() {
		cancel(nil)
		watching.Wait()
	}
}

// Close ends the components, the launcher first, waits until none is left, and removes the
// operator's folder unless it is to be kept.
func (l *Local) Close() error {
	l.closeOnce.Do(func() {
		for _, c := range slices.Backward(l.components) {
			c.end()
		}
		l.closeErr = l.links.Close()
		for _, service := range l.services {
			service.admin.Close()
		}
		if l.launcher != nil {
			l.launcher.Close()
		}
		for _, stage := range l.others {
			l.closeErr = errors.Join(l.closeErr, stage.close())
		}
		if l.operator != nil && l.options.Keep {
			l.closeErr = errors.Join(l.closeErr, l.operator.forget())
		}
		if l.operator != nil && !l.options.Keep {
			if err := os.RemoveAll(l.operator.folder); err != nil {
				l.closeErr = errors.Join(l.closeErr, fmt.Errorf("removing the operator's folder: %w", err))
			}
		}
		if l.lock != nil {
			l.closeErr = errors.Join(l.closeErr, l.lock.Close())
		}
	})
	return l.closeErr
}

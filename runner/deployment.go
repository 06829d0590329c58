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

// Deployment is a Site whose root CA runs on this host: attester and launcher on the target, digital services where they are placed,
// each a process of its own on a free port, with keys made for this campaign alone.
type Deployment struct {
	options   DeploymentOptions
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

// Deploy makes the operator's folder, starts everything and uploads the program. Close must be
// called. On an error nothing is left running.
func Deploy(ctx context.Context, o DeploymentOptions) (*Deployment, error) {
	d := &Deployment{options: o, links: linked{placement: o.Placement}}
	if err := d.start(ctx); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

func (d *Deployment) start(ctx context.Context) error {
	if err := d.prepare(ctx); err != nil {
		return err
	}
	for _, start := range []func(context.Context) error{d.startTrust, d.startServices, d.startLauncher, d.measureReal} {
		if err := start(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (d *Deployment) prepare(ctx context.Context) error {
	solution, err := integration_process.LoadSolution(d.options.Solution)
	if err != nil {
		return err
	}
	source, err := integration_process.Source(d.options.Solution)
	if err != nil {
		return err
	}
	profile, err := platform.Load(d.options.Platform)
	if err != nil {
		return err
	}
	if err := profile.SetControls(d.options.Controls, d.options.Modes); err != nil {
		return err
	}
	if err := removeAbandoned(d.options.Parent); err != nil {
		return err
	}
	folder, lock, err := makeFolder(d.options.Parent)
	if err != nil {
		return err
	}
	d.lock = lock
	if d.options.Keep {
		if err := releaseFolder(folder); err != nil {
			return err
		}
	}
	d.operator = &operator{
		folder: folder, solution: solution, source: source, profile: profile,
		modes: d.options.Modes, cryptos: d.options.Cryptos, verifies: d.options.Verifies, paths: d.options.Paths,
		longestRun: d.options.LongestPauses + d.options.Limits.Time, given: d.options.References, lasting: d.options.Operator, rootName: d.rootName,
	}
	for _, running := range d.options.Running {
		d.operator.running = append(d.operator.running, running.ID)
	}
	if err := d.openStages(ctx); err != nil {
		return err
	}
	if err := os.Mkdir(d.operator.in("logs"), 0o700); err != nil {
		return fmt.Errorf("making the folder for logs: %w", err)
	}
	if err := d.operator.prepare(ctx); err != nil {
		return err
	}
	d.root, err = attest.LoadRoot(d.operator.rootFile())
	return err
}

func (d *Deployment) client(address, identity, token string) *endpoint.Client {
	return endpoint.NewClient(address, endpoint.ClientOptions{Roots: d.root.Pool, Identity: identity, Token: token, Timeout: adminLimit})
}

// Folder is the operator's: certificates, policy, data of the components and their logs.
func (d *Deployment) Folder() string { return d.operator.folder }

// Compile has the launcher compile the program in a mode.
func (d *Deployment) Compile(ctx context.Context, mode string) (*launcher.CompileResult, error) {
	return d.launcher.Compile(ctx, d.program, mode)
}

// Describe reads the executable's headers and asks the compiler for its version.
func (d *Deployment) Describe(ctx context.Context, compiled *launcher.CompileResult) (Described, error) {
	if len(compiled.CompileCommand) == 0 {
		return Described{}, errors.New("the launcher does not say how it compiled")
	}
	file, err := d.launching.Host.ReadFile(ctx, compiled.ExecutablePath)
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
	compiler, on := compiled.CompileCommand[0], d.target
	if d.options.Cross != nil {
		on = d.home
	}
	version, err := output(ctx, on.Host, "/bin/sh", "-c", `exec "$1" --version`, "sh", compiler)
	if err != nil {
		return Described{}, fmt.Errorf("asking %s for its version: %w", compiler, err)
	}
	first, _, _ := strings.Cut(version, "\n")
	return Described{ELF: *headers, Compiler: first}, nil
}

// Execute has the launcher carry out one run.
func (d *Deployment) Execute(ctx context.Context, cell bench.Cell, run string) (*launcher.RunResult, error) {
	requests := int64(cell.Parameters.Requests)
	request := launcher.ExecuteRequest{
		Run: run,
		Parameters: launcher.Parameters{
			Requests: &requests, IntervalMS: &cell.Parameters.IntervalMS, Arguments: cell.Parameters.Arguments,
			Crypto: cell.Crypto, Verify: cell.Verify, Path: cell.Path, Solution: d.options.Solution,
		},
	}
	return d.launcher.Execute(ctx, d.program, cell.Mode, request)
}

// Reset takes every service's data back to what it was filled with. One that already runs, and whose token nobody has, is asked
// whether it is well in its place.
func (d *Deployment) Reset(ctx context.Context) error {
	for _, service := range d.services {
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
func (d *Deployment) MeasureLinks(ctx context.Context, m links.Measurement) []results.LinkLook {
	return d.links.look(ctx, m)
}

// Watch gives a context that ends when a component ends by itself; its cause says which, and what its log
// said last. The function returned ends the watch.
func (d *Deployment) Watch(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	var watching sync.WaitGroup
	for _, c := range d.components {
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
func (d *Deployment) Close() error {
	d.closeOnce.Do(func() {
		for _, c := range slices.Backward(d.components) {
			c.end()
		}
		d.closeErr = d.links.Close()
		for _, service := range d.services {
			service.admin.Close()
		}
		if d.launcher != nil {
			d.launcher.Close()
		}
		for _, stage := range d.others {
			d.closeErr = errors.Join(d.closeErr, stage.close())
		}
		if d.operator != nil && d.options.Keep {
			d.closeErr = errors.Join(d.closeErr, d.operator.forget())
		}
		if d.operator != nil && !d.options.Keep {
			if err := removeHeld(d.operator.folder); err != nil {
				d.closeErr = errors.Join(d.closeErr, fmt.Errorf("removing the operator's folder: %w", err))
			}
		}
		if d.lock != nil {
			d.closeErr = errors.Join(d.closeErr, d.lock.Close())
		}
	})
	return d.closeErr
}

package runner

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"eaibench/attest"
	"eaibench/attest/authority"
	"eaibench/bench"
	"eaibench/integration_process"
	"eaibench/internal/endpoint"
	"eaibench/launcher"
	"eaibench/links"
	"eaibench/platform"
	"eaibench/results"
)

// LocalOptions say what a campaign on this host needs. Parent, Keep, Outcome and the limits may be
// zero.
type LocalOptions struct {
	// Executable is eaibench itself, started once a component.
	Executable string
	// Parent is the folder in which the operator's folder is made; "" is the system's for
	// temporary files. Every user must be able to reach it.
	Parent string
	// Keep leaves the operator's folder, with the components' logs and the services' databases.
	Keep bool
	// Solution whose program is measured and whose services are started.
	Solution string
	// Target is where launcher and attester run, and sources are compiled; its zero value is this host.
	Target Place
	// Services are where the digital services run, by their IDs: one that is not named runs on the target.
	Services map[string]Place
	// Platform is a profile's name or file. Modes are those that the policy accepts.
	Platform string
	Modes    []string
	// Cryptos are what processes may seal with: hpke; none is insecure.
	Cryptos []string
	// Verifies are how often services check a certificate: full; cached is insecure. None means full alone.
	Verifies []string
	// Paths are how processes may reach services: relayed, direct. With direct, compartments may
	// have their host's network.
	Paths []string
	// LongestPauses is how long a run waits between its requests, at most, all together.
	LongestPauses time.Duration
	// DataSeed decides the services' data and drawn outcomes.
	DataSeed uint64
	// Outcome is what the simulated person does; "" is the solution's default.
	Outcome string
	// SilenceLimit is how long a service waits for a silent person; 0: the service's default.
	SilenceLimit time.Duration
	Limits       Limits
	// Placement says on which hosts the parts run, and what lies between them; nil: all on this one.
	Placement *results.Placement
	// Controls are alike in every mode.
	Controls platform.Controls
	// References are what the policy takes in place of a build made at the start; nil: it is made.
	References []attest.Reference
}

// Limits of each run; 0: the launcher's or the platform's default.
type Limits struct {
	Time      time.Duration // besides the intervals between requests
	Memory    int64         // bytes
	Processes int64         // and threads
	Output    int64         // bytes
}

// flags are the launcher's.
func (l Limits) flags() []string {
	var flags []string
	if l.Time > 0 {
		flags = append(flags, "--time-limit", l.Time.String())
	}
	for _, limit := range []struct {
		flag  string
		value int64
	}{{"--memory-limit", l.Memory}, {"--process-limit", l.Processes}, {"--output-limit", l.Output}} {
		if limit.value > 0 {
			flags = append(flags, limit.flag, strconv.FormatInt(limit.value, 10))
		}
	}
	return flags
}

// Local is a Site whose root CA runs on this host: attester and launcher on the target, digital services where they are placed,
// each a process of its own on a free port, with keys made for this campaign alone.
type Local struct {
	options   LocalOptions
	operator  *operator
	root      *attest.Root
	home      *stage            // this host
	target    *stage            // where launcher and attester run
	others    []*stage          // every stage but this host's
	placed    map[string]*stage // of each service, by ID
	ca        *component
	attester  *component
	services  []*service
	launcher  *launcher.Client
	links     linked
	program   int      // the launcher's ID of it
	lock      *os.File // of the operator's folder, nil if that is to be kept
	closeOnce sync.Once
	closeErr  error

	components []*component // the launcher last: it is the first to end
}

// service is a digital service as its operator reaches it.
type service struct {
	id        string
	component *component
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
		longestRun: l.options.LongestPauses + l.options.Limits.Time, given: l.options.References,
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

// openStages prepares the hosts that take part.
func (l *Local) openStages(ctx context.Context) error {
	l.home = &stage{Place: Here(), folder: l.operator.folder, executable: l.options.Executable, root: os.Geteuid() == 0}
	stages := map[string]*stage{LocalHost: l.home, "": l.home}
	open := func(p Place) (*stage, error) {
		if known := stages[p.Name]; known != nil {
			return known, nil
		}
		opened, err := openStage(ctx, p)
		if err != nil {
			return nil, err
		}
		stages[p.Name] = opened
		l.others = append(l.others, opened)
		return opened, nil
	}
	var err error
	if l.target, err = open(l.options.Target); err != nil {
		return err
	}
	l.placed = map[string]*stage{}
	l.operator.target, l.operator.serves = l.target, map[string]string{}
	for _, folder := range []string{"attester", "launcher"} {
		l.operator.serves[folder] = l.target.listen()
	}
	for _, description := range l.operator.solution.Services {
		at := l.target
		if place, placed := l.options.Services[description.Name]; placed {
			if at, err = open(place); err != nil {
				return err
			}
		}
		l.placed[description.Name] = at
		l.operator.serves[filepath.Join("services", description.Name)] = at.listen()
	}
	return nil
}

// stages are all hosts that take part, this one first.
func (l *Local) stages() []*stage { return append([]*stage{l.home}, l.others...) }

// startTrust starts root CA and attester.
func (l *Local) startTrust(ctx context.Context) (err error) {
	if l.ca, err = l.component(ctx, l.home, "ca", "eai:ca/campaign",
		"ca", "serve", "--data", l.home.in("ca"), "--policy", l.operator.policyFile()); err != nil {
		return err
	}
	if err := l.deliver(ctx, l.target, "attester", "launcher"); err != nil {
		return err
	}
	l.attester, err = l.component(ctx, l.target, "attester", "eai:attester/local",
		"attest", "serve", "--end-with-parent", "--data", l.target.in("attester"), "--platform", l.options.Platform)
	return err
}

// deliver copies what components need to their host, with the root's certificate and the policy.
func (l *Local) deliver(ctx context.Context, to *stage, names ...string) error {
	if to.here() {
		return nil
	}
	return to.deliver(ctx, l.operator.folder, to.folder, append(names, filepath.Join("ca", authority.RootFile), filepath.Base(l.operator.policyFile()))...)
}

// startServices starts the solution's digital services.
func (l *Local) startServices(ctx context.Context) error {
	for _, description := range l.operator.solution.Services {
		id, on := description.Name, l.placed[description.Name]
		if err := l.deliver(ctx, on, filepath.Join("services", id)); err != nil {
			return err
		}
		args := []string{
			"service", id, "--data", on.in("services", id), "--root-ca", on.in("ca", authority.RootFile),
			"--policy", on.in(filepath.Base(l.operator.policyFile())),
			"--solution", l.options.Solution, "--seed", strconv.FormatUint(l.options.DataSeed, 10),
		}
		if description.Write != nil && description.Write.Person != nil {
			if l.options.Outcome != "" {
				args = append(args, "--outcome", l.options.Outcome)
			}
			if l.options.SilenceLimit > 0 {
				args = append(args, "--silence-limit", l.options.SilenceLimit.String())
			}
		}
		if slices.Contains(l.options.Cryptos, string(attest.None)) {
			args = append(args, "--allow-crypto-none")
		}
		if slices.Contains(l.options.Verifies, string(attest.Cached)) {
			args = append(args, "--allow-verify-cached")
		}
		started, err := l.component(ctx, on, "service/"+id, "eai:service/"+id, args...)
		if err != nil {
			return err
		}
		token, err := endpoint.LoadToken(l.operator.in("services", id, authority.TokenFile))
		if err != nil {
			return err
		}
		address, err := reach(ctx, l.home, on, started.address)
		if err != nil {
			return err
		}
		l.services = append(l.services, &service{id: id, component: started, admin: l.client(address, "eai:service/"+id, token)})
	}
	return nil
}

// startLauncher starts the launcher and uploads the program.
func (l *Local) startLauncher(ctx context.Context) error {
	ca, err := l.across(ctx, caName, l.home, l.ca.address)
	if err != nil {
		return err
	}
	args := []string{
		"launcher", "serve", "--data", l.target.in("launcher"), "--root-ca", l.target.in("ca", authority.RootFile), "--ca", ca,
		"--attester", l.attester.address, "--attester-token", l.target.in("attester", authority.TokenFile),
		"--platform", l.options.Platform,
		"--scratch", l.target.in("scratch"),
	}
	args = append(args, l.options.Limits.flags()...)
	if !l.target.here() {
		args = append(args, "--compile-time-limit", slowCompile.String())
	}
	args = append(args, controlFlags(l.options.Controls)...)
	for _, service := range l.services {
		address, err := l.across(ctx, service.id, service.component.stage, service.component.address)
		if err != nil {
			return err
		}
		args = append(args, "--service", service.id+"="+address)
	}
	started, err := l.component(ctx, l.target, "launcher", "", args...)
	if err != nil {
		return err
	}
	address, err := reach(ctx, l.home, l.target, started.address)
	if err != nil {
		return err
	}
	token, err := endpoint.LoadToken(l.operator.in("launcher", authority.TokenFile))
	if err != nil {
		return err
	}
	l.launcher = launcher.NewClient(address, l.root.Pool, token)
	if err := l.launcher.Health(ctx); err != nil {
		return fmt.Errorf("asking whether the launcher is well: %w", err)
	}
	uploaded, err := l.launcher.Upload(ctx, l.operator.solution.Program+".c", l.operator.source)
	if err != nil {
		return fmt.Errorf("uploading the program: %w", err)
	}
	l.program = uploaded.ProgramID
	return nil
}

// component starts one component on a free port of a host, and asks it whether it is well if its identity is given.
func (l *Local) component(ctx context.Context, on *stage, name, identity string, args ...string) (*component, error) {
	log := l.operator.in("logs", strings.ReplaceAll(name, "/", "-")+".log")
	args = append(args, "--listen", net.JoinHostPort(on.listen(), "0"))
	start := on.start
	if on.here() {
		start = func(ctx context.Context, name, log string, args []string) (*component, error) {
			return startComponent(ctx, on.executable, name, log, args)
		}
	}
	c, err := start(ctx, name, log, args)
	if err != nil {
		return nil, err
	}
	c.stage = on
	l.components = append(l.components, c)
	if identity == "" {
		return c, nil
	}
	address, err := reach(ctx, l.home, on, c.address)
	if err != nil {
		return nil, err
	}
	client := l.client(address, identity, "")
	defer client.Close()
	if err := client.Do(ctx, "GET", "/api/health", nil, nil); err != nil {
		return nil, fmt.Errorf("asking whether %s is well: %w", name, err)
	}
	return c, nil
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
	file, err := l.target.Host.ReadFile(ctx, compiled.ExecutablePath)
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
	compiler := compiled.CompileCommand[0]
	version, err := output(ctx, l.target.Host, "/bin/sh", "-c", `exec "$1" --version`, "sh", compiler)
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

// Reset takes every service's data back to what it was filled with.
func (l *Local) Reset(ctx context.Context) error {
	for _, service := range l.services {
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

package runner

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
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
	"eaibench/platform"
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

// Local is a Site on this host: root CA, attester, digital services and launcher as processes of
// their own, on free ports of the loopback interface, with keys made for this campaign alone.
type Local struct {
	options   LocalOptions
	operator  *operator
	root      *attest.Root
	services  []*service
	launcher  *launcher.Client
	program   int      // the launcher's ID of it
	lock      *os.File // of the operator's folder, nil if that is to be kept
	closeOnce sync.Once
	closeErr  error

	components []*component // the launcher last: it is the first to end
}

// service is a digital service as its operator reaches it.
type service struct {
	id    string
	admin *endpoint.Client
}

const adminLimit = time.Minute // for one request of the operator

// StartLocal makes the operator's folder, starts everything and uploads the program. Close must be
// called. On an error nothing is left running.
func StartLocal(ctx context.Context, o LocalOptions) (*Local, error) {
	l := &Local{options: o}
	if err := l.start(ctx); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

func (l *Local) start(ctx context.Context) error {
	if err := l.prepare(ctx); err != nil {
		return err
	}
	ca, attester, err := l.startTrust(ctx)
	if err != nil {
		return err
	}
	addresses, err := l.startServices(ctx)
	if err != nil {
		return err
	}
	return l.startLauncher(ctx, ca, attester, addresses)
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
	if err := removeAbandoned(l.options.Parent); err != nil {
		return err
	}
	folder, err := os.MkdirTemp(l.options.Parent, operatorPrefix)
	if err != nil {
		return fmt.Errorf("making the operator's folder: %w", err)
	}
	l.operator = &operator{
		folder: folder, solution: solution, source: source, profile: profile,
		modes: l.options.Modes, cryptos: l.options.Cryptos, verifies: l.options.Verifies, paths: l.options.Paths,
		longestRun: l.options.LongestPauses + l.options.Limits.Time,
	}
	if !l.options.Keep {
		if l.lock, err = holdFolder(folder); err != nil {
			return err
		}
	}
	// Compiler and attester run as users of their own and have to pass through.
	if err := os.Chmod(folder, 0o711); err != nil {
		return fmt.Errorf("opening the operator's folder: %w", err)
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

// startTrust starts root CA and attester and gives their addresses.
func (l *Local) startTrust(ctx context.Context) (ca, attester string, err error) {
	if ca, err = l.component(ctx, "ca", "eai:ca/campaign",
		"ca", "serve", "--data", l.operator.in("ca"), "--policy", l.operator.policyFile()); err != nil {
		return "", "", err
	}
	attester, err = l.component(ctx, "attester", "eai:attester/local",
		"attest", "serve", "--end-with-parent", "--data", l.operator.in("attester"), "--platform", l.options.Platform)
	return ca, attester, err
}

// startServices starts the solution's digital services and gives their addresses by ID.
func (l *Local) startServices(ctx context.Context) (map[string]string, error) {
	addresses := map[string]string{}
	for _, description := range l.operator.solution.Services {
		id := description.Name
		data := l.operator.in("services", id)
		args := []string{
			"service", id, "--data", data, "--root-ca", l.operator.rootFile(), "--policy", l.operator.policyFile(),
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
		address, err := l.component(ctx, "service/"+id, "eai:service/"+id, args...)
		if err != nil {
			return nil, err
		}
		token, err := endpoint.LoadToken(filepath.Join(data, authority.TokenFile))
		if err != nil {
			return nil, err
		}
		l.services = append(l.services, &service{id: id, admin: l.client(address, "eai:service/"+id, token)})
		addresses[id] = address
	}
	return addresses, nil
}

// startLauncher starts the launcher and uploads the program.
func (l *Local) startLauncher(ctx context.Context, ca, attester string, services map[string]string) error {
	data := l.operator.in("launcher")
	args := []string{
		"launcher", "serve", "--data", data, "--root-ca", l.operator.rootFile(), "--ca", ca,
		"--attester", attester, "--attester-token", l.operator.in("attester", authority.TokenFile),
		"--platform", l.options.Platform,
		"--scratch", l.operator.in("scratch"),
	}
	args = append(args, l.options.Limits.flags()...)
	for id, address := range services {
		args = append(args, "--service", id+"="+address)
	}
	address, err := l.component(ctx, "launcher", "", args...)
	if err != nil {
		return err
	}
	token, err := endpoint.LoadToken(filepath.Join(data, authority.TokenFile))
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

// component starts one component on a free port, asks it whether it is well if its identity is given, and gives
// its address.
func (l *Local) component(ctx context.Context, name, identity string, args ...string) (string, error) {
	log := l.operator.in("logs", strings.ReplaceAll(name, "/", "-")+".log")
	c, err := startComponent(ctx, l.options.Executable, name, log, append(args, "--listen", loopback+":0"))
	if err != nil {
		return "", err
	}
	l.components = append(l.components, c)
	if identity == "" {
		return c.address, nil
	}
	client := l.client(c.address, identity, "")
	defer client.Close()
	if err := client.Do(ctx, "GET", "/api/health", nil, nil); err != nil {
		return "", fmt.Errorf("asking whether %s is well: %w", name, err)
	}
	return c.address, nil
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
	headers, err := platform.ReadELF(compiled.ExecutablePath)
	if err != nil {
		return Described{}, err
	}
	if len(compiled.CompileCommand) == 0 {
		return Described{}, errors.New("the launcher does not say how it compiled")
	}
	version, err := exec.CommandContext(ctx, compiled.CompileCommand[0], "--version").Output()
	if err != nil {
		return Described{}, fmt.Errorf("asking %s for its version: %w", compiled.CompileCommand[0], err)
	}
	first, _, _ := strings.Cut(string(version), "\n")
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
		for _, service := range l.services {
			service.admin.Close()
		}
		if l.launcher != nil {
			l.launcher.Close()
		}
		if l.operator != nil && !l.options.Keep {
			if err := os.RemoveAll(l.operator.folder); err != nil {
				l.closeErr = fmt.Errorf("removing the operator's folder: %w", err)
			}
		}
		if l.lock != nil {
			l.closeErr = errors.Join(l.closeErr, l.lock.Close())
		}
	})
	return l.closeErr
}

package launcher

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"eaibench/attest"
	"eaibench/hosts"
	"eaibench/internal/endpoint"
	"eaibench/platform"
)

// Options of a launcher. All but Scratch, Limits and Log must be given; Services may be empty.
type Options struct {
	// Data is the folder of the program store. It is made if missing.
	Data string
	// Scratch is a folder for what one run or compilation needs, on the host and reached by every
	// user of it. Empty: one in the system's folder for temporary files.
	Scratch string
	// Root is handed to processes, and has issued the certificates of all servers asked here.
	Root *attest.Root
	// CA and Attester are base URLs, "https://127.0.0.1:8443".
	CA, Attester string
	// AttesterToken is the attester's bearer token.
	AttesterToken string
	// Services are the base URLs of digital services by ID.
	Services map[string]string
	// Profile has the modes in which programs are compiled and run.
	Profile *platform.Profile
	// Host runs them.
	Host hosts.Host
	// WorkFolder on Host is for what is put there, where Host is another than this one: then compiler and processes are reached over
	// Host's interface alone. Empty: Host is this one.
	WorkFolder string
	// Cross has this host compile with a toolchain for Host, and copy what comes of it there; nil: Host compiles.
	Cross *platform.Toolchain
	// Limits of runs and compilations.
	Limits Limits
	// Log gets what happens, without data of customers. Nil: slog.Default().
	Log *slog.Logger
}

// Launcher stores, compiles and executes programs. Its methods may be called by several
// goroutines.
type Launcher struct {
	store     *Store
	runs      *workplace // where programs run
	compiles  *workplace // where they are compiled
	cross     *platform.Toolchain
	root      *attest.Root
	ca        *endpoint.Client
	attester  *endpoint.Client
	services  registry
	profile   *platform.Profile
	users     users
	limits    Limits
	log       *slog.Logger
	slots     chan struct{} // one a run under way
	compilers chan struct{} // one a compilation under way

	stopping context.Context // ends when the launcher stops, with errStopping
	stop     context.CancelCauseFunc
	working  sync.WaitGroup // runs and compilations

	mu     sync.Mutex
	active map[string]bool // names of runs under way
}

// serverReply bounds what the root CA and the attester answer: certificate, evidence and memory map (1 MiB),
// in bytes.
const serverReply = 2 << 20

var errStopping = errors.New("the launcher is stopping")

// New opens the store and cleans up after launchers that were killed.
func New(ctx context.Context, o Options) (*Launcher, error) {
	limits, err := o.Limits.withDefaults()
	if err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	services, err := newRegistry(o.Services, o.Root.Pool)
	if err != nil {
		return nil, err
	}
	store, err := OpenStore(o.Data)
	if err != nil {
		return nil, err
	}
	// Only now: the store's lock says that no other launcher uses the scratch folder that goes
	// with it.
	at, err := o.open(ctx, store.folder)
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	compiles := at
	if o.Cross != nil {
		if compiles, err = openHere(Options{Host: hosts.Local()}, store.folder); err != nil {
			return nil, errors.Join(err, at.close(), store.Close())
		}
	}
	l := &Launcher{
		store: store, runs: at, compiles: compiles, cross: o.Cross, root: o.Root, services: services,
		ca:       endpoint.NewClient(o.CA, endpoint.ClientOptions{Roots: o.Root.Pool, Identity: "eai:ca/", ReplyLimit: serverReply}),
		attester: endpoint.NewClient(o.Attester, endpoint.ClientOptions{Roots: o.Root.Pool, Identity: "eai:attester/", Token: o.AttesterToken, ReplyLimit: serverReply}),
		profile:  o.Profile, limits: limits, log: o.Log,
		users: users{asRoot: at.asRoot, folder: usersFolder, log: o.Log},
		slots: make(chan struct{}, limits.Runs), compilers: make(chan struct{}, runtime.NumCPU()), active: make(map[string]bool),
	}
	if at.there && at.asRoot {
		l.users.there = &usersThere{host: at.host}
	}
	l.stopping, l.stop = context.WithCancelCause(context.Background())
	return l, nil
}

// open prepares the host on which programs run. On this one, what killed launchers left is removed first.
func (o Options) open(ctx context.Context, data string) (*workplace, error) {
	if o.WorkFolder != "" {
		return openThere(ctx, o)
	}
	at, err := openHere(o, data)
	if err != nil {
		return nil, err
	}
	stale, err := platform.RemoveStaleCgroups(ctx)
	if err != nil {
		return nil, err
	}
	if stale > 0 {
		o.Log.Info("removed what was left of runs whose launcher was killed", "cgroups", stale)
	}
	return at, nil
}

// Close ends runs and compilations under way, which end as aborted, waits until nothing of them is
// left, and closes the store.
func (l *Launcher) Close() error {
	l.stop(errStopping)
	l.working.Wait()
	l.services.close()
	l.ca.Close()
	l.attester.Close()
	err := l.runs.close()
	if l.compiles != l.runs {
		err = errors.Join(err, l.compiles.close())
	}
	return errors.Join(err, l.store.Close())
}

// begin registers work under way and gives it a context that also ends when the launcher stops.
func (l *Launcher) begin(ctx context.Context) (context.Context, func(), error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopping.Err() != nil {
		return nil, nil, notBegun(l.stopping)
	}
	l.working.Add(1)
	ctx, cancel := context.WithCancelCause(ctx)
	unlink := context.AfterFunc(l.stopping, func() { cancel(context.Cause(l.stopping)) })
	return ctx, func() {
		unlink()
		cancel(nil)
		l.working.Done()
	}, nil
}

// notBegun answers what was given up before it had a result: the launcher stops, or the caller went.
func notBegun(ctx context.Context) error {
	return endpoint.NewFault(http.StatusServiceUnavailable, "given up: %v", context.Cause(ctx))
}

// mode finds a mode of the profile; the first of its chain for "".
func (l *Launcher) mode(name string) (*platform.Mode, error) {
	if name == "" {
		name = l.profile.Chain()[0]
	}
	mode, err := l.profile.Mode(name)
	if err != nil {
		return nil, endpoint.NewFault(http.StatusBadRequest, "%v", err)
	}
	return mode, nil
}

// prepareScratch makes the scratch folder and empties it: what is there was left by a launcher
// that was killed.
func prepareScratch(folder, data string) (string, error) {
	if folder == "" {
		chosen, err := chooseScratch(data)
		if err != nil {
			return "", fmt.Errorf("scratch folder: %w", err)
		}
		folder = chosen
	}
	folder, err := filepath.Abs(folder)
	if err != nil {
		return "", fmt.Errorf("scratch folder: %w", err)
	}
	if err := checkOwnFolder(folder); err != nil {
		return "", err
	}
	if err := os.RemoveAll(folder); err != nil {
		return "", fmt.Errorf("emptying the scratch folder: %w", err)
	}
	// Others may pass through, since programs run under users of their own, but not look around.
	if err := os.Mkdir(folder, 0o711); err != nil {
		return "", fmt.Errorf("making the scratch folder: %w", err)
	}
	if err := os.Chmod(folder, 0o711); err != nil {
		return "", fmt.Errorf("making the scratch folder: %w", err)
	}
	return folder, nil
}

// chooseScratch names a folder that nobody can foresee, so that nobody can make it first, and removes
// the one before: the data folder says which that was.
func chooseScratch(data string) (string, error) {
	record := filepath.Join(data, "scratch")
	before, err := os.ReadFile(record)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	// One that is somebody else's has been made since.
	if left := string(before); filepath.IsAbs(left) && strings.HasPrefix(filepath.Base(left), scratchPrefix) && checkOwnFolder(left) == nil {
		if err := os.RemoveAll(left); err != nil {
			return "", err
		}
	}
	folder, err := filepath.Abs(filepath.Join(os.TempDir(), scratchPrefix+randomHex()))
	if err != nil {
		return "", err
	}
	return folder, writeAtomically(record, []byte(folder), 0o600)
}

const scratchPrefix = "eaibench-launcher-"

// commands runs a command on the host on which programs run, for package platform.
func (l *Launcher) commands(ctx context.Context, argv []string) ([]byte, error) {
	return hosts.Output(ctx, l.runs.host, argv)
}

// within names a file in a folder of the host, whose paths have slashes.
func within(folder string, names ...string) string {
	return path.Join(append([]string{folder}, names...)...)
}

// Serve serves until ctx ends. Runs and compilations under way end at once then, as aborted, and
// their callers are told; Serve returns when nothing of them is left and the launcher is closed.
func (l *Launcher) Serve(ctx context.Context, server *endpoint.Server) error {
	unlink := context.AfterFunc(ctx, func() { l.stop(errStopping) })
	defer unlink()
	return errors.Join(server.Serve(ctx), l.Close())
}

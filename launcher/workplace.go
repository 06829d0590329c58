package launcher

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"eaibench/hosts"
	"eaibench/platform"
)

// workplace is a host as the launcher uses it: where programs run, and where they are compiled.
type workplace struct {
	host      hosts.Host
	processes platform.Processes // of the host
	scratch   string             // folder on the host, reached by every user of it
	asRoot    bool               // users of their own can be given to what runs there
	ownUID    int                // whose commands the launcher's are there
	there     bool               // it is reached over the host interface alone: no cgroup, no lock, no look into its files
	remove    func() error       // what the launcher made there

	mu       sync.Mutex
	forwards map[string]hosts.Forwarding // by the address that processes there reach
}

// openHere prepares this host.
func openHere(o Options, data string) (*workplace, error) {
	scratch, err := prepareScratch(o.Scratch, data)
	if err != nil {
		return nil, err
	}
	return &workplace{
		host: o.Host, processes: platform.Here{}, scratch: scratch, asRoot: os.Geteuid() == 0, ownUID: os.Geteuid(),
		remove: func() error { return os.RemoveAll(scratch) },
	}, nil
}

// openThere prepares a host that is reached over its interface alone: nothing but a folder is made there. It asks for the system, and
// whose commands the launcher's are.
func openThere(ctx context.Context, o Options) (_ *workplace, err error) {
	w := &workplace{host: o.Host, there: true}
	run := func(ctx context.Context, argv []string) ([]byte, error) { return hosts.Output(ctx, o.Host, argv) }
	if w.processes, err = platform.ProcessesOf(ctx, run, o.Host.Hash); err != nil {
		return nil, fmt.Errorf("host %s: %w", o.Host.Name(), err)
	}
	said, err := run(ctx, []string{"/usr/bin/id", "-u"})
	if err != nil {
		return nil, fmt.Errorf("asking host %s for its user: %w", o.Host.Name(), err)
	}
	if _, err := fmt.Sscanf(strings.TrimSpace(string(said)), "%d", &w.ownUID); err != nil {
		return nil, fmt.Errorf("asking host %s for its user: %w", o.Host.Name(), err)
	}
	w.asRoot = w.ownUID == 0
	if o.Scratch == "" {
		folder, err := hosts.Hold(ctx, o.Host, o.WorkFolder)
		if err != nil {
			return nil, fmt.Errorf("scratch folder: %w", err)
		}
		w.scratch, w.remove = within(folder.Path, "scratch"), folder.Close
		return w, w.makeScratch(ctx)
	}
	w.scratch = o.Scratch
	w.remove = func() error {
		ctx, cancel := context.WithTimeout(context.Background(), cleaningTime)
		defer cancel()
		return o.Host.RemoveAll(ctx, w.scratch)
	}
	return w, w.makeScratch(ctx)
}

// makeScratch makes the scratch folder and empties it. Others may pass through, since programs run under users of their own, but not
// look around. On an error nothing is left.
func (w *workplace) makeScratch(ctx context.Context) error {
	err := w.host.RemoveAll(ctx, w.scratch)
	if err == nil {
		err = w.host.MkdirAll(ctx, w.scratch, 0o711)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("making the scratch folder: %w", err), w.remove())
	}
	return nil
}

// reach gives the address at which processes there reach a service: through the connection to their host where that is another.
func (w *workplace) reach(ctx context.Context, s *service) (string, error) {
	address, err := s.hostAndPort(ctx)
	if err != nil || !w.there {
		return address, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if known := w.forwards[address]; known != nil {
		select {
		case <-known.Done(): // with a connection that was lost
		default:
			return known.Address(), nil
		}
	}
	forwarder, can := w.host.(hosts.Forwarder)
	if !can {
		return "", fmt.Errorf("host %s cannot forward ports: no service is reached from there", w.host.Name())
	}
	forwarding, err := forwarder.ForwardBack(ctx, address)
	if err != nil {
		return "", fmt.Errorf("forwarding service %s to host %s: %w", s.id, w.host.Name(), err)
	}
	if w.forwards == nil {
		w.forwards = map[string]hosts.Forwarding{}
	}
	w.forwards[address] = forwarding
	return forwarding.Address(), nil
}

// close ends what is forwarded, and removes what was made there.
func (w *workplace) close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, forwarding := range w.forwards {
		// One whose connection is lost has ended.
		_ = forwarding.Close()
	}
	return w.remove()
}

// userIDs are the uid and gid under which a command is run: the profile's if they can be changed to, else 0, which stands for the
// launcher's own.
func (w *workplace) userIDs(user int) int {
	if w.asRoot {
		return user
	}
	return 0
}

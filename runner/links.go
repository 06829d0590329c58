package runner

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"sync"

	"eaibench/links"
	"eaibench/results"
)

// linked are a site's links: the emulated ones, and what measures each.
type linked struct {
	placement *results.Placement
	emulated  map[string]*links.Emulated // by what is reached over them: a service's ID, or caHost's root CA as "ca"
	probes    []probe
	close     []func() error
}

// probe measures a link.
type probe struct {
	link      results.Link
	forwarded bool
	measure   func(context.Context, links.Measurement) (links.Measured, error)
}

// across gives the address at which the launcher reaches a server, over what lies between its host and the server's. who
// names the server: a service's ID, or ca.
func (d *Deployment) across(ctx context.Context, who string, on *stage, address string) (string, error) {
	reached, err := reach(ctx, d.launching, on, address)
	if err != nil {
		return "", err
	}
	host := LocalHost // of the root CA
	if who != caName {
		host = d.options.Placement.Service(who).Host
	}
	return d.links.across(ctx, who, host, reached)
}

// caName is what the root CA is called among what is reached over links.
const caName = "ca"

// across gives the address at which the target reaches what is on another host: where the link between them is emulated, that of
// an emulator in front of it, else its own. Whether a link is emulated, the placement says: on a real one nothing is added. who
// names what is reached.
func (l *linked) across(ctx context.Context, who, host, address string) (string, error) {
	link := l.placement.LinkTo(host)
	if link == nil || !link.Emulated {
		return address, nil
	}
	base, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("the link to %s: %w", who, err)
	}
	emulated, err := links.Emulate(ctx, link.Asked, base.Host)
	if err != nil {
		return "", fmt.Errorf("the link to %s, between %s: %w", who, link.Name(), err)
	}
	l.close = append(l.close, emulated.Close)
	if l.emulated == nil {
		l.emulated = map[string]*links.Emulated{}
	}
	l.emulated[who] = emulated
	base.Host = emulated.Address()
	return base.String(), l.measured(ctx, *link)
}

// measured has an emulated link measured: a second emulation of it, with nothing on it but the measurement. One that is measured
// already is left alone.
func (l *linked) measured(ctx context.Context, link results.Link) error {
	if slices.ContainsFunc(l.probes, func(p probe) bool { return p.link.Between == link.Between }) {
		return nil
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", loopback+":0")
	if err != nil {
		return fmt.Errorf("measuring the link between %s: %w", link.Name(), err)
	}
	l.serve(listener)
	emulated, err := links.Emulate(ctx, link.Asked, listener.Addr().String())
	if err != nil {
		return fmt.Errorf("measuring the link between %s: %w", link.Name(), err)
	}
	l.close = append(l.close, emulated.Close)
	l.probes = append(l.probes, probe{link: link, measure: emulated.Measure})
	return nil
}

// serve answers measurements until the links are closed.
func (l *linked) serve(listener net.Listener) {
	serving, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- links.Serve(serving, listener) }()
	l.close = append(l.close, func() error {
		stop()
		return <-ended
	})
}

// Close ends the emulation of every link, and what is under way on it.
func (l *linked) Close() error {
	var all []error
	for _, end := range slices.Backward(l.close) {
		all = append(all, end())
	}
	l.close, l.probes, l.emulated = nil, nil, nil
	return errors.Join(all...)
}

// look measures every link that something measures: emulated ones at the same time, since each has a way of its own, and then the
// real ones one after another. A link that could not be measured says why.
func (l *linked) look(ctx context.Context, m links.Measurement) []results.LinkLook {
	looks := make([]results.LinkLook, len(l.probes))
	one := func(i int) {
		looks[i] = results.LinkLook{Between: l.probes[i].link.Between, Emulated: l.probes[i].link.Emulated, Forwarded: l.probes[i].forwarded}
		measured, err := l.probes[i].measure(ctx, m)
		if err != nil {
			looks[i].Failure = err.Error()
			return
		}
		looks[i].Measured = &measured
	}
	var emulated sync.WaitGroup
	for i, p := range l.probes {
		if p.link.Emulated {
			emulated.Go(func() { one(i) })
		}
	}
	emulated.Wait()
	for i, p := range l.probes {
		if !p.link.Emulated {
			one(i)
		}
	}
	return looks
}

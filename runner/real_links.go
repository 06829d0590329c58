package runner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"eaibench/internal/endpoint"
	"eaibench/links"
	"eaibench/results"
)

// measureReal has the real links measured: the ways from the launcher's host to each other one that has a service, as the launcher's
// requests go, whether or not the scenario says what to expect of them.
func (d *Deployment) measureReal(ctx context.Context) error {
	for _, service := range d.services {
		if service.running != nil {
			d.measureRunning(*service.running)
			continue
		}
		on := service.component.stage
		if on == d.launching {
			continue
		}
		link := results.Link{Between: [2]string{d.launching.Name, on.Name}}
		if placement := d.options.Placement; placement != nil {
			link.Between = [2]string{placement.LauncherHost(), placement.Service(service.id).Host}
			if known := placement.LinkTo(link.Between[1]); known != nil {
				link = *known
			}
		}
		if link.Emulated || slices.ContainsFunc(d.links.probes, func(p probe) bool { return p.link.Between == link.Between }) {
			continue
		}
		address, err := d.farEnd(ctx, on)
		if err != nil {
			return fmt.Errorf("measuring the link between %s: %w", link.Name(), err)
		}
		reached, err := reach(ctx, d.launching, on, address)
		if err != nil {
			return fmt.Errorf("measuring the link between %s: %w", link.Name(), err)
		}
		d.links.probes = append(d.links.probes, probe{link: link, forwarded: on.listen() == loopback, measure: func(ctx context.Context, m links.Measurement) (links.Measured, error) {
			return d.launching.measure(ctx, reached, m)
		}})
	}
	return nil
}

// measureRunning has the link to a service that already runs measured, as far as a server can be that measures nothing itself.
func (d *Deployment) measureRunning(running Running) {
	link := results.Link{Between: [2]string{d.target.Name, running.address()}}
	if d.options.Placement != nil {
		link.Between[0] = d.options.Placement.TargetHost()
	}
	d.links.probes = append(d.links.probes, probe{link: link, measure: func(ctx context.Context, m links.Measurement) (links.Measured, error) {
		return d.target.measureHandshakes(ctx, running.address(), m)
	}})
}

// farEnd starts what answers a measurement on a host, and gives its address there.
func (d *Deployment) farEnd(ctx context.Context, on *stage) (string, error) {
	if !on.here() {
		log := d.operator.in("logs", "link-"+on.Name+".log")
		c, err := on.start(ctx, linkEnd, log, []string{"host", "link", "--listen", net.JoinHostPort(on.listen(), "0")})
		if err != nil {
			return "", err
		}
		d.links.close = append(d.links.close, func() error {
			c.end()
			return nil
		})
		return c.address, nil
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", loopback+":0")
	if err != nil {
		return "", err
	}
	d.links.serve(listener)
	return "https://" + listener.Addr().String(), nil
}

// ServeLink answers measurements at an address until the context ends, and says when it is ready, as a component does.
func ServeLink(ctx context.Context, address string, ready io.Writer) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("answering measurements: %w", err)
	}
	if err := json.NewEncoder(ready).Encode(endpoint.Ready{Name: linkEnd, Address: listener.Addr().String(), PID: os.Getpid()}); err != nil {
		return errors.Join(fmt.Errorf("saying that the link can be measured: %w", err), listener.Close())
	}
	return links.Serve(ctx, listener)
}

// linkEnd is what the far end of a measurement calls itself in its ready line.
const linkEnd = "link"

// measure measures the way from the host to an address.
func (s *stage) measure(ctx context.Context, address string, m links.Measurement) (links.Measured, error) {
	at, err := url.Parse(address)
	if err != nil {
		return links.Measured{}, err
	}
	if s.here() {
		return links.Measure(ctx, at.Host, m)
	}
	return s.measureThere(ctx, "--round-trips", strconv.Itoa(m.RoundTrips), "--", at.Host)
}

// measureHandshakes measures the way from the host to any server.
func (s *stage) measureHandshakes(ctx context.Context, address string, m links.Measurement) (links.Measured, error) {
	if s.here() {
		return links.MeasureHandshakes(ctx, address, m)
	}
	return s.measureThere(ctx, "--handshakes", "--round-trips", strconv.Itoa(m.RoundTrips), "--", address)
}

func (s *stage) measureThere(ctx context.Context, args ...string) (links.Measured, error) {
	said, err := s.Place.output(ctx, append([]string{s.executable, "host", "measure"}, args...)...)
	if err != nil {
		return links.Measured{}, err
	}
	var measured links.Measured
	if err := json.NewDecoder(strings.NewReader(said)).Decode(&measured); err != nil {
		return links.Measured{}, fmt.Errorf("reading what host %s measured: %w", s.Name, err)
	}
	return measured, nil
}

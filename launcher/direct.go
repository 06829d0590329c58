package launcher

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"slices"

	"eaibench/attest"
	"eaibench/bench"
)

// On the path direct the process is its own client of the services. The launcher tells it where they
// are, and records what it and they timed, and what it sent again; it carries no request and sees no reply.

// direct tells whether the run's process reaches the services itself.
func (r *run) direct() bool { return r.parameters.Path == attest.PathDirect }

// hostAndPort is where the service listens, its host as a number: a compartment has no name service.
// Which address it is decides nothing: the process asks whoever is there for the service's own
// certificate.
func (s *service) hostAndPort(ctx context.Context) (string, error) {
	base, err := url.Parse(s.client.Address())
	if err != nil {
		return "", fmt.Errorf("reading the address of service %s: %w", s.id, err)
	}
	port := base.Port()
	setDefault(&port, "443")
	host := base.Hostname()
	if net.ParseIP(host) == nil {
		found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		if err != nil {
			return "", failedRun(Unreachable, "service %s at %s: %v", s.id, s.client.Address(), err)
		}
		host = found[0].Unmap().String()
	}
	return net.JoinHostPort(host, port), nil
}

// reportedByServices takes over what the services told the process that they timed. On the path
// relayed they tell the launcher, and the process has nothing to add.
func (r *run) reportedByServices(timings attest.Timings) error {
	if len(timings) > 0 && !r.direct() {
		return noMessage("the process reports what services timed; on path %s they do so themselves", r.parameters.Path)
	}
	return r.samples.reported(bench.DigitalService, timings, r.parameters.Requests)
}

// reportedRepeats takes over what the process sent again. On the path relayed the launcher does so itself.
func (r *run) reportedRepeats(said *repeatedMessage) error {
	if said == nil {
		return nil
	}
	first := said.First
	switch {
	case !r.direct():
		return noMessage("the process reports requests that it sent again; on path %s it sends none", r.parameters.Path)
	case said.Operations < 1 || said.Times < said.Operations || first.Times < 1 || int64(first.Times) > said.Times-(said.Operations-1):
		return noMessage("the process reports %d operations whose request was sent again %d times in all, the first of them %d times", said.Operations, said.Times, first.Times)
	case first.Request < 0 || int64(first.Request) >= r.parameters.Requests:
		return noMessage("the process reports that request %d was sent again, the run has %d", first.Request, r.parameters.Requests)
	case relayPaths[first.Operation].path == "" || !slices.Contains(r.services, first.Service):
		return noMessage("the process reports that %q to service %q was sent again", shortened(string(first.Operation)), shortened(first.Service))
	}
	first.Reason = shortened(first.Reason)
	r.repeated, r.repeatedMore = append(r.repeated, first), said.Operations-1
	return nil
}

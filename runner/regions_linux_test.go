package runner

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"eaibench/bench"
	"eaibench/launcher"
	"eaibench/links"
	"eaibench/results"
)

// threeRegions places each service behind an emulated link of its own.
func threeRegions(rtt map[string]time.Duration) *results.Placement {
	p := &results.Placement{Target: "toronto", PlayedBy: map[string]string{"toronto": "local"}}
	for _, service := range []string{"store", "taxi", "whatsapp"} {
		host := "of-" + service
		p.PlayedBy[host] = "local"
		p.Services = append(p.Services, results.PlacedService{Service: service, Host: host})
		p.Links = append(p.Links, results.Link{Between: [2]string{"toronto", host}, Emulated: true, Asked: links.Link{RTT: rtt[service]}})
	}
	return p
}

// waited gives, request by request, how long the requester waited for a service's reply, less what the service timed itself.
func waited(samples []launcher.Sample, service, metric string) []float64 {
	var all []float64
	for _, s := range samples {
		if s.Request == nil || s.Service != service || s.Component == bench.Attester {
			continue
		}
		for len(all) <= *s.Request {
			all = append(all, 0)
		}
		step, _ := bench.StepOf(bench.Series{Component: s.Component, Operation: s.Operation, Metric: s.Metric})
		switch {
		case s.Metric == metric:
			all[*s.Request] += float64(s.Value)
		case step.Within == metric:
			all[*s.Request] -= float64(s.Value)
		}
	}
	return all
}

// A read and a write cost one round trip each on a connection that is there; opening one over TLS costs one more, since an
// emulated link does not delay TCP's handshake. What the same costs without a link is what the write over the link of 0 ms shows.
// Of several the shortest is taken: a busy host makes a round trip longer, and nothing makes it shorter than the link does. A host
// that is too busy for as many as there are gets more.
func TestRegions(t *testing.T) {
	rtt := map[string]time.Duration{"store": 150 * time.Millisecond, "taxi": 40 * time.Millisecond, "whatsapp": 0}
	options := retail(t, reachable(t))
	options.Modes, options.Paths, options.Placement = []string{"hybrid"}, []string{bench.Relayed, bench.Direct}, threeRegions(rtt)
	deployment, err := Deploy(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	defer deployment.Close()
	if _, err := deployment.Compile(t.Context(), "hybrid"); err != nil {
		t.Fatal(err)
	}
	execute := func(run, path string, requests int) []launcher.Sample {
		t.Helper()
		result, err := deployment.Execute(t.Context(), bench.Cell{
			Mode: "hybrid", Path: path, Crypto: "hpke", Verify: bench.Full, Processes: 1,
			Parameters: bench.Parameters{Requests: requests, Arguments: bench.Arguments{"threshold_cents": int64(15_000)}},
		}, run)
		if err != nil || result.Status != launcher.OK {
			t.Fatalf("%v, %+v", err, result)
		}
		return result.Samples
	}
	for _, path := range []string{bench.Relayed, bench.Direct} {
		least := shortest{}
		least.untilWithin(t, func(again int) []roundTrips {
			samples := execute(fmt.Sprint(path, "-", again), path, 10)
			var found []roundTrips
			for service, metric := range map[string]string{"store": "request", "taxi": "post", "whatsapp": "post"} {
				what := path + ", " + metric + " to " + service
				least.add(what, slices.Min(waited(samples, service, metric)))
				found = append(found, roundTrips{what, path + ", post to whatsapp", 1, rtt[service]})
			}
			return found
		})
	}
	// The launcher's connections serve one run after another, until they are cut.
	all, least := rtt["store"]+rtt["taxi"]+rtt["whatsapp"], shortest{}
	least.untilWithin(t, func(again int) []roundTrips {
		const kept, opened = "certificates over connections that are there", "certificates over new connections"
		for n := range 3 {
			least.add(kept, certificates(execute(fmt.Sprint("kept-", again, "-", n), bench.Relayed, 1)))
			for _, link := range deployment.links.emulated {
				link.Down()
				link.Up()
			}
			least.add(opened, certificates(execute(fmt.Sprint("opened-", again, "-", n), bench.Relayed, 1)))
		}
		return []roundTrips{{kept, "", 1, all}, {opened, "", 2, all}}
	})
}

// certificates is how long the launcher took to ask every service for its certificate.
func certificates(samples []launcher.Sample) float64 {
	at := slices.IndexFunc(samples, func(s launcher.Sample) bool { return s.Metric == "getIntegratedServices" })
	return float64(samples[at].Value)
}

// shortest has the least that something took, ns.
type shortest map[string]float64

func (s shortest) add(what string, took float64) {
	if least, there := s[what]; !there || took < least {
		s[what] = took
	}
}

// roundTrips is what is to be so many of them, less what takes as long without a link; "": nothing.
type roundTrips struct {
	what, without string
	count         int
	rtt           time.Duration
}

func (r roundTrips) want() float64 { return float64(r.count) * float64(r.rtt) }

// untilWithin measures again until each is as many round trips as it is to be, within 10 %, or for so long that none will be.
func (s shortest) untilWithin(t *testing.T, measure func(again int) []roundTrips) {
	t.Helper()
	off := func(r roundTrips) bool { return math.Abs(s[r.what]-s[r.without]-r.want()) > 0.1*r.want() }
	began := time.Now()
	for again := 0; ; again++ {
		all := measure(again)
		for _, r := range all {
			if s[r.what] < r.want() {
				t.Fatalf("%s: %v, and the link alone takes %d × %v", r.what, time.Duration(s[r.what]), r.count, r.rtt)
			}
			t.Logf("%s: %v, less %v; %d × %v", r.what, time.Duration(s[r.what]), time.Duration(s[r.without]), r.count, r.rtt)
		}
		if !slices.ContainsFunc(all, off) {
			return
		}
		if time.Since(began) > patience {
			t.Fatalf("not within 10 %% in %v", patience)
		}
	}
}

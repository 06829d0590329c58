package runner

import (
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
// Of several the shortest is taken: a busy host makes a round trip longer, and nothing makes it shorter than the link does.
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
		samples := execute(path, path, 10)
		without := slices.Min(waited(samples, "whatsapp", "post"))
		for service, metric := range map[string]string{"store": "request", "taxi": "post"} {
			added := slices.Min(waited(samples, service, metric)) - without
			checkRoundTrips(t, path+", "+metric+" to "+service, added, 1, rtt[service])
		}
	}
	// The launcher's connections serve one run after another, until they are cut.
	kept, opened := math.Inf(1), math.Inf(1)
	for _, n := range []string{"1", "2", "3"} {
		kept = min(kept, certificates(execute("kept-"+n, bench.Relayed, 1)))
		for _, link := range deployment.links.emulated {
			link.Down()
			link.Up()
		}
		opened = min(opened, certificates(execute("opened-"+n, bench.Relayed, 1)))
	}
	all := rtt["store"] + rtt["taxi"] + rtt["whatsapp"]
	checkRoundTrips(t, "certificates over connections that are there", kept, 1, all)
	checkRoundTrips(t, "certificates over new connections", opened, 2, all)
}

// certificates is how long the launcher took to ask every service for its certificate.
func certificates(samples []launcher.Sample) float64 {
	at := slices.IndexFunc(samples, func(s launcher.Sample) bool { return s.Metric == "getIntegratedServices" })
	return float64(samples[at].Value)
}

// checkRoundTrips wants a time in nanoseconds to be so many round trips, within 10 %.
func checkRoundTrips(t *testing.T, what string, added float64, count int, rtt time.Duration) {
	t.Helper()
	want := float64(count) * float64(rtt)
	t.Logf("%s: %v, %d × %v", what, time.Duration(added).Round(10*time.Microsecond), count, rtt)
	if added < 0.9*want || added > 1.1*want {
		t.Errorf("%s: %v, want %d × %v within 10 %%", what, time.Duration(added), count, rtt)
	}
}

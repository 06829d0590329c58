package runner

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"eaibench/bench"
	"eaibench/launcher"
)

func TestCampaignKeepsWhatWasMeasured(t *testing.T) {
	s, r := &site{}, &record{}
	var told []Progress
	c := plan(s, r, "hybrid-0", "hybrid-1")
	clock := time.Unix(99, 0)
	c.Now = func() time.Time { clock = clock.Add(time.Second); return clock }
	c.Progress = func(p Progress) { told = append(told, p) }
	if _, err := c.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	first, second := r.samples["hybrid-0"], r.samples["hybrid-1"]
	sound := len(soundSamples(2)) + len(bench.Readings()) // of one service
	if len(first) != sound+1 || len(second) != sound || first[0].Metric != "compile" {
		t.Errorf("%d and %d samples, want %d and %d", len(first), len(second), sound+1, sound)
	}
	for id, samples := range r.samples {
		for _, sample := range samples {
			if sample.Run != id || sample.Program != "retail" {
				t.Errorf("sample of run %s is %+v", id, sample)
			}
		}
	}
	peak := second[slices.IndexFunc(second, func(s bench.Sample) bool { return s.Series() == bench.PeakMemory() })]
	if peak.Value != 3 || peak.Unit != bench.Bytes || peak.Request != bench.NoRequest || !peak.Time.Equal(time.Unix(101, 0)) {
		t.Errorf("peak memory is %+v", peak)
	}
	for series, want := range map[bench.Series]float64{
		{Component: bench.IntegrationProcess, Operation: bench.Process, Metric: "user_time"}:                 5,
		{Component: bench.IntegrationProcess, Operation: bench.Process, Metric: "executable_size"}:           6,
		{Component: bench.Launcher, Operation: bench.Memory, Metric: "resident"}:                             8,
		{Component: bench.DigitalService, Operation: bench.Memory, Metric: "proportional", Service: "store"}: 7,
		{Component: bench.RootCA, Operation: bench.Process, Metric: "cpu_time"}:                              1e9, // this run's alone
		{Component: bench.Host, Operation: bench.Process, Metric: "other_cpu_time"}:                          1e9,
		{Component: bench.Host, Operation: bench.Process, Metric: "steal_time"}:                              5e8,
	} {
		if i := slices.IndexFunc(second, func(s bench.Sample) bool { return s.Series() == series }); i < 0 || second[i].Value != want {
			t.Errorf("%v should be %v: %+v", series, want, second)
		}
	}
	run := r.runs[0]
	if run.ExecutableSHA256 != "0c" || run.SourceSHA256 != "5f" || run.Mode != "hybrid" || !run.Started.Before(run.Ended) {
		t.Errorf("run is %+v", run)
	}
	if want := "run hybrid-0\n--- standard error\na log line\n"; r.logs["hybrid-0"] != want {
		t.Errorf("log is %q", r.logs["hybrid-0"])
	}
	if len(told) != 2 || told[1].Done != 2 || told[1].Planned != 2 || told[0].Run.ID != "hybrid-0" {
		t.Errorf("progress was %+v", told)
	}
}

// A component that is found to have ended ends the campaign, even if nobody watches; the run is not kept.
func TestCampaignEndsWithAComponent(t *testing.T) {
	gone, asked := &componentEnded{name: "service/taxi", logFile: "taxi.log"}, 0
	s, r := &site{uses: func(uses []Use) ([]Use, error) {
		if asked++; asked > 2 {
			return nil, gone
		}
		return uses, nil
	}}, &record{}
	if _, err := plan(s, r, "hybrid-0", "purecap-0", "hybrid-1").Run(t.Context()); !errors.Is(err, gone) {
		t.Errorf("got %v", err)
	}
	if diff := cmp.Diff([]string{"hybrid-0 ok"}, r.endings()); diff != "" {
		t.Error(diff)
	}
}

// What else went on on the host is told as far as it is known, and never negative: the two sides of it are counted by different
// clocks.
func TestUseOfTheHost(t *testing.T) {
	stolen := func(d time.Duration) *time.Duration { return &d }
	host := func(cpu time.Duration, steal *time.Duration) Use {
		return Use{Component: bench.Host, CPU: cpu, Steal: steal}
	}
	for _, test := range []struct {
		name          string
		before, after Use
		want          map[string]int64
	}{
		{"others work", host(5, stolen(1)), host(25, stolen(4)), map[string]int64{"other_cpu_time": 20, "steal_time": 3}},
		{"ticks say less than nothing", host(25, stolen(4)), host(5, stolen(1)), map[string]int64{"other_cpu_time": 0, "steal_time": 0}},
		{"since the host began it was less than the campaign's", host(-9, nil), host(-2, nil), map[string]int64{"other_cpu_time": 7}},
		{"stolen time is told no longer", host(1, stolen(1)), host(1, nil), map[string]int64{"other_cpu_time": 0}},
		{"untold before", Use{Component: bench.Host, Untold: true}, host(1, stolen(1)), map[string]int64{}},
		{"untold after", host(1, stolen(1)), Use{Component: bench.Host, Untold: true}, map[string]int64{}},
	} {
		samples, err := usesOf([]Use{test.before}, []Use{test.after}, time.Unix(1, 0), "r", "retail")
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]int64{}
		for _, sample := range samples {
			if sample.Component != bench.Host || sample.Operation != bench.Process || sample.Unit != bench.Nanoseconds || sample.Request != bench.NoRequest {
				t.Errorf("%s: %+v", test.name, sample)
			}
			got[sample.Metric] = int64(sample.Value)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// TestUntoldIsAbsent: what a system does not tell is not recorded as 0, and everything else is.
func TestUntoldIsAbsent(t *testing.T) {
	metrics := func(samples []bench.Sample) []string {
		var names []string
		for _, sample := range samples {
			names = append(names, sample.Metric)
		}
		return names
	}
	result := &launcher.RunResult{Memory: &launcher.Memory{PeakResident: 3, Resident: 2}}
	for untold, want := range map[bool][]string{
		true: {"peak_resident", "resident"},
		false: {
			"peak_resident", "resident", "proportional", "proportional_executable", "proportional_libraries", "proportional_heap",
			"proportional_anonymous", "proportional_stack", "proportional_other",
		},
	} {
		result.Memory.ProportionalUntold = untold
		if diff := cmp.Diff(want, metrics(readingsOf(result, time.Unix(1, 0), "r"))); diff != "" {
			t.Errorf("untold %v: %s", untold, diff)
		}
	}
	use := []Use{{Component: bench.Launcher, ProportionalUntold: true}}
	samples, err := usesOf(use, use, time.Unix(1, 0), "r", "retail")
	if diff := cmp.Diff([]string{"resident", "cpu_time"}, metrics(samples)); diff != "" || err != nil {
		t.Errorf("%v, %s", err, diff)
	}
}

package report

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"eaibench/bench"
	"eaibench/bench/statistics"
	"eaibench/links"
	"eaibench/plots/report/reporttest"
	"eaibench/plots/tables"
	"eaibench/results"
)

// texts of an answer, as they are read.
func texts(a answer) string {
	var text strings.Builder
	for _, lead := range a.Lead {
		fmt.Fprintln(&text, lead)
	}
	if a.Caveat != "" {
		fmt.Fprintln(&text, a.Caveat)
	}
	for _, cost := range a.Costs {
		fmt.Fprintf(&text, "\n%s (%s)\n", cost.Title, cost.Series)
		if cost.Overall != "" {
			fmt.Fprintln(&text, cost.Overall)
		}
		for _, group := range cost.Groups {
			fmt.Fprintln(&text, strings.TrimSpace("* "+group.Heading))
			for _, one := range group.Sentences {
				whole := ""
				if one.Whole {
					whole = "Altogether: "
				}
				fmt.Fprintf(&text, "  [%s] %s%s\n    %s\n", one.Verdict, whole, one.Text, one.Behind)
			}
		}
	}
	return text.String()
}

// The words of the page's first part: of enough runs, of too few, of one group, and of nothing.
func TestAnswer(t *testing.T) {
	for _, test := range []struct {
		name string
		size reporttest.Size
		none bool // no run counts
	}{
		{"answer-several", reporttest.Size{Groups: 2, Runs: 24, Metrics: 1}, false},
		{"answer-one", reporttest.Size{Groups: 1, Runs: 40, Metrics: 4}, false},
		{"answer-few", reporttest.Size{Groups: 1, Runs: 3, Metrics: 4}, false},
		{"answer-none", reporttest.Size{Groups: 1, Runs: 1, Metrics: 4}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			data := reporttest.MadeUp(test.size)
			for i := range data.Runs {
				data.Runs[i].WarmUp = data.Runs[i].WarmUp || test.none
			}
			asked := costs(data)
			source, err := tables.NewSource(data, seriesOf(asked), tables.Audit{})
			if err != nil {
				t.Fatal(err)
			}
			a, err := answerOf(data, source, asked)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, test.name+".golden", texts(a))
		})
	}
}

func TestWords(t *testing.T) {
	relation := func(value, low, high float64) *statistics.Relation {
		return &statistics.Relation{Value: value, Interval: &statistics.Interval{Low: low, High: high, Confidence: 0.95}}
	}
	for _, test := range []struct {
		verdict bench.Verdict
		unit    bench.Unit
		ratio   *statistics.Relation
		want    string
	}{
		{bench.Slower, bench.Nanoseconds, relation(1.2271, 1.077, 1.335), "b takes 23 % more time than a (95 % interval: 8 % more to 34 % more)."},
		{bench.Slower, bench.Nanoseconds, relation(1.01234, 1.0101, 1.0149), "b takes 1.23 % more time than a (95 % interval: 1.01 % more to 1.49 % more)."},
		{bench.Faster, bench.Nanoseconds, relation(0.5, 0.4, 0.6), "b takes 50 % less time than a (95 % interval: 60 % less to 40 % less)."},
		{bench.More, bench.Bytes, relation(2.2713, 2.2601, 2.2844), "b needs 2.271 times as much memory as a (95 % interval: 2.260 to 2.284 times as much)."},
		{bench.More, bench.Count, relation(35000, 30000, 40000), "b has 35000 times as much as a (95 % interval: 30000 to 40000 times as much)."},
		{bench.Fewer, bench.Count, relation(0.9, 0.8, 0.99), "b has 10.0 % less than a (95 % interval: 20.0 % less to 1.0 % less)."},
		{bench.NoDifference, bench.Bytes, relation(1, 0.995, 1.004), "No difference shown between b and a, which is no proof of none (95 % interval: 0.50 % less to 0.40 % more)."},
		{bench.TooFew, bench.Nanoseconds, relation(2.6, 2.5965, 2.6038), "Too few runs to say what b costs against a (95 % interval: 2.596 to 2.604 times as much)."},
		{bench.Slower, bench.Nanoseconds, relation(10.15432, 10.13001, 10.17761), "b takes 10.15 times as much time as a (95 % interval: 10.13 to 10.18 times as much)."},
		{bench.Slower, bench.Nanoseconds, relation(2.1, 1.8, 2.4), "b takes 2.10 times as much time as a (95 % interval: 80 % more to 2.40 times as much)."},
		{bench.TooFew, bench.Bytes, nil, "Too few runs to say what b costs against a."},
		{bench.TooFew, bench.Bytes, relation(1, 0.5, 3), "Too few runs to say what b costs against a (95 % interval: 50 % less to 3.0 times as much)."},
		{bench.Slower, bench.Nanoseconds, nil, "b differs from a, of which the median is 0: slower."},
	} {
		c := bench.Comparison{Cell: bench.Cell{Mode: "b"}, Baseline: bench.Cell{Mode: "a"}, Verdict: test.verdict, Unit: test.unit, Ratio: test.ratio}
		if got := words(c); got != test.want {
			t.Errorf("%s %v:\n got %s\nwant %s", test.verdict, test.ratio, got, test.want)
		}
	}
}

// The short answer says ratios as the sentences below it do: as multiples from 2 on, in percent below, and no closer.
func TestOverallIsInTheSentencesWords(t *testing.T) {
	of := func(verdict bench.Verdict, value, low, high float64) bench.Comparison {
		return bench.Comparison{
			Cell: bench.Cell{Mode: "b"}, Baseline: bench.Cell{Mode: "a"}, Verdict: verdict, Unit: bench.Nanoseconds,
			Ratio: &statistics.Relation{Value: value, Interval: &statistics.Interval{Low: low, High: high, Confidence: 0.95}}, Effect: statistics.Effect{Size: "large"},
		}
	}
	for _, test := range []struct {
		whole []bench.Comparison
		want  string
	}{
		{
			[]bench.Comparison{of(bench.TooFew, 2.6, 2.5965, 2.6038), of(bench.TooFew, 10.15, 10.13001, 10.17761)},
			"b against a, in both groups of cells there are too few runs to say (the intervals reach from 2.596 to 10.18 times as much).",
		},
		{
			[]bench.Comparison{of(bench.TooFew, 1.2, 1.1, 1.3), of(bench.TooFew, 10.15, 10.13001, 10.17761)},
			"b against a, in both groups of cells there are too few runs to say (the intervals reach from 10 % more to 10.18 times as much).",
		},
		{
			[]bench.Comparison{of(bench.Slower, 2.6, 2.5965, 2.6038), of(bench.Slower, 10.15432, 10.13001, 10.17761)},
			"b against a, in both groups of cells a difference is shown, from 2.600 to 10.15 times as much.",
		},
		{
			[]bench.Comparison{of(bench.Slower, 1.23, 1.13, 1.33), of(bench.Slower, 2.6, 2.5965, 2.6038)},
			"b against a, in both groups of cells a difference is shown, from 23 % more to 2.600 times as much.",
		},
		{
			[]bench.Comparison{of(bench.Slower, 2.6, 2.5965, 2.6038), of(bench.Slower, 2.6, 2.5965, 2.6038)},
			"b against a, in both groups of cells a difference is shown, 2.600 times as much.",
		},
	} {
		if got := overall(test.whole); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
}

// What more runs are needed for is said: an interval that is narrow enough needs none, a test of few runs does.
func TestWhatMoreRunsAreFor(t *testing.T) {
	for want, values := range map[string][2][]float64{
		"; a p below 0.05 takes at least 6 runs of each cell, however large the difference.": {{260.1, 260.3, 260.2, 260.4}, {100.1, 100.2, 100.3, 100.4}},
		"; an interval of ± 2 % would need about ":                                           {{240, 260, 280, 300}, {100, 110, 90, 105}},
	} {
		cell := bench.CellRuns{Values: values[0], Blocks: []int{0, 1, 2, 3}}
		baseline := bench.CellRuns{Values: values[1], Blocks: []int{0, 1, 2, 3}}
		c, err := bench.CompareCells(cell, baseline, bench.Nanoseconds, bench.Options{Interleaved: true})
		if err != nil {
			t.Fatal(err)
		}
		if got := behind(c); !strings.Contains(got, want) || strings.Count(got, "of each cell") != 1 {
			t.Errorf("%v: %s lacks %q", values, got, want)
		}
	}
}

// The page says of intervals of few runs, before the sentences that have them, that they hold less than their confidence.
func TestPageSaysWhatFewRunsHold(t *testing.T) {
	for runs, want := range map[int]bool{3: true, 12: false} {
		var page strings.Builder
		if err := Write(&page, reporttest.MadeUp(reporttest.Size{Groups: 1, Runs: runs}), Options{}); err != nil {
			t.Fatal(err)
		}
		answer, _, _ := strings.Cut(page.String(), `<ul class="sentences">`)
		if got := strings.Contains(answer, "95 of 100 such campaigns; ratio of medians of fewer than 5 runs: in fewer than 95 (of 3 pairs: in about 75)."); got != want {
			t.Errorf("of %d runs it is said: %v", runs, got)
		}
	}
}

// A difference that is shown of an effect that is negligible is said with that, in its sentence and in the short answer.
func TestNegligibleIsSaid(t *testing.T) {
	of := func(size string, delta float64) bench.Comparison {
		return bench.Comparison{
			Cell: bench.Cell{Mode: "b"}, Baseline: bench.Cell{Mode: "a"}, Verdict: bench.Slower, Unit: bench.Nanoseconds,
			Ratio:  &statistics.Relation{Value: 1.0015, Interval: &statistics.Interval{Low: 1.0011, High: 1.0019, Confidence: 0.95}},
			Effect: statistics.Effect{Delta: delta, Size: size},
		}
	}
	negligible, large, none := of(statistics.Negligible, 0.08), of("large", 0.9), of(statistics.Negligible, 0.08)
	none.Verdict = bench.NoDifference
	const plain = "b takes 0.150 % more time than a (95 % interval: 0.110 % more to 0.190 % more)"
	for want, got := range map[string]string{
		plain + ", a negligible effect beside how the runs scatter (δ = 0.08).": words(negligible),
		plain + ".": words(large),
		"b against a, in both groups of cells a difference is shown, 0.150 % more; in 1 of 2 groups of cells what is shown is a negligible effect beside how the runs scatter.": overall([]bench.Comparison{negligible, large}),
		"b against a, in 1 of 2 groups of cells a difference is shown, 0.150 % more; in 1 of 2 groups of cells no difference is shown, which is no proof of none.":              overall([]bench.Comparison{none, large}),
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// What a campaign's maker wrote stays text, wherever it is; what runs and styles is the page's own; the same gives the same bytes.
func TestPageIsSafe(t *testing.T) {
	data := madeUp()
	spoil(data)
	page := written(t, data, options(t, data))
	if again := written(t, data, options(t, data)); again != page {
		t.Error("the same campaign gives other bytes")
	}
	if n := strings.Count(page, "&lt;img src=x onerror="); n < 20 {
		t.Errorf("hostile text is shown %d times", n)
	}
	for _, live := range []string{"<img src=x", "<script>hacked", "<b onclick", "hacked=1</script>"} {
		if strings.Contains(page, live) {
			t.Errorf("the page has %s", live)
		}
	}
	// The two scripts are the packed values and the page's own.
	if n := strings.Count(page, "<script"); n != 2 {
		t.Errorf("%d scripts", n)
	}
	own := strings.NewReplacer(scriptText, "", styleText, "").Replace(page)
	for _, pattern := range []string{`<[^>]*\son\w+=`, `<[^>]*\sstyle=`, `<[^>]*(src|href)="?(https?:|//|javascript:)`} {
		if found := regexp.MustCompile(pattern).FindString(own); found != "" {
			t.Errorf("the page has %q", found)
		}
	}
}

// marks of a page that nobody may overlook come before the answer.
func TestMarksComeFirst(t *testing.T) {
	data := madeUp()
	data.Complete = false
	c := data.Campaign
	c.Hosts[0].Environment.Virtualization = "qemu"
	c.Order = bench.OrderSequential
	c.Cells[0].Crypto = "none"
	page := written(t, data, Options{})
	answer := strings.Index(page, "What does the protection cost?")
	for _, mark := range []string{"stand-in, not CHERI", "INSECURE: cells with crypto none", "SEQUENTIAL", "The campaign is not complete"} {
		if at := strings.Index(page, mark); at < 0 || at > answer {
			t.Errorf("%q is at %d, the answer at %d", mark, at, answer)
		}
	}
	if emulated := c.Emulated(); len(emulated) > 0 && !strings.Contains(page[:answer], "no performance data") {
		t.Errorf("QEMU of %q is not said first", emulated)
	}
}

// A campaign of published files is answered in what the files measure, with what is known against it first, and made by importing.
func TestImportedCampaign(t *testing.T) {
	data := madeUp()
	data.Campaign.Import = &results.Import{
		Format: "published-eai", Series: []bench.Series{bench.StartTotal()},
		Files: []results.ImportedFile{{Name: "in.csv", SHA256: "abc", Mode: "inside"}, {Name: "out side.csv", SHA256: "def", Published: "somewhere"}},
		Known: []results.Known{{Check: "unlike-cells", Severity: "critical", Text: "two programs", Source: "README"}},
	}
	page := written(t, data, Options{Folder: "out/p"})
	answer := strings.Index(page, "What does the protection cost?")
	if at := strings.Index(page, "No valid comparison (audit, unlike-cells): two programs. Evidence: README."); at < 0 || at > answer {
		t.Errorf("what is known against it is at %d, the answer at %d", at, answer)
	}
	for _, said := range []string{
		"<h3>start_total ", "imported as published-eai", "<code>eaibench import --format published-eai inside=in.csv &#39;out side.csv&#39; --out out/made-up</code>", "<dt>in.csv</dt><dd>SHA-256 abc</dd>",
	} {
		if !strings.Contains(page, said) {
			t.Errorf("the page does not say %s", said)
		}
	}
	for _, unsaid := range []string{"Time of the operations", "eaibench run "} {
		if strings.Contains(page, unsaid) {
			t.Errorf("the page says %s", unsaid)
		}
	}
}

// Logs are of runs that are not ok alone, bounded, and their number is said.
func TestLogs(t *testing.T) {
	data := reporttest.MadeUp(reporttest.Size{Groups: 10, Runs: 6, Metrics: 3})
	for i := range 230 {
		fail(&data.Runs[i])
	}
	asked := map[string]bool{}
	part, err := runsOf(data, func(run string) ([]byte, error) {
		asked[run] = true
		return bytes.Repeat([]byte("0123456789abcde\n"), 2000), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(asked) != mostLogs || len(part.NotOK) != mostNotOK {
		t.Errorf("%d logs, %d runs listed", len(asked), len(part.NotOK))
	}
	if log := part.NotOK[0].Log; !strings.HasPrefix(log, "… 15616 bytes before this …\n") || !strings.HasSuffix(log, "cde\n") || len(log) > longestLog+50 {
		t.Errorf("log of %d bytes begins %.40q", len(log), log)
	}
	if part.NotOK[mostLogs].HasLog {
		t.Error("one log too many")
	}
	for _, want := range []string{
		"The logs of 20 of 230 runs that are not ok are here, at most the last 16 KiB of each; the campaign's folder logs has all of every run.",
		"The first 200 of 230 are listed; runs.csv has all.", "120 of 350 runs count; 230 failed.",
	} {
		if !strings.Contains(part.LogsText+part.ListedText+part.Text, want) {
			t.Errorf("%q is not said in %q, %q, %q", want, part.LogsText, part.ListedText, part.Text)
		}
	}
	lost := errors.New("disk lost")
	if _, err := runsOf(data, func(string) ([]byte, error) { return nil, lost }); !errors.Is(err, lost) {
		t.Errorf("a log that cannot be read: %v", err)
	}
}

// Everything that is needed to carry the campaign out again, and where it ran.
func TestAgainAndPlacement(t *testing.T) {
	data := madeUp()
	c := data.Campaign
	c.Scenario = results.Scenario{File: "it's mine.yaml", Text: "extends: smoke", Extends: []results.Source{{File: "smoke.yaml", Text: "version: 1"}}}
	c.Placement = &results.Placement{
		Target: "ssh:board", PlayedBy: map[string]string{"board": "board", "far": "local"}, Services: []results.PlacedService{{Service: "store", Host: "far"}},
		Links: []results.Link{{Between: [2]string{"board", "far"}, Preset: "transatlantic", Source: "a book"}},
	}
	measured := &links.Measured{Up: links.Transfer{Bytes: 1_000_000, Took: time.Second}, RoundTrip: links.RoundTrips{Median: 90 * time.Millisecond, Maximum: 110 * time.Millisecond}}
	data.Events = append([]results.Event{
		{Link: &results.LinkLook{Between: [2]string{"board", "far"}, When: results.Before, Measured: measured}},
		{Link: &results.LinkLook{Between: [2]string{"board", "local"}, When: results.After, Runs: 5, Failure: "no answer"}},
	}, data.Events...)
	placed := placementOf(data)
	want := []named{{"launcher and attester", "ssh:board"}, {"service store", "far"}, {"host far", "played by local"}}
	if difference := cmp.Diff(want, placed.Places); difference != "" {
		t.Error(difference)
	}
	looks := []look{{When: "before", RoundTrip: "90.0 (110.0)", Up: "8.0 Mbit/s"}, {When: "after", Runs: 5, Failure: "no answer"}}
	if len(placed.Links) != 2 || cmp.Diff(looks, append(placed.Links[0].Looks, placed.Links[1].Looks...)) != "" {
		t.Errorf("links: %+v", placed.Links)
	}
	page := written(t, data, Options{Folder: "out/my campaign"})
	for _, said := range []string{
		"eaibench run &#39;it&#39;\\&#39;&#39;s mine.yaml&#39; --out out --target ssh:board --hosts hosts.yaml", "eaibench verify &#39;out/my campaign&#39;",
		"drawn from seed 7; the services&#39; data from seed 1", "<code>smoke.yaml</code>", "<dt>gcc</dt><dd>14.2.0</dd>",
	} {
		if !strings.Contains(page, said) {
			t.Errorf("the page does not say %s", said)
		}
	}
}

func TestSampleThatNoMeasurementGives(t *testing.T) {
	data := madeUp()
	data.Samples[5].Value = math.Inf(1)
	if err := Write(io.Discard, data, Options{}); err == nil || !strings.Contains(err.Error(), "+Inf") {
		t.Errorf("error %v", err)
	}
}

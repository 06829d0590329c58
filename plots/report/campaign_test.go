package report

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"eaibench/bench"
	"eaibench/plots"
	"eaibench/plots/report/reporttest"
	"eaibench/plots/tables"
	"eaibench/results"
)

var update = flag.Bool("update", false, "write testdata/*.golden anew")

// hostile is text that would be more than text on a page that does not escape it.
const hostile = `</script></style></pre><img src=x onerror="hacked=1"><script>hacked=1</script>"'&{{.}}<b onclick=hacked=1>`

func madeUp() *results.Data { return reporttest.MadeUp(reporttest.Size{Groups: 2, Runs: 12}) }

// spoil makes every text of a campaign hostile that whoever made it chooses, and the second run fail.
func spoil(data *results.Data) {
	c := data.Campaign
	for _, text := range []*string{
		&c.Name, &c.Title, &c.Description, &c.Solution, &c.Platform, &c.Scenario.File, &c.Scenario.Text, &c.Hosts[0].Name, &c.Hosts[0].Environment.CPU,
	} {
		*text += hostile
	}
	c.Versions["gcc"+hostile] = hostile
	c.Placement = &results.Placement{
		Target: "ssh:" + hostile, PlayedBy: map[string]string{"board": hostile}, Services: []results.PlacedService{{Service: hostile, Host: hostile}},
		Links: []results.Link{{Between: [2]string{hostile, "b"}, Preset: hostile, Source: hostile}},
	}
	renamed := map[string]string{}
	for i := range c.Modes {
		renamed[c.Modes[i].Name] = c.Modes[i].Name + hostile
		c.Modes[i].Name += hostile
		if c.Modes[i].Baseline != "" {
			c.Modes[i].Baseline += hostile
		}
		c.Modes[i].StandsFor = hostile
	}
	for i := range c.Cells {
		c.Cells[i].Mode = renamed[c.Cells[i].Mode]
		c.Cells[i].Parameters.Arguments["limit_cents"+hostile] = c.Cells[i].Parameters.Arguments["limit_cents"]
	}
	for i := range data.Runs {
		data.Runs[i].Mode = renamed[data.Runs[i].Mode]
	}
	for i := range data.Samples {
		if data.Samples[i].Service != "" {
			data.Samples[i].Service += hostile
		}
	}
	fail(&data.Runs[1])
	data.Events = append([]results.Event{{Lost: &results.Loss{Run: "r1", Failed: results.TargetFailed, Text: hostile}}}, data.Events...)
	data.Events[len(data.Events)-1].Ended.Text = hostile
}

func fail(run *bench.Run) {
	run.Status, run.Check, run.Reason = bench.Failed, "measured"+hostile, "refused: "+hostile
}

// options have an audit, every figure and logs.
func options(t *testing.T, data *results.Data) Options {
	t.Helper()
	source, err := plots.NewSource(data)
	if err != nil {
		t.Fatal(err)
	}
	box, err := plots.Draw(source, plots.BoxOf(bench.ExecuteTotal()))
	if err != nil {
		t.Fatal(err)
	}
	return Options{
		Folder: "out/made-up", Figures: []*plots.Figure{box},
		Audit: tables.Audit{
			Threats: []tables.Threat{
				{Severity: "critical", Check: "stand-in", Title: "no mode has CHERI's protection", Evidence: []string{"platform linux"}, Advice: "measure on CheriBSD"},
				{Severity: "note", Check: "hostile", Title: hostile, Evidence: []string{hostile}, Advice: hostile},
			},
			InOrder: []string{"order"}, NotExamined: []tables.NotExamined{{Check: "revocation", Why: "no host tells it"}},
		},
		Log: func(run string) ([]byte, error) { return []byte("log of " + run + ": " + hostile), nil },
	}
}

func written(t *testing.T, data *results.Data, options Options) string {
	t.Helper()
	var text bytes.Buffer
	if err := Write(&text, data, options); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// saved is a page's address, in a file.
func saved(t *testing.T, page string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "index.html")
	if err := os.WriteFile(file, []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	return "file://" + file
}

// golden compares text with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if difference := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); difference != "" {
		t.Errorf("%s (-want +got):\n%s", file, difference)
	}
}

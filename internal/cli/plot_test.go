package cli

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/urfave/cli/v2"

	"eaibench/bench"
	"eaibench/results"
)

const someFigures = `version: 1
figures:
  - {id: spread, kind: violin, metric: start_total, size: one column}
  - {id: cost, kind: forest, metric: execute_total, caption: What it costs.}
`

// A figure file, or a scenario with figures, takes the place of the figures of every scenario.
func TestPlotFigures(t *testing.T) {
	folder := sampleCampaign(t, allOK)
	file := filepath.Join(t.TempDir(), "figures.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(someFigures)
	report := filepath.Join(folder, "report")
	for _, test := range []struct {
		args, want []string
	}{
		{[]string{"--format", "svg"}, []string{"spread.svg", "cost.svg"}},
		{[]string{"--format", "tex", "--figure", "cost"}, []string{"cost.tex", "cost.pdf"}},
		{nil, []string{"spread.svg", "spread.pdf", "spread.png", "cost.svg", "cost.pdf", "cost.png"}},
	} {
		out, people, code := command(t, append([]string{"plot", folder, "--figures", file}, test.args...)...)
		want := ""
		for _, name := range test.want {
			want += filepath.Join(report, name) + "\n"
		}
		if diff := cmp.Diff(want, out); code != exitFine || diff != "" {
			t.Errorf("%v: exit %d, %s%s", test.args, code, people, diff)
		}
	}
	if tex, err := os.ReadFile(filepath.Join(report, "cost.tex")); err != nil || !strings.Contains(string(tex), `\caption{What it costs. `) {
		t.Errorf("%v: %s", err, tex)
	}
	out, _, code := command(t, "plot", folder, "--figures", file, "--list")
	if want := "spread  violin of start_total: Density of the runs, with quartiles and median.\ncost    What it costs.\n"; code != exitFine || out != want {
		t.Errorf("exit %d: %s", code, out)
	}

	// What was asked for by name and cannot be drawn is an error.
	write(someFigures + "  - {id: along, kind: line, along: payload, metric: start_total}\n")
	if _, people, code := command(t, "plot", folder, "--figures", file); code != exitFailed || !strings.Contains(people, "drawing along: there is nothing to draw") {
		t.Errorf("exit %d: %s", code, people)
	}
	write(someFigures + "  - {id: spread, kind: violet, metric: start_total}\n")
	_, people, code := command(t, "plot", folder, "--figures", file)
	for _, want := range []string{file + `:5:10: figures[2].id: "spread" stands twice`, file + `:5:24: figures[2].kind: "violet" is not known; did you mean "violin"?`} {
		if code != exitBadInput || !strings.Contains(people, want) {
			t.Errorf("exit %d: %s lacks %s", code, people, want)
		}
	}
}

// A campaign's own figures are those of its scenario as it was, whatever else of it holds here.
func TestPlotOwnFigures(t *testing.T) {
	folder := sampleCampaign(t, allOK)
	text := "version: 1\nname: x\nplatform: ../nowhere.yaml\n" + strings.TrimPrefix(someFigures, "version: 1\n")
	changeCampaign(t, folder, func(campaign *results.Campaign) { campaign.Scenario = results.Scenario{File: "mine.yaml", Text: text} })
	out, people, code := command(t, "plot", folder, "--format", "svg")
	if want := filepath.Join(folder, "report", "spread.svg") + "\n" + filepath.Join(folder, "report", "cost.svg") + "\n"; code != exitFine || out != want {
		t.Errorf("exit %d: %s%s", code, out, people)
	}
	changeCampaign(t, folder, func(campaign *results.Campaign) {
		campaign.Scenario.Text = strings.Replace(text, "violin", "violet", 1)
	})
	if _, people, code := command(t, "plot", folder); code != exitBadInput || !strings.Contains(people, `mine.yaml:5:24: figures[0].kind: "violet" is not known`) {
		t.Errorf("exit %d: %s", code, people)
	}
}

// changeCampaign rewrites a campaign's campaign.json.
func changeCampaign(t *testing.T, folder string, change func(*results.Campaign)) {
	t.Helper()
	file := filepath.Join(folder, "campaign.json")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var campaign results.Campaign
	if err := json.Unmarshal(text, &campaign); err != nil {
		t.Fatal(err)
	}
	change(&campaign)
	if text, err = json.Marshal(campaign); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestValidateFigures(t *testing.T) {
	file := filepath.Join(t.TempDir(), "figures.yaml")
	if err := os.WriteFile(file, []byte(someFigures), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, people, code := command(t, "validate", file); code != exitFine || out != file+": valid, 2 figures\n" {
		t.Errorf("exit %d: %s%s", code, out, people)
	}
	if err := os.WriteFile(file, []byte(someFigures+"  - {id: a, kind: box}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, people, code := command(t, "validate", file); code != exitBadInput || !strings.Contains(people, file+`:5:5: missing key "figures[2].metric"`) {
		t.Errorf("exit %d: %s", code, people)
	}
	if out, _, code := command(t, "validate", "--figures-schema"); code != exitFine || !strings.Contains(out, `"title": "eaibench figures, version 1"`) {
		t.Errorf("exit %d: %s", code, out)
	}
}

// What the end of a campaign draws: the figures for which it has the data, and nothing without a run that counts.
func TestDrawCampaign(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*bench.Run)
		want   string
	}{
		"all":     {allOK, "box-execute_total.svg box-execute_total.pdf box-execute_total.png steps.svg steps.pdf steps.png ecdf.svg ecdf.pdf ecdf.png memory.svg memory.pdf memory.png"},
		"nothing": {func(run *bench.Run) { run.Status, run.Reason = bench.Aborted, "stopped" }, ""},
	} {
		folder := sampleCampaign(t, test.change)
		data, err := results.Read(folder)
		if err != nil {
			t.Fatal(err)
		}
		files, err := drawCampaign(folder, data)
		var names []string
		for _, file := range files {
			names = append(names, filepath.Base(file))
		}
		if joined := strings.Join(names, " "); err != nil || joined != test.want {
			t.Errorf("%s: %v, %v", name, joined, err)
		}
	}
}

// A figure that cannot be written hides neither what was measured nor the figures before it.
func TestReportWithoutAFigure(t *testing.T) {
	folder := sampleCampaign(t, allOK)
	if err := os.MkdirAll(filepath.Join(results.ReportFolder(folder), "ecdf.svg"), 0o755); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	c := cli.NewContext(&cli.App{Writer: &out}, flag.NewFlagSet("run", flag.ContinueOnError), nil)
	err := report(c, ranScenario{Folder: folder})
	var exit *exitError
	if !errors.As(err, &exit) || exit.code != exitFailed || !strings.Contains(err.Error(), "writing figure ecdf") {
		t.Errorf("got %v", err)
	}
	for _, want := range []string{"× previous", "report/steps.{svg,pdf,png}"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not said:\n%s", want, out.String())
		}
	}
}

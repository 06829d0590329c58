package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"eaibench/bench"
	"eaibench/results"
	"github.com/google/go-cmp/cmp"
)

// command runs one of the commands and gives what it printed and its exit code.
func command(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, people bytes.Buffer
	app := newApp(nil, &out, &people)
	arranged, err := arrange(app, append([]string{"eaibench"}, args...))
	if err == nil {
		err = app.RunContext(context.Background(), arranged)
	}
	var exit *exitError
	switch {
	case errors.As(err, &exit):
		return out.String(), people.String() + err.Error(), exit.code
	case err != nil:
		t.Fatalf("an error without an exit code: %v", err)
	}
	return out.String(), people.String(), exitFine
}

func TestSummaryGolden(t *testing.T) {
	folder := sampleCampaign(t, func(run *bench.Run) {
		if run.Position == 20 {
			run.Status, run.Check, run.Reason = bench.Failed, "library", "libcrypto.so.3 "+strings.Repeat("was changed ", 20)+"by its last word"
		}
	})
	for name, args := range map[string][]string{
		"summary": {"summary", folder}, "summary-steps": {"summary", folder, "--steps"},
		"summary-metric": {"summary", folder, "--metric", "read.encrypt"}, "summary-memory": {"summary", "--metric=peak_resident", folder},
		"summary-count": {"summary", "--metric=process.minor_faults", folder}, "summary-components": {"summary", "--metric=proportional", folder},
		"summary-compile": {"summary", "--metric=compile", folder},
	} {
		t.Run(name, func(t *testing.T) {
			got, people, code := command(t, args...)
			if code != exitFine || people != "" {
				t.Fatalf("exit %d, %s", code, people)
			}
			checkGolden(t, name, strings.ReplaceAll(got, folder, "DIR"))
		})
	}
}

// checkGolden compares a page for people with testdata/NAME.golden; none of its lines has more than 100 columns.
func checkGolden(t *testing.T, name, got string) {
	t.Helper()
	for line := range strings.Lines(got) {
		if width := utf8.RuneCountInString(strings.TrimRight(line, "\n")); width > 100 {
			t.Errorf("%d columns: %s", width, line)
		}
	}
	golden := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Error(diff)
	}
}

func TestSummaryJSON(t *testing.T) {
	folder := sampleCampaign(t, allOK)
	out, _, code := command(t, "summary", folder, "--json", "--steps")
	if code != exitFine {
		t.Fatalf("exit %d", code)
	}
	var got summary
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(runCounts{Planned: 36, Done: 36, Counted: 30, WarmUp: 6}, got.Runs); diff != "" {
		t.Error(diff)
	}
	if !got.StandIn || len(got.Comparisons) != 2 || len(got.Steps) != 2 {
		t.Fatalf("%+v", got)
	}
	last := got.Comparisons[0].Modes[2]
	if last.Cell.Mode != "compartment" || *last.ToPrevious != 1.5 || *last.ToFirst != 3 || *last.PeakMemory != 24<<20 || last.Summary.N != 5 {
		t.Errorf("%+v", last)
	}
	// execute_total is the table's last row; the median iteration of five after one warm-up run is 3.
	if want := 3 * (float64(len(relayedSteps()))*10_000 + 300); last.Summary.Median != want {
		t.Errorf("median %v, want %v", last.Summary.Median, want)
	}
	// compile is timed in the first warm-up run of each mode only, and there nonetheless; the mode's other cell has no value.
	place := slices.IndexFunc(relayedSteps(), func(s bench.Step) bool { return s.OncePerMode })
	timed := map[string][]float64{}
	for _, table := range got.Steps {
		for _, row := range table.Rows {
			for i, median := range row.Medians {
				if row.Once && median != nil {
					timed[table.Modes[i]] = append(timed[table.Modes[i]], *median)
				}
			}
		}
	}
	want := float64(place+1) * 10_000
	if diff := cmp.Diff(map[string][]float64{"hybrid": {want}, "purecap": {2 * want}, "compartment": {3 * want}}, timed); diff != "" {
		t.Error(diff)
	}
}

// What went wrong is not cut, whatever it is made of.
func TestIndented(t *testing.T) {
	for _, paragraph := range []string{"short", strings.Repeat("word ", 60) + "end", "/" + strings.Repeat("path", 100), strings.Repeat("ção ", 80) + "."} {
		got := indented(paragraph)
		letters := func(text string) string { return strings.Join(strings.Fields(text), "") }
		if letters(got) != letters(paragraph) {
			t.Errorf("%q became %q", paragraph, got)
		}
		for line := range strings.Lines(got) {
			if utf8.RuneCountInString(line) > 101 || strings.HasSuffix(line, " \n") {
				t.Errorf("%q", line)
			}
		}
	}
}

// Where a link of the chain was left out or failed, the table says why there is no ratio.
func TestSummaryWithoutBaseline(t *testing.T) {
	folder := sampleCampaign(t, func(run *bench.Run) {
		if strings.HasPrefix(run.Cell, "purecap") {
			run.Status, run.Reason = bench.Failed, "refused"
		}
	})
	out, _, code := command(t, "summary", folder)
	if want := "compartment: no × previous, since no run of purecap counts\n"; code != exitFine || strings.Count(out, want) != 2 {
		t.Errorf("exit %d, %q is not said twice in\n%s", code, want, out)
	}
	data, err := results.Read(folder)
	if err != nil {
		t.Fatal(err)
	}
	data.Campaign.Cells = slices.DeleteFunc(data.Campaign.Cells, func(cell bench.Cell) bool { return cell.Mode == "purecap" })
	s, err := summarize(data, []bench.Series{bench.ExecuteTotal()}, false)
	if err != nil {
		t.Fatal(err)
	}
	if modes := s.Comparisons[0].Modes; len(modes) != 2 || modes[0].Note != "" || !strings.HasPrefix(modes[1].Note, "no × previous, since purecap was not measured") {
		t.Errorf("%+v", modes)
	}
	written, err := json.Marshal(s.Comparisons[0].Modes[1])
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(written), `"previous"`) {
		t.Errorf("it has a mode that it is not compared with: %s", written)
	}
}

func TestSummaryRefuses(t *testing.T) {
	folder := sampleCampaign(t, allOK)
	nothing := sampleCampaign(t, func(run *bench.Run) { run.Status, run.Reason = bench.Aborted, "stopped" })
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"summary"}, exitBadInput, "needs DIR"},
		{[]string{"summary", t.TempDir()}, exitBadInput, "is no campaign"},
		{[]string{"summary", "nodir"}, exitBadInput, "stat nodir: no such file or directory"},
		{[]string{"summary", folder, "--metric", "execute_totl"}, exitBadInput, "did you mean execute_total?"},
		{[]string{"summary", folder, "--metric", "x"}, exitBadInput, "there are compile, cpu_time, createCompartment,"},
		{[]string{"summary", nothing}, exitFailed, "no run of " + nothing + " counts"},
		{[]string{"plot", nothing}, exitFailed, "no run counts"},
		{[]string{"plot", folder, "--figure", "step"}, exitBadInput, "did you mean steps?"},
		{[]string{"plot", folder, "--figure", "x"}, exitBadInput, "there are box-execute_total, steps, ecdf,"},
		{[]string{"plot", folder, "--figure", "payload"}, exitFailed, "drawing payload: there is nothing to draw"},
		{[]string{"plot", folder, "--figure", "steps", "--metric", "start_total"}, exitBadInput, "leave --figure out"},
		{[]string{"plot", folder, "--format", "eps"}, exitBadInput, `"eps" is not known; there are svg, pdf, png, tex`},
		{[]string{"plot", folder, "--figures", "nofile.yaml"}, exitBadInput, "reading a figure file: open nofile.yaml: no such file"},
		{[]string{"plot", folder, "--figures", "smok"}, exitBadInput, `did you mean "smoke"?`},
		{[]string{"plot", folder, "--figures", "payload", "--metric", "start_total"}, exitBadInput, "leave --figures out"},
		{[]string{"plot", folder, "--metric", "start.compil"}, exitBadInput, "did you mean start.compile?"},
		{[]string{"validate"}, exitBadInput, "needs SCENARIO..."},
	} {
		_, people, code := command(t, test.args...)
		if code != test.code || !strings.Contains(people, test.want) {
			t.Errorf("%v: exit %d, %q; want %d, %q", test.args, code, people, test.code, test.want)
		}
	}
}

func TestPlot(t *testing.T) {
	folder := sampleCampaign(t, allOK)
	out, people, code := command(t, "plot", folder, "--figure", "box-execute_total")
	if code != exitFine {
		t.Fatalf("exit %d: %s", code, people)
	}
	var want []string
	for format, magic := range map[string]string{"svg": "<?xml", "pdf": "%PDF-", "png": "\x89PNG"} {
		file := filepath.Join(folder, "report", "box-execute_total."+format)
		picture, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(picture), magic) || !strings.Contains(out, file+"\n") {
			t.Errorf("%s: %.10q, printed %q", file, picture, out)
		}
		want = append(want, file)
	}
	if lines := strings.Count(out, "\n"); lines != len(want) {
		t.Errorf("printed %q", out)
	}
	out, _, code = command(t, "plot", "--format", "svg", folder)
	all := ""
	for _, figure := range []string{"box-execute_total", "steps", "ecdf", "memory"} { // one size and one process: no curves
		all += filepath.Join(folder, "report", figure+".svg") + "\n"
	}
	if diff := cmp.Diff(all, out); code != exitFine || diff != "" {
		t.Errorf("exit %d: %s", code, diff)
	}
	out, _, code = command(t, "plot", folder, "--list")
	for _, want := range []string{"\nsteps              Where the time", "\npayload            not here: no two cells differ in nothing but payload\n"} {
		if code != exitFine || !strings.Contains(out, want) {
			t.Errorf("exit %d: %q is not in the list:\n%s", code, want, out)
		}
	}
	out, _, code = command(t, "plot", "--format", "svg", "--metric", "write.post", folder)
	wanted := fmt.Sprintf("%[1]s-taxi.svg\n%[1]s-whatsapp.svg\n", filepath.Join(folder, "report", "box-write-post-launcher"))
	if diff := cmp.Diff(wanted, out); code != exitFine || diff != "" {
		t.Errorf("exit %d: %s", code, diff)
	}
}

func TestValidate(t *testing.T) {
	out, people, code := command(t, "validate", "smoke", "../../scenarios/bench.yaml")
	if code != exitFine || people != "" || out != "smoke: valid, 6 cells, 36 runs\n../../scenarios/bench.yaml: valid, 3 cells, 99 runs\n" {
		t.Errorf("exit %d: %s%s", code, out, people)
	}
	bad := filepath.Join(t.TempDir(), "bad.yaml")
	if err := os.WriteFile(bad, []byte("version: 1\nname: bad\ntitel: Bad\nmodes: fast\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, people, code = command(t, "validate", bad, "smoke", "missing.yaml")
	for _, want := range []string{
		bad + `:3:1: unknown key "titel"; did you mean "title"?` + "\n",
		bad + `:4:8: modes: want a list, found the text "fast"` + "\n",
		bad + `:1:1: missing key "runs", or "until" in its place` + "\n",
		"missing.yaml: reading a scenario: open missing.yaml",
		"2 of 3 files at fault",
	} {
		if !strings.Contains(people, want) {
			t.Errorf("%q is not said in:\n%s", want, people)
		}
	}
	if code != exitBadInput || out != "smoke: valid, 6 cells, 36 runs\n" {
		t.Errorf("exit %d, %q", code, out)
	}
	out, _, code = command(t, "validate", bad, "--json")
	var checked []validated
	if err := json.Unmarshal([]byte(out), &checked); err != nil || code != exitBadInput {
		t.Fatalf("exit %d, %v", code, err)
	}
	if len(checked) != 1 || len(checked[0].Faults) != 5 || checked[0].Faults[4].Line != 4 {
		t.Errorf("%+v", checked)
	}
}

// Every metric that is named is compared, once, in the order given.
func TestSummaryOfSeveralMetrics(t *testing.T) {
	folder := sampleCampaign(t, allOK)
	out, people, code := command(t, "summary", folder, "--json", "--metric", "start_total", "--metric", "minor_faults", "--metric", "start_total")
	var got summary
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != exitFine {
		t.Fatalf("exit %d: %v, %s", code, err, people)
	}
	var metrics []string
	for _, compared := range got.Comparisons {
		metrics = append(metrics, compared.Series.Metric)
	}
	if diff := cmp.Diff([]string{"start_total", "minor_faults"}, slices.Compact(metrics)); diff != "" {
		t.Error(diff)
	}
	out, _, code = command(t, "plot", folder, "--format", "svg", "--metric", "start_total", "--metric", "execute_total")
	if code != exitFine || !strings.Contains(out, "start_total") || !strings.Contains(out, "box-execute_total.svg") {
		t.Errorf("exit %d: %s", code, out)
	}
	if _, people, code := command(t, "summary", folder, "--metric", "start_total", "--metric", "x"); code != exitBadInput || !strings.Contains(people, `no metric "x"`) {
		t.Errorf("exit %d: %s", code, people)
	}
}

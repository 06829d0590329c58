package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"eaibench/bench"
	"eaibench/results"
	"eaibench/runner"
)

// shownCampaign has four runs of one cell.
func shownCampaign() *results.Campaign {
	campaign := &results.Campaign{Cells: []bench.Cell{{ID: "hybrid", Mode: "hybrid"}}}
	for i := range 4 {
		campaign.Runs = append(campaign.Runs, bench.PlannedRun{ID: fmt.Sprintf("r%d-hybrid", i), Cell: "hybrid", WarmUp: i == 0})
	}
	return campaign
}

// carry tells the display of one run, a minute long.
func carry(d *display, campaign *results.Campaign, i int, status bench.Status, reason string) {
	run := tookSeconds("hybrid", 60)
	run.PlannedRun, run.Status, run.Reason = campaign.Runs[i], status, reason
	d.begin(run.PlannedRun)
	if i == 0 {
		d.compiling(run.Cell, false)
		d.compiling(run.Cell, true)
	}
	if status != bench.OK {
		d.say("stopping after this run")
	}
	d.end(runner.Progress{Run: run, Done: i + 1, Planned: len(campaign.Runs)})
}

// carryAll shows a campaign of which the third run fails, during which Ctrl-C is pressed.
func carryAll(d *display, campaign *results.Campaign) {
	d.note("shown: 4 runs")
	carry(d, campaign, 0, bench.OK, "")
	carry(d, campaign, 1, bench.OK, "")
	carry(d, campaign, 2, bench.Failed, "no answer")
	d.finish()
}

// Where the output is no terminal each run has a line, and once a minute one of them says how long it will take.
func TestDisplayPlain(t *testing.T) {
	for _, test := range []struct {
		name  string
		quiet bool
		want  string
	}{
		{"plain", false, `shown: 4 runs
compiling for hybrid
[1/4] r0-hybrid                ok       start        -  execute        -  (warm-up)
[2/4] r1-hybrid                ok       start        -  execute        -  (about 2 min 0 s left)
stopping after this run
[3/4] r2-hybrid                failed   no answer
`},
		{"quiet", true, `stopping after this run
[3/4] r2-hybrid                failed   no answer
`},
	} {
		t.Run(test.name, func(t *testing.T) {
			var text strings.Builder
			campaign := shownCampaign()
			d := newDisplay(&text, test.quiet, campaign, nil)
			clock := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
			d.saidLeft = clock
			d.now = func() time.Time { clock = clock.Add(leftEvery / 2); return clock }
			carryAll(d, campaign)
			if diff := cmp.Diff(test.want, text.String()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// pseudoTerminal gives both ends of one with so many columns.
func pseudoTerminal(t *testing.T, columns uint16) (outer, inner *os.File) {
	t.Helper()
	outer, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { outer.Close() })
	number, err := unix.IoctlGetInt(int(outer.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(outer.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(int(outer.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Col: columns, Row: 24})
	}
	if err == nil {
		inner, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	return outer, inner
}

// On a terminal there is one line, drawn anew, and above it what stays.
func TestDisplayOnATerminal(t *testing.T) {
	t.Setenv("TERM", "xterm")
	outer, inner := pseudoTerminal(t, 61)
	campaign := shownCampaign()
	d := newDisplay(inner, false, campaign, nil)
	carryAll(d, campaign)
	fmt.Fprint(inner, "the end\n")
	if err := inner.Close(); err != nil {
		t.Fatal(err)
	}
	written, _ := io.ReadAll(outer) // ends with an error, as terminals do
	got := strings.ReplaceAll(strings.ReplaceAll(string(written), "\r\n", "\n"), clearLine, "<")
	want := strings.Join([]string{
		"shown: 4 runs\n",
		"<░░░░░░░░░░░░░░░░░░░░ 0/4  r0-hybrid",
		"<░░░░░░░░░░░░░░░░░░░░ 0/4  r0-hybrid, compiling",
		"<░░░░░░░░░░░░░░░░░░░░ 0/4  r0-hybrid",
		"<█████░░░░░░░░░░░░░░░ 1/4",
		"<█████░░░░░░░░░░░░░░░ 1/4  r1-hybrid",
		"<██████████░░░░░░░░░░ 2/4  2 min 0 s left",
		"<██████████░░░░░░░░░░ 2/4  2 min 0 s left  r2-hybrid",
		"<stopping after this run\n",
		"<██████████░░░░░░░░░░ 2/4  2 min 0 s left  r2-hybrid",
		"<[3/4] r2-hybrid                failed   no answer\n",
		"<███████████████░░░░░ 3/4  1 not ok  1 min 0 s left",
		"<the end\n",
	}, "")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A narrow terminal gets the numbers alone, a terminal of unknown width the usual one.
func TestDisplayWidths(t *testing.T) {
	campaign := shownCampaign()
	d := newDisplay(io.Discard, false, campaign, nil)
	d.current = "r0-hybrid"
	for _, test := range []struct {
		columns int
		want    string
	}{
		{0, ""},
		{10, "0/4  r0-h"},
		{24, "0/4  r0-hybrid"},
		{31, "░░░░░░░░░░ 0/4  r0-hybrid"},
		{200, "░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░ 0/4  r0-hybrid"},
	} {
		if got := d.line(test.columns); got != test.want {
			t.Errorf("%d columns: %q, want %q", test.columns, got, test.want)
		}
	}
	t.Setenv("TERM", "xterm")
	_, inner := pseudoTerminal(t, 0)
	defer inner.Close()
	if columns := widthOf(inner); columns == nil || columns() != usualWidth {
		t.Error("a terminal that does not say how wide it is")
	}
	t.Setenv("TERM", "dumb")
	if widthOf(inner) != nil || widthOf(&strings.Builder{}) != nil {
		t.Error("what is no terminal, or a dumb one, is drawn on")
	}
}

// With a rule when to stop, a look is shown: a line where each run has one, and on a terminal in the line that is drawn anew.
func TestDisplayOfLooks(t *testing.T) {
	campaign := shownCampaign()
	campaign.Until = &results.Until{Precision: 0.02}
	half := 0.031
	look := results.Look{Runs: 12, Widths: []results.Width{{HalfWidth: &half}}}
	var text strings.Builder
	d := newDisplay(&text, false, campaign, nil)
	d.looked(look)
	d.looked(results.Look{Runs: 15, Widths: []results.Width{{}}})
	if want := "look at 12 runs: ± 3.1 %, asked ± 2 %\nlook at 15 runs: too few runs\n"; text.String() != want {
		t.Errorf("got %q", text.String())
	}
	d.columns = func() int { return 100 }
	carry(d, campaign, 0, bench.OK, "")
	carry(d, campaign, 1, bench.OK, "")
	d.looked(look)
	if got, want := d.line(100), " 2/4  2 min 0 s left at most  look at 12 runs: ± 3.1 %, asked ± 2 %"; !strings.HasSuffix(got, want) {
		t.Errorf("got %q", got)
	}
}

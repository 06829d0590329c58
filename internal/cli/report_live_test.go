package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"eaibench/bench"
	"eaibench/internal/livepage"
	page "eaibench/plots/report"
	"eaibench/plots/report/reporttest"
	"eaibench/results"
)

// underWay is a campaign that is carried out in a test, run by run, as another one was.
type underWay struct {
	t      *testing.T
	folder string
	writer *results.Writer
	of     *results.Data
	done   int
}

func beginCampaign(t *testing.T) *underWay {
	t.Helper()
	made, err := results.Read(madeCampaign(t, 1, allOK))
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "live")
	writer, err := results.Create(folder, made.Campaign)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { writer.Close() })
	return &underWay{t: t, folder: folder, writer: writer, of: made}
}

// carryOn commits so many more runs.
func (u *underWay) carryOn(n int) {
	u.t.Helper()
	for range n {
		run := u.of.Runs[u.done]
		var samples []bench.Sample
		for _, sample := range u.of.Samples {
			if sample.Run == run.ID {
				samples = append(samples, sample)
			}
		}
		if err := u.writer.Append(run, samples, nil); err != nil {
			u.t.Fatal(err)
		}
		u.done++
	}
}

func (u *underWay) seal() {
	u.t.Helper()
	if err := u.writer.Seal(); err != nil {
		u.t.Fatal(err)
	}
}

// A browser that looks at a campaign sees each run that is committed, and the answer when it is over; what the reader chose stays.
func TestLiveReportInBrowser(t *testing.T) {
	campaign := beginCampaign(t)
	campaign.carryOn(18)
	server := livepage.New(newLiveReport(campaign.folder), false)
	ctx, cancel := context.WithCancel(t.Context())
	listener, err := server.Listen(ctx, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, listener) }()

	tab := reporttest.Start(t).Open("http://"+listener.Addr().String()+"/", 1200, true)
	const text = `document.getElementById("live-text").textContent`
	tab.WaitFor(text + `.startsWith("18 of 36 runs")`)
	tab.WaitFor(`document.body.dataset.ready`)
	if !strings.Contains(tab.Text(`document.body.innerText`), "The campaign is not complete: 18 of 36 runs") {
		t.Error("the page does not say that the campaign is not complete")
	}
	tab.Ask(`(() => { const mode = document.getElementById("mode"); mode.value = "1"; mode.dispatchEvent(new Event("change")); return true; })()`, new(bool))

	campaign.carryOn(1)
	tab.WaitFor(text + `.startsWith("19 of 36 runs")`)
	if value := tab.Text(`document.querySelector("#live progress").value`); value != "19" {
		t.Errorf("the bar is at %s", value)
	}
	campaign.carryOn(17)
	campaign.seal()
	tab.WaitFor(text + ` === "36 of 36 runs; complete"`)
	tab.WaitFor(`!document.body.innerText.includes("The campaign is not complete")`)
	tab.WaitFor(`document.getElementById("point").textContent === "10 runs of 2 cells."`)
	if mode := tab.Text(`document.getElementById("mode").value`); mode != "1" {
		t.Errorf("the chosen mode is %q", mode)
	}
	if _, faint := tab.Contrast(); len(faint) > 0 {
		t.Errorf("faint text: %+v", faint)
	}
	if complaints := tab.Complaints(); len(complaints) > 0 {
		t.Errorf("the browser complains: %q", complaints)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("serving: %v", err)
	}
}

// newsOf is what a live report says now.
func newsOf(t *testing.T, live *liveReport) page.Progress {
	t.Helper()
	text, err := live.News()
	if err != nil {
		t.Fatal(err)
	}
	var news page.Progress
	if err := json.Unmarshal(text, &news); err != nil {
		t.Fatal(err)
	}
	return news
}

// A page is made anew when runs are new and the last one has been there for long enough, and at once when the campaign is over.
func TestLiveReportIsNotMadeTooOften(t *testing.T) {
	campaign := beginCampaign(t)
	campaign.carryOn(3)
	live := newLiveReport(campaign.folder)
	now := time.Unix(1000, 0)
	live.now = func() time.Time { return now }
	steps := []struct {
		do   func()
		want page.Progress
	}{
		{func() {}, page.Progress{Done: 3, Page: 1}},
		{func() { now = now.Add(time.Hour) }, page.Progress{Done: 3, Page: 1}},                           // nothing is new
		{func() { campaign.carryOn(1) }, page.Progress{Done: 4, Page: 2}},                                // new, after an hour
		{func() { campaign.carryOn(1); now = now.Add(leastWait - 1) }, page.Progress{Done: 5, Page: 2}},  // too early
		{func() { now = now.Add(1) }, page.Progress{Done: 5, Page: 3}},                                   // long enough
		{func() { campaign.carryOn(31); campaign.seal() }, page.Progress{Done: 36, Page: 4, Over: true}}, // over
		{func() { now = now.Add(time.Hour) }, page.Progress{Done: 36, Page: 4, Over: true}},              // nothing comes any more
	}
	for i, step := range steps {
		step.do()
		got := newsOf(t, live)
		if got.Done != step.want.Done || got.Page != step.want.Page || got.Over != step.want.Over || got.Planned != 36 {
			t.Errorf("step %d: %+v, want %+v", i, got, step.want)
		}
	}
	first, err := live.Page()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := live.Page(); err != nil || &again[0] != &first[0] {
		t.Errorf("a page that is new was made again (%v)", err)
	}
}

func TestProgressText(t *testing.T) {
	started := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	planned := []bench.PlannedRun{{ID: "a", Cell: "c"}, {ID: "b", Cell: "c"}, {ID: "c", Cell: "c"}, {ID: "d", Cell: "c"}}
	run := func(i int, status bench.Status) bench.Run {
		return bench.Run{PlannedRun: planned[i], Status: status, Started: started, Ended: started.Add(30 * time.Second)}
	}
	two := []bench.Run{run(0, bench.OK), run(1, bench.Failed)}
	for _, test := range []struct {
		data results.Data
		want string
	}{
		{results.Data{}, "0 of 4 runs"},
		{results.Data{Runs: two}, "2 of 4 runs, 1 not ok; about 1 min 0 s left"},
		{results.Data{Runs: two, Campaign: &results.Campaign{Until: &results.Until{}}}, "2 of 4 runs, 1 not ok; at most 1 min 0 s left"},
		{results.Data{Runs: two, Events: []results.Event{{Time: started, Ended: &results.Ending{Reason: results.EndInterrupted}}}}, "2 of 4 runs, 1 not ok; not carried on since 12:00:00 UTC (interrupted)"},
		{results.Data{Runs: two, Complete: true}, "2 of 4 runs, 1 not ok; complete"},
	} {
		if test.data.Campaign == nil {
			test.data.Campaign = new(results.Campaign)
		}
		test.data.Campaign.Cells, test.data.Campaign.Runs = []bench.Cell{{ID: "c", Mode: "hybrid"}}, planned
		if got := progressOf(&test.data).Text; got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

// `report --serve` prints where it is, serves it, and ends with 0 at Ctrl-C.
func TestReportServes(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	campaign := beginCampaign(t)
	campaign.carryOn(2)
	command := exec.Command(program, "report", "--serve", campaign.folder)
	command.Args[0] = "eaibench-report" // this program is then eaibench (TestMain)
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Process.Kill() }) // fails when it has ended, as it is to
	address, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.Get(strings.TrimSpace(address))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(response.Body)
	if err != nil || response.Body.Close() != nil || !strings.Contains(string(text), "2 of 36 runs") {
		t.Errorf("the page has no progress: %v", err)
	}
	if err := command.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if err := command.Wait(); err != nil {
		t.Errorf("it ends with %v", err)
	}
	if _, err := os.Stat(results.ReportFolder(campaign.folder)); err == nil {
		t.Error("it has written into the campaign's report folder")
	}
}

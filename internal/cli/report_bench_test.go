package cli

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"eaibench/plots/report/reporttest"
	"eaibench/results"
)

// Limits of the report of a large campaign.
const (
	longestBuild = 20 * time.Second
	mostMemory   = 1 << 30 // bytes, the most that are resident
	longestOpen  = 2 * time.Second
)

// BenchmarkReport writes the report of 100 cells, 200 runs of each and 40 metrics of each run, as a process of its own, and opens it
// in Chromium: until it is loaded, and until the chart of every run is drawn, too. It fails beyond the limits.
func BenchmarkReport(b *testing.B) {
	data := reporttest.MadeUp(reporttest.Size{Groups: 20, Runs: 199, Metrics: 40})
	if len(data.Samples) != 800_000 || len(data.Campaign.Cells) != 100 {
		b.Fatalf("%d samples of %d cells", len(data.Samples), len(data.Campaign.Cells))
	}
	folder := filepath.Join(b.TempDir(), "large")
	if err := writeLarge(folder, data); err != nil {
		b.Fatal(err)
	}
	data = nil
	file := filepath.Join(folder, "report", "index.html")
	var built, opened, drawn time.Duration
	var memory int64
	browser := reporttest.Start(b)
	for b.Loop() {
		began := time.Now()
		memory = max(memory, reportOf(b, folder))
		built += time.Since(began)
		load, ready := openingOf(browser, "file://"+file)
		opened += load
		drawn += ready
	}
	info, err := os.Stat(file)
	if err != nil {
		b.Fatal(err)
	}
	per := func(d time.Duration) float64 { return d.Seconds() / float64(b.N) }
	b.ReportMetric(per(built), "s/built")
	b.ReportMetric(float64(memory)/(1<<20), "MiB/built")
	b.ReportMetric(per(opened), "s/opened")
	b.ReportMetric(per(drawn), "s/drawn")
	b.ReportMetric(float64(info.Size())/(1<<20), "MiB/page")
	b.ReportMetric(0, "ns/op")
	if per(built) > longestBuild.Seconds() || memory > mostMemory || per(opened) > longestOpen.Seconds() {
		b.Errorf("%.1f s to build, %d MiB, %.2f s to open; limits are %v, %d MiB and %v", per(built), memory>>20, per(opened), longestBuild, mostMemory>>20, longestOpen)
	}
}

// reportOf runs `eaibench report` and gives the most memory that was resident, in bytes.
func reportOf(b *testing.B, folder string) int64 {
	b.Helper()
	program, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	command := exec.Command(program, "report", folder)
	command.Args[0] = "eaibench-report" // this program is then eaibench (TestMain)
	if output, err := command.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, output)
	}
	usage, ok := command.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		b.Fatal("the system does not tell what memory a process had")
	}
	return usage.Maxrss << 10 // Linux has KiB
}

// openingOf opens a page and gives how long it took, by the page's own clock, until it was loaded and until its chart was drawn.
func openingOf(browser *reporttest.Browser, address string) (loaded, drawn time.Duration) {
	tab := browser.Open(address, 1200, true)
	tab.WaitFor(`document.body.dataset.ready`)
	var load float64
	tab.Ask(`performance.getEntriesByType("navigation")[0].loadEventEnd`, &load)
	var ready float64
	tab.Ask(`Number(document.body.dataset.ready)`, &ready)
	tab.Do(chromedp.Navigate("about:blank"))
	milliseconds := func(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }
	return milliseconds(load), milliseconds(ready)
}

// writeLarge writes a campaign as a writer would leave it, but without seeing to it after each of 20,000 runs that the disk has it.
func writeLarge(folder string, data *results.Data) error {
	writer, err := results.Create(folder, data.Campaign)
	if err != nil {
		return err
	}
	if err := writer.Close(); err != nil {
		return err
	}
	const moment = "2006-01-02T15:04:05.000000000Z"
	runs := func(put func(...string) error) error {
		for _, r := range data.Runs {
			err := put(r.ID, r.Cell, r.Mode, r.Path, r.Crypto, r.Verify, strconv.Itoa(r.Processes), strconv.Itoa(r.Block), strconv.Itoa(r.Position), strconv.Itoa(r.Iteration),
				strconv.FormatBool(r.WarmUp), string(r.Status), r.Reason, "", "", "", r.Started.Format(moment), r.Ended.Format(moment), strconv.Itoa(r.Samples), "", "", "", "")
			if err != nil {
				return err
			}
		}
		return nil
	}
	samples := func(put func(...string) error) error {
		for _, s := range data.Samples {
			err := put(s.Time.Format(moment), s.Run, "", string(s.Component), string(s.Operation), s.Metric, strconv.FormatFloat(s.Value, 'f', -1, 64), string(s.Unit), s.Program, s.Service)
			if err != nil {
				return err
			}
		}
		return nil
	}
	events := func(w io.Writer) error {
		for _, event := range data.Events {
			if err := json.NewEncoder(w).Encode(event); err != nil {
				return err
			}
		}
		return nil
	}
	return errors.Join(appended(filepath.Join(folder, "runs.csv"), tableOf(runs)), appended(filepath.Join(folder, "samples.csv"), tableOf(samples)), appended(filepath.Join(folder, "events.jsonl"), events))
}

func tableOf(rows func(put func(...string) error) error) func(io.Writer) error {
	return func(w io.Writer) error {
		writer := csv.NewWriter(w)
		err := rows(func(fields ...string) error { return writer.Write(fields) })
		writer.Flush()
		return errors.Join(err, writer.Error())
	}
}

// appended writes to the end of a file that is there.
func appended(file string, write func(io.Writer) error) error {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	buffered := bufio.NewWriter(f)
	return errors.Join(write(buffered), buffered.Flush(), f.Close())
}

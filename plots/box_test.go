package plots_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"eaibench/bench"
	"eaibench/environment"
	"eaibench/plots"
	"eaibench/results"
)

// campaign is made of numbers like those of a real one: three modes, above and below a threshold.
func campaign(groups, runs int) *results.Data {
	data := &results.Data{Campaign: &results.Campaign{
		Version: 1, Name: "smoke", Title: "Retail, three modes, relayed", Solution: "retail", Platform: "linux", StandIn: true,
		Modes: []results.Mode{
			{Mode: bench.Mode{Name: "hybrid"}},
			{Mode: bench.Mode{Name: "purecap", Baseline: "hybrid"}},
			{Mode: bench.Mode{Name: "compartment", Baseline: "purecap"}},
		},
	}}
	random := rand.New(rand.NewPCG(1, 2))
	for group := range groups {
		for i, mode := range data.Campaign.Modes {
			threshold := []int64{15000, 10000000, 20000, 30000}[group]
			cell := bench.Cell{
				ID: mode.Name + "-relayed-hpke-" + []string{"low", "high", "other", "more"}[group], Mode: mode.Name, Path: "relayed", Crypto: "hpke",
				Parameters: bench.Parameters{Requests: 5, Arguments: bench.Arguments{"threshold_cents": threshold}},
			}
			data.Campaign.Cells = append(data.Campaign.Cells, cell)
			for n := range runs + 1 {
				run := bench.Run{PlannedRun: bench.PlannedRun{ID: cell.ID + "-" + string(rune('a'+n)), Cell: cell.ID, WarmUp: n == 0}, Status: bench.OK}
				data.Campaign.Runs = append(data.Campaign.Runs, run.PlannedRun)
				data.Runs = append(data.Runs, run)
				value := []float64{18e6, 5.1e6, 9e6, 7e6}[group] * []float64{1, 1.24, 1.27}[i] * (1 + 0.05*random.NormFloat64())
				data.Samples = append(data.Samples, bench.Sample{
					Run: run.ID, Request: bench.NoRequest, Component: bench.IntegrationProcess, Operation: bench.Execute,
					Metric: "execute_total", Value: float64(int64(value)), Unit: bench.Nanoseconds,
				})
			}
		}
	}
	return data
}

// boxOf draws the box plot of execute_total.
func boxOf(t *testing.T, data *results.Data, format plots.Format) []byte {
	t.Helper()
	return picture(t, must(t, data), standard(t, "box-execute_total"), format)
}

func TestWhatThePictureSays(t *testing.T) {
	svg := string(boxOf(t, campaign(2, 5), plots.SVG))
	for _, want := range []string{
		"Retail, three modes, relayed", "stand-in, not CHERI", ">n = 5<", ">hybrid<", ">compartment<", "execute_total (ms)",
		"threshold 150.00", "threshold 100000.00", "5 requests a run", "Left out: 6 warm-up, 0 not ok.",
	} {
		if !strings.Contains(svg, want) {
			t.Errorf("the picture does not say %q", want)
		}
	}
	if strings.Contains(svg, "QEMU") {
		t.Error("QEMU is named where there is none")
	}
	data := campaign(1, 5)
	data.Campaign.StandIn = false
	data.Campaign.Hosts = []results.Host{{Name: "board", Environment: environment.Environment{Virtualization: "qemu"}}, {Name: "toronto"}}
	data.Campaign.Cells[0].Crypto = "none"
	data.Campaign.Placement = &results.Placement{
		Target: "toronto", PlayedBy: map[string]string{"toronto": "local", "ijui": "local"}, Services: []results.PlacedService{{Service: "store", Host: "ijui"}},
		Links: []results.Link{{Between: [2]string{"toronto", "ijui"}, Emulated: true}},
	}
	data.Runs[1].Status = bench.Failed
	data.Campaign.Runs = append(data.Campaign.Runs, bench.PlannedRun{ID: "to go", Cell: data.Campaign.Cells[0].ID})
	entry := standard(t, "box-execute_total")
	entry.Filter = map[string]figureWords{"mode": {"hybrid", "purecap"}}
	svg = string(picture(t, must(t, data), entry, plots.SVG))
	if strings.Contains(svg, "stand-in") {
		t.Error("real modes are called stand-ins")
	}
	for _, want := range []string{
		">Links between launcher and services are emulated.<", ">INSECURE: cells with crypto none do not seal data.<", ">n = 4<",
		"Left out: 2 warm-up, 1 not ok, 1 not carried out yet.", ">Measured under QEMU (host board): the times are no performance data.<",
	} {
		if !strings.Contains(svg, want) {
			t.Errorf("the picture does not say %q", want)
		}
	}
}

// What a step's figure is of stands in it, not in its file's name alone.
func TestSeriesIsNamed(t *testing.T) {
	data := campaign(1, 3)
	series := bench.Series{Component: bench.DigitalService, Operation: bench.Read, Metric: "encrypt", Service: "../store"}
	for i := range data.Samples {
		s := &data.Samples[i]
		s.Component, s.Operation, s.Metric, s.Service = series.Component, series.Operation, series.Metric, series.Service
	}
	entry := plots.BoxOf(series)
	if entry.ID != "box-read-encrypt-digital_service----store" {
		t.Errorf("the figure is called %s", entry.ID)
	}
	svg := string(picture(t, must(t, data), entry, plots.SVG))
	for _, want := range []string{">encrypt: from “", ">encrypt (ms)<"} {
		if !strings.Contains(svg, want) {
			t.Errorf("the picture does not say %q", want)
		}
	}
	// As much as tells it from others.
	for more, want := range map[bench.Series]string{
		{Component: bench.DigitalService, Operation: bench.Write, Metric: "encrypt", Service: "../store"}:    ">read.encrypt (ms)<",
		{Component: bench.IntegrationProcess, Operation: bench.Read, Metric: "encrypt", Service: "../store"}: ">encrypt of digital_service (ms)<",
		{Component: bench.DigitalService, Operation: bench.Read, Metric: "encrypt", Service: "taxi"}:         ">encrypt, service ../store (ms)<",
	} {
		other := *data
		other.Samples = append(slices.Clone(data.Samples), bench.Sample{
			Run: data.Runs[0].ID, Component: more.Component, Operation: more.Operation, Metric: more.Metric, Service: more.Service, Value: 1, Unit: bench.Nanoseconds,
		})
		if svg := string(picture(t, must(t, &other), entry, plots.SVG)); !strings.Contains(svg, want) {
			t.Errorf("beside %v the picture does not say %q", more, want)
		}
	}
}

// The box is drawn where type 7 says.
func TestQuartiles(t *testing.T) {
	data := campaign(1, 4)
	data.Campaign.Cells = data.Campaign.Cells[:1]
	for i, value := range []float64{9e9, 10e9, 20e9, 30e9, 40e9} { // the first is warm-up
		data.Samples[i].Value = value
	}
	svg := string(boxOf(t, data, plots.SVG))
	// The axis is 0 to 42.4 s. Type 7: 17.5 and 32.5; medians of halves would be 15 and 35.
	box := regexp.MustCompile(`<path d="M([0-9.]+),[0-9.]+L[0-9.]+,[0-9.]+L([0-9.]+),[0-9.]+L[0-9.]+,[0-9.]+Z" style="fill:#C9E1F0`).FindStringSubmatch(svg)
	grid := regexp.MustCompile(`<path d="M([0-9.]+),[0-9.]+L[0-9.]+,[0-9.]+" style="fill:none;stroke:#E3E6E9`).FindAllStringSubmatch(svg, -1)
	if box == nil || len(grid) != 5 {
		t.Fatalf("box %v, %d grid lines", box, len(grid))
	}
	// Grid lines at 0, 10, 20, 30, 40.
	zero, forty := number(t, grid[0][1]), number(t, grid[4][1])
	at := func(seconds float64) float64 { return zero + (forty-zero)*seconds/40 }
	for i, want := range []float64{17.5, 32.5} {
		if got := number(t, box[1+i]); got-at(want) > 0.01 || at(want)-got > 0.01 {
			t.Errorf("quartile %d is drawn at %v, want %v", i, got, at(want))
		}
	}
}

func TestNothingToDraw(t *testing.T) {
	data := campaign(1, 1)
	data.Runs = nil
	_, entries := gallery(t)
	for _, entry := range entries {
		entry.Filter = nil
		if _, err := plots.Draw(must(t, data), entry); !errors.Is(err, plots.ErrNoData) || !strings.Contains(err.Error(), "drawing "+entry.ID) {
			t.Errorf("%s: got %v", entry.ID, err)
		}
	}
	data = campaign(1, 2)
	data.Samples[0].Value = -1
	if _, err := plots.NewSource(data); err == nil || errors.Is(err, plots.ErrNoData) {
		t.Errorf("a negative time: %v", err)
	}
	drawn, err := plots.Draw(must(t, campaign(1, 2)), standard(t, "box-execute_total"))
	if err != nil {
		t.Fatal(err)
	}
	if err := drawn.Write(&bytes.Buffer{}, "eps"); err == nil {
		t.Error("wrote EPS")
	}
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

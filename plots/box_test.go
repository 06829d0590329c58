package plots_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"eaibench/bench"
	"eaibench/plots"
	"eaibench/results"
)

var update = flag.Bool("update", false, "rewrite the golden files")

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
				if n == 3 {
					value *= 1.15
				}
				data.Samples = append(data.Samples, bench.Sample{
					Run: run.ID, Request: bench.NoRequest, Component: bench.IntegrationProcess, Operation: bench.Execute,
					Metric: "execute_total", Value: float64(int64(value)), Unit: bench.Nanoseconds,
				})
			}
		}
	}
	return data
}

func render(t *testing.T, data *results.Data, format plots.Format) []byte {
	t.Helper()
	return picture(t, data, "box-execute_total", format)
}

var fontFace = regexp.MustCompile(`(?s)<style>.*?</style>`)

func TestBoxGolden(t *testing.T) {
	for name, data := range map[string]*results.Data{"box-one": campaign(1, 30), "box-two": campaign(2, 5), "box-four": campaign(4, 10)} {
		t.Run(name, func(t *testing.T) {
			svg := render(t, data, plots.SVG)
			if !bytes.Contains(svg, []byte("base64")) {
				t.Error("the fonts are not embedded")
			}
			// A megabyte of fonts is left out of the golden file.
			got := fontFace.ReplaceAll(svg, []byte("<style/>"))
			golden := filepath.Join("testdata", name+".svg")
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s differs from what is drawn; look at it, then -update", golden)
			}
		})
	}
}

func TestSameDataSameBytes(t *testing.T) {
	for _, format := range plots.Formats() {
		if !bytes.Equal(render(t, campaign(2, 5), format), render(t, campaign(2, 5), format)) {
			t.Errorf("%s differs", format)
		}
	}
}

func TestWhatThePictureSays(t *testing.T) {
	svg := string(render(t, campaign(2, 5), plots.SVG))
	for _, want := range []string{
		"Retail, three modes, relayed", "stand-in, not CHERI", ">n = 5<", ">hybrid<", ">compartment<", "execute_total (ms)",
		"threshold 150.00", "threshold 100000.00", "5 requests a run", "Left out: 6 warm-up, 0 not ok.",
	} {
		if !strings.Contains(svg, want) {
			t.Errorf("the picture does not say %q", want)
		}
	}
	data := campaign(1, 5)
	data.Campaign.StandIn = false
	data.Campaign.Cells[0].Crypto = "none"
	data.Campaign.Placement = &results.Placement{
		Target: "toronto", PlayedBy: map[string]string{"toronto": "local", "ijui": "local"}, Services: []results.PlacedService{{Service: "store", Host: "ijui"}},
		Links: []results.Link{{Between: [2]string{"toronto", "ijui"}, Emulated: true}},
	}
	data.Runs[1].Status = bench.Failed
	data.Campaign.Runs = append(data.Campaign.Runs, bench.PlannedRun{ID: "to go"})
	svg = string(render(t, data, plots.SVG))
	if strings.Contains(svg, "stand-in") {
		t.Error("real modes are called stand-ins")
	}
	for _, want := range []string{">Links between launcher and services are emulated.<", ">INSECURE: cells with crypto none do not seal data.<", ">n = 4<", "Left out: 3 warm-up, 1 not ok, 1 not carried out yet."} {
		if !strings.Contains(svg, want) {
			t.Errorf("the picture does not say %q", want)
		}
	}
}

// What a step's figure is of stands in it, not in its file's name alone.
func TestSeriesIsNamed(t *testing.T) {
	data := campaign(1, 3)
	series := bench.Series{Component: bench.DigitalService, Operation: bench.Read, Metric: "encrypt", Service: "store"}
	for i := range data.Samples {
		s := &data.Samples[i]
		s.Component, s.Operation, s.Metric, s.Service = series.Component, series.Operation, series.Metric, series.Service
	}
	source, err := plots.NewSource(data)
	if err != nil {
		t.Fatal(err)
	}
	figure, err := plots.Box(source, series, bench.Nanoseconds)
	if err != nil {
		t.Fatal(err)
	}
	var svg bytes.Buffer
	if err := figure.Write(&svg, plots.SVG); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{">read.encrypt of digital_service, service store: from “", ">read.encrypt of digital_service, service store (ms)<"} {
		if !strings.Contains(svg.String(), want) {
			t.Errorf("the picture does not say %q", want)
		}
	}
}

// However long the names are, no text leaves the picture or runs into the neighbouring panel.
func TestNothingIsCutOff(t *testing.T) {
	data := campaign(4, 5)
	data.Campaign.Title = strings.Repeat("WWWW ", 12)
	data.Campaign.Name, data.Campaign.Platform = strings.Repeat("scenario-", 4), strings.Repeat("platform-", 3)
	data.Campaign.Runs = append(data.Campaign.Runs, make([]bench.PlannedRun, 100_000)...)
	for i := range data.Campaign.Modes {
		mode := &data.Campaign.Modes[i]
		long := mode.Name + strings.Repeat("-w", 10)
		for j := range data.Campaign.Cells {
			cell := &data.Campaign.Cells[j]
			cell.Crypto, cell.Parameters.Arguments["customer"] = "none", fmt.Sprintf("Maria Aparecida dos Santos Oliveira %s", cell.ID[len(cell.ID)-4:])
			if cell.Mode == mode.Name {
				cell.Mode, cell.ID = long, strings.Replace(cell.ID, mode.Name, long, 1)
			}
		}
		for j := range data.Runs {
			data.Runs[j].Cell = strings.Replace(data.Runs[j].Cell, mode.Name+"-relayed", long+"-relayed", 1)
		}
		mode.Name = long
	}
	nothingIsCutOff(t, string(render(t, data, plots.SVG)), 40)
}

// The box is drawn where type 7 says, not where gonum's own quartiles are.
func TestQuartiles(t *testing.T) {
	data := campaign(1, 4)
	data.Campaign.Cells = data.Campaign.Cells[:1]
	for i, value := range []float64{9e9, 10e9, 20e9, 30e9, 40e9} { // the first is warm-up
		data.Samples[i].Value = value
	}
	svg := string(render(t, data, plots.SVG))
	// The axis is 0 to 42.4 s. Type 7: 17.5 and 32.5; medians of halves would be 15 and 35.
	heights := regexp.MustCompile(`<path d="M[0-9.]+,([0-9.]+)L[0-9.]+,([0-9.]+)L[0-9.]+,[0-9.]+L[0-9.]+,[0-9.]+L[0-9.]+,[0-9.]+Z" style="fill:#C9E1F0`).FindStringSubmatch(svg)
	grid := regexp.MustCompile(`<path d="M[0-9.]+,([0-9.]+)L[0-9.]+,[0-9.]+" style="fill:none;stroke:#E3E6E9`).FindAllStringSubmatch(svg, -1)
	if heights == nil || len(grid) != 5 {
		t.Fatalf("box %v, %d grid lines", heights, len(grid))
	}
	// Grid lines at 0, 10, 20, 30, 40.
	zero, forty := number(t, grid[0][1]), number(t, grid[4][1])
	at := func(seconds float64) float64 { return zero + (forty-zero)*seconds/40 }
	for i, want := range []float64{17.5, 32.5} {
		if got := number(t, heights[1+i]); got-at(want) > 0.01 || at(want)-got > 0.01 {
			t.Errorf("quartile %d is drawn at %v, want %v", i, got, at(want))
		}
	}
}

func TestNothingToDraw(t *testing.T) {
	data := campaign(1, 1)
	data.Runs = nil
	for _, kind := range plots.Kinds() {
		if _, err := drawn(t, data, kind.Name); !errors.Is(err, plots.ErrNoData) {
			t.Errorf("%s: got %v", kind.Name, err)
		}
	}
	data = campaign(1, 2)
	data.Samples[0].Value = -1
	if _, err := drawn(t, data, "box-execute_total"); err == nil || errors.Is(err, plots.ErrNoData) {
		t.Errorf("a negative time: %v", err)
	}
	figure, err := drawn(t, campaign(1, 2), "box-execute_total")
	if err != nil {
		t.Fatal(err)
	}
	if err := figure.Write(&bytes.Buffer{}, "eps"); err == nil {
		t.Error("wrote EPS")
	}
}

// Text is outlines, so that it looks the same everywhere; and the file does not tell when it was made.
func TestPDF(t *testing.T) {
	file := render(t, campaign(1, 5), plots.PDF)
	if !bytes.HasPrefix(file, []byte("%PDF-")) || bytes.Contains(file, []byte("/BaseFont")) || !bytes.Contains(file, []byte("D:19700101000000")) {
		t.Errorf("%d bytes, %.8q, a font or another date", len(file), file)
	}
}

func TestPNG(t *testing.T) {
	picture, err := png.Decode(bytes.NewReader(render(t, campaign(2, 5), plots.PNG)))
	if err != nil {
		t.Fatal(err)
	}
	if width := picture.Bounds().Dx(); width < 1200 || width > 1500 {
		t.Errorf("%d pixels wide", width)
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

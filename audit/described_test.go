package audit_test

import (
	"crypto/sha256"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"eaibench/bench"
	"eaibench/environment"
	"eaibench/internal/strictyaml"
	"eaibench/results"

	"gonum.org/v1/gonum/stat/distuv"
)

// described is a campaign as testdata/base.yaml describes it, and other files change it.
type described struct {
	About string `yaml:"about"`
	// Finds is what the check that the file is for must report, Also which other checks find something, NotExamined
	// which cannot look.
	Finds struct {
		Severity string `yaml:"severity"`
		Evidence string `yaml:"evidence"`
	} `yaml:"finds"`
	Also        []string `yaml:"also"`
	NotExamined []string `yaml:"not_examined"`

	Platform  string `yaml:"platform"`
	StandIn   bool   `yaml:"stand_in"`
	Order     string `yaml:"order"`
	SameOrder bool   `yaml:"same_order"`
	// Runs of each cell, warm-up runs not counted; CarriedOut is how many of all there are.
	Runs        int                      `yaml:"runs"`
	WarmUp      int                      `yaml:"warm_up"`
	CarriedOut  int                      `yaml:"carried_out"`
	Sealed      bool                     `yaml:"sealed"`
	Crypto      []string                 `yaml:"crypto"`
	Verify      []string                 `yaml:"verify"`
	Chain       []string                 `yaml:"chain"`
	Modes       map[string]describedMode `yaml:"modes"`
	Steps       map[string]float64       `yaml:"steps"`
	Environment describedHost            `yaml:"environment"`
	AtTheEnd    struct {
		Kernel string  `yaml:"kernel"`
		Load1  float64 `yaml:"load1"`
	} `yaml:"at_the_end"`
	Sessions []struct {
		Runs        int           `yaml:"runs"`
		Eaibench    string        `yaml:"eaibench"`
		Reason      string        `yaml:"reason"`
		ClockStep   time.Duration `yaml:"clock_step"`
		Differences []string      `yaml:"differences,omitempty"`
	} `yaml:"sessions"`
	Events    bool `yaml:"events"`
	OverlapAt int  `yaml:"overlap_at"` // the run that begins before the one before has ended; 0: none
	Until     struct {
		Precision float64 `yaml:"precision"` // 0: no rule
		Min       int     `yaml:"min"`
		Max       int     `yaml:"max"`
		Looks     []int   `yaml:"looks"`
	} `yaml:"until"`
	Looks []struct {
		Runs      int     `yaml:"runs"`
		HalfWidth float64 `yaml:"half_width"`
	} `yaml:"looks"`
}

type describedMode struct {
	Measured    bool     `yaml:"measured"`
	Baseline    string   `yaml:"baseline"`
	ABI         string   `yaml:"abi"`      // of the executable
	Attested    string   `yaml:"attested"` // of the runs
	ELFFlags    uint32   `yaml:"elf_flags"`
	Interpreter string   `yaml:"interpreter"`
	FreeBSD     uint32   `yaml:"freebsd"`
	CheriBSD    uint32   `yaml:"cheribsd"`
	Features    uint32   `yaml:"features"`
	Command     []string `yaml:"command"`
	Compiler    string   `yaml:"compiler"`
	Source      string   `yaml:"source"`
	Executable  string   `yaml:"executable"`
	Compartment string   `yaml:"compartment"`
	OpenSSL     string   `yaml:"openssl"`
	OpenSSLCPU  string   `yaml:"openssl_cpu"`
	// OtherExecutableFrom is the run of the cell from which on another file was executed; 0: none.
	OtherExecutableFrom int `yaml:"other_executable_from"`

	// Milliseconds of execute_total, with a spread, and from the first run to the last a drift, both relative.
	Milliseconds float64 `yaml:"milliseconds"`
	Spread       float64 `yaml:"spread"`
	Drift        float64 `yaml:"drift"`
	// SecondMode is how much longer every other run takes, relative; OutliersEvery which runs take twice as long.
	SecondMode    float64 `yaml:"second_mode"`
	OutliersEvery int     `yaml:"outliers_every"`
	// Times is what the runs of the cell before the one that From names take, relative to the others.
	From  int     `yaml:"from"`
	Times float64 `yaml:"times"`

	LostEvery int     `yaml:"lost_every"`
	LostAs    string  `yaml:"lost_as"`
	OtherCPU  float64 `yaml:"other_cpu"` // a share of the processors
	BusyEvery int     `yaml:"busy_every"`
	Requests  int     `yaml:"requests"`
}

type describedHost struct {
	System         string         `yaml:"system"`
	Kernel         string         `yaml:"kernel"`
	CPU            string         `yaml:"cpu"`
	CPUs           int            `yaml:"cpus"`
	Usable         int            `yaml:"usable"`
	Virtualization string         `yaml:"virtualization"`
	Container      string         `yaml:"container"`
	Load1          float64        `yaml:"load1"`
	ASLR           int            `yaml:"aslr"` // -1: not told
	Governors      map[string]int `yaml:"governors"`
	CheriBSD       bool           `yaml:"cheribsd"`
	Configuration  string         `yaml:"configuration"`
	Debugging      []string       `yaml:"debugging"`
	Product        string         `yaml:"product"`
	Revocation     string         `yaml:"revocation"`
}

// describe reads a file laid over testdata/base.yaml.
func describe(t *testing.T, file string) described {
	t.Helper()
	documents := make([]*strictyaml.Document, 2)
	for i, name := range []string{file, filepath.Join("testdata", "base.yaml")} {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if documents[i], err = strictyaml.Parse(name, data); err != nil {
			t.Fatal(err)
		}
	}
	var d described
	if err := documents[0].Over(documents[1]).Decode(&d); err != nil {
		t.Fatal(err)
	}
	return d
}

var moment = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

// build makes the campaign as its folder would be read. It writes none, whose many syncs would take most of the tests'
// time: TestDescribedAsWritten compares both.
func (d described) build() *results.Data {
	campaign := d.campaign()
	b := builder{described: d, campaign: campaign, data: &results.Data{Campaign: campaign, Complete: d.Sealed}, now: moment}
	b.carryOut()
	return b.data
}

// written is the same campaign, from its folder.
func (d described) written(t *testing.T) *results.Data {
	t.Helper()
	data := d.build()
	folder := filepath.Join(t.TempDir(), "campaign")
	writer, err := results.Create(folder, data.Campaign)
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	for _, event := range data.Events {
		if err := writer.Note(event); err != nil {
			t.Fatal(err)
		}
	}
	samples := data.Samples
	for _, run := range data.Runs {
		if err := writer.Append(run, samples[:run.Samples], nil); err != nil {
			t.Fatal(err)
		}
		samples = samples[run.Samples:]
	}
	if d.Sealed {
		if err := writer.Seal(); err != nil {
			t.Fatal(err)
		}
	}
	read, err := results.Read(folder)
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// campaign is the plan.
func (d described) campaign() *results.Campaign {
	c := &results.Campaign{
		Version: results.Version, Name: "described", Title: d.About, Solution: "retail", Platform: d.Platform, StandIn: d.StandIn,
		Order: d.Order, Started: moment, Versions: map[string]string{"eaibench": "test"},
		Hosts: []results.Host{{Name: "local", Environment: d.Environment.environment()}},
	}
	if d.Until.Precision > 0 {
		c.Until = &results.Until{Precision: d.Until.Precision, Confidence: 0.95, Min: d.Until.Min, Max: d.Until.Max, Looks: d.Until.Looks, Metrics: []string{"execute_total"}}
	}
	for _, name := range d.Chain {
		mode := d.Modes[name]
		c.Modes = append(c.Modes, results.Mode{Mode: bench.Mode{Name: name, Baseline: mode.Baseline}})
		for _, crypto := range d.Crypto {
			for _, verify := range d.Verify {
				if mode.Measured {
					c.Cells = append(c.Cells, bench.Cell{
						ID: name + "-relayed-" + crypto + "-" + verify, Mode: name, Path: bench.Relayed, Crypto: crypto, Verify: verify,
						Processes: 1, Parameters: bench.Parameters{Requests: mode.Requests},
					})
				}
			}
		}
	}
	random := rand.New(rand.NewPCG(3, 3))
	for block := range d.Runs + d.WarmUp {
		order := slices.Clone(c.Cells)
		if !d.SameOrder {
			random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		}
		for _, cell := range order {
			c.Runs = append(c.Runs, bench.PlannedRun{Cell: cell.ID, Block: block, Iteration: block, WarmUp: block < d.WarmUp})
		}
	}
	if d.Order == "sequential" {
		slices.SortStableFunc(c.Runs, func(a, b bench.PlannedRun) int { return placeOf(c, a) - placeOf(c, b) })
	}
	for i := range c.Runs {
		c.Runs[i].ID, c.Runs[i].Position = fmt.Sprintf("r%03d", i), i
	}
	return c
}

func placeOf(c *results.Campaign, run bench.PlannedRun) int {
	return slices.IndexFunc(c.Cells, func(cell bench.Cell) bool { return cell.ID == run.Cell })
}

func (h describedHost) environment() results.Environment {
	e := results.Environment{
		System: h.System, Kernel: h.Kernel, Architecture: "arm64", CPU: h.CPU, CPUs: h.CPUs, Usable: h.Usable, Memory: 16 << 30,
		Virtualization: h.Virtualization, Container: h.Container, Load1: h.Load1,
	}
	if h.ASLR >= 0 {
		e.ASLR = &h.ASLR
	}
	if len(h.Governors) > 0 {
		e.Frequency = &environment.Frequency{Governors: h.Governors}
	}
	if h.CheriBSD {
		e.CheriBSD = &environment.CheriBSD{Configuration: h.Configuration, Product: h.Product, Settings: map[string]string{}}
		if len(h.Debugging) > 0 {
			e.CheriBSD.Debugging = h.Debugging
		}
		if h.Revocation != "" {
			e.CheriBSD.Settings["security.cheri.runtime_revocation_default"] = h.Revocation
		}
	}
	return e
}

// builder carries a described campaign out.
type builder struct {
	described
	campaign *results.Campaign
	data     *results.Data
	now      time.Time
	done     int
}

func (b *builder) note(event results.Event) {
	if !b.Events {
		return
	}
	event.Time = b.now
	b.data.Events = append(b.data.Events, event)
}

func (b *builder) carryOut() {
	for i, session := range b.Sessions {
		hosts := []results.Host{{Name: "local", Environment: b.Environment.environment()}}
		b.note(results.Event{Began: &results.Session{EaibenchSHA256: hash(session.Eaibench), Hosts: hosts, Differences: session.Differences}})
		if i == 0 {
			for _, cell := range b.campaign.Cells {
				b.compile(cell)
			}
		}
		from := b.now
		for range session.Runs {
			if b.done == len(b.campaign.Runs) || b.done == b.CarriedOut {
				break
			}
			b.run(b.campaign.Runs[b.done])
			b.done++
		}
		if i == len(b.Sessions)-1 {
			b.look()
		}
		ended := b.Environment.environment()
		ended.Kernel, ended.Load1 = b.AtTheEnd.Kernel, b.AtTheEnd.Load1
		b.note(results.Event{Ended: &results.Ending{
			Reason: results.EndReason(session.Reason), Text: session.Reason, ClockStep: int64(session.ClockStep),
			Hosts: []results.Host{{Name: "local", Environment: ended}},
		}})
		if b.now.Before(from.Add(time.Hour)) {
			b.now = b.now.Add(time.Minute)
		}
	}
}

func (b *builder) compile(cell bench.Cell) {
	mode := b.Modes[cell.Mode]
	if mode.Executable == "" {
		return
	}
	b.note(results.Event{Built: &results.Build{
		Cell: cell.ID, Mode: cell.Mode, SourceSHA256: hash(mode.Source), ExecutableSHA256: hash(mode.Executable), ExecutableSize: 100_000,
		Compiler: mode.Compiler, Command: mode.Command,
		ELF: results.ELF{ABI: mode.ABI, Flags: mode.ELFFlags, Interpreter: mode.Interpreter, FreeBSD: mode.FreeBSD, CheriBSD: mode.CheriBSD, Features: mode.Features},
	}})
}

func (b *builder) look() {
	for _, look := range b.Looks {
		width := results.Width{Cell: b.campaign.Cells[0].ID, Series: bench.ExecuteTotal(), HalfWidth: &look.HalfWidth}
		b.note(results.Event{Looked: &results.Look{Runs: look.Runs, Widths: []results.Width{width}, Inside: look.HalfWidth <= b.Until.Precision}})
	}
}

// run carries one run out, in the time that its values take.
func (b *builder) run(planned bench.PlannedRun) {
	cell := b.campaign.Cells[placeOf(b.campaign, planned)]
	mode := b.Modes[cell.Mode]
	milliseconds := b.milliseconds(mode, planned, cell.Mode)
	lasted := time.Duration(milliseconds*1e6) + 60*time.Millisecond
	run := bench.Run{
		PlannedRun: planned, Status: bench.OK, Started: b.now, Ended: b.now.Add(lasted),
		ExecutableSHA256: hash(mode.Executable), SourceSHA256: hash(mode.Source),
		ABI: mode.Attested, Compartment: mode.Compartment, OpenSSL: mode.OpenSSL, OpenSSLCPU: mode.OpenSSLCPU,
	}
	if from := mode.OtherExecutableFrom; from > 0 && planned.Iteration >= from {
		run.ExecutableSHA256 = hash("another " + mode.Executable)
	}
	if b.OverlapAt > 0 && planned.Position == b.OverlapAt {
		run.Started = run.Started.Add(-time.Second)
	}
	if every := mode.LostEvery; every > 0 && planned.Iteration%every == every-1 {
		run.Status, run.Check, run.Reason = bench.Status(mode.LostAs), "library", "libcrypto.so.30 is not what was measured"
	}
	b.now = run.Ended.Add(20 * time.Millisecond)
	samples := b.samples(cell, run, milliseconds)
	run.Mode, run.Path, run.Crypto, run.Verify, run.Processes, run.Samples = cell.Mode, cell.Path, cell.Crypto, cell.Verify, cell.Processes, len(samples)
	b.data.Runs, b.data.Samples = append(b.data.Runs, run), append(b.data.Samples, samples...)
}

// scatter is what a run is away from the others: normal scores in an order that the name draws, so that no cell has a
// trend, an outlier or a second mode by chance, and none changes with the other cells.
func (b *builder) scatter(name string, iteration int) float64 {
	n := b.Runs + b.WarmUp
	seed := fnv.New64a()
	seed.Write([]byte(name))
	order := rand.New(rand.NewPCG(seed.Sum64(), uint64(n))).Perm(n)
	return distuv.UnitNormal.Quantile((float64(order[iteration]) + 0.5) / float64(n))
}

func (b *builder) milliseconds(mode describedMode, planned bench.PlannedRun, name string) float64 {
	value := mode.Milliseconds * math.Exp(mode.Spread*b.scatter(name+" execute", planned.Iteration))
	value *= 1 + mode.Drift*float64(planned.Position)/float64(len(b.campaign.Runs))
	if planned.Iteration%2 == 1 {
		value *= 1 + mode.SecondMode
	}
	if every := mode.OutliersEvery; every > 0 && planned.Iteration%every == every-1 {
		value *= 2
	}
	if planned.Iteration < mode.From {
		value *= mode.Times
	}
	return value
}

func (b *builder) samples(cell bench.Cell, run bench.Run, milliseconds float64) []bench.Sample {
	mode := b.Modes[cell.Mode]
	var samples []bench.Sample
	add := func(series bench.Series, value float64) {
		samples = append(samples, bench.Sample{
			Time: run.Ended, Run: run.ID, Request: bench.NoRequest, Component: series.Component, Operation: series.Operation,
			Metric: series.Metric, Value: value, Unit: bench.Nanoseconds, Program: "retail", Service: series.Service,
		})
	}
	add(bench.ExecuteTotal(), milliseconds*1e6)
	add(bench.StartTotal(), 40e6*math.Exp(0.01*b.scatter(cell.Mode+" start", run.Iteration)))
	for _, step := range bench.Steps() {
		value, ok := b.Steps[step.Metric]
		if !ok {
			continue
		}
		add(bench.Series{Component: step.Component, Operation: step.Operation, Metric: step.Metric}, value)
	}
	share := mode.OtherCPU
	if every := mode.BusyEvery; every > 0 && run.Iteration%every == every-1 {
		share = 0.5
	}
	if share > 0 {
		lasted := float64(run.Ended.Sub(run.Started)) * float64(b.Environment.CPUs)
		add(bench.Series{Component: bench.Host, Operation: bench.Process, Metric: "other_cpu_time"}, share*lasted)
	}
	return samples
}

func hash(text string) string {
	if text == "" {
		return ""
	}
	return fmt.Sprintf("%x", sha256.Sum256([]byte(text)))
}

package audit_test

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"eaibench/bench"
	"eaibench/environment"
	"eaibench/internal/strictyaml"
	"eaibench/links"
	"eaibench/results"
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
	// Launcher is where the campaign's placement says that launcher and attester ran; "": there is no placement.
	Launcher string `yaml:"launcher"`
	// Controls that the scenario asked for; "" for none.
	Controls struct {
		Revocation string `yaml:"revocation"`
		BindNow    string `yaml:"bind_now"`
		CPUs       string `yaml:"cpus"`
		OpenSSL    string `yaml:"openssl"`
	} `yaml:"controls"`
	// NotReset are services that already ran, and whose data were not reset; Reset those whose data were.
	NotReset []string `yaml:"not_reset,omitempty"`
	Reset    []string `yaml:"reset,omitempty"`
	// Changed are files that were changed since the campaign was sealed.
	Changed []string `yaml:"changed,omitempty"`
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
		// LostHost is the host that is lost under the session's last run; "": none is.
		LostHost string `yaml:"lost_host,omitempty"`
		// LostService is the HOST:PORT of the store that already ran and is lost under it; "": none is.
		LostService string `yaml:"lost_service,omitempty"`
	} `yaml:"sessions"`
	Events    bool `yaml:"events"`
	OverlapAt int  `yaml:"overlap_at"` // the run that begins before the one before has ended; 0: none
	Until     struct {
		Precision float64 `yaml:"precision"` // 0: no rule
		Min       int     `yaml:"min"`
		Max       int     `yaml:"max"`
		Looks     []int   `yaml:"looks"`
	} `yaml:"until"`
	// Import is what the campaign was made of; no format: eaibench carried it out.
	Import struct {
		Format    string `yaml:"format"`
		Published string `yaml:"published"`
		Rows      int    `yaml:"rows"`
		Dropped   int    `yaml:"dropped"`
		Known     []struct {
			Check    string `yaml:"check"`
			Severity string `yaml:"severity"`
			Text     string `yaml:"text"`
			Source   string `yaml:"source"`
		} `yaml:"known"`
	} `yaml:"import"`
	Looks []struct {
		Runs      int     `yaml:"runs"`
		HalfWidth float64 `yaml:"half_width"`
	} `yaml:"looks"`
	// Links between the target, toronto, and hosts that a service each is on.
	Links []describedLink `yaml:"links"`
}

type describedLink struct {
	To        string        `yaml:"to"`
	Emulated  bool          `yaml:"emulated"`
	Unasked   bool          `yaml:"unasked,omitempty"` // the scenario says nothing of it
	Forwarded bool          `yaml:"forwarded,omitempty"`
	RTT       time.Duration `yaml:"rtt"`
	// Measured are median round trips, before the first run, after it, and after the last; 0 where none was measured.
	Measured []time.Duration `yaml:"measured"`
	// Spread is from a median to each quartile.
	Spread time.Duration `yaml:"spread"`
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
	for _, file := range d.Changed {
		b.data.NotAsSealed = append(b.data.NotAsSealed, results.Finding{File: file, Fault: results.Changed})
	}
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
	if asked := d.Controls; asked.Revocation+asked.BindNow+asked.CPUs+asked.OpenSSL != "" {
		c.Controls = &results.Controls{Revocation: asked.Revocation, CPUs: asked.CPUs, OpenSSL: asked.OpenSSL}
		if now := asked.BindNow == "true"; asked.BindNow != "" {
			c.Controls.BindNow = &now
		}
	}
	c.Placement = d.placement()
	if d.Until.Precision > 0 {
		c.Until = &results.Until{Precision: d.Until.Precision, Confidence: 0.95, Min: d.Until.Min, Max: d.Until.Max, Looks: d.Until.Looks, Metrics: []string{"execute_total"}}
	}
	c.Import = d.imported()
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

// placement is nil without links: all is on one host.
func (d described) placement() *results.Placement {
	if d.Launcher != "" {
		p := &results.Placement{Target: "ssh:board", PlayedBy: map[string]string{"board": "board"}}
		if d.Launcher == results.OnControl {
			p.Launcher = d.Launcher
		}
		return p
	}
	if len(d.Links)+len(d.NotReset)+len(d.Reset) == 0 {
		return nil
	}
	p := &results.Placement{Target: "toronto", PlayedBy: map[string]string{"toronto": "local"}}
	for i, service := range slices.Concat(d.NotReset, d.Reset) {
		p.Services = append(p.Services, results.PlacedService{
			Service: service, URL: "https://ijui.example:8441", CertificateSHA256: hash(service), NotReset: i < len(d.NotReset),
		})
	}
	for i, link := range d.Links {
		p.Services = append(p.Services, results.PlacedService{Service: fmt.Sprintf("service-%d", i), Host: link.To})
		p.PlayedBy[link.To] = link.To
		if link.Emulated {
			p.PlayedBy[link.To] = "local"
		}
		if !link.Unasked {
			p.Links = append(p.Links, results.Link{Between: [2]string{"toronto", link.To}, Emulated: link.Emulated, Asked: links.Link{RTT: link.RTT}})
		}
	}
	return p
}

// imported says what the campaign was made of, nil where that is nothing.
func (d described) imported() *results.Import {
	if d.Import.Format == "" {
		return nil
	}
	imported := &results.Import{
		Format: d.Import.Format, Series: []bench.Series{bench.ExecuteTotal(), bench.StartTotal()},
		Files: []results.ImportedFile{{Name: "published.csv", SHA256: hash("published"), Rows: d.Import.Rows, Dropped: d.Import.Dropped, Published: d.Import.Published}},
	}
	for line := range d.Import.Dropped {
		imported.Dropped = append(imported.Dropped, results.DroppedRow{File: "published.csv", Line: line + 7, Reason: "7 fields, want 6"})
	}
	for _, known := range d.Import.Known {
		imported.Known = append(imported.Known, results.Known(known))
	}
	return imported
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

func hash(text string) string {
	if text == "" {
		return ""
	}
	return fmt.Sprintf("%x", sha256.Sum256([]byte(text)))
}

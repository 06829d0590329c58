package results

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"eaibench/bench"
	"eaibench/environment"
)

// Version of the campaign folder's format.
const Version = 1

// Names in a campaign folder.
const (
	campaignFile = "campaign.json"
	samplesFile  = "samples.csv"
	runsFile     = "runs.csv"
	eventsFile   = "events.jsonl"
	logsFolder   = "logs"
	manifestFile = "MANIFEST.sha256"
	// signatureFile is beside the manifest, which cannot name it.
	signatureFile = manifestFile + ".sig"
	reportFolder  = "report"
)

// Campaign is campaign.json: what was planned, with what, and where.
type Campaign struct {
	Version int `json:"version"`
	// Name is the scenario's; Title and Description are for people.
	Name        string `json:"name"`
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
	Solution    string `json:"solution"`
	Platform    string `json:"platform"`
	// StandIn is true where no mode has CHERI's protection.
	StandIn bool `json:"stand_in"`
	// Modes are the platform's, all of them, in the order of their chain.
	Modes []Mode `json:"modes"`
	// Scenario is the file that was run, as it was.
	Scenario Scenario `json:"scenario"`
	// Seed of the order of runs; DataSeed fills the services' databases.
	Seed     uint64 `json:"seed"`
	DataSeed uint64 `json:"data_seed"`
	Order    string `json:"order"`
	// Controls are what was asked to be alike in every mode, nil where nothing was.
	Controls *Controls `json:"controls,omitempty"`
	// Until is the rule when to stop before every planned run is done, nil without one.
	Until *Until             `json:"until,omitempty"`
	Cells []bench.Cell       `json:"cells"`
	Runs  []bench.PlannedRun `json:"runs"`
	// Started is when the campaign was made.
	Started time.Time `json:"started"`
	// Versions of what took part, by name: eaibench, the compiler, OpenSSL.
	Versions map[string]string `json:"versions"`
	Hosts    []Host            `json:"hosts"`
	// Placement says where the parts ran, and what lies between; nil in a campaign of before there were several hosts.
	Placement *Placement `json:"placement,omitempty"`
	// Import says of which published files the campaign was made; nil where eaibench carried it out.
	Import *Import `json:"import,omitempty"`
}

// Until is the rule when a campaign stops, all of it declared before its first run.
type Until struct {
	// Precision that is asked, as a half-width of intervals relative to what they are
	// of: 0.02 is 2 %.
	Precision float64 `json:"precision"`
	// Confidence of these intervals, such as 0.95.
	Confidence float64 `json:"confidence"`
	// Min and Max runs of each cell, warm-up runs not counted.
	Min int `json:"min"`
	Max int `json:"max"`
	// Time after which no other block begins, ns; 0: no limit.
	Time time.Duration `json:"time_ns,omitempty"`
	// Metrics whose intervals count, as series are named on the command line.
	Metrics []string `json:"metrics"`
	// Looks are the numbers of runs of each cell at which the intervals are looked at,
	// rising, from Min to Max.
	Looks []int `json:"looks"`
}

// Controls are what a scenario holds alike over all modes; what is not there was left to platform and system.
type Controls struct {
	// Revocation of capabilities to freed memory: on or off.
	Revocation string `json:"revocation,omitempty"`
	// BindNow tells whether symbols are bound before a program begins.
	BindNow *bool `json:"bind_now,omitempty"`
	// CPUs that an integration process is bound to, such as 0-1,3.
	CPUs string `json:"cpus,omitempty"`
	// OpenSSL is the folder of the build that every mode is linked with.
	OpenSSL string `json:"openssl,omitempty"`
}

// Mode is a mode of the campaign's platform.
type Mode struct {
	bench.Mode
	// StandsFor says what the mode is, or what it is a stand-in for.
	StandsFor string `json:"stands_for,omitempty"`
}

// Scenario is the text a campaign was made from.
type Scenario struct {
	File string `json:"file"`
	Text string `json:"text"`
	// Extends are the files that it extends, in order.
	Extends []Source `json:"extends,omitempty"`
}

// Source is a file that a scenario extends, as it was.
type Source struct {
	File string `json:"file"`
	Text string `json:"text"`
}

// Environment is what may have shaped the numbers measured on a host.
type Environment = environment.Environment

// Host is a computer that took part.
type Host struct {
	Name        string      `json:"name"`
	Environment Environment `json:"environment"`
}

// Chain gives the modes as comparisons need them.
func (c *Campaign) Chain() []bench.Mode {
	chain := make([]bench.Mode, len(c.Modes))
	for i, mode := range c.Modes {
		chain[i] = mode.Mode
	}
	return chain
}

// Emulated lists the hosts, by name, whose processor was an emulator's.
func (c *Campaign) Emulated() []string {
	var names []string
	for _, host := range c.Hosts {
		if host.Environment.Emulated() {
			names = append(names, host.Name)
		}
	}
	return names
}

// FolderName names the folder of a campaign, by scenario and time in UTC.
func FolderName(scenario string, started time.Time) string {
	return scenario + "-" + started.UTC().Format("20060102T150405Z")
}

// LogFile is where a run's log is in a campaign folder.
func LogFile(folder, run string) string { return filepath.Join(folder, logsFolder, run+".log") }

// ConsoleFile is where a campaign's folder keeps what the console of a virtual machine showed.
func ConsoleFile(folder, host string) string {
	return filepath.Join(folder, logsFolder, "console-"+host+".log")
}

// ReportFolder is where what is derived from a campaign belongs. It is not part
// of the campaign's manifest.
func ReportFolder(folder string) string { return filepath.Join(folder, reportFolder) }

// Owns tells whether a folder, named absolutely and without links, belongs to a campaign's own files: it is one, or in one, and
// not in its report folder.
func Owns(folder string) bool {
	for inner := folder; ; {
		outer := filepath.Dir(inner)
		if _, err := os.Stat(filepath.Join(inner, campaignFile)); err == nil {
			return folder != ReportFolder(inner) && !strings.HasPrefix(folder, ReportFolder(inner)+string(filepath.Separator))
		}
		if outer == inner {
			return false
		}
		inner = outer
	}
}

// check refuses a plan whose rows could not be told apart.
func (c *Campaign) check() error {
	if c.Version != Version {
		return fmt.Errorf("campaign has version %d; this program reads %d", c.Version, Version)
	}
	cells := map[string]bool{}
	for _, cell := range c.Cells {
		if cell.ID == "" || cells[cell.ID] {
			return fmt.Errorf("cell %q has no id or stands twice", cell.ID)
		}
		cells[cell.ID] = true
	}
	runs := map[string]bool{}
	for _, run := range c.Runs {
		switch {
		case runs[run.ID]:
			return fmt.Errorf("run %q is planned twice", run.ID)
		case !cells[run.Cell]:
			return fmt.Errorf("run %q is of the unknown cell %q", run.ID, run.Cell)
		case run.ID == "" || filepath.Base(run.ID) != run.ID || run.ID[0] == '.':
			return fmt.Errorf("run %q cannot name a log", run.ID)
		}
		runs[run.ID] = true
	}
	if len(runs) == 0 {
		return errors.New("no run is planned")
	}
	return c.Import.check()
}

func (c *Campaign) encode() ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(c); err != nil {
		return nil, fmt.Errorf("writing %s: %w", campaignFile, err)
	}
	return text.Bytes(), nil
}

// readCampaign reads campaign.json strictly: a member that is not known comes
// from another version and would be lost.
func readCampaign(folder string) (*Campaign, error) {
	file := filepath.Join(folder, campaignFile)
	data, err := os.ReadFile(file)
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			if _, err := os.Stat(folder); err != nil {
				return nil, fmt.Errorf("reading a campaign: %w", err)
			}
			return nil, fmt.Errorf("%s is no campaign: it has no %s", folder, campaignFile)
		}
		return nil, fmt.Errorf("reading a campaign: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	campaign := new(Campaign)
	if err := decoder.Decode(campaign); err != nil {
		return nil, fmt.Errorf("reading %s: %w", file, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("reading %s: something follows the campaign", file)
	}
	if err := campaign.check(); err != nil {
		return nil, fmt.Errorf("reading %s: %w", file, err)
	}
	return campaign, nil
}

package bench

import (
	"strings"
	"time"
)

// Cell is one combination that a campaign measures. Cells that differ in Mode
// alone are comparable.
type Cell struct {
	// ID is unique in the campaign and made of what sets the cell apart.
	ID   string `json:"id"`
	Mode string `json:"mode"`
	Path string `json:"path"`
	// Crypto says whether data are sealed for who may see them: HPKE or Unsealed.
	Crypto string `json:"crypto"`
	// Verify says whether services verify a certificate at each request: Full or Cached.
	Verify string `json:"verify"`
	// Processes is how many integration processes carry a run out at once, each in a compartment of its own, from 1.
	Processes  int        `json:"processes"`
	Parameters Parameters `json:"parameters"`
}

// How data are protected on their way.
const (
	// HPKE: sealed by RFC 9180.
	HPKE = "hpke"
	// Unsealed: readable by whoever carries them; an ablation, to measure what sealing costs.
	Unsealed = "none"
)

// How services verify certificates.
const (
	// Full: everything, on each request.
	Full = "full"
	// Cached: once; an ablation, to measure what verifying costs.
	Cached = "cached"
)

// Group names what the cell has in common with those it may be compared to: its
// ID without the mode.
func (c Cell) Group() string {
	return strings.TrimPrefix(strings.TrimPrefix(c.ID, c.Mode), "-")
}

// Parameters are the run parameters that a scenario may set (the rest follow
// from the cell).
type Parameters struct {
	// Requests is how often a run carries out the solution, 1 to 1,000,000.
	Requests int `json:"requests"`
	// IntervalMS is the time from one request's start to the next's, in ms.
	IntervalMS int64 `json:"interval_ms"`
	// Arguments are the solution's own run parameters (docs/formats/solution.md).
	Arguments Arguments `json:"arguments,omitempty"`
}

// PlannedRun is one run as planned.
type PlannedRun struct {
	// ID is unique in the campaign and a name as certificates have them.
	ID string `json:"id"`
	// Cell is the id of the cell.
	Cell string `json:"cell"`
	// Block counts from 0. With order blocks each has every cell once; what it is in other orders docs/formats/scenario.md says.
	Block int `json:"block"`
	// Position is the place in the campaign's order, from 0.
	Position int `json:"position"`
	// Iteration counts the cell's runs from 0, warm-up runs among them.
	Iteration int `json:"iteration"`
	// WarmUp runs are kept and not summarised.
	WarmUp bool `json:"warm_up"`
}

// Status is how a run ended.
type Status string

// The ends of a run.
const (
	OK Status = "ok"
	// Failed: the program or a party failed, or was refused.
	Failed Status = "failed"
	// Invalid: it ran, but what the mode claims does not hold, or steps are missing.
	Invalid Status = "invalid"
	// Aborted: stopped by a limit or by a person.
	Aborted Status = "aborted"
)

// Checks of runs that a limit ended; their status is Aborted.
const (
	LimitPrefix    = "limit-" // of each
	LimitTime      = LimitPrefix + "time"
	LimitMemory    = LimitPrefix + "memory"
	LimitOutput    = LimitPrefix + "output"
	LimitProcesses = LimitPrefix + "processes"
)

// Run is a run as carried out.
type Run struct {
	PlannedRun
	Mode, Path, Crypto, Verify string
	// Processes that carried it out at once.
	Processes int
	Status    Status
	// Check names the check that failed, "" where none did.
	Check string
	// Reason says in words why Status is not ok.
	Reason string
	// Started and Ended are wall-clock times.
	Started, Ended time.Time
	// ExecutableSHA256 and SourceSHA256 are lower-case hexadecimal, "" if
	// unknown.
	ExecutableSHA256, SourceSHA256 string
	// ABI is the executable's, Compartment the kind of compartment that the attester saw the process in, "" for none: from
	// signed evidence. "" if it did not come so far.
	ABI, Compartment string
	// OpenSSL is the version of the process's library, OpenSSLCPU the processor's features that it uses, both as it says
	// itself: "N/A" is a build without assembly (OPENSSL_CPU_INFO).
	OpenSSL, OpenSSLCPU string
	// Samples is how many samples the run has.
	Samples int
}

// Counts tells whether the run's values belong into summaries.
func (r Run) Counts() bool { return r.Status == OK && !r.WarmUp }

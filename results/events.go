package results

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"eaibench/bench"
)

// Event is one line of events.jsonl: what happened to a campaign besides its runs.
// Exactly one of its members besides the time is there.
type Event struct {
	// Time by the wall clock.
	Time time.Time `json:"time"`
	// Began: an eaibench took the campaign up, at its beginning or to go on with it.
	Began *Session `json:"began,omitempty"`
	// Built: a cell's program was compiled.
	Built *Build `json:"built,omitempty"`
	// Looked: the runs so far were held against the rule when to stop.
	Looked *Look `json:"looked,omitempty"`
	// Link: a link between two hosts was measured.
	Link *LinkLook `json:"link,omitempty"`
	// Clock: how far a host's clock was from the one here was estimated.
	Clock *ClockLook `json:"clock,omitempty"`
	// Lost: something that runs need went away under one.
	Lost *Loss `json:"lost,omitempty"`
	// Ended: the eaibench let the campaign go.
	Ended *Ending `json:"ended,omitempty"`
}

// Session is an eaibench that carries runs out.
type Session struct {
	// EaibenchSHA256 is of its executable.
	EaibenchSHA256 string `json:"eaibench_sha256"`
	// Versions of what takes part, by name, as in campaign.json.
	Versions map[string]string `json:"versions"`
	Hosts    []Host            `json:"hosts"`
	// References says where the policy's reference values are from: ReferencesBuilt or ReferencesGiven; "" in a campaign that is
	// older than this member, whose were built.
	References string `json:"references,omitempty"`
	// Differences from how the campaign began, in words; of its first session none.
	Differences []string `json:"differences,omitempty"`
}

// Where reference values are from.
const (
	ReferencesBuilt = "built" // by eaibench, on the target, when the components were started
	ReferencesGiven = "given" // made before, by whoever holds the policy
)

// Build is what a cell's runs execute.
type Build struct {
	Cell string `json:"cell"`
	Mode string `json:"mode"`
	// SourceSHA256 is of every file compiled, ExecutableSHA256 of what came out.
	SourceSHA256     string `json:"source_sha256"`
	ExecutableSHA256 string `json:"executable_sha256"`
	ExecutableSize   int64  `json:"executable_size"` // bytes
	// Compiler is the first line of what it says of its version.
	Compiler string   `json:"compiler"`
	Command  []string `json:"command"`
	// ELF is what the executable's headers say.
	ELF ELF `json:"elf"`
}

// ELF is what audits need of an executable's headers (platform.ELF).
type ELF struct {
	ABI         string `json:"abi"`
	Flags       uint32 `json:"flags"`
	Interpreter string `json:"interpreter,omitempty"`
	// FreeBSD and CheriBSD are the versions it was built for; 0 without the note.
	FreeBSD  uint32 `json:"freebsd,omitempty"`
	CheriBSD uint32 `json:"cheribsd,omitempty"`
	// Features are the bits that elfctl set; 0 without the note.
	Features uint32 `json:"features,omitempty"`
}

// Look is one look at the runs so far. When there is one was declared before the
// campaign began (Campaign.Until).
type Look struct {
	// Runs of each cell that were there, warm-up runs not counted.
	Runs int `json:"runs"`
	// Widths of everything that is compared.
	Widths []Width `json:"widths"`
	// Inside is true when every width is within the precision.
	Inside bool `json:"inside"`
}

// Width is how precisely something is known.
type Width struct {
	Cell string `json:"cell"`
	// Baseline is the cell that it is compared with; "" where its median stands alone.
	Baseline string       `json:"baseline,omitempty"`
	Series   bench.Series `json:"series"`
	// HalfWidth of the interval, relative to what it is of: 0.02 is 2 %. Nil: too few
	// runs for an interval.
	HalfWidth *float64 `json:"half_width"`
}

// Loss is what went away under a run. The run has no row and no samples: what it showed until then is not of the mode that it measures.
// Whoever resumes carries it out from its beginning.
type Loss struct {
	// Run that was under way, or was to begin; "" after the last.
	Run string `json:"run,omitempty"`
	// Failed is who did: target is a host that could not be used any more, service is a service of an operator of its own that does not
	// answer any more or is another one, harness is eaibench, a part of the campaign that it started among it. A program that fails
	// loses no run: its run is kept as failed.
	Failed Side `json:"failed"`
	// Host that was lost, or on which the component ran that ended; HOST:PORT of a service that already ran.
	Host string `json:"host,omitempty"`
	// Component that ended, such as "service/store", or the service that already ran; "" where it was another part of eaibench.
	Component string `json:"component,omitempty"`
	// Text says it for people, with the component's last words.
	Text string `json:"text"`
}

// Where says for people what was lost: "host board, launcher", or "service store at ijui-1.example:8441".
func (l Loss) Where() string {
	if l.Failed == ServiceFailed {
		return strings.Replace(l.Component, "/", " ", 1) + " at " + l.Host
	}
	var parts []string
	if l.Host != "" {
		parts = append(parts, "host "+l.Host)
	}
	if l.Component != "" {
		parts = append(parts, l.Component)
	}
	return strings.Join(parts, ", ")
}

// Side is what fails besides a program.
type Side string

// The sides.
const (
	HarnessFailed Side = "harness"
	TargetFailed  Side = "target"
	ServiceFailed Side = "service"
)

// EndReason is why no more runs are carried out.
type EndReason string

// The reasons.
const (
	// EndComplete: every planned run was carried out.
	EndComplete EndReason = "complete"
	// EndPrecise: a look found every width within the asked precision.
	EndPrecise EndReason = "precise"
	// EndTime: the time that the campaign was given is over.
	EndTime EndReason = "time"
	// EndInterrupted: a person asked; the campaign can be resumed.
	EndInterrupted EndReason = "interrupted"
	// EndFailed: what surrounds the runs failed; the campaign can be resumed.
	EndFailed EndReason = "failed"
)

// Final tells whether the campaign is over for that reason: nothing is left to carry out.
func (r EndReason) Final() bool { return r == EndComplete || r == EndPrecise || r == EndTime }

// Ending is how a session ended.
type Ending struct {
	Reason EndReason `json:"reason"`
	// Text says it for people.
	Text string `json:"text"`
	// Hosts as they were at the end.
	Hosts []Host `json:"hosts,omitempty"`
	// ClockStep is by how much more the wall clock advanced during the session than the
	// monotonic clock did, ns; negative: less.
	ClockStep int64 `json:"clock_step_ns"`
}

// check refuses an event that says nothing or two things.
func (e Event) check() error {
	said := 0
	for _, there := range []bool{e.Began != nil, e.Built != nil, e.Looked != nil, e.Link != nil, e.Clock != nil, e.Lost != nil, e.Ended != nil} {
		if there {
			said++
		}
	}
	if said != 1 || e.Time.IsZero() {
		return fmt.Errorf("an event has a time and says one thing; this one says %d", said)
	}
	return nil
}

// Note appends an event. After an error that the folder itself is the cause of,
// nothing can be appended until the campaign is opened again.
func (w *Writer) Note(event Event) error {
	if w.broken != nil {
		return fmt.Errorf("noting an event: an earlier write failed: %w", w.broken)
	}
	if err := event.check(); err != nil {
		return fmt.Errorf("noting an event: %w", err)
	}
	var line bytes.Buffer
	encoder := json.NewEncoder(&line)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(event); err != nil {
		return fmt.Errorf("noting an event: %w", err)
	}
	if _, err := w.events.Write(line.Bytes()); err != nil {
		w.broken = err
		return fmt.Errorf("noting an event: %w", err)
	}
	if err := w.events.Sync(); err != nil {
		w.broken = err
		return fmt.Errorf("noting an event: %w", err)
	}
	w.noted = append(w.noted, event)
	return nil
}

// EndOf gives how the last session ended; nil where it did not say so, or there was none.
func EndOf(events []Event) *Ending {
	if len(events) == 0 {
		return nil
	}
	return events[len(events)-1].Ended
}

// Events lists what was noted, oldest first.
func (w *Writer) Events() []Event { return slices.Clone(w.noted) }

// readEvents reads events.jsonl and gives where its last whole line ends, in bytes. A
// last line without its line break was being written when the writer stopped.
func readEvents(folder string) (events []Event, end int64, err error) {
	file := filepath.Join(folder, eventsFile)
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, 0, err
	}
	for number := 1; ; number++ {
		line, rest, whole := bytes.Cut(data, []byte("\n"))
		if !whole {
			return events, end, nil
		}
		var event Event
		decoder := json.NewDecoder(bytes.NewReader(line))
		decoder.DisallowUnknownFields()
		err := decoder.Decode(&event)
		if err == nil {
			if _, more := decoder.Token(); !errors.Is(more, io.EOF) {
				err = errors.New("something follows the event")
			} else {
				err = event.check()
			}
		}
		if err != nil {
			return nil, 0, fmt.Errorf("%s:%d: %w", file, number, err)
		}
		events = append(events, event)
		end += int64(len(line)) + 1
		data = rest
	}
}

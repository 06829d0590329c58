package environment

import (
	"encoding/json"
	"time"
)

// StateFile is where eaibench keeps what it changed on a host, by its path there, until it
// has put it back.
const StateFile = "/var/lib/eaibench/tuned.json"

// BootFile has a number that the kernel draws at each start: what was set before is gone.
const BootFile = "/proc/sys/kernel/random/boot_id"

// StateVersion is of the state's format.
const StateVersion = 1

// State is the content of StateFile.
type State struct {
	Version int `json:"version"`
	// Began is when the first of the settings was changed, by the process PID.
	Began time.Time `json:"began"`
	PID   int       `json:"pid"`
	// Boot is BootFile's content then.
	Boot string `json:"boot"`
	// Changes in the order in which they were made. Those at the end may not have been
	// made yet: the state is written first.
	Changes []Change `json:"changes"`
}

// tuned reads what eaibench has changed on the host, as far as it holds.
func (o *observer) tuned() []Change {
	var state State
	if json.Unmarshal([]byte(o.read(StateFile)), &state) != nil || state.Boot != o.read(BootFile) {
		return nil
	}
	var hold []Change
	for _, change := range state.Changes {
		if Selected(o.read(change.Setting)) == change.Set {
			hold = append(hold, change)
		}
	}
	return hold
}

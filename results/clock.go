package results

import "eaibench/links"

// ClockLook is how a host's clock went while no run was under way, against that of the host on which eaibench runs. It is there for
// ordering logs: no measurement subtracts clocks of two hosts.
type ClockLook struct {
	// Host as in Campaign.Hosts.
	Host string `json:"host"`
	// When is before the session's first run or after its last.
	When Moment `json:"when"`
	// Runs that were done by then.
	Runs int `json:"runs"`
	// Estimated is nil where Failure says why nothing could be estimated.
	Estimated *links.ClockOffset `json:"estimated,omitempty"`
	Failure   string             `json:"failure,omitempty"`
}

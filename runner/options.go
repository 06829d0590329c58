package runner

import (
	"strconv"
	"time"

	"eaibench/attest"
	"eaibench/platform"
	"eaibench/results"
)

// DeploymentOptions say what a campaign needs that is started from this host. Parent, Keep, Outcome and the limits may be
// zero.
type DeploymentOptions struct {
	// Executable is eaibench itself, started once a component.
	Executable string
	// Parent is the folder in which the operator's folder is made; "" is the system's for
	// temporary files. Every user must be able to reach it.
	Parent string
	// Keep leaves the operator's folder, with the components' logs and the services' databases.
	Keep bool
	// Solution whose program is measured and whose services are started.
	Solution string
	// Target is where launcher and attester run, and sources are compiled; its zero value is this host.
	Target Place
	// Control are the flags by which launcher and attester, that then run on this host, reach the target over its host interface
	// alone; nothing of eaibench is on the target, and evidence is second-hand. nil: they run on the target.
	Control []string
	// Cross has the launcher on this host compile with a toolchain for the target; nil: the target compiles.
	Cross *platform.Toolchain
	// Services are where the digital services run, by their IDs: one that is not named runs on the target.
	Services map[string]Place
	// Platform is a profile's name or file. Modes are those that the policy accepts.
	Platform string
	Modes    []string
	// Cryptos are what processes may seal with: hpke; none is insecure.
	Cryptos []string
	// Verifies are how often services check a certificate: full; cached is insecure. None means full alone.
	Verifies []string
	// Paths are how processes may reach services: relayed, direct. With direct, compartments may
	// have their host's network.
	Paths []string
	// LongestPauses is how long a run waits between its requests, at most, all together.
	LongestPauses time.Duration
	// DataSeed decides the services' data and drawn outcomes.
	DataSeed uint64
	// Outcome is what the simulated person does; "" is the solution's default.
	Outcome string
	// SilenceLimit is how long a service waits for a silent person; 0: the service's default.
	SilenceLimit time.Duration
	Limits       Limits
	// Placement says on which hosts the parts run, and what lies between them; nil: all on this one.
	Placement *results.Placement
	// Controls are alike in every mode.
	Controls platform.Controls
	// References are what the policy takes in place of a build made at the start; nil: it is made.
	References []attest.Reference
	// Operator is the folder of an operator that outlives campaigns, with root CA, attester's key and policy; "": all of it is made
	// for this campaign alone.
	Operator string
	// Running are the digital services that already run, as FindRunning found them; they are not started.
	Running []Running
}

// Limits of each run; 0: the launcher's or the platform's default.
type Limits struct {
	Time      time.Duration // besides the intervals between requests
	Memory    int64         // bytes
	Processes int64         // and threads
	Output    int64         // bytes
}

// flags are the launcher's.
func (l Limits) flags() []string {
	var flags []string
	if l.Time > 0 {
		flags = append(flags, "--time-limit", l.Time.String())
	}
	for _, limit := range []struct {
		flag  string
		value int64
	}{{"--memory-limit", l.Memory}, {"--process-limit", l.Processes}, {"--output-limit", l.Output}} {
		if limit.value > 0 {
			flags = append(flags, limit.flag, strconv.FormatInt(limit.value, 10))
		}
	}
	return flags
}

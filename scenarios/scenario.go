package scenarios

import (
	"time"

	"eaibench/bench"
	"eaibench/integration_process"
	"eaibench/scenarios/figure"
)

// Version of the scenario file's format.
const Version = 1

// Scenario is what one campaign measures.
type Scenario struct {
	// Version of the format: 1.
	Version int `yaml:"version"`
	// Name of the scenario, a name as certificates have them; it begins the
	// campaign folder's name.
	Name string `yaml:"name"`
	// Title is one line for figures and tables, the name by default; Description says what is asked.
	Title       string `yaml:"title,omitempty"`
	Description string `yaml:"description,omitempty"`
	// Solution that is carried out.
	Solution string `yaml:"solution"`
	// Platform is the name of a shipped platform profile or the path of one; in the file, the path
	// starts from the scenario's folder.
	Platform string `yaml:"platform"`
	// Modes of the platform that are compared; they may stand in Matrix as mode instead.
	Modes []string `yaml:"modes,omitempty"`
	// Path to the services: relayed, the default, or direct.
	Path string `yaml:"path,omitempty"`
	// Runs of each cell that count, 1 to 10,000.
	Runs int `yaml:"runs,omitempty"`
	// Until takes the place of Runs: as many as a precision needs.
	Until *Until `yaml:"until,omitempty"`
	// WarmUp runs of each cell before those that count, 0 to 1,000 and 1 by default, are
	// kept and not summarised.
	WarmUp int `yaml:"warm_up,omitempty"`
	// Order of the runs: blocks, the default, random, or sequential, which is flagged.
	Order Order `yaml:"order,omitempty"`
	// Seed of the order; 1 is the default.
	Seed uint64 `yaml:"seed,omitempty"`
	// Parameters of each run.
	Parameters Parameters `yaml:"parameters,omitempty"`
	// Matrix gives parameters several values; every combination is a cell.
	Matrix Matrix `yaml:"matrix,omitempty"`
	// Target is the host on which launcher and attester run and sources are compiled: local, the default, NAME, ssh:NAME or qemu:NAME.
	Target Target `yaml:"target,omitempty"`
	// Launcher says where launcher and attester run, where that is not the target.
	Launcher Launcher `yaml:"launcher,omitempty"`
	// Compile says where sources are compiled, where that is not the target.
	Compile Compile `yaml:"compile,omitempty"`
	// Hosts are names that the scenario uses for hosts, and what plays each: local, or a host of the inventory.
	Hosts Hosts `yaml:"hosts,omitempty"`
	// Services says how the digital services behave, and where they are.
	Services Services `yaml:"services,omitempty"`
	// Links between hosts: emulated where this host plays both, else real ones, to which nothing is added.
	Links []Link `yaml:"links,omitempty"`
	// Limits of each run.
	Limits Limits `yaml:"limits,omitempty"`
	// Revocation of capabilities to freed memory, on or off in every mode; the system's default if it is not given.
	Revocation string `yaml:"revocation,omitempty"`
	// BindNow tells whether every mode's symbols are bound before the program begins, or each when it is first used; the
	// platform's profile if it is not given.
	BindNow *bool `yaml:"bind_now,omitempty"`
	// CPUs that the integration process is bound to in every mode, such as "0-1,3"; all if it is not given.
	CPUs string `yaml:"cpus,omitempty"`
	// OpenSSL is the folder, absolute on the target, of a build that every mode is linked with; the system's if it is not
	// given.
	OpenSSL string `yaml:"openssl,omitempty"`
	// Figures that are drawn of the campaign; those of every scenario if it is not given (docs/figures.md).
	Figures figure.Entries `yaml:"figures,omitempty"`

	// Sources are the files it was read from: its own, and behind it what that extends.
	Sources []Source `yaml:"-"`

	// counts are the keys that say how many runs there are, of runs and until: those that the file has.
	counts []string
	// platformFile is the file that names the platform.
	platformFile string
	// declared are the solution's own run parameters; empty where the solution is not known.
	declared integration_process.RunParameters
}

// Source is one file of a scenario.
type Source struct{ File, Text string }

// Order of runs.
type Order string

// The orders. Warm-up runs are the first of their cell in each.
const (
	// Blocks: each block has every cell once, in an order drawn from the seed, so that whatever
	// disturbs the machine for a while disturbs every cell alike.
	Blocks Order = bench.OrderBlocks
	// Random: warm-up runs in blocks, then all others in one order drawn from the seed.
	Random Order = bench.OrderRandom
	// Sequential: cell after cell. Whatever changes meanwhile looks like a difference of cells.
	Sequential Order = bench.OrderSequential
)

// Parameters of a run.
type Parameters struct {
	// Requests is how often a run carries out the solution, 1 to 1,000,000; the
	// default is 1.
	Requests int `yaml:"requests,omitempty"`
	// Interval from one request's start to the next's, 0s to 1h in whole
	// milliseconds; the default is 0s.
	Interval time.Duration `yaml:"interval,omitempty"`
	// Crypto that seals the data: hpke, the default, or none, insecure, to
	// measure what it costs.
	Crypto string `yaml:"crypto,omitempty"`
	// Verify says whether services verify a certificate at each request: full, the
	// default, or cached, to measure what verifying costs.
	Verify string `yaml:"verify,omitempty"`
	// Processes that carry a run out at once, each in a compartment of its own, 1
	// to 64; the default is 1.
	Processes int `yaml:"processes,omitempty"`
	// Arguments are the solution's own parameters.
	Arguments Arguments `yaml:",inline"`
}

// Matrix lists several values of parameters. What it lists must not stand in
// Parameters, Path or Modes too.
type Matrix struct {
	Mode      []string        `yaml:"mode,omitempty"`
	Path      []string        `yaml:"path,omitempty"`
	Crypto    []string        `yaml:"crypto,omitempty"`
	Verify    []string        `yaml:"verify,omitempty"`
	Requests  []int           `yaml:"requests,omitempty"`
	Interval  []time.Duration `yaml:"interval,omitempty"`
	Processes []int           `yaml:"processes,omitempty"`
	// Arguments are lists of the solution's own parameters.
	Arguments ArgumentLists `yaml:",inline"`
	// Include adds cells beside the combinations; what a choice does not name has the scenario's single value, or the default.
	Include []Choice `yaml:"include,omitempty"`
	// Exclude takes away the combinations that have every value of a choice.
	Exclude []Choice `yaml:"exclude,omitempty"`
}

// Choice names values by key: mode, path, crypto, verify, requests, interval,
// processes or a parameter of the solution.
type Choice map[string]Word

// Services says how the digital services behave, and where they are.
type Services struct {
	// Seed fills the databases, the same way each time; the default is 1.
	Seed uint64 `yaml:"seed,omitempty"`
	// Outcome of asking a simulated person, as the solution names it, or seeded;
	// the default is the solution's.
	Outcome string `yaml:"outcome,omitempty"`
	// SilenceLimit is how long a service waits for a person who is silent, up to
	// 1m; the default is the service's.
	SilenceLimit time.Duration `yaml:"silence_limit,omitempty"`
	// Places of services, by their names; a service that is not placed is on the target.
	Places ServicePlaces `yaml:",inline"`
}

// Limits of a run; 0 is the launcher's default.
type Limits struct {
	// Time a run may take besides its intervals, 1ms to 24h.
	Time time.Duration `yaml:"time,omitempty"`
	// Memory of a run's processes together, from 4MiB.
	Memory Size `yaml:"memory,omitempty"`
	// Processes and threads of a run together, 1 to 32,768.
	Processes int `yaml:"processes,omitempty"`
	// Output that a run may write to its log, from 1KiB.
	Output Size `yaml:"output,omitempty"`
}

// withDefaults is a scenario of a solution, with these run parameters and services, that says nothing yet.
func withDefaults(declared integration_process.RunParameters, services []string) Scenario {
	return Scenario{
		Path: bench.Relayed, WarmUp: 1, Order: Blocks, Seed: 1,
		Parameters: Parameters{
			Requests: 1, Crypto: bench.HPKE, Verify: bench.Full, Processes: 1, Arguments: Arguments{declared: declared},
		},
		Matrix:   Matrix{Arguments: ArgumentLists{declared: declared}},
		Target:   Target{Name: LocalHost},
		Launcher: Launcher{Place: OnTarget}, Compile: Compile{Place: OnTarget},
		Services: Services{Seed: 1, Places: ServicePlaces{names: services}}, declared: declared,
	}
}

// modes are those compared, wherever they stand.
func (s *Scenario) modes() []string {
	if len(s.Matrix.Mode) > 0 {
		return s.Matrix.Mode
	}
	return s.Modes
}

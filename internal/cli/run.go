package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/urfave/cli/v2"

	"eaibench/bench"
	"eaibench/platform"
	"eaibench/results"
	"eaibench/runner"
	"eaibench/scenarios"
)

func runCommand() *cli.Command {
	return &cli.Command{
		Name:      "run",
		Usage:     "carry a scenario out, on this host or on another: table and figure",
		UsageText: "eaibench run SCENARIO [--target HOST] [--hosts FILE] [--only KEY=VALUE,...] [--out DIR] [--reuse] [--operator DIR] [--references FILE] [--tune] [--sign FILE] [--keep] [--quiet] [--json]\neaibench run --resume DIR [SCENARIO] [--hosts FILE] [--despite-changes] [--operator DIR] [--references FILE] [--tune] [--sign FILE] [--keep] [--quiet] [--json]",
		Description: `SCENARIO is a file, or the name of one that comes with eaibench, such as smoke. It runs on the
target that it names, or that --target names, a host of the inventory (--hosts); else on this
host.

Starts root CA, attester, digital services and launcher as processes of their own, with keys
made for this campaign: the root CA on this host, the others on the target, or where the scenario
puts them. Compiles the program once a mode, carries the runs out in the plan's order, and leaves
nothing running on any host. Where the scenario says until, no more runs begin once its
intervals are as narrow as asked. The campaign's folder, DIR/SCENARIO-TIME, has every raw
sample; its report folder the figure. A run that fails is recorded, and the next one begins.

Ctrl-C stops after the run in hand, a second one at once. Runs that were done are kept, and
--resume goes on with the campaign as it was planned, even if eaibench was killed: runs that are
kept are not repeated. A SCENARIO given with it must be the campaign's, and so must eaibench,
the compiler, the libraries and the platform's profile: runs of two programs are not mixed. What
else has changed on a host is said, and refused without --despite-changes, which records it.

--tune sets this host for measuring, where it is the target, as "eaibench doctor" proposes:
frequency governors, turbo, transparent huge pages, as far as they can be set. What they were is
kept on the disk first, and they are put back at the end, at Ctrl-C, and after a kill by the next
"eaibench run" or "eaibench doctor --restore". The campaign records what was changed. Nothing is
changed without it.

--reuse carries nothing out where the folder of --out has a whole campaign that measured the
same: a scenario that differs in title, description and figures alone is the same. Where it has
one that was interrupted, that one is gone on with, as by --resume; where that is refused, it is
said why, and a new one begins.

--references names what "eaibench attest reference" printed: the policy then has these reference
values, made where and when their maker trusts the compiler, in place of those of a build at the
start. Runs of a program that is compiled to anything else are refused.

--operator names the folder that "eaibench ca operator" made: its root CA certifies what is
started, its policy says what is accepted, in place of those made for this campaign. Services
that already run (services: {store: {url: …}}) need it, since they trust that root. Each is asked
first, from the target, whether it is there, well, and certified by that root. Where the folder
has no services/SERVICE/token, nobody can reset the service's data between runs: the campaign
says so, and so do summary and audit.

A host that is lost, a component that ends, or a service that already ran and does not answer any
more, ends the campaign with 1: the run under it is not kept, and --resume carries it out.

Ends with 0 when every run is ok, 1 when one is not or a host or service could not be used, 2 on
bad input, such as a wrong scenario or inventory (nothing was started), 4 when interrupted.

EXAMPLES:
   eaibench run scenarios/smoke.yaml --out out
   eaibench run bench --only mode=hybrid
   eaibench run bench --keep
   eaibench run retail-modes --tune --sign signing.pem
   eaibench run --resume out/smoke-20260131T120000Z`,
		Flags: []cli.Flag{
			onlyFlag(),
			&cli.StringFlag{Name: "out", Value: "out", Usage: "folder `DIR` in which the campaign's folder is made"},
			targetFlag(),
			hostsFlag(),
			operatorFlag(),
			campaignReferencesFlag(),
			tuneFlag(),
			&cli.BoolFlag{Name: "keep", Usage: "keep the components' folder: their logs, the services' databases, certificates, policy"},
			&cli.BoolFlag{Name: "reuse", Usage: "give the newest whole campaign of the same scenario in the folder of --out, or go on with the newest interrupted one, in place of a new one"},
			&cli.StringFlag{Name: "resume", Usage: "go on with the interrupted campaign in `DIR`"},
			&cli.BoolFlag{Name: "despite-changes", Usage: "with --resume: go on although a host has changed, and record in what"},
			&cli.StringFlag{Name: "sign", Usage: "sign the complete campaign with the Ed25519 private key in `FILE`, as the command sign does"},
			&cli.BoolFlag{Name: "quiet", Usage: "say nothing of runs that are ok while they are carried out"},
			&cli.BoolFlag{Name: "json", Usage: "print how it went as JSON instead of the table"},
		},
		Action: func(c *cli.Context) error {
			if c.IsSet("resume") {
				return resumeAsked(c)
			}
			if err := noMoreArguments(c, "SCENARIO"); err != nil {
				return err
			}
			if c.IsSet("despite-changes") {
				return badInput("--despite-changes is for a campaign that goes on, with --resume")
			}
			scenario, err := scenarios.Load(c.Args().First())
			if err != nil {
				return badInput("%w", err)
			}
			if err := needsOperator(c, scenario); err != nil {
				return err
			}
			places, err := findPlaces(c, scenario)
			if err != nil {
				return err
			}
			profile, err := places.profile()
			if err != nil {
				return err
			}
			if c.Bool("tune") && !places.targetHere() {
				return badInput("--tune sets this host, and the target is %s: `eaibench doctor --target %s` says what to set there", scenario.Target, scenario.Target)
			}
			plan, err := planOf(c, scenario)
			if err != nil {
				return err
			}
			if c.Bool("reuse") {
				if done, err := reuse(c, scenario, plan); done {
					return err
				}
			}
			return runScenario(c, scenario, places, plan, profile)
		},
	}
}

// ranScenario is what a script learns about a campaign.
type ranScenario struct {
	Folder     string         `json:"folder"`
	Runs       int            `json:"runs"`             // planned
	Outcome    runner.Outcome `json:"outcome"`          // how many ended how
	Complete   bool           `json:"complete"`         // nothing is left to carry out
	Reused     bool           `json:"reused,omitempty"` // by --reuse, in place of a new one
	Ended      *ending        `json:"ended,omitempty"`
	Summary    string         `json:"summary,omitempty"` // the file that has what `eaibench summary` says
	Figures    []string       `json:"figures,omitempty"`
	Components string         `json:"components,omitempty"` // the folder kept with --keep
}

func runScenario(c *cli.Context, scenario *scenarios.Scenario, places *places, plan scenarios.Plan, profile *platform.Profile) (err error) {
	unmake, err := makeOut(c.String("out"))
	if err != nil {
		return badInput("%w", err)
	}
	defer func() {
		if err != nil {
			unmake()
		}
	}()
	key, err := signingKey(c)
	if err != nil {
		return err
	}
	references, err := givenFiles(c)
	if err != nil {
		return err
	}
	if err := places.checkHere(c.Context); err != nil {
		return failedUnlessInterrupted(c.Context, "looking at this host", err)
	}
	restore, err := tuned(c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, restore()) }()
	defer func() { err = errors.Join(err, closed(places)) }()
	is, err := reached(c, places)
	if err != nil {
		return err
	}
	running, err := findRunning(c, places)
	if err != nil {
		return err
	}
	started := time.Now()
	campaign := planned(scenario, plan, profile, is, started)
	campaign.Placement.Services = placedRunning(campaign.Placement.Services, running)
	show := newDisplay(c.App.ErrWriter, c.Bool("quiet"), campaign, nil)
	show.note("%s: %s of %s; starting root CA, attester, services and launcher", scenario.Name,
		countedRuns(len(campaign.Runs), campaign.Until != nil), counted(len(campaign.Cells), "cell"))
	if caution := bench.OrderCaution(campaign.Order); caution != "" {
		show.say("%s", caution)
	}
	return carryOut(c, carriedOut{
		scenario: scenario, places: places, running: running, profile: profile, campaign: campaign, show: show, key: key, references: references,
		session: results.Session{Versions: campaign.Versions, Hosts: campaign.Hosts},
		open: func() (*results.Writer, error) {
			return results.Create(filepath.Join(c.String("out"), results.FolderName(scenario.Name, started)), campaign)
		},
	})
}

// reached reaches the hosts that take part, starts virtual machines, and asks all what they are.
func reached(c *cli.Context, places *places) (is described, err error) {
	if err := places.start(c.Context); err != nil {
		return is, failedUnlessInterrupted(c.Context, "reaching the hosts", err)
	}
	if is, err = places.describe(c.Context, false); c.Context.Err() != nil {
		return is, interrupted("%w", context.Cause(c.Context))
	}
	if err == nil && c.IsSet("operator") {
		err = addPolicy(is.Versions, c.String("operator"))
	}
	return is, err
}

// closed ends what was reached.
func closed(places *places) error {
	if err := places.close(); err != nil {
		return failed("leaving the hosts: %w", err)
	}
	return nil
}

// countedRuns says how many runs are planned, which are the most there may be where there is a rule when to stop.
func countedRuns(n int, until bool) string {
	if until {
		return "at most " + counted(n, "run")
	}
	return counted(n, "run")
}

// makeOut makes the folder for campaigns and tries to write into it, before anything is started. The function returned removes again
// what was made of it, as far as nothing is in it.
func makeOut(folder string) (unmake func(), err error) {
	var made []string // the innermost first
	for at := filepath.Clean(folder); ; at = filepath.Dir(at) {
		if _, err := os.Stat(at); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		made = append(made, at)
	}
	remove := func() {
		for _, one := range made {
			_ = os.Remove(one) // It may have something in it by now, and stays then.
		}
	}
	defer func() {
		if err != nil {
			remove()
		}
	}()
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("making the folder that --out names: %w", err)
	}
	trial, err := os.MkdirTemp(folder, ".trial-")
	if err != nil {
		return nil, fmt.Errorf("writing into the folder that --out names: %w", err)
	}
	if err := os.Remove(trial); err != nil {
		return nil, fmt.Errorf("removing from the folder that --out names: %w", err)
	}
	return remove, nil
}

package cli

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"eaibench/results"
	"eaibench/runner"
	"eaibench/scenarios"
)

func operatorFlag() cli.Flag {
	return &cli.StringFlag{Name: "operator", Usage: "folder `DIR` with a root CA, attester's key and policy that outlive campaigns, as `eaibench ca operator` makes it"}
}

// addPolicy adds to the versions of what takes part the policy of a lasting operator, which names its attester's key: runs under another one
// do not belong to the same campaign.
func addPolicy(versions map[string]string, operator string) error {
	text, err := os.ReadFile(filepath.Join(operator, runner.PolicyFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // What else is missing is said where the folder is used.
	}
	if err != nil {
		return badInput("--operator %s: reading its policy: %w", operator, err)
	}
	versions["policy"] = fmt.Sprintf("SHA-256 %x", sha256.Sum256(text))
	return nil
}

// needsOperator refuses services that already run where the folder of who certified them is not named.
func needsOperator(c *cli.Context, scenario *scenarios.Scenario) error {
	running := scenario.RunningServices()
	if len(running) == 0 || c.IsSet("operator") {
		return nil
	}
	names := slices.Sorted(maps.Keys(running))
	return badInput("services that already run (%s) trust a root CA of their own: --operator DIR names its folder, which `eaibench ca operator` makes",
		strings.Join(names, ", "))
}

// findRunning asks the services that already run, from the target. Nothing has been run. What is wrong with one that answers is bad
// input, such as its address; one that does not answer cannot be used, as a host that is not reached.
func findRunning(c *cli.Context, places *places) ([]runner.Running, error) {
	services := places.scenario.RunningServices()
	if len(services) == 0 {
		return nil, nil
	}
	found, err := runner.FindRunning(c.Context, runner.Finding{
		Target: places.place(scenarios.TargetHost), Operator: c.String("operator"), Solution: places.scenario.Solution, Services: services,
	})
	fault := new(runner.RunningFault)
	switch {
	case err == nil:
		return found, nil
	case c.Context.Err() == nil && errors.Is(err, runner.ErrOperator):
		return nil, badInput("--operator %s: %w", c.String("operator"), err)
	case c.Context.Err() == nil && runner.Unanswered(err):
		return nil, failed("%s failed: %w", results.ServiceFailed, err)
	case c.Context.Err() == nil && errors.As(err, &fault):
		return nil, badInput("%w", err)
	}
	return nil, failedUnlessInterrupted(c.Context, "asking the services that already run", err)
}

// placedRunning adds to the places of services what those showed that already run; without places, it gives that alone.
func placedRunning(places []results.PlacedService, running []runner.Running) []results.PlacedService {
	for _, one := range running {
		shown := results.PlacedService{Service: one.ID, URL: one.URL, CertificateSHA256: one.CertificateSHA256, NotReset: !one.Resets()}
		at := slices.IndexFunc(places, func(p results.PlacedService) bool { return p.Service == one.ID })
		if at < 0 {
			places = append(places, shown)
			continue
		}
		places[at] = shown
	}
	return places
}

// runningOf are the services of a placement that already ran.
func runningOf(p *results.Placement) (running []results.PlacedService) {
	if p == nil {
		return nil
	}
	for _, service := range p.Services {
		if service.Runs() {
			running = append(running, service)
		}
	}
	return running
}

// runningSentences say where services already ran, and whose data were not reset.
func runningSentences(running []results.PlacedService) []string {
	var places, kept []string
	for _, service := range running {
		places = append(places, service.Service+" at "+service.URL)
		if service.NotReset {
			kept = append(kept, service.Service)
		}
	}
	var sentences []string
	if len(places) > 0 {
		sentences = append(sentences, "Services that already ran: "+strings.Join(places, ", ")+".")
	}
	if len(kept) > 0 {
		sentences = append(sentences, "Data that were not reset between runs, for want of the service's token: "+strings.Join(kept, ", ")+".")
	}
	return sentences
}

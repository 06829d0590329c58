package cli

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"eaibench/attest"
	"eaibench/integration_process"
	"eaibench/runner"
	"eaibench/scenarios"
)

func caOperatorCommand() *cli.Command {
	return &cli.Command{
		Name:      "operator",
		Usage:     "make the folder of an operator for services that run before campaigns do, and after them",
		ArgsUsage: "SCENARIO",
		UsageText: "eaibench ca operator SCENARIO --out DIR [--target HOST] [--hosts FILE] [--references FILE]",
		Description: `SCENARIO says at which addresses services already run, or will: services: {store: {url: …}}.

Makes DIR with a root CA (ca), an attester's key (attester), and policy.yaml, which accepts what
SCENARIO measures: its modes, paths, crypto, and the program as it is compiled on the target.
--references names what "eaibench attest reference" printed there, in place of a build now. For
each such service, DIR/services/SERVICE has what its own operator gets: keys and certificate for
the address, the token that admits to a reset, root.pem and policy.yaml. The command to start it
is printed.

Whoever makes DIR can read the services' private keys. Keep ca and attester to yourself; without
services/SERVICE/token, the service's data are not reset between runs.

EXAMPLES:
   eaibench ca operator mine.yaml --out operator
   eaibench ca operator mine.yaml --out operator --target ssh:board --references references.yaml`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "out", Required: true, Usage: "folder `DIR` that is made"},
			targetFlag(), hostsFlag(), campaignReferencesFlag(),
		},
		Action: runCAOperator,
	}
}

func runCAOperator(c *cli.Context) (err error) {
	if err := noMoreArguments(c, "SCENARIO"); err != nil {
		return err
	}
	scenario, err := scenarios.Load(c.Args().First())
	if err != nil {
		return badInput("%w", err)
	}
	services := scenario.RunningServices()
	if len(services) == 0 {
		return badInput("%s: every service is started for the campaign, which makes a root CA of its own; services: {SERVICE: {url: https://HOST:PORT}} says where one already runs",
			c.Args().First())
	}
	if err := checkNew(c.String("out")); err != nil {
		return err
	}
	places, err := findPlaces(c, scenario)
	if err != nil {
		return err
	}
	if _, err := places.profile(); err != nil {
		return err
	}
	references, err := givenReferences(c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closed(places)) }()
	if err := places.start(c.Context); err != nil {
		return failedUnlessInterrupted(c.Context, "reaching the hosts", err)
	}
	options := deploymentOptions(scenario, scenario.Plan(nil), places.own, false)
	options.Target, options.References = places.place(scenarios.TargetHost), references
	var certified []runner.RunningService
	for _, id := range slices.Sorted(maps.Keys(services)) {
		certified = append(certified, runner.RunningService{ID: id, Host: addressOf(services[id]).Hostname()})
	}
	if err := runner.MakeOperator(c.Context, options, certified, c.String("out")); err != nil {
		return notStarted(c, err)
	}
	if err := printOperator(c.App.Writer, c.String("out"), scenario, options); err != nil {
		return failed("printing what is to be done: %w", err)
	}
	return nil
}

// checkNew refuses a folder that has something in it.
func checkNew(folder string) error {
	entries, err := os.ReadDir(folder)
	switch {
	case err == nil && len(entries) > 0:
		return badInput("%s is there and not empty: services trust the root CA in it, so name another folder, or remove it", folder)
	case err != nil && !os.IsNotExist(err):
		return badInput("%w", err)
	}
	return nil
}

// addressOf reads an address that the scenario's check has taken.
func addressOf(text string) *url.URL {
	address, err := url.Parse(text)
	if err != nil {
		return new(url.URL)
	}
	return address
}

// printOperator says who gets what, and how each service is started.
func printOperator(w io.Writer, folder string, scenario *scenarios.Scenario, options runner.DeploymentOptions) error {
	solution, err := integration_process.LoadSolution(scenario.Solution)
	if err != nil {
		return err
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s is made. Keep it, and the keys in ca and attester secret. A campaign is carried out with\n\n   eaibench run %s --operator %s\n",
		folder, shellWord(scenario.Sources[0].File), shellWord(folder))
	services := scenario.RunningServices()
	for _, service := range solution.Services {
		if services[service.Name] == "" {
			continue
		}
		command := startingService(service, addressOf(services[service.Name]), options)
		fmt.Fprintf(&text, "\nGive %s to the host of %s. There it is started with\n\n   %s\n",
			filepath.Join(folder, "services", service.Name), services[service.Name], strings.ReplaceAll(shellCommand(command), "\n", "\n   "))
	}
	_, err = io.WriteString(w, text.String())
	return err
}

// startingService is the command that starts a service, beside its folder, as the scenario would start it.
func startingService(service integration_process.Service, address *url.URL, options runner.DeploymentOptions) []string {
	listen := ":" + address.Port()
	if ip := net.ParseIP(address.Hostname()); ip != nil && ip.IsLoopback() {
		listen = address.Host
	}
	id := service.Name
	command := []string{
		"eaibench", "service", id, "--data", id, "--root-ca", id + "/root.pem", "--policy", id + "/policy.yaml", "--listen", listen,
		"--solution", options.Solution, "--seed", strconv.FormatUint(options.DataSeed, 10),
	}
	if service.Write != nil && service.Write.Person != nil {
		if options.Outcome != "" {
			command = append(command, "--outcome", options.Outcome)
		}
		if options.SilenceLimit > 0 {
			command = append(command, "--silence-limit", options.SilenceLimit.String())
		}
	}
	if slices.Contains(options.Cryptos, string(attest.None)) {
		command = append(command, "--allow-crypto-none")
	}
	if slices.Contains(options.Verifies, string(attest.Cached)) {
		command = append(command, "--allow-verify-cached")
	}
	return command
}

package cli

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/urfave/cli/v2"

	"eaibench/bench"
	"eaibench/results"
	"eaibench/scenarios"
)

func onlyFlag() cli.Flag {
	return &cli.StringSliceFlag{
		Name:  "only",
		Usage: "keep the cells with `KEY=VALUE,...`, such as mode=hybrid,path=direct; a key named twice may have either value",
	}
}

// planOf expands the scenario to what --only keeps.
func planOf(c *cli.Context, scenario *scenarios.Scenario) (scenarios.Plan, error) {
	if !c.IsSet("only") {
		return scenario.Plan(nil), nil
	}
	only, err := scenario.ParseSelection(c.StringSlice("only"))
	if err != nil {
		return scenarios.Plan{}, badInput("%w", err)
	}
	return scenario.Plan(only), nil
}

func planCommand() *cli.Command {
	return &cli.Command{
		Name:  "plan",
		Usage: "show what a scenario would run, and about how long that takes",
		UsageText: "eaibench plan SCENARIO [--target HOST] [--only KEY=VALUE,...] [--runs] [--verbose] [--json]\n" +
			"eaibench plan --target HOST --verbose [--json]",
		Description: `Prints the scenario's cells, how many runs there are and in which order, and an estimate of the
time. Nothing is started. The estimate supposes times as on a small machine; a machine that is
slower, as an emulated one is, or runs that wait for a silent person, take longer. What virtual
machines take to start is not in it.

--verbose says besides how the target and each other host is reached, and prints the very
command that would start a virtual machine. Without SCENARIO it says that of the target alone.
qemu:morello and qemu:debian need no inventory for this: without one, the values of the preset
are printed, and the inventory to write.

EXAMPLES:
   eaibench plan scenarios/smoke.yaml
   eaibench plan bench --only mode=hybrid --runs
   eaibench plan smoke --target qemu:morello --verbose
   eaibench plan --target qemu:morello --verbose`,
		Flags: []cli.Flag{
			onlyFlag(),
			targetFlag(),
			hostsFlag(),
			&cli.BoolFlag{Name: "runs", Usage: "list every run, in order"},
			&cli.BoolFlag{Name: "verbose", Usage: "say how each host is reached, and print the command that would start a virtual machine"},
			&cli.BoolFlag{Name: "json", Usage: "print cells, runs and the estimate as JSON"},
		},
		Action: func(c *cli.Context) error {
			if c.NArg() == 0 && c.IsSet("target") && !c.Bool("verbose") {
				return misuse("eaibench plan needs SCENARIO, or --verbose to say how the target is reached; `eaibench plan --help` explains it")
			}
			if c.NArg() == 0 && c.IsSet("target") && c.Bool("verbose") {
				return planTargetAlone(c)
			}
			if err := noMoreArguments(c, "SCENARIO"); err != nil {
				return err
			}
			scenario, err := scenarios.Load(c.Args().First())
			if err != nil {
				return badInput("%w", err)
			}
			var found *plannedHosts
			if c.IsSet("target") || c.Bool("verbose") {
				if found, err = planHosts(c, scenario); err != nil {
					return err
				}
			}
			plan, err := planOf(c, scenario)
			if err != nil {
				return err
			}
			if err := printPlan(c, scenario, plan, found); err != nil {
				return failed("printing the plan: %w", err)
			}
			return nil
		},
	}
}

// planTargetAlone says of a target, without a scenario, how it is reached.
func planTargetAlone(c *cli.Context) error {
	if c.IsSet("only") || c.Bool("runs") {
		return misuse("--only and --runs are of a scenario: `%s --help` explains it", c.Command.HelpName)
	}
	found, err := planHosts(c, nil)
	if err != nil {
		return err
	}
	if c.Bool("json") {
		return writeJSON(c.App.Writer, found)
	}
	return found.write(c.App.Writer)
}

// shownPlan is what a script learns about a plan.
type shownPlan struct {
	Scenario string             `json:"scenario"`
	Cells    []bench.Cell       `json:"cells"`
	Runs     []bench.PlannedRun `json:"runs"`
	// Until is the rule when to stop; then runs are the most there may be, and the estimate is of them.
	Until   *results.Until `json:"until,omitempty"`
	Seconds float64        `json:"estimated_seconds"`
	// AtLeast is of the fewest that there may be.
	AtLeast float64 `json:"estimated_seconds_at_least,omitempty"`
	// LeavesOut are the virtual machines whose start the estimates leave out.
	LeavesOut []string `json:"estimated_without_start_of,omitempty"`
	// Placement says where the parts run, and what lies between them.
	Placement *results.Placement `json:"placement"`
	// Placed is how the hosts are reached, with --verbose.
	Placed *plannedHosts `json:"placed,omitempty"`
}

// printPlan prints a plan, and where it runs if that is asked for.
func printPlan(c *cli.Context, scenario *scenarios.Scenario, plan scenarios.Plan, found *plannedHosts) error {
	machines := virtualMachines(c, scenario, found)
	if !c.Bool("verbose") {
		found = nil
	}
	if c.Bool("json") {
		shown := shownPlan{
			Scenario: scenario.Name, Cells: plan.Cells, Runs: plan.Runs, Until: untilOf(scenario.Until), Seconds: plan.Estimate().Seconds(),
			LeavesOut: machines, Placement: placementOf(scenario), Placed: found,
		}
		if scenario.Until != nil {
			shown.AtLeast = plan.Blocks(scenario.WarmUp + scenario.Until.Min).Estimate().Seconds()
		}
		return writeJSON(c.App.Writer, shown)
	}
	w := c.App.Writer
	fmt.Fprintf(w, "%s\nscenario %s, solution %s, platform %s%s\n",
		scenario.Title, scenario.Name, scenario.Solution, scenario.Platform, onTarget(scenario.Target.String()))
	for _, sentence := range bench.Insecurities(plan.Cells) {
		fmt.Fprintln(w, sentence)
	}
	if caution := bench.OrderCaution(string(scenario.Order)); caution != "" {
		fmt.Fprintln(w, caution)
	}
	if alike := controlsText(scenario.Controls()); alike != "" {
		fmt.Fprintln(w, "alike in every mode: "+alike)
	}
	for _, sentence := range placementSentences(placementOf(scenario)) {
		fmt.Fprint(w, wrapped(sentence, 100)+"\n")
	}
	atMost := ""
	if scenario.Until != nil {
		atMost = " at most"
	}
	fmt.Fprintf(w, "\n%s\n%s\n%s", tableOfCells(plan.Cells),
		wrapped(fmt.Sprintf("%s%s: %s × (%d + %d warm-up), %s", counted(len(plan.Runs), "run"), atMost, counted(len(plan.Cells), "cell"),
			scenario.MostRuns(), scenario.WarmUp, orderText(scenario)), 100),
		estimateText(scenario, plan)+tooFewText(scenario, plan)+notEstimatedText(machines))
	if c.Bool("runs") {
		fmt.Fprintf(w, "\n%s\n", tableOfRuns(plan))
	}
	if found == nil {
		return nil
	}
	fmt.Fprintln(w)
	return found.write(w)
}

// tableOfCells lists cells: what differs between them in columns, what does not below the table.
func tableOfCells(cells []bench.Cell) string {
	header := table.Row{"cell"}
	rows := make([]table.Row, len(cells))
	for i, cell := range cells {
		rows[i] = table.Row{cell.ID}
	}
	var same []string
	for _, axis := range bench.AxesOf(cells) {
		if values := axis.ValuesOf(cells); len(values) == 1 {
			same = append(same, fmt.Sprintf("%s %s", axis, values[0]))
			continue
		}
		header = append(header, string(axis))
		for i, cell := range cells {
			rows[i] = append(rows[i], cmp.Or(axis.Text(cell), absent))
		}
	}
	t := newTable(header)
	t.AppendRows(rows)
	text := t.Render() + "\n"
	if len(same) > 0 {
		text += indented("all: " + strings.Join(same, ", "))
	}
	return text
}

// orderText says in which order the runs are.
func orderText(scenario *scenarios.Scenario) string {
	switch scenario.Order {
	case scenarios.Sequential:
		return "cell after cell"
	case scenarios.Random:
		return fmt.Sprintf("those that count in random order (seed %d)", scenario.Seed)
	}
	return fmt.Sprintf("in %s, every cell once in each, in random order (seed %d)", counted(scenario.MostRuns()+scenario.WarmUp, "block"), scenario.Seed)
}

// tooFewText says where so few runs are planned that none of the chain's comparisons can show anything, however large it is.
func tooFewText(scenario *scenarios.Scenario, plan scenarios.Plan) string {
	comparisons := len(plan.Modes()) - 1
	if comparisons < 1 {
		return ""
	}
	if comparisons > 1 {
		comparisons++ // the last mode against the first
	}
	fewest := bench.FewestToShow(comparisons, scenario.Order != scenarios.Random && scenario.Order != scenarios.Sequential)
	if scenario.MostRuns() >= fewest {
		return ""
	}
	return wrapped(fmt.Sprintf("%s of each cell can show no difference between modes, however large: for a p below 0.05 (Holm, %s) %d are needed",
		counted(scenario.MostRuns(), "run"), counted(comparisons, "comparison"), fewest), 100) + "\n"
}

// estimateText says how long the plan takes, and when it is looked whether that was enough.
func estimateText(scenario *scenarios.Scenario, plan scenarios.Plan) string {
	most := plan.Estimate().Round(time.Second)
	until := scenario.Until
	if until == nil {
		return fmt.Sprintf("estimated time: %s\n", most)
	}
	least := plan.Blocks(scenario.WarmUp + until.Min).Estimate().Round(time.Second)
	limit := ""
	if until.Time > 0 {
		limit = fmt.Sprintf("; no block begins after %s", until.Time)
	}
	looks := make([]string, 0, len(until.Looks()))
	for _, look := range until.Looks() {
		looks = append(looks, strconv.Itoa(look))
	}
	return wrapped(fmt.Sprintf("until every 95 %% interval of %s, of the ratio to the previous mode or else of the median, is ± %s or narrower%s",
		strings.Join(until.Metrics, ", "), until.Precision, limit), 100) + "\n" +
		wrapped("looked at after "+strings.Join(looks, ", ")+" runs of each cell", 100) + "\n" +
		fmt.Sprintf("estimated time: %s with %d runs of each cell, %s with %d\n", least, until.Min, most, until.Max)
}

// counted writes a number with its noun: 1 cell, 6 cells.
func counted(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

func tableOfRuns(plan scenarios.Plan) string {
	runs := newTable(table.Row{"run", "block", "cell", ""})
	for _, run := range plan.Runs {
		mark := ""
		if run.WarmUp {
			mark = "warm-up"
		}
		runs.AppendRow(table.Row{run.ID, strconv.Itoa(run.Block), run.Cell, mark})
	}
	return runs.Render()
}

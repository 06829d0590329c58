package cli

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"eaibench/internal/strictyaml"
	"eaibench/scenarios"
	"eaibench/scenarios/figure"
)

func validateCommand() *cli.Command {
	return &cli.Command{
		Name:      "validate",
		Usage:     "check scenario files and figure files",
		UsageText: "eaibench validate SCENARIO... [--json]\neaibench validate --schema\neaibench validate --figures-schema",
		Description: `Checks each SCENARIO, a file or the name of one that comes with eaibench, or a figure file,
and prints every fault at once as file:line:column: message. Nothing is started. Ends with 2
if a file is at fault.

EXAMPLES:
   eaibench validate scenarios/smoke.yaml mine.yaml
   eaibench validate figures.yaml
   eaibench validate mine.yaml --json
   eaibench validate --schema > scenario.schema.json`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "schema", Usage: "print the JSON Schema of a scenario, for editors, and check nothing"},
			&cli.BoolFlag{Name: "figures-schema", Usage: "print the JSON Schema of a figure file, for editors, and check nothing"},
			&cli.BoolFlag{Name: "json", Usage: "print the files, their faults and how many runs they plan as JSON"},
		},
		Action: func(c *cli.Context) error {
			switch {
			case c.Bool("schema"):
				return printSchema(c, "schema", scenarios.Schema())
			case c.Bool("figures-schema"):
				return printSchema(c, "figures-schema", figure.Schema())
			}
			if err := noMoreArguments(c, "SCENARIO..."); err != nil {
				return err
			}
			var checked []validated
			faulty := 0
			for _, file := range c.Args().Slice() {
				one := validate(file)
				if len(one.Faults) > 0 {
					faulty++
				}
				checked = append(checked, one)
			}
			if c.Bool("json") {
				if err := writeJSON(c.App.Writer, checked); err != nil {
					return failed("printing what was checked: %w", err)
				}
			} else {
				for _, one := range checked {
					one.print(c)
				}
			}
			if faulty > 0 {
				return badInput("%d of %d files at fault", faulty, len(checked))
			}
			return nil
		},
	}
}

func printSchema(c *cli.Context, flag string, schema []byte) error {
	if c.NArg() > 0 {
		return badInput("--%s prints the schema alone; leave %s out", flag, c.Args().First())
	}
	if _, err := c.App.Writer.Write(schema); err != nil {
		return failed("printing the schema: %w", err)
	}
	return nil
}

// validated is what a check found.
type validated struct {
	File   string            `json:"file"`
	Faults []validationFault `json:"faults"`
	Cells  int               `json:"cells,omitempty"`
	Runs   int               `json:"runs,omitempty"`
	// Figures of a figure file, which plans nothing.
	Figures int `json:"figures,omitempty"`
	// AtMost: there may be fewer runs, by the rule when to stop.
	AtMost bool `json:"at_most,omitempty"`
}

// validationFault has no line when the file could not be read.
type validationFault struct {
	File    string `json:"file,omitempty"` // when it is another one, which this one extends
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Message string `json:"message"`
}

func validate(file string) validated {
	checked := validated{File: file, Faults: []validationFault{}}
	var faults strictyaml.Faults
	switch err := checked.load(); {
	case err == nil:
	case errors.As(err, &faults):
		for _, fault := range faults {
			checked.Faults = append(checked.Faults, validationFault{besides(file, fault.File), fault.Line, fault.Column, fault.Message})
		}
	default:
		checked.Faults = append(checked.Faults, validationFault{Message: err.Error()})
	}
	return checked
}

// load reads a scenario or a figure file and notes what is in it.
func (v *validated) load() error {
	if scenarios.HoldsFigures(v.File) {
		entries, _, err := scenarios.LoadFigures(v.File)
		v.Figures = len(entries)
		return err
	}
	scenario, err := scenarios.Load(v.File)
	if err != nil {
		return err
	}
	plan := scenario.Plan(nil)
	v.Cells, v.Runs, v.AtMost = len(plan.Cells), len(plan.Runs), scenario.Until != nil
	return nil
}

// besides is the file of a fault where it is not the one that was checked.
func besides(checked, at string) string {
	if at == checked || at == "scenarios/"+checked+".yaml" {
		return ""
	}
	return at
}

func (v validated) print(c *cli.Context) {
	switch {
	case len(v.Faults) > 0:
	case v.Figures > 0:
		fmt.Fprintf(c.App.Writer, "%s: valid, %s\n", v.File, counted(v.Figures, "figure"))
	default:
		fmt.Fprintf(c.App.Writer, "%s: valid, %s, %s\n", v.File, counted(v.Cells, "cell"), countedRuns(v.Runs, v.AtMost))
	}
	for _, fault := range v.Faults {
		if fault.Line == 0 {
			fmt.Fprintf(c.App.ErrWriter, "%s: %s\n", v.File, fault.Message)
			continue
		}
		fmt.Fprintf(c.App.ErrWriter, "%s:%d:%d: %s\n", cmp.Or(fault.File, v.File), fault.Line, fault.Column, fault.Message)
	}
}

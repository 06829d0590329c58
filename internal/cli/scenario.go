package cli

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"eaibench/internal/strictyaml"
	"eaibench/scenarios"
)

func validateCommand() *cli.Command {
	return &cli.Command{
		Name:      "validate",
		Usage:     "check scenario files",
		UsageText: "eaibench validate SCENARIO... [--json]\neaibench validate --schema",
		Description: `Checks each SCENARIO, a file or the name of one that comes with eaibench, and prints every fault
at once as file:line:column: message. Nothing is started. Ends with 2 if a file is at fault.

EXAMPLES:
   eaibench validate scenarios/smoke.yaml mine.yaml
   eaibench validate mine.yaml --json
   eaibench validate --schema > scenario.schema.json`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "schema", Usage: "print the JSON Schema of a scenario, for editors, and check nothing"},
			&cli.BoolFlag{Name: "json", Usage: "print the files, their faults and how many runs they plan as JSON"},
		},
		Action: func(c *cli.Context) error {
			if c.Bool("schema") {
				return printSchema(c)
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

func printSchema(c *cli.Context) error {
	if c.NArg() > 0 {
		return badInput("--schema prints the schema alone; leave %s out", c.Args().First())
	}
	if _, err := c.App.Writer.Write(scenarios.Schema()); err != nil {
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
	scenario, err := scenarios.Load(file)
	var faults strictyaml.Faults
	switch {
	case err == nil:
		plan := scenario.Plan(nil)
		checked.Cells, checked.Runs, checked.AtMost = len(plan.Cells), len(plan.Runs), scenario.Until != nil
	case errors.As(err, &faults):
		for _, fault := range faults {
			checked.Faults = append(checked.Faults, validationFault{besides(file, fault.File), fault.Line, fault.Column, fault.Message})
		}
	default:
		checked.Faults = append(checked.Faults, validationFault{Message: err.Error()})
	}
	return checked
}

// besides is the file of a fault where it is not the one that was checked.
func besides(checked, at string) string {
	if at == checked || at == "scenarios/"+checked+".yaml" {
		return ""
	}
	return at
}

func (v validated) print(c *cli.Context) {
	if len(v.Faults) == 0 {
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

package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// finding is what doctor found out about one need.
type finding struct {
	Name     string   `json:"name"`
	OK       bool     `json:"ok"`
	Required bool     `json:"required"`           // without it, scenarios of the linux platform do not run
	Found    string   `json:"found"`              // what is there, or what went wrong
	Means    string   `json:"means,omitempty"`    // what follows when it is missing
	Packages []string `json:"packages,omitempty"` // Debian packages that provide it
}

// diagnosis is all that doctor has to say.
type diagnosis struct {
	OK       bool      `json:"ok"`
	Findings []finding `json:"findings"`
	Install  string    `json:"install,omitempty"` // the command that installs what is missing
}

func doctorCommand() *cli.Command {
	return &cli.Command{
		Name:      "doctor",
		Usage:     "check that this host has what the linux platform needs",
		UsageText: "eaibench doctor [--json]",
		Description: "Tries what a run does: compiles and links a small program with and without AddressSanitizer,\n" +
			"starts one in a sandbox, looks for the memory control group. Names the command that installs what is\n" +
			"missing. Ends with 1 when something required is missing.\n\n" +
			"EXAMPLES:\n   eaibench doctor\n   eaibench doctor --json",
		Flags: []cli.Flag{&cli.BoolFlag{Name: "json", Usage: "print JSON"}},
		Action: func(c *cli.Context) error {
			if err := noMoreArguments(c); err != nil {
				return err
			}
			result, err := diagnose(c.Context, hostChecks())
			if err != nil {
				return err
			}
			if err := printDiagnosis(c.App.Writer, result, c.Bool("json")); err != nil {
				return err
			}
			if !result.OK {
				return failed("something required is missing")
			}
			return nil
		},
	}
}

// check finds out about one need.
type check struct {
	finding
	try func(context.Context) (found string, err error)
}

func diagnose(ctx context.Context, checks []check) (diagnosis, error) {
	result := diagnosis{OK: true}
	var missing []string
	for _, check := range checks {
		found, err := check.try(ctx)
		if ctx.Err() != nil {
			return diagnosis{}, context.Cause(ctx)
		}
		one := check.finding
		one.OK, one.Found = err == nil, found
		if err != nil {
			one.Found = err.Error()
			missing = append(missing, one.Packages...)
			result.OK = result.OK && !one.Required
		}
		result.Findings = append(result.Findings, one)
	}
	slices.Sort(missing)
	if missing = slices.Compact(missing); len(missing) > 0 {
		result.Install = "apt-get update && apt-get install -y " + strings.Join(missing, " ")
	}
	return result, nil
}

func printDiagnosis(w io.Writer, result diagnosis, asJSON bool) error {
	if asJSON {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(result)
	}
	var text strings.Builder
	for _, one := range result.Findings {
		verdict := "ok"
		switch {
		case !one.OK && one.Required:
			verdict = "MISSING"
		case !one.OK:
			verdict = "absent"
		}
		fmt.Fprintf(&text, "%-8s %-22s %s\n", verdict, one.Name, one.Found)
		if !one.OK && one.Means != "" {
			fmt.Fprintf(&text, "%-8s %-22s %s\n", "", "", one.Means)
		}
	}
	if result.Install != "" {
		fmt.Fprintf(&text, "\nInstall what is missing, as root:\n  %s\n", result.Install)
	}
	_, err := io.WriteString(w, text.String())
	return err
}

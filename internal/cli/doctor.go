package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"eaibench/environment"
	"eaibench/environment/tuning"
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
	OK       bool      `json:"ok"` // nothing required is missing
	Findings []finding `json:"findings"`
	Install  string    `json:"install,omitempty"` // the command that installs what is missing
	// Disturbances would not keep anything from running, but shape its numbers.
	Disturbances []environment.Disturbance `json:"disturbances"`
	// Tuned are settings that an eaibench has changed; Abandoned what one that was killed left so.
	Tuned     []environment.Change `json:"tuned,omitempty"`
	Abandoned *environment.State   `json:"abandoned,omitempty"`
}

func doctorCommand() *cli.Command {
	return &cli.Command{
		Name:      "doctor",
		Usage:     "check what the linux platform needs, and what would disturb measurements here",
		UsageText: "eaibench doctor [--strict] [--json]\neaibench doctor --restore",
		Description: "Tries what a run does: compiles and links a small program with and without\n" +
			"AddressSanitizer, starts one in a sandbox, looks for the memory control group. Names the command\n" +
			"that installs what is missing. Then says what of this host would disturb measurements, why, and\n" +
			"the commands that set it and put it back. It changes nothing; `eaibench run --tune` does, for the\n" +
			"time of a campaign.\n\n" +
			"Ends with 1 when something required is missing; with --strict also when something would disturb.\n\n" +
			"--restore puts back what an eaibench that was killed left changed, and does nothing else.\n\n" +
			"In a container that has its host's file system mounted, " + hostRootVariable + " says where: then\n" +
			"that host is looked at, and set.\n\n" +
			"EXAMPLES:\n   eaibench doctor\n   eaibench doctor --strict\n   eaibench doctor --json\n   eaibench doctor --restore",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "strict", Usage: "end with 1 when something would disturb measurements"},
			&cli.BoolFlag{Name: "restore", Usage: "put back what an eaibench that was killed had changed"},
			&cli.BoolFlag{Name: "json", Usage: "print JSON"},
		},
		Action: func(c *cli.Context) error {
			if err := noMoreArguments(c); err != nil {
				return err
			}
			if c.Bool("restore") {
				return doctorRestores(c)
			}
			result, err := diagnose(c.Context, hostChecks())
			if err == nil {
				err = result.disturb(c.Context)
			}
			if err != nil {
				return err
			}
			if err := printDiagnosis(c.App.Writer, result, c.Bool("json")); err != nil {
				return err
			}
			switch {
			case !result.OK:
				return failed("something required is missing")
			case c.Bool("strict") && len(result.Disturbances) > 0:
				return failed("%s would disturb measurements", counted(len(result.Disturbances), "thing"))
			}
			return nil
		},
	}
}

// doctorRestores puts back what a killed eaibench left changed.
func doctorRestores(c *cli.Context) error {
	if c.Bool("json") || c.Bool("strict") {
		return misuse("--restore looks at nothing: it goes without --json and --strict")
	}
	left, err := tuning.Abandoned(hostRoot())
	if err == nil && left == nil {
		fmt.Fprintln(c.App.ErrWriter, "no setting of this host is left changed by an eaibench that was killed")
		return nil
	}
	if err == nil {
		err = restoreAbandoned(c.App.ErrWriter)
	}
	if err != nil {
		return failed("%w", err)
	}
	return nil
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
		return writeJSON(w, result)
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
		text.WriteString(hanging(fmt.Sprintf("%-8s %-22s", verdict, one.Name), one.Found))
		if !one.OK && one.Means != "" {
			text.WriteString(hanging(fmt.Sprintf("%-31s", ""), one.Means))
		}
	}
	if result.Install != "" {
		fmt.Fprintf(&text, "\nInstall what is missing, as root:\n  %s\n", result.Install)
	}
	text.WriteString(result.disturbances())
	_, err := io.WriteString(w, text.String())
	return err
}

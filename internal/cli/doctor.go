package cli

import (
	"context"
	"errors"
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
	Packages []string `json:"packages,omitempty"` // that provide it: of Debian, or of CheriBSD, "pkg64c libcjson"
}

// lacking is the error of a check that found out which packages would provide what is missing.
type lacking struct {
	packages []string
	error
}

func (l *lacking) Unwrap() error { return l.error }

// diagnosis is all that doctor has to say.
type diagnosis struct {
	// Target is the host of the inventory that was looked at; "" for this one.
	Target   string    `json:"target,omitempty"`
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
		Usage:     "check what a platform needs, here or on a target, and what would disturb measurements",
		UsageText: "eaibench doctor [--target HOST] [--strict] [--json]\neaibench doctor --restore",
		Description: "Tries what a run does: compiles and links a small program with and without\n" +
			"AddressSanitizer, starts one in a sandbox, looks for the memory control group. Names the command\n" +
			"that installs what is missing. Then says what of this host would disturb measurements, why, and\n" +
			"the commands that set it and put it back. It changes nothing; `eaibench run --tune` does, for the\n" +
			"time of a campaign.\n\n" +
			"Ends with 1 when something required is missing; with --strict also when something would disturb.\n\n" +
			"--target looks at a host of the inventory: whether it is reached and lets in, its clock, work\n" +
			"folder and space, and what its platform needs there; on CheriBSD it compiles and starts a program\n" +
			"in each mode. It copies eaibench there, as a run does; a virtual machine is started for it, and\n" +
			"ended.\n\n" +
			"--restore puts back what an eaibench that was killed left changed, and does nothing else.\n\n" +
			"In a container that has its host's file system mounted, " + hostRootVariable + " says where: then\n" +
			"that host is looked at, and set.\n\n" +
			"EXAMPLES:\n   eaibench doctor\n   eaibench doctor --strict\n   eaibench doctor --json\n   eaibench doctor --target board --hosts hosts.yaml\n   eaibench doctor --restore",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "target", Usage: "look at `HOST` of the inventory, NAME, ssh:NAME or qemu:NAME (default: this host)"},
			hostsFlag(),
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
			result, err := diagnosed(c)
			if err != nil {
				return err
			}
			if err := printDiagnosis(c.App.Writer, result, c.Bool("json")); err != nil {
				return err
			}
			switch {
			case !result.OK:
				return failed("something required is missing%s", result.onHost(" on host "))
			case c.Bool("strict") && len(result.Disturbances) > 0:
				return failed("%s would disturb measurements", counted(len(result.Disturbances), "thing"))
			}
			return nil
		},
	}
}

// diagnosed is all about this host, or the target.
func diagnosed(c *cli.Context) (diagnosis, error) {
	if c.IsSet("target") {
		return diagnoseTarget(c)
	}
	result, err := diagnose(c.Context, hostChecks())
	if err == nil {
		err = result.disturb(c.Context)
	}
	return result, err
}

// doctorRestores puts back what a killed eaibench left changed.
func doctorRestores(c *cli.Context) error {
	if c.Bool("json") || c.Bool("strict") || c.IsSet("target") {
		return misuse("--restore looks at nothing: it goes without --json, --strict and --target, and is called on the host itself")
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
			if lacks, ok := errors.AsType[*lacking](err); ok {
				one.Packages = lacks.packages
			}
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

// foundText writes what was found behind a label. A line that is indented is one to be copied, and stays whole.
func foundText(label, found string) string {
	text := ""
	for line := range strings.SplitSeq(found, "\n") {
		if strings.HasPrefix(line, "  ") {
			text += line + "\n"
		} else {
			text += hanging(label, line)
		}
		label = strings.Repeat(" ", len([]rune(label)))
	}
	return text
}

// onHost names the target after some words; "" for this host.
func (d diagnosis) onHost(words string) string {
	if d.Target == "" {
		return ""
	}
	return words + d.Target
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
		text.WriteString(foundText(fmt.Sprintf("%-8s %-22s", verdict, one.Name), one.Found))
		if !one.OK && one.Means != "" {
			text.WriteString(hanging(fmt.Sprintf("%-31s", ""), one.Means))
		}
	}
	if result.Install != "" {
		fmt.Fprintf(&text, "\nInstall what is missing, as root%s:\n  %s\n", result.onHost(" on host "), result.Install)
	}
	if result.Target == "" || result.Disturbances != nil { // a target that is not reached tells none
		text.WriteString(result.disturbances())
	}
	_, err := io.WriteString(w, text.String())
	return err
}

package cli

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"eaibench/platform"
	"eaibench/results"
	"eaibench/scenarios"
)

// buildControlFlags are those that decide what a program is compiled to.
func buildControlFlags() []cli.Flag {
	return []cli.Flag{
		&cli.GenericFlag{Name: "bind-now", Value: &checkedValue{"", func(given string) (string, error) {
			now, err := strconv.ParseBool(given)
			if err != nil {
				return "", errors.New("want true or false")
			}
			return strconv.FormatBool(now), nil
		}}, Usage: "bind a program's symbols before it begins, `WHETHER`: true, or false for each when it is first used (default: the platform's)"},
		&cli.StringFlag{Name: "openssl", Usage: "link every mode with the OpenSSL in folder `PREFIX`, absolute (default: the system's)"},
	}
}

// runControlFlags are those that decide how a program runs.
func runControlFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "cpus", Usage: "bind integration processes to the processors of `LIST`, such as 0-1,3 (default: to none)"},
		&cli.StringFlag{Name: "revocation", Usage: "have capabilities to freed memory revoked, `WHETHER`: on or off; only where the platform has it (default: the system's)"},
	}
}

// setControls has the profile do what the flags ask for. It is an error where none of these modes can; one that cannot while
// another can refuses to compile and to run.
func setControls(c *cli.Context, profile *platform.Profile, modes []string) error {
	controls := platform.Controls{
		Revocation: platform.Revoke(c.String("revocation")), CPUs: c.String("cpus"), OpenSSL: c.String("openssl"),
	}
	if c.IsSet("bind-now") {
		now := c.String("bind-now") == "true"
		controls.BindNow = &now
	}
	var faulty []*platform.ControlFault
	for _, mode := range modes {
		faults := profile.CheckControls(controls, []string{mode})
		if len(faults) == 0 {
			faulty = nil
			break
		}
		faulty = faults
	}
	if len(faulty) > 0 {
		return fmt.Errorf("--%s: %s", strings.ReplaceAll(faulty[0].Control, "_", "-"), faulty[0].Reason)
	}
	if controls.CPUs != "" {
		if err := platform.CheckCPUs(controls.CPUs); err != nil {
			return fmt.Errorf("--cpus: %w", err)
		}
	}
	return profile.SetControls(controls, nil)
}

// controlsText says to a person what is alike in every mode; "" for nothing that was asked for.
func controlsText(c platform.Controls) string {
	var asked []string
	for _, control := range []struct{ what, value string }{
		{"revocation", string(c.Revocation)}, {"CPUs", c.CPUs}, {"OpenSSL of", c.OpenSSL},
	} {
		if control.value != "" {
			asked = append(asked, control.what+" "+control.value)
		}
	}
	switch {
	case c.BindNow == nil:
	case *c.BindNow:
		asked = append(asked, "symbols bound before the program begins")
	default:
		asked = append(asked, "symbols bound when they are first used")
	}
	return strings.Join(asked, ", ")
}

// controlsOf are the scenario's as a campaign keeps them; nil where it has none.
func controlsOf(scenario *scenarios.Scenario) *results.Controls {
	controls := scenario.Controls()
	if controls == (platform.Controls{}) {
		return nil
	}
	return &results.Controls{Revocation: string(controls.Revocation), BindNow: controls.BindNow, CPUs: controls.CPUs, OpenSSL: controls.OpenSSL}
}

package cli

import (
	"errors"

	"github.com/urfave/cli/v2"

	"eaibench/attest"
	"eaibench/attest/authority"
	"eaibench/runner"
)

func campaignReferencesFlag() cli.Flag {
	return &cli.StringFlag{Name: "references", Usage: "reference values made before, `FILE` (YAML), in place of a build at the start"}
}

// givenReferences are those of --references; nil without it.
func givenReferences(c *cli.Context) ([]attest.Reference, error) {
	if !c.IsSet("references") {
		return nil, nil
	}
	given, err := authority.LoadReferences(c.String("references"))
	if err != nil {
		return nil, badInput("%w", err)
	}
	if len(given) == 0 {
		return nil, badInput("%s has no references", c.String("references"))
	}
	return given, nil
}

// givenFiles reads the references of --references and looks at the folder of --operator, before any host is reached or virtual machine
// started: what is wrong with them is bad input.
func givenFiles(c *cli.Context) ([]attest.Reference, error) {
	if c.IsSet("operator") {
		if err := runner.CheckOperator(c.String("operator")); err != nil {
			return nil, badInput("--operator %s: %w", c.String("operator"), err)
		}
	}
	return givenReferences(c)
}

// notStarted is why the components could not be started: references that do not fit are bad input, and an operator's folder.
func notStarted(c *cli.Context, err error) error {
	switch {
	case errors.Is(err, runner.ErrOperator):
		return badInput("--operator %s: %w", c.String("operator"), err)
	case errors.Is(err, runner.ErrNoReference) && !c.IsSet("references") && c.IsSet("operator"):
		return badInput("--operator %s: its policy: %w", c.String("operator"), err)
	case errors.Is(err, runner.ErrNoReference):
		return badInput("%s: %w", c.String("references"), err)
	}
	return failedUnlessInterrupted(c.Context, "starting the components", err)
}

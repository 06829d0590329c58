package cli

import (
	"errors"
	"flag"
	"fmt"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"eaibench/hosts"
	"eaibench/results"
	"eaibench/runner"
)

// However a campaign ends early, something had been started: it is never bad input.
func TestCodesOfCampaignsThatEndEarly(t *testing.T) {
	_, campaign := begun(t, func(*results.Campaign) {})
	writer, err := results.Resume(campaign)
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	c := cli.NewContext(cli.NewApp(), flag.NewFlagSet("run", flag.ContinueOnError), nil)
	c.Context = t.Context()
	const resumes = "this goes on:\neaibench run --resume "
	for _, test := range []struct {
		err     error
		code    int
		said    string
		resumes bool
	}{
		{fmt.Errorf("%w: another source", runner.ErrProgramChanged), exitFailed, "the program is not the one that the campaign's runs are of: another source", false},
		{runner.ErrStopped, exitInterrupted, "stopped after a run, as asked", true},
		{&hosts.TargetError{Host: "board", Op: "copy", Err: errors.New("cut")}, exitFailed, "target failed: carrying the runs out: ", true},
		{errors.New("disk full"), exitFailed, "carrying the runs out: disk full", true},
	} {
		ended := endedEarly(c, test.err, writer, nil)
		coded := new(exitError)
		if !errors.As(ended, &coded) || coded.code != test.code || !strings.HasPrefix(ended.Error(), test.said) || strings.Contains(ended.Error(), resumes) != test.resumes {
			t.Errorf("%v: ended with %d: %v", test.err, coded.code, ended)
		}
	}
}

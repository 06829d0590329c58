package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/urfave/cli/v2"

	"eaibench/runner"
)

// version is eaibench's own; a release changes it.
const version = "0.1.0"

// build says which eaibench this is.
type build struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"` // of the source, when built inside its repository
	Modified bool   `json:"modified,omitempty"` // the source differed from that revision
	Go       string `json:"go"`
	System   string `json:"system"`
}

func currentBuild() build {
	b := build{Version: version, Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			b.Revision = setting.Value
		case "vcs.modified":
			b.Modified = setting.Value == "true"
		}
	}
	return b
}

func (b build) String() string {
	text := b.Version
	if b.Revision != "" {
		text += " " + b.Revision
	}
	if b.Modified {
		text += " modified"
	}
	return fmt.Sprintf("%s (%s, %s)", text, b.Go, b.System)
}

// buildOn asks eaibench on a host which one it is. The error is an *exited where it could not say.
func buildOn(ctx context.Context, place runner.Place) (there build, err error) {
	answer, err := place.Try(ctx, "version", "--json")
	if err == nil && !answer.Exit.OK() {
		err = &exited{answer.Exit, answer.Stderr}
	}
	if err == nil {
		err = json.Unmarshal([]byte(answer.Stdout), &there)
	}
	return there, err
}

// fits is an error where another host's eaibench was built from other source than this one: `make cross` built it before. Whether the
// source differed from its revision says nothing, since files that are no source count too.
func (b build) fits(here build) error {
	revisions := b.Revision == here.Revision || b.Revision == "" || here.Revision == ""
	if b.Version == here.Version && b.Go == here.Go && revisions {
		return nil
	}
	return fmt.Errorf("eaibench for %s is %s, and this one is %s: `make cross` builds it anew", b.System, b, here)
}

func versionCommand() *cli.Command {
	return &cli.Command{
		Name:      "version",
		Usage:     "say which eaibench this is",
		UsageText: "eaibench version [--json]",
		Description: `The version, the revision of the source it was built from where that is known, Go's version and
the system.

EXAMPLES:
   eaibench version
   eaibench version --json`,
		Flags: []cli.Flag{&cli.BoolFlag{Name: "json", Usage: "print JSON"}},
		Action: func(c *cli.Context) error {
			if err := noMoreArguments(c); err != nil {
				return err
			}
			if c.Bool("json") {
				return json.NewEncoder(c.App.Writer).Encode(currentBuild())
			}
			_, err := fmt.Fprintln(c.App.Writer, "eaibench", currentBuild())
			return err
		},
	}
}

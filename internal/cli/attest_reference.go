package cli

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/urfave/cli/v2"

	"eaibench/attest"
	"eaibench/attest/authority"
	"eaibench/hosts"
	"eaibench/integration_process"
	"eaibench/platform"
)

func attestReferenceCommand() *cli.Command {
	return &cli.Command{
		Name:      "reference",
		Usage:     "build a program independently and print what it must measure as",
		UsageText: "eaibench attest reference --program NAME [--source FILE] [--platform NAME] [--mode MODE|all] [--openssl PREFIX] [--bind-now WHETHER] [--out FILE] [--json]",
		Description: `Compiles the program as the launcher does, reproducibly and in the same sandbox, and prints the
entries of a policy's references: the hashes of source, executable, and every library that the
loader maps.

EXAMPLES:
   eaibench attest reference --program retail > references.yaml
   eaibench attest reference --program mine --source mine.c --mode compartment --out mine.yaml
   eaibench attest reference --program mine --source mine.tar.gz > mine.yaml`,
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{Name: "program", Required: true, Usage: "`NAME` of the program, as run parameters and certificate have it"},
			&cli.StringFlag{Name: "source", Usage: "its C source, an archive of several (.tar, .tar.gz) or a folder with them, `FILE` (default: the shipped solution of that name)"},
			&cli.StringFlag{Name: "platform", Value: "linux", Usage: "`NAME` of a platform, or a profile's file"},
			&cli.StringFlag{Name: "mode", Value: "all", Usage: "`MODE` of the platform, or all"},
			&cli.StringFlag{Name: "out", Usage: "write to `FILE` instead of standard output"},
			&cli.BoolFlag{Name: "json", Usage: "print JSON instead of YAML"},
		}, buildControlFlags()),
		Action: runAttestReference,
	}
}

func runAttestReference(c *cli.Context) error {
	if err := noMoreArguments(c); err != nil {
		return err
	}
	sources, err := sourcesOf(c)
	if err != nil {
		return badInput("%w", err)
	}
	profile, err := platform.Load(c.String("platform"))
	if err != nil {
		return badInput("%w", err)
	}
	if err := profile.CheckHost(); err != nil {
		return badInput("%w", err)
	}
	modes := profile.Chain()
	if mode := c.String("mode"); mode != "all" {
		if _, err := profile.Mode(mode); err != nil {
			return badInput("%w", err)
		}
		modes = []string{mode}
	}
	if err := setControls(c, profile, modes); err != nil {
		return badInput("%w", err)
	}
	references, err := buildReferences(c, profile, modes, sources)
	if err != nil {
		return failed("%w", err)
	}
	return writeReferences(c, references)
}

// sourcesOf reads what --source names: a C source, an archive as the launcher takes it, or a folder.
func sourcesOf(c *cli.Context) (*integration_process.Sources, error) {
	program, file := c.String("program"), c.String("source")
	if file == "" {
		source, err := integration_process.Source(program)
		if err != nil {
			return nil, err
		}
		return integration_process.NewSources(program, program+".c", source)
	}
	if info, err := os.Stat(file); err == nil && info.IsDir() {
		sources, err := integration_process.NewSourcesOf(program, os.DirFS(file))
		if err != nil {
			return nil, fmt.Errorf("folder %s: %w", file, err)
		}
		return sources, nil
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return integration_process.NewSources(program, filepath.Base(file), content)
}

func buildReferences(c *cli.Context, profile *platform.Profile, modes []string, sources *integration_process.Sources) (references []attest.Reference, err error) {
	folder, err := os.MkdirTemp("", "eaibench-reference-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	build := authority.ReferenceBuild{Host: hosts.Local(), Folder: folder}
	if os.Geteuid() == 0 { // 0 would compile with root's rights
		build.User = profile.Compile.User
		if err := os.Chmod(folder, 0o755); err != nil { // that user must get in
			return nil, err
		}
	}
	built := make([]*platform.Mode, len(modes))
	for i, name := range modes {
		if built[i], err = profile.Mode(name); err != nil {
			return nil, err
		}
		fmt.Fprintf(c.App.ErrWriter, "building %s for %s, mode %s\n", c.String("program"), profile.Platform, name)
	}
	all, err := build.BuildAll(c.Context, built, sources)
	if err != nil {
		return nil, fmt.Errorf("%w\n(built in %s as uid %d, who must be able to get there; TMPDIR names another place)", err, folder, build.User)
	}
	for _, reference := range all {
		references = append(references, *reference)
	}
	return references, nil
}

func writeReferences(c *cli.Context, references []attest.Reference) error {
	var text bytes.Buffer
	if c.Bool("json") {
		if err := writeJSON(&text, authority.ReferenceDocument{References: references}); err != nil {
			return err
		}
	} else if err := authority.WriteReferences(&text, references); err != nil {
		return err
	}
	if file := c.String("out"); file != "" {
		if err := os.WriteFile(file, text.Bytes(), 0o644); err != nil {
			return failed("write the references: %w", err)
		}
		return nil
	}
	_, err := c.App.Writer.Write(text.Bytes())
	return err
}

package runner

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"eaibench/bench"
	"eaibench/launcher"
	"eaibench/results"
)

// compilation is what the program was compiled to in a mode. Source and command depend on the mode alone, so all cells of the mode
// execute it: each session compiles it once. Where that failed, the mode's next cell has it tried again: a host that had no room for a
// moment is not to cost every run of the mode.
type compilation struct {
	fault   *fault         // why no run of the mode can be carried out
	samples []bench.Sample // of compiling: one measurement, of the run for which it was compiled
	build   build
	built   *results.Build // what is noted of it, but for the cell; nil where there is nothing, or it could not be looked at
}

// prepare has what the cell executes at hand, compiles where that is not done for its mode in this session, and tells whether it
// did. What a cell's runs will execute is noted before the first of them. An error ends the campaign.
func (s *state) prepare(ctx context.Context, cell *cell) (compiled bool, err error) {
	if cell.compilation != nil {
		return false, nil
	}
	of, before := s.compilations[cell.Mode]
	if !before {
		if of, err = s.compileSaying(ctx, cell.Mode); err != nil {
			return false, err
		}
		if of.built != nil {
			s.compilations[cell.Mode] = of
		}
	}
	cell.compilation = of
	return !before, s.noteBuilt(cell)
}

// compileSaying compiles, which takes seconds and more, and says so.
func (s *state) compileSaying(ctx context.Context, mode string) (*compilation, error) {
	if s.Compiling != nil {
		s.Compiling(mode, false)
		defer s.Compiling(mode, true)
	}
	return s.compile(ctx, mode)
}

// compile has a mode compiled. A program that does not compile fails each run of the cell, with the compiler's words; one
// of another source than that of the runs done before ends the campaign.
func (s *state) compile(ctx context.Context, mode string) (*compilation, error) {
	result, err := s.Site.Compile(ctx, mode)
	if err != nil {
		if s.lossUnder(ctx, err) != nil {
			return nil, err
		}
		return &compilation{fault: &fault{status: bench.Failed, reason: fmt.Sprintf("compiling in mode %s: %v", mode, err)}}, nil
	}
	if s.source != "" && s.source != result.SourceSHA256 {
		return nil, fmt.Errorf("%w: its source has SHA-256 %s, theirs %s; resume with the eaibench that began the campaign", ErrProgramChanged, result.SourceSHA256, s.source)
	}
	c := &compilation{build: buildOf(result)}
	if err := s.describe(ctx, mode, c, result); err != nil {
		return nil, err
	}
	for _, sample := range result.Samples {
		// The run's name is filled in when the samples join their run.
		c.samples = append(c.samples, sampleOf(sample, s.Now(), "", result.Program))
	}
	if s.build == nil {
		s.build = &c.build
	}
	if difference := s.build.difference(c.build); difference != "" {
		c.fault = &fault{status: bench.Invalid, check: "source", reason: "modes are not comparable: " + difference}
	}
	return c, nil
}

// describe looks at what a mode was compiled to. What cannot be described is a fault of the compilation.
func (s *state) describe(ctx context.Context, mode string, c *compilation, result *launcher.CompileResult) error {
	described, err := s.Site.Describe(ctx, result)
	if err != nil {
		if s.lossUnder(ctx, err) != nil {
			return err
		}
		c.fault = &fault{status: bench.Failed, reason: fmt.Sprintf("looking at what was compiled in mode %s: %v", mode, err)}
		return nil
	}
	c.built = &results.Build{
		Mode: mode, SourceSHA256: result.SourceSHA256,
		ExecutableSHA256: result.ExecutableSHA256, ExecutableSize: result.ExecutableSize,
		Compiler: described.Compiler, Command: result.CompileCommand,
		ELF: results.ELF{
			ABI: described.ELF.ABI, Flags: described.ELF.Flags, Interpreter: described.ELF.Interpreter,
			FreeBSD: described.ELF.FreeBSD, CheriBSD: described.ELF.CheriBSD, Features: described.ELF.Features,
		},
	}
	return nil
}

// noteBuilt notes what a cell's runs will execute. What differs from what those done before executed ends the campaign.
func (s *state) noteBuilt(cell *cell) error {
	if cell.compilation.built == nil {
		return nil
	}
	build := *cell.compilation.built
	build.Cell = cell.ID
	if before, there := s.builds[cell.ID]; there {
		if difference := buildDifference(before, build); difference != "" {
			return fmt.Errorf("%w: of cell %s, %s", ErrProgramChanged, cell.ID, difference)
		}
	}
	return s.note(results.Event{Built: &build})
}

// buildDifference says in what a build is not as it was; "" where it is the same. Its command is not compared: folders in it have other
// names each time, and what an argument changes the executable shows.
func buildDifference(was, is results.Build) string {
	for _, field := range []struct{ name, was, is string }{
		{"the source has SHA-256", was.SourceSHA256, is.SourceSHA256},
		{"the compiler is", was.Compiler, is.Compiler},
		{"the executable has SHA-256", was.ExecutableSHA256, is.ExecutableSHA256},
	} {
		if field.was != field.is {
			return fmt.Sprintf("%s %s, it was %s", field.name, field.is, field.was)
		}
	}
	return ""
}

// build is what must be equal over modes, or they compare different programs.
type build struct {
	mode         string
	sourceSHA256 string
	optimisation []string // the compiler's -O arguments
}

func buildOf(result *launcher.CompileResult) build {
	b := build{mode: result.Mode, sourceSHA256: result.SourceSHA256}
	for _, argument := range result.CompileCommand {
		if strings.HasPrefix(argument, "-O") {
			b.optimisation = append(b.optimisation, argument)
		}
	}
	return b
}

// difference says in what the other build differs, or nothing.
func (b build) difference(other build) string {
	switch {
	case b.sourceSHA256 != other.sourceSHA256:
		return fmt.Sprintf("the source of mode %s has SHA-256 %s, that of %s %s", b.mode, b.sourceSHA256, other.mode, other.sourceSHA256)
	case !slices.Equal(b.optimisation, other.optimisation):
		return fmt.Sprintf("mode %s is compiled with %q, %s with %q", b.mode, b.optimisation, other.mode, other.optimisation)
	}
	return ""
}

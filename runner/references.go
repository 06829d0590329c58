package runner

import (
	"context"
	"errors"
	"fmt"

	"eaibench/attest"
	"eaibench/attest/authority"
	"eaibench/integration_process"
	"eaibench/platform"
)

// ErrNoReference says that the references given to a campaign have none of its program in one of its modes.
var ErrNoReference = errors.New("no reference")

// references are those given, or of a build made now on the target, where its compiler and libraries are, and independently of the
// launcher, as `eaibench attest reference` does.
func (o *operator) references(ctx context.Context) ([]*attest.Reference, error) {
	sources, err := integration_process.NewSources(o.solution.Program, o.solution.Program+".c", o.source)
	if err != nil {
		return nil, err
	}
	if o.given != nil {
		return o.fitting(sources)
	}
	build := o.buildOn(o.target)
	if o.cross != nil {
		there := build
		build = o.buildOn(o.home)
		build.Cross, build.Runs = o.cross, &there
	}
	modes := make([]*platform.Mode, len(o.modes))
	for i, name := range o.modes {
		if modes[i], err = o.profile.Mode(name); err != nil {
			return nil, err
		}
	}
	references, err := build.BuildAll(ctx, modes, sources)
	if err != nil {
		return nil, fmt.Errorf("building the references: %w", err)
	}
	return references, nil
}

// buildOn has a host build.
func (o *operator) buildOn(on *stage) authority.ReferenceBuild {
	build := authority.ReferenceBuild{Host: on.Host, Folder: on.in("reference")}
	if on.root {
		build.User = o.profile.Compile.User
	}
	return build
}

// fitting are those of the references given that are of the campaign's program, as its source is now, and modes. What they were
// compiled with is not known here: where compiler or libraries have changed since, runs are refused.
func (o *operator) fitting(sources *integration_process.Sources) (references []*attest.Reference, err error) {
	for _, mode := range o.modes {
		before := len(references)
		for _, given := range o.given {
			if given.Program == sources.Program() && given.Platform == o.profile.Platform && given.Mode == mode && given.SourceSHA256 == sources.SHA256() {
				references = append(references, &given)
			}
		}
		if len(references) == before {
			return nil, fmt.Errorf("%w of %s in mode %s of platform %s, with source %s, is among those given: `eaibench attest reference --program %s` makes them anew",
				ErrNoReference, sources.Program(), mode, o.profile.Platform, attest.Digest(sources.SHA256()), sources.Program())
		}
	}
	return references, nil
}

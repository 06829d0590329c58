package runner

import (
	"context"
	"fmt"

	"eaibench/attest"
	"eaibench/hosts"
	"eaibench/platform"
)

// limitCompartments has the policy ask for no more of library compartments than the target's release of CheriBSD shows: before 24.05
// it does not count them, and 22.12 keeps their trampolines where they can be written.
func (o *operator) limitCompartments(ctx context.Context) error {
	for _, name := range o.modes {
		mode, err := o.profile.Mode(name)
		if err != nil {
			return err
		}
		if !mode.Proof.C18N {
			continue
		}
		versions, err := mode.Versions(ctx, func(ctx context.Context, argv []string) ([]byte, error) {
			return hosts.Output(ctx, o.target.Host, argv)
		})
		if err != nil {
			return fmt.Errorf("asking the target for its release: %w", err)
		}
		o.compartments, err = compartmentsOf(versions)
		return err
	}
	return nil
}

// compartmentsOf are the policy's keys for a release: nothing for one that shows everything.
func compartmentsOf(versions map[string]string) (map[string]string, error) {
	shown, err := platform.ShownOfC18N(versions)
	if err != nil {
		return nil, err
	}
	limits := map[string]string{}
	if !shown.Counted {
		limits["c18n"] = attest.C18NLinker
	}
	if !shown.Sealed {
		limits["trampolines"] = attest.TrampolinesWritable
	}
	return limits, nil
}

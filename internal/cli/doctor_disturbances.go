package cli

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"eaibench/environment"
	"eaibench/environment/tuning"
)

// disturb finds out what of this host would disturb measurements, and what a killed eaibench left changed.
func (d *diagnosis) disturb(ctx context.Context) error {
	host, err := environment.Observe(ctx, thisHost())
	if err != nil {
		return fmt.Errorf("describing this host: %w", err)
	}
	d.Disturbances = append([]environment.Disturbance{}, environment.Disturbances(host)...)
	d.Tuned = host.Tuned
	d.Abandoned, err = tuning.Abandoned(hostRoot())
	return err
}

// disturbances writes them for people.
func (d diagnosis) disturbances() string {
	var text strings.Builder
	host := cmp.Or(d.onHost("host "), "this host")
	if len(d.Disturbances) == 0 {
		fmt.Fprintf(&text, "\nNothing is known that would disturb measurements on %s.\n", host)
	} else {
		fmt.Fprintf(&text, "\nWhat would disturb measurements on %s:\n\n", host)
	}
	line := func(first, second, third string) {
		text.WriteString(hanging(fmt.Sprintf("%-8s %-22s", first, second), third))
	}
	// A command stays in one line, to be copied.
	command := func(what, command string) { fmt.Fprintf(&text, "%-8s %-22s %s\n", "", what, command) }
	for _, one := range d.Disturbances {
		line(string(one.Severity), one.Name, one.Found+"; wanted: "+one.Wanted)
		line("", "", one.Why)
		command("set", one.HowToSet)
		if one.HowToRestore != "" {
			command("put back", one.HowToRestore)
		}
	}
	if d.Target == "" && slices.ContainsFunc(d.Disturbances, func(one environment.Disturbance) bool { return one.Settable }) {
		var names []string
		for _, one := range d.Disturbances {
			if one.Settable {
				names = append(names, one.Name)
			}
		}
		fmt.Fprintf(&text, "\n`eaibench run --tune` sets %s for the time of a campaign, and puts back what was.\n", strings.Join(names, ", "))
	}
	if d.Abandoned != nil {
		fmt.Fprintf(&text, "\nAn eaibench that was killed (process %d) has left these changed; `eaibench doctor --restore`%s puts them back:\n",
			d.Abandoned.PID, d.onHost(" on "))
		for _, change := range d.Abandoned.Changes {
			fmt.Fprintf(&text, "  %s was %s, was set to %s\n", change.Setting, change.Was, change.Set)
		}
	} else if len(d.Tuned) > 0 {
		fmt.Fprintf(&text, "\nAn eaibench at work has set, and will put back:\n")
		for _, change := range d.Tuned {
			fmt.Fprintf(&text, "  %s was %s, is %s\n", change.Setting, change.Was, change.Set)
		}
	}
	return text.String()
}

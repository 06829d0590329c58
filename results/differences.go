package results

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// VersionDifferences says, a line each, which versions of what takes part are others, by name.
func VersionDifferences(was, is map[string]string) []string {
	var found []string
	names := maps.Clone(was)
	if names == nil {
		names = map[string]string{}
	}
	maps.Copy(names, is)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		_, before := was[name]
		_, after := is[name]
		switch {
		case !after:
			found = append(found, fmt.Sprintf("%s was %q, is not there", name, was[name]))
		case !before:
			found = append(found, fmt.Sprintf("%s was not there, is %q", name, is[name]))
		case was[name] != is[name]:
			found = append(found, fmt.Sprintf("%s was %q, is %q", name, was[name], is[name]))
		}
	}
	return found
}

// Differences says, a line each, in what another campaign is not as this one, besides its values: what was planned, with what it
// was carried out, and on which hosts. What the two are called is said where a host takes part in one of them alone.
func (d *Data) Differences(now *Data, called, nowCalled string) []string {
	var found []string
	was, is := d.Campaign, now.Campaign
	for _, field := range []struct {
		name    string
		was, is any
	}{
		{"scenario", was.Name, is.Name},
		{"solution", was.Solution, is.Solution},
		{"platform", was.Platform, is.Platform},
		{"order of the runs", was.Order, is.Order},
		{"seed of the services' data", was.DataSeed, is.DataSeed},
	} {
		if field.was != field.is {
			found = append(found, fmt.Sprintf("%s was %s, is %s", field.name, quoted(field.was), quoted(field.is)))
		}
	}
	if was.Scenario.Text != is.Scenario.Text {
		found = append(found, "the scenario's text is another")
	}
	found = append(found, VersionDifferences(was.Placement.words(), is.Placement.words())...)
	found = append(found, VersionDifferences(was.Versions, is.Versions)...)
	found = append(found, VersionDifferences(d.programs(), now.programs())...)
	return append(found, hostDifferences(was.Hosts, is.Hosts, called, nowCalled)...)
}

// hostDifferences compares the targets, which are the first, whatever they are called, and each other host with that of its name. One
// that is a target elsewhere takes part there too: that the targets are others is said of their placement.
func hostDifferences(was, is []Host, called, nowCalled string) []string {
	var found []string
	beside, nowBeside := was, is
	if len(was) > 0 && len(is) > 0 {
		found = was[0].Environment.Differences(is[0].Environment)
		beside, nowBeside = was[1:], is[1:]
	}
	for _, host := range beside {
		if at := indexOfHost(nowBeside, host.Name); at >= 0 {
			for _, difference := range host.Environment.Differences(nowBeside[at].Environment) {
				found = append(found, fmt.Sprintf("host %s: %s", host.Name, difference))
			}
		}
	}
	for _, side := range []struct {
		beside, others []Host
		in, notIn      string
	}{{beside, is, called, nowCalled}, {nowBeside, was, nowCalled, called}} {
		for _, host := range side.beside {
			if indexOfHost(side.others, host.Name) < 0 {
				found = append(found, fmt.Sprintf("host %s takes part in %s, not in %s", host.Name, side.in, side.notIn))
			}
		}
	}
	return found
}

// indexOfHost is -1 where no host has the name.
func indexOfHost(hosts []Host, name string) int {
	return slices.IndexFunc(hosts, func(host Host) bool { return host.Name == name })
}

// programs are the sources and executables of the runs that count, by what they are called for people.
func (d *Data) programs() map[string]string {
	sets := map[string][]string{}
	for _, run := range d.Runs {
		if !run.Counts() {
			continue
		}
		sets["the program's source"] = append(sets["the program's source"], run.SourceSHA256)
		name := "the executable of mode " + run.Mode
		sets[name] = append(sets[name], run.ExecutableSHA256)
	}
	programs := map[string]string{}
	for name, sums := range sets {
		slices.Sort(sums)
		programs[name] = strings.Join(slices.Compact(sums), " ")
	}
	return programs
}

// quoted writes a text in quotation marks, and anything else as it is.
func quoted(value any) string {
	if text, ok := value.(string); ok {
		return fmt.Sprintf("%q", text)
	}
	return fmt.Sprint(value)
}

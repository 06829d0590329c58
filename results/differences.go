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
// was carried out, and on which hosts.
func (d *Data) Differences(now *Data) []string {
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
	return append(found, hostDifferences(was.Hosts, is.Hosts)...)
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

func hostDifferences(was, is []Host) []string {
	var found []string
	for i := range max(len(was), len(is)) {
		switch {
		case i >= len(was):
			found = append(found, fmt.Sprintf("host %s was not there", is[i].Name))
		case i >= len(is):
			found = append(found, fmt.Sprintf("host %s is not there", was[i].Name))
		default:
			found = append(found, was[i].Environment.Differences(is[i].Environment)...)
		}
	}
	return found
}

// quoted writes a text in quotation marks, and anything else as it is.
func quoted(value any) string {
	if text, ok := value.(string); ok {
		return fmt.Sprintf("%q", text)
	}
	return fmt.Sprint(value)
}

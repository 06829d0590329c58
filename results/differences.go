package results

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// unsteady begins lines, and is the name of files, that differ from one moment to the next and say nothing.
var unsteady = []string{"/proc/loadavg", "/proc/meminfo", "cpu MHz"}

// Differences says, a line each, in what a host is not as it was: its fields, then its files. Load and other things that never
// stay the same are left out.
func (e Environment) Differences(now Environment) []string {
	var found []string
	for _, field := range []struct {
		name    string
		was, is any
	}{
		{"system", e.System, now.System},
		{"system's version", e.SystemVersion, now.SystemVersion},
		{"kernel", e.Kernel, now.Kernel},
		{"architecture", e.Architecture, now.Architecture},
		{"processor", e.CPU, now.CPU},
		{"number of processors", e.CPUs, now.CPUs},
		{"number of usable processors", e.Usable, now.Usable},
		{"memory in bytes", e.Memory, now.Memory},
		{"virtualization", e.Virtualization, now.Virtualization},
	} {
		if field.was != field.is {
			found = append(found, fmt.Sprintf("%s was %s, is %s", field.name, quoted(field.was), quoted(field.is)))
		}
	}
	files := maps.Clone(e.Raw)
	if files == nil {
		files = map[string]string{}
	}
	maps.Copy(files, now.Raw)
	for _, file := range slices.Sorted(maps.Keys(files)) {
		if was, is, differ := firstDifference(file, e.Raw[file], now.Raw[file]); differ {
			found = append(found, fmt.Sprintf("%s had %q, has %q", file, was, is))
		}
	}
	return found
}

func quoted(value any) string {
	if text, ok := value.(string); ok {
		return fmt.Sprintf("%q", text)
	}
	return fmt.Sprint(value)
}

// firstDifference gives the first lines of a file's two texts that are not equal.
func firstDifference(file, before, after string) (was, is string, differ bool) {
	if slices.Contains(unsteady, file) {
		return "", "", false
	}
	steady := func(text string) []string {
		return slices.DeleteFunc(strings.Split(text, "\n"), func(line string) bool {
			return slices.ContainsFunc(unsteady, func(prefix string) bool { return strings.HasPrefix(line, prefix) })
		})
	}
	old, current := steady(before), steady(after)
	for i := range max(len(old), len(current)) {
		if was, is := lineAt(old, i), lineAt(current, i); was != is {
			return was, is, true
		}
	}
	return "", "", false
}

func lineAt(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}

// VersionDifferences says, a line each, which versions of what takes part are others, by name.
func VersionDifferences(was, is map[string]string) []string {
	var found []string
	names := maps.Clone(was)
	if names == nil {
		names = map[string]string{}
	}
	maps.Copy(names, is)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if was[name] != is[name] {
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

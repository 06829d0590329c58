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

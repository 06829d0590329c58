package bench

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Distinctions gives for each group of comparable cells, in words, what sets it
// apart from the other groups: "threshold 150.00". With one group there is
// nothing to tell apart and its text is empty.
func Distinctions(groups [][]Cell) []string {
	aspects := []func(Cell) string{
		func(c Cell) string { return "path " + c.Path },
		func(c Cell) string { return "crypto " + c.Crypto },
		func(c Cell) string { return "verify " + c.Verify },
		func(c Cell) string { return plural(c.Processes, "process", "processes") },
		func(c Cell) string { return plural(c.Parameters.Requests, "request", "requests") },
		func(c Cell) string { return fmt.Sprintf("interval %d ms", c.Parameters.IntervalMS) },
	}
	for _, name := range argumentsOf(groups) {
		aspects = append(aspects, func(c Cell) string { return c.Parameters.Arguments.label(name) })
	}
	texts := make([][]string, len(groups))
	for _, aspect := range aspects {
		different := false
		for _, group := range groups {
			different = different || aspect(group[0]) != aspect(groups[0][0])
		}
		if !different {
			continue
		}
		for i, group := range groups {
			texts[i] = append(texts[i], aspect(group[0]))
		}
	}
	joined := make([]string, len(groups))
	for i, parts := range texts {
		joined[i] = strings.Join(parts, ", ")
	}
	return joined
}

// argumentsOf lists the names of every argument of the groups, sorted.
func argumentsOf(groups [][]Cell) []string {
	names := map[string]bool{}
	for _, group := range groups {
		for name := range group[0].Parameters.Arguments {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

func plural(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

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
func Distinctions(groups [][]Cell) []string { return DistinctionsBy(groups, ByMode) }

// DistinctionsBy is the same for groups whose cells differ in the axes: these do not set a group apart.
func DistinctionsBy(groups [][]Cell, within ...Axis) []string {
	words := []struct {
		axis Axis
		text func(Cell) string
	}{
		{ByMode, func(c Cell) string { return c.Mode }},
		{ByPath, func(c Cell) string { return "path " + c.Path }},
		{ByCrypto, func(c Cell) string { return "crypto " + c.Crypto }},
		{ByVerify, func(c Cell) string { return "verify " + c.Verify }},
		{ProcessesAtOnce, func(c Cell) string { return plural(c.Processes, "process", "processes") }},
		{ByRequests, func(c Cell) string { return plural(c.Parameters.Requests, "request", "requests") }},
		{ByInterval, func(c Cell) string { return fmt.Sprintf("interval %d ms", c.Parameters.IntervalMS) }},
	}
	var aspects []func(Cell) string
	for _, one := range words {
		if !slices.Contains(within, one.axis) {
			aspects = append(aspects, one.text)
		}
	}
	for _, name := range argumentsOf(groups) {
		isWithin := slices.ContainsFunc(within, func(axis Axis) bool { return slices.Contains(axis.arguments(), name) })
		if !isWithin {
			aspects = append(aspects, func(c Cell) string { return c.Parameters.Arguments.label(name) })
		}
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

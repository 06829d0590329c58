package bench

import (
	"fmt"
	"strings"
)

// Distinctions gives for each group of comparable cells, in words, what sets it
// apart from the other groups: "threshold 150.00". With one group there is
// nothing to tell apart and its text is empty.
func Distinctions(groups [][]Cell) []string {
	aspects := []func(Cell) string{
		func(c Cell) string { return "path " + c.Path },
		func(c Cell) string { return "crypto " + c.Crypto },
		func(c Cell) string { return plural(c.Parameters.Requests, "request") },
		func(c Cell) string { return fmt.Sprintf("interval %d ms", c.Parameters.IntervalMS) },
		func(c Cell) string { return "threshold " + money(c.Parameters.ThresholdCents) },
		func(c Cell) string {
			if c.Parameters.Customer == "" {
				return "newest sale"
			}
			return "customer " + c.Parameters.Customer
		},
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

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// money writes hundredths of the currency unit.
func money(cents int64) string { return fmt.Sprintf("%d.%02d", cents/100, cents%100) }

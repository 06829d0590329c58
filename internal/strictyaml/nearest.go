package strictyaml

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xrash/smetrics"
)

// Nearest gives the valid name that a misspelt one most likely means, or "" if
// none is near.
func Nearest(name string, valid []string) string {
	// Names longer than any valid one cannot be near it, and the distance takes
	// time and memory in proportion to the length.
	const longest = 64
	if len(name) > longest {
		return ""
	}
	// Two letters exchanged are two edits; of a very short name they leave nothing.
	allowed := max(2, len(name)/3)
	if len(name) <= 3 {
		allowed = 1
	}
	best, bestDistance := "", 1+allowed
	for _, candidate := range valid {
		distance := smetrics.WagnerFischer(strings.ToLower(name), strings.ToLower(candidate), 1, 1, 1)
		if distance == 2 && sameLetters(name, candidate) {
			distance = 1 // two letters exchanged: one slip of the fingers
		}
		if distance < bestDistance {
			best, bestDistance = candidate, distance
		}
	}
	return best
}

// sameLetters tells whether two words have the same letters, in whatever order.
func sameLetters(a, b string) bool {
	sorted := func(word string) string {
		letters := []byte(strings.ToLower(word))
		slices.Sort(letters)
		return string(letters)
	}
	return sorted(a) == sorted(b)
}

// hint ends a message about an unknown name.
func hint(name string, valid []string) string {
	if nearest := Nearest(name, valid); nearest != "" {
		return fmt.Sprintf("; did you mean %q?", nearest)
	}
	if len(valid) == 0 {
		return "; no keys are known here"
	}
	return "; known keys: " + strings.Join(valid, ", ")
}

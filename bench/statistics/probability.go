package statistics

import (
	"strconv"
	"strings"
)

// leastProbability is the smallest p-value that is shown as it is: below, its size says nothing any more.
const leastProbability = 0.0001

// ProbabilityText writes a p-value, from 0 to 1, as it is shown wherever one is: 0.0590, < 0.0001, 1. One below 0.05 is never rounded
// to that, beside which a difference would seem to be none: < 0.0500.
func ProbabilityText(p float64) string {
	switch {
	case p < leastProbability:
		return "< " + strconv.FormatFloat(leastProbability, 'f', 4, 64)
	case p == 1:
		return "1"
	}
	text := strconv.FormatFloat(p, 'f', 4, 64)
	const level = 1 - Confidence
	if p < level && text == strconv.FormatFloat(level, 'f', 4, 64) {
		return "< " + text
	}
	return text
}

// ProbabilitySentence writes it with its name: p = 0.0590, p < 0.0001.
func ProbabilitySentence(p float64) string {
	text := ProbabilityText(p)
	if strings.HasPrefix(text, "<") {
		return "p " + text
	}
	return "p = " + text
}

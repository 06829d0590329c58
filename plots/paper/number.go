package paper

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Verdict is what became of a published number.
type Verdict string

// The verdicts.
const (
	// Agrees: it came out.
	Agrees Verdict = "agrees"
	// Explained: it could not be computed, and it is known why.
	Explained Verdict = "explained"
	// Disagrees: another number came out, or none and nobody knows why.
	Disagrees Verdict = "disagrees"
)

// Number is a published number, or a word in the place of one, and what came out.
type Number struct {
	// Place in its table: the row, then the column.
	Place string
	// Ours is empty where nothing came out, Theirs where nothing was published.
	Ours, Theirs string
	// Difference is ours less theirs, in the number's unit; NaN where one of them is no number.
	Difference float64
	// Relative is the difference's size relative to the larger of both, 0 where it is 0; NaN like Difference.
	Relative float64
	// Rounded tells that it was published with fewer digits than a float64 has.
	Rounded bool
	Verdict Verdict
	// Why explains what was not computed.
	Why string
}

// How close a number must come to one that was published with all digits of a float64: sums in another order differ in
// the last of them. Shapiro and Wilk's p is a tail of a polynomial's value, and far down the tail its digits are fewer.
const (
	allDigits     = 1e-9
	shapiroDigits = 1e-6
	pipeDigits    = 1e-13
	ofADifference = 1e-14 // of quartiles that lie close together, relative to 1 and them
)

// computed is what came out for a place.
type computed struct {
	text    string // of what is no number
	number  float64
	numeric bool
	// within is how far both may be apart, relative to the larger; 0: not at all, as written is printed.
	within float64
	// written is how a number was printed, with all digits that it was rounded to: fewer are less than was published.
	written func(float64) string
	// difference: number is a difference, and within is relative to 1 and it.
	difference bool
	// why explains that nothing came out.
	why string
}

func word(text string) computed { return computed{text: text} }

func number(x, within float64) computed { return computed{number: x, numeric: true, within: within} }

// printed is a number that was published rounded.
func printed(x float64, written func(float64) string) computed {
	return computed{number: x, numeric: true, written: written}
}

// places writes a number with so many digits behind the point.
func places(digits int) func(float64) string {
	return func(x float64) string { return strconv.FormatFloat(x, 'f', digits, 64) }
}

// upTo writes a number that was rounded to so many digits behind the point as Python prints it: without zeros at its end, but with one
// digit.
func upTo(digits int) func(float64) string {
	return func(x float64) string {
		text := strings.TrimRight(places(digits)(x), "0")
		if strings.HasSuffix(text, ".") {
			return text + "0"
		}
		return text
	}
}

func count(n int) computed { return word(strconv.Itoa(n)) }

func unknown(format string, args ...any) computed { return computed{why: fmt.Sprintf(format, args...)} }

// judge holds what came out against what was published.
func (c computed) judge(place, theirs string) Number {
	n := Number{Place: place, Theirs: theirs, Difference: math.NaN(), Relative: math.NaN(), Verdict: Disagrees}
	if c.why != "" {
		n.Verdict, n.Why = Explained, c.why
		return n
	}
	if !c.numeric {
		n.Ours = c.text
		if n.Ours == theirs {
			n.Verdict = Agrees
		}
		if a, errA := strconv.ParseFloat(n.Ours, 64); errA == nil {
			if b, errB := strconv.ParseFloat(theirs, 64); errB == nil {
				n.apart(a, b)
			}
		}
		return n
	}
	published, err := strconv.ParseFloat(theirs, 64)
	if c.within == 0 {
		n.Rounded = true
		n.Ours = c.written(c.number)
		if err != nil {
			return n
		}
		n.apart(c.number, published)
		// Rounded as printed, so that what is left of the difference is none.
		if n.Ours == theirs {
			n.Verdict = Agrees
		}
		return n
	}
	n.Ours = strconv.FormatFloat(c.number, 'g', -1, 64)
	if err != nil {
		return n
	}
	n.apart(c.number, published)
	switch {
	case math.IsInf(published, 0): // whatever comes out is within a share of it
	case c.difference && math.Abs(n.Difference) <= c.within*(1+math.Abs(published)), n.Relative <= c.within:
		n.Verdict = Agrees
	}
	return n
}

func (n *Number) apart(ours, theirs float64) {
	n.Difference = ours - theirs
	n.Relative = 0
	if n.Difference != 0 {
		n.Relative = math.Abs(n.Difference) / max(math.Abs(ours), math.Abs(theirs))
	}
}

// Table is a published file of numbers.
type Table struct {
	// File is its path in the folder of published data.
	File string
	// Numbers in the order of the file.
	Numbers []Number
	// Again is the file with what came out in the places of what was published; what could not be computed is empty.
	Again []byte
}

// Count says how many numbers have a verdict.
func (t Table) Count(verdict Verdict) int {
	n := 0
	for _, one := range t.Numbers {
		if one.Verdict == verdict {
			n++
		}
	}
	return n
}

// Exact counts the numbers that came out to the last digit that was published.
func (t Table) Exact() int {
	n := 0
	for _, one := range t.Numbers {
		if one.Verdict == Agrees && (one.Rounded || one.Ours == one.Theirs || one.Difference == 0) {
			n++
		}
	}
	return n
}

// Largest is the largest relative difference among the numbers that agree and were published with all digits, or 0.
func (t Table) Largest() float64 {
	largest := 0.0
	for _, one := range t.Numbers {
		if one.Verdict == Agrees && !one.Rounded && one.Relative > largest {
			largest = one.Relative
		}
	}
	return largest
}

// Reasons lists why numbers were not computed, each once, with how many they are.
func (t Table) Reasons() []string {
	var order []string
	counts := map[string]int{}
	for _, one := range t.Numbers {
		if one.Verdict != Explained {
			continue
		}
		if counts[one.Why] == 0 {
			order = append(order, one.Why)
		}
		counts[one.Why]++
	}
	var reasons []string
	for _, why := range order {
		reasons = append(reasons, fmt.Sprintf("%d of %d: %s", counts[why], len(t.Numbers), why))
	}
	return reasons
}

package statistics

import "fmt"

// Confidence is the level of intervals where nobody asks for another one.
const Confidence = 0.95

// Interval is a confidence interval, in the unit of what it is of.
type Interval struct {
	// Low and High are its ends, Low not above High.
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	// Confidence is the level that was asked for, between 0 and 1.
	Confidence float64 `json:"confidence"`
	// Method names how it was computed, such as "exact order statistics".
	Method string `json:"method"`
}

// HalfWidth is half the distance of the ends.
func (i Interval) HalfWidth() float64 { return (i.High - i.Low) / 2 }

// Contains tells whether the value is in the interval, its ends included.
func (i Interval) Contains(value float64) bool { return i.Low <= value && value <= i.High }

// checkConfidence refuses a level that no interval has.
func checkConfidence(confidence float64) error {
	if !(confidence > 0 && confidence < 1) {
		return fmt.Errorf("confidence %v is not between 0 and 1: %w", confidence, ErrArgument)
	}
	return nil
}

package statistics

import "errors"

// Typed refusals: what has no answer.
var (
	// ErrEmpty: there are no values.
	ErrEmpty = errors.New("no values")
	// ErrNotFinite: a value is NaN or infinite, or a result is beyond float64.
	ErrNotFinite = errors.New("not a finite number")
	// ErrTooFew: the method needs more values than there are.
	ErrTooFew = errors.New("too few values")
	// ErrTooMany: the method was made for fewer values.
	ErrTooMany = errors.New("too many values")
	// ErrConstant: all values are equal, and the method is about their variation.
	ErrConstant = errors.New("all values are equal")
	// ErrNoRatio: the ratio to zero does not exist, nor that of numbers of different signs.
	ErrNoRatio = errors.New("no ratio to a median of 0")
	// ErrArgument: a confidence, a probability, a number of resamples or another
	// setting is outside its range.
	ErrArgument = errors.New("argument outside its range")
)

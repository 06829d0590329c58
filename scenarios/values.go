package scenarios

import "eaibench/integration_process"

// Amount is a sum of money in hundredths of the currency unit. In a file it is 150 or 150.00, with both digits or none, and no
// zeros that say nothing.
type Amount int64

// UnmarshalText reads an amount.
func (a *Amount) UnmarshalText(text []byte) error {
	cents, err := integration_process.ParseAmount(string(text))
	*a = Amount(cents)
	return err
}

// MarshalText writes the amount as UnmarshalText reads it.
func (a Amount) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// String is the amount with its hundredths.
func (a Amount) String() string { return integration_process.FormatAmount(int64(a)) }

// Size is a number of bytes. In a file it is a whole number with its unit: B, KiB, MiB or GiB.
type Size int64

// UnmarshalText reads a size.
func (s *Size) UnmarshalText(text []byte) error {
	bytes, err := integration_process.ParseSize(string(text))
	*s = Size(bytes)
	return err
}

// MarshalText writes the size as UnmarshalText reads it.
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// String is the size in the largest unit of which it is a whole number.
func (s Size) String() string { return integration_process.FormatSize(int64(s)) }

// Word is a single value as it stands in the file; what it must be depends on its key.
type Word string

// UnmarshalText takes the text.
func (w *Word) UnmarshalText(text []byte) error {
	*w = Word(text)
	return nil
}

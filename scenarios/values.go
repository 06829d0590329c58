package scenarios

import (
	"fmt"
	"regexp"
	"strconv"
)

// Amount is a sum of money in hundredths of the currency unit. In a file it is
// 150 or 150.00, with both digits or none, and no zeros that say nothing.
type Amount int64

// mostAmount is what run parameters allow (docs/formats/messages.md).
const mostAmount Amount = 1_000_000_000_000

var amountPattern = regexp.MustCompile(`^(0|[1-9][0-9]{0,12})(?:\.([0-9]{2}))?$`)

// UnmarshalText reads an amount.
func (a *Amount) UnmarshalText(text []byte) error {
	match := amountPattern.FindSubmatch(text)
	if match == nil {
		return fmt.Errorf("want an amount of money such as 150 or 150.00, with a point and no comma, found %.40q", text)
	}
	cents := string(match[2])
	if cents == "" {
		cents = "00"
	}
	number, err := strconv.ParseInt(string(match[1])+cents, 10, 64)
	if err != nil || Amount(number) > mostAmount {
		return fmt.Errorf("%.40s is above the largest amount, %s", text, mostAmount)
	}
	*a = Amount(number)
	return nil
}

// MarshalText writes the amount as UnmarshalText reads it.
func (a Amount) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// String is the amount with its hundredths.
func (a Amount) String() string { return fmt.Sprintf("%d.%02d", int64(a)/100, int64(a)%100) }

// Size is a number of bytes. In a file it is a whole number with its unit: B,
// KiB, MiB or GiB.
type Size int64

// mostSize is 1 PiB.
const mostSize Size = 1 << 50

var (
	sizePattern = regexp.MustCompile(`^([0-9]{1,15}) ?(B|KiB|MiB|GiB)$`)
	sizeUnits   = map[string]Size{"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
)

// UnmarshalText reads a size.
func (s *Size) UnmarshalText(text []byte) error {
	match := sizePattern.FindSubmatch(text)
	if match == nil {
		return fmt.Errorf("want a size with its unit, such as 256MiB, found %.40q", text)
	}
	number, err := strconv.ParseInt(string(match[1]), 10, 64)
	unit := sizeUnits[string(match[2])]
	if err != nil || Size(number) > mostSize/unit {
		return fmt.Errorf("%.40s is above the largest size, %dGiB", text, mostSize>>30)
	}
	*s = Size(number) * unit
	return nil
}

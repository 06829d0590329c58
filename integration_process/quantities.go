package integration_process

import (
	"fmt"
	"regexp"
	"strconv"
)

// MostAmount is the largest amount of money, in hundredths of the currency unit.
const MostAmount = 1_000_000_000_000

var amountPattern = regexp.MustCompile(`^(0|[1-9][0-9]{0,12})(?:\.([0-9]{2}))?$`)

// ParseAmount reads an amount of money, 150 or 150.00 with both digits or none and no zeros that say nothing, into hundredths
// of the currency unit.
func ParseAmount(text string) (int64, error) {
	match := amountPattern.FindStringSubmatch(text)
	if match == nil {
		return 0, fmt.Errorf("want an amount of money such as 150 or 150.00, with two digits behind the point or none, and no comma, found %.40q", text)
	}
	cents := match[2]
	if cents == "" {
		cents = "00"
	}
	number, err := strconv.ParseInt(match[1]+cents, 10, 64)
	if err != nil || number > MostAmount {
		return 0, fmt.Errorf("%.40s is above the largest amount, %s", text, FormatAmount(MostAmount))
	}
	return number, nil
}

// FormatAmount writes hundredths of the currency unit as ParseAmount reads them.
func FormatAmount(cents int64) string { return fmt.Sprintf("%d.%02d", cents/100, cents%100) }

// mostSize is 1 PiB.
const mostSize = 1 << 50

var (
	sizePattern = regexp.MustCompile(`^([0-9]{1,15}) ?(B|KiB|MiB|GiB)$`)
	sizeUnits   = map[string]int64{"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
)

// ParseSize reads a whole number with its unit, B, KiB, MiB or GiB, into bytes.
func ParseSize(text string) (int64, error) {
	match := sizePattern.FindStringSubmatch(text)
	if match == nil {
		return 0, fmt.Errorf("want a size with its unit, such as 256MiB, found %.40q", text)
	}
	number, err := strconv.ParseInt(match[1], 10, 64)
	unit := sizeUnits[match[2]]
	if err != nil || number > mostSize/unit {
		return 0, fmt.Errorf("%.40s is above the largest size, %dGiB", text, mostSize>>30)
	}
	return number * unit, nil
}

// FormatSize writes bytes as ParseSize reads them, in the largest unit of which they are a whole number.
func FormatSize(bytes int64) string {
	name, unit := "B", int64(1)
	for _, larger := range []string{"KiB", "MiB", "GiB"} {
		if bytes == 0 || bytes%sizeUnits[larger] != 0 {
			break
		}
		name, unit = larger, sizeUnits[larger]
	}
	return fmt.Sprintf("%d%s", bytes/unit, name)
}

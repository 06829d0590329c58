package procstat

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Usage is what a process has used since it was started, all its threads together.
type Usage struct {
	// MaximumResident is the largest resident set it ever had, in bytes; the kernel
	// counts KB, and looks now and then.
	MaximumResident int64
	// Reclaims are page faults without input or output, Faults those with.
	Reclaims, Faults int64
	// Voluntary switches: a thread waited; Involuntary ones: it was made to.
	Voluntary, Involuntary int64
	// User and System are CPU time of program and kernel, in µs.
	User, System time.Duration
}

// resources are the figures that are read, by procstat's names.
func (u *Usage) resources() map[string]any {
	return map[string]any{
		"user time": &u.User, "system time": &u.System, "maximum RSS": &u.MaximumResident, "page reclaims": &u.Reclaims,
		"page faults": &u.Faults, "voluntary context switches": &u.Voluntary, "involuntary context switches": &u.Involuntary,
	}
}

// ParseUsage reads what `procstat -r PID` or `procstat --libxo json -r PID` printed.
func ParseUsage(text []byte, pid int) (Usage, error) {
	r := begin("procstat -r")
	values, err := r.usageValues(text, pid)
	if err != nil {
		return Usage{}, err
	}
	if len(values) == 0 {
		return Usage{}, r.gone()
	}
	var u Usage
	for name, into := range u.resources() {
		value, ok := values[name]
		if !ok {
			r.missed("%s: it is not there", name)
			continue
		}
		var err error
		switch into := into.(type) {
		case *time.Duration:
			*into, err = parseTime(value)
		case *int64:
			*into, err = parseAmount(value, name == "maximum RSS", isJSON(text))
		}
		if err != nil {
			r.missed("%s: %v", name, err)
		}
	}
	slices.Sort(r.unread.Parts) // they come from a map
	return u, r.err()
}

// usageValues finds the figures as they are written.
func (r *reading) usageValues(text []byte, pid int) (map[string]string, error) {
	if isJSON(text) {
		object, err := r.object(text, pid)
		if err != nil {
			return nil, err
		}
		return words(object), nil
	}
	values := map[string]string{}
	for line := range bytes.Lines(text) {
		fields := strings.Fields(string(line))
		if len(fields) < 4 || fields[0] != strconv.Itoa(pid) {
			continue // the header, or a blank line; a missing figure shows
		}
		rest := strings.Join(fields[2:], " ")
		for name := range new(Usage).resources() {
			if value, is := strings.CutPrefix(rest, name+" "); is {
				values[name] = value
			}
		}
	}
	return values, nil
}

// parseTime reads "00:00:01.250000", before which days may stand: "1 day ", "3 days ".
func parseTime(text string) (time.Duration, error) {
	fields := strings.Fields(text)
	var days uint64
	var err error
	if len(fields) == 3 && (fields[1] == "day" || fields[1] == "days") {
		if days, err = strconv.ParseUint(fields[0], 10, 16); err != nil {
			return 0, fmt.Errorf("%q is no time", text)
		}
		fields = fields[2:]
	}
	if len(fields) != 1 {
		return 0, fmt.Errorf("%q is no time", text)
	}
	clock, fraction, _ := strings.Cut(fields[0], ".")
	parts := strings.Split(clock, ":")
	if len(parts) != 3 || len(fraction) != 6 {
		return 0, fmt.Errorf("%q is no time", text)
	}
	sum := time.Duration(days) * 24 * time.Hour
	units := []time.Duration{time.Hour, time.Minute, time.Second, time.Microsecond}
	for i, part := range append(parts, fraction) {
		n, err := strconv.ParseUint(part, 10, 20)
		if err != nil {
			return 0, fmt.Errorf("%q is no time", text)
		}
		sum += time.Duration(n) * units[i]
	}
	return sum, nil
}

// parseAmount reads a number; of memory, "5736 KB" in the text, KB without a unit
// in JSON. humanize_number(3) writes amounts below 10 with one decimal: "8.0 KB".
func parseAmount(text string, memory, json bool) (int64, error) {
	number, unit, _ := strings.Cut(text, " ")
	switch {
	case memory && !json && unit != "KB":
		return 0, fmt.Errorf("%q is no amount in KB", text)
	case (!memory || json) && unit != "":
		return 0, fmt.Errorf("%q is no number", text)
	}
	if whole, tenth, decimal := strings.Cut(number, "."); decimal && memory {
		if tenth != "0" { // the kernel counts whole KB
			return 0, errors.New("it is no whole number of KB")
		}
		number = whole
	}
	const bits = 43 // so that bytes stay in range
	n, err := strconv.ParseUint(number, 10, bits)
	if err != nil {
		return 0, fmt.Errorf("%q is no number", text)
	}
	if memory {
		n <<= 10
	}
	return int64(n), nil
}

package links

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"time"
)

// Bandwidth is in bits per second; 0 is without a limit.
type Bandwidth int64

// Units of bandwidth, decimal as networks count them.
const (
	Bit  Bandwidth = 1
	Kbit           = 1000 * Bit
	Mbit           = 1000 * Kbit
	Gbit           = 1000 * Mbit
)

// String is the bandwidth in the largest unit that leaves at most three decimals
// of it, as ParseBandwidth reads it.
func (b Bandwidth) String() string {
	for _, unit := range []struct {
		name string
		size Bandwidth
	}{{"Gbit", Gbit}, {"Mbit", Mbit}, {"kbit", Kbit}} {
		if b >= unit.size && b%(unit.size/1000) == 0 {
			return strconv.FormatFloat(float64(b)/float64(unit.size), 'f', -1, 64) + unit.name
		}
	}
	return strconv.FormatInt(int64(b), 10) + "bit"
}

// Limits of a link.
const (
	// MaximumRTT and all below bound what a mistyped unit can do to a campaign.
	MaximumRTT       = 10 * time.Second
	MinimumBandwidth = 8 * Kbit
	MaximumBandwidth = 10 * Gbit
)

// Link describes the way between two hosts, alike in both directions. The zero
// Link adds nothing.
type Link struct {
	// RTT is how long data need to the other host and back, from 0 to MaximumRTT in
	// whole milliseconds, the emulator's resolution.
	RTT time.Duration `json:"rtt_ns"`
	// Jitter is how far the round trip of one message is from RTT at most, evenly
	// spread in each direction; in whole milliseconds, at most RTT.
	Jitter time.Duration `json:"jitter_ns"`
	// Bandwidth is what each direction carries: 0, or from MinimumBandwidth to
	// MaximumBandwidth in steps of 8 kbit/s, the emulator's resolution.
	Bandwidth Bandwidth `json:"bandwidth_bits_per_second"`
}

// Check says everything that is wrong with a link.
func (l Link) Check() error {
	var faults []error
	add := func(wrong bool, format string, values ...any) {
		if wrong {
			faults = append(faults, fmt.Errorf(format, values...))
		}
	}
	add(l.RTT < 0 || l.RTT > MaximumRTT, "rtt %v is not from 0 to %v", l.RTT, MaximumRTT)
	add(l.RTT%time.Millisecond != 0, "rtt %v is not in whole milliseconds", l.RTT)
	add(l.Jitter < 0 || l.Jitter > max(l.RTT, 0), "jitter %v is not from 0 to the rtt, %v", l.Jitter, l.RTT)
	add(l.Jitter%time.Millisecond != 0, "jitter %v is not in whole milliseconds", l.Jitter)
	if l.Bandwidth != 0 {
		add(l.Bandwidth < MinimumBandwidth || l.Bandwidth > MaximumBandwidth,
			"bandwidth %v is not from %v to %v", l.Bandwidth, MinimumBandwidth, MaximumBandwidth)
		add(l.Bandwidth%(8*Kbit) != 0, "bandwidth %v is not a multiple of 8kbit", l.Bandwidth)
	}
	return errors.Join(faults...)
}

// String is the link as a scenario has it: "rtt 150ms, jitter 10ms, bandwidth 20Mbit".
func (l Link) String() string {
	bandwidth := "without limit"
	if l.Bandwidth != 0 {
		bandwidth = l.Bandwidth.String()
	}
	return fmt.Sprintf("rtt %v, jitter %v, bandwidth %s", l.RTT, l.Jitter, bandwidth)
}

var bandwidth = regexp.MustCompile(`^([0-9]{1,12}(?:\.[0-9]{1,9})?)(bit|kbit|Mbit|Gbit)$`)

// ParseBandwidth reads "20Mbit", "2.5Mbit", "64kbit", "1Gbit" or "9600bit", as
// tc(8) writes them; never bytes. The value is above 0 and whole in bits per
// second; whether a link may have it, Link.Check says.
func ParseBandwidth(text string) (Bandwidth, error) {
	parts := bandwidth.FindStringSubmatch(text)
	if parts == nil {
		return 0, fmt.Errorf("bandwidth %q is not a number with bit, kbit, Mbit or Gbit, such as 20Mbit", text)
	}
	unit := map[string]Bandwidth{"bit": Bit, "kbit": Kbit, "Mbit": Mbit, "Gbit": Gbit}[parts[2]]
	number, err := strconv.ParseFloat(parts[1], 64)
	if err != nil {
		return 0, fmt.Errorf("bandwidth %q: %w", text, err)
	}
	bits := number * float64(unit)
	switch {
	case bits == 0:
		return 0, fmt.Errorf("bandwidth %q carries nothing: leave it out for no limit", text)
	case bits > 1<<53:
		return 0, fmt.Errorf("bandwidth %q is too large", text)
	case math.Abs(bits-math.Round(bits)) > 1e-6*bits:
		return 0, fmt.Errorf("bandwidth %q is not a whole number of bits per second", text)
	}
	return Bandwidth(math.Round(bits)), nil
}

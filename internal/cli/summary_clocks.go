package cli

import (
	"fmt"
	"slices"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"eaibench/results"
)

// clocksOf lists what was estimated of the clocks of a campaign's hosts.
func clocksOf(data *results.Data) []results.ClockLook {
	var looks []results.ClockLook
	for _, event := range data.Events {
		if event.Clock != nil {
			looks = append(looks, *event.Clock)
		}
	}
	return looks
}

// clocksText says how far clocks are from that of eaibench's host, a row for each time that it was estimated, and why it was not;
// "" where there is none.
func clocksText(looks []results.ClockLook) string {
	t := newTable(table.Row{"clock of host", "estimated", "runs", "ahead by", "±", "of exchanges"})
	rows, failures := 0, ""
	told := map[string]bool{}
	for i, look := range looks {
		if look.Estimated == nil {
			if line := unknownClock(looks, i); !told[line] {
				told[line] = true
				failures += indented(line)
			}
			continue
		}
		rows++
		t.AppendRow(table.Row{
			look.Host, look.When, look.Runs, signedMilliseconds(look.Estimated.Offset), signedMilliseconds(look.Estimated.Uncertainty)[1:], look.Estimated.Exchanges,
		})
	}
	text := ""
	if rows > 0 {
		alignRight(t, 3, 6)
		text = "\nclocks, against that of eaibench's host: for ordering logs, and in no value above\n" + t.Render() + "\n"
	} else if failures != "" {
		text = "\n"
	}
	return text + failures
}

// unknownClock says that a host's clock was not estimated: when, if it was at other times, and why. The same failure each time gives
// the same line.
func unknownClock(looks []results.ClockLook, at int) string {
	look := looks[at]
	always := !slices.ContainsFunc(looks, func(other results.ClockLook) bool {
		return other.Host == look.Host && (other.Estimated != nil || other.Failure != look.Failure)
	})
	if always {
		return fmt.Sprintf("how far the clock of host %s is from that of eaibench's host is not known: %s", look.Host, look.Failure)
	}
	return fmt.Sprintf("the clock of host %s was not estimated %s: %s", look.Host, momentText(look.When), look.Failure)
}

// signedMilliseconds has a sign, and microseconds behind the point.
func signedMilliseconds(d time.Duration) string {
	return fmt.Sprintf("%+.3f ms", float64(d)/float64(time.Millisecond))
}

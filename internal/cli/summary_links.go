package cli

import (
	"fmt"
	"slices"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"eaibench/links"
	"eaibench/results"
)

// shownLink is a link of a campaign, and what was measured of it.
type shownLink struct {
	results.Link
	// Unasked is true where the scenario does not say what to expect of it.
	Unasked bool               `json:"unasked,omitempty"`
	Looks   []results.LinkLook `json:"looks"`
}

// linksOf lists a campaign's links.
func linksOf(data *results.Data) []shownLink {
	if data.Campaign.Placement == nil {
		return nil
	}
	var shown []shownLink
	for _, link := range data.Campaign.Placement.Links {
		one := shownLink{Link: link, Looks: []results.LinkLook{}}
		for _, event := range data.Events {
			if event.Link != nil && event.Link.Between == link.Between {
				one.Looks = append(one.Looks, *event.Link)
			}
		}
		shown = append(shown, one)
	}
	for _, event := range data.Events { // of links of which the scenario says nothing
		if event.Link == nil {
			continue
		}
		at := slices.IndexFunc(shown, func(one shownLink) bool { return one.Between == event.Link.Between })
		switch {
		case at < 0:
			shown = append(shown, shownLink{
				Link: results.Link{Between: event.Link.Between, Emulated: event.Link.Emulated}, Unasked: true, Looks: []results.LinkLook{*event.Link},
			})
		case shown[at].Unasked:
			shown[at].Looks = append(shown[at].Looks, *event.Link)
		}
	}
	return shown
}

// linkSentence says for people which kind a link is, and what was asked for.
func linkSentence(link shownLink) string {
	if link.Unasked {
		return fmt.Sprintf("Link between %s: %s.", link.Name(), link.Kind())
	}
	asked := "expected"
	if link.Emulated {
		asked = "asked"
	}
	named := ""
	if link.Preset != "" {
		named = link.Preset + ", "
	}
	return fmt.Sprintf("Link between %s: %s; %s: %s%v.", link.Name(), link.Kind(), asked, named, link.Asked)
}

// linksTable has a row for each look at a link; "" where none was measured.
func linksTable(shown []shownLink) string {
	t := newTable(table.Row{"link between", "", "measured", "runs", "rtt, median (most)", "up", "down"})
	rows := 0
	for _, link := range shown {
		name, kind := link.Name(), link.Kind()
		for _, look := range link.Looks {
			rows++
			if look.Forwarded && kind != "" {
				kind = "forwarded" // a real link, through connections of eaibench's host
			}
			line := table.Row{name, kind, look.When, look.Runs}
			if m := look.Measured; m != nil {
				line = append(line, fmt.Sprintf("%s (%s) ms", milliseconds(m.RoundTrip.Median), milliseconds(m.RoundTrip.Maximum)), rate(m.Up), rate(m.Down))
			} else {
				line = append(line, absent, absent, absent)
			}
			t.AppendRow(line)
			name, kind = "", ""
		}
	}
	if rows == 0 {
		return ""
	}
	alignRight(t, 4, 7)
	return t.Render()
}

// linkFailures says which looks saw nothing, and why.
func linkFailures(shown []shownLink) []string {
	var failures []string
	for _, link := range shown {
		if len(link.Looks) == 0 {
			failures = append(failures, fmt.Sprintf("the link between %s was not measured", link.Name()))
		}
		for _, look := range link.Looks {
			if look.Failure != "" {
				failures = append(failures, fmt.Sprintf("the link between %s was not measured %s: %s", link.Name(), momentText(look.When), look.Failure))
			}
		}
	}
	return failures
}

// byHandshakes tells whether a link was measured by connecting to a server of it alone.
func byHandshakes(link shownLink) bool {
	return slices.ContainsFunc(link.Looks, func(look results.LinkLook) bool { return look.Measured != nil && look.Measured.Handshakes })
}

func momentText(when results.Moment) string {
	switch when {
	case results.Before:
		return "before the first run"
	case results.After:
		return "after the last run"
	}
	return "between two runs"
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f", float64(d)/float64(time.Millisecond))
}

func rate(t links.Transfer) string {
	bandwidth := t.Bandwidth()
	switch {
	case bandwidth == 0:
		return absent
	case bandwidth >= links.Gbit:
		return fmt.Sprintf("%.1f Gbit/s", float64(bandwidth)/float64(links.Gbit))
	}
	return fmt.Sprintf("%.1f Mbit/s", float64(bandwidth)/float64(links.Mbit))
}

package audit

import (
	"fmt"
	"slices"
	"time"

	"eaibench/results"
)

func linkChecks() []Check {
	return []Check{
		{
			"emulated-links", Note, "links between hosts are emulated",
			"links of the scenario both ends of which one host plays",
			"loss, slow start, congestion and TCP's handshake are not emulated: a real link of the same round trip costs more",
			"name the links as emulated wherever the numbers are shown; measure on real hosts", "", checkEmulatedLinks,
		},
		{
			"forwarded", Serious, "services were reached through connections of eaibench's host",
			"links between the target and hosts of services that were measured, as requests go, over forwarded ports",
			"the way over a third host, and SSH on both parts of it, are in what each request takes",
			"have the hosts of services serve others: serve_address in the inventory", "", checkForwarded,
		},
		{
			"link-changed", Serious, "a link changed during the campaign",
			"median round trips of a link, before, between and after the runs, that differ by more than half and by 1 ms or more, their quartiles apart",
			"runs before and after the change do not wait for the same network",
			"carry the campaign out again when the link is quiet; interleave, so that a change meets every mode alike", "", checkLinkChanged,
		},
	}
}

const (
	// linkFactor is what the largest median round trip of a link may be of the smallest, and linkSlack how much longer it may be
	// whatever the factor: links of less than that are within a host, or as good as that, and the host's own waiting is all that
	// is seen to change. Both are chosen.
	linkFactor = 1.5
	linkSlack  = time.Millisecond
)

// linkLooks are the looks at one link, oldest first.
type linkLooks struct {
	results.Link
	looks []results.LinkLook
}

// links lists those of the scenario and those that were measured though it says nothing of them.
func (c *campaign) links() []linkLooks {
	var all []linkLooks
	if placement := c.Campaign.Placement; placement != nil {
		for _, link := range placement.Links {
			all = append(all, linkLooks{Link: link})
		}
	}
	for _, event := range c.Events {
		look := event.Link
		if look == nil {
			continue
		}
		at := slices.IndexFunc(all, func(one linkLooks) bool { return one.Between == look.Between })
		if at < 0 {
			at = len(all)
			all = append(all, linkLooks{Link: results.Link{Between: look.Between, Emulated: look.Emulated}})
		}
		all[at].looks = append(all[at].looks, *look)
	}
	return all
}

// checkEmulatedLinks looks for links between processes of one host that are made to look like links between two.
func checkEmulatedLinks(c *campaign, f *finding) {
	all := c.links()
	if len(all) == 0 {
		f.idle("no link lies between hosts")
		return
	}
	f.saw("what kind each of %s is", several(len(all), "link"))
	for _, link := range all {
		if link.Emulated {
			f.found(Note, "the link between %s is emulated: %v", link.Name(), link.Asked)
		}
	}
}

// checkForwarded looks for requests to services that go through the connections of eaibench's host.
func checkForwarded(c *campaign, f *finding) {
	looked := 0
	for _, link := range c.links() {
		for _, look := range link.looks {
			looked++
			if look.Forwarded {
				f.found(Serious, "between %s everything goes through connections of eaibench's host", link.Name())
			}
		}
	}
	if looked == 0 && slices.Contains(c.Campaign.Placement.LinkKinds(""), results.RealLink) {
		f.lacks("how requests go to services on other hosts is told with the links, and none was measured")
		return
	}
	if looked == 0 {
		f.idle("no link was measured")
		return
	}
	f.saw("how requests go over links, in %s", several(looked, "measurement"))
}

// checkLinkChanged looks for links whose round trip is not what it was.
func checkLinkChanged(c *campaign, f *finding) {
	compared := 0
	for _, link := range c.links() {
		var measured []results.LinkLook
		for _, look := range link.looks {
			if look.Measured == nil {
				f.lacks("the link between %s was not measured %s", link.Name(), momentOf(look))
				continue
			}
			measured = append(measured, look)
		}
		if len(measured) < 2 {
			f.lacks("the link between %s was measured %s", link.Name(), several(len(measured), "time"))
			continue
		}
		compared++
		median := func(a, b results.LinkLook) int {
			return int(a.Measured.RoundTrip.Median - b.Measured.RoundTrip.Median)
		}
		least, most := slices.MinFunc(measured, median), slices.MaxFunc(measured, median)
		if short, long := least.Measured.RoundTrip, most.Measured.RoundTrip; float64(long.Median) > linkFactor*float64(short.Median) &&
			long.Median-short.Median >= linkSlack && long.LowerQuartile > short.UpperQuartile {
			f.found(Serious, "the link between %s had a median round trip of %s %s, and of %s %s", link.Name(),
				short.Median.Round(100*time.Microsecond), momentOf(least), long.Median.Round(100*time.Microsecond), momentOf(most))
		}
	}
	switch {
	case len(c.links()) == 0:
		f.idle("no link lies between hosts")
	case compared > 0:
		f.saw("the round trips of %s", several(compared, "link"))
	}
}

// momentOf says when a look was: "after 18 runs".
func momentOf(look results.LinkLook) string {
	return fmt.Sprintf("after %s", several(look.Runs, "run"))
}

package audit

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"eaibench/bench"
	"eaibench/bench/statistics"
)

// noCrypto is the crypto of cells whose data are not sealed.
const noCrypto = "none"

// checkCryptoNone looks for cells whose data are not sealed.
func checkCryptoNone(c *campaign, f *finding) {
	c.checkAblation(f, "data are not sealed", func(cell bench.Cell) bool { return cell.Crypto == noCrypto })
}

// checkVerifyCached looks for cells whose certificates are verified once.
func checkVerifyCached(c *campaign, f *finding) {
	c.checkAblation(f, "certificates are verified once, not at each request", func(cell bench.Cell) bool { return cell.Verify == bench.Cached })
}

// checkAblation: what is left out to measure its cost is a limit to be told where the whole is measured beside it, and
// serious where it is not.
func (c *campaign) checkAblation(f *finding, what string, lacks func(bench.Cell) bool) {
	f.saw("the settings of %s", several(len(c.Campaign.Cells), "cell"))
	severity := Serious
	if slices.ContainsFunc(c.Campaign.Cells, func(cell bench.Cell) bool { return !lacks(cell) }) {
		severity = Note
	}
	for _, cell := range c.Campaign.Cells {
		if lacks(cell) {
			f.found(severity, "%s: %s", cell.ID, what)
		}
	}
}

// work is a step of which it is known what its work takes at the least.
type work struct {
	metric string
	least  time.Duration
	// none tells in which cells there is nothing to do.
	none func(bench.Cell) bool
}

const (
	// leastPublicKey: an Ed25519 or X25519 operation takes 20 µs and more on processors of today.
	leastPublicKey = 5 * time.Microsecond
	// leastProcess: the kernel starts no process and copies no executable in less.
	leastProcess = 50 * time.Microsecond
)

func works() []work {
	plain := func(cell bench.Cell) bool { return cell.Crypto == noCrypto }
	always := func(bench.Cell) bool { return false }
	return []work{
		{"createCompartment", leastProcess, always},
		{"deploy", leastProcess, always},
		{"generateKeyPair", leastPublicKey, always},
		{"generateAttestableDoc", leastPublicKey, always},
		{"putServicePublicKey", leastPublicKey, always},
		{"sign", leastPublicKey, always},
		{"verifyCertificate", leastPublicKey, func(cell bench.Cell) bool { return plain(cell) || cell.Verify == bench.Cached }},
		{"encrypt", leastPublicKey, plain},
		{"decrypt", leastPublicKey, plain},
	}
}

// spaced writes a duration of less than a minute with a space before its unit: 4.861 µs.
func spaced(d time.Duration) string {
	text := d.String()
	at := strings.IndexAny(text, "nµms")
	return text[:at] + " " + text[at:]
}

// checkNoWork looks for steps that are over sooner than what they are called can be done.
func checkNoWork(c *campaign, f *finding) {
	type timed struct {
		series bench.Series
		cell   string
	}
	found := map[timed][]float64{}
	byMetric := map[string]work{}
	for _, one := range works() {
		byMetric[one.metric] = one
	}
	for _, run := range c.Runs {
		if !run.Counts() {
			continue
		}
		for series, value := range c.values[run.ID] {
			work, ok := byMetric[series.Metric]
			if ok && series.Operation != bench.Memory && series.Operation != bench.Process && !work.none(c.cells[run.Cell]) {
				key := timed{series, run.Cell}
				found[key] = append(found[key], value)
			}
		}
	}
	if len(found) == 0 {
		f.lacks("no step that takes a certain time was timed")
		return
	}
	f.saw("%s of steps with a public-key operation, a process that is started or a file that is copied, cell by cell", several(len(found), "median"))
	var shown []string
	for key, values := range found {
		median, err := statistics.Median(values)
		if least := byMetric[key.series.Metric].least; err == nil && median < float64(least) {
			shown = append(shown, fmt.Sprintf("%s: %s takes %s; below %s it is suspected to do nothing", key.cell, key.series, spaced(time.Duration(median)), spaced(least)))
		}
	}
	slices.Sort(shown)
	for _, text := range shown {
		f.found(Serious, "%s", text)
	}
}

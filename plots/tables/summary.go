package tables

import (
	"fmt"
	"slices"

	"eaibench/bench"
)

// summaries describe the values of each mode.
func (s *Source) summaries() ([]*Table, error) { return s.eachSeries(s.summary) }

func (s *Source) summary(series bench.Series) (*Table, error) {
	chains, err := s.chain(series)
	if err != nil {
		return nil, err
	}
	unit := bench.UnitIn(s.data.Samples, series)
	var medians []float64
	for _, chain := range chains {
		for _, link := range chain.Links {
			if link.Summary != nil {
				medians = append(medians, link.Summary.Median)
			}
		}
	}
	if len(medians) == 0 {
		return nil, errNoRun
	}
	scale := bench.ScaleFor(unit, medians...)
	t := s.table(nameOf("summary", series), series.String()+" by mode")
	t.columns = summaryColumns(unit, scale.Name, s.confidence())
	for i, chain := range chains {
		part := section{of: []string{s.headings[i]}}
		for _, link := range chain.Links {
			part.rows = append(part.rows, summaryRow(link, scaledBy(scale), s.confidence()))
		}
		t.sections = append(t.sections, part)
	}
	t.Notes = append(t.Notes,
		"n: runs; a run is one value, the median over its requests. sd: standard deviation; MAD: median distance from the median, times 1.4826.",
		roundingNote("quartiles, sd, MAD, medians of too few runs for one"))
	if slices.ContainsFunc(chains, fewForAMean) {
		t.Notes = append(t.Notes, meanCaveat(s.confidence())+".")
	}
	t.Notes = append(t.Notes, s.leftOut(chains)...)
	return t, nil
}

// fewForAMean tells that the interval of a mean is of few runs.
func fewForAMean(chain bench.ChainTable) bool {
	return slices.ContainsFunc(chain.Links, func(link bench.Link) bool { return link.Summary != nil && bench.FewForTheMean(*link.Summary) })
}

func meanCaveat(confidence float64) string { return coverageNote(confidence) + ", " + bench.MeanCaveat }

// leftOut says which runs of each mode are not summarised, once where that is the same of all.
func (s *Source) leftOut(chains []bench.ChainTable) []string {
	var notes []string
	first, alike := "", true
	for i, chain := range chains {
		for k, link := range chain.Links {
			left := link.LeftOut.String()
			if i == 0 && k == 0 {
				first = left
			}
			if alike = alike && left == first; left != "" {
				notes = append(notes, leadBy(s.headings[i], fmt.Sprintf("left out of %s: %s", link.Cell.Mode, left)))
			}
		}
	}
	if alike && len(notes) > 1 {
		return []string{fmt.Sprintf("Left out of each mode: %s.", first)}
	}
	return notes
}

func summaryColumns(unit bench.Unit, sign string, confidence float64) []column {
	of := func(heading, name string) column {
		return column{kind: numbers, heading: heading, unit: sign, csv: []string{inUnit(name, unit)}}
	}
	hidden := func(name string, unit bench.Unit) column {
		return column{kind: numbers, csv: []string{inUnit(name, unit)}, csvOnly: true}
	}
	return []column{
		{heading: "mode", csv: []string{"mode"}},
		{kind: numbers, heading: "n", csv: []string{"n"}},
		{kind: numbers, heading: "median", unit: sign, interval: confidence, csv: withInterval("median", unit)},
		of("Q1", "q1"), of("Q3", "q3"),
		{kind: numbers, heading: "mean", unit: sign, interval: confidence, csv: withInterval("mean", unit)},
		of("sd", "sd"), of("MAD", "mad"),
		hidden("min", unit), hidden("max", unit), hidden("p5", unit), hidden("p95", unit), hidden("p99", unit),
		hidden("cv", ""), hidden("skewness", ""), hidden("outliers", ""), hidden("confidence", ""),
		{csv: []string{"caveat"}, csvOnly: true},
	}
}

func summaryRow(link bench.Link, scale scaled, confidence float64) []cell {
	row := []cell{text(link.Cell.Mode), integer(0)}
	s := link.Summary
	if s == nil {
		return row
	}
	row[1] = integer(s.N)
	row = append(row, measured(s.Median, s.MedianInterval, scale), plain(&s.Q1, scale), plain(&s.Q3, scale))
	row = append(row, measured(s.Mean, s.MeanInterval, scale), plain(s.SD, scale), plain(&s.MAD, scale))
	for _, value := range []*float64{&s.Min, &s.Max, &s.P5, &s.P95, &s.P99} {
		row = append(row, plain(value, scale))
	}
	caveat := ""
	if bench.FewForTheMean(*s) {
		caveat = meanCaveat(confidence)
	}
	return append(row, plain(s.CV, unscaled()), plain(s.Skewness, unscaled()), integer(s.Outliers.Any), plain(&confidence, unscaled()), text(caveat))
}

// leadBy puts what a note is of before it, where there is something to tell apart.
func leadBy(heading, note string) string {
	if heading == "" {
		return note + "."
	}
	return heading + ": " + note + "."
}

package plots

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"eaibench/bench"
	"eaibench/internal/strictyaml"
	"eaibench/scenarios/figure"

	"gonum.org/v1/plot/vg"
)

// view is what one figure shows of a campaign.
type view struct {
	*Source
	entry figure.Entry
	// cells that the filter keeps, and in groups those that are compared with each other.
	cells  []bench.Cell
	groups [][]bench.Cell
	// headings say what sets each group apart.
	headings []string
	// quantities that are drawn, and names of metrics that the campaign does not have.
	quantities []quantity
	lacking    []string
}

// quantity is what is measured of runs.
type quantity struct {
	series bench.Series // of throughput the zero value
	name   string
	unit   bench.Unit
	values func(bench.Cell) []float64 // one a run that counts
}

// title names the quantity on its axis.
func (q quantity) title() string { return q.name }

// view selects what an entry shows. The error wraps ErrNoData.
func (s *Source) view(entry figure.Entry) (*view, error) {
	v := &view{Source: s, entry: entry}
	for _, cell := range s.data.Campaign.Cells {
		if entry.Filter.Keeps(cell) {
			v.cells = append(v.cells, cell)
		}
	}
	if len(v.cells) == 0 {
		why := v.missed(false)
		if why == "" {
			why = "no cell of the campaign has the values of the filter"
		}
		return nil, fmt.Errorf("%w: %s", ErrNoData, why)
	}
	within := []bench.Axis{entry.By()}
	if entry.Along != "" {
		within = append(within, entry.Along)
	}
	v.groups = bench.GroupsBy(v.cells, within...)
	v.headings = bench.DistinctionsBy(v.groups, within...)
	for _, metric := range entry.Metric {
		found, err := v.find(metric)
		if err != nil {
			if why := err.Error(); !slices.Contains(v.lacking, why) { // what the filter misses is the same for all
				v.lacking = append(v.lacking, why)
			}
			continue
		}
		v.quantities = append(v.quantities, found...)
	}
	if len(v.quantities) == 0 {
		return nil, fmt.Errorf("%w: %s", ErrNoData, strings.Join(v.lacking, "; "))
	}
	return v, nil
}

// find gives the quantities that a metric means. The error says in words that the campaign has none.
func (v *view) find(metric string) ([]quantity, error) {
	if metric == figure.Throughput {
		return v.throughput()
	}
	var found []quantity
	var known []string
	measured := false
	for _, series := range v.series {
		known = append(known, series.Metric)
		measured = measured || series.Named(metric)
		if series.Named(metric) && v.entry.Filter.KeepsSeries(series) {
			found = append(found, quantity{
				series: series, name: v.shortName(series), unit: v.units[series],
				values: func(cell bench.Cell) []float64 { return v.cellValues(cell, series) },
			})
		}
	}
	switch {
	case len(found) > 0:
		return found, nil
	case measured:
		return nil, errors.New(cmp.Or(v.missed(true), fmt.Sprintf("no %s of %s was measured", metric, v.entry.Filter.SeriesText())))
	}
	if nearest := strictyaml.Nearest(metric, known); nearest != "" && nearest != metric {
		return nil, fmt.Errorf("no %s was measured; did you mean %s?", metric, nearest)
	}
	return nil, fmt.Errorf("no %s was measured", metric)
}

// missed says that the filter keeps no cell, or no series, since nothing has what it has for one of its keys; "" where that is not why.
func (v *view) missed(ofSeries bool) string {
	var texts []string
	for _, miss := range v.Misses(v.entry) {
		if miss.All && miss.OfSeries() == ofSeries {
			texts = append(texts, miss.String())
		}
	}
	return strings.Join(texts, "; ")
}

// shortName is as much of a series' name as tells it from the campaign's others.
func (v *view) shortName(series bench.Series) string {
	alike := func(same func(other bench.Series) bool) bool {
		return slices.ContainsFunc(v.series, func(other bench.Series) bool { return other != series && other.Metric == series.Metric && same(other) })
	}
	name := series.Metric
	if alike(func(other bench.Series) bool { return other.Operation != series.Operation }) {
		name = string(series.Operation) + "." + name
	}
	ofOperation := func(other bench.Series) bool { return other.Operation == series.Operation }
	if alike(func(other bench.Series) bool { return ofOperation(other) && other.Component != series.Component }) {
		name += " of " + string(series.Component)
	}
	if alike(func(other bench.Series) bool { return ofOperation(other) && other.Component == series.Component }) {
		name += ", service " + series.Service
	}
	return name
}

// throughput is computed of each run's span.
func (v *view) throughput() ([]quantity, error) {
	if !slices.Contains(v.series, bench.Span()) {
		return nil, fmt.Errorf("no %s, since no %s was measured", figure.Throughput, bench.Span().Metric)
	}
	return []quantity{{name: figure.Throughput, unit: "requests/s", values: func(cell bench.Cell) []float64 {
		return bench.Throughput(v.data.Runs, v.values, cell)
	}}}, nil
}

// logarithmic tells whether the entry asks for it.
func (v *view) logarithmic() bool { return v.entry.Scale == figure.Logarithmic }

// automatic tells whether the kind takes the scale that shows more.
func (v *view) automatic() bool { return v.entry.Scale == figure.Auto || v.entry.Scale == "" }

// comparedCell is a cell, and how what sets it apart is named and drawn.
type comparedCell struct {
	bench.Cell
	label string
	// place among what is compared, the same in every figure of the campaign.
	place int
	look  look
}

// compared gives the cells of a group in the order in which they are compared: modes in that of the platform's chain, numbers
// rising, words as the campaign has them. Cells of a mode that the campaign does not describe come last.
func (v *view) compared(group []bench.Cell) []comparedCell {
	values := v.comparedValues()
	var ordered []comparedCell
	for _, cell := range group {
		label := v.entry.By().Text(cell)
		place := slices.Index(values, label)
		ordered = append(ordered, comparedCell{cell, label, place, lookOf(place)})
	}
	slices.SortStableFunc(ordered, func(a, b comparedCell) int { return cmp.Compare(a.place, b.place) })
	return ordered
}

// comparedValues lists the values of what is compared in their order, of all cells of the campaign: so that a value looks the same
// whatever a filter leaves.
func (v *view) comparedValues() []string {
	by, cells := v.entry.By(), slices.Clone(v.data.Campaign.Cells)
	if by == bench.ByMode {
		var modes []string
		for _, mode := range v.data.Campaign.Modes {
			modes = append(modes, mode.Name)
		}
		for _, mode := range by.ValuesOf(cells) {
			if !slices.Contains(modes, mode) {
				modes = append(modes, mode)
			}
		}
		return modes
	}
	slices.SortStableFunc(cells, func(a, b bench.Cell) int {
		first, _ := by.Number(a)
		second, _ := by.Number(b)
		return cmp.Compare(first, second)
	})
	return by.ValuesOf(cells)
}

// figure begins one: what every figure says of its campaign. Each text is a paragraph below the title.
func (v *view) figure() *Figure {
	caption := cmp.Or(v.entry.Caption, v.entry.Kind.Shows())
	texts := []string{caption}
	if len(v.quantities) == 1 {
		if text := metricText(v.quantities[0]); text != "" {
			texts = append(texts, text)
		}
	}
	f := &Figure{
		Name: v.entry.ID, title: v.data.Campaign.Title, caption: caption, campaign: v.data.Campaign.Name, subtitle: append(texts, v.circumstances()),
		width: vg.Length(v.entry.Width()) * vg.Millimeter, columns: 1, alerts: alertsOf(v.data.Campaign, v.cells), notes: []string{v.excluded()},
	}
	for _, lacking := range v.lacking {
		f.note("Not in the figure: " + lacking + ".")
	}
	return f
}

// promisesNoInterval says that the figure has no confidence interval, and why; the kind's own caption promises none then.
func (f *Figure) promisesNoInterval(v *view, why string) {
	f.promisesNot(v, ", with 95 % confidence intervals")
	f.say("No confidence interval is drawn: " + why)
}

// promisesNot takes out of the kind's own caption what the figure does not have; a caption of somebody's own stays as it is.
func (f *Figure) promisesNot(v *view, text string) {
	if v.entry.Caption == "" {
		promised := f.caption
		f.caption = strings.Replace(promised, text, "", 1)
		f.subtitle[slices.Index(f.subtitle, promised)] = f.caption
	}
}

// columns is how many panels of a width at the least stand beside each other, up to three; four are two by two.
func (v *view) columns(panels int, least vg.Length) int {
	room := max(1, int((vg.Length(v.entry.Width())*vg.Millimeter-2*margin)/least))
	if panels == 4 {
		room = min(room, 2)
	}
	return min(room, panels, 3)
}

// panels draws one for each quantity and each group of which there is something to draw, each of that width at the least; at says of
// which. Without anything the figure stays empty.
func panels[T any](v *view, f *Figure, all [][][]T, least vg.Length, at func(quantity, group int) (panel, error)) error {
	drawn := 0
	for _, groups := range all {
		for _, own := range groups {
			drawn += min(len(own), 1)
		}
	}
	f.columns = v.columns(drawn, least)
	for i, groups := range all {
		for j, own := range groups {
			if len(own) == 0 {
				continue
			}
			p, err := at(i, j)
			if err != nil {
				return fmt.Errorf("drawing %s: %w", v.quantities[i].name, err)
			}
			f.panels = append(f.panels, p)
		}
	}
	return nil
}

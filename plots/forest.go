package plots

import (
	"fmt"
	"math"
	"strconv"

	"eaibench/bench"
	"eaibench/bench/statistics"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

const forestHeight = 7 * vg.Millimeter

// ratioLook is how the two ratios of a comparison are told apart.
var ratioLook = look{dark: ink, light: grid, marker: draw.BoxGlyph{}}

// forest draws for each comparison the ratio to its baseline with its confidence interval: link by link of the chain of
// modes, and end to end; of anything else, to the first value.
func forest(v *view) (*Figure, error) {
	f := v.figure()
	var kinds ratioKinds
	all, spans := make([][][]bench.Comparison, len(v.quantities)), make([][]span, len(v.quantities))
	for i, q := range v.quantities {
		for _, group := range v.groups {
			comparisons, err := v.comparisons(group, q)
			if err != nil {
				return nil, err
			}
			s := span{1, 1} // no difference is always in the picture
			for _, c := range comparisons {
				kinds.see(c)
				s = s.with(c.Ratio).with(c.PairRatio)
			}
			all[i], spans[i] = append(all[i], comparisons), append(spans[i], s)
		}
	}
	spans = v.sharedSpans(f, spans, false, v.isLogarithmic)
	err := panels(v, f, all, rowsWidth, func(i, j int) (panel, error) {
		p := v.forestPanel(f, v.quantities[i], all[i][j], spans[i][j])
		p.heading = v.headings[j]
		return p, nil
	})
	if err != nil {
		return nil, err
	}
	evenReadings(f.panels)
	if len(f.panels) == 0 {
		return nil, fmt.Errorf("%w: no two of what is compared have runs that count", ErrNoData)
	}
	f.legend = kinds.legend()
	kinds.explain(v, f)
	return f, nil
}

// ratioKinds are what a forest plot has.
type ratioKinds struct {
	medians, pairs, mediansInterval, pairsInterval, none bool
	all                                                  []bench.Comparison
}

func (k *ratioKinds) see(c bench.Comparison) {
	if c.Ratio != nil {
		k.medians, k.mediansInterval = true, k.mediansInterval || c.Ratio.Interval != nil
	}
	if c.PairRatio != nil {
		k.pairs, k.pairsInterval = true, k.pairsInterval || c.PairRatio.Interval != nil
	}
	k.none = k.none || c.Ratio == nil
	k.all = append(k.all, c)
}

func (k ratioKinds) legend() legend {
	var line legendLine
	if k.medians {
		line.entries = append(line.entries, legendEntry{"ratio of medians", ratioMark{ratioLook, false}.swatch(k.mediansInterval)})
	}
	if k.pairs {
		text := "ratio of pairs of one block"
		if k.pairsInterval {
			text += ", whose interval leaves out what slows a whole block"
		}
		line.entries = append(line.entries, legendEntry{text, ratioMark{ratioLook, true}.swatch(k.pairsInterval)})
	}
	if len(line.entries) == 0 {
		return nil
	}
	return legend{line}
}

// explain says what is drawn, and what is not.
func (k ratioKinds) explain(v *view, f *Figure) {
	text := "The line at 1 is no difference."
	if k.mediansInterval || k.pairsInterval {
		text = fmt.Sprintf("Whiskers, and numbers in brackets: %.0f %% confidence intervals. ", statistics.Confidence*100) + text
	} else {
		f.promisesNoInterval(v, "there are too few runs, or medians of 0.")
	}
	if caveat := bench.RatioCaveat("ratio of medians", k.all); caveat != "" {
		text += fmt.Sprintf(" %.0f %%: %s; %s.", statistics.Confidence*100, bench.IntervalText(statistics.Confidence), caveat)
	}
	if k.none {
		text += " No ratio: what it would be to is 0."
	}
	f.notes = append([]string{text}, f.notes...)
}

// with widens the span by a ratio and its interval.
func (s span) with(ratio *statistics.Relation) span {
	if ratio == nil {
		return s
	}
	s = s.and(span{ratio.Value, ratio.Value})
	if ratio.Interval != nil {
		s = s.and(span{ratio.Interval.Low, ratio.Interval.High})
	}
	return s
}

// comparisons compares the cells of a group, those that have values.
func (v *view) comparisons(group []bench.Cell, q quantity) ([]bench.Comparison, error) {
	var cells []bench.CellRuns
	for _, cell := range v.compared(group) {
		if runs := bench.RunsOf(v.data.Runs, v.values, cell.Cell, q.series); len(runs.Values) > 0 {
			cells = append(cells, runs)
		}
	}
	options := bench.Options{Interleaved: v.data.Campaign.Order == bench.OrderBlocks, Seed: v.data.Campaign.Seed}
	if v.entry.By() == bench.ByMode {
		table, err := bench.CompareChain(cells, v.data.Campaign.Chain(), q.unit, options)
		return table.Comparisons, err
	}
	var comparisons []bench.Comparison
	for i := 1; i < len(cells); i++ {
		c, err := bench.CompareCells(cells[i], cells[0], q.unit, options)
		if err != nil {
			return nil, err
		}
		comparisons = append(comparisons, c)
	}
	return comparisons, bench.Family(comparisons, options)
}

func (v *view) forestPanel(f *Figure, q quantity, comparisons []bench.Comparison, s span) panel {
	r := rows{height: forestHeight, width: f.columnWidth(), reference: 1}
	r.low, r.high, r.logarithmic = s.low, s.high, v.isLogarithmic(s)
	if !r.logarithmic {
		room := max(0.04*(s.high-s.low), 0.01)
		r.low, r.high = s.low-room, s.high+room
	}
	by := v.entry.By()
	for _, c := range comparisons {
		n := fmt.Sprintf("n = %d pairs", c.Pairs)
		if c.Pairs == 0 {
			n = fmt.Sprintf("n = %d, %d", c.N, c.BaselineN)
		}
		one := row{label: labelLines(by.Text(c.Cell), labelLines("/ "+by.Text(c.Baseline)), n)}
		marks := marksOf(c, v.lookOf(by.Text(c.Cell)))
		for _, mark := range marks {
			one.readings = append(one.readings, mark.reading())
		}
		if c.Ratio == nil {
			one.readings = append([]reading{{"no ratio", true, v.lookOf(by.Text(c.Cell))}}, one.readings...)
		}
		one.draw = func(c draw.Canvas, at rowPlace) {
			for i, mark := range marks {
				apart := (float64(len(marks)-1)/2 - float64(i)) * float64(labelLine)
				mark.draw(c, at, at.middle+vg.Length(apart))
			}
		}
		r.rows = append(r.rows, one)
	}
	p := r.panel()
	p.axis = axisText("ratio of "+q.title(), bench.Scale{Size: 1}, r.logarithmic)
	return p
}

// lookOf is how a value of what is compared is drawn.
func (v *view) lookOf(value string) look {
	for place, one := range v.comparedValues() {
		if one == value {
			return lookOf(place)
		}
	}
	return lookOf(0)
}

// ratioMark is a ratio in its row: filled that of medians, open that of pairs.
type ratioMark struct {
	look look
	open bool
}

// drawnRatio is one with its numbers.
type drawnRatio struct {
	ratioMark
	of statistics.Relation
}

func marksOf(c bench.Comparison, of look) []drawnRatio {
	var marks []drawnRatio
	if c.Ratio != nil {
		marks = append(marks, drawnRatio{ratioMark{of, false}, *c.Ratio})
	}
	if c.PairRatio != nil {
		marks = append(marks, drawnRatio{ratioMark{of, true}, *c.PairRatio})
	}
	return marks
}

func (d drawnRatio) reading() reading {
	text := ratioText(d.of.Value)
	if d.of.Interval != nil {
		text += " [" + ratioText(d.of.Interval.Low) + ", " + ratioText(d.of.Interval.High) + "]"
	}
	return reading{text, !d.open, d.look}
}

// ratioText has the thousandths of a ratio below 10, what a per cent is made of, and fewer of larger ones.
func ratioText(ratio float64) string {
	return strconv.FormatFloat(ratio, 'f', max(0, 3-int(math.Log10(max(ratio, 1)))), 64)
}

func (d drawnRatio) draw(c draw.Canvas, at rowPlace, y vg.Length) {
	if d.of.Interval != nil {
		whiskered(c, d.line(), at.x(d.of.Interval.Low), at.x(d.of.Interval.High), y, vg.Millimeter)
	}
	d.glyph(c, vg.Point{X: at.x(d.of.Value), Y: y})
}

func (m ratioMark) line() draw.LineStyle {
	style := draw.LineStyle{Color: m.look.dark, Width: 1.2}
	if m.open {
		style.Width = 0.8
	}
	return style
}

func (m ratioMark) glyph(c draw.Canvas, at vg.Point) {
	const radius = 2.4
	if m.open {
		c.DrawGlyphNoClip(draw.GlyphStyle{Color: white, Radius: radius, Shape: draw.BoxGlyph{}}, at)
		c.DrawGlyphNoClip(draw.GlyphStyle{Color: m.look.dark, Radius: radius, Shape: draw.SquareGlyph{}}, at)
		return
	}
	c.DrawGlyphNoClip(draw.GlyphStyle{Color: m.look.dark, Radius: radius, Shape: draw.BoxGlyph{}}, at)
}

// swatch is the mark in a legend, with whiskers where it has an interval.
func (m ratioMark) swatch(interval bool) func(c draw.Canvas, in vg.Rectangle) {
	return func(c draw.Canvas, in vg.Rectangle) {
		middle := (in.Min.Y + in.Max.Y) / 2
		if interval {
			whiskered(c, m.line(), in.Min.X, in.Max.X, middle, vg.Millimeter)
		}
		m.glyph(c, vg.Point{X: (in.Min.X + in.Max.X) / 2, Y: middle})
	}
}

package plots

import (
	"fmt"
	"math"

	"eaibench/bench"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
)

// patterns of the two lines of a panel with two axes.
const (
	leftPattern  = 0
	rightPattern = 1
)

// twoAxes draws for each group, and each of what is compared in it, a panel with two lines along a number in which cells differ: of the
// metric on the axis at the left, and dashed and with open markers of the other on the axis at the right. All panels have the same axes.
func twoAxes(v *view) (*Figure, error) {
	if err := v.differ(); err != nil {
		return nil, err
	}
	rights, err := v.find(v.entry.Right)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoData, err)
	}
	left, right := v.quantities[0], rights[0]
	f := v.figure()
	lefts, err := v.axisCurves(left)
	if err != nil {
		return nil, err
	}
	others, err := v.axisCurves(right)
	if err != nil {
		return nil, err
	}
	a := axisPair{v: v, f: f, left: axisOf(left, lefts), right: axisOf(right, others)}
	a.alignRight()
	panels := 0
	for i := range lefts {
		panels += len(lefts[i])
	}
	f.columns = v.columns(panels, curveWidth)
	for i := range lefts {
		for _, one := range lefts[i] {
			panel, err := a.panel(one, others[i])
			if err != nil {
				return nil, err
			}
			panel.heading, panel.group = one.label, v.headings[i]
			f.panels = append(f.panels, panel)
		}
	}
	if len(f.panels) == 0 {
		return nil, errNoRun
	}
	neutral := look{dark: ink, light: grid}
	f.legend = legend{{entries: []legendEntry{
		{a.left.name + ", left axis", line{neutral.filled(), leftPattern}.swatch},
		{a.right.name + ", right axis", line{neutral.open(), rightPattern}.swatch},
	}}}
	f.notes = append([]string{"Lines: medians (" + v.counted() + "). Bands: quartiles. Both axes begin at 0."}, f.notes...)
	return f, nil
}

// axisCurves are a quantity's curves in each group.
func (v *view) axisCurves(q quantity) ([][]curve, error) {
	groups := make([][]curve, len(v.groups))
	for i, group := range v.groups {
		var err error
		if groups[i], err = v.curvesOf(group, q); err != nil {
			return nil, err
		}
	}
	return groups, nil
}

// measuredAxis is an axis from 0 for all curves of a quantity.
type measuredAxis struct {
	scale bench.Scale
	end   float64 // in its unit
	name  string
}

func axisOf(q quantity, groups [][]curve) measuredAxis {
	s := span{math.Inf(1), 0}
	for _, curves := range groups {
		s = s.of(curves)
	}
	scale := bench.ScaleFor(q.unit, s.high)
	return measuredAxis{scale, axisEnd(s.high / scale.Size), axisText(q.title(), scale, false)}
}

// axisPair draws panels.
type axisPair struct {
	v           *view
	f           *Figure
	left, right measuredAxis
	step        float64 // between the right axis' numbers
}

// panel draws a curve, and that of the other quantity which has the same place among what is compared.
func (a axisPair) panel(left curve, others []curve) (panel, error) {
	p := barePlot()
	p.Y.Min, p.Y.Max = 0, a.left.end
	beside := a.rightNumbers(p)
	below := a.v.alongAxis(&p.X, a.f.columnWidth()-axisNumbers-beside.width)
	fullGrid(p)
	left.look = left.look.filled()
	if err := left.draw(p, a.left.scale.Size, leftPattern); err != nil {
		return panel{}, err
	}
	for _, other := range others {
		if other.place == left.place {
			other.look = other.look.open()
			if err := other.draw(p, a.right.scale.Size*a.right.end/a.left.end, rightPattern); err != nil {
				return panel{}, err
			}
		}
	}
	return panel{plot: p, height: a.f.curveHeight(), beside: beside, below: below, axis: a.left.name, rightAxis: a.right.name}, nil
}

// alignRight makes the right axis as long as it must be for its round numbers to stand at the left one's.
func (a *axisPair) alignRight() {
	ticks := a.leftTicks()
	if len(ticks) < 2 {
		return
	}
	parts := a.left.end / (ticks[1].Value - ticks[0].Value)
	a.step = roundStep(a.right.end / parts)
	a.right.end = a.step * parts
}

// rightNumbers are those of the right axis, at the left one's.
func (a axisPair) rightNumbers(p *plot.Plot) *column {
	style := text.Style{Font: p.Y.Tick.Label.Font, Color: ink, XAlign: text.XLeft, YAlign: text.YCenter, Handler: plot.DefaultTextHandler}
	beside := &column{}
	for i, tick := range multiples(a.step, 0, a.right.end) {
		beside.add(a.leftTicks()[i].Value, 0, style, tick.Label)
	}
	return beside
}

// leftTicks are those of the left axis, from 0.
func (a axisPair) leftTicks() []plot.Tick { return roundTicks{}.Ticks(0, a.left.end) }

// draw adds the curve, its values divided, in a pattern.
func (o curve) draw(p *plot.Plot, divisor float64, pattern int) error {
	o.place = pattern
	return o.addTo(p, bench.Scale{Size: divisor})
}

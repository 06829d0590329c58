package plots

import (
	"image/color"
	"math"
	"slices"
	"strconv"
	"strings"

	"eaibench/bench"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// panel lays the tiles out; reach is the logarithm of the ratio of the darkest colour, below what is named below the columns.
func (t table) panel(width vg.Length, reach float64, below string) panel {
	p := barePlot()
	var names []plot.Tick
	labels := vg.Length(0)
	for i, name := range t.lines {
		label := labelLines(axisText(name, t.scale(i), false))
		names = append(names, plot.Tick{Value: -float64(i) - 0.5, Label: label})
		labels = max(labels, barLabelStyle().Width(label))
	}
	p.Y.Min, p.Y.Max = -float64(len(t.lines)), 0
	p.Y.Tick.Marker, p.Y.Tick.Label, p.Y.Padding = plot.ConstantTicks(names), barLabelStyle(), barPadding
	p.X.Tick.Label.Font = sans(smallSize, false)
	style := text.Style{Font: p.X.Tick.Label.Font, Handler: plot.DefaultTextHandler}
	each := (width-labels-2*barPadding)/vg.Length(len(t.columns)) - vg.Millimeter
	var columns []plot.Tick
	lines, height := 1, tileHeight
	shown, said := t.columnNames(style, each)
	for i, name := range shown {
		wrapped := wrap(style, name, each)
		lines = max(lines, len(wrapped))
		columns = append(columns, plot.Tick{Value: float64(i) + 0.5, Label: strings.Join(wrapped, "\n")})
	}
	for _, name := range names {
		height = max(height, vg.Length(strings.Count(name.Label, "\n")+1)*labelLine+rowGap)
	}
	p.X.Min, p.X.Max = 0, float64(len(t.columns))
	p.X.Tick.Marker = plot.ConstantTicks(columns)
	p.Add(tiles{t, reach})
	return panel{axis: said, below: below, plot: p, height: height*vg.Length(len(t.lines)) + labelLine*1.1*vg.Length(lines) + rowGap}
}

// scale is a line's, in which its largest value has up to three digits before the point.
func (t table) scale(line int) bench.Scale {
	largest := 0.0
	for _, one := range t.tiles[line] {
		largest = max(largest, one.value)
	}
	return bench.ScaleFor(t.units[line], largest)
}

// columnNames are the columns' names, or numbers where a word of them has no room; then what each number stands for is said.
func (t table) columnNames(style text.Style, room vg.Length) (names []string, said string) {
	fits := func(name string) bool {
		return !slices.ContainsFunc(strings.FieldsFunc(strings.ReplaceAll(name, "-", "- "), func(r rune) bool { return r == ' ' }), func(word string) bool {
			return style.Width(word) > room
		})
	}
	if !slices.ContainsFunc(t.columns, func(name string) bool { return !fits(name) }) {
		return t.columns, ""
	}
	var parts []string
	for i, name := range t.columns {
		names = append(names, strconv.Itoa(i+1))
		parts = append(parts, unbroken("%d: %s", i+1, name))
	}
	return names, strings.Join(parts, ", ")
}

// tiles draws a table.
type tiles struct {
	table
	reach float64
}

// Plot implements plot.Plotter.
func (t tiles) Plot(c draw.Canvas, p *plot.Plot) {
	trX, trY := p.Transforms(&c)
	for i, line := range t.tiles {
		scale := t.scale(i)
		for j, one := range line {
			in := vg.Rectangle{Min: vg.Point{X: trX(float64(j)), Y: trY(-float64(i) - 1)}, Max: vg.Point{X: trX(float64(j) + 1), Y: trY(-float64(i))}}
			t.draw(c, in, one, scale)
		}
	}
}

func (t tiles) draw(c draw.Canvas, in vg.Rectangle, one tile, scale bench.Scale) {
	fill := white
	if one.ratio > 0 {
		fill = shade(math.Log(one.ratio) / t.reach)
	}
	c.SetColor(fill)
	c.Fill(in.Path())
	c.StrokeLines(draw.LineStyle{Color: faint, Width: 0.5}, []vg.Point{in.Min, {X: in.Max.X, Y: in.Min.Y}, in.Max, {X: in.Min.X, Y: in.Max.Y}, in.Min})
	if one.absent {
		return
	}
	drawDirection(c, in, one.ratio, readableOn(fill))
	style := textStyle(smallSize, false, readableOn(fill))
	style.XAlign, style.YAlign = text.XCenter, text.YCenter
	said := []string{scale.Format(one.value, 3)}
	if one.ratio > 0 {
		said = append(said, bench.Significant(one.ratio, 3)+" ×")
	}
	middle := vg.Point{X: (in.Min.X + in.Max.X) / 2, Y: (in.Min.Y+in.Max.Y)/2 + style.FontExtents().Descent}
	for line, words := range said {
		shift := (float64(len(said)-1)/2 - float64(line)) * float64(smallSize) * 1.15
		c.FillText(style, vg.Point{X: middle.X, Y: middle.Y + vg.Length(shift)}, words)
	}
}

// drawDirection marks in a corner what is more, or less, than what it is compared with, where the digits that are shown tell them apart.
func drawDirection(c draw.Canvas, in vg.Rectangle, ratio float64, on color.NRGBA) {
	const half, edge = vg.Length(1.4), vg.Length(1.6)
	if ratio == 0 || bench.Significant(ratio, 3) == bench.Significant(1, 3) {
		return
	}
	middle := vg.Point{X: in.Max.X - edge - half, Y: in.Max.Y - edge - half}
	up := half
	if ratio < 1 {
		up = -half
	}
	c.FillPolygon(on, []vg.Point{{X: middle.X - half, Y: middle.Y - up}, {X: middle.X + half, Y: middle.Y - up}, {X: middle.X, Y: middle.Y + up}})
}

// shade is a colour from white, at 0, to a blue, at 1, or to a brown, at -1, whose grey falls evenly and alike, and on all of which dark
// text can be read.
func shade(share float64) color.NRGBA {
	from, to := [3]float64{0xff, 0xff, 0xff}, [3]float64{0x6c, 0x9f, 0xcf}
	if share < 0 {
		to = [3]float64{0xd0, 0x8f, 0x4a}
	}
	mixed := func(i int) uint8 { return uint8(math.Round(from[i] + (to[i]-from[i])*min(math.Abs(share), 1))) }
	return color.NRGBA{R: mixed(0), G: mixed(1), B: mixed(2), A: 0xff}
}

// tileLegend says what the colours mean, of those sides of 1 that there are.
func tileLegend(reach float64, less, more bool) legend {
	var line legendLine
	for _, share := range []float64{-1, -0.5, 0, 0.5, 1} {
		if share < 0 && !less || share > 0 && !more {
			continue
		}
		ratio := math.Exp(share * reach)
		line.entries = append(line.entries, legendEntry{bench.Significant(ratio, 3) + " ×", func(c draw.Canvas, in vg.Rectangle) {
			c.SetColor(shade(share))
			c.Fill(in.Path())
			c.StrokeLines(draw.LineStyle{Color: faint, Width: 0.5}, []vg.Point{in.Min, {X: in.Max.X, Y: in.Min.Y}, in.Max, {X: in.Min.X, Y: in.Max.Y}, in.Min})
			drawDirection(c, in, ratio, readableOn(shade(share)))
		}})
	}
	return legend{line}
}

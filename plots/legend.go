package plots

import (
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// legend is paragraphs of entries, each of which begins a line.
type legend []legendLine

// legendLine is entries that belong together, under a common name or none.
type legendLine struct {
	title   string
	entries []legendEntry
}

// legendEntry says what a colour, a pattern or a marker stands for.
type legendEntry struct {
	label string
	// sample is drawn into a rectangle of swatchWidth by swatchHeight.
	sample func(c draw.Canvas, in vg.Rectangle)
}

const (
	swatchWidth  = 7 * vg.Millimeter
	swatchHeight = 2.8 * vg.Millimeter
	entryGap     = 3 * vg.Millimeter
	legendLead   = 1.5 * vg.Millimeter // above the first line
)

func legendStyle() text.Style { return textStyle(smallSize+0.5, false, ink) }

// placed is one line of one entry's text, and its sample where it is the first, from the legend's upper left corner.
type placed struct {
	at     vg.Point
	text   string
	style  text.Style
	sample func(c draw.Canvas, in vg.Rectangle)
}

// layout fills lines from left to right and gives the height of all.
func (l legend) layout(width vg.Length) (all []placed, height vg.Length) {
	if len(l) == 0 {
		return nil, 0
	}
	style, lineHeight := legendStyle(), legendStyle().Font.Size*lineSpacing
	y := -legendLead
	for _, paragraph := range l {
		x := vg.Length(0)
		if paragraph.title != "" {
			titleStyle := textStyle(smallSize+0.5, true, faint)
			for i, line := range wrap(titleStyle, paragraph.title, width) {
				if i > 0 {
					y -= lineHeight
				}
				all = append(all, placed{at: vg.Point{Y: y}, text: line, style: titleStyle})
				x = titleStyle.Width(line) + entryGap
			}
		}
		for _, entry := range paragraph.entries {
			const lead = swatchWidth + vg.Millimeter
			if need := lead + style.Width(entry.label); x > 0 && x+need > width {
				x, y = 0, y-lineHeight
			}
			lines := wrap(style, entry.label, width-lead)
			for i, line := range lines {
				one := placed{at: vg.Point{X: x, Y: y}, text: line, style: style}
				one.at.X += lead
				if i == 0 {
					one.sample = entry.sample
				}
				if i < len(lines)-1 {
					y -= lineHeight
				}
				all = append(all, one)
			}
			x += lead + style.Width(lines[len(lines)-1]) + entryGap
		}
		y -= lineHeight
	}
	return all, -y
}

func (l legend) height(width vg.Length) vg.Length {
	_, height := l.layout(width)
	return height
}

// draw writes the legend below at and gives where the next begins.
func (l legend) draw(c draw.Canvas, at vg.Point, width vg.Length) vg.Point {
	all, height := l.layout(width)
	for _, one := range all {
		corner := at.Add(one.at)
		c.FillText(one.style, corner, one.text)
		if one.sample != nil {
			low := corner.Y - one.style.Font.Size/2 - swatchHeight/2 - 0.5
			one.sample(c, vg.Rectangle{
				Min: vg.Point{X: corner.X - swatchWidth - vg.Millimeter, Y: low},
				Max: vg.Point{X: corner.X - vg.Millimeter, Y: low + swatchHeight},
			})
		}
	}
	return vg.Point{X: at.X, Y: at.Y - height}
}

package tables

import (
	"fmt"
	"strings"

	"eaibench/internal/latex"
)

const (
	// wideAbove so many columns of LaTeX a table takes both columns of a page that has two, and smaller type.
	wideAbove = 7
	// floatLines is how many lines of small type a page holds besides caption and notes.
	floatLines = 40
	// lineLetters is how many letters of small type a narrow line holds.
	lineLetters = 80
)

// latex writes floats for a document that loads booktabs, graphicx, and siunitx from its version 3 on: one, or where its rows are too
// many for a page several, continued. Numbers stand in columns S, so that the document's own \sisetup decides how they look; the ends
// of intervals have columns of their own. What is wider than the line is made smaller. See docs/tables.md.
func (t *Table) latex() string {
	var page strings.Builder
	page.WriteString("% Needs \\usepackage{booktabs,graphicx} and \\usepackage{siunitx}, version 3 or later.\n")
	columns := t.latexColumns()
	var specifications, titles []string
	small := false
	for _, column := range columns {
		specifications, titles = append(specifications, column.specifications...), append(titles, column.titles...)
		small = small || column.kind == prose
	}
	environment := "table"
	if len(specifications) > wideAbove {
		environment, small = "table*", true
	}
	floats := t.floats()
	for i, sections := range floats {
		fmt.Fprintf(&page, "\\begin{%s}\n\\centering\n", environment)
		caption := latex.Text(strings.Join(append([]string{t.Caption}, t.Alerts...), " "))
		if i == 0 {
			fmt.Fprintf(&page, "\\caption{%s}\n\\label{tab:%s}\n", caption, t.Name)
		} else {
			fmt.Fprintf(&page, "\\addtocounter{table}{-1}\n\\caption[]{Continued. %s}\n", caption)
		}
		page.WriteString("\\medskip\n")
		if small {
			page.WriteString("\\footnotesize\\setlength{\\tabcolsep}{3.5pt}\n")
		}
		fmt.Fprintf(&page, "\\sbox0{\\begin{tabular}{@{}%s@{}}\n\\toprule\n%s \\\\\n", strings.Join(specifications, ""), strings.Join(titles, " & "))
		for _, part := range sections {
			part.latex(&page, columns, len(specifications))
		}
		page.WriteString("\\bottomrule\n\\end{tabular}}%\n\\ifdim\\wd0>\\linewidth\\resizebox{\\linewidth}{!}{\\usebox0}\\else\\usebox0\\fi\n")
		if i == len(floats)-1 {
			t.latexNotes(&page)
		}
		fmt.Fprintf(&page, "\\end{%s}\n", environment)
	}
	return page.String()
}

// latex writes a section's rows.
func (s section) latex(page *strings.Builder, columns []latexColumn, width int) {
	page.WriteString("\\midrule\n")
	if title := s.title(); title != "" {
		fmt.Fprintf(page, "\\multicolumn{%d}{@{}l}{\\textit{%s}} \\\\\n", width, latex.Text(title))
	}
	for _, row := range s.rows {
		var cells []string
		for _, column := range columns {
			cells = append(cells, column.cells(at(row, column.place))...)
		}
		fmt.Fprintf(page, "%s \\\\\n", strings.Join(cells, " & "))
	}
}

func (t *Table) latexNotes(page *strings.Builder) {
	if len(t.Notes) == 0 {
		return
	}
	page.WriteString("\\par\\smallskip\n\\begin{minipage}{\\linewidth}\\footnotesize\\raggedright\n")
	for _, note := range t.Notes {
		fmt.Fprintf(page, "%s\\par\n", latex.Text(note))
	}
	page.WriteString("\\end{minipage}\n")
}

// floats divides the rows into what fits a page each; a section that goes on has its title again. Notes take room of the last.
func (t *Table) floats() [][]section {
	var floats [][]section
	var sections []section
	used := 0
	for _, part := range t.sections {
		open := false
		for _, row := range part.rows {
			need := t.lines(row)
			if used > 0 && used+need > floatLines {
				floats, sections, used, open = append(floats, sections), nil, 0, false
			}
			if !open {
				sections, open = append(sections, section{of: part.of}), true
				need++
			}
			last := &sections[len(sections)-1]
			last.rows, used = append(last.rows, row), used+need
		}
	}
	return append(floats, sections)
}

// lines is about how many lines a row takes.
func (t *Table) lines(row []cell) int {
	most := 1
	for _, place := range t.shown() {
		if column := t.columns[place]; column.kind == prose {
			most = max(most, 1+int(float64(len(at(row, place).text))/(lineLetters*column.width)))
		}
	}
	return most
}

// latexColumn is a table's column as LaTeX has it: one column, or three with the ends of an interval.
type latexColumn struct {
	place          int
	kind           kind
	interval       bool
	specifications []string
	titles         []string
}

func (t *Table) latexColumns() []latexColumn {
	var columns []latexColumn
	for _, place := range t.shown() {
		of := t.columns[place]
		column := latexColumn{place: place, kind: of.kind, interval: of.interval > 0 && t.hasInterval(place)}
		title := latex.Text(of.heading)
		switch of.kind {
		case words:
			column.specifications, column.titles = []string{"l"}, []string{title}
		case prose:
			column.specifications = []string{fmt.Sprintf(">{\\raggedright\\arraybackslash}p{%.3f\\linewidth}", of.width)}
			column.titles = []string{title}
		default:
			if unit := latexUnits[of.unit]; unit != "" {
				title += " / \\unit{" + unit + "}"
			}
			column.specifications = []string{t.latexNumbers(place, func(n number) string { return n.value })}
			column.titles = []string{"{" + title + "}"}
			if column.interval {
				column.specifications = append(column.specifications,
					t.latexNumbers(place, func(n number) string { return n.low }), t.latexNumbers(place, func(n number) string { return n.high }))
				column.titles = append(column.titles, fmt.Sprintf("\\multicolumn{2}{c}{%s}", latex.Text(percent(of.interval))))
			}
		}
		columns = append(columns, column)
	}
	return columns
}

// hasInterval tells whether any of a column's numbers has one.
func (t *Table) hasInterval(place int) bool {
	for _, part := range t.sections {
		for _, row := range part.rows {
			if n := at(row, place).number; n != nil && n.low != "" {
				return true
			}
		}
	}
	return false
}

// latexNumbers is a column S with room for what stands in it.
func (t *Table) latexNumbers(place int, of func(number) string) string {
	whole, decimals, sign := 1, 0, ""
	for _, part := range t.sections {
		for _, row := range part.rows {
			n := at(row, place).number
			if n == nil {
				continue
			}
			digits := of(*n)
			if n.below {
				sign = "<"
			}
			if strings.HasPrefix(digits, "-") {
				sign, digits = "-", digits[1:]
			}
			before, after, _ := strings.Cut(digits, ".")
			whole, decimals = max(whole, len(before)), max(decimals, len(after))
		}
	}
	if decimals == 0 {
		return fmt.Sprintf("S[table-format=%s%d]", sign, whole)
	}
	return fmt.Sprintf("S[table-format=%s%d.%d]", sign, whole, decimals)
}

// cells of a row: numbers as siunitx reads them, everything else in braces, which it leaves alone.
func (c latexColumn) cells(of cell) []string {
	if c.kind != numbers {
		return []string{latex.Text(of.value(c.kind))}
	}
	n := number{value: "{--}", low: "{--}", high: "{--}"}
	if of.number != nil {
		n.value = of.number.value
		if of.number.below {
			n.value = "< " + n.value
		}
		if of.number.low != "" {
			n.low, n.high = of.number.low, of.number.high
		}
	}
	if c.interval {
		return []string{n.value, n.low, n.high}
	}
	return []string{n.value}
}

// latexUnits are siunitx's, by the signs of scales.
var latexUnits = map[string]string{
	"ns": `\nano\second`, "µs": `\micro\second`, "ms": `\milli\second`, "s": `\second`,
	"B": `\byte`, "KiB": `\kibi\byte`, "MiB": `\mebi\byte`, "GiB": `\gibi\byte`,
}

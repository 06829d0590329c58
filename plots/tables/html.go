package tables

import (
	"fmt"
	"html/template"
	"io"
)

// page is a fragment: a figure, since notes belong to the table and are not in it. Alerts are in the caption, which whoever has
// the table read out hears first. There are no scripts and no styles: the page that holds it has them.
var page = template.Must(template.New("table").Parse(`<figure class="table{{if .Prose}} prose{{end}}" id="{{.Name}}">
<table>
<caption>{{.Caption}}
{{- range .Alerts}}
<strong class="alert">{{.}}</strong>
{{- end}}</caption>
<thead>
<tr>{{range .Head}}<th scope="col"{{if .Number}} class="number"{{end}}>{{.Title}}</th>{{end}}</tr>
</thead>
{{- range .Sections}}
<tbody>
{{- if .Title}}
<tr><th scope="rowgroup" colspan="{{$.Width}}">{{.Title}}</th></tr>
{{- end}}
{{- range .Rows}}
<tr>{{range $i, $cell := .}}
{{- if eq $i 0}}<th scope="row">{{.Value}}</th>
{{- else}}<td{{if .Number}} class="number"{{end}}{{with .Title}} data-title="{{.}}"{{end}}>{{.Value}}{{with .Interval}} <span class="interval">{{.}}</span>{{end}}</td>{{end}}
{{- end}}</tr>
{{- end}}
</tbody>
{{- end}}
</table>
{{- if .Notes}}
<figcaption>
<ul>
{{- range .Notes}}
<li>{{.}}</li>
{{- end}}
</ul>
</figcaption>
{{- end}}
</figure>
`))

type (
	htmlHead struct {
		Title  string
		Number bool
	}
	htmlCell struct {
		Value, Interval string
		Number          bool
		// Title is the column's, in a table of prose: a narrow window has its cells below each other.
		Title string
	}
	htmlSection struct {
		Title string
		Rows  [][]htmlCell
	}
)

// isProse tells whether the table has several columns of prose and none of numbers.
func (t *Table) isProse(shown []int) bool {
	several := 0
	for _, place := range shown {
		switch t.columns[place].kind {
		case numbers:
			return false
		case prose:
			several++
		}
	}
	return several > 1
}

// writeHTML writes a fragment for a page; template escapes what is of the campaign.
func (t *Table) writeHTML(w io.Writer) error {
	shown := t.shown()
	var head []htmlHead
	prose := t.isProse(shown)
	for _, place := range shown {
		head = append(head, htmlHead{t.columns[place].title(), t.columns[place].kind == numbers})
	}
	var sections []htmlSection
	for _, part := range t.sections {
		one := htmlSection{Title: part.title()}
		for _, row := range part.rows {
			var cells []htmlCell
			for _, place := range shown {
				column, cell := t.columns[place], at(row, place)
				written := htmlCell{Value: cell.value(column.kind), Number: column.kind == numbers}
				if column.interval > 0 {
					written.Interval = cell.interval()
				}
				if prose {
					written.Title = column.title()
				}
				cells = append(cells, written)
			}
			one.Rows = append(one.Rows, cells)
		}
		sections = append(sections, one)
	}
	err := page.Execute(w, map[string]any{
		"Name": t.Name, "Caption": t.Caption, "Alerts": t.Alerts, "Notes": t.Notes, "Head": head, "Sections": sections, "Width": len(shown), "Prose": prose,
	})
	if err != nil {
		return fmt.Errorf("writing table %s: %w", t.Name, err)
	}
	return nil
}

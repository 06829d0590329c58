package report

import (
	"errors"
	"html/template"
	"strings"

	"eaibench/plots/tables"
)

// addTables puts the campaign's tables where they belong: summary and comparison of the first series stand open, those of the
// others can be opened.
func (p *page) addTables(source *tables.Source) error {
	for _, kind := range tables.Kinds() {
		made, err := kind.Tables(source)
		if errors.Is(err, tables.ErrNoData) {
			continue
		}
		if err != nil {
			return err
		}
		for i, table := range made {
			table.Alerts = nil // the page begins with them
			var text strings.Builder
			if err := table.Write(&text, tables.HTML); err != nil {
				return err
			}
			part := p.part(kind.Name, i)
			*part = append(*part, template.HTML(text.String())) // tables escapes what is of the campaign
		}
	}
	return nil
}

// part of the page in which the i-th table of a kind stands.
func (p *page) part(kind string, i int) *[]template.HTML {
	switch kind {
	case "summary", "comparison":
		if i == 0 {
			return &p.Main
		}
		return &p.More
	case "steps", "memory":
		return &p.Steps
	case "audit":
		return &p.Audit
	case "environment":
		return &p.Hosts
	}
	return &p.More
}

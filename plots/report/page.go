package report

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"

	"eaibench/bench"
	"eaibench/plots"
	"eaibench/plots/tables"
	"eaibench/results"
)

// Options of a page.
type Options struct {
	// Folder of the campaign, as commands on the page name it.
	Folder string
	// Audit is what an audit found.
	Audit tables.Audit
	// Figures are drawn in their order.
	Figures []*plots.Figure
	// Log gives a run's log; nil: no logs are in the page.
	Log func(run string) ([]byte, error)
	// Progress is nil for a file; else the page is one that a server sends, and asks that server for news (see Progress).
	Progress *Progress
}

// page is what the template shows.
type page struct {
	*results.Campaign
	Policy           template.HTML // the meta element; template has no context for a policy
	Style            template.CSS
	Script           template.JS
	StartedText, Sub string
	Progress         *Progress
	Alerts           []string
	Answer           answer
	// Kinds say what each mode is that was run.
	Kinds             []named
	Figures           []picture
	Main, More, Steps []template.HTML
	Audit, Hosts      []template.HTML
	AuditText         string
	Runs              runsPart
	Placed            placement
	Again             again
	// Values are the packed values of the runs that are ok; "" where there are none.
	Values template.HTML
}

var (
	//go:embed page.html.tmpl
	pageText string
	//go:embed page.css
	styleText string
	//go:embed page.js
	scriptText string
)

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// Write writes the page of a campaign, complete or not. The same campaign gives the same bytes. The error names a sample that no
// measurement gives, a log that cannot be read, or is the writer's.
func Write(w io.Writer, data *results.Data, options Options) error {
	p, err := newPage(data, options)
	if err != nil {
		return fmt.Errorf("report of %s: %w", data.Campaign.Name, err)
	}
	if err := pageTemplate.Execute(w, p); err != nil {
		return fmt.Errorf("writing the report of %s: %w", data.Campaign.Name, err)
	}
	return nil
}

func newPage(data *results.Data, options Options) (*page, error) {
	asked := costs(data)
	source, err := tables.NewSource(data, seriesOf(asked), options.Audit)
	if err != nil {
		return nil, err
	}
	c := data.Campaign
	p := &page{
		Campaign: c, Style: template.CSS(styleText), Script: template.JS(scriptText), Policy: policy(options.Progress != nil), Progress: options.Progress,
		Kinds: kindsOf(c), Sub: circumstances(c), Alerts: plots.Alerts(data), AuditText: auditText(options.Audit),
		Placed: placementOf(data), Again: againOf(data, options.Folder),
	}
	if p.Answer, err = answerOf(data, source, asked); err != nil {
		return nil, err
	}
	if p.Runs, err = runsOf(data, options.Log); err != nil {
		return nil, err
	}
	if p.Figures, err = picturesOf(options.Figures); err != nil {
		return nil, err
	}
	if err := p.addTables(source); err != nil {
		return nil, err
	}
	values, err := packed(data, source.Values())
	p.Values = template.HTML(values) // letters, digits, + / and =: a script's text is taken as it is, and must not be escaped
	return p, err
}

// policy is the page's Content-Security-Policy: what it contains, and nothing else. A live page may ask its own server. It is
// written by hand since html/template has no notion of a policy; nothing in it is of the campaign.
func policy(live bool) template.HTML {
	hash := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	connect := "'none'"
	if live {
		connect = "'self'"
	}
	return template.HTML(fmt.Sprintf(
		`<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src %s; style-src %s; img-src data:; connect-src %s; base-uri 'none'; form-action 'none'">`,
		hash(scriptText), hash(styleText), connect))
}

// kindsOf says what the modes are that were run, as far as the platform tells it.
func kindsOf(c *results.Campaign) []named {
	var kinds []named
	for _, mode := range c.Modes {
		run := slices.ContainsFunc(c.Cells, func(cell bench.Cell) bool { return cell.Mode == mode.Name })
		if run && mode.StandsFor != "" {
			kinds = append(kinds, named{mode.Name, mode.StandsFor})
		}
	}
	return kinds
}

// circumstances say in a line what was run.
func circumstances(c *results.Campaign) string {
	if c.Import != nil {
		return strings.Join([]string{"imported as " + c.Import.Format, "solution " + c.Solution, "platform " + c.Platform}, " · ")
	}
	parts := []string{"scenario " + c.Name, "solution " + c.Solution, "platform " + c.Platform, "target " + c.Placement.TargetText(), "order " + c.Order, "begun " + timeText(c.Started)}
	return strings.Join(parts, " · ")
}

func auditText(found tables.Audit) string {
	if len(found.Threats) == 0 {
		return "no threat to its validity was found"
	}
	var order []string
	count := map[string]int{}
	for _, threat := range found.Threats {
		if count[threat.Severity] == 0 {
			order = append(order, threat.Severity)
		}
		count[threat.Severity]++
	}
	for i, severity := range order {
		order[i] = fmt.Sprintf("%d %s", count[severity], severity)
		if severity == "note" { // the one that is a noun
			order[i] = counted(count[severity], severity)
		}
	}
	return counted(len(found.Threats), "threat") + " to its validity found: " + strings.Join(order, ", ")
}

func timeText(t time.Time) string {
	if t.IsZero() {
		return "at an unknown time"
	}
	return t.UTC().Format("2006-01-02 15:04:05 MST")
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

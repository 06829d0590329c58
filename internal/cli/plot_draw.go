package cli

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"eaibench/plots"
	"eaibench/results"
	"eaibench/scenarios/figure"
)

// draw draws every figure that can be drawn. The error names each that cannot, with its reason; those that the campaign does not
// have the data for are no error unless all were asked for or there is no other.
func (a asked) draw(source *plots.Source) ([]*plots.Figure, error) {
	var figures []*plots.Figure
	var undrawn, lacking []error
	for _, entry := range a.entries {
		drawn, err := plots.Draw(source, entry)
		switch {
		case err == nil:
			figures = append(figures, drawn)
		case errors.Is(err, plots.ErrNoData) && !a.all:
			lacking = append(lacking, err)
		default:
			undrawn = append(undrawn, err)
		}
	}
	if len(figures) == 0 && len(undrawn) == 0 && len(lacking) > 0 {
		return nil, lacking[0]
	}
	if len(undrawn) > 0 && len(a.entries) > 1 {
		return figures, fmt.Errorf("%d of %d figures could not be drawn:\n%w", len(undrawn), len(a.entries), errors.Join(undrawn...))
	}
	return figures, errors.Join(undrawn...)
}

// warnOfMisses says which values of the filter of a figure that was drawn nothing in the campaign has: a slip of the pen leaves the
// rest of it whole. Figures that are everybody's, not asked for, may have values of other campaigns.
func (a asked) warnOfMisses(c *cli.Context, source *plots.Source, drawn *plots.Figure) {
	place := slices.IndexFunc(a.entries, func(entry figure.Entry) bool { return entry.ID == drawn.Name })
	if !a.all || place < 0 {
		return
	}
	for _, miss := range source.Misses(a.entries[place]) {
		fmt.Fprintf(c.App.ErrWriter, "figure %s: %s\n", drawn.Name, miss)
	}
}

// listFigures prints each figure's ID, and what it shows or why the campaign does not have it.
func listFigures(c *cli.Context, source *plots.Source, asked asked) error {
	table := tabwriter.NewWriter(c.App.Writer, 0, 0, 2, ' ', 0)
	for _, entry := range asked.entries {
		line := cmp.Or(entry.Caption, fmt.Sprintf("%s of %s: %s", entry.Kind, strings.Join(entry.Metric, ", "), entry.Kind.Shows()))
		drawn, err := plots.Draw(source, entry)
		switch {
		case errors.Is(err, plots.ErrNoData):
			line = "not here: " + strings.TrimPrefix(err.Error(), "drawing "+entry.ID+": "+plots.ErrNoData.Error()+": ")
		case err != nil:
			line = "cannot be drawn: " + strings.TrimPrefix(err.Error(), "drawing "+entry.ID+": ")
		default:
			asked.warnOfMisses(c, source, drawn)
		}
		fmt.Fprintf(table, "%s\t%s\n", entry.ID, line)
	}
	return table.Flush()
}

// drawCampaign writes the figures of the campaign's scenario into its report folder and gives the files' names; none where nothing
// can be drawn.
func drawCampaign(folder string, data *results.Data) ([]string, error) {
	entries, err := figuresOf(data.Campaign)
	if err != nil {
		return nil, err
	}
	source, err := plots.NewSource(data)
	if err != nil {
		return nil, err
	}
	figures, undrawn := asked{entries: entries}.draw(source)
	if errors.Is(undrawn, plots.ErrNoData) && len(figures) == 0 {
		undrawn = nil
	}
	var files []string
	for _, figure := range figures {
		written, err := writeFigure(folder, figure, plots.Pictures())
		files = append(files, written...)
		if err != nil {
			return files, errors.Join(undrawn, err)
		}
	}
	return files, undrawn
}

// writeFigure writes a figure into the campaign's report folder and gives the files' names.
func writeFigure(folder string, figure *plots.Figure, formats []plots.Format) ([]string, error) {
	report := results.ReportFolder(folder)
	if err := os.MkdirAll(report, 0o755); err != nil {
		return nil, fmt.Errorf("writing figure %s: %w", figure.Name, err)
	}
	var files []string
	for _, format := range formats {
		var picture bytes.Buffer
		if err := figure.Write(&picture, format); err != nil {
			return nil, err
		}
		file := filepath.Join(report, figure.Name+"."+string(format))
		if err := os.WriteFile(file, picture.Bytes(), 0o644); err != nil {
			return nil, fmt.Errorf("writing figure %s: %w", figure.Name, err)
		}
		files = append(files, file)
	}
	return files, nil
}

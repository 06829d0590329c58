package cli

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"eaibench/bench"
	"eaibench/internal/strictyaml"
	"eaibench/plots"
	"eaibench/results"
)

func plotCommand() *cli.Command {
	return &cli.Command{
		Name:      "plot",
		Usage:     "draw a campaign",
		UsageText: "eaibench plot DIR [--figure FIGURE]... [--metric METRIC]... [--format FORMAT]... [--list]",
		Description: `Draws every figure that the campaign DIR has the data for into its report folder, and prints the
names of the files. The same campaign gives the same bytes. --list names the figures and says
why one cannot be drawn.

EXAMPLES:
   eaibench plot out/smoke-20260131T120000Z
   eaibench plot out/smoke-20260131T120000Z --figure steps --figure ecdf --format svg
   eaibench plot out/smoke-20260131T120000Z --metric start_total`,
		Flags: []cli.Flag{
			&cli.StringSliceFlag{Name: "figure", Usage: "draw `FIGURE` alone; may be given more than once"},
			&cli.StringSliceFlag{Name: "metric", Usage: "draw the box plot of `METRIC` alone: start_total, or read.encrypt for one that several operations have; may be given more than once"},
			&cli.StringSliceFlag{Name: "format", Usage: "write `FORMAT`: svg, pdf, png; may be given more than once (default: all three)"},
			&cli.BoolFlag{Name: "list", Usage: "list the figures and draw nothing"},
		},
		Action: func(c *cli.Context) error {
			if err := noMoreArguments(c, "DIR"); err != nil {
				return err
			}
			formats, err := formatsOf(c)
			if err != nil {
				return err
			}
			data, err := results.Read(c.Args().First())
			if err != nil {
				return badInput("%w", err)
			}
			source, err := plots.NewSource(data)
			if err != nil {
				return badInput("%w", err)
			}
			if c.Bool("list") {
				return listFigures(c, source)
			}
			figures, err := chosenFigures(c, data, source)
			if err != nil {
				return err
			}
			for _, figure := range figures {
				files, err := writeFigure(c.Args().First(), figure, formats)
				if err != nil {
					return failed("%w", err)
				}
				fmt.Fprintln(c.App.Writer, strings.Join(files, "\n"))
			}
			return nil
		},
	}
}

// formatsOf reads --format.
func formatsOf(c *cli.Context) ([]plots.Format, error) {
	if !c.IsSet("format") {
		return plots.Formats(), nil
	}
	var formats []plots.Format
	for _, name := range c.StringSlice("format") {
		format, err := plots.ParseFormat(name)
		if err != nil {
			return nil, badInput("%w", err)
		}
		formats = append(formats, format)
	}
	return formats, nil
}

// chosenFigures draws what --metric or --figure names, else everything that the campaign has the data for.
func chosenFigures(c *cli.Context, data *results.Data, source *plots.Source) ([]*plots.Figure, error) {
	if data.Campaign.Import != nil && !c.IsSet("metric") && !c.IsSet("figure") {
		figures, err := plots.Imported(source)
		if err != nil {
			return nil, failed("%w", err)
		}
		return figures, nil
	}
	if c.IsSet("metric") {
		if c.IsSet("figure") {
			return nil, badInput("--metric draws its box plot alone: leave --figure out")
		}
		return boxes(data, source, c.StringSlice("metric"))
	}
	kinds, err := kindsOf(c.StringSlice("figure"))
	if err != nil {
		return nil, err
	}
	var figures []*plots.Figure
	var lacking error
	for _, kind := range kinds {
		figure, err := kind.Draw(source)
		switch {
		case err == nil:
			figures = append(figures, figure)
		case errors.Is(err, plots.ErrNoData) && !c.IsSet("figure"):
			if lacking == nil {
				lacking = err
			}
		default:
			return nil, failed("%w", err)
		}
	}
	if len(figures) == 0 {
		return nil, failed("%w", lacking)
	}
	return figures, nil
}

// boxes draws the box plot of each series that the metrics mean.
func boxes(data *results.Data, source *plots.Source, metrics []string) ([]*plots.Figure, error) {
	series, err := findAllSeries(data, metrics)
	if err != nil {
		return nil, err
	}
	var figures []*plots.Figure
	for _, one := range series {
		figure, err := plots.Box(source, one, bench.UnitIn(data.Samples, one))
		if err != nil {
			return nil, failed("%w", err)
		}
		figures = append(figures, figure)
	}
	return figures, nil
}

// kindsOf finds figures by name; no name means all.
func kindsOf(names []string) ([]plots.Kind, error) {
	all := plots.Kinds()
	if len(names) == 0 {
		return all, nil
	}
	var known []string
	for _, kind := range all {
		known = append(known, kind.Name)
	}
	var kinds []plots.Kind
	for _, name := range names {
		place := slices.Index(known, name)
		if place < 0 {
			if nearest := strictyaml.Nearest(name, known); nearest != "" {
				return nil, badInput("no figure %q, did you mean %s?", name, nearest)
			}
			return nil, badInput("no figure %q; there are %s", name, strings.Join(known, ", "))
		}
		kinds = append(kinds, all[place])
	}
	return kinds, nil
}

// listFigures prints each figure's name, and what it shows or why the campaign does not have it.
func listFigures(c *cli.Context, source *plots.Source) error {
	table := tabwriter.NewWriter(c.App.Writer, 0, 0, 2, ' ', 0)
	for _, kind := range plots.Kinds() {
		line := kind.Shows
		switch _, err := kind.Draw(source); {
		case errors.Is(err, plots.ErrNoData):
			line = "not here: " + strings.TrimPrefix(err.Error(), "drawing "+kind.Name+": ")
		case err != nil:
			return failed("%w", err)
		}
		fmt.Fprintf(table, "%s\t%s\n", kind.Name, line)
	}
	return table.Flush()
}

// drawBox writes the box plot of execute_total into the campaign's report folder and gives the files' names.
func drawBox(folder string, data *results.Data) ([]string, error) {
	source, err := plots.NewSource(data)
	if err != nil {
		return nil, err
	}
	figure, err := plots.Box(source, bench.ExecuteTotal(), bench.Nanoseconds)
	if err != nil {
		return nil, err
	}
	return writeFigure(folder, figure, plots.Formats())
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

package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"eaibench/internal/strictyaml"
	"eaibench/plots"
	"eaibench/results"
	"eaibench/scenarios"
	"eaibench/scenarios/figure"
)

func plotCommand() *cli.Command {
	return &cli.Command{
		Name:      "plot",
		Usage:     "draw a campaign",
		UsageText: "eaibench plot DIR [--figures FILE] [--figure FIGURE]... [--metric METRIC]... [--format FORMAT]... [--list]",
		Description: `Draws the figures of the campaign DIR into its report folder, and prints the names of the files:
the figures that its scenario has, or else those of every scenario, as far as it has the data
for them. --figures names a figure file, or a scenario, to take them from; a faulty one is
refused as by "eaibench validate FILE", and docs/figures.md shows every kind. The same campaign
gives the same bytes. --list names the figures and says why one cannot be drawn.

A figure that was asked for, by --figures, --figure or --metric, and cannot be drawn is named
with the reason, all others are drawn, and the command ends with 1. A value of its filter that
nothing in the campaign has is named with those that there are.

tex is for a LaTeX document, which inputs it: the figure's PDF, which is written too, with
caption and label.

EXAMPLES:
   eaibench plot out/smoke-20260131T120000Z
   eaibench plot out/smoke-20260131T120000Z --figures figures.yaml --format pdf --format tex
   eaibench plot out/smoke-20260131T120000Z --figure steps --figure ecdf --format svg
   eaibench plot out/smoke-20260131T120000Z --metric start_total`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "figures", Usage: "draw the figures of `FILE`, a figure file or a scenario"},
			&cli.StringSliceFlag{Name: "figure", Usage: "draw `FIGURE` alone, by its ID; may be given more than once"},
			&cli.StringSliceFlag{Name: "metric", Usage: "draw the box plot of `METRIC` alone: start_total, or read.encrypt for one that several operations have; may be given more than once"},
			&cli.StringSliceFlag{Name: "format", Usage: "write `FORMAT`: svg, pdf, png, tex; may be given more than once (default: svg, pdf, png)"},
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
			asked, err := askedFigures(c, data)
			if err != nil {
				return err
			}
			if c.Bool("list") {
				return listFigures(c, source, asked)
			}
			figures, err := asked.draw(source)
			if data.Campaign.Import != nil && !c.IsSet("metric") && !c.IsSet("figure") && !c.IsSet("figures") {
				figures, err = plots.Imported(source)
			}
			for _, figure := range figures {
				asked.warnOfMisses(c, source, figure)
				files, err := writeFigure(c.Args().First(), figure, formats)
				if err != nil {
					return failed("%w", err)
				}
				fmt.Fprintln(c.App.Writer, strings.Join(files, "\n"))
				if high := figure.Height(); high > plots.PageHeight {
					fmt.Fprintf(c.App.ErrWriter, "figure %s is %.0f mm high, and a page of A4 has room for %d mm: a filter, or fewer metrics, makes it shorter (docs/figures.md)\n", figure.Name, high, plots.PageHeight)
				}
			}
			if err != nil {
				return failed("%w", err)
			}
			return nil
		},
	}
}

// formatsOf reads --format.
func formatsOf(c *cli.Context) ([]plots.Format, error) {
	if !c.IsSet("format") {
		return plots.Pictures(), nil
	}
	var formats []plots.Format
	for _, name := range c.StringSlice("format") {
		format, err := plots.ParseFormat(name)
		if err != nil {
			return nil, badInput("%w", err)
		}
		formats = append(formats, format)
	}
	if slices.Contains(formats, plots.TeX) && !slices.Contains(formats, plots.PDF) {
		formats = append(formats, plots.PDF) // which it includes
	}
	return formats, nil
}

// asked is which figures are drawn.
type asked struct {
	entries figure.Entries
	// all tells whether a figure that the campaign has no data for is an error.
	all bool
}

// askedFigures are those that --metric, --figure and --figures mean, else those of the campaign.
func askedFigures(c *cli.Context, data *results.Data) (asked, error) {
	if c.IsSet("metric") {
		for _, flag := range []string{"figure", "figures"} {
			if c.IsSet(flag) {
				return asked{}, badInput("--metric draws its box plot alone: leave --%s out", flag)
			}
		}
		return boxes(data, c.StringSlice("metric"))
	}
	entries, own, err := namedFigures(c, data)
	if err != nil {
		return asked{}, badInput("%w", err)
	}
	if !c.IsSet("figure") {
		return asked{entries: entries, all: own}, nil
	}
	chosen, err := chosenFigures(entries, c.StringSlice("figure"))
	return asked{entries: chosen, all: true}, err
}

// namedFigures are those that --figures means, of a scenario without any those of every scenario, else those of the campaign; own
// tells whether --figures gave them.
func namedFigures(c *cli.Context, data *results.Data) (entries figure.Entries, own bool, err error) {
	if !c.IsSet("figures") {
		entries, err = figuresOf(data.Campaign)
		return entries, false, err
	}
	file := c.String("figures")
	entries, own, err = scenarios.LoadFigures(file)
	if err == nil && !own {
		fmt.Fprintf(c.App.ErrWriter, "the scenario %s has no figures of its own: these are those of every scenario\n", file)
	}
	return entries, own, err
}

// figuresOf are those of the campaign's scenario; of every scenario where it is not kept.
func figuresOf(campaign *results.Campaign) (figure.Entries, error) {
	if campaign.Scenario.Text == "" {
		return figure.Default(), nil
	}
	entries, err := scenarios.FiguresOf(scenarioSources(campaign))
	if err != nil {
		return nil, fmt.Errorf("the figures of the campaign's scenario: %w", err)
	}
	return entries, nil
}

// chosenFigures finds figures by their IDs.
func chosenFigures(entries figure.Entries, ids []string) (figure.Entries, error) {
	var known []string
	for _, entry := range entries {
		known = append(known, entry.ID)
	}
	var chosen figure.Entries
	for _, id := range ids {
		place := slices.Index(known, id)
		if place < 0 {
			if nearest := strictyaml.Nearest(id, known); nearest != "" {
				return nil, badInput("no figure %q, did you mean %s?", id, nearest)
			}
			return nil, badInput("no figure %q; there are %s", id, strings.Join(known, ", "))
		}
		chosen = append(chosen, entries[place])
	}
	return chosen, nil
}

// boxes are the box plots of the series that the metrics mean.
func boxes(data *results.Data, metrics []string) (asked, error) {
	series, err := findAllSeries(data, metrics)
	if err != nil {
		return asked{}, err
	}
	chosen := asked{all: true}
	for _, one := range series {
		chosen.entries = append(chosen.entries, plots.BoxOf(one))
	}
	return chosen, nil
}

package cli

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"eaibench/bench"
	"eaibench/plots"
	"eaibench/results"
)

func plotCommand() *cli.Command {
	return &cli.Command{
		Name:      "plot",
		Usage:     "draw a campaign",
		UsageText: "eaibench plot DIR [--metric METRIC] [--format FORMAT]...",
		Description: `Draws a box plot by mode, with every run, into the report folder of the campaign DIR, and prints the names
of the files. The same campaign gives the same bytes.

EXAMPLES:
   eaibench plot out/smoke-20260131T120000Z
   eaibench plot out/smoke-20260131T120000Z --metric start_total --format svg`,
		Flags: []cli.Flag{
			metricFlag(),
			&cli.StringSliceFlag{Name: "format", Usage: "write `FORMAT`: svg, pdf, png; may be given more than once (default: all three)"},
		},
		Action: func(c *cli.Context) error {
			if err := noMoreArguments(c, "DIR"); err != nil {
				return err
			}
			formats := plots.Formats()
			if c.IsSet("format") {
				formats = nil
				for _, name := range c.StringSlice("format") {
					format, err := plots.ParseFormat(name)
					if err != nil {
						return badInput("%w", err)
					}
					formats = append(formats, format)
				}
			}
			data, err := results.Read(c.Args().First())
			if err != nil {
				return badInput("%w", err)
			}
			series, err := findSeries(data, c.String("metric"))
			if err != nil {
				return err
			}
			for _, one := range series {
				files, err := drawFigure(c.Args().First(), data, one, formats)
				if err != nil {
					return failed("%w", err)
				}
				for _, file := range files {
					fmt.Fprintln(c.App.Writer, file)
				}
			}
			return nil
		},
	}
}

// drawFigure writes the box plot of a series into the campaign's report folder and gives the files' names.
func drawFigure(folder string, data *results.Data, series bench.Series, formats []plots.Format) ([]string, error) {
	figure, err := plots.Box(data, series, bench.UnitOf(series))
	if err != nil {
		return nil, err
	}
	report := results.ReportFolder(folder)
	if err := os.MkdirAll(report, 0o755); err != nil {
		return nil, fmt.Errorf("drawing %s: %w", series.Metric, err)
	}
	var files []string
	for _, format := range formats {
		var picture bytes.Buffer
		if err := figure.Write(&picture, format); err != nil {
			return nil, err
		}
		file := filepath.Join(report, figure.Name+"."+string(format))
		if err := os.WriteFile(file, picture.Bytes(), 0o644); err != nil {
			return nil, fmt.Errorf("drawing %s: %w", series.Metric, err)
		}
		files = append(files, file)
	}
	return files, nil
}

package cli

import (
	"errors"
	"io"

	"github.com/urfave/cli/v2"

	"eaibench/results"
	"eaibench/results/export"
)

func exportCommand() *cli.Command {
	return &cli.Command{
		Name:      "export",
		Usage:     "write a campaign's values for other programs: pandas, R, benchstat, Prometheus",
		UsageText: "eaibench export DIR [--format FORMAT] [--layout LAYOUT] [--metric METRIC]... [--all] [--out FILE]",
		Description: `DIR is a campaign's folder, complete or not. Writes one value for each run and metric, the
median over the run's requests, as comparisons have; csv in the published layout has every
sample instead, in ms. Runs that do not count (warm-up, not ok) are left out, or, with --all,
flagged. Every format says where values are a stand-in's or INSECURE.

   csv          a table: a line for each run and metric, values in ns, B or 1
   json         the same with plan and versions
   benchfmt     the Go benchmark format, for benchstat: a line for each run
   openmetrics  for Prometheus and what reads its text

FILE is written all or not at all. It is not made inside a campaign but in its report folder.

EXAMPLES:
   eaibench export out/smoke-20260131T120000Z --out smoke.csv
   eaibench export out/smoke-20260131T120000Z --layout published --out published.csv
   eaibench export out/smoke-20260131T120000Z --format json --metric start_total --all
   eaibench export out/smoke-20260131T120000Z --format benchfmt --metric execute_total | benchstat -col /mode /dev/stdin
   eaibench export out/smoke-20260131T120000Z --format openmetrics --out out/smoke-20260131T120000Z/report/smoke.txt`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "format", Value: string(export.CSV), Usage: "write `csv|json|benchfmt|openmetrics`"},
			&cli.StringFlag{Name: "layout", Value: string(export.Tidy), Usage: "lay the table of csv out as `tidy|published`"},
			&cli.StringSliceFlag{Name: "metric", Usage: "write `METRIC` alone, a step's or a reading's name, or OPERATION.METRIC; may be given more than once (default: all)"},
			&cli.BoolFlag{Name: "all", Usage: "write warm-up runs and runs that are not ok too, flagged"},
			&cli.StringFlag{Name: "out", Value: "-", Usage: "write into `FILE`, - for standard output"},
		},
		Action: func(c *cli.Context) error {
			if err := noMoreArguments(c, "DIR"); err != nil {
				return err
			}
			data, err := results.Read(c.Args().First())
			if err != nil {
				return badInput("%w", err)
			}
			options := export.Options{Format: export.Format(c.String("format")), Layout: export.Layout(c.String("layout")), All: c.Bool("all")}
			if c.IsSet("metric") {
				if options.Series, err = findAllSeries(data, c.StringSlice("metric")); err != nil {
					return err
				}
			}
			write := func(w io.Writer) error { return export.Write(w, data, options) }
			if c.String("out") == "-" {
				err = write(c.App.Writer)
			} else {
				err = writeFile(c.String("out"), write)
			}
			var exit *exitError
			switch {
			case err == nil || errors.As(err, &exit):
				return err
			case errors.Is(err, export.ErrOption):
				return badInput("%w", err)
			default:
				return failed("%w", err)
			}
		},
	}
}

package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"eaibench/audit"
	"eaibench/bench"
	"eaibench/internal/strictyaml"
	"eaibench/plots/tables"
	"eaibench/results"
)

func tablesCommand() *cli.Command {
	return &cli.Command{
		Name:      "tables",
		Usage:     "write a campaign's tables for papers and reports: Markdown, CSV, LaTeX, HTML",
		UsageText: "eaibench tables DIR [--table TABLE]... [--metric METRIC]... [--format FORMAT]... [--out FOLDER]",
		Description: `DIR is a campaign's folder, complete or not. Writes every table that it has the data for, in
every format, into report/tables in DIR, or into FOLDER, and prints the names of the files; with
--out - the tables themselves. Campaigns write none by themselves.

   summary      median and mean with intervals, quartiles, sd and MAD, by mode
   comparison   ratio, ratio of pairs and shift with intervals, p after Holm, δ, verdict
   steps        median of every step, by mode
   memory       median of every reading of memory, by mode
   environment  hardware and system of every host
   audit        threats to the comparison's validity

Numbers are rounded by their interval, to two significant digits of its half-width; csv has them
as they were computed, in the units that its header names. tex needs the packages booktabs,
graphicx and siunitx, html is a part of a page. All say how many runs there are, and where
numbers are a stand-in's, an emulator's or INSECURE.

Ends with 1 where the campaign has no data for a table that is named, or for none.

EXAMPLES:
   eaibench tables out/smoke-20260131T120000Z
   eaibench tables out/smoke-20260131T120000Z --format tex --out paper/tables
   eaibench tables out/smoke-20260131T120000Z --table comparison --metric start_total --format md --out -
   eaibench tables out/smoke-20260131T120000Z --table steps --table memory --format csv`,
		Flags: []cli.Flag{
			&cli.StringSliceFlag{Name: "table", Usage: "write `" + strings.Join(tableNames(), "|") + "` alone; may be given more than once"},
			&cli.StringSliceFlag{
				Name: "metric", Value: cli.NewStringSlice(bench.ExecuteTotal().Metric),
				Usage: "summary and comparison are of `METRIC`, a step's or a reading's name, or OPERATION.METRIC; may be given more than once",
			},
			&cli.StringSliceFlag{Name: "format", Usage: "write `" + strings.Join(tableFormats(), "|") + "` alone; may be given more than once"},
			&cli.StringFlag{Name: "out", Usage: "write into `FOLDER`, which is made where it is not there; - for standard output"},
		},
		Action: func(c *cli.Context) error {
			if err := noMoreArguments(c, "DIR"); err != nil {
				return err
			}
			kinds, err := tableKinds(c.StringSlice("table"))
			if err != nil {
				return err
			}
			formats, err := tableFormatsOf(c.StringSlice("format"))
			if err != nil {
				return err
			}
			data, err := results.Read(c.Args().First())
			if err != nil {
				return badInput("%w", err)
			}
			series, err := chosenSeries(c, data)
			if err != nil {
				return err
			}
			all, err := makeTables(data, series, kinds, c.IsSet("table"))
			if err != nil {
				return failed("%w", err)
			}
			if c.String("out") == "-" {
				return printTables(c.App.Writer, all, formats)
			}
			return writeTables(c, all, formats)
		},
	}
}

func tableNames() []string {
	var names []string
	for _, kind := range tables.Kinds() {
		names = append(names, kind.Name)
	}
	return names
}

func tableFormats() []string {
	var names []string
	for _, format := range tables.Formats() {
		names = append(names, string(format))
	}
	return names
}

// chosenAmong gives the places of names among those known; no name means all.
func chosenAmong(what string, names, known []string) ([]int, error) {
	var places []int
	if len(names) == 0 {
		names = known
	}
	for _, name := range names {
		place := slices.Index(known, name)
		if place < 0 {
			if nearest := strictyaml.Nearest(name, known); nearest != "" {
				return nil, badInput("no %s %q, did you mean %s?", what, name, nearest)
			}
			return nil, badInput("no %s %q; there are %s", what, name, strings.Join(known, ", "))
		}
		if !slices.Contains(places, place) {
			places = append(places, place)
		}
	}
	return places, nil
}

// tableKinds finds tables by name.
func tableKinds(names []string) ([]tables.Kind, error) {
	places, err := chosenAmong("table", names, tableNames())
	var kinds []tables.Kind
	for _, place := range places {
		kinds = append(kinds, tables.Kinds()[place])
	}
	return kinds, err
}

func tableFormatsOf(names []string) ([]tables.Format, error) {
	places, err := chosenAmong("format", names, tableFormats())
	var formats []tables.Format
	for _, place := range places {
		formats = append(formats, tables.Formats()[place])
	}
	return formats, err
}

// makeTables makes the tables; one without data is left out, unless it is asked for or there is no other.
func makeTables(data *results.Data, series []bench.Series, kinds []tables.Kind, asked bool) ([]*tables.Table, error) {
	report, err := audit.Examine(data) // what `eaibench audit` says
	if err != nil {
		return nil, err
	}
	source, err := tables.NewSource(data, series, auditFound(report))
	if err != nil {
		return nil, err
	}
	var all []*tables.Table
	var lacking error
	for _, kind := range kinds {
		made, err := kind.Tables(source)
		switch {
		case errors.Is(err, tables.ErrNoData) && !asked:
			lacking = errors.Join(lacking, err)
		case err != nil:
			return nil, err
		}
		all = append(all, made...)
	}
	if len(all) == 0 {
		return nil, lacking
	}
	return all, nil
}

// auditFound is an audit's report as its table shows it.
func auditFound(report audit.Report) tables.Audit {
	var found tables.Audit
	for _, threat := range report.Threats {
		found.Threats = append(found.Threats, tables.Threat{
			Severity: string(threat.Severity), Check: threat.Check, Title: threat.Title, Evidence: threat.Evidence, Advice: threat.Advice, Reference: threat.Reference,
		})
	}
	for _, look := range report.Examined {
		if !look.Threat {
			found.InOrder = append(found.InOrder, look.Check)
		}
	}
	for _, look := range report.NotExamined {
		found.NotExamined = append(found.NotExamined, tables.NotExamined{Check: look.Check, Why: look.Text})
	}
	return found
}

// printTables prints tables one after the other. CSV is one table a file.
func printTables(w io.Writer, all []*tables.Table, formats []tables.Format) error {
	if len(formats) > 1 {
		return badInput("--out - prints one format: name it with --format")
	}
	if formats[0] == tables.CSV && len(all) > 1 {
		return badInput("--out - prints one table of csv: name it with --table, and one --metric")
	}
	for i, table := range all {
		var page bytes.Buffer
		if i > 0 {
			page.WriteByte('\n')
		}
		err := table.Write(&page, formats[0])
		if err == nil {
			_, err = page.WriteTo(w)
		}
		if err != nil {
			return failed("%w", err)
		}
	}
	return nil
}

// writeTables writes a file for each table and format, and prints their names.
func writeTables(c *cli.Context, all []*tables.Table, formats []tables.Format) error {
	folder := c.String("out")
	if folder == "" {
		folder = filepath.Join(results.ReportFolder(c.Args().First()), "tables")
	}
	if err := makeFolder(folder); err != nil {
		return err
	}
	for _, table := range all {
		for _, format := range formats {
			file := filepath.Join(folder, table.Name+"."+string(format))
			if err := writeFile(file, func(w io.Writer) error { return table.Write(w, format) }); err != nil {
				var exit *exitError
				if errors.As(err, &exit) {
					return err
				}
				return failed("%w", err)
			}
			fmt.Fprintln(c.App.Writer, file)
		}
	}
	return nil
}

// makeFolder makes a folder for what is made of campaigns, and those it is in; a place where none can be is bad input.
func makeFolder(folder string) error {
	place, err := filepath.Abs(folder)
	if err != nil {
		return badInput("making %s: %w", folder, err)
	}
	// What is there may be a link, into a campaign.
	there, below := place, ""
	for {
		resolved, err := filepath.EvalSymlinks(there)
		if err == nil {
			place = filepath.Join(resolved, below)
			break
		}
		if !errors.Is(err, fs.ErrNotExist) || there == filepath.Dir(there) {
			return badInput("making %s: %w", folder, err)
		}
		there, below = filepath.Dir(there), filepath.Join(filepath.Base(there), below)
	}
	if results.Owns(place) {
		return badInput("making %s: %w", folder, errInsideCampaign)
	}
	if err := os.MkdirAll(place, 0o755); err != nil {
		return badInput("making %s: %w", folder, err)
	}
	return nil
}

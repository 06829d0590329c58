package cli

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"eaibench/audit"
	"eaibench/plots"
	page "eaibench/plots/report"
	"eaibench/results"
)

func reportCommand() *cli.Command {
	return &cli.Command{
		Name:      "report",
		Usage:     "write a campaign's page, or show a campaign live",
		UsageText: "eaibench report DIR [--out FILE]\neaibench report DIR --serve [--listen ADDRESS] [--beyond-loopback]",
		Description: `DIR is a campaign's folder, complete or not. Writes report/index.html in it, or FILE, and prints
its name: one file for a browser, a phone and paper, that needs no network. It begins with the
answer in words: what the protection costs, with intervals, and what the numbers do not mean.
Figures, tables, steps, runs, audit, environment and how to carry the campaign out again follow.
With scripts, every run of any metric can be looked at; without, nothing essential is missing.
Logs are in it of runs that are not ok, 20 at most, and of each the end.

--serve shows the campaign in a browser instead, while it is carried out or afterwards: how many
runs are done, the time left, and the page of the runs that are committed, which is made anew as
they come, a twentieth of the time at most. It prints the address, writes nothing, and ends at
Ctrl-C. Only this host reaches it, unless --beyond-loopback lets others: there is no password.
What it does takes time of the host: where the host measures itself, look when it is done.

EXAMPLES:
   eaibench report out/smoke-20260131T120000Z
   eaibench report out/smoke-20260131T120000Z --out smoke.html
   eaibench report --serve out/smoke-20260131T120000Z
   eaibench report --serve out/smoke-20260131T120000Z --listen 127.0.0.1:8080`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "out", Usage: "write `FILE`; - is standard output"},
			&cli.BoolFlag{Name: "serve", Usage: "show the campaign live, until Ctrl-C"},
			listenFlag(),
			&cli.BoolFlag{Name: "beyond-loopback", Usage: "let other hosts look, too, if --listen is an address that they reach"},
		},
		Action: func(c *cli.Context) error {
			if err := noMoreArguments(c, "DIR"); err != nil {
				return err
			}
			folder := c.Args().First()
			switch {
			case c.Bool("serve") && c.IsSet("out"):
				return misuse("--serve writes no file: --out is for a page that is kept")
			case c.Bool("serve"):
				return serveReport(c, folder)
			case c.IsSet("listen") || c.IsSet("beyond-loopback"):
				return misuse("--listen and --beyond-loopback are for --serve")
			}
			return writeReport(c, folder)
		},
	}
}

// writeReport writes the page of a campaign to where --out says, or into its report folder, and prints the file's name.
func writeReport(c *cli.Context, folder string) error {
	data, err := results.Read(folder)
	if err != nil {
		return badInput("%w", err)
	}
	options, err := reportOptions(data, folder)
	if err != nil {
		return failed("%w", err)
	}
	write := func(w io.Writer) error { return page.Write(w, data, options) }
	file := c.String("out")
	switch file {
	case "-":
		if err := write(c.App.Writer); err != nil {
			return failed("%w", err)
		}
		return nil
	case "":
		file = filepath.Join(results.ReportFolder(folder), "index.html")
		if err := makeFolder(filepath.Dir(file)); err != nil {
			return err
		}
	}
	if err := writeFile(file, write); err != nil {
		var exit *exitError
		if errors.As(err, &exit) {
			return err
		}
		return failed("%w", err)
	}
	fmt.Fprintln(c.App.Writer, file)
	return nil
}

// reportOptions is what a page needs besides the campaign's data: audit, figures and logs.
func reportOptions(data *results.Data, folder string) (page.Options, error) {
	options := page.Options{Folder: strings.TrimSuffix(folder, "/")}
	if data.Campaign.Import == nil { // runs of published files have no logs
		options.Log = func(run string) ([]byte, error) { return results.ReadLog(folder, run) }
	}
	found, err := audit.Examine(data)
	if err != nil {
		return options, err
	}
	options.Audit = auditFound(found)
	options.Figures, err = everyFigure(data)
	return options, err
}

// everyFigure draws the figures of the campaign's scenario, as far as it has the data for them.
func everyFigure(data *results.Data) ([]*plots.Figure, error) {
	source, err := plots.NewSource(data)
	if err != nil {
		return nil, err
	}
	if data.Campaign.Import != nil {
		drawn, err := plots.Imported(source)
		if errors.Is(err, plots.ErrNoData) {
			return nil, nil
		}
		return drawn, err
	}
	entries, err := figuresOf(data.Campaign)
	if err != nil {
		return nil, err
	}
	drawn, err := asked{entries: entries}.draw(source)
	if errors.Is(err, plots.ErrNoData) {
		return nil, nil
	}
	return drawn, err
}

package cli

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"eaibench/audit"
	"eaibench/internal/spreadsheet"
	"eaibench/plots"
	"eaibench/plots/paper"
	"eaibench/results"
	"eaibench/results/importing"
)

func paperCommand() *cli.Command {
	return &cli.Command{
		Name:      "paper",
		Usage:     "compute published tables and figures of Morello again, and compare the numbers",
		UsageText: "eaibench paper DATA --out DIR",
		Description: `DATA is a folder with the files of the published studies, each in a folder of its own, with the
published numbers where there are any:

` + foldersText() + `

   isc2-2026/  inside.csv, outside.csv, expected.log
   memory/     memory-*-experiment-*.csv, expected/table_2_*.csv to table_5_*.csv
   pipe/       pipe-*-experiment-*.csv, expected/*.csv
   capacity/   max_num_compart-experiment-*.csv
   cpu/        cpu-*-experiment-*.csv
   crypto/     crypto_*.csv

A study whose folder is not there is left out. Computes every number again, by the method of the
study, and writes into DIR the published tables with what came out, each number beside the
published one with their difference (numbers/), and the figures. Prints how many numbers agree,
why others cannot be computed, and which conclusions do not survive an audit, with the evidence.

Ends with 1 when a number does not agree and nothing explains it; with 2 when there is no DATA,
or it is not as it was published, or DIR would take its place.

EXAMPLES:
   eaibench paper published --out out/paper`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "out", Value: "out/paper", Usage: "write tables, numbers and figures into `DIR`"},
		},
		Action: func(c *cli.Context) error {
			if c.Args().Len() == 0 {
				return badInput("paper needs the folder DATA with the published files:\n\n%s\n\nsee eaibench paper --help", foldersText())
			}
			if err := noMoreArguments(c, "DATA"); err != nil {
				return err
			}
			return computePaper(c, c.Args().First(), c.String("out"))
		},
	}
}

// foldersText says for each folder of published data where its files are from.
func foldersText() string {
	var lines []string
	for _, one := range paper.Folders() {
		what, where, _ := strings.Cut(one[1], "; ")
		lines = append(lines, fmt.Sprintf("   %-11s %s", one[0]+"/", what), "               github.com/"+where)
	}
	return strings.Join(lines, "\n")
}

func computePaper(c *cli.Context, data, out string) error {
	folder, err := newFolder(out)
	if err == nil {
		err = apartFrom(data, folder)
	}
	if err != nil {
		return badInput("writing %s: %w", out, err)
	}
	studies, err := paper.Compute(os.DirFS(data), time.Now(), currentBuild().String())
	var faults importing.Faults
	switch {
	case errors.As(err, &faults):
		fmt.Fprintln(c.App.ErrWriter, faults.Error())
		return badInput("%s of %s cannot be read", counted(len(faults), "row"), data)
	case errors.Is(err, paper.ErrNoStudy):
		return badInput("%s: %w:\n\n%s", data, err, foldersText())
	case err != nil:
		return badInput("%s: %w", data, err)
	}
	var page strings.Builder
	for _, study := range studies {
		report, err := audit.Examine(study.Data)
		if err != nil {
			return failed("%w", err)
		}
		writeStudy(&page, study, report)
		if err := keepStudy(folder, study); err != nil {
			return failed("%w", err)
		}
	}
	disagreements := writeTotal(&page, studies, out)
	if _, err := io.WriteString(c.App.Writer, page.String()); err != nil {
		return failed("printing the comparison: %w", err)
	}
	if err := keep(folder, "summary.txt", []byte(page.String())); err != nil {
		return failed("%w", err)
	}
	if len(disagreements) > 0 {
		return failed("not as published: %s, of which the first is %s", counted(len(disagreements), "number"), disagreements[0])
	}
	return nil
}

// errAmongPublished refuses to write over what is compared with: from then on, every number would agree.
var errAmongPublished = errors.New("what comes out would take the place of the published files")

// apartFrom refuses a folder for results that is a campaign, or has a published study or is in one.
func apartFrom(data, folder string) error {
	place, err := realPlace(folder)
	if err != nil {
		return err
	}
	if results.Owns(place) {
		return errInsideCampaign
	}
	for _, study := range paper.Folders() {
		published, err := realPlace(filepath.Join(data, study[0]))
		if err != nil {
			return err
		}
		made, err := realPlace(filepath.Join(place, study[0]))
		if err != nil {
			return err
		}
		if made == published || place == published || strings.HasPrefix(place, published+string(filepath.Separator)) {
			return errAmongPublished
		}
	}
	return nil
}

// realPlace is where a path leads, absolute; what of it is not there yet is as it is named.
func realPlace(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	place, err := filepath.EvalSymlinks(path)
	if !errors.Is(err, fs.ErrNotExist) || path == filepath.Dir(path) {
		return place, err
	}
	folder, err := realPlace(filepath.Dir(path))
	return filepath.Join(folder, filepath.Base(path)), err
}

// keepStudy writes a study's tables, numbers and figures.
func keepStudy(folder string, study paper.Study) error {
	for _, one := range study.Tables {
		if err := keep(folder, filepath.FromSlash(one.File), one.Again); err != nil {
			return err
		}
		numbers, err := numbersCSV(one)
		if err != nil {
			return err
		}
		base := strings.TrimSuffix(filepath.Base(one.File), filepath.Ext(one.File))
		if err := keep(folder, filepath.Join("numbers", study.Folder+"-"+base+".csv"), numbers); err != nil {
			return err
		}
	}
	for _, figure := range study.Figures {
		for _, format := range plots.Formats() {
			var picture bytes.Buffer
			if err := figure.Write(&picture, format); err != nil {
				return err
			}
			if err := keep(folder, filepath.Join("figures", study.Folder+"-"+figure.Name+"."+string(format)), picture.Bytes()); err != nil {
				return err
			}
		}
	}
	return nil
}

// numbersCSV has a line for each published number.
func numbersCSV(one paper.Table) ([]byte, error) {
	var text bytes.Buffer
	writer := csv.NewWriter(&text)
	records := [][]string{{"place", "ours", "theirs", "difference", "relative_difference", "verdict", "why"}}
	for _, number := range one.Numbers {
		records = append(records, spreadsheet.Record([]string{
			number.Place, number.Ours, number.Theirs, numberText(number.Difference), numberText(number.Relative), string(number.Verdict), number.Why,
		}))
	}
	if err := writer.WriteAll(records); err != nil {
		return nil, fmt.Errorf("writing the numbers of %s: %w", one.File, err)
	}
	return text.Bytes(), nil
}

// numberText is empty for what is no number.
func numberText(x float64) string {
	if math.IsNaN(x) {
		return ""
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}

// keep writes a file below the folder, which it makes.
func keep(folder, name string, content []byte) error {
	file := filepath.Join(folder, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return fmt.Errorf("writing %s: %w", file, err)
	}
	return writeFile(file, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

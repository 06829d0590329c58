package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"eaibench/audit"
	"eaibench/internal/strictyaml"
	"eaibench/results"
	"eaibench/results/importing"
)

func importCommand() *cli.Command {
	return &cli.Command{
		Name:      "import",
		Usage:     "make a campaign of published measurements",
		UsageText: "eaibench import FILE... --format FORMAT --out DIR [--lenient]\neaibench import MODE=FILE... --format FORMAT --out DIR [--lenient]",
		Description: `Makes the campaign DIR of published files, for summary, compare, audit, plot, export and verify.
Names, SHA-256 and rows of the files are kept in it, and so is what publications say of how they
came about: an audit finds it. What files do not say is absent: host, executables, times.

` + formatsText() + `

The name of a published file says its mode, as does a row of published-crypto; of other files
MODE= says it.

A row that cannot be read ends it with 2, after all such rows were named, and nothing is written;
with --lenient the others are kept, and those left out are counted and named in the campaign.
DIR must not exist.

EXAMPLES:
   eaibench import --format published-memory memory/memory-out-experiment-results.csv memory/memory-in-experiment-purecap-results.csv --out out/memory
   eaibench import --format published-eai inside.csv outside.csv --out out/isc2
   eaibench import --format published-cpu outside=mine.csv inside-purecap=other.csv --lenient --out out/cpu
   eaibench import --format published-crypto crypto_outside.csv crypto_purecap.csv --out out/crypto`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "format", Usage: "read the files as `" + strings.Join(formatNames(), "|") + "`"},
			&cli.StringFlag{Name: "out", Usage: "make the campaign `DIR`"},
			&cli.BoolFlag{Name: "lenient", Usage: "leave rows out that cannot be read"},
		},
		Action: importFiles,
	}
}

func formatNames() []string {
	var names []string
	for _, format := range importing.Formats() {
		names = append(names, string(format))
	}
	return names
}

// formatsText lists the formats with what they are of, and the modes of their files.
func formatsText() string {
	var lines []string
	for _, format := range importing.Formats() {
		what, where, _ := strings.Cut(importing.About(format), "; ")
		lines = append(lines, fmt.Sprintf("   %-20s %s", format, what), "                        published: "+where,
			"                        modes: "+strings.Join(importing.Modes(format), ", "))
	}
	return strings.Join(lines, "\n")
}

func importFiles(c *cli.Context) error {
	if c.Args().Len() == 0 {
		return misuse("which files? see eaibench import --help")
	}
	format := importing.Format(c.String("format"))
	if !slices.Contains(importing.Formats(), format) {
		if nearest := strictyaml.Nearest(string(format), formatNames()); nearest != "" {
			return misuse("--format is %q; did you mean %s?", format, nearest)
		}
		return misuse("--format is %q; it is one of %s", format, strings.Join(formatNames(), ", "))
	}
	folder := c.String("out")
	if folder == "" {
		return misuse("--out says which folder is made")
	}
	files, err := readPublished(c.Context, format, c.Args().Slice())
	switch {
	case c.Context.Err() != nil:
		return interrupted("%w", context.Cause(c.Context))
	case err != nil:
		return badInput("importing: %w", err)
	}
	data, err := importing.Import(files, importing.Options{
		Format: format, Lenient: c.Bool("lenient"), Now: time.Now(), Version: currentBuild().String(),
	})
	var faults importing.Faults
	switch {
	case errors.As(err, &faults):
		fmt.Fprintln(c.App.ErrWriter, faults.Error())
		return badInput("%s cannot be read: nothing was imported%s", counted(len(faults), "row"), lenientAdvice(c))
	case err != nil:
		return badInput("%w", err)
	}
	place, err := newFolder(folder)
	if err != nil {
		return badInput("importing: %w", err)
	}
	if err := results.Store(place, data); errors.Is(err, results.ErrExists) {
		return badInput("%s exists: an import makes a folder of its own%s", folder, freeFolder(folder, format))
	} else if err != nil {
		return failed("%w", err)
	}
	return writeImported(c.App.Writer, folder, data)
}

func lenientAdvice(c *cli.Context) string {
	if c.Bool("lenient") {
		return "; of these files, no row is in the format"
	}
	return "; --lenient leaves such rows out"
}

// newFolder refuses a place inside another campaign.
func newFolder(folder string) (string, error) {
	place, err := filepath.Abs(folder)
	if err != nil {
		return "", err
	}
	parent := filepath.Dir(place)
	if real, err := filepath.EvalSymlinks(parent); err == nil {
		parent = real
	}
	if results.Owns(parent) {
		return "", errInsideCampaign
	}
	return place, nil
}

// freeFolder suggests a place below a folder that is there and no campaign; "" where there is none.
func freeFolder(folder string, format importing.Format) string {
	place := filepath.Join(folder, strings.TrimPrefix(string(format), "published-"))
	if _, err := os.Lstat(place); results.Owns(folder) || !errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	return ", such as " + place
}

// readPublished reads the files that the arguments name, FILE or MODE=FILE.
func readPublished(ctx context.Context, format importing.Format, arguments []string) ([]importing.File, error) {
	var files []importing.File
	for _, argument := range arguments {
		file := importing.File{Path: argument}
		if mode, path, ok := strings.Cut(argument, "="); ok && slices.Contains(importing.Modes(format), mode) {
			file.Mode, file.Path = mode, path
		}
		data, err := readUntilDone(ctx, file.Path)
		if err != nil {
			return nil, err
		}
		file.Name, file.Data = filepath.Base(file.Path), data
		files = append(files, file)
	}
	return files, nil
}

// readUntilDone reads a file, or gives up when the context ends: a pipe that nobody writes to is neither opened nor read, and no
// signal ends that.
func readUntilDone(ctx context.Context, file string) ([]byte, error) {
	type content struct {
		data []byte
		err  error
	}
	read := make(chan content, 1)
	go func() {
		data, err := os.ReadFile(file)
		read <- content{data, err}
	}()
	select {
	case got := <-read:
		return got.data, got.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// writeImported says what was made of which files, and what an audit finds.
func writeImported(w io.Writer, folder string, data *results.Data) error {
	report, err := audit.Examine(data)
	if err != nil {
		return failed("%w", err)
	}
	text := fmt.Sprintf("campaign  %s: %s of %s\n", folder, counted(len(data.Runs), "run"), counted(len(data.Campaign.Cells), "cell"))
	text += importedText(data.Campaign.Import)
	text += fmt.Sprintf("audit: %s: eaibench audit %s\n", report.CountText(), shellWord(strings.TrimSuffix(folder, "/")))
	if _, err := io.WriteString(w, text); err != nil {
		return failed("printing what was imported: %w", err)
	}
	return nil
}

// importedText says of which files a campaign was made, a paragraph each; "" for one that was carried out.
func importedText(imported *results.Import) string {
	if imported == nil {
		return ""
	}
	var text strings.Builder
	for _, file := range imported.Files {
		line := fmt.Sprintf("%s: %s", file.Name, counted(file.Rows, "row"))
		if file.Mode != "" {
			line += " of mode " + file.Mode
		}
		if file.Dropped > 0 {
			line += fmt.Sprintf(", %d more left out, which cannot be read", file.Dropped)
		}
		if file.Published != "" {
			line += "; published in " + file.Published
		} else {
			line += "; no published file that is known has these bytes"
		}
		for _, remark := range file.Remarks {
			line += "; it says: " + remark
		}
		text.WriteString(hanging("made of  ", line+"; SHA-256 "+file.SHA256))
	}
	return text.String()
}

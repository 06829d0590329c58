package plots_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"eaibench/bench"
	"eaibench/plots"
	"eaibench/results"
	"eaibench/scenarios/figure"
)

var update = flag.Bool("update", false, "draw docs/figures anew, and write their page")

const (
	galleryFile = "testdata/gallery.yaml"
	// The goldens are what the page shows.
	galleryFolder = "../docs/figures"
	galleryPage   = "../docs/figures.md"
)

// gallery are figures of every kind, as the file has them.
func gallery(t *testing.T) (text string, entries figure.Entries) {
	t.Helper()
	content, err := os.ReadFile(galleryFile)
	if err != nil {
		t.Fatal(err)
	}
	entries, err = figure.Parse(galleryFile, content)
	if err != nil {
		t.Fatal(err)
	}
	return string(content), entries
}

// shown is the campaign that the gallery is of: payload and processes vary, one at a time, and the first runs of purecap start slowly.
func shown() *results.Data {
	a := smallest()
	a.paths, a.payloads, a.processes, a.runs, a.requests = []string{bench.Relayed, bench.Direct}, []int64{1 << 10, 32 << 10, 1 << 20}, []int{1, 2, 4}, 30, 2
	data := without(whole(a), func(cell bench.Cell) bool {
		return cell.Processes > 1 && (bench.Payload.Text(cell) != "1 KiB" || cell.Path == bench.Direct)
	})
	slow := map[string]bool{}
	for _, run := range data.Runs {
		slow[run.ID] = run.Mode == "purecap" && run.Iteration <= 10
	}
	for i, sample := range data.Samples {
		if slow[sample.Run] && sample.Series() == bench.StartTotal() {
			data.Samples[i].Value *= 2
		}
	}
	return data
}

// Every kind is in the gallery, and every picture is as it was looked at.
func TestGallery(t *testing.T) {
	_, entries := gallery(t)
	source := must(t, shown())
	kinds := map[figure.Kind]bool{}
	for _, entry := range entries {
		kinds[entry.Kind] = true
		t.Run(entry.ID, func(t *testing.T) {
			got := picture(t, source, entry, plots.SVG)
			golden := filepath.Join(galleryFolder, entry.ID+".svg")
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s differs from what is drawn; look at it, then `make docs-figures`", golden)
			}
			nothingIsCutOff(t, string(got), 10)
		})
	}
	for _, described := range figure.Kinds() {
		if !kinds[described.Kind] {
			t.Errorf("no figure of kind %s", described.Kind)
		}
	}
	files, err := filepath.Glob(filepath.Join(galleryFolder, "*"))
	if err != nil || len(files) != len(entries) {
		t.Errorf("%s has %d files for %d figures, %v", galleryFolder, len(files), len(entries), err)
	}
}

// The page shows every figure with the entry that asks for it.
func TestGalleryPage(t *testing.T) {
	text, entries := gallery(t)
	const begins, ends = "<!-- made by make docs-figures -->\n", "<!-- end -->\n"
	page, err := os.ReadFile(galleryPage)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begun := strings.Cut(string(page), begins)
	_, after, ended := strings.Cut(rest, ends)
	if !begun || !ended {
		t.Fatalf("%s has no part between %q and %q", galleryPage, begins, ends)
	}
	want := before + begins + galleryPart(t, text, entries) + ends + after
	if want == string(page) {
		return
	}
	if !*update {
		t.Errorf("%s does not show what there is: `make docs-figures`", galleryPage)
		return
	}
	if err := os.WriteFile(galleryPage, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

// galleryPart has a section for each kind, in the order of the kinds.
func galleryPart(t *testing.T, text string, entries figure.Entries) string {
	t.Helper()
	var part strings.Builder
	for _, described := range figure.Kinds() {
		fmt.Fprintf(&part, "\n### %s\n\n%s\n", described.Kind, described.Shows)
		for _, entry := range entries {
			if entry.Kind != described.Kind {
				continue
			}
			fmt.Fprintf(&part, "\n```yaml\n%s```\n\n![%s](figures/%s.svg)\n", entryText(t, text, entry.ID), entry.ID, entry.ID)
		}
	}
	return part.String()
}

// entryText is an entry as the file has it.
func entryText(t *testing.T, text, id string) string {
	t.Helper()
	_, rest, found := strings.Cut(text, "  - id: "+id+"\n")
	if !found {
		t.Fatalf("%s has no entry %s that begins with its ID", galleryFile, id)
	}
	lines := strings.SplitAfter(rest, "\n")
	end := slices.IndexFunc(lines, func(line string) bool { return strings.TrimSpace(line) == "" })
	if end < 0 {
		end = len(lines)
	}
	entry := "- id: " + id + "\n"
	for _, line := range lines[:end] {
		entry += strings.TrimPrefix(line, "  ")
	}
	return entry
}

// The same data give the same bytes, in every format.
func TestSameDataSameBytes(t *testing.T) {
	_, entries := gallery(t)
	first, second := must(t, shown()), must(t, shown())
	for _, entry := range entries {
		for _, format := range plots.Formats() {
			if !bytes.Equal(picture(t, first, entry, format), picture(t, second, entry, format)) {
				t.Errorf("%s of %s differs", format, entry.ID)
			}
		}
	}
}

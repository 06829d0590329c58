package tables

import (
	"os"
	"strings"
	"testing"

	"eaibench/bench"
)

// The page on tables shows one in each format as it is written.
func TestDocs(t *testing.T) {
	const file = "../../docs/tables.md"
	data := madeUp(12)
	data.Campaign.Cells = data.Campaign.Cells[:3]
	data.Campaign.Title = "Retail, made up"
	source, err := NewSource(data, []bench.Series{bench.ExecuteTotal()}, Audit{})
	if err != nil {
		t.Fatal(err)
	}
	made, err := source.comparisons()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	for _, part := range []struct {
		format      Format
		before, end string
	}{{Markdown, "<!-- example.md -->\n", "<!-- end -->"}, {CSV, "```csv\n", "```\n"}, {LaTeX, "```latex\n", "```\n"}, {HTML, "```html\n", "```\n"}} {
		want := written(t, made[0], part.format)
		head, rest, found := strings.Cut(page, part.before)
		if !found {
			t.Fatalf("%s has no %q", file, part.before)
		}
		got, tail, _ := strings.Cut(rest, part.end)
		if got != want && !*update {
			t.Errorf("%s shows\n%s\nwhere there is\n%s\n-update writes it", file, got, want)
		}
		page = head + part.before + want + part.end + tail
	}
	if *update {
		if err := os.WriteFile(file, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

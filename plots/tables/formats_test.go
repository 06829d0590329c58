package tables

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"eaibench/bench"
	"eaibench/results"
)

// Every table says what its numbers do not mean, in every format.
func TestMarks(t *testing.T) {
	data := madeUp(12)
	data.Complete = false
	data.Campaign.Order = bench.OrderSequential
	data.Campaign.Cells[0].Crypto = "none"
	data.Campaign.Hosts[1].Environment.CPU = "QEMU Virtual CPU"
	data.Campaign.Placement = &results.Placement{Target: "local", Links: []results.Link{{Between: [2]string{"local", "board_1"}}}, Services: []results.PlacedService{{Service: "store", Host: "board_1"}}}
	for _, table := range made(t, data) {
		for _, format := range Formats() {
			page := strings.ReplaceAll(strings.ReplaceAll(written(t, table, format), "-{}", "-"), `\_\allowbreak{}`, "_")
			for _, mark := range []string{"stand-in, not CHERI", "Measured under QEMU (host board_1)", "INSECURE: cells with crypto none", "SEQUENTIAL", "not complete: all runs are carried out, but it is not sealed", "Links between"} {
				if !strings.Contains(page, mark) {
					t.Errorf("%s as %s does not say %q", table.Name, format, mark)
				}
			}
		}
	}
}

// The environment says which services were not the campaign's own.
func TestServicesThatAlreadyRan(t *testing.T) {
	data := madeUp(6)
	data.Campaign.Placement = &results.Placement{Target: "local", Services: []results.PlacedService{
		{Service: "store", URL: "https://store.example:8443", NotReset: true}, {Service: "taxi", Host: "local"},
	}}
	for _, table := range made(t, data) {
		const want = "Services that already ran: store at https://store.example:8443, its data not reset between runs."
		if slices.Contains(table.Notes, want) != (table.Name == "environment") {
			t.Errorf("%s: %q", table.Name, table.Notes)
		}
	}
}

// CSV has what bench computed, to the last digit, and in each row as many fields as in the header.
func TestCSVIsRaw(t *testing.T) {
	data := madeUp(12)
	for _, table := range made(t, data) {
		records, err := csv.NewReader(strings.NewReader(written(t, table, CSV))).ReadAll()
		if err != nil {
			t.Fatalf("%s: %v", table.Name, err)
		}
		names := slices.Clone(records[0])
		slices.Sort(names)
		if len(slices.Compact(names)) != len(records[0]) {
			t.Errorf("%s: a name stands twice in %v", table.Name, records[0])
		}
		if table.Name != "summary-execute_total" {
			continue
		}
		values, err := bench.Reduce(data.Samples)
		if err != nil {
			t.Fatal(err)
		}
		runs := bench.RunsOf(data.Runs, values, data.Campaign.Cells[0], bench.ExecuteTotal())
		field := func(name string) float64 {
			value, err := strconv.ParseFloat(records[1][slices.Index(records[0], name)], 64)
			if err != nil {
				t.Fatal(err)
			}
			return value
		}
		if field("min_ns") != slices.Min(runs.Values) || field("max_ns") != slices.Max(runs.Values) || field("n") != float64(len(runs.Values)) {
			t.Errorf("%v is not of %v", records[1], runs.Values)
		}
	}
}

// HTML is one figure whose every cell has a header above and before it, and nothing that runs.
func TestHTMLIsSemantic(t *testing.T) {
	for _, table := range made(t, madeUp(12)) {
		page := written(t, table, HTML)
		columns, inRow := 0, 0
		rows, scopes := 0, map[string]int{}
		var open []string
		for tokens := html.NewTokenizer(strings.NewReader(page)); ; {
			kind := tokens.Next()
			if kind == html.ErrorToken {
				if !errors.Is(tokens.Err(), io.EOF) {
					t.Fatal(tokens.Err())
				}
				break
			}
			token := tokens.Token()
			switch {
			case kind == html.EndTagToken:
				if len(open) == 0 || open[len(open)-1] != token.Data {
					t.Fatalf("%s: </%s> ends %v", table.Name, token.Data, open)
				}
				open = open[:len(open)-1]
				if token.Data == "tr" && inRow != columns && inRow != 1 {
					t.Errorf("%s: a row of %d cells below %d", table.Name, inRow, columns)
				}
			case kind == html.StartTagToken:
				open = append(open, token.Data)
				if slices.Contains([]string{"script", "style", "b", "input"}, token.Data) {
					t.Errorf("%s has a <%s>", table.Name, token.Data)
				}
				switch token.Data {
				case "tr":
					rows, inRow = rows+1, 0
				case "th", "td":
					if inRow++; rows == 1 {
						columns = inRow
					}
				}
				for _, attribute := range token.Attr {
					if attribute.Key == "scope" {
						scopes[attribute.Val]++
					}
				}
			}
		}
		if len(open) > 0 || scopes["col"] != columns || scopes["col"]+1 > rows+columns || scopes["row"]+scopes["rowgroup"]+1 != rows || !strings.Contains(page, "<caption>") {
			t.Errorf("%s: %v left open, scopes %v, %d rows, %d columns", table.Name, open, scopes, rows, columns)
		}
	}
}

func TestMarkdownText(t *testing.T) {
	for plain, want := range map[string]string{
		"execute_total": "execute_total", "_x_ and __y": `\_x\_ and \_\_y`, "a|b": `a\|b`, "<b>": `\<b\>`, "*": `\*`, "a\nb": "a b", `\`: `\\`, "$x$": `\$x\$`, "a\x1b[31mb\x07": "a\uFFFD\\[31mb\uFFFD",
	} {
		if got := markdownText(plain); got != want {
			t.Errorf("%q became %q, want %q", plain, got, want)
		}
	}
	for plain, want := range map[string]string{"1. one": `1\. one`, "# one": `\# one`, "- one": `\- one`, "one - two": "one - two", "12 runs": "12 runs"} {
		if got := markdownLine(plain); got != want {
			t.Errorf("%q became %q, want %q", plain, got, want)
		}
	}
}

// A page of LaTeX holds no more than fits, and all of the rows are on some page.
func TestFloats(t *testing.T) {
	for _, table := range made(t, madeUp(12)) {
		rows, want := 0, 0
		for _, part := range table.sections {
			want += len(part.rows)
		}
		for _, sections := range table.floats() {
			lines := 0
			for _, part := range sections {
				rows += len(part.rows)
				for _, row := range part.rows {
					lines += table.lines(row)
				}
			}
			if lines > floatLines {
				t.Errorf("%s has %d lines on a page", table.Name, lines)
			}
		}
		if rows != want {
			t.Errorf("%s has %d of %d rows", table.Name, rows, want)
		}
	}
}

func TestNoData(t *testing.T) {
	none := madeUp(0)
	none.Campaign.Hosts = nil
	source, err := NewSource(none, nil, Audit{})
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range Kinds() {
		tables, err := kind.Tables(source)
		switch {
		case kind.Name == "audit":
			if err != nil || !slices.Contains(tables[0].Notes, "No threat was found.") {
				t.Errorf("audit: %v", err)
			}
		case !errors.Is(err, ErrNoData):
			t.Errorf("%s: %v", kind.Name, err)
		}
	}
}

// A table is what it was, whatever is beside it: with runs too few for an interval, and without one mode.
func TestFewRuns(t *testing.T) {
	data := madeUp(3)
	for i := range data.Runs {
		if strings.HasPrefix(data.Runs[i].Cell, "purecap") {
			data.Runs[i].Status = bench.Failed
		}
	}
	pages := map[string]string{}
	for _, table := range made(t, data, bench.ExecuteTotal(), bench.StartTotal()) {
		pages[table.Name] = written(t, table, Markdown)
	}
	for name, want := range map[string]string{
		"summary-execute_total":                 "| purecap | 0 | – | – | – | – | – | – |",
		"comparison-execute_total":              "purecap is compared with nothing, since no run of it counts.",
		"summary-start-start_total-launcher":    "start.start_total of launcher by mode",
		"comparison-start-start_total-launcher": "| compartment | hybrid | 3 |",
		"steps":                                 "| – |",
	} {
		if !strings.Contains(pages[name], want) {
			t.Errorf("%s does not have %q:\n%s", name, want, pages[name])
		}
	}
}

// Tables in every format say which intervals hold less than their confidence, since they are of few runs, and say it of no others.
func TestIntervalsOfFewRuns(t *testing.T) {
	const (
		interval = ": interval that holds the true value in 95 of 100 such campaigns"
		ratio    = "; ratio of medians of fewer than 5 runs: in fewer than 95 (of 4 pairs: in about 88)"
		mean     = "a mean's of few runs in fewer (docs/statistics.md)"
	)
	plain := strings.NewReplacer(`\textquotesingle{}`, "'", `\allowbreak{}`, "")
	for _, test := range []struct {
		runs        int
		ratio, mean bool
	}{{1, false, false}, {4, true, true}, {5, false, true}, {100, false, false}} {
		for _, table := range made(t, madeUp(test.runs)) {
			for _, format := range Formats() {
				page := html.UnescapeString(plain.Replace(written(t, table, format)))
				want := map[string]bool{
					ratio: test.ratio && strings.HasPrefix(table.Name, "comparison"),
					mean:  test.mean && strings.HasPrefix(table.Name, "summary"),
				}
				want[interval] = want[ratio] || want[mean]
				for text, said := range want {
					if got := strings.Contains(page, text); got != said {
						t.Errorf("%s.%s of %d runs: %q is said: %v", table.Name, format, test.runs, text, got)
					}
				}
			}
		}
	}
}

type brokenWriter struct{}

var errBroken = errors.New("broken")

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestWriteFails(t *testing.T) {
	table := made(t, madeUp(6))[0]
	for _, format := range Formats() {
		if err := table.Write(brokenWriter{}, format); !errors.Is(err, errBroken) {
			t.Errorf("%s: %v", format, err)
		}
	}
	if err := table.Write(io.Discard, "xml"); !errors.Is(err, ErrFormat) {
		t.Error(err)
	}
}

// Names of somebody else's campaign are no formulas in a spreadsheet, neither in rows nor in headings; numbers stay numbers.
func TestCSVHasNoFormulas(t *testing.T) {
	data := madeUp(12)
	data.Campaign.Name = "@SUM(A1)"
	for i := range data.Campaign.Modes {
		mode := &data.Campaign.Modes[i]
		mode.Name = "=" + mode.Name
		if mode.Baseline != "" {
			mode.Baseline = "=" + mode.Baseline
		}
	}
	for i := range data.Campaign.Cells {
		cell := &data.Campaign.Cells[i]
		cell.ID, cell.Mode = "="+cell.ID, "="+cell.Mode
	}
	for i := range data.Runs {
		data.Runs[i].Cell, data.Runs[i].Mode = "="+data.Runs[i].Cell, "="+data.Runs[i].Mode
	}
	negative := 0
	for _, table := range made(t, data) {
		records, err := csv.NewReader(strings.NewReader(written(t, table, CSV))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, record := range records {
			for _, field := range record {
				_, err := strconv.ParseFloat(field, 64)
				switch {
				case strings.HasPrefix(field, "-") && err == nil:
					negative++
				case field != "" && strings.ContainsAny(field[:1], "=+-@"):
					t.Errorf("%s: %q", table.Name, field)
				}
			}
		}
	}
	if negative == 0 {
		t.Error("no number is below 0: that none is changed is not seen")
	}
}

//go:build latex

package cli

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"eaibench/bench"
	"eaibench/environment"
	"eaibench/results"
	"eaibench/scenarios/figure"
)

// document is what a paper needs for tables and figures, on a page that has room for a figure of two columns, 180 mm.
const document = `\documentclass{article}
\usepackage[a4paper,margin=15mm]{geometry}
\usepackage{booktabs,graphicx}
\usepackage{siunitx}
\begin{document}
%s\end{document}
`

// complaint is what LaTeX says of text that does not fit, or that it does not know.
var complaint = regexp.MustCompile(`(?m)^(!|Overfull|Missing character|LaTeX Warning: (Float too large|Reference|Label .* multiply|Command)).*`)

// Every table of a campaign and every kind of figure, whose texts mean something in LaTeX, go into a document: nothing is refused, nothing runs out of a page.
func TestLaTeXDocument(t *testing.T) {
	latex, err := exec.LookPath("pdflatex")
	if err != nil {
		t.Fatalf("%v: it is in texlive-latex-recommended, siunitx in texlive-science", err)
	}
	folder := filepath.Join(t.TempDir(), "smoke")
	err = makeSampleCampaign(folder, 1, true, allOK, func(c *results.Campaign) {
		c.Title = `50 % of <b>R&D</b> | $x_1^2$ [#1] {~} \input{x} 中文 *"'` + "`--`"
		for _, name := range []string{"local", "board_1"} {
			c.Hosts = append(c.Hosts, results.Host{Name: name, Environment: environment.Environment{System: "debian", CPU: c.Title, CPUs: 2, Usable: 2, Memory: 8 << 30}})
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	paper := t.TempDir()
	printed, people, code := command(t, "tables", folder, "--format", "tex", "--out", filepath.Join(paper, "tables"), "--metric", bench.ExecuteTotal().Metric, "--metric", "peak_resident")
	if code != exitFine {
		t.Fatalf("exit %d, %s", code, people)
	}
	inputs, included := "", 0
	for file := range strings.Lines(printed) {
		inputs, included = inputs+fmt.Sprintf("\\input{tables/%s}\n", filepath.Base(strings.TrimSpace(file))), included+1
	}
	if want := len(tableNames()) + 2; included != want { // two tables are of both metrics
		t.Errorf("%d tables, want %d:\n%s", included, want, printed)
	}
	inputs += figureOfEveryKind(t, folder)
	if err := os.WriteFile(filepath.Join(paper, "paper.tex"), []byte(fmt.Sprintf(document, inputs)), 0o644); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time references are known
		compiler := exec.Command(latex, "-interaction=nonstopmode", "-halt-on-error", "paper.tex")
		compiler.Dir = paper
		if said, err := compiler.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, said)
		}
	}
	log, err := os.ReadFile(filepath.Join(paper, "paper.log"))
	if err != nil {
		t.Fatal(err)
	}
	for _, said := range complaint.FindAllString(string(log), -1) {
		t.Error(said)
	}
}

// figureOfEveryKind draws one of each kind and gives what inputs them.
func figureOfEveryKind(t *testing.T, folder string) (inputs string) {
	t.Helper()
	text := "version: 1\nfigures:\n"
	for _, described := range figure.Kinds() {
		text += fmt.Sprintf("  - {id: %[1]s_2, kind: %[1]s, metric: start_total, size: 150 mm", described.Kind)
		switch described.Kind {
		case figure.Line, figure.HeatMap:
			text += ", along: threshold"
		case figure.TwoAxes:
			text += ", along: threshold, right: peak_resident"
		case figure.Box:
			text += ", caption: '50 % of <b>R&D</b> | $x_1^2$ [#1] {~} \\input{x} “a” µs'"
		}
		text += "}\n"
	}
	file := filepath.Join(t.TempDir(), "figures.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	printed, people, code := command(t, "plot", folder, "--figures", file, "--format", "tex")
	if code != exitFine {
		t.Fatalf("exit %d, %s", code, people)
	}
	inputs = "\\graphicspath{{" + results.ReportFolder(folder) + "/}}\n"
	included := 0
	for line := range strings.Lines(printed) {
		if file := strings.TrimSpace(line); filepath.Ext(file) == ".tex" {
			inputs, included = inputs+"\\input{"+file+"}\n\\clearpage\n", included+1
		}
	}
	if want := len(figure.Kinds()); included != want {
		t.Errorf("%d figures, want %d:\n%s", included, want, printed)
	}
	return inputs
}

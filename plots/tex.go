package plots

import (
	"fmt"
	"strings"

	"eaibench/internal/latex"

	"gonum.org/v1/plot/vg"
)

// tex is the figure for a LaTeX document: its PDF at its own size, for which its letters are made, with caption and label. It needs
// the package graphicx alone. What nobody may overlook is in the caption too, which is larger than the figure's own letters.
func (f *Figure) tex() string {
	environment := "figure"
	const column = 100 * vg.Millimeter // wider ones take both columns
	if f.width > column {
		environment = "figure*"
	}
	caption := append([]string{f.caption}, f.alerts...)
	return fmt.Sprintf(`%% Figure %[1]s of campaign %[2]s, drawn by eaibench; %[1]s.pdf belongs to it.
\begin{%[3]s}[tbp]
  \centering
  \includegraphics{%[1]s.pdf}
  \caption{%[4]s}
  \label{fig:%[2]s:%[1]s}
\end{%[3]s}
`, f.Name, nameForTeX(f.campaign), environment, latex.Text(strings.Join(caption, " ")))
}

// nameForTeX keeps of a campaign's name what a label may have. Names of scenarios have no more, but a campaign may be somebody else's,
// and a label reads commands.
func nameForTeX(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.", r) {
			return r
		}
		return '-'
	}, name)
}

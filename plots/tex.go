package plots

import (
	"fmt"
	"strings"
	"unicode"

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
`, f.Name, nameForTeX(f.campaign), environment, forTeX(strings.Join(caption, " ")))
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

// texSpecial are what LaTeX reads as commands, and signs that its standard fonts lack.
var texSpecial = map[rune]string{
	'\\': `\textbackslash{}`, '{': `\{`, '}': `\}`, '&': `\&`, '%': `\%`, '$': `\$`, '#': `\#`, '_': `\_`, '~': `\textasciitilde{}`, '^': `\textasciicircum{}`,
	'<': `\textless{}`, '>': `\textgreater{}`, '|': `\textbar{}`, '“': "``", '”': `''`, '"': `''`, '’': `'`, '–': `--`, '—': `---`, '…': `\ldots{}`,
	'×': `$\times$`, '·': `$\cdot$`, 'µ': `$\mu$`, 'μ': `$\mu$`, 'δ': `$\delta$`, 'ε': `$\varepsilon$`, 'σ': `$\sigma$`, 'Δ': `$\Delta$`, '≤': `$\le$`, '≥': `$\ge$`,
	'−': `$-$`, '±': `$\pm$`, '≈': `$\approx$`, '→': `$\rightarrow$`, '²': `\textsuperscript{2}`, '°': `$^\circ$`,
}

// forTeX writes text so that LaTeX shows it as it is. It is one paragraph, since a caption may have no more. Letters of Western Europe
// stay; any other sign, and what controls a terminal, is shown by its code, [U+4E2D]: pdflatex would refuse the whole document.
func forTeX(text string) string {
	var written strings.Builder
	for _, r := range strings.Join(strings.Fields(text), " ") {
		special, known := texSpecial[r]
		switch {
		case known:
			written.WriteString(special)
		case r < unicode.MaxASCII && unicode.IsPrint(r), r >= 'À' && r <= 'ÿ' && unicode.IsLetter(r) && !strings.ContainsRune("ÐðÞþ", r):
			written.WriteRune(r)
		default:
			fmt.Fprintf(&written, "[U+%04X]", r)
		}
	}
	return written.String()
}

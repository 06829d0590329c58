// Package latex writes plain text so that LaTeX shows it as it is.
//
// It owns which signs mean something to LaTeX, or have no letter in its fonts; it knows nothing of figures and tables.
package latex

import (
	"fmt"
	"strings"
	"unicode"
)

// signs are written so that any engine prints them as they are, in text, in the fonts that LaTeX has by itself. The square
// bracket and the star would be an argument of the line break before them, hyphens and quotes would become others.
var signs = map[rune]string{
	'\\': `\textbackslash{}`, '{': `\{`, '}': `\}`, '$': `\$`, '&': `\&`, '#': `\#`, '%': `\%`, '_': `\_\allowbreak{}`,
	'~': `\textasciitilde{}`, '^': `\textasciicircum{}`, '<': `\textless{}`, '>': `\textgreater{}`, '|': `\textbar{}`, '"': `\symbol{34}`,
	'`': `\textasciigrave{}`, '\'': `\textquotesingle{}`, '[': `{[}`, ']': `{]}`, '*': `{*}`, '-': `-{}`, '/': `/\allowbreak{}`,
	'–': `--`, '—': `---`, '−': `$-$`, '×': `$\times$`, '±': `$\pm$`, 'δ': `$\delta$`, 'ε': `$\varepsilon$`, 'µ': `\textmu{}`, 'μ': `\textmu{}`,
	'²': `\textsuperscript{2}`, '…': `\dots{}`, '→': `$\rightarrow$`, '≤': `$\le$`, '≥': `$\ge$`, '·': `$\cdot$`, '“': "``", '”': `''`, '‘': "`", '’': `'`,
	'°': `\textdegree{}`, '√': `$\surd$`, '≈': `$\approx$`, '≠': `$\ne$`, '∞': `$\infty$`, 'α': `$\alpha$`, 'β': `$\beta$`, 'η': `$\eta$`,
	'λ': `$\lambda$`, 'π': `$\pi$`, 'ρ': `$\rho$`, 'σ': `$\sigma$`, 'τ': `$\tau$`, 'φ': `$\varphi$`, 'χ': `$\chi$`, 'Δ': `$\Delta$`, 'Σ': `$\Sigma$`,
}

// Text escapes everything that means something to LaTeX, and makes one paragraph of it, as a caption must be. Letters of Western Europe
// stay, but for those that its first font encoding lacks; any other sign that is not known, and what controls a terminal, is shown by
// its code, [U+4E2D], since pdflatex would refuse the whole document. It needs no package (LaTeX of 2020 or later).
func Text(plain string) string {
	var text strings.Builder
	for _, r := range strings.Join(strings.Fields(plain), " ") {
		written, known := signs[r]
		switch {
		case known:
			text.WriteString(written)
		case r < unicode.MaxASCII && unicode.IsPrint(r), r >= 'À' && r <= 'ÿ' && unicode.IsLetter(r) && !strings.ContainsRune("ÐðÞþ", r):
			text.WriteRune(r)
		default:
			fmt.Fprintf(&text, "{[}U+%04X{]}", r)
		}
	}
	return text.String()
}

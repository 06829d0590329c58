//go:build latex

package plots

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Whatever a campaign's scenario says in a caption, pdflatex makes a document of it.
func TestCaptionCompiles(t *testing.T) {
	latex, err := exec.LookPath("pdflatex")
	if err != nil {
		t.Fatal("pdflatex is not there: Debian has it in texlive-latex-recommended")
	}
	captions := []string{"中文 😀 \u202e −±≈→²°δεσΔ\n\n\\end{document}", "\x1b[31m \r\n x"}
	for first := rune(0); first < 0x250; first += 16 { // every sign of a caption is in one line before it is broken
		caption := ""
		for r := first; r < first+16; r++ {
			caption += string(r)
		}
		captions = append(captions, caption)
	}
	document := "\\documentclass{article}\n\\usepackage{graphicx}\n\\begin{document}\n"
	for i, caption := range captions {
		figure := Figure{Name: fmt.Sprintf("f%d", i), campaign: "c\n中" + caption, caption: caption, alerts: []string{caption}}
		document += strings.Replace(figure.tex(), `\includegraphics{`+figure.Name+`.pdf}`, "", 1) + "\\clearpage\n"
	}
	document += "\\end{document}\n"
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "f.tex"), []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(latex, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "f.tex")
	command.Dir = folder
	if out, err := command.CombinedOutput(); err != nil {
		t.Errorf("%v:\n%s", err, out)
	}
}

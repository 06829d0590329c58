package plots_test

import (
	"bytes"
	"encoding/base64"
	"image/png"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/image/font/sfnt"

	"eaibench/plots"
	"eaibench/scenarios/figure"
)

type figureWords = figure.Words

var embedded = regexp.MustCompile(`font-weight:(normal|bold);src:url\(data:font/ttf;base64,([^)]*)\)`)

// Every character of the picture is in an embedded font, and little else.
func TestSVGFonts(t *testing.T) {
	svg := string(boxOf(t, campaign(2, 5), plots.SVG))
	fonts := map[string]*sfnt.Font{}
	for _, match := range embedded.FindAllStringSubmatch(svg, -1) {
		content, err := base64.StdEncoding.DecodeString(match[2])
		if err != nil {
			t.Fatal(err)
		}
		if len(content) > 30_000 {
			t.Errorf("the %s font has %d bytes", match[1], len(content))
		}
		if fonts[match[1]], err = sfnt.Parse(content); err != nil {
			t.Fatal(err)
		}
	}
	texts := drawnText.FindAllStringSubmatch(svg, -1)
	if len(texts) < 10 {
		t.Fatalf("%d texts", len(texts))
	}
	var buffer sfnt.Buffer
	for _, one := range texts {
		weight, text := one[3], unescaped(one[5])
		for _, character := range text {
			if glyph, err := fonts[weight].GlyphIndex(&buffer, character); err != nil || glyph == 0 {
				t.Errorf("the %s font has no %q of %q: %v", weight, character, text, err)
			}
		}
	}
	if !strings.Contains(svg, "<title>Retail, three modes, relayed</title>") {
		t.Error("the picture has no title for who cannot see it")
	}
}

// Every font is embedded and says what its glyphs mean, and the file does not tell when it was made.
func TestPDF(t *testing.T) {
	file := boxOf(t, campaign(1, 5), plots.PDF)
	for text, want := range map[string]int{
		"%PDF-": 1, "/Subtype /Type0": 2, "/FontFile2": 2, "/ToUnicode": 2, "/Type1": 0, "/CreationDate (D:19700101000000": 1, "/ModDate (D:19700101000000": 1,
	} {
		if got := bytes.Count(file, []byte(text)); got != want {
			t.Errorf("%d times %s, want %d", got, text, want)
		}
	}
	if len(file) > 60_000 {
		t.Errorf("%d bytes: the whole fonts?", len(file))
	}
}

// A picture is as wide as its entry says.
func TestPNG(t *testing.T) {
	entry := standard(t, "box-execute_total")
	for size, want := range map[figure.Size]int{0: 2126, figure.OneColumn: 1039, 60: 708} {
		entry.Size = size
		drawn, err := png.Decode(bytes.NewReader(picture(t, must(t, campaign(2, 5)), entry, plots.PNG)))
		if err != nil {
			t.Fatal(err)
		}
		if width := drawn.Bounds().Dx(); width < want-1 || width > want+1 { // 300 dots per inch
			t.Errorf("%v mm: %d pixels wide, want %d", size, width, want)
		}
	}
}

func TestTeX(t *testing.T) {
	data := campaign(1, 5)
	data.Campaign.Name = "smoke"
	entry := standard(t, "box-execute_total")
	entry.Caption = `50 % of “a_b” & {c} cost $1 × 2 in µs ~ \ ^ #, não`
	entry.Size = figure.OneColumn
	want := "% Figure box-execute_total of campaign smoke, drawn by eaibench; box-execute_total.pdf belongs to it.\n" +
		"\\begin{figure}[tbp]\n  \\centering\n  \\includegraphics{box-execute_total.pdf}\n" +
		"  \\caption{50 \\% of ``a\\_\\allowbreak{}b'' \\& \\{c\\} cost \\$1 $\\times$ 2 in \\textmu{}s \\textasciitilde{} \\textbackslash{} \\textasciicircum{} \\#, não Every mode is a stand-{}in, not CHERI: platform linux. The numbers say nothing about CHERI.}\n" +
		"  \\label{fig:smoke:box-execute_total}\n\\end{figure}\n"
	if got := string(picture(t, must(t, data), entry, plots.TeX)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	entry.Size = 0
	if got := string(picture(t, must(t, data), entry, plots.TeX)); !strings.Contains(got, "\\begin{figure*}") || !strings.Contains(got, "\\end{figure*}") {
		t.Errorf("two columns wide, and not over both:\n%s", got)
	}
}

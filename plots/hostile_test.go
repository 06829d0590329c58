package plots_test

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"eaibench/plots"
)

// TestHostileNames: what a campaign of somebody else is called neither breaks a picture nor gives LaTeX a command.
func TestHostileNames(t *testing.T) {
	data := campaign(1, 5)
	data.Campaign.Name = "a}\\input{b}\n\\c%"
	data.Campaign.Title = "</title><script>\x1b[31m\x00\uffff]]>"
	picture := xml.NewDecoder(strings.NewReader(string(boxOf(t, data, plots.SVG))))
	for {
		token, err := picture.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if element, ok := token.(xml.StartElement); ok && element.Name.Local == "script" {
			t.Error("a script")
		}
	}
	tex := string(boxOf(t, data, plots.TeX))
	if !strings.Contains(tex, "of campaign a--input-b---c-, drawn") || !strings.Contains(tex, `\label{fig:a--input-b---c-:`) {
		t.Error(tex)
	}
}

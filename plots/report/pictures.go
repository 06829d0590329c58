package report

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"

	"eaibench/plots"
)

// picture is a figure, as an image of its own: its styles and fonts do not meet the page's, and an image runs no script.
type picture struct {
	Name, Alt string
	Source    template.URL
	// Width and Height in CSS pixels are those for which its letters are made, and keep its place while it is not loaded: it is when a
	// reader comes near, or prints.
	Width, Height int
}

const (
	phoneWidth = 340 // CSS pixels, what a page has on a phone
	pageWidth  = 960 // and at the most
)

// Class tells whether the picture fits a phone (""), a desktop (wide) or neither (wider).
func (p picture) Class() string {
	switch {
	case p.Width <= phoneWidth:
		return ""
	case p.Width <= pageWidth:
		return "wide"
	}
	return "wider"
}

func picturesOf(figures []*plots.Figure) ([]picture, error) {
	var all []picture
	for _, figure := range figures {
		var svg bytes.Buffer
		if err := figure.Write(&svg, plots.SVG); err != nil {
			return nil, err
		}
		width, height, err := sizeOf(svg.Bytes())
		if err != nil {
			return nil, fmt.Errorf("figure %s: %w", figure.Name, err)
		}
		all = append(all, picture{
			Name: figure.Name, Alt: fmt.Sprintf("Figure %s; its values are in the tables below", figure.Name), Width: width, Height: height,
			Source: template.URL("data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString(svg.Bytes())),
		})
	}
	return all, nil
}

// sizeOf an SVG in CSS pixels, of which there are 96 an inch, by its view box, which is in points.
func sizeOf(svg []byte) (width, height int, err error) {
	decoder := xml.NewDecoder(bytes.NewReader(svg))
	for {
		token, err := decoder.Token()
		if err != nil {
			return 0, 0, fmt.Errorf("its size: %w", err)
		}
		element, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		for _, attribute := range element.Attr {
			if box := strings.Fields(attribute.Value); attribute.Name.Local == "viewBox" && len(box) == 4 {
				w, errW := strconv.ParseFloat(box[2], 64)
				h, errH := strconv.ParseFloat(box[3], 64)
				if errW == nil && errH == nil && w > 0 && h > 0 {
					return int(math.Ceil(w * 96 / 72)), int(math.Ceil(h * 96 / 72)), nil
				}
			}
		}
		return 0, 0, fmt.Errorf("its size: no view box in <%s>", element.Name.Local)
	}
}

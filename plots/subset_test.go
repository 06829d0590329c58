package plots

import (
	"bytes"
	"reflect"
	"testing"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/font/liberation"
)

// fontSource is a font that is compiled in.
func fontSource(t *testing.T, bold bool) []byte {
	t.Helper()
	face := font.NewCache(liberation.Collection()).Lookup(sans(10, bold), 10)
	var source bytes.Buffer
	if _, err := face.Face.WriteSourceTo(nil, &source); err != nil {
		t.Fatal(err)
	}
	return source.Bytes()
}

// Each character has the outline and the width that it has in the whole font, composite ones (é) too, and others have none.
func TestSubset(t *testing.T) {
	const kept = " (0189%eéçãµ“×·)Å"
	for _, bold := range []bool{false, true} {
		source := fontSource(t, bold)
		part, err := subset(source, []rune(kept+"𝄞\uffff漢"))
		if err != nil {
			t.Fatal(err)
		}
		whole, err := sfnt.Parse(source)
		if err != nil {
			t.Fatal(err)
		}
		small, err := sfnt.Parse(part)
		if err != nil {
			t.Fatal(err)
		}
		if small.NumGlyphs() > 30 || len(part) > 10_000 {
			t.Errorf("%d glyphs, %d bytes", small.NumGlyphs(), len(part))
		}
		for _, character := range kept {
			was, is := glyphOf(t, whole, character), glyphOf(t, small, character)
			if is.index == 0 || !reflect.DeepEqual(was.segments, is.segments) || was.advance != is.advance {
				t.Errorf("%q is glyph %d, %d wide with %d segments; want %d wide with %d", character, is.index, is.advance, len(is.segments), was.advance, len(was.segments))
			}
		}
		for _, character := range "A𝄞漢" {
			if is := glyphOf(t, small, character); is.index != 0 {
				t.Errorf("%q is there", character)
			}
		}
	}
}

type glyph struct {
	index    sfnt.GlyphIndex
	segments sfnt.Segments
	advance  fixed.Int26_6
}

func glyphOf(t *testing.T, of *sfnt.Font, character rune) glyph {
	t.Helper()
	var buffer sfnt.Buffer
	em := fixed.I(int(of.UnitsPerEm()))
	index, err := of.GlyphIndex(&buffer, character)
	if err != nil {
		t.Fatal(err)
	}
	segments, err := of.LoadGlyph(&buffer, index, em, nil)
	if err != nil {
		t.Fatal(err)
	}
	advance, err := of.GlyphAdvance(&buffer, index, em, 0)
	if err != nil {
		t.Fatal(err)
	}
	return glyph{index, append(sfnt.Segments(nil), segments...), advance}
}

func TestSubsetRefuses(t *testing.T) {
	source := fontSource(t, false)
	for _, length := range []int{0, 11, 40, 1000, len(source) - 1} {
		if _, err := subset(source[:length], []rune("a")); err == nil {
			t.Errorf("%d bytes are a font", length)
		}
	}
}

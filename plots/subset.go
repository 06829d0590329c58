package plots

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/image/font/sfnt"
)

// errFont is a font that is not as TrueType has it.
var errFont = errors.New("not a TrueType font with outlines")

// subset makes of a TrueType font one that has the characters' glyphs alone, without hints and kerning (OpenType 1.9, ISO/IEC
// 14496-22). Characters that the font lacks, or beyond U+FFFF, have its sign for that. What is kept elsewhere for it drags in
// a drawing library, or is made for PDF and has no table of characters, which browsers ask for.
func subset(source []byte, characters []rune) ([]byte, error) {
	parsed, err := sfnt.Parse(source)
	if err != nil {
		return nil, fmt.Errorf("reading a font: %w", err)
	}
	font, err := readTables(source)
	if err != nil {
		return nil, err
	}
	s := &glyphSubset{font: font, place: map[uint16]uint16{}}
	s.add(0) // the sign for what is missing
	codes := map[uint16]uint16{}
	var buffer sfnt.Buffer
	for _, character := range characters {
		glyph, err := parsed.GlyphIndex(&buffer, character)
		if err != nil || glyph == 0 || character > 0xfffe {
			continue
		}
		codes[uint16(character)] = s.add(uint16(glyph))
	}
	return s.write(codes)
}

// trueType is a font's tables by their tags.
type trueType map[string][]byte

// readTables splits a font. Each table has at least what the subset reads of it.
func readTables(source []byte) (trueType, error) {
	const header, record = 12, 16
	if len(source) < header {
		return nil, errFont
	}
	font := trueType{}
	for i := range int(binary.BigEndian.Uint16(source[4:])) {
		at := header + record*i
		if len(source) < at+record {
			return nil, errFont
		}
		offset, length := int(binary.BigEndian.Uint32(source[at+8:])), int(binary.BigEndian.Uint32(source[at+12:]))
		if offset < 0 || length < 0 || offset+length > len(source) {
			return nil, errFont
		}
		font[string(source[at:at+4])] = source[offset : offset+length]
	}
	for tag, least := range map[string]int{"head": 54, "hhea": 36, "maxp": 6, "hmtx": 4, "loca": 4, "glyf": 1, "post": 32, "OS/2": 78} {
		if len(font[tag]) < least {
			return nil, fmt.Errorf("table %s: %w", tag, errFont)
		}
	}
	return font, nil
}

// glyph gives a glyph's outline; none of one without an outline, such as the space.
func (t trueType) glyph(index uint16) []byte {
	at := func(i int) int {
		if binary.BigEndian.Uint16(t["head"][50:]) == 0 {
			return 2 * int(binary.BigEndian.Uint16(t["loca"][2*i:]))
		}
		return int(binary.BigEndian.Uint32(t["loca"][4*i:]))
	}
	return t["glyf"][at(int(index)):at(int(index)+1)]
}

// metrics are a glyph's advance and left side bearing, as hmtx has them.
func (t trueType) metrics(index uint16) []byte {
	full := binary.BigEndian.Uint16(t["hhea"][34:])
	if index < full {
		return t["hmtx"][4*int(index):][:4]
	}
	advance, bearing := t["hmtx"][4*int(full-1):][:2], t["hmtx"][4*int(full)+2*int(index-full):][:2]
	return slices.Concat(advance, bearing)
}

// glyphSubset collects glyphs.
type glyphSubset struct {
	font   trueType
	glyphs []uint16          // as the font numbers them
	place  map[uint16]uint16 // of each among them
}

// add gives a glyph's number in the subset.
func (s *glyphSubset) add(glyph uint16) uint16 {
	place, known := s.place[glyph]
	if !known {
		place = uint16(len(s.glyphs))
		s.place[glyph], s.glyphs = place, append(s.glyphs, glyph)
	}
	return place
}

// Flags of the pieces of a composite glyph.
const (
	wordArguments   = 0x0001
	oneScale        = 0x0008
	morePieces      = 0x0020
	twoScales       = 0x0040
	twoByTwo        = 0x0080
	hasInstructions = 0x0100
)

// outline is a glyph's without its hints. The glyphs that a composite one is made of are added.
func (s *glyphSubset) outline(glyph uint16) []byte {
	drawn := slices.Clone(s.font.glyph(glyph))
	if len(drawn) == 0 {
		return nil
	}
	const header = 10
	contours := int16(binary.BigEndian.Uint16(drawn))
	if contours >= 0 {
		length := header + 2*int(contours)
		hints := int(binary.BigEndian.Uint16(drawn[length:]))
		return slices.Concat(drawn[:length], []byte{0, 0}, drawn[length+2+hints:])
	}
	at := header
	for {
		flags := binary.BigEndian.Uint16(drawn[at:])
		binary.BigEndian.PutUint16(drawn[at:], flags&^hasInstructions)
		binary.BigEndian.PutUint16(drawn[at+2:], s.add(binary.BigEndian.Uint16(drawn[at+2:])))
		at += 4 + 2
		if flags&wordArguments != 0 {
			at += 2
		}
		switch {
		case flags&oneScale != 0:
			at += 2
		case flags&twoScales != 0:
			at += 4
		case flags&twoByTwo != 0:
			at += 8
		}
		if flags&morePieces == 0 {
			return drawn[:at]
		}
	}
}

// write makes the font; codes has the glyph of each character.
func (s *glyphSubset) write(codes map[uint16]uint16) ([]byte, error) {
	var glyf, hmtx []byte
	loca := make([]byte, 4)
	for i := 0; i < len(s.glyphs); i++ { // composite ones add to them
		glyf = append(glyf, s.outline(s.glyphs[i])...)
		glyf = append(glyf, make([]byte, -len(glyf)&3)...)
		loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
		hmtx = append(hmtx, s.font.metrics(s.glyphs[i])...)
	}
	count := uint16(len(s.glyphs))
	changed := func(tag string, at int, value uint16) []byte {
		table := slices.Clone(s.font[tag])
		binary.BigEndian.PutUint16(table[at:], value)
		return table
	}
	head := changed("head", 50, 1) // offsets of 32 bits
	clear(head[8:12])              // the sum of the whole, written last
	post := slices.Clone(s.font["post"][:32])
	binary.BigEndian.PutUint32(post, 0x00030000) // no names of glyphs
	return assemble(trueType{
		"OS/2": s.font["OS/2"], "cmap": characterMap(codes), "glyf": glyf, "head": head, "hhea": changed("hhea", 34, count), "hmtx": hmtx,
		"loca": loca, "maxp": changed("maxp", 4, count), "name": {0, 0, 0, 0, 0, 6}, "post": post,
	}), nil
}

// characterMap is a table of characters in format 4, each a segment of its own.
func characterMap(codes map[uint16]uint16) []byte {
	var characters []uint16
	for code := range codes {
		characters = append(characters, code)
	}
	slices.Sort(characters)
	segments := len(characters) + 1 // the last one is for what is in none
	power, exponent := 1, 0
	for power*2 <= segments {
		power, exponent = power*2, exponent+1
	}
	var ends, starts, deltas []byte
	for _, code := range characters {
		ends, starts = binary.BigEndian.AppendUint16(ends, code), binary.BigEndian.AppendUint16(starts, code)
		deltas = binary.BigEndian.AppendUint16(deltas, codes[code]-code)
	}
	ends, starts = binary.BigEndian.AppendUint16(ends, 0xffff), binary.BigEndian.AppendUint16(starts, 0xffff)
	deltas = binary.BigEndian.AppendUint16(deltas, 1)
	words := func(values ...int) (text []byte) {
		for _, value := range values {
			text = binary.BigEndian.AppendUint16(text, uint16(value))
		}
		return text
	}
	const fixed = 16 // bytes of the subtable besides its four lists
	subtable := slices.Concat(
		words(4, fixed+8*segments, 0, 2*segments, 2*power, exponent, 2*(segments-power)),
		ends, words(0), starts, deltas, make([]byte, 2*segments))
	// One subtable: Windows, Unicode's basic plane, 12 bytes from the beginning.
	return slices.Concat(words(0, 1, 3, 1, 0, 12), subtable)
}

// assemble joins tables to a font.
func assemble(tables trueType) []byte {
	var tags []string
	for tag := range tables {
		tags = append(tags, tag)
	}
	slices.Sort(tags)
	power, exponent := 1, 0
	for power*2 <= len(tags) {
		power, exponent = power*2, exponent+1
	}
	font := []byte{0, 1, 0, 0}
	for _, value := range []int{len(tags), 16 * power, exponent, 16 * (len(tags) - power)} {
		font = binary.BigEndian.AppendUint16(font, uint16(value))
	}
	offset, head := len(font)+16*len(tags), 0
	var body []byte
	for _, tag := range tags {
		if tag == "head" {
			head = offset + len(body)
		}
		font = append(font, tag...)
		padded := append(slices.Clone(tables[tag]), make([]byte, -len(tables[tag])&3)...)
		for _, value := range []uint32{checksum(padded), uint32(offset + len(body)), uint32(len(tables[tag]))} {
			font = binary.BigEndian.AppendUint32(font, value)
		}
		body = append(body, padded...)
	}
	font = append(font, body...)
	const magic = 0xb1b0afba
	binary.BigEndian.PutUint32(font[head+8:], magic-checksum(font))
	return font
}

// checksum adds the words of a table, whose length is a multiple of four.
func checksum(table []byte) (total uint32) {
	for at := 0; at < len(table); at += 4 {
		total += binary.BigEndian.Uint32(table[at:])
	}
	return total
}

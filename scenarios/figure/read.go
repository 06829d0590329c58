package figure

import (
	_ "embed"

	"eaibench/internal/strictyaml"
)

// Parse reads a figure file from data, the content of the named file. The error is a strictyaml.Faults: everything wrong with it,
// each with its line and column.
func Parse(file string, data []byte) (Entries, error) {
	var read File
	if err := strictyaml.Decode(file, data, &read); err != nil {
		return nil, err
	}
	return read.Figures, nil
}

//go:embed figures.yaml
var standard []byte

// Default are the figures of a scenario that names none.
func Default() Entries {
	entries, err := Parse("figures.yaml", standard)
	if err != nil {
		panic(err) // the file is part of the program
	}
	return entries
}

//go:embed figures.schema.json
var schema []byte

// Schema is the JSON Schema (draft 2020-12) of a figure file, for editors. It knows less than the check does: nothing of which
// metrics there are, nor of what a kind asks for.
func Schema() []byte { return schema }

package cli

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/urfave/cli/v2"

	"eaibench/platform"
)

// elfNamed is what a file's headers say, as `eaibench audit FILE --json` prints it.
type elfNamed struct {
	File string `json:"file"`
	ABI  string `json:"abi"`
	// Flags is e_flags of the header.
	Flags uint32 `json:"flags"`
	// Compartments is true where the interpreter makes them.
	Compartments bool   `json:"c18n_interpreter"`
	Interpreter  string `json:"interpreter,omitempty"`
	// Release is CheriBSD's, "unknown" for a version that is not known, absent without a note.
	Release  string `json:"cheribsd_release,omitempty"`
	CheriBSD uint32 `json:"cheribsd,omitempty"`
	FreeBSD  uint32 `json:"freebsd,omitempty"`
	// Features are the bits that elfctl set.
	Features            uint32   `json:"features,omitempty"`
	Linkage             string   `json:"linkage"`
	PositionIndependent bool     `json:"position_independent"`
	Needed              []string `json:"needed"`
	Sanitizers          []string `json:"sanitizers"`
	BuildID             string   `json:"build_id,omitempty"`

	builtFor string
}

// auditFiles names the ABI of every file, or refuses all of them when one is no ELF file.
func auditFiles(c *cli.Context, files []string) error {
	var named []elfNamed
	var refused []error
	for _, file := range files {
		read, err := platform.ReadELF(file)
		if err != nil {
			refused = append(refused, err)
			continue
		}
		named = append(named, elfNamed{
			File: file, ABI: read.ABI, Flags: read.Flags, Compartments: read.Compartmentalised(), Interpreter: read.Interpreter,
			Release: read.Release(), CheriBSD: read.CheriBSD, FreeBSD: read.FreeBSD, Features: read.Features, Linkage: read.Linkage(),
			PositionIndependent: read.PositionIndependent, Needed: append([]string{}, read.Needed...),
			Sanitizers: append([]string{}, read.Sanitizers()...), BuildID: hex.EncodeToString(read.BuildID), builtFor: read.BuiltFor(),
		})
	}
	if len(refused) > 0 {
		return badInput("%w", errors.Join(refused...))
	}
	var err error
	switch {
	case c.Bool("json"):
		err = writeJSON(c.App.Writer, named)
	case len(named) == 1:
		err = writeELF(c.App.Writer, named[0])
	default:
		err = writeELFs(c.App.Writer, named)
	}
	if err != nil {
		return failed("printing what the files are: %w", err)
	}
	return nil
}

// writeELF prints one file, a line each of what its headers say.
func writeELF(w io.Writer, e elfNamed) error {
	var page strings.Builder
	for _, line := range []struct{ name, text string }{
		{"file", e.File},
		{"ABI", fmt.Sprintf("%s (e_flags %#x)", e.ABI, e.Flags)},
		{"compartments", e.compartments()},
		{"built for", orElse(e.builtFor, "unknown: no note says it")},
		{"features", e.features()},
		{"linkage", e.linkage()},
		{"interpreter", orElse(e.Interpreter, "none")},
		{"needed", orElse(strings.Join(e.Needed, ", "), "none")},
		{"sanitizers", orElse(strings.Join(e.Sanitizers, ", "), "none")},
		{"build id", orElse(e.BuildID, "none")},
	} {
		page.WriteString(hanging(fmt.Sprintf("%-13s", line.name), line.text))
	}
	_, err := io.WriteString(w, page.String())
	return err
}

// compartments says what the headers show of them.
func (e elfNamed) compartments() string {
	switch {
	case e.Compartments:
		return "c18n, by its interpreter"
	case strings.HasPrefix(e.ABI, "purecap"):
		return "none by its interpreter; from CheriBSD 24.05 on only the live process shows it: procstat cheri PID"
	default:
		return "none"
	}
}

// features says what elfctl set.
func (e elfNamed) features() string {
	if e.Features == 0 {
		return "none set"
	}
	text := fmt.Sprintf("%#x", e.Features)
	switch on := platform.Revocation(e.Features); {
	case on == nil:
	case *on:
		text += ": revocation on"
	default:
		text += ": revocation off"
	}
	return text
}

func (e elfNamed) linkage() string {
	if e.PositionIndependent {
		return e.Linkage + ", position-independent"
	}
	return e.Linkage + ", at fixed addresses"
}

func orElse(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// writeELFs prints several files in a table.
func writeELFs(w io.Writer, all []elfNamed) error {
	t := newTable(table.Row{"file", "ABI", "c18n", "CheriBSD", "linkage", "sanitizers"})
	for _, e := range all {
		c18n := "no"
		if e.Compartments {
			c18n = "yes"
		}
		kind := e.Linkage
		if e.PositionIndependent {
			kind += ", PIE"
		}
		release := orElse(e.Release, absent)
		if release == "unknown" {
			release = fmt.Sprintf("unknown (%d)", e.CheriBSD)
		}
		t.AppendRow(table.Row{e.File, e.ABI, c18n, release, kind, orElse(strings.Join(e.Sanitizers, ", "), absent)})
	}
	_, err := fmt.Fprintln(w, t.Render())
	return err
}

// Package export writes a campaign's values for other programs: tables for pandas and R, JSON, the Go benchmark
// format for benchstat, OpenMetrics for Prometheus (docs/formats/export.md). Everything but the published layout
// has one value for each run and series, the median over the run's requests, as comparisons have.
//
// Every format says where the values are a stand-in's, or of cells that leave protection out. The package is part of
// the room results: it knows no statistics, and no files but the writer it is given.
package export

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"eaibench/bench"
	"eaibench/results"
)

// Format names a form that a campaign is written in.
type Format string

// The formats there are.
const (
	CSV         Format = "csv"
	JSON        Format = "json"
	Benchfmt    Format = "benchfmt"
	OpenMetrics Format = "openmetrics"
)

// Layout is how the CSV's table is laid out.
type Layout string

// The layouts there are.
const (
	// Tidy has a line for each run and series, with all that is known of the run.
	Tidy Layout = "tidy"
	// Published has a line for each sample of a step, in ms, under the columns and names of the published data.
	Published Layout = "published"
)

// Formats lists the formats in the order in which help shows them.
func Formats() []Format { return []Format{CSV, JSON, Benchfmt, OpenMetrics} }

// Layouts lists the layouts, the default first.
func Layouts() []Layout { return []Layout{Tidy, Published} }

// Options choose what is written.
type Options struct {
	Format Format
	// Layout is of CSV alone, "" for Tidy.
	Layout Layout
	// Series are those written, nil for all that the campaign has.
	Series []bench.Series
	// All writes warm-up runs and runs that are not ok too, flagged as such. Otherwise they are left out.
	All bool
}

var (
	// ErrNothing: no run of the campaign has a value that was asked for.
	ErrNothing = errors.New("there is nothing to export: no run that counts has a value of it")
	// ErrOption: an option that is not known, or not of this format.
	ErrOption = errors.New("exporting")
)

// Write writes the campaign. The error is ErrOption or ErrNothing, before anything is written; or says what of
// the campaign the format cannot hold, or is the writer's.
func Write(w io.Writer, data *results.Data, options Options) error {
	if options.Layout == "" {
		options.Layout = Tidy
	}
	switch {
	case !slices.Contains(Formats(), options.Format):
		return fmt.Errorf("%w: format %q is not known; it is one of %s", ErrOption, options.Format, joined(Formats()))
	case !slices.Contains(Layouts(), options.Layout):
		return fmt.Errorf("%w: layout %q is not known; it is one of %s", ErrOption, options.Layout, joined(Layouts()))
	case options.Layout == Published && options.Format != CSV:
		return fmt.Errorf("%w: format %q has no published layout, csv has", ErrOption, options.Format)
	}
	page, err := newPage(data, options)
	if err != nil {
		return err
	}
	if options.Layout == Published {
		return page.writePublished(w)
	}
	return map[Format]func(io.Writer) error{
		CSV: page.writeCSV, JSON: page.writeJSON, Benchfmt: page.writeBenchfmt, OpenMetrics: page.writeOpenMetrics,
	}[options.Format](w)
}

func joined[T ~string](names []T) string {
	texts := make([]string, len(names))
	for i, name := range names {
		texts[i] = string(name)
	}
	return strings.Join(texts, ", ")
}

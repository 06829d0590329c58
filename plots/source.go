package plots

import (
	"errors"
	"fmt"

	"eaibench/bench"
	"eaibench/results"

	"gonum.org/v1/plot/vg"
)

// Source is a campaign's data as all its figures need them, computed once.
type Source struct {
	data   *results.Data
	values map[string]bench.Values
	series []bench.Series
	groups [][]bench.Cell
	// headings say what sets each group apart.
	headings []string
}

// NewSource prepares a campaign's data. The error names a sample that no measurement gives.
func NewSource(data *results.Data) (*Source, error) {
	values, err := bench.Reduce(data.Samples)
	if err != nil {
		return nil, fmt.Errorf("drawing %s: %w", data.Campaign.Name, err)
	}
	groups := bench.Groups(data.Campaign.Cells)
	return &Source{
		data: data, values: values, series: bench.SeriesOf(data.Samples), groups: groups, headings: bench.Distinctions(groups),
	}, nil
}

// cellValues are a series' values in the runs of a cell that count, one a run.
func (s *Source) cellValues(cell bench.Cell, series bench.Series) []float64 {
	return bench.CellValues(s.data.Runs, s.values, cell.ID, series)
}

// byMode gives the cells of a group in the order of the platform's modes, each with its mode's look.
func (s *Source) byMode(group []bench.Cell) []modeCell {
	var ordered []modeCell
	for place, mode := range s.data.Campaign.Modes {
		for _, cell := range group {
			if cell.Mode == mode.Name {
				ordered = append(ordered, modeCell{cell, lookOf(place)})
			}
		}
	}
	return ordered
}

// lookOf gives a mode's look.
func (s *Source) lookOf(mode string) look {
	for place, one := range s.data.Campaign.Modes {
		if one.Name == mode {
			return lookOf(place)
		}
	}
	return lookOf(0)
}

type modeCell struct {
	bench.Cell
	look look
}

// Kind is a figure that a campaign may have.
type Kind struct {
	// Name for commands and files.
	Name string
	// Shows says in a sentence what is drawn.
	Shows string
	draw  func(*Source) (*Figure, error)
}

// Kinds lists the figures there are.
func Kinds() []Kind {
	return []Kind{
		{"box-execute_total", "execute_total by mode: quartiles, median and every run", func(s *Source) (*Figure, error) {
			return Box(s, bench.ExecuteTotal(), bench.Nanoseconds)
		}},
		{"steps", "where the time of a start, a read and a write goes, by mode", steps},
		{"ecdf", "how the latency of single requests, reads and writes is distributed, by mode", distributions},
		{"memory", "peak resident and proportional set by mode, by kind of mapping where it was read", memory},
		{"payload", "latency against the payload, by mode", payload},
		{"processes", "throughput and latency against how many processes run at once, by mode", processes},
	}
}

// ErrNoData is why a campaign does not have a figure: what it would show was not measured.
var ErrNoData = errors.New("there is nothing to draw")

// Draw draws the figure. The error wraps ErrNoData where the campaign does not have what it shows.
func (k Kind) Draw(source *Source) (*Figure, error) {
	figure, err := k.draw(source)
	if err != nil {
		return nil, fmt.Errorf("drawing %s: %w", k.Name, err)
	}
	return figure, nil
}

// errNoRun is what a figure without values gives.
var errNoRun = fmt.Errorf("%w: no run counts", ErrNoData)

// figure begins one: what every figure says of its campaign. Each text is a paragraph below the title.
func (s *Source) figure(name string, texts ...string) *Figure {
	return &Figure{
		Name: name, title: s.data.Campaign.Title, subtitle: texts, width: 17 * vg.Centimeter, columns: 1,
		alerts: alerts(s.data.Campaign), notes: []string{s.excluded()},
	}
}

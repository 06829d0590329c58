package plots

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"eaibench/bench"
	"eaibench/results"
	"eaibench/scenarios/figure"
)

// Source is a campaign's data as all its figures need them, computed once.
type Source struct {
	data   *results.Data
	values map[string]bench.Values
	series []bench.Series
	units  map[bench.Series]bench.Unit
}

// NewSource prepares a campaign's data. The error names a sample that no measurement gives.
func NewSource(data *results.Data) (*Source, error) {
	values, err := bench.Reduce(data.Samples)
	if err != nil {
		return nil, fmt.Errorf("drawing %s: %w", data.Campaign.Name, err)
	}
	units := map[bench.Series]bench.Unit{}
	for _, sample := range data.Samples {
		units[sample.Series()] = sample.Unit
	}
	return &Source{data: data, values: values, units: units, series: slices.SortedFunc(maps.Keys(units), bench.Series.Compare)}, nil
}

// cellValues are a series' values in the runs of a cell that count, one a run.
func (s *Source) cellValues(cell bench.Cell, series bench.Series) []float64 {
	return bench.CellValues(s.data.Runs, s.values, cell.ID, series)
}

// ErrNoData is why a campaign does not have a figure: what it would show was not measured.
var ErrNoData = errors.New("there is nothing to draw")

// errNoRun is what a figure without values gives.
var errNoRun = fmt.Errorf("%w: no run counts", ErrNoData)

// drawing draws what a view shows.
type drawing func(*view) (*Figure, error)

// drawings has one of each kind.
func drawings() map[figure.Kind]drawing {
	return map[figure.Kind]drawing{
		figure.Box: box, figure.Violin: violins, figure.Strip: strips, figure.Bars: intervals, figure.Forest: forest,
		figure.ECDF: distributions, figure.QQ: quantiles, figure.Sequence: sequences,
		figure.Line: curves, figure.TwoAxes: twoAxes, figure.HeatMap: heatMap, figure.Stacked: stacked,
	}
}

// Misses are the values of an entry's filter that nothing in the campaign has.
func (s *Source) Misses(entry figure.Entry) []figure.Miss {
	return entry.Filter.Misses(s.data.Campaign.Cells, s.series)
}

// Draw draws an entry. The error wraps ErrNoData where the campaign does not have what it shows, and names then the values of the
// filter that nothing in the campaign has.
func Draw(source *Source, entry figure.Entry) (*Figure, error) {
	drawn, err := source.drawn(entry)
	if errors.Is(err, ErrNoData) {
		err = source.withMisses(entry, err)
	}
	if err != nil {
		return nil, fmt.Errorf("drawing %s: %w", entry.ID, err)
	}
	return drawn, nil
}

func (s *Source) drawn(entry figure.Entry) (*Figure, error) {
	v, err := s.view(entry)
	if err != nil {
		return nil, err
	}
	draw, known := drawings()[entry.Kind]
	if !known {
		return nil, fmt.Errorf("kind %q is not known", entry.Kind)
	}
	return draw(v)
}

// withMisses adds what the error does not say yet.
func (s *Source) withMisses(entry figure.Entry, err error) error {
	for _, miss := range s.Misses(entry) {
		if text := miss.String(); !strings.Contains(err.Error(), text) {
			err = fmt.Errorf("%w; %s", err, text)
		}
	}
	return err
}

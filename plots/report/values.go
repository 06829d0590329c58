package report

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"

	"eaibench/bench"
	"eaibench/results"
)

// described is what the page's script knows of the values that follow it.
type described struct {
	Modes  []string         `json:"modes"`
	Groups []string         `json:"groups"`
	Cells  []describedCell  `json:"cells"`
	Series []describedValue `json:"series"`
	Runs   describedRuns    `json:"runs"`
}

type describedCell struct {
	ID    string `json:"id"`
	Mode  int    `json:"mode"`
	Group int    `json:"group"`
	Path  string `json:"path"`
}

type describedValue struct {
	Name      string `json:"name"`
	Operation string `json:"operation"`
	Unit      string `json:"unit"`
	// First is true for the series that the page begins with.
	First bool `json:"first,omitempty"`
}

// describedRuns are columns, which pack better than rows: the runs that are ok, in the order in which they were carried out.
type describedRuns struct {
	ID    []string `json:"id"`
	Cell  []int    `json:"cell"`
	Block []int    `json:"block"`
	// WarmUp are the places of warm-up runs.
	WarmUp []int `json:"warm_up"`
}

// packed is one value a run and series, for the page's script: base64 of gzip (RFC 1952) of the length of the description in
// four bytes, the description in JSON, filled up with spaces to a multiple of four, and the values: 32-bit floats, series after
// series, NaN where there is none. All is little-endian. A float32 has seven digits, three more than are shown. "" where no run is ok.
func packed(data *results.Data, values map[string]bench.Values) (string, error) {
	series := bench.SeriesOf(data.Samples)
	of, runs := describe(data, series)
	if len(runs) == 0 || len(series) == 0 {
		return "", nil
	}
	head, err := json.Marshal(of)
	if err != nil {
		return "", fmt.Errorf("describing the values: %w", err)
	}
	for len(head)%4 != 0 {
		head = append(head, ' ')
	}
	plain := binary.LittleEndian.AppendUint32(make([]byte, 0, 4+len(head)+4*len(series)*len(runs)), uint32(len(head)))
	plain = append(plain, head...)
	for _, one := range series {
		for _, run := range runs {
			value := float32(math.NaN())
			if measured, ok := values[run][one]; ok {
				value = float32(measured)
			}
			plain = binary.LittleEndian.AppendUint32(plain, math.Float32bits(value))
		}
	}
	var text bytes.Buffer
	encoder := base64.NewEncoder(base64.StdEncoding, &text)
	compressor := gzip.NewWriter(encoder)
	for _, step := range []func() error{
		func() error { _, err := compressor.Write(plain); return err }, compressor.Close, encoder.Close,
	} {
		if err := step(); err != nil {
			return "", fmt.Errorf("packing the values: %w", err)
		}
	}
	return text.String(), nil
}

// describe gives the description, and the IDs of the runs that are ok.
func describe(data *results.Data, series []bench.Series) (described, []string) {
	var of described
	places := map[string]int{}
	for i, mode := range data.Campaign.Modes {
		of.Modes = append(of.Modes, mode.Name)
		places[mode.Name] = i
	}
	groups := bench.Groups(data.Campaign.Cells)
	of.Groups = bench.Distinctions(groups)
	cells := map[string]int{}
	for i, group := range groups {
		for _, cell := range group {
			cells[cell.ID] = len(of.Cells)
			of.Cells = append(of.Cells, describedCell{cell.ID, places[cell.Mode], i, cell.Path})
		}
	}
	for _, one := range series {
		of.Series = append(of.Series, describedValue{one.String(), string(one.Operation), string(bench.UnitIn(data.Samples, one)), one == data.Campaign.Series()[0]})
	}
	of.Runs.WarmUp = []int{}
	for _, run := range data.Runs {
		if run.Status != bench.OK {
			continue
		}
		if run.WarmUp {
			of.Runs.WarmUp = append(of.Runs.WarmUp, len(of.Runs.ID))
		}
		of.Runs.ID = append(of.Runs.ID, run.ID)
		of.Runs.Cell = append(of.Runs.Cell, cells[run.Cell])
		of.Runs.Block = append(of.Runs.Block, run.Block)
	}
	return of, of.Runs.ID
}

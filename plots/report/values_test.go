package report

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"io"
	"math"
	"strings"
	"testing"

	"eaibench/bench"
)

// unpacked reads packed values as the page's script does.
func unpacked(t *testing.T, text string) (described, []float32) {
	t.Helper()
	reader, err := gzip.NewReader(base64.NewDecoder(base64.StdEncoding, strings.NewReader(text)))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	head := plain[4 : 4+binary.LittleEndian.Uint32(plain)]
	var of described
	if err := json.Unmarshal(head, &of); err != nil {
		t.Fatal(err)
	}
	values := make([]float32, (len(plain)-4-len(head))/4)
	if err := binary.Read(bytes.NewReader(plain[4+len(head):]), binary.LittleEndian, values); err != nil {
		t.Fatal(err)
	}
	return of, values
}

// Every value of a run that is ok is in the page, and none else.
func TestPackedValues(t *testing.T) {
	data := madeUp()
	fail(&data.Runs[3])
	absent := data.Samples[0] // of the first run
	data.Samples = data.Samples[1:]
	values, err := bench.Reduce(data.Samples)
	if err != nil {
		t.Fatal(err)
	}
	text, err := packed(data, values)
	if err != nil {
		t.Fatal(err)
	}
	of, got := unpacked(t, text)
	if len(of.Runs.ID) != len(data.Runs)-1 || len(got) != len(of.Runs.ID)*len(of.Series) {
		t.Fatalf("%d runs, %d series, %d values", len(of.Runs.ID), len(of.Series), len(got))
	}
	missing := 0
	for s, series := range bench.SeriesOf(data.Samples) {
		if of.Series[s].Name != series.String() {
			t.Errorf("series %d is %s, want %s", s, of.Series[s].Name, series)
		}
		for r, run := range of.Runs.ID {
			want, there := values[run][series]
			value := float64(got[s*len(of.Runs.ID)+r])
			switch {
			case !there && math.IsNaN(value):
				missing++
			case !there || math.Abs(value-want) > 1e-6*want:
				t.Fatalf("%s of %s is %v, want %v", series, run, value, want)
			}
		}
	}
	if missing != 1 {
		t.Errorf("%d values are missing, want that of %s in %s", missing, absent.Metric, absent.Run)
	}
	for i, run := range of.Runs.ID {
		if cell := data.Campaign.Cells[of.Runs.Cell[i]]; !strings.HasSuffix(run, cell.Mode) {
			t.Errorf("run %s is of cell %s", run, cell.ID)
		}
	}
	if len(of.Runs.WarmUp) != 10-1 { // one a cell, of which one failed
		t.Errorf("%d warm-up runs", len(of.Runs.WarmUp))
	}
}

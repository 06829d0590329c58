package bench_test

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"eaibench/bench"
	"eaibench/bench/statistics"
)

func cellOf(mode, path string, processes int, arguments bench.Arguments) bench.Cell {
	return bench.Cell{
		ID: fmt.Sprint(mode, path, processes, arguments), Mode: mode, Path: path, Crypto: "hpke", Verify: bench.Full, Processes: processes,
		Parameters: bench.Parameters{Requests: 1, Arguments: arguments},
	}
}

func payloadOf(size int64) bench.Arguments { return bench.Arguments{"payload_bytes": size} }

func TestCurves(t *testing.T) {
	type curve struct {
		Mode, Group string
		At          []int64
	}
	for name, test := range map[string]struct {
		along bench.Quantity
		cells []bench.Cell
		want  []curve
	}{
		"sizes rise, whatever the order": {
			bench.Payload,
			[]bench.Cell{
				cellOf("hybrid", "relayed", 1, payloadOf(4096)), cellOf("purecap", "relayed", 1, payloadOf(64)),
				cellOf("hybrid", "relayed", 1, payloadOf(64)), cellOf("purecap", "relayed", 1, payloadOf(4096)),
			},
			[]curve{{"hybrid", "", []int64{64, 4096}}, {"purecap", "", []int64{64, 4096}}},
		},
		"what else differs parts curves": {
			bench.Payload,
			[]bench.Cell{
				cellOf("hybrid", "relayed", 1, payloadOf(64)), cellOf("hybrid", "relayed", 1, payloadOf(128)),
				cellOf("hybrid", "direct", 1, payloadOf(64)), cellOf("hybrid", "direct", 1, payloadOf(128)),
			},
			[]curve{{"hybrid", "path relayed", []int64{64, 128}}, {"hybrid", "path direct", []int64{64, 128}}},
		},
		"another argument parts curves too": {
			bench.Payload,
			[]bench.Cell{
				cellOf("hybrid", "relayed", 1, bench.Arguments{"payload_bytes": int64(64), "threshold_cents": int64(100)}),
				cellOf("hybrid", "relayed", 1, bench.Arguments{"payload_bytes": int64(128), "threshold_cents": int64(200)}),
			},
			nil,
		},
		"one size is no curve":     {bench.Payload, []bench.Cell{cellOf("hybrid", "relayed", 1, payloadOf(64)), cellOf("purecap", "relayed", 1, payloadOf(64))}, nil},
		"no size is no curve":      {bench.Payload, []bench.Cell{cellOf("hybrid", "relayed", 1, nil), cellOf("hybrid", "relayed", 2, nil)}, nil},
		"a text is no size":        {bench.Payload, []bench.Cell{cellOf("hybrid", "relayed", 1, bench.Arguments{"payload_bytes": "a"}), cellOf("hybrid", "relayed", 1, bench.Arguments{"payload_bytes": "b"})}, nil},
		"one process is no curve":  {bench.ProcessesAtOnce, []bench.Cell{cellOf("hybrid", "relayed", 1, nil), cellOf("hybrid", "direct", 1, nil)}, nil},
		"processes, a size a line": {bench.ProcessesAtOnce, []bench.Cell{cellOf("hybrid", "relayed", 4, payloadOf(64)), cellOf("hybrid", "relayed", 2, payloadOf(64))}, []curve{{"hybrid", "", []int64{2, 4}}}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []curve
			for _, one := range bench.Curves(test.cells, test.along) {
				got = append(got, curve{one.Mode, one.Group, one.At})
				if len(one.Cells) != len(one.At) {
					t.Errorf("%d cells at %v", len(one.Cells), one.At)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	if arguments := payloadOf(64); len(bench.Curves([]bench.Cell{cellOf("hybrid", "relayed", 1, arguments)}, bench.Payload)) != 0 || len(arguments) != 1 {
		t.Error("the caller's cells were changed")
	}
}

func TestAlong(t *testing.T) {
	curve := bench.Curves([]bench.Cell{
		cellOf("hybrid", "relayed", 1, nil), cellOf("hybrid", "relayed", 2, nil), cellOf("hybrid", "relayed", 4, nil),
	}, bench.ProcessesAtOnce)[0]
	spreads, err := curve.Along(func(c bench.Cell) []float64 {
		if c.Processes == 2 {
			return nil // no run of it counts
		}
		return []float64{float64(c.Processes), float64(c.Processes) + 4, float64(c.Processes) + 8}
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(spreads) != 2 || spreads[0].At != 1 || spreads[0].Q1 != 3 || spreads[0].Median != 5 || spreads[0].Q3 != 7 || spreads[1].At != 4 || spreads[1].Median != 8 {
		t.Errorf("%+v", spreads)
	}
	if _, err := curve.Along(func(bench.Cell) []float64 { return []float64{math.NaN()} }); !errors.Is(err, statistics.ErrNotFinite) {
		t.Errorf("%v", err)
	}
}

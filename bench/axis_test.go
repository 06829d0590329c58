package bench_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"eaibench/bench"
)

func cellOf(mode, path string, processes int, arguments bench.Arguments) bench.Cell {
	return bench.Cell{
		ID: fmt.Sprint(mode, path, processes, arguments), Mode: mode, Path: path, Crypto: "hpke", Verify: bench.Full, Processes: processes,
		Parameters: bench.Parameters{Requests: 1, Arguments: arguments},
	}
}

func payloadOf(size int64) bench.Arguments { return bench.Arguments{"payload_bytes": size} }

func TestAxis(t *testing.T) {
	cell := cellOf("hybrid", "direct", 4, bench.Arguments{
		"payload_bytes": int64(16384), "odd_bytes": int64(1000), "threshold_cents": int64(15000), "customer": "Ana Souza", "beds": int64(3),
	})
	cell.Parameters.IntervalMS = 20
	for axis, want := range map[bench.Axis]string{
		bench.ByMode: "hybrid", bench.ByPath: "direct", bench.ByCrypto: "hpke", bench.ByVerify: "full", bench.ByRequests: "1 (1)",
		bench.ByInterval: "20 ms (20)", bench.ProcessesAtOnce: "4 (4)", bench.Payload: "16 KiB (16384)", "odd": "1000 B (1000)",
		"threshold": "150.00 (15000)", "customer": "Ana Souza", "beds": "3 (3)", "payload_bytes": "16 KiB (16384)", "wards": "",
	} {
		got := axis.Text(cell)
		if number, ok := axis.Number(cell); ok {
			got += fmt.Sprintf(" (%d)", number)
		}
		if got != want {
			t.Errorf("%s: %q, want %q", axis, got, want)
		}
	}
}

func TestGroupsBy(t *testing.T) {
	var cells []bench.Cell
	for _, mode := range []string{"hybrid", "purecap"} {
		for _, path := range []string{"relayed", "direct"} {
			for _, size := range []int64{64, 4096} {
				cells = append(cells, cellOf(mode, path, 1, payloadOf(size)))
			}
		}
	}
	other := cellOf("hybrid", "relayed", 1, bench.Arguments{"payload_bytes": int64(64), "threshold_cents": int64(1)})
	cells = append(cells, other)
	for _, test := range []struct {
		axes []bench.Axis
		want string
	}{
		{[]bench.Axis{bench.ByMode}, "hybrid relayed 64 B + purecap relayed 64 B | hybrid relayed 4 KiB + purecap relayed 4 KiB | hybrid direct 64 B + purecap direct 64 B | hybrid direct 4 KiB + purecap direct 4 KiB | hybrid relayed 64 B"},
		{[]bench.Axis{bench.ByPath, bench.Payload}, "hybrid relayed 64 B + hybrid relayed 4 KiB + hybrid direct 64 B + hybrid direct 4 KiB | purecap relayed 64 B + purecap relayed 4 KiB + purecap direct 64 B + purecap direct 4 KiB | hybrid relayed 64 B"},
		{[]bench.Axis{bench.ByMode, bench.ByPath, bench.Payload, "threshold"}, "hybrid relayed 64 B + hybrid relayed 4 KiB + hybrid direct 64 B + hybrid direct 4 KiB + purecap relayed 64 B + purecap relayed 4 KiB + purecap direct 64 B + purecap direct 4 KiB + hybrid relayed 64 B"},
	} {
		var groups []string
		for _, group := range bench.GroupsBy(cells, test.axes...) {
			var texts []string
			for _, c := range group {
				texts = append(texts, c.Mode+" "+c.Path+" "+bench.Payload.Text(c))
			}
			groups = append(groups, strings.Join(texts, " + "))
		}
		if diff := cmp.Diff(test.want, strings.Join(groups, " | ")); diff != "" {
			t.Errorf("%v: %s", test.axes, diff)
		}
	}
	if len(other.Parameters.Arguments) != 2 {
		t.Error("the caller's cells were changed")
	}
	if diff := cmp.Diff([]string{"relayed", "direct"}, bench.ByPath.ValuesOf(cells)); diff != "" {
		t.Error(diff)
	}
}

// What is compared stands beside each other and does not set panels apart; modes do where something else is compared.
func TestDistinctionsBy(t *testing.T) {
	groups := bench.GroupsBy([]bench.Cell{
		cellOf("hybrid", "relayed", 1, payloadOf(64)), cellOf("hybrid", "direct", 1, payloadOf(64)),
		cellOf("purecap", "direct", 2, payloadOf(64)), cellOf("purecap", "relayed", 2, payloadOf(64)),
	}, bench.ByPath)
	if diff := cmp.Diff([]string{"hybrid, 1 process", "purecap, 2 processes"}, bench.DistinctionsBy(groups, bench.ByPath)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"hybrid", "purecap"}, bench.DistinctionsBy(groups, bench.ByPath, bench.ProcessesAtOnce)); diff != "" {
		t.Error(diff)
	}
}

package plots_test

import (
	"strings"
	"testing"

	"eaibench/bench"
	"eaibench/plots"
	"eaibench/results"
	"eaibench/scenarios/figure"
)

// A heat map says what its ratios are to, and which tile has none.
func TestHeatMapsFirst(t *testing.T) {
	const toHybrid, toOwn, none = "that of hybrid it is", "that of the first in its panel it is", "White without a ratio"
	a := smallest()
	a.paths = []string{bench.Relayed, bench.Direct}
	zero := func(mode string) *results.Data {
		data := whole(smallest())
		for i, sample := range data.Samples {
			if strings.HasPrefix(sample.Run, mode) {
				data.Samples[i].Value = 0
			}
		}
		return data
	}
	for name, test := range map[string]struct {
		data *results.Data
		want []string
		not  string
	}{
		"each panel has it": {whole(a), []string{toHybrid}, none},
		"a panel lacks it": {without(whole(a), func(cell bench.Cell) bool {
			return cell.Path == bench.Direct && cell.Mode == "hybrid"
		}), []string{toOwn}, toHybrid},
		"it is 0":      {zero("hybrid"), []string{toHybrid, none}, toOwn},
		"another is 0": {zero("purecap"), []string{toHybrid, none}, toOwn},
	} {
		for _, along := range []bench.Axis{"", bench.Payload} {
			entry := figure.Entry{ID: "heat", Kind: figure.HeatMap, Metric: figure.Metrics{"execute_total"}, Along: along}
			text := strings.Join(strings.Fields(textOf(string(picture(t, must(t, test.data), entry, plots.SVG)))), " ")
			for _, want := range test.want {
				if !strings.Contains(text, want) {
					t.Errorf("%s, along %q: no %q in %s", name, along, want, text)
				}
			}
			if strings.Contains(text, test.not) {
				t.Errorf("%s, along %q: %q in %s", name, along, test.not, text)
			}
		}
	}
}

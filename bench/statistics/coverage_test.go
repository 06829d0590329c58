package statistics_test

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"eaibench/bench/statistics"
)

var update = flag.Bool("update", false, "simulate at length and write the table of coverage into docs/statistics.md")

// population is what samples are drawn from, and what their intervals are of.
type population struct {
	name         string
	draw         func(*rand.Rand) float64
	median, mean float64
}

func populations() []population {
	bimodal := func(r *rand.Rand) float64 {
		if r.Float64() < 0.7 {
			return 100 + 3*r.NormFloat64()
		}
		return 130 + 3*r.NormFloat64()
	}
	return []population{
		{"normal", func(r *rand.Rand) float64 { return 100 + 5*r.NormFloat64() }, 100, 100},
		{"lognormal", func(r *rand.Rand) float64 { return 100 * math.Exp(r.NormFloat64()) }, 100, 100 * math.Exp(0.5)},
		// The upper mode has no part in the lower one's middle: the median is where 5/7 of the lower mode are below.
		{"bimodal", bimodal, 100 + 3*math.Sqrt2*math.Erfinv(2*5.0/7-1), 109},
	}
}

var sampleSizes = []int{10, 30, 100, 300}

// coverageTrials says how many samples are simulated.
type coverageTrials struct {
	median, mean, resamples int
}

// Shown at length, the last digit of the table is right but for one or two; the test sees a coverage that is wrong by
// some hundredths, in a moment.
var (
	atLength   = coverageTrials{median: 20_000, mean: 4_000, resamples: 1_000}
	inAMoment  = coverageTrials{median: 2_000, mean: 200, resamples: 299}
	inStandard = 4.5 // errors of a simulation that differences may have
)

// covered gives the shares of samples whose intervals at 95 % hold the median and the mean.
func (c coverageTrials) covered(t *testing.T, p population, n int) (median, mean float64) {
	t.Helper()
	random := rand.New(rand.NewPCG(uint64(n), uint64(len(p.name))))
	values := make([]float64, n)
	share := func(trials int, truth float64, of func() (statistics.Interval, error)) float64 {
		held := 0
		for range trials {
			for i := range values {
				values[i] = p.draw(random)
			}
			interval, err := of()
			if err != nil {
				t.Fatal(err)
			}
			if interval.Contains(truth) {
				held++
			}
		}
		return float64(held) / float64(trials)
	}
	median = share(c.median, p.median, func() (statistics.Interval, error) { return statistics.MedianInterval(values, 0.95) })
	mean = share(c.mean, p.mean, func() (statistics.Interval, error) {
		return statistics.MeanInterval(values, 0.95, random.Uint64(), c.resamples)
	})
	return median, mean
}

// within tells whether two simulated shares may be of one coverage; trials 0 is one that is exact.
func within(a float64, trialsA int, b float64, trialsB int) bool {
	variance := 0.0
	for _, trials := range []int{trialsA, trialsB} {
		if trials > 0 {
			variance += b * (1 - b) / float64(trials)
		}
	}
	return math.Abs(a-b) <= inStandard*math.Sqrt(variance)+0.0005
}

// TestCoverage prints how often intervals at 95 % hold the truth. The median's interval holds it as often as the
// binomial distribution says, which is at least 95 %; the mean's as often as docs/statistics.md says.
func TestCoverage(t *testing.T) {
	const page, begin, end = "../../docs/statistics.md", "<!-- coverage of one sample, by go test ./bench/statistics -run TestCoverage -update -->\n", "<!-- end of the coverage of one sample -->"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	documented, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no table of the coverage", page)
	}
	trials := inAMoment
	if *update {
		trials = atLength
	}
	table := "| samples of | n | median, exact order statistics | mean, BCa bootstrap |\n|---|---:|---:|---:|\n"
	for _, p := range populations() {
		for _, n := range sampleSizes {
			median, mean := trials.covered(t, p, n)
			row := fmt.Sprintf("| %s | %d |", p.name, n)
			table += fmt.Sprintf("%s %.1f %% | %.1f %% |\n", row, 100*median, 100*mean)
			interval, err := statistics.MedianInterval(risingTo(n), 0.95)
			if err != nil {
				t.Fatal(err)
			}
			exact := coverageOfRanks(n, int(interval.Low))
			if exact < 0.95 || !within(median, trials.median, exact, 0) {
				t.Errorf("%s, n = %d: the median's interval covers %.4f of %d samples, by the binomial distribution %.4f", p.name, n, median, trials.median, exact)
			}
			if *update {
				continue
			}
			shown := coverageShown(t, documented, row)
			if !within(mean, trials.mean, shown[1], atLength.mean) || !within(exact, 0, shown[0], atLength.median) {
				t.Errorf("%s, n = %d: covered are the median by %.4f, the mean by %.4f; documented %v", p.name, n, exact, mean, shown)
			}
		}
	}
	t.Logf("coverage of intervals at 95 %%; %d samples for the median, %d for the mean with %d resamples\n%s", trials.median, trials.mean, trials.resamples, table)
	if *update {
		if err := os.WriteFile(page, []byte(before+begin+table+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func risingTo(n int) []float64 {
	values := make([]float64, n)
	for i := range values {
		values[i] = float64(i + 1)
	}
	return values
}

// coverageShown reads the shares in a row of the table.
func coverageShown(t *testing.T, table, row string) []float64 {
	t.Helper()
	_, rest, ok := strings.Cut(table, row)
	rest, _, _ = strings.Cut(rest, "\n")
	var shares []float64
	for cell := range strings.SplitSeq(strings.Trim(rest, " |"), "|") {
		percent, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(cell), " %"), 64)
		if err != nil || !ok {
			t.Fatalf("no row %q in\n%s", row, table)
		}
		shares = append(shares, percent/100)
	}
	if len(shares) != 2 {
		t.Fatalf("the row %q has %v", row, shares)
	}
	return shares
}

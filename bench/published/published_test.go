package published_test

import (
	"errors"
	"math"
	"testing"

	"eaibench/bench/published"
	"eaibench/bench/statistics"
)

// What has no answer is refused by name.
func TestRefused(t *testing.T) {
	nan, infinite := []float64{1, math.NaN()}, []float64{1, math.Inf(1)}
	of2 := func(_ any, err error) error { return err }
	of3 := func(_, _ float64, err error) error { return err }
	fit := func(model published.Model, x, y []float64) error { return of2(published.FitModel(model, x, y)) }
	up := []float64{1, 2, 3, 4}
	for name, test := range map[string]struct {
		err  error
		want error
	}{
		"Levene of one group":        {of2(published.Levene(up)), statistics.ErrTooFew},
		"Levene of a single value":   {of2(published.Levene(up, up[:1])), statistics.ErrTooFew},
		"Levene of no values":        {of2(published.Levene(up, nil)), statistics.ErrEmpty},
		"Levene of NaN":              {of2(published.Levene(up, nan)), statistics.ErrNotFinite},
		"Levene of equal values":     {of2(published.Levene([]float64{2, 2}, []float64{3, 3, 3})), statistics.ErrConstant},
		"Levene of equal distances":  {of2(published.Levene([]float64{1, 2}, []float64{1, 7})), statistics.ErrConstant},
		"Levene beyond float64":      {of2(published.Levene([]float64{-1.7e308, 1.7e308, 1.7e308}, up)), statistics.ErrNotFinite},
		"fit of nothing":             {fit(published.Linear, nil, nil), statistics.ErrEmpty},
		"fit of unequal numbers":     {fit(published.Linear, up, up[1:]), statistics.ErrArgument},
		"fit of infinite x":          {fit(published.Linear, infinite, up[:2]), statistics.ErrNotFinite},
		"fit of no known model":      {fit("Quadratic", up, up), statistics.ErrArgument},
		"line through one x":         {fit(published.Linear, []float64{2, 2, 2}, up[:3]), statistics.ErrTooFew},
		"cubic through three x":      {fit(published.Cubic, []float64{1, 2, 3, 3}, up), statistics.ErrTooFew},
		"line through equal y":       {fit(published.Linear, up, []float64{5, 5, 5, 5}), statistics.ErrConstant},
		"logarithm of 0":             {fit(published.Logarithmic, []float64{0, 1, 2, 3}, up), published.ErrNotPositive},
		"exponential of 0":           {fit(published.Exponential, up, []float64{0, 1, 2, 3}), published.ErrNotPositive},
		"exponential through one x":  {fit(published.Exponential, []float64{2, 2}, up[:2]), statistics.ErrTooFew},
		"exponential of equal y":     {fit(published.Exponential, up, []float64{5, 5, 5, 5}), statistics.ErrConstant},
		"exponential of block sizes": {fit(published.Exponential, []float64{100, 400, 700, 1000}, up), published.ErrNoFit},
		"regressions of nothing":     {of2(published.Regress(nil, nil)), statistics.ErrEmpty},
		"fences of nothing":          {of2(published.TukeyFences().Kept(nil)), statistics.ErrEmpty},
		"fences of NaN":              {of2(published.PipeFences().Kept(nan)), statistics.ErrNotFinite},
		"fences beyond float64":      {of2(published.TukeyFences().Kept([]float64{-1.7e308, 1.7e308})), statistics.ErrNotFinite},
		"fences of half":             {of2(published.Fences{Tail: 0.5, Reach: 1}.Kept(up)), statistics.ErrArgument},
		"fences drawn in":            {of2(published.Fences{Tail: 0.25, Reach: -1}.Kept(up)), statistics.ErrArgument},
		"residuals without a limit":  {of2(published.KeptByResiduals(up, up, 0)), statistics.ErrArgument},
		"residuals of nothing":       {of2(published.KeptByResiduals(nil, nil, 3)), statistics.ErrEmpty},
		"ratio to 0":                 {of2(published.MedianRatio(up, []float64{-1, 1e-13, 1})), statistics.ErrNoRatio},
		"ratio of nothing":           {of2(published.MedianRatio(nil, up)), statistics.ErrEmpty},
		"ratio beyond float64":       {of2(published.MedianRatio([]float64{1e308}, []float64{1e-11})), statistics.ErrNotFinite},
		"spread of nothing":          {of3(published.Spread(nil)), statistics.ErrEmpty},
		"share of 0":                 {of2(published.Share(1, 0)), statistics.ErrNoRatio},
		"share of NaN":               {of2(published.Share(math.NaN(), 1)), statistics.ErrNotFinite},
		"pipe of one message":        {of2(published.SummarizePipe(1024, up[:1])), statistics.ErrTooFew},
		"pipe of 0 bytes":            {of2(published.SummarizePipe(0, up)), statistics.ErrArgument},
		"pipe in no time":            {of2(published.SummarizePipe(1024, []float64{0, 0})), statistics.ErrNoRatio},
		"pipe beyond float64":        {of2(published.SummarizePipe(1024, []float64{1.7e308, 1.7e308})), statistics.ErrNotFinite},
		"overhead over nothing":      {of2(published.PipeSummary{}.OverheadOver(published.PipeSummary{})), statistics.ErrNoRatio},
	} {
		if !errors.Is(test.err, test.want) {
			t.Errorf("%s: error is %v, want %v", name, test.err, test.want)
		}
	}
}

// The best R² wins unless the line is nearly as good; a model that cannot be fitted
// takes no part, and says why.
func TestBest(t *testing.T) {
	fits := func(linear, cubic float64) published.Regression {
		return published.Regression{Fits: []published.Fit{{Model: published.Linear, R2: linear}, {Model: published.Cubic, R2: cubic}}}
	}
	for name, test := range map[string]struct {
		fits  published.Regression
		keeps published.KeepsLinear
		want  published.Model
	}{
		"gain below the margin": {fits(0.31, 0.3299), published.GainBelow(0.02), published.Linear},
		"gain above the margin": {fits(0.31, 0.3301), published.GainBelow(0.02), published.Cubic},
		"gain of the margin":    {fits(0.25, 0.75), published.GainBelow(0.5), published.Cubic},
		"share of the best":     {fits(0.25, 0.5), published.ShareOf(0.5), published.Linear},
		"equal":                 {fits(0.5, 0.5), published.GainBelow(0), published.Linear},
		"share reached":         {fits(0.0145278, 0.0161410), published.ShareOf(0.9), published.Linear},
		"share missed":          {fits(0.0158865, 0.0193891), published.ShareOf(0.9), published.Cubic},
		"no line":               {published.Regression{Fits: fits(0, 1).Fits[1:]}, published.GainBelow(1), published.Cubic},
	} {
		if got := test.fits.Best(test.keeps).Model; got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
	sizes := []float64{100, 200, 300, 400, 500, 600, 700, 800, 900, 1000}
	steps := []float64{0, 0.001, 0.002, 0.002, 0.002, 0.003, 0.002, 0.003, 0.003, 0.003}
	regression, err := published.Regress(sizes, steps)
	if err != nil {
		t.Fatal(err)
	}
	if len(regression.Fits) != 3 || !errors.Is(regression.Refused[published.Exponential], published.ErrNotPositive) {
		t.Errorf("%d fits, refused %v, want three and a value of 0 for the exponential", len(regression.Fits), regression.Refused)
	}
	if got := regression.Best(published.GainBelow(0.02)).Model; got != published.Cubic && got != published.Logarithmic {
		t.Errorf("steps that level off: %s", got)
	}
	if _, err := published.Regress([]float64{1, 1}, []float64{2, 3}); !errors.Is(err, statistics.ErrTooFew) {
		t.Errorf("regressions on one x: %v, want %v", err, statistics.ErrTooFew)
	}
}

func TestTexts(t *testing.T) {
	for p, want := range map[float64][2]string{
		0:       {"Rejected (p < 0.001)", "< 0.001"},
		0.00099: {"Rejected (p < 0.001)", "< 0.001"},
		0.001:   {"Rejected (p = 0.001)", "0.001"},
		0.0499:  {"Rejected (p = 0.050)", "0.050"},
		0.05:    {"Accepted (p = 0.050)", "0.050"},
		0.7312:  {"Accepted (p = 0.731)", "0.731"},
	} {
		if got := [2]string{published.NormalityText(p), published.PText(p)}; got != want {
			t.Errorf("%v: %q, want %q", p, got, want)
		}
	}
	if published.Normal(0.05) || !published.Normal(0.0501) {
		t.Error("normal is what is above 0.05")
	}
}

// A line's residuals are rounding, and none of its points is an outlier.
func TestLineHasNoOutliers(t *testing.T) {
	var x, y []float64
	for i := range 100 {
		x = append(x, float64(i))
		y = append(y, 0.1*float64(i)+1e6)
	}
	kept, err := published.KeptByResiduals(x, y, published.ResidualLimit)
	if err != nil || len(kept) != len(x) {
		t.Errorf("%d of %d points kept, %v", len(kept), len(x), err)
	}
	for name, points := range map[string][2][]float64{
		"two points":  {{1, 2}, {3, 900}},
		"one x":       {{5, 5, 5, 5}, {1, 2, 3, 900}},
		"y all equal": {{1, 2, 3}, {4, 4, 4}},
	} {
		if kept, err := published.KeptByResiduals(points[0], points[1], 1e-3); err != nil || len(kept) != len(points[0]) {
			t.Errorf("%s: kept %v, %v, want all", name, kept, err)
		}
	}
}

// Distances that differ by rounding alone, 0.4995 here, are equal.
func TestLeveneOfRounding(t *testing.T) {
	for _, offset := range []float64{0, 64} {
		group := []float64{0.001 + offset, 1 + offset}
		if test, err := published.Levene(group, []float64{0.001, 0.001}); !errors.Is(err, statistics.ErrConstant) {
			t.Errorf("%v: %+v, %v, want %v", group, test, err, statistics.ErrConstant)
		}
	}
}

func TestShareAndSpread(t *testing.T) {
	if got, err := published.Share(0.240413, 33.879494); err != nil || math.Abs(got-0.70961) > 1e-5 {
		t.Errorf("share: %v, %v", got, err)
	}
	median, apart, err := published.Spread([]float64{4, 1, 3, 2})
	if err != nil || median != 2.5 || apart != 1.5 {
		t.Errorf("spread: %v, %v, %v, want 2.5, 1.5", median, apart, err)
	}
	if got, err := published.MedianRatio([]float64{3, 1, 2}, []float64{-4, -4}); err != nil || got != -0.5 {
		t.Errorf("ratio: %v, %v, want -0.5", got, err)
	}
}

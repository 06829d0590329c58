package statistics

import (
	"bytes"
	"encoding/csv"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
)

// TestDipAgreesWithLinearProgramming: the dips of testdata/dip.csv were found by their definition alone.
func TestDipAgreesWithLinearProgramming(t *testing.T) {
	table, err := os.ReadFile("testdata/dip.csv")
	if err != nil {
		t.Fatal(err)
	}
	reader := csv.NewReader(bytes.NewReader(table))
	reader.Comment = '#'
	records, err := reader.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(records) < 20 {
		t.Fatalf("only %d rows", len(records))
	}
	for _, record := range records[1:] {
		var values []float64
		for field := range strings.FieldsSeq(record[1]) {
			value, err := strconv.ParseFloat(field, 64)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, value)
		}
		want, err := strconv.ParseFloat(record[2], 64)
		if err != nil {
			t.Fatal(err)
		}
		rand.Shuffle(len(values), func(i, j int) { values[i], values[j] = values[j], values[i] })
		for _, scale := range []float64{1, -3, 1e-300, 1e307} {
			scaled := make([]float64, len(values))
			for i, value := range values {
				scaled[i] = value * scale
			}
			got, err := Dip(scaled)
			if err != nil {
				t.Fatalf("%s: %v", record[0], err)
			}
			if math.Abs(got-want) > 1e-9 {
				t.Errorf("%s times %v: dip %.12f, want %.12f", record[0], scale, got, want)
			}
		}
	}
}

func TestDipRefuses(t *testing.T) {
	dips, err := NewUniformDips(5, 100, 1)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		values []float64
		want   error
	}{
		"nothing":        {nil, ErrEmpty},
		"no number":      {[]float64{1, 2, math.NaN(), 4, 5}, ErrNotFinite},
		"infinite":       {[]float64{1, 2, 3, 4, math.Inf(1)}, ErrNotFinite},
		"another number": {[]float64{1, 2, 3, 4}, ErrArgument},
	} {
		if _, err := dips.Test(test.values); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
	if _, err := NewUniformDips(3, 100, 1); !errors.Is(err, ErrTooFew) {
		t.Errorf("three values: %v", err)
	}
	if _, err := NewUniformDips(4, 0, 1); !errors.Is(err, ErrArgument) {
		t.Errorf("no samples: %v", err)
	}
	if equal, err := dips.Test([]float64{3, 3, 3, 3, 3}); err != nil || equal.P != 1 {
		t.Errorf("equal values: %+v, %v", equal, err)
	}
	if extremes, err := Dip([]float64{-math.MaxFloat64, 0, 1, math.MaxFloat64}); err != nil || !(extremes > 0 && extremes <= 0.25) {
		t.Errorf("the largest numbers: %v, %v", extremes, err)
	}
}

// TestDipRates prints how often samples are found to have more than one mode at 0.01, and fails where that is more often
// than the level says with one mode, or too rare with two that are 5 standard deviations apart at 100 values.
func TestDipRates(t *testing.T) {
	const samples, level = 1000, 0.01
	kinds := []struct {
		name  string
		draw  func(*rand.Rand) float64
		modes int
	}{
		{"uniform", (*rand.Rand).Float64, 1},
		{"normal", (*rand.Rand).NormFloat64, 1},
		{"lognormal", func(r *rand.Rand) float64 { return math.Exp(r.NormFloat64() / 2) }, 1},
		{"exponential", (*rand.Rand).ExpFloat64, 1},
		{"normal, 10 % ten times as wide", func(r *rand.Rand) float64 { return r.NormFloat64() * []float64{1, 10}[min(1, r.IntN(10)/9)] }, 1},
		{"two normals, 3 sd apart", func(r *rand.Rand) float64 { return r.NormFloat64() + 3*float64(r.IntN(2)) }, 2},
		{"two normals, 5 sd apart", func(r *rand.Rand) float64 { return r.NormFloat64() + 5*float64(r.IntN(2)) }, 2},
		{"two normals, 5 sd apart, 9 to 1", func(r *rand.Rand) float64 { return r.NormFloat64() + 5*float64(r.IntN(10)/9) }, 2},
	}
	for _, n := range []int{10, 30, 100} {
		dips, err := NewUniformDips(n, 9999, 1)
		if err != nil {
			t.Fatal(err)
		}
		for i, kind := range kinds {
			random := rand.New(rand.NewPCG(uint64(n), uint64(i)))
			found := 0
			for range samples {
				values := make([]float64, n)
				for j := range values {
					values[j] = kind.draw(random)
				}
				modality, err := dips.Test(values)
				if err != nil {
					t.Fatal(err)
				}
				if modality.P <= level {
					found++
				}
			}
			rate := float64(found) / samples
			t.Logf("n = %3d, %-32s more than one mode found in %5.1f %%", n, kind.name, 100*rate)
			// Three standard errors of a share of 1000 at 0.01.
			if kind.modes == 1 && rate > level+3*math.Sqrt(level*(1-level)/samples) {
				t.Errorf("n = %d, %s: %.3f of the samples with one mode", n, kind.name, rate)
			}
			if kind.name == "two normals, 5 sd apart" && n == 100 && rate < 0.9 {
				t.Errorf("n = %d, %s: only %.3f of the samples with two modes", n, kind.name, rate)
			}
		}
	}
}

func BenchmarkDip(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 1))
	values := make([]float64, 10_000)
	for i := range values {
		values[i] = random.NormFloat64()
	}
	for b.Loop() {
		if _, err := Dip(values); err != nil {
			b.Fatal(err)
		}
	}
}

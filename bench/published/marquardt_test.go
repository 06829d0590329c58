package published

import (
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
)

// The search goes the way of SciPy's, step by step: it needs as many evaluations.
func TestSearchIsMINPACKs(t *testing.T) {
	file, err := os.Open("testdata/regression_scipy.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	reader := csv.NewReader(file)
	reader.Comment = '#'
	records, err := reader.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, record := range records[1:] {
		want, err := strconv.Atoi(record[len(record)-1])
		if err != nil {
			continue // no fit, or one far from the points, where rounding decides the way
		}
		x, y := numbersOf(t, record[1]), numbersOf(t, record[2])
		got := 0
		_, err = marquardt(func(c, out []float64) {
			got++
			for i := range x {
				out[i] = c[0]*math.Exp(c[1]*x[i]) - y[i]
			}
		}, []float64{1, 1}, len(x), exponentialEvaluations)
		if err != nil || got != want {
			t.Errorf("%s: %d evaluations, %v, want %d", record[0], got, err, want)
		}
		compared++
	}
	if compared < 10 {
		t.Errorf("%d searches compared", compared)
	}
}

func numbersOf(t *testing.T, text string) []float64 {
	t.Helper()
	var numbers []float64
	for field := range strings.SplitSeq(text, ";") {
		number, err := strconv.ParseFloat(field, 64)
		if err != nil {
			t.Fatal(err)
		}
		numbers = append(numbers, number)
	}
	return numbers
}

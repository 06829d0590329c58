package statistics

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"
)

// Correlation is how far two columns of values go together.
type Correlation struct {
	// N is how many pairs there are, at least 3.
	N int `json:"n"`
	// Coefficient is from −1 to 1.
	Coefficient float64 `json:"coefficient"`
	// P is the chance of a coefficient so far from 0, to either side, where there is no correlation; from 0 to 1, by
	// Student's t with n−2 degrees of freedom.
	P float64 `json:"p"`
}

// Pearson is the product-moment correlation of pairs. The error is ErrEmpty, ErrNotFinite, ErrArgument for columns of
// different lengths, ErrTooFew below three pairs, or ErrConstant where a column is.
func Pearson(x, y []float64) (Correlation, error) {
	if len(x) != len(y) {
		return Correlation{}, fmt.Errorf("correlation of %d values with %d: %w", len(x), len(y), ErrArgument)
	}
	for _, column := range [][]float64{x, y} {
		if err := checkFinite(column); err != nil {
			return Correlation{}, err
		}
	}
	n := len(x)
	if n < 3 {
		return Correlation{}, fmt.Errorf("correlation of %d pairs: %w", n, ErrTooFew)
	}
	fromX, fromY := centred(x), centred(y)
	if fromX == nil || fromY == nil {
		return Correlation{}, fmt.Errorf("correlation: %w", ErrConstant)
	}
	var products, squaresX, squaresY sum
	for i := range fromX {
		products.add(fromX[i] * fromY[i])
		squaresX.add(fromX[i] * fromX[i])
		squaresY.add(fromY[i] * fromY[i])
	}
	r := products.value() / math.Sqrt(squaresX.value()) / math.Sqrt(squaresY.value())
	r = min(max(r, -1), 1)
	// The two tails of t = r·√((n−2)/(1−r²)) are an incomplete beta function of 1−r².
	p := mathext.RegIncBeta(float64(n-2)/2, 0.5, (1-r)*(1+r))
	return Correlation{N: n, Coefficient: r, P: min(max(p, 0), 1)}, nil
}

// Spearman is the correlation of ranks, equal values sharing the mean of theirs; its P is the approximation by
// Student's t that SciPy uses, and R with exact = FALSE. The errors are those of Pearson.
func Spearman(x, y []float64) (Correlation, error) {
	for _, column := range [][]float64{x, y} {
		if err := checkFinite(column); err != nil {
			return Correlation{}, err
		}
	}
	return Pearson(midRanks(x), midRanks(y))
}

// midRanks are the ranks of finite values, from 1; equal values share the mean of theirs.
func midRanks(values []float64) []float64 {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		switch {
		case values[a] < values[b]:
			return -1
		case values[a] > values[b]:
			return 1
		}
		return 0
	})
	ranks := make([]float64, len(values))
	for from := 0; from < len(order); {
		to := from + 1
		for to < len(order) && values[order[to]] == values[order[from]] {
			to++
		}
		for _, at := range order[from:to] {
			ranks[at] = float64(from+1+to) / 2
		}
		from = to
	}
	return ranks
}

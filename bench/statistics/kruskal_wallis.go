package statistics

import (
	"cmp"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mathext"
)

// GroupTest is the outcome of Kruskal and Wallis's test.
type GroupTest struct {
	// H is corrected for ties, at least 0.
	H float64 `json:"h"`
	// Groups and N are how many groups and values there are.
	Groups int `json:"groups"`
	N      int `json:"n"`
	// P is that of χ² with Groups − 1 degrees of freedom, from 0 to 1.
	P float64 `json:"p"`
	// EpsilonSquared is the share of the ranks' variance that the groups explain,
	// from 0 to 1.
	EpsilonSquared float64 `json:"epsilon_squared"`
}

// KruskalWallis tests whether values of some groups tend to be above those of others
// (Kruskal and Wallis 1952).
//
// Two measures go by the name of ε²: (H − k + 1)/(n − k), Kelley's correction (1935),
// which others call η² of H, and H/(n − 1) (Tomczak and Tomczak 2014). It is the
// first here, at least 0: published tables of this field use it, and unlike the
// second it does not grow with the number of groups where there is no difference.
//
// Where all values are equal H is 0 and P is 1. The error is ErrTooFew for fewer than
// two groups, or where each has a single value; ErrEmpty for a group without values;
// ErrNotFinite.
func KruskalWallis(groups ...[]float64) (GroupTest, error) {
	if len(groups) < 2 {
		return GroupTest{}, fmt.Errorf("%d groups, want two or more: %w", len(groups), ErrTooFew)
	}
	type member struct {
		value float64
		group int
	}
	var all []member
	for i, group := range groups {
		if err := allFinite(fmt.Sprintf("group %d", i), group); err != nil {
			return GroupTest{}, err
		}
		for _, value := range group {
			all = append(all, member{value, i})
		}
	}
	result := GroupTest{Groups: len(groups), N: len(all), P: 1}
	if result.N == result.Groups {
		return GroupTest{}, fmt.Errorf("%d groups of a single value: %w", len(groups), ErrTooFew)
	}
	slices.SortFunc(all, func(a, b member) int { return cmp.Compare(a.value, b.value) })
	if all[0].value == all[len(all)-1].value {
		return result, nil
	}
	values, ranks := make([]float64, len(all)), make([]float64, len(groups))
	for from := 0; from < len(all); {
		to := from
		for ; to < len(all) && all[to].value == all[from].value; to++ {
			values[to] = all[to].value
		}
		for _, one := range all[from:to] {
			ranks[one.group] += float64(from+1+to) / 2
		}
		from = to
	}
	n, between := float64(result.N), 0.0
	for i, group := range groups {
		// Around the mean rank, which loses less than squares of large sums do.
		size := float64(len(group))
		distance := ranks[i]/size - (n+1)/2
		between += size * distance * distance
	}
	result.H = 12 * between / (n * (n + 1) * (1 - tieSum(values)/(n*n*n-n)))
	freedom := float64(result.Groups - 1)
	result.P = mathext.GammaIncRegComp(freedom/2, result.H/2)
	result.EpsilonSquared = max(0, (result.H-freedom)/(n-float64(result.Groups)))
	return result, nil
}

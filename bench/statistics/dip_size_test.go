package statistics

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Samples of other sizes than those that are drawn are not found to have two modes more often than the level says, nor P much above.
func TestDipSize(t *testing.T) {
	sizes := map[int]bool{}
	for n := 4; n <= 3000; n++ {
		size := DipSize(n)
		sizes[size] = true
		if size < min(n, 500) || size > 500 || DipSize(size) != size || n <= 20 && size != n || size > n+n/4 {
			t.Errorf("%d values are compared with uniform samples of %d", n, size)
		}
	}
	if len(sizes) > 35 {
		t.Errorf("%d sizes", len(sizes))
	}
	const samples, level = 2000, 0.05
	for _, n := range []int{21, 26, 126, 600} { // behind a size, so that the next is farthest
		dips, err := NewUniformDips(DipSize(n), 4999, 1)
		if err != nil {
			t.Fatal(err)
		}
		random := rand.New(rand.NewPCG(uint64(n), 7))
		found := 0
		for range samples {
			values := make([]float64, n)
			for i := range values {
				values[i] = random.Float64()
			}
			modality, err := dips.Test(values)
			if err != nil || modality.N != n {
				t.Fatalf("%+v, %v", modality, err)
			}
			if modality.P <= level {
				found++
			}
		}
		rate := float64(found) / samples
		t.Logf("n = %d beside %d: %.4f of uniform samples at %v", n, DipSize(n), rate, level)
		// Four standard errors of both simulations.
		if slack := 4 * math.Sqrt(level*(1-level)*(1.0/samples+1.0/4999)); rate > level+slack || rate < level-slack-0.01 {
			t.Errorf("n = %d: %.4f of uniform samples, want %v", n, rate, level)
		}
	}
}

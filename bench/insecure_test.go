package bench_test

import (
	"strings"
	"testing"

	"eaibench/bench"
)

func TestInsecurities(t *testing.T) {
	sound := bench.Cell{Crypto: "hpke", Verify: bench.Full}
	none, cached := sound, sound
	none.Crypto, cached.Verify = "none", bench.Cached
	for _, test := range []struct {
		cells []bench.Cell
		want  string
	}{
		{nil, ""},
		{[]bench.Cell{sound}, ""},
		{[]bench.Cell{sound, none}, "INSECURE: cells with crypto none do not seal data."},
		{[]bench.Cell{cached, sound}, "INSECURE: cells with verify cached do not verify a certificate at each request."},
		{[]bench.Cell{cached, none, none}, "INSECURE: cells with crypto none do not seal data.|INSECURE: cells with verify cached do not verify a certificate at each request."},
	} {
		if got := strings.Join(bench.Insecurities(test.cells), "|"); got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
}

package published_test

import (
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"eaibench/bench/published"
)

// What the analysis of the integration process says about outliers and shares.
func TestIntegrationProcessLog(t *testing.T) {
	folder := filepath.Join(publishedFolder(t), "isc2-2026")
	text, err := os.ReadFile(filepath.Join(folder, "expected.log"))
	if err != nil {
		t.Fatal(err)
	}
	log := string(text)
	trusted, conventional := rowsOf(t, filepath.Join(folder, "inside.csv")), rowsOf(t, filepath.Join(folder, "outside.csv"))
	for _, metric := range []string{"read_act_total_ms", "execute_total_ms"} {
		lines := "Metric: " + metric + "\n"
		removed := ""
		for _, side := range []struct {
			name string
			rows []row
		}{{"Trusted", trusted}, {"Conventional", conventional}} {
			values := metricOf(t, side.rows, "integration_process", metric)
			kept, err := published.TukeyFences().Kept(values)
			if err != nil {
				t.Fatal(err)
			}
			left := points{values, values}.only(kept).y
			s, err := published.SummarizePipe(1, left) // of any times
			if err != nil {
				t.Fatal(err)
			}
			lines += fmt.Sprintf("%s mean ± std without outliers: %.2f ± %.2f\n", side.name, s.Latency, s.SD)
			removed += fmt.Sprintf("%s outliers removed: %d\n", side.name, len(values)-len(left))
		}
		if !strings.Contains(log, lines+removed) {
			t.Errorf("the log does not say\n%s%s", lines, removed)
		}
	}
	whole := meanOf(metricOf(t, trusted, "integration_process", "read_act_total_ms"))
	shares := regexp.MustCompile(`(?m)^(.+): mean=([0-9.]+) ms, contribution=([0-9.]+)%$`).FindAllStringSubmatch(log, -1)
	metrics := map[string][2]string{
		"Service lookup": {"launcher", "lookupService_ms"}, "Certificate retrieval": {"launcher", "getCertificate_ms"},
		"Public-key retrieval": {"launcher", "getProgramPublicKey_ms"}, "Local decryption": {"integration_process", "decrypt_ms"},
	}
	if len(shares) != len(metrics) {
		t.Fatalf("%d shares in the log, want %d", len(shares), len(metrics))
	}
	for _, line := range shares {
		mean := meanOf(metricOf(t, trusted, metrics[line[1]][0], metrics[line[1]][1]))
		share, err := published.Share(mean, whole)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%s: mean=%.6f ms, contribution=%.3f%%", line[1], mean, share); got != line[0] {
			t.Errorf("%s, want %s", got, line[0])
		}
	}
}

func metricOf(t *testing.T, rows []row, component, metric string) []float64 {
	t.Helper()
	var values []float64
	for _, r := range rows {
		if r["component"] == component && r["metric"] == metric {
			values = append(values, r.number(t, "value_ms"))
		}
	}
	return values
}

// meanOf sums with bits to spare: one of the printed means is a tie of its last digit,
// 0.1038565, and falls to the other side when rounded sums are added from left to right.
func meanOf(values []float64) float64 {
	sum := new(big.Float).SetPrec(200)
	for _, value := range values {
		sum.Add(sum, big.NewFloat(value))
	}
	mean, _ := sum.Quo(sum, big.NewFloat(float64(len(values)))).Float64()
	return mean
}

package cli

import (
	"strings"
	"testing"
	"time"

	"eaibench/results"
	"eaibench/results/importing"
)

// What makes a comparison of published files invalid is said where its numbers are printed, with the evidence.
func TestImportedAlerts(t *testing.T) {
	text := "TrialNum,Operation,CPU Time (ms)\n1,math,10\n2,math,11\n"
	data, err := importing.Import([]importing.File{{Name: "a.csv", Mode: "outside", Data: []byte(text)}}, importing.Options{Format: importing.CPU, Now: time.Unix(1, 0)})
	if err != nil {
		t.Fatal(err)
	}
	pages := func() map[string]string {
		s, err := summarize(data, data.Campaign.Series(), false)
		if err != nil {
			t.Fatal(err)
		}
		var summarised, compared strings.Builder
		if err := writeSummary(&summarised, s); err != nil {
			t.Fatal(err)
		}
		if err := writeCompared(&compared, newCompared([]string{"out"}, []*results.Data{data}, "", nil)); err != nil {
			t.Fatal(err)
		}
		return map[string]string{"summary": summarised.String(), "compare": compared.String()}
	}
	for name, page := range pages() {
		if strings.Contains(page, "No valid comparison") {
			t.Errorf("%s says of files that nobody published:\n%s", name, page)
		}
	}
	data.Campaign.Import.Known = importing.Known(importing.CPU)
	for name, page := range pages() {
		if !strings.Contains(page, "No valid comparison (audit, flags): inside-purecap-benchmark was compiled with -O2") || !strings.Contains(page, "Evidence: github.com/") {
			t.Errorf("%s says nothing of what is known:\n%s", name, page)
		}
	}
}

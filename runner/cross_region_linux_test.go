package runner

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"eaibench/bench"
	"eaibench/links"
	"eaibench/results"
)

// The shipped cross-region, shortened, as a person runs it: every operation waits for the network as long as its links take at
// least, the campaign keeps the links with the source of their numbers and what was measured of each, and the summary says that they
// were emulated.
func TestCrossRegion(t *testing.T) {
	folder := t.TempDir()
	scenario := filepath.Join(folder, "short.yaml")
	const text = "extends: cross-region\nname: short\nmodes: [hybrid]\nruns: 2\nwarm_up: 0\nparameters: {requests: 2}\n"
	if err := os.WriteFile(scenario, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	eaibench := func(args ...string) []byte {
		t.Helper()
		command := exec.Command(executable(t), args...)
		var complained bytes.Buffer
		command.Stderr = &complained
		said, err := command.Output()
		if err != nil {
			t.Fatalf("eaibench %v: %v\n%s", args, err, complained.String())
		}
		return said
	}
	var ran struct{ Folder string }
	if err := json.Unmarshal(eaibench("run", scenario, "--out", filepath.Join(folder, "out"), "--quiet", "--json"), &ran); err != nil {
		t.Fatal(err)
	}
	data, err := results.Read(ran.Folder)
	if err != nil {
		t.Fatal(err)
	}
	preset, err := links.FindPreset("toronto-ijui")
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range data.Campaign.Placement.Links {
		if !link.Emulated || link.Asked != preset.Link || link.Source != preset.Source {
			t.Errorf("%+v", link)
		}
		var when []results.Moment
		for _, event := range data.Events {
			if look := event.Link; look != nil && look.Between == link.Between {
				when = append(when, look.When)
				if m := look.Measured; m == nil || !m.Emulated || m.RoundTrip.Minimum < preset.Link.RTT-preset.Link.Jitter {
					t.Errorf("%+v", look)
				}
			}
		}
		if !slices.Equal(when, []results.Moment{results.Before, results.Between, results.After}) {
			t.Errorf("the link between %s was measured %v", link.Name(), when)
		}
	}
	var summary struct {
		Shares []struct {
			Rows []struct {
				Operation bench.Operation
				Service   string
				Link      string
				Total     float64 `json:"total_ns"`
				Of        map[bench.Role]float64
			}
		}
	}
	if err := json.Unmarshal(eaibench("summary", ran.Folder, "--steps", "--json"), &summary); err != nil {
		t.Fatal(err)
	}
	var of []string
	for _, row := range summary.Shares[0].Rows {
		of = append(of, string(row.Operation)+" "+row.Service)
		ways := 1 // there and back, over one link after another
		if row.Service == "" {
			ways = len(data.Campaign.Placement.Links)
		}
		least := time.Duration(ways) * (preset.Link.RTT - preset.Link.Jitter)
		if waits := time.Duration(row.Of[bench.Network] * row.Total); row.Link != "emulated" || waits < least || row.Of[bench.Crypto] <= 0 {
			t.Errorf("%+v, of the network %v, and the links alone take %v", row, waits, least)
		}
	}
	if want := []string{"start ", "read store", "write taxi", "write whatsapp"}; !slices.Equal(of, want) {
		t.Errorf("shares are of %q, want %q", of, want)
	}
}

package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"eaibench/links"
	"eaibench/results"
)

// What is said of links, real and emulated, measured and not, and of clocks.
func TestSummaryOfLinks(t *testing.T) {
	preset, err := links.FindPreset("toronto-ijui")
	if err != nil {
		t.Fatal(err)
	}
	look := func(to string, emulated bool, when results.Moment, runs int, rtt time.Duration) results.Event {
		return results.Event{Link: &results.LinkLook{
			Between: [2]string{"toronto", to}, When: when, Runs: runs, Emulated: emulated,
			Measured: &links.Measured{
				Emulated: emulated, RoundTrip: links.RoundTrips{Count: 21, Minimum: rtt - time.Millisecond, Median: rtt, Maximum: rtt + 7*time.Millisecond},
				Up: links.Transfer{Bytes: 1 << 20, Took: 420 * time.Millisecond}, Down: links.Transfer{Bytes: 1 << 20, Took: 4 * time.Millisecond},
			},
		}}
	}
	forwarded := look("of-nobody", false, results.Before, 0, time.Millisecond)
	forwarded.Link.Forwarded = true
	data := &results.Data{
		Campaign: &results.Campaign{Placement: &results.Placement{
			Target: "toronto", PlayedBy: map[string]string{"toronto": "local", "ijui-1": "local", "ijui-2": "board"},
			Links: []results.Link{
				{Between: [2]string{"toronto", "ijui-1"}, Emulated: true, Asked: preset.Link, Preset: preset.Name, Source: preset.Source},
				{Between: [2]string{"toronto", "ijui-2"}, Asked: links.Link{RTT: 40 * time.Millisecond}},
				{Between: [2]string{"toronto", "local"}, Asked: links.Link{RTT: time.Millisecond}},
			},
		}},
		Events: []results.Event{
			look("ijui-1", true, results.Before, 0, 150*time.Millisecond), look("ijui-1", true, results.After, 36, 151*time.Millisecond),
			look("ijui-2", false, results.Before, 0, 131400*time.Microsecond), forwarded,
			{Link: &results.LinkLook{Between: [2]string{"toronto", "ijui-2"}, When: results.After, Runs: 36, Failure: "measure the link to 10.0.0.7:4711: connection refused"}},
			{Clock: &results.ClockLook{Host: "board", When: results.Before, Estimated: &links.ClockOffset{
				Offset: -2*time.Second - 345*time.Microsecond, Uncertainty: 65700 * time.Microsecond, RoundTrip: 131400 * time.Microsecond, Exchanges: 8,
			}}},
			{Clock: &results.ClockLook{Host: "board", When: results.After, Runs: 36, Failure: "host board: estimate the offset of the clock: the steward has ended"}},
		},
	}
	var page strings.Builder
	if err := writeSummary(&page, summary{Title: "Regions", Name: "regions", Solution: "retail", Platform: "linux", Links: linksOf(data), Clocks: clocksOf(data)}); err != nil {
		t.Fatal(err)
	}
	checkGolden(t, "summary-links", page.String())
}

// Wherever values over links are shown, it is said which kind of links they were.
func TestPagesNameLinks(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "campaign")
	if err := makeSampleCampaign(folder, 1, false, allOK); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(folder, "campaign.json")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	placement := `"placement": {"target": "toronto", "played_by": {"toronto": "local", "ijui": "local"},
		"services": [{"service": "store", "host": "ijui"}], "links": [{"between": ["toronto", "ijui"], "emulated": true, "asked": {"rtt_ns": 40000000, "jitter_ns": 0, "bandwidth_bits_per_second": 0}}]},
		"version"`
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), `"version"`, placement, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"summary", folder}, "\nLink between toronto and ijui: emulated; asked: rtt 40ms, jitter 0s, bandwidth without limit.\n"},
		{[]string{"compare", folder}, "\nLinks between launcher and services are emulated.\n"},
		{[]string{"export", folder, "--format", "json"}, `"Links between launcher and services are emulated."`},
	} {
		out, people, code := command(t, test.args...)
		if code != exitFine || !strings.Contains(out, test.want) {
			t.Errorf("%v: exit %d, %s, want %q in\n%.600s", test.args, code, people, test.want, out)
		}
	}
}

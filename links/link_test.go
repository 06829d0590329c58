package links

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParseBandwidth(t *testing.T) {
	for _, test := range []struct {
		text  string
		want  Bandwidth
		fault string // part of the error, empty: none
	}{
		{"20Mbit", 20_000_000, ""},
		{"2.5Mbit", 2_500_000, ""},
		{"64kbit", 64_000, ""},
		{"1Gbit", 1_000_000_000, ""},
		{"9600bit", 9600, ""},
		{"0.000000001Gbit", 1, ""},
		{"0.1Mbit", 100_000, ""},
		{"1.5bit", 0, "not a whole number"},
		{"0Mbit", 0, "carries nothing"},
		{"999999999999Gbit", 0, "too large"},
		{"", 0, "such as 20Mbit"},
		{"20", 0, "such as 20Mbit"},
		{"20 Mbit", 0, "such as 20Mbit"},
		{"20MB", 0, "such as 20Mbit"},
		{"20mbit", 0, "such as 20Mbit"},
		{"-1Mbit", 0, "such as 20Mbit"},
		{"1e3bit", 0, "such as 20Mbit"},
		{"20Mbit/s", 0, "such as 20Mbit"},
		{".5Mbit", 0, "such as 20Mbit"},
	} {
		got, err := ParseBandwidth(test.text)
		if got != test.want || (err == nil) != (test.fault == "") {
			t.Errorf("%q: got %d, %v; want %d, %q", test.text, got, err, test.want, test.fault)
		}
		if err != nil && !strings.Contains(err.Error(), test.fault) {
			t.Errorf("%q: got %v, want %q", test.text, err, test.fault)
		}
	}
}

// What is printed is read as the same.
func TestBandwidthIsReadAsPrinted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := Bandwidth(rapid.Int64Range(1, 999_999_999_999).Draw(t, "bits per second"))
		got, err := ParseBandwidth(want.String())
		if err != nil || got != want {
			t.Fatalf("%s: got %d, %v; want %d", want, got, err, want)
		}
	})
}

func FuzzParseBandwidth(f *testing.F) {
	for _, text := range []string{"20Mbit", "0.3kbit", "9.999999999Gbit", "1bit", "x"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ParseBandwidth(text)
		if err != nil {
			if got != 0 {
				t.Fatalf("%q: %d with %v", text, got, err)
			}
			return
		}
		if got <= 0 {
			t.Fatalf("%q is %d", text, got)
		}
		if again, err := ParseBandwidth(got.String()); got < 1_000_000_000_000 && (err != nil || again != got) {
			t.Fatalf("%q: %d is printed %s and read %d, %v", text, got, got, again, err)
		}
	})
}

func TestLinkCheck(t *testing.T) {
	for _, test := range []struct {
		name   string
		link   Link
		faults []string
	}{
		{"nothing", Link{}, nil},
		{"all", Link{150 * time.Millisecond, 10 * time.Millisecond, 20 * Mbit}, nil},
		{"odd", Link{75 * time.Millisecond, 75 * time.Millisecond, 8 * Kbit}, nil},
		{"bandwidth alone", Link{Bandwidth: 10 * Gbit}, nil},
		{"below 0", Link{-time.Millisecond, -time.Millisecond, -8 * Kbit}, []string{"rtt -1ms is not from 0", "jitter -1ms is not from 0", "bandwidth -8000bit is not from"}},
		{"too long", Link{RTT: 10*time.Second + time.Millisecond}, []string{"rtt 10.001s is not from 0 to 10s"}},
		{"too fine", Link{RTT: 1500 * time.Microsecond, Jitter: time.Microsecond}, []string{"rtt 1.5ms is not in whole", "jitter 1µs is not in whole"}},
		{"jitter above rtt", Link{RTT: 10 * time.Millisecond, Jitter: 11 * time.Millisecond}, []string{"jitter 11ms is not from 0 to the rtt, 10ms"}},
		{"too slow", Link{Bandwidth: 7999}, []string{"bandwidth 7.999kbit is not from 8kbit to 10Gbit", "not a multiple of 8kbit"}},
		{"not a step", Link{Bandwidth: 12 * Kbit}, []string{"bandwidth 12kbit is not a multiple of 8kbit"}},
		{"too fast", Link{Bandwidth: 11 * Gbit}, []string{"bandwidth 11Gbit is not from"}},
	} {
		var got []string
		if err := test.link.Check(); err != nil {
			got = strings.Split(err.Error(), "\n")
		}
		if len(got) != len(test.faults) {
			t.Errorf("%s: got %q, want %q", test.name, got, test.faults)
			continue
		}
		for i, fault := range test.faults {
			if !strings.Contains(got[i], fault) {
				t.Errorf("%s: got %q, want %q", test.name, got[i], fault)
			}
		}
	}
}

// Both directions together delay by the round trip, and neither's jitter is above its delay.
func TestLinkIsSplit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rtt := rapid.Int64Range(0, 10_000).Draw(t, "rtt")
		jitter := rapid.Int64Range(0, rtt).Draw(t, "jitter")
		link := Link{time.Duration(rtt) * time.Millisecond, time.Duration(jitter) * time.Millisecond, 16 * Kbit}
		up, down := link.split()
		switch {
		case up.latency+down.latency != rtt, up.jitter+down.jitter != jitter:
			t.Fatalf("%v is split into %+v and %+v", link, up, down)
		case up.jitter > up.latency, down.jitter > down.latency:
			t.Fatalf("%v may take less than no time: %+v and %+v", link, up, down)
		case up.kilobytesPerSecond != 2, down.kilobytesPerSecond != 2:
			t.Fatalf("16 kbit/s are 2 kB/s: %+v and %+v", up, down)
		}
	})
}

// Every preset is a link that can be emulated, says where its numbers are from, and stands so in
// the documentation.
func TestPresets(t *testing.T) {
	page, err := os.ReadFile("../docs/links.md")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, preset := range Presets() {
		names = append(names, preset.Name)
		if err := preset.Link.Check(); err != nil {
			t.Errorf("%s: %v", preset.Name, err)
		}
		if !strings.Contains(preset.Source, "rtt: ") || !strings.Contains(preset.Source, "2024") || !strings.Contains(preset.Source, "no source") {
			t.Errorf("%s does not say where each number is from: %s", preset.Name, preset.Source)
		}
		row := "| `" + preset.Name + "` | " + preset.Link.String() + " | " + preset.Source + " |"
		if !strings.Contains(string(page), row) {
			t.Errorf("docs/links.md has no row\n%s", row)
		}
		if found, err := FindPreset(preset.Name); err != nil || found != preset {
			t.Errorf("%s: found %v, %v", preset.Name, found, err)
		}
	}
	if want := []string{"same-city", "toronto-ijui", "transatlantic"}; !slices.Equal(names, want) {
		t.Errorf("presets are %q, want %q", names, want)
	}
	if _, err := FindPreset("moon"); err == nil || !strings.Contains(err.Error(), strings.Join(names, ", ")) {
		t.Errorf("an unknown preset: %v", err)
	}
}

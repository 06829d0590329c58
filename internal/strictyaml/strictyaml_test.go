package strictyaml_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"eaibench/internal/strictyaml"

	"github.com/google/go-cmp/cmp"
)

// cents is a value with a reading of its own.
type cents int64

func (c *cents) UnmarshalText(text []byte) error {
	var whole, part int64
	if _, err := fmt.Sscanf(string(text), "%d.%02d", &whole, &part); err != nil {
		return fmt.Errorf("want an amount such as 150.00, found %q", text)
	}
	*c = cents(whole*100 + part)
	return nil
}

type limits struct {
	Time   time.Duration `yaml:"time"`
	Memory *uint32       `yaml:"memory"`
}

type shared struct {
	Title string `yaml:"title,omitempty"`
}

type ride struct {
	shared  `yaml:"-"`
	Shared  shared           `yaml:",inline"`
	Version int              `yaml:"version"`
	Runs    int8             `yaml:"runs"`
	Modes   []string         `yaml:"modes,omitempty"`
	Price   cents            `yaml:"price,omitempty"`
	Rate    float64          `yaml:"rate,omitempty"`
	Quiet   bool             `yaml:"quiet,omitempty"`
	Since   time.Time        `yaml:"since,omitempty"`
	Limits  limits           `yaml:"limits,omitempty"`
	Seats   map[string]int   `yaml:"seats,omitempty"`
	Drivers []limits         `yaml:"drivers,omitempty"`
	Extra   any              `yaml:"extra,omitempty"`
	Ignored chan int         // no tag: not read
	Nested  map[string]*ride `yaml:"nested,omitempty"`
	Rates   []float64        `yaml:"rates,omitempty"`
	Counts  []int            `yaml:"counts,omitempty"`
}

func (r *ride) CheckYAML(report func(path, format string, args ...any)) {
	if r.Runs < 1 {
		report("runs", "want at least 1, found %d", r.Runs)
	}
	for i, mode := range r.Modes {
		if mode == "fast" {
			report(fmt.Sprintf("modes[%d]", i), "no mode is called %q", mode)
		}
	}
	if len(r.Modes) > 2 {
		report("modes", "at most 2")
	}
	if r.Limits.Time > time.Minute {
		report("limits.time", "at most 1m")
	}
	if r.Quiet && r.Rate == 0 {
		report("", "quiet needs a rate")
	}
}

func TestDecode(t *testing.T) {
	memory := uint32(7)
	var got ride
	err := strictyaml.Decode("r.yaml", []byte(`
# a comment
title: taxi
version: 1
runs: 0x10
modes: [hybrid, "3"]
price: 150.10
rate: 2
quiet: true
since: 2026-01-31T12:00:00Z
limits:
  time: 1 m
  memory: 7
counts: [5,10]
seats: {front: 1, rear: 3}
drivers:
  - time: 0s
extra: {a: [1, 2.5, yes, true]}
nested:
  other: {version: 2, runs: 3}
`), &got)
	if err != nil {
		t.Fatal(err)
	}
	want := ride{
		Shared: shared{Title: "taxi"}, Version: 1, Runs: 16, Modes: []string{"hybrid", "3"}, Price: 15010, Rate: 2, Quiet: true,
		Since: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC), Limits: limits{Time: time.Minute, Memory: &memory},
		Seats: map[string]int{"front": 1, "rear": 3}, Drivers: []limits{{}}, Counts: []int{5, 10},
		Extra:  map[string]any{"a": []any{int64(1), 2.5, "yes", true}},
		Nested: map[string]*ride{"other": {Version: 2, Runs: 3}},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(ride{}, shared{})); diff != "" {
		t.Error(diff)
	}
}

// Each case is a file and every line that must be said about it.
func TestFaults(t *testing.T) {
	const good = "version: 1\nruns: 2\n"
	for _, test := range []struct {
		name, text string
		want       []string
	}{
		{"empty", "", []string{"1:1: the file is empty"}},
		{"only comments", "# nothing\n", []string{"1:1: the file is empty"}},
		{"only a null", "~\n", []string{"1:1: the file is empty"}},
		{"only a separator", "---\n", []string{"1:1: the file is empty"}},
		{"a list", "- 1\n", []string{`1:1: want a mapping (key: value), found a list`}},
		{"a word", "taxi\n", []string{`1:1: want a mapping (key: value), found the text "taxi"`}},
		{"tab", "version: 1\nlimits:\n\ttime: 1s\n", []string{"3:1: a tab indents this line; use spaces"}},
		{"tab after spaces", "version: 1\nlimits:\n  \ttime: 1s\n", []string{"3:3: a tab indents this line; use spaces"}},
		{"not YAML", "version: 1\n  runs: [1\n", []string{"2:3: not valid YAML: mapping values are not allowed in this context: text with a colon and a space in it needs quotes, and the keys of a mapping the same indentation"}},
		{"list not closed", good + "modes: [hybrid\nrate: 1\nseats: {a: 1}\n", []string{"3:8: not valid YAML: this [ is not closed"}},
		{"list not closed at the end", good + "title: \"it's [ # here\" # [\nmodes: [it's, 'a [', b[\n", []string{"4:8: not valid YAML: this [ is not closed"}},
		{"mapping not closed", good + "drivers:\n  - {time: 1s\n  - {time: 2s}\n", []string{"4:5: not valid YAML: this { is not closed"}},
		{"colon in text", good + "title: Mine: the best\n", []string{
			"3:1: not valid YAML: mapping values are not allowed in this context: text with a colon and a space in it needs quotes, and the keys of a mapping the same indentation",
		}},
		{"decimal comma", good + "rates: [150,00, 200.00, 250,5, 1, 5]\n", []string{
			"3:9: rates[0]: 150,00: a comma separates values; write 150.00 for one, or a space behind the comma for two",
			"3:25: rates[3]: 250,5: a comma separates values; write 250.5 for one, or a space behind the comma for two",
		}},
		{"not text", "a: \xff\n", []string{"1:1: not valid YAML: invalid leading UTF-8 octet"}},
		{"second document", good + "---\nruns: 2\n", []string{"3:1: a second document starts here; keep one document in a file"}},
		{"broken second document", good + "---\nruns: [\n", []string{"4:7: not valid YAML: this [ is not closed"}},
		{"missing", "rate: 1\n", []string{`1:1: missing key "version"`, `1:1: missing key "runs"`}},
		{"missing deeper", good + "limits: {memory: 1}\n", []string{`3:9: missing key "limits.time"`}},
		{"unknown, near", good + "runz: 3\nmode: [a]\n", []string{
			`3:1: unknown key "runz"; did you mean "runs"?`, `4:1: unknown key "mode"; did you mean "modes"?`,
		}},
		{"unknown, far", good + "limits: {time: 1s, colour: red}\n", []string{`3:20: unknown key "colour"; known keys: time, memory`}},
		{"untagged field", good + "Ignored: 1\n", []string{
			`3:1: unknown key "Ignored"; known keys: title, version, runs, modes, price, rate, quiet, since, limits, seats, drivers, extra, nested, rates, counts`,
		}},
		{"duplicate", good + "runs: 4\nseats: {a: 1, a: 2}\n", []string{
			`3:1: duplicate key "runs": it stands on line 2 already`, `4:15: duplicate key "seats.a": it stands on line 4 already`,
		}},
		{"wrong types, all at once", strings.Join([]string{
			"version: one", "runs: 1.0", "modes: hybrid", "price: much", "rate: .nan", "quiet: yes", "since: today",
			"limits: {time: 60, memory: -1}", "seats: [1]", "drivers: {time: 1s}", "title: 1.10",
		}, "\n"), []string{
			`1:10: version: want a whole number, found the text "one"`,
			`2:7: runs: want a whole number, found the number 1.0`,
			`3:8: modes: want a list, found the text "hybrid"`,
			`4:8: price: want an amount such as 150.00, found "much"`,
			`5:7: rate: want a number, found the number .nan`,
			`6:8: quiet: want true or false, found the text "yes"`,
			`7:8: since: want a time as in RFC 3339, such as 2026-01-31T12:00:00Z, found the text "today"`,
			`8:16: limits.time: want a time with its unit, such as 60s or 1m30s, found the number 60`,
			`8:28: limits.memory: -1 is out of range`,
			`9:8: seats: want a mapping (key: value), found a list`,
			`10:10: drivers: want a list, found a mapping`,
			`11:8: title: want text, found the number 1.10 (in quotes it would be text)`,
		}},
		{"out of range", "version: 99999999999999999999\nruns: 128\n", []string{
			"1:10: version: want a whole number, found the number 99999999999999999999",
			"2:7: runs: 128 is out of range",
		}},
		{"leading zero", "version: 1\nruns: 010\n", []string{"2:7: runs: 010 has a leading zero; remove it"}},
		{"no value", "version:\nruns: 1\nlimits: ~\nmodes:\n  - a\n  -\n", []string{
			"1:9: version: has no value; give one or remove the key",
			"3:9: limits: has no value; give one or remove the key",
			"6:4: modes[1]: has no value; give one or remove the key",
		}},
		{"anchor and alias", good + "title: &t x\nmodes: [*t]\n", []string{
			"3:8: anchor &t: anchors are not read; remove it", "4:9: alias *t: aliases are not read; write the value out",
		}},
		{"merge key", good + "limits:\n  <<: {time: 1s}\n  time: 2s\n", []string{"4:3: merge key <<: merging is not read; write the keys out"}},
		{"tag", good + "title: !!str 3\n", []string{"3:8: tag !!str: tags are not read; remove it"}},
		{"key that is a list", good + "? [a]\n: 1\n", []string{"3:3: key is not a word"}},
		{"checks", "version: 1\nruns: 0\nmodes:\n  - hybrid\n  - fast\n  - x\nlimits:\n  time: 2m\nquiet: true\n", []string{
			"1:1: quiet needs a rate",
			"2:7: runs: want at least 1, found 0",
			"3:1: modes: at most 2",
			`5:5: modes[1]: no mode is called "fast"`,
			"8:9: limits.time: at most 1m",
		}},
		{"checks of an inner value", good + "nested:\n  other: {version: 1, runs: 0}\n", []string{"4:29: nested.other.runs: want at least 1, found 0"}},
		{"no check of what was not read", "version: 1\nruns: none\nmodes: [a, b, [c]]\nlimits: 3\n", []string{
			`2:7: runs: want a whole number, found the text "none"`,
			"3:15: modes[2]: want text, found a list",
			"4:9: limits: want a mapping (key: value), found the number 3",
		}},
		{"columns count characters", "version: 1\nruns: 2\nseats: {çã: x}\n", []string{`3:13: seats.çã: want a whole number, found the text "x"`}},
		{"too deep", good + "extra: " + strings.Repeat("[", 40) + strings.Repeat("]", 40) + "\n", []string{"3:40: nested more than 32 deep"}},
		{"too large", strings.Repeat("#", strictyaml.MaxSize+1), []string{"1:1: the file has 1048577 bytes; at most 1048576 are read"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := strictyaml.Decode("r.yaml", []byte(test.text), new(ride))
			var faults strictyaml.Faults
			if !errors.As(err, &faults) {
				t.Fatalf("want Faults, got %v", err)
			}
			var want []string
			for _, line := range test.want {
				want = append(want, "r.yaml:"+line)
			}
			if diff := cmp.Diff(want, strings.Split(err.Error(), "\n")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFaultsAreCounted(t *testing.T) {
	var text strings.Builder
	for i := range 250 {
		fmt.Fprintf(&text, "key%d: 1\n", i)
	}
	var faults strictyaml.Faults
	if !errors.As(strictyaml.Decode("r.yaml", []byte(text.String()), new(ride)), &faults) {
		t.Fatal("want Faults")
	}
	if len(faults) != strictyaml.MaxFaults || !strings.HasSuffix(faults[len(faults)-1].Message, "(and 152 more faults)") {
		t.Errorf("got %d faults, the last %q", len(faults), faults[len(faults)-1].Message)
	}
}

func TestUnsupportedTypePanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a channel was read")
		}
	}()
	_ = strictyaml.Decode("r.yaml", []byte("a: 1\n"), &struct {
		A chan int `yaml:"a"`
	}{})
}

func TestNearest(t *testing.T) {
	valid := []string{"hybrid", "purecap", "compartment", "title", "run"}
	for name, want := range map[string]string{
		"hybird": "hybrid", "Purecap": "purecap", "pure-cap": "purecap", "compartement": "compartment", "x": "", "": "",
		"titel": "title", "rum": "run", "rnu": "run", "nurse": "", "mode": "",
		"qemu": "", strings.Repeat("hybrid", 1000): "",
	} {
		if got := strictyaml.Nearest(name, valid); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", name, got, want)
		}
	}
}

// Whatever the bytes, reading ends, and a fault has a position inside the file.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		"", "version: 1\nruns: 2\n", "a: &a [*a]", "? {}\n: 1", "\t", "%YAML 1.2\n---\n", "runs: 0x\n", "limits: {time: 9999999h}",
		"extra: {a: [1, .inf, 2026-01-01, ~]}", "modes:\n- - -\n", "a: |\n\tx\n", "---\n---\n", "!!binary x", "<<: {}", "runs: 1_0",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var into ride
		err := strictyaml.Decode("f.yaml", data, &into)
		if err == nil {
			if into.Runs < 1 {
				t.Error("accepted what its check refuses")
			}
			return
		}
		var faults strictyaml.Faults
		if !errors.As(err, &faults) || len(faults) == 0 || len(faults) > strictyaml.MaxFaults {
			t.Fatalf("want Faults, got %v", err)
		}
		// YAML also ends lines with CR, NEL, LS and PS.
		lines := 2 + strings.Count(string(data), "\n") + strings.Count(string(data), "\r") +
			strings.Count(string(data), "\u0085") + strings.Count(string(data), "\u2028") + strings.Count(string(data), "\u2029")
		if strings.HasPrefix(string(data), "\xff\xfe") || strings.HasPrefix(string(data), "\xfe\xff") {
			lines = len(data) + 2 // UTF-16
		}
		for _, fault := range faults {
			if fault.Line < 1 || fault.Line > lines || fault.Column < 1 || fault.Message == "" {
				t.Errorf("%v", fault)
			}
		}
	})
}

package scenarios_test

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"eaibench/bench"
	"eaibench/internal/strictyaml"
	"eaibench/scenarios"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const least = `version: 1
name: least
title: The least
solution: retail
platform: linux
modes: [hybrid]
runs: 1
warm_up: 0
`

func parse(t *testing.T, text string) *scenarios.Scenario {
	t.Helper()
	s, err := scenarios.Parse("s.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestDefaults(t *testing.T) {
	short := parse(t, "version: 1\nname: short\nsolution: retail\nplatform: linux\nmodes: [hybrid]\nruns: 2\n")
	if short.Title != "short" || short.WarmUp != 1 || short.Path != "relayed" || short.Order != scenarios.Blocks || short.Seed != 1 || short.Services.Seed != 1 {
		t.Errorf("%+v", short)
	}
	want := []bench.Cell{{
		ID: "hybrid-relayed-hpke", Mode: "hybrid", Path: "relayed", Crypto: "hpke", Verify: "full", Processes: 1,
		Parameters: bench.Parameters{Requests: 1, Arguments: bench.Arguments{"threshold_cents": int64(15000)}},
	}}
	if diff := cmp.Diff(want, short.Plan(nil).Cells); diff != "" {
		t.Error(diff)
	}
}

func TestEverything(t *testing.T) {
	got := parse(t, `version: 1
name: all
title: All
description: Every key
solution: retail
platform: linux
modes: [compartment, hybrid]
path: direct
runs: 3
warm_up: 2
order: blocks
seed: 18446744073709551615
parameters: {requests: 4, interval: 1.5s, threshold: 0.01, customer: João Silva, crypto: none, verify: cached, processes: 2}
services: {seed: 9, outcome: silent, silence_limit: 50ms}
limits: {time: 1m, memory: 256MiB, processes: 8, output: 1 KiB}
bind_now: false
cpus: "0-1,3"
openssl: /opt/openssl
`)
	lazily := false
	want := &scenarios.Scenario{
		Version: 1, Name: "all", Title: "All", Description: "Every key", Solution: "retail", Platform: "linux",
		Modes: []string{"compartment", "hybrid"}, Path: "direct", Runs: 3, WarmUp: 2, Order: "blocks", Seed: 1<<64 - 1,
		Services: scenarios.Services{Seed: 9, Outcome: "silent", SilenceLimit: 50 * time.Millisecond},
		Limits:   scenarios.Limits{Time: time.Minute, Memory: 256 << 20, Processes: 8, Output: 1024},
		Target:   scenarios.Target{Name: "local"},
		Launcher: scenarios.Launcher{Place: "target"}, Compile: scenarios.Compile{Place: "target"},
		BindNow: &lazily, CPUs: "0-1,3", OpenSSL: "/opt/openssl",
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(scenarios.Scenario{}, scenarios.ServicePlaces{}), cmpopts.IgnoreFields(scenarios.Scenario{}, "Sources", "Parameters", "Matrix")); diff != "" {
		t.Error(diff)
	}
	cell := bench.Cell{
		ID: "compartment-direct-none-cached", Mode: "compartment", Path: "direct", Crypto: "none", Verify: "cached", Processes: 2,
		Parameters: bench.Parameters{Requests: 4, IntervalMS: 1500, Arguments: bench.Arguments{"threshold_cents": int64(1), "customer": "João Silva"}},
	}
	plan := got.Plan(nil)
	if diff := cmp.Diff(cell, plan.Cells[0]); diff != "" {
		t.Error(diff)
	}
	if plan.MostProcesses() != 2 || !slices.Equal(plan.Paths(), []string{"direct"}) || !slices.Equal(plan.Verifies(), []string{"cached"}) || !slices.Equal(plan.Cryptos(), []string{"none"}) {
		t.Errorf("%+v", plan)
	}
}

// Ten different faults, all reported at once, each with its place.
func TestTenFaults(t *testing.T) {
	_, err := scenarios.Parse("ten.yaml", []byte(`version: 2
name: Ten Faults
solution: retial
platform: linux
modes: [hybrid, purcap, hybrid]
runs: 0
warm_up: few
parameters:
  interval: 60
  threshold: 1.5
  crypt: hpke
services: {outcome: shout}
limits: {memory: 1MiB}
`))
	want := []string{
		`ten.yaml:1:10: version: version 2 is not known; this program reads 1`,
		`ten.yaml:2:7: name: "Ten Faults" is not a name: lower-case letters, digits and -, at most 40`,
		`ten.yaml:3:11: solution: "retial" is not known; did you mean "retail"?`,
		`ten.yaml:5:17: modes[1]: "purcap" is not known; did you mean "purecap"?`,
		`ten.yaml:5:25: modes[2]: mode "hybrid" stands twice`,
		`ten.yaml:6:7: runs: 0 is not between 1 and 10000`,
		`ten.yaml:7:10: warm_up: want a whole number, found the text "few"`,
		`ten.yaml:9:13: parameters.interval: want a time with its unit, such as 60s or 1m30s, found the number 60`,
		`ten.yaml:10:14: parameters.threshold: want an amount of money such as 150 or 150.00, with two digits behind the point or none, and no comma, found "1.5"`,
		`ten.yaml:11:3: unknown key "crypt"; did you mean "crypto"?`,
		`ten.yaml:13:18: limits.memory: want at least 4MiB`,
	}
	if err == nil {
		t.Fatal("accepted")
	}
	if diff := cmp.Diff(want, strings.Split(err.Error(), "\n")); diff != "" {
		t.Error(diff)
	}
}

func TestFaults(t *testing.T) {
	for _, test := range []struct{ name, add, want string }{
		{"outcome", "services: {outcome: shout}", `9:21: services.outcome: "shout" is not known; there are: accept, decline, seeded, silent`},
		{"leading zeros", "parameters: {threshold: 00}", `9:25: parameters.threshold: want an amount of money such as 150 or 150.00, with two digits behind the point or none, and no comma, found "00"`},
		{"decimal comma", "matrix: {threshold: [150,50]}", "9:22: matrix.threshold[0]: 150,50: a comma separates values; write 150.50 for one, or a space behind the comma for two"},
		{"silence", "services: {silence_limit: 2m}", "9:27: services.silence_limit: 2m0s is not between 0s and 1m"},
		{"path", "path: relaid", `9:7: path: "relaid" is not known; did you mean "relayed"?`},
		{"verify", "parameters: {verify: never}", `9:22: parameters.verify: "never" is not known; there are: full, cached`},
		{"revocation on Linux", "revocation: on", "9:13: revocation: platform linux has nothing that sets it in mode hybrid: leave it out (no part of the mode is for revocation_on)"},
		{"revocation perhaps", "revocation: maybe", `9:13: revocation: it can be on or off, not "maybe"`},
		{"no CPUs", "cpus: all", `9:7: cpus: "all" is no list of CPUs such as 2 or 0-1,3`},
		{"bound maybe", "bind_now: maybe", `9:11: bind_now: want true or false, found the text "maybe"`},
		{"relative OpenSSL", "openssl: opt/openssl", `9:10: openssl: "opt/openssl" is not a clean absolute path of letters, digits and ._+-`},
		{"no processes", "parameters: {processes: 0}", "9:25: parameters.processes: 0 is not between 1 and 64"},
		{"modes twice", "matrix: {mode: [hybrid]}", "9:16: matrix.mode: modes lists them too; keep one of them"},
		{"path twice", "path: direct\nmatrix: {path: [relayed]}", "10:16: matrix.path: path has it too; keep one of them"},
		{"include what is not", "matrix: {include: [{paht: direct}]}", `9:27: matrix.include[0].paht: "paht" is not known; did you mean "path"?`},
		{"include out of range", "matrix: {include: [{processes: 65}]}", "9:32: matrix.include[0].processes: 65 is not between 1 and 64"},
		{"exclude another mode", "matrix: {exclude: [{mode: purecap}]}", `9:27: matrix.exclude[0].mode: "purecap" is not known; there are: hybrid`},
		{"exclude nothing", "matrix: {exclude: [{}]}", "9:20: matrix.exclude[0]: want at least one key"},
		{"exclude everything", "matrix: {exclude: [{mode: hybrid}]}", "9:19: matrix.exclude: it leaves no cell"},
		{"decimal comma of whole numbers", "matrix: {requests: [1,2], processes: [1,x]}", `9:41: matrix.processes[1]: want a whole number, found the text "x"`},
		{"order", "order: serial", `9:8: order: "serial" is not known; there are: blocks, random, sequential`},
		{"crypto", "parameters: {crypto: rot13}", `9:22: parameters.crypto: "rot13" is not known; there are: hpke, none`},
		{"requests", "parameters: {requests: 1000001}", "9:24: parameters.requests: 1000001 is not between 1 and 1000000"},
		{"interval too long", "parameters: {interval: 2h}", "9:24: parameters.interval: 2h0m0s is not between 0s and 1h"},
		{"interval too fine", "parameters: {interval: 1us}", "9:24: parameters.interval: 1µs is not a whole number of milliseconds"},
		{"customer", "parameters: {customer: \"a\\tb\"}", "9:24: parameters.customer: is no text of 1 to 256 bytes without control characters"},
		{"negative threshold", "parameters: {threshold: -1}", `9:25: parameters.threshold: want an amount of money such as 150 or 150.00, with two digits behind the point or none, and no comma, found "-1"`},
		{"threshold too large", "parameters: {threshold: 10000000000.01}", "9:25: parameters.threshold: 10000000000.01 is above the largest amount, 10000000000.00"},
		{"both", "parameters: {requests: 2}\nmatrix: {requests: [3]}", "10:20: matrix.requests: parameters has it too; keep one of them"},
		{"no values", "matrix: {requests: []}", "9:20: matrix.requests: want at least one value"},
		{"value twice", "matrix: {threshold: [1, 1.00]}", "9:25: matrix.threshold[1]: 1.00 stands twice"},
		{"value out of range", "matrix: {requests: [1, 0]}", "9:24: matrix.requests[1]: 0 is not between 1 and 1000000"},
		{"size without unit", "limits: {memory: 64}", `9:18: limits.memory: want a size with its unit, such as 256MiB, found "64"`},
		{"size too large", "limits: {output: 999999999GiB}", "9:18: limits.output: 999999999GiB is above the largest size, 1048576GiB"},
		{"time", "limits: {time: 25h}", "9:16: limits.time: 25h0m0s is not between 1ms and 24h"},
		{"processes", "limits: {processes: -1}", "9:21: limits.processes: -1 is not between 1 and 32768"},
		{"output", "limits: {output: 1B}", "9:18: limits.output: want at least 1KiB"},
		{"too many runs", "matrix: {requests: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]}\n", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := least + test.add
			if test.want == "" {
				text = strings.Replace(text, "runs: 1", "runs: 10000", 1)
				test.want = "1:1: 110000 runs or more would be planned; at most 100000 can be"
			}
			_, err := scenarios.Parse("s.yaml", []byte(text))
			var faults strictyaml.Faults
			if !errors.As(err, &faults) {
				t.Fatalf("got %v", err)
			}
			if diff := cmp.Diff("s.yaml:"+test.want, err.Error()); diff != "" {
				t.Error(diff)
			}
		})
	}
	for _, test := range []struct{ old, new, want string }{
		{"linux", "windows", `s.yaml:5:11: platform: no platform is named "windows"`},
		{"[hybrid]", "[]", "s.yaml:6:8: modes: want at least one; linux has hybrid, purecap, compartment"},
		{"The least", `" "`, "s.yaml:3:8: title: want one line of 1 to 60 characters"},
		{"The least", strings.Repeat("x", 61), "s.yaml:3:8: title: want one line of 1 to 60 characters"},
	} {
		_, err := scenarios.Parse("s.yaml", []byte(strings.Replace(least, test.old, test.new, 1)))
		if err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %s", test.new, err, test.want)
		}
	}
}

func TestPlan(t *testing.T) {
	s := parse(t, strings.NewReplacer("[hybrid]", "[hybrid, purecap, compartment]", "runs: 1", "runs: 4", "warm_up: 0", "warm_up: 2").Replace(least)+
		"matrix: {threshold: [150.00, 99], requests: [1, 2]}\n")
	plan := s.Plan(nil)
	ids := map[string]bench.Cell{}
	for _, cell := range plan.Cells {
		ids[cell.ID] = cell
	}
	if len(plan.Cells) != 12 || len(ids) != 12 {
		t.Fatalf("cells %v", plan.Cells)
	}
	want := bench.Cell{
		ID: "purecap-relayed-hpke-requests-2-threshold-99.00", Mode: "purecap", Path: "relayed", Crypto: "hpke", Verify: "full", Processes: 1,
		Parameters: bench.Parameters{Requests: 2, Arguments: bench.Arguments{"threshold_cents": int64(9900)}},
	}
	if diff := cmp.Diff(want, ids[want.ID]); diff != "" {
		t.Error(diff)
	}
	if groups := bench.Groups(plan.Cells); len(groups) != 4 || len(groups[0]) != 3 {
		t.Errorf("groups %v", groups)
	}
	if len(plan.Runs) != 12*6 {
		t.Fatalf("%d runs", len(plan.Runs))
	}
	name := regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)
	seen := map[string]bool{}
	byBlock := map[int][]string{}
	for i, run := range plan.Runs {
		if run.Position != i || run.Block != i/12 || run.Iteration != run.Block || run.WarmUp != (run.Block < 2) {
			t.Errorf("run %d is %+v", i, run)
		}
		if seen[run.ID] || !name.MatchString(run.ID) {
			t.Errorf("run id %q", run.ID)
		}
		seen[run.ID] = true
		byBlock[run.Block] = append(byBlock[run.Block], run.Cell)
	}
	orders := map[string]bool{}
	for block, cells := range byBlock {
		orders[strings.Join(cells, " ")] = true
		slices.Sort(cells)
		if len(slices.Compact(cells)) != 12 {
			t.Errorf("block %d does not have every cell once", block)
		}
	}
	if len(orders) != 6 {
		t.Errorf("%d orders in 6 blocks", len(orders))
	}
	if diff := cmp.Diff(plan, s.Plan(nil)); diff != "" {
		t.Errorf("another plan from the same scenario: %s", diff)
	}
	s.Seed++
	if cmp.Equal(plan, s.Plan(nil)) {
		t.Error("the same plan from another seed")
	}
}

// A platform's path starts from the scenario's folder, wherever eaibench is called.
func TestPlatformBesideScenario(t *testing.T) {
	profile, err := os.ReadFile("../platform/profiles/linux.yaml")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for file, text := range map[string]string{
		"platforms/mine.yaml": strings.Replace(string(profile), "platform: linux", "platform: mine", 1),
		"s.yaml":              strings.Replace(least, "platform: linux", "platform: platforms/mine.yaml", 1),
		"absent.yaml":         strings.Replace(least, "platform: linux", "platform: ../absent.yaml", 1),
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(folder, file)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := scenarios.Load(filepath.Join(folder, "s.yaml"))
	if err != nil || s.Platform != filepath.Join(folder, "platforms/mine.yaml") {
		t.Errorf("%+v, %v", s, err)
	}
	want := filepath.Join(filepath.Dir(folder), "absent.yaml")
	if _, err := scenarios.Load(filepath.Join(folder, "absent.yaml")); err == nil || !strings.Contains(err.Error(), "5:11: platform: ") || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s named", err, want)
	}
	t.Chdir(filepath.Join(folder, "platforms"))
	if _, err := scenarios.Load("../s.yaml"); err != nil {
		t.Error(err)
	}
}

func TestCustomersAreNotInIDs(t *testing.T) {
	plan := parse(t, least+"matrix: {customer: [Ana Souza, Bruno Silva]}\n").Plan(nil)
	if plan.Cells[1].ID != "hybrid-relayed-hpke-customer-2" || plan.Cells[1].Parameters.Arguments["customer"] != "Bruno Silva" {
		t.Errorf("%+v", plan.Cells)
	}
}

func TestShipped(t *testing.T) {
	if diff := cmp.Diff([]string{"bench", "cross-region", "crypto-cost", "healthcare-modes", "payload", "retail-modes", "scaling", "smoke"}, scenarios.Shipped()); diff != "" {
		t.Error(diff)
	}
	for _, name := range scenarios.Shipped() {
		byName, err := scenarios.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		byFile, err := scenarios.Load(name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		if byName.Name != name || byName.Sources[0].Text != byFile.Sources[0].Text {
			t.Errorf("%s is not itself", name)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.yaml")
	if err := os.WriteFile(bad, []byte("version: 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"smok":               `did you mean "smoke"?`,
		"other":              "shipped are bench, cross-region, crypto-cost",
		"missing/smoke.yaml": "reading a scenario: open missing/smoke.yaml",
		bad:                  bad + `:1:1: missing key "name"`,
		"":                   "shipped are bench, cross-region, crypto-cost",
	} {
		if _, err := scenarios.Load(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", name, err, want)
		}
	}
}

// The page's examples are scenarios, and it names every key.
func TestPage(t *testing.T) {
	text, err := os.ReadFile("../docs/formats/scenario.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(text, -1)
	if len(blocks) == 0 {
		t.Fatal("no example")
	}
	for _, block := range blocks {
		if _, err := scenarios.Parse("scenario.md", block[1]); err != nil {
			t.Error(err)
		}
	}
	_, err = scenarios.Parse("x.yaml", []byte("parameters: {qqqqqqqqqq: 1}\nmatrix: {qqqqqqqqqq: 1}\nservices: {qqqqqqqqqq: 1}\nlimits: {qqqqqqqqqq: 1}\nuntil: {qqqqqqqqqq: 1}\n"+
		"links: [{qqqqqqqqqq: 1}]\nqqqqqqqqqq: 1\n"))
	lists := regexp.MustCompile(`known keys: (.*)`).FindAllStringSubmatch(err.Error(), -1)
	if len(lists) != 7 {
		t.Fatalf("%v", err)
	}
	for _, list := range lists {
		for _, key := range strings.Split(list[1], ", ") {
			if !strings.Contains(string(text), "`"+key+"`") {
				t.Errorf("the page lacks the key %s", key)
			}
		}
	}
}

// Whatever the bytes: a plan that can be carried out, or faults.
func FuzzParse(f *testing.F) {
	for _, name := range scenarios.Shipped() {
		s, err := scenarios.Load(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(s.Sources[0].Text))
	}
	f.Add([]byte(placed))
	f.Add([]byte(least + "matrix: {interval: [0s, 1s], customer: [a, b]}\nlimits: {memory: 8MiB}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := scenarios.Parse("f.yaml", data)
		if err != nil {
			var faults strictyaml.Faults
			if !errors.As(err, &faults) {
				t.Fatalf("not Faults: %v", err)
			}
			return
		}
		plan := s.Plan(nil)
		if len(plan.Cells) == 0 || len(plan.Runs) != len(plan.Cells)*(s.Runs+s.WarmUp) {
			t.Errorf("%d cells, %d runs", len(plan.Cells), len(plan.Runs))
		}
	})
}

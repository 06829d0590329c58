package scenarios_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"eaibench/scenarios"
)

// cellsOf are the ids of a plan's cells.
func cellsOf(plan scenarios.Plan) []string {
	var ids []string
	for _, cell := range plan.Cells {
		ids = append(ids, cell.ID)
	}
	return ids
}

func TestMatrix(t *testing.T) {
	for _, test := range []struct {
		name, add string
		want      []string
	}{
		{"modes here", "matrix: {mode: [purecap, hybrid]}", []string{"purecap-relayed-hpke", "hybrid-relayed-hpke"}},
		{
			"paths and crypto", "modes: [hybrid]\nmatrix: {path: [relayed, direct], crypto: [hpke, none]}",
			[]string{"hybrid-relayed-hpke", "hybrid-relayed-none", "hybrid-direct-hpke", "hybrid-direct-none"},
		},
		{
			"verify and processes", "modes: [hybrid]\nmatrix: {verify: [full, cached], processes: [1, 4]}",
			[]string{
				"hybrid-relayed-hpke-processes-1", "hybrid-relayed-hpke-processes-4",
				"hybrid-relayed-hpke-cached-processes-1", "hybrid-relayed-hpke-cached-processes-4",
			},
		},
		{
			"exclude", "modes: [hybrid, purecap]\nmatrix: {path: [relayed, direct], crypto: [hpke, none], exclude: [{path: direct, crypto: none}, {mode: purecap, crypto: none}]}",
			[]string{
				"hybrid-relayed-hpke", "purecap-relayed-hpke", "hybrid-relayed-none", "hybrid-direct-hpke", "purecap-direct-hpke",
			},
		},
		{
			"include", "modes: [hybrid, purecap]\nmatrix: {include: [{mode: hybrid, processes: 8}, {threshold: 99}, {processes: 1}]}",
			[]string{
				"hybrid-relayed-hpke-processes-1-threshold-150.00", "purecap-relayed-hpke-processes-1-threshold-150.00",
				"hybrid-relayed-hpke-processes-8-threshold-150.00",
				"hybrid-relayed-hpke-processes-1-threshold-99.00", "purecap-relayed-hpke-processes-1-threshold-99.00",
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := parse(t, strings.Replace(least, "modes: [hybrid]\n", "", 1)+test.add+"\n")
			if diff := cmp.Diff(test.want, cellsOf(s.Plan(nil))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSelection(t *testing.T) {
	s := parse(t, strings.Replace(least, "[hybrid]", "[hybrid, purecap]", 1)+"matrix: {path: [relayed, direct], threshold: [150, 99.00]}\n")
	for _, test := range []struct {
		only []string
		want []string // nil: an error that has all of errs
		errs string
	}{
		{[]string{"mode=hybrid,path=direct"}, []string{"hybrid-direct-hpke-threshold-150.00", "hybrid-direct-hpke-threshold-99.00"}, ""},
		{[]string{"mode=hybrid", "path=direct", "threshold=99"}, []string{"hybrid-direct-hpke-threshold-99.00"}, ""},
		{[]string{"threshold=150", "mode=hybrid,mode=purecap,path=relayed"}, []string{"hybrid-relayed-hpke-threshold-150.00", "purecap-relayed-hpke-threshold-150.00"}, ""},
		{[]string{"mode"}, nil, "--only mode: want KEY=VALUE"},
		{[]string{"mod=hybrid"}, nil, `--only mod=hybrid: "mod" is not known; did you mean "mode"?`},
		{[]string{"mode=compartment"}, nil, "no cell has compartment; there are: hybrid, purecap"},
		{[]string{"threshold=99,5"}, nil, "--only 5: want KEY=VALUE"},
		{[]string{"threshold=7"}, nil, "no cell has 7.00; there are: 150.00, 99.00"},
		{[]string{"processes=many"}, nil, `--only processes=many: want a whole number, found "many"`},
		{[]string{"interval=5"}, nil, `--only interval=5: want a time with its unit, such as 100ms, found "5"`},
		{[]string{"customer=Ana"}, nil, "no cell has Ana; there are: none"},
	} {
		only, err := s.ParseSelection(test.only)
		if test.want == nil {
			if err == nil || !strings.Contains(err.Error(), test.errs) {
				t.Errorf("%q: got %v, want %s", test.only, err, test.errs)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", test.only, err)
			continue
		}
		if diff := cmp.Diff(test.want, cellsOf(s.Plan(only))); diff != "" {
			t.Errorf("%q: %s", test.only, diff)
		}
	}
}

// lay writes files into a folder of their own.
func lay(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range files {
		file := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func TestExtends(t *testing.T) {
	folder := lay(t, map[string]string{
		"base/base.yaml": least + "parameters: {requests: 2, threshold: 99}\n",
		"middle.yaml":    "extends: base/base.yaml\nname: middle\nruns: 3\n",
		"top.yaml":       "extends: middle.yaml\nname: top\nparameters: {threshold: 100}\n",
		"shipped.yaml":   "extends: smoke\nname: longer\nruns: 30\n",
	})
	s, err := scenarios.Load(filepath.Join(folder, "top.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	cell := s.Plan(nil).Cells[0]
	if s.Name != "top" || s.Runs != 3 || s.Title != "The least" || cell.Parameters.Requests != 2 || cell.Parameters.Arguments["threshold_cents"] != int64(10000) {
		t.Errorf("%+v, %+v", s, cell)
	}
	again, err := scenarios.Restore(s.Sources)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Sources) != 3 || !cmp.Equal(s.Plan(nil), again.Plan(nil)) {
		t.Errorf("restored %+v from %d sources", again, len(s.Sources))
	}
	if longer, err := scenarios.Load(filepath.Join(folder, "shipped.yaml")); err != nil || longer.Runs != 30 || len(longer.Plan(nil).Cells) != 6 {
		t.Errorf("%+v, %v", longer, err)
	}
}

// One value takes the place of an extended list, and a list that of an extended value.
func TestExtendsValuesAndLists(t *testing.T) {
	base := strings.Replace(least, "modes: [hybrid]\n", "", 1) + "parameters: {requests: 2}\n"
	folder := lay(t, map[string]string{
		"lists.yaml":  base + "matrix: {mode: [hybrid, purecap], path: [relayed, direct], threshold: [1, 2]}\n",
		"values.yaml": "extends: lists.yaml\nname: values\nmodes: [hybrid]\npath: direct\nparameters: {threshold: 3}\n",
		"again.yaml":  "extends: values.yaml\nname: again\nmatrix: {mode: [purecap], path: [relayed], requests: [4, 5]}\n",
		"both.yaml":   "extends: lists.yaml\nname: both\nmatrix: {threshold: [4]}\nparameters: {threshold: 3}\n",
	})
	for name, want := range map[string][]string{
		"values.yaml": {"hybrid-direct-hpke"},
		"again.yaml":  {"purecap-relayed-hpke-requests-4", "purecap-relayed-hpke-requests-5"},
	} {
		s, err := scenarios.Load(filepath.Join(folder, name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(want, cellsOf(s.Plan(nil))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if got := s.Plan(nil).Cells[0].Parameters.Arguments["threshold_cents"]; got != int64(300) {
			t.Errorf("%s: threshold %v", name, got)
		}
	}
	// In one file both are a fault as ever, and it stands in that file.
	if _, err := scenarios.Load(filepath.Join(folder, "both.yaml")); err == nil || !strings.Contains(err.Error(), "both.yaml:3:") {
		t.Errorf("got %v", err)
	}
}

// Faults name the file in which they stand.
func TestExtendsFaults(t *testing.T) {
	folder := lay(t, map[string]string{
		"base.yaml":   strings.Replace(least, "runs: 1", "runs: 0", 1),
		"top.yaml":    "extends: base.yaml\nname: Top\n",
		"self.yaml":   "extends: self.yaml\nname: self\n",
		"absent.yaml": "name: absent\nextends: nowhere.yaml\n",
		"device.yaml": "extends: /dev/zero\n",
		"waits.yaml":  "extends: ./pipe\n",
		"broken.yaml": "extends: syntax.yaml\n",
		"syntax.yaml": "name: [\n",
	})
	at := func(name string) string { return filepath.Join(folder, name) }
	if err := syscall.Mkfifo(at("pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]string{
		"top.yaml":    {at("top.yaml") + `:2:7: name: "Top" is not a name`, at("base.yaml") + ":7:7: runs: 0 is not between 1 and 10000"},
		"self.yaml":   {at("self.yaml") + ":1:10: extends: " + at("self.yaml") + " extends this file itself"},
		"absent.yaml": {at("absent.yaml") + ":2:10: extends: reading a scenario: open " + at("nowhere.yaml")},
		"device.yaml": {at("device.yaml") + ":1:10: extends: reading a scenario: /dev/zero is not a regular file"},
		"waits.yaml":  {at("waits.yaml") + ":1:10: extends: reading a scenario: " + at("pipe") + " is not a regular file"},
		"broken.yaml": {at("syntax.yaml") + ":1:7: not valid YAML"},
	} {
		_, err := scenarios.Load(at(name))
		if err == nil {
			t.Errorf("%s is accepted", name)
			continue
		}
		for i, line := range strings.Split(err.Error(), "\n") {
			if i >= len(want) || !strings.HasPrefix(line, want[i]) {
				t.Errorf("%s: line %d is %s, want %q", name, i, line, want)
			}
		}
	}
}

package procstat_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"eaibench/platform/procstat"
)

// The texts are in the form of usr.bin/proccontrol/proccontrol.c; no board printed them.
func TestParseControl(t *testing.T) {
	for _, test := range []struct {
		text string
		want procstat.Control
		on   *bool
	}{
		{"enabled", procstat.Control{Setting: "enabled"}, to(true)}, // cheric18n ends without a newline
		{"disabled\n", procstat.Control{Setting: "disabled"}, to(false)},
		{"not forced", procstat.Control{Setting: "not forced"}, nil},
		{"not forced, active\n", procstat.Control{Setting: "not forced", Active: to(true)}, to(true)},
		{"force disabled, not active\n", procstat.Control{Setting: "force disabled", Active: to(false)}, to(false)},
		{"force enabled, not active\n", procstat.Control{Setting: "force enabled", Active: to(false)}, to(false)},
		{"enabled, no debugger\n", procstat.Control{Setting: "enabled"}, to(true)},
		{"enabled, traced by 812\n", procstat.Control{Setting: "enabled", Tracer: 812}, to(true)},
	} {
		got, err := procstat.ParseControl([]byte(test.text))
		if err != nil {
			t.Errorf("%q: %v", test.text, err)
		}
		if diff := cmp.Diff(test.want, got) + cmp.Diff(test.on, got.On()); diff != "" {
			t.Errorf("%q: %s", test.text, diff)
		}
	}
	for _, text := range []string{"", "on\n", "enabled, perhaps\n", "enabled, traced by x\n", "enabled, traced by 0\n", ", active\n", "proccontrol: procctl status: No such process\n"} {
		var unread *procstat.Unread
		if got, err := procstat.ParseControl([]byte(text)); !errors.As(err, &unread) {
			t.Errorf("%q: got %+v, %v", text, got, err)
		}
	}
}

// The text is in the form of usr.bin/elfctl/elfctl.c; no board printed it.
func TestParseFeatures(t *testing.T) {
	const text = "File '/compartments/retail' features:\n" +
		"noaslr          'Disable ASLR' is unset.\n" +
		"cherirevoke     'Force Enable CHERI revocation' is unset.\n" +
		"cheric18n       'Force Enable CHERI library-based compartmentalisation' is set.\n"
	got, err := procstat.ParseFeatures([]byte(text))
	if diff := cmp.Diff(map[string]bool{"noaslr": false, "cherirevoke": false, "cheric18n": true}, got); diff != "" || err != nil {
		t.Errorf("%v, %s", err, diff)
	}
	for _, text := range []string{"", "File 'x' features:\n", text + "elfctl: NT_FREEBSD_FEATURE_CTL note not found\n", "noaslr 'Disable ASLR' is set\n"} {
		var unread *procstat.Unread
		if got, err := procstat.ParseFeatures([]byte(text)); !errors.As(err, &unread) {
			t.Errorf("%q: got %v, %v", text, got, err)
		}
	}
}

func TestParseProcess(t *testing.T) {
	binary := []string{
		"  PID COMM                OSREL PATH\n    7 retail            1500019 /compartments/my retail\n",
		`{"procstat":{"binary":{"7":{"process_id":7,"command":"retail","osrel":1500019,"pathname":"/compartments/my retail"}}}}`,
	}
	for _, text := range binary {
		got, err := procstat.ParseBinary([]byte(text), 7)
		if want := (procstat.Binary{Release: 1500019, Path: "/compartments/my retail"}); err != nil || got != want {
			t.Errorf("%q: got %+v, %v", text, got, err)
		}
	}
	if got, err := procstat.ParseBinary([]byte("PID COMM OSREL PATH\n7 retail 1500019 -\n"), 7); err != nil || got.Path != "" {
		t.Errorf("without a path: %+v, %v", got, err)
	}
	credentials := []string{
		"  PID COMM              EUID  RUID SVUID  EGID  RGID SVGID UMASK FLAGS GROUPS         \n    7 retail           60701 60700 60702 60700 60700 60700   022 C     60700,5\n",
		`{"procstat":{"credentials":{"7":{"process_id":7,"command":"retail","uid":60701,"ruid":60700,"svuid":60702,"group":60700,"rgid":60700,"svgid":60700,"umask":"022","cr_flags":"C","groups": [60700,5]}}}}`,
	}
	for _, text := range credentials {
		got, err := procstat.ParseCredentials([]byte(text), 7)
		if want := (procstat.Credentials{Real: 60700, Effective: 60701, Saved: 60702, CapabilityMode: true}); err != nil || got != want {
			t.Errorf("%q: got %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"PID COMM EUID RUID SVUID FLAGS\n7 retail root 1 1 -\n", "PID COMM EUID RUID FLAGS\n7 retail 1 1 -\n", `{"procstat":{"credentials":{"7":{"uid":1,"ruid":1}}}}`} {
		if got, err := procstat.ParseCredentials([]byte(text), 7); err == nil {
			t.Errorf("%q: got %+v", text, got)
		}
	}
	environment, err := procstat.ParseEnvironment([]byte(`{"procstat":{"environment":{"7":{"process_id":7,"command":"retail","environment": ["LD_BIND_NOW=1","PWD=/a b"]}}}}`), 7)
	if diff := cmp.Diff([]string{"LD_BIND_NOW=1", "PWD=/a b"}, environment); diff != "" || err != nil {
		t.Errorf("%v, %s", err, diff)
	}
	for _, text := range []string{"PID COMM ENVIRONMENT\n7 retail A=b\n", `{"procstat":{"environment":{"7":{"process_id":7}}}}`, `{"procstat":{"environment":{"7":{"environment":[1]}}}}`, `{"procstat":{"environment":{"7":{"environment":["A"]}}}}`} {
		if got, err := procstat.ParseEnvironment([]byte(text), 7); err == nil {
			t.Errorf("%q: got %v", text, got)
		}
	}
}

package platform_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"eaibench/platform"
)

// controlled is a mode of a profile with controls.
func controlled(t *testing.T, profile, name string, controls platform.Controls) *platform.Mode {
	t.Helper()
	p, err := platform.Load(profile)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.SetControls(controls, p.Chain()); err != nil {
		t.Fatal(err)
	}
	m, err := p.Mode(name)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestControlsRefused: what is malformed, and what a platform has no part for, is refused and named.
func TestControlsRefused(t *testing.T) {
	for _, test := range []struct {
		name, profile, control, says string
		controls                     platform.Controls
	}{
		{"revocation on Linux", "linux", "revocation", "platform linux has nothing that sets it in mode hybrid", platform.Controls{Revocation: platform.RevokeOn}},
		{"no revocation", "cheribsd-morello", "revocation", "it can be on or off", platform.Controls{Revocation: "perhaps"}},
		{"a command for CPUs", "linux", "cpus", "no list of CPUs", platform.Controls{CPUs: "2;reboot"}},
		{"an option for CPUs", "linux", "cpus", "no list of CPUs", platform.Controls{CPUs: "--pid"}},
		{"CPUs backwards", "linux", "cpus", "ends before it begins", platform.Controls{CPUs: "3-1"}},
		{"a relative OpenSSL", "cheribsd-morello", "openssl", "clean absolute path", platform.Controls{OpenSSL: "openssl"}},
		{"an OpenSSL that climbs", "linux", "openssl", "clean absolute path", platform.Controls{OpenSSL: "/opt/../etc"}},
		{"an OpenSSL that ends an argument", "linux", "openssl", "clean absolute path", platform.Controls{OpenSSL: "/opt,-rpath,/tmp"}},
		{"an OpenSSL in the sandbox's folder", "cheribsd-morello", "openssl", "something else", platform.Controls{OpenSSL: "/build/openssl"}},
		{"the root as OpenSSL", "linux", "openssl", "clean absolute path", platform.Controls{OpenSSL: "/"}},
	} {
		p, err := platform.Load(test.profile)
		if err != nil {
			t.Fatal(err)
		}
		var fault *platform.ControlFault
		if err := p.SetControls(test.controls, p.Chain()); !errors.As(err, &fault) || fault.Control != test.control || !strings.Contains(fault.Reason, test.says) {
			t.Errorf("%s: %v", test.name, err)
		}
		if m, err := p.Mode("hybrid"); err != nil || m.Controls() != (platform.Controls{}) {
			t.Errorf("%s: the profile has controls that were refused, %+v, %v", test.name, m.Controls(), err)
		}
	}
}

// TestControlsOfModes: a mode that is not asked about need not have a control.
func TestControlsOfModes(t *testing.T) {
	text := `version: 1
platform: partly
stand_in: false
description: Only one mode can be bound to processors.
system: linux
limits: {memory_bytes: 1, processes: 1, file_bytes: 1, output_bytes: 1, open_files: 1, compile_seconds: 1, compile_bytes: 1, compile_file_bytes: 1, compile_processes: 1}
compile: {user: 60600, sandbox: [program], compiler: [/usr/bin/cc], flags: [], link: [], environment: []}
parts:
  program: {arguments: [program]}
  cpus: {when: cpus, arguments: [taskset, "{cpus}"]}
syscalls: {allow: []}
modes:
  - {name: free, baseline: "", stands_for: nothing, abis: [amd64], users: {first: 60700, count: 1}, compile_flags: [], launch: [program], environment: [], proof: {compartment: ""}}
  - {name: bound, baseline: free, stands_for: nothing, abis: [amd64], users: {first: 60701, count: 1}, compile_flags: [], launch: [cpus, program], environment: [], proof: {compartment: ""}}
`
	p, err := platform.Parse("partly.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.SetControls(platform.Controls{CPUs: "1"}, []string{"bound"}); err != nil {
		t.Error(err)
	}
	for name, can := range map[string]bool{"bound": true, "free": false} {
		m, err := p.Mode(name)
		if err != nil {
			t.Fatal(err)
		}
		if command, err := m.LaunchCommand(platform.Launch{Executable: "/program"}); (err == nil) != can {
			t.Errorf("mode %s is launched with %q, %v", name, command, err)
		}
	}
	yes := true
	faults := p.CheckControls(platform.Controls{CPUs: "1", BindNow: &yes, OpenSSL: "/opt/openssl"}, p.Chain())
	var named []string
	for _, fault := range faults {
		named = append(named, fault.Control)
	}
	if !slices.Equal(named, []string{"bind_now", "cpus", "openssl"}) {
		t.Errorf("faults %q", faults)
	}
}

func TestParseCPUs(t *testing.T) {
	for list, want := range map[string][]int{
		"0": {0}, "0-1": {0, 1}, "3,0-1,1": {0, 1, 3}, "9999": {9999},
		"": nil, "-": nil, "1-": nil, "a": nil, "1,": nil, "2-1": nil, "99999": nil, "0 1": nil, "0x1": nil,
	} {
		got, err := platform.ParseCPUs(list)
		if !slices.Equal(got, want) || (err == nil) != (want != nil) {
			t.Errorf("%q: %v, %v", list, got, err)
		}
	}
}

package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Without CheriBSD or its QEMU, make morello-smoke ends with 2, whatever else is there, and says what to obtain and how: it is
// never green for want of what it would test.
func TestMorelloSmokeRefuses(t *testing.T) {
	folder := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
		return path
	}
	image := file("cheri bsd.img", "")
	morello := file("qemu-system-morello", "#!/bin/sh\necho 'Available CPUs:'\necho '  cortex-a57'\necho '  morello'\n")
	other := file("qemu-system-aarch64", "#!/bin/sh\necho 'Available CPUs:'\necho '  cortex-a57'\n")
	broken := file("broken", "#!/bin/sh\necho '  morello' >&2\nexit 1\n")
	absent := filepath.Join(folder, "absent")
	for _, test := range []struct {
		name string
		set  []string
		want []string
	}{
		{"nothing", nil, []string{"IMAGE is not set", "QEMU is not set"}},
		{"no image", []string{"IMAGE=" + absent, "QEMU=" + morello}, []string{"IMAGE=" + absent + ": there is no such file"}},
		{"a folder as image", []string{"IMAGE=" + folder, "QEMU=" + morello}, []string{"IMAGE=" + folder + ": there is no such file"}},
		{"no QEMU", []string{"IMAGE=" + image, "QEMU=" + absent}, []string{"QEMU=" + absent + ": there is no such program"}},
		{"QEMU of another name", []string{"IMAGE=" + image, "QEMU=no-such-qemu"}, []string{"QEMU=no-such-qemu: there is no such program"}},
		{"another QEMU", []string{"IMAGE=" + image, "QEMU=" + other}, []string{"it knows no processor morello"}},
		{"a QEMU that does not run", []string{"IMAGE=" + image, "QEMU=" + broken}, []string{"it knows no processor morello"}},
		{"no firmware", []string{"IMAGE=" + image, "QEMU=" + morello, "FIRMWARE=" + absent}, []string{"FIRMWARE=" + absent + ": there is no such file"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			command := exec.Command("make", append([]string{"--no-print-directory", "morello-smoke"}, test.set...)...)
			for _, variable := range os.Environ() { // of a make around the tests, or a person's
				name, _, _ := strings.Cut(variable, "=")
				if !strings.HasPrefix(name, "MAKE") && name != "MFLAGS" && name != "IMAGE" && name != "QEMU" && name != "FIRMWARE" {
					command.Env = append(command.Env, variable)
				}
			}
			out, err := command.CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 2 {
				t.Errorf("ended with %v, want 2", err)
			}
			lines := 0
			for _, want := range append(test.want, "Nothing was run.", "./cheribuild.py qemu ", "disk-image-morello-purecap", "make morello-smoke IMAGE=") {
				if !strings.Contains(string(out), want) {
					t.Errorf("%q is not in:\n%s", want, out)
				}
			}
			for line := range strings.Lines(string(out)) {
				if strings.HasPrefix(line, "morello-smoke: ") {
					lines++
				}
			}
			if lines != len(test.want) {
				t.Errorf("%d things are missing, want %d:\n%s", lines, len(test.want), out)
			}
			if strings.Contains(string(out), "go build") {
				t.Errorf("something was built:\n%s", out)
			}
		})
	}
}

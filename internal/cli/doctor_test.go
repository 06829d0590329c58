package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func finds(found string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return found, nil }
}

func lacks(why string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return "", errors.New(why) }
}

func TestDiagnosis(t *testing.T) {
	gcc := finding{Name: "gcc", Required: true, Packages: []string{"gcc", "libc6-dev"}, Means: "no mode can be compiled"}
	sanitizer := finding{Name: "sanitizer", Required: true, Packages: []string{"gcc"}}
	openssl := finding{Name: "openssl", Packages: []string{"openssl"}, Means: "only for looking"}
	for _, test := range []struct {
		name    string
		checks  []check
		ok      bool
		install string
		lines   []string
	}{
		{"all there", []check{{gcc, finds("gcc 12")}, {openssl, finds("3.0")}}, true, "", []string{"ok       gcc                    gcc 12"}},
		{
			"required missing, each package once",
			[]check{{gcc, lacks("gcc is not installed")}, {sanitizer, lacks("cannot link")}, {openssl, finds("3.0")}},
			false, "apt-get update && apt-get install -y gcc libc6-dev",
			[]string{"MISSING  gcc                    gcc is not installed", "no mode can be compiled", "MISSING  sanitizer", "as root:\n  apt-get"},
		},
		{
			"optional missing",
			[]check{{gcc, finds("gcc 12")}, {openssl, lacks("openssl is not installed")}},
			true, "apt-get update && apt-get install -y openssl",
			[]string{"absent   openssl", "only for looking"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			result, err := diagnose(t.Context(), test.checks)
			if err != nil || result.OK != test.ok || result.Install != test.install {
				t.Errorf("got %+v, %v", result, err)
			}
			var text, data bytes.Buffer
			if err := errors.Join(printDiagnosis(&text, result, false), printDiagnosis(&data, result, true)); err != nil {
				t.Fatal(err)
			}
			for _, line := range test.lines {
				if !strings.Contains(text.String(), line) {
					t.Errorf("%q is not in:\n%s", line, &text)
				}
			}
			var read diagnosis
			if err := json.Unmarshal(data.Bytes(), &read); err != nil || len(read.Findings) != len(test.checks) || read.OK != test.ok {
				t.Errorf("JSON %s, %v", &data, err)
			}
		})
	}
}

// The test suite's own set-up provides everything that is required, so doctor must find it here.
func TestDoctorFindsThisHostFit(t *testing.T) {
	result, err := diagnose(t.Context(), hostChecks())
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range result.Findings {
		if one.Required && !one.OK {
			t.Errorf("%s: %s", one.Name, one.Found)
		}
	}
}

func TestDoctorOnABareHost(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	result, err := diagnose(t.Context(), hostChecks())
	if err != nil || result.OK {
		t.Fatalf("a host without anything is fit: %+v, %v", result, err)
	}
	want := "apt-get update && apt-get install -y bubblewrap gcc libc6-dev libcjson-dev libssl-dev openssl"
	if result.Install != want {
		t.Errorf("install %q", result.Install)
	}
}

func TestDoctorEndsWithItsContext(t *testing.T) {
	reason := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(reason)
	if _, err := diagnose(ctx, hostChecks()); !errors.Is(err, reason) {
		t.Errorf("got %v", err)
	}
}

func TestMemoryControlGroup(t *testing.T) {
	write := func(t *testing.T, name, content string) {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("version 2", func(t *testing.T) {
		root := t.TempDir()
		write(t, filepath.Join(root, "cgroup.controllers"), "cpu memory pids\n")
		if found, err := memoryControlGroup(root); err != nil || !strings.HasPrefix(found, "version 2") {
			t.Errorf("got %q, %v", found, err)
		}
		if left, _ := os.ReadDir(root); len(left) != 1 {
			t.Errorf("left behind: %v", left)
		}
	})
	t.Run("version 2 without memory", func(t *testing.T) {
		root := t.TempDir()
		write(t, filepath.Join(root, "cgroup.controllers"), "cpu pids\n")
		if found, err := memoryControlGroup(root); err == nil {
			t.Errorf("got %q", found)
		}
	})
	t.Run("version 1", func(t *testing.T) {
		root := t.TempDir()
		if err := os.Mkdir(filepath.Join(root, "memory"), 0o700); err != nil {
			t.Fatal(err)
		}
		if found, err := memoryControlGroup(root); err != nil || !strings.HasPrefix(found, "version 1") {
			t.Errorf("got %q, %v", found, err)
		}
	})
	t.Run("none", func(t *testing.T) {
		if found, err := memoryControlGroup(t.TempDir()); err == nil {
			t.Errorf("got %q", found)
		}
	})
}

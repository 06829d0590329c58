//go:build linux

package platform_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"eaibench/hosts"
	"eaibench/platform"
)

func TestCompileSandbox(t *testing.T) {
	m := mode(t, "hybrid")
	home := openFolder(t)
	if err := os.WriteFile(home+"/secret.h", []byte("int main;\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/etc/passwd", "/etc/hostname", "/proc/self/environ", "/dev/null", home + "/secret.h"} {
		for _, source := range []string{
			"#include \"" + path + "\"\nint main(void) { return 0; }\n",
			"__asm__(\".incbin \\\"" + path + "\\\"\");\nint main(void) { return 0; }\n",
		} {
			_, exit, log := compile(t, m, source)
			if exit.Cause != hosts.Exited || exit.Code == 0 || !strings.Contains(log, "No such file") && !strings.Contains(log, "file not found") {
				t.Errorf("%s could be read: %v\n%s", path, exit, log)
			}
		}
	}
}

func TestCompileLimits(t *testing.T) {
	text, err := os.ReadFile("profiles/linux.yaml")
	if err != nil {
		t.Fatal(err)
	}
	// 10^9 elements: many minutes, and many gigabytes.
	endless := "int x[] = { A };\n"
	for c := 'A'; c < 'J'; c++ {
		next := " " + string(c+1)
		endless = "#define " + string(c) + strings.Repeat(next, 10) + "\n" + endless
	}
	endless = "#define J 1,\n" + endless
	for _, test := range []struct{ name, limit, lower, source string }{
		{"file size", "compile_file_bytes: 67108864", "compile_file_bytes: 1000000", "char huge[2000000] = {1};\nint main(void) { return huge[1]; }\n"},
		{"time", "compile_seconds: 60", "compile_seconds: 1", endless},
		{"memory", "compile_bytes: 2147483648", "compile_bytes: 134217728", endless},
	} {
		t.Run(test.name, func(t *testing.T) {
			lowered := strings.Replace(string(text), test.limit, test.lower, 1)
			if lowered == string(text) {
				t.Fatalf("the profile has no %s", test.limit)
			}
			profile, err := platform.Parse("lowered.yaml", []byte(lowered))
			if err != nil {
				t.Fatal(err)
			}
			m, err := profile.Mode("hybrid")
			if err != nil {
				t.Fatal(err)
			}
			if _, exit, log := compile(t, m, test.source); exit.OK() || exit.Duration > 2*time.Minute {
				t.Errorf("%v\n%s", exit, log)
			} else {
				t.Logf("%v after %v: %.200s", exit, exit.Duration, log)
			}
		})
	}
}

// TestCompileReproducibly compiles in different places, at different times.
func TestCompileReproducibly(t *testing.T) {
	source := "#include <assert.h>\n#include <stdio.h>\nint main(int argc, char **argv) { (void)argv; assert(argc > 0); puts(__FILE__); return 0; }\n"
	for _, name := range modes {
		var first []byte
		for range 2 {
			m := mode(t, name)
			executable, exit, log := compile(t, m, source)
			if !exit.OK() {
				t.Fatalf("%v\n%s", exit, log)
			}
			if err := m.CheckExecutable(executable); err != nil {
				t.Error(err)
			}
			content, err := os.ReadFile(executable)
			if err != nil {
				t.Fatal(err)
			}
			if first != nil && !bytes.Equal(first, content) {
				t.Errorf("mode %s: two builds differ", name)
			}
			if bytes.Contains(content, []byte(filepath.Dir(executable))) {
				t.Errorf("mode %s: the executable holds a path of the host", name)
			}
			first = content
		}
	}
}

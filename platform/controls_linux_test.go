package platform_test

import (
	"debug/elf"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"eaibench/platform"

	"golang.org/x/sys/unix"
)

// lastUsable is the last processor that this test may run on.
func lastUsable(t *testing.T) string {
	t.Helper()
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		t.Fatal(err)
	}
	last := -1
	for cpu := range len(set) * 64 {
		if set.IsSet(cpu) {
			last = cpu
		}
	}
	return fmt.Sprint(last)
}

// openSSLBeside copies the system's OpenSSL into a prefix of its own.
func openSSLBeside(t *testing.T) string {
	t.Helper()
	prefix := openFolder(t)
	for _, folder := range []string{"include", "lib"} {
		if err := os.Mkdir(filepath.Join(prefix, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	found, err := filepath.Glob("/usr/lib/*/libcrypto.so.3")
	if err != nil || len(found) == 0 {
		t.Fatalf("no libcrypto.so.3 here: %v", err)
	}
	content, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	library := filepath.Join(prefix, "lib", "libcrypto.so.3")
	if err := os.WriteFile(library, content, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("libcrypto.so.3", filepath.Join(prefix, "lib", "libcrypto.so")); err != nil {
		t.Fatal(err)
	}
	return prefix
}

// bindsNow tells what the dynamic section of an executable asks the linker for.
func bindsNow(t *testing.T, executable string) bool {
	t.Helper()
	file, err := elf.Open(executable)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	flags, err := file.DynValue(elf.DT_FLAGS)
	if err != nil {
		t.Fatal(err)
	}
	return len(flags) > 0 && elf.DynFlag(flags[0])&elf.DF_BIND_NOW != 0
}

// TestControlsTakeEffect: in every mode the process is bound to the processor, maps the libcrypto of the prefix and no other,
// and binds its symbols when it is to.
func TestControlsTakeEffect(t *testing.T) {
	prefix, cpu := openSSLBeside(t), lastUsable(t)
	source, err := os.ReadFile("testdata/process.c")
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range load(t).Chain() {
		t.Run(name, func(t *testing.T) {
			now := i == 0 // the first mode binds at once, the others do not
			m := controlled(t, "linux", name, platform.Controls{CPUs: cpu, OpenSSL: prefix, BindNow: &now})
			executable, exit, log := compile(t, m, string(source))
			if !exit.OK() {
				t.Fatalf("%v\n%s", exit, log)
			}
			if got := bindsNow(t, executable); got != now {
				t.Errorf("it binds at once %v, want %v", got, now)
			}
			r := launching{}.startExecutable(t, m, executable)
			facts := observe(t, r)
			if !slices.ContainsFunc(facts.Libraries, func(f platform.File) bool { return f.Path == filepath.Join(prefix, "lib/libcrypto.so.3") }) {
				t.Errorf("libcrypto of the prefix is not mapped")
			}
			for _, library := range facts.Libraries {
				if strings.Contains(library.Path, "libcrypto") && !strings.HasPrefix(library.Path, prefix+"/") {
					t.Errorf("it maps %s", library.Path)
				}
			}
			status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", r.pid))
			if err != nil {
				t.Fatal(err)
			}
			if match := regexp.MustCompile(`(?m)^Cpus_allowed_list:\s+(\S+)$`).FindSubmatch(status); match == nil || string(match[1]) != cpu {
				t.Errorf("it may run on %q, want %s", match, cpu)
			}
			if _, err := m.CheckLive(facts, self(t)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestCheckCPUs(t *testing.T) {
	if err := platform.CheckCPUs(lastUsable(t)); err != nil {
		t.Error(err)
	}
	for list, says := range map[string]string{"9999": "CPU 9999", "1-0": "ends before", "": "no list"} {
		if err := platform.CheckCPUs(list); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", list, err)
		}
	}
}

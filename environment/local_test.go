package environment_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"eaibench/environment"
)

// This host tells what any does.
func TestObserveLocal(t *testing.T) {
	e, err := environment.Observe(t.Context(), environment.Local{})
	if err != nil {
		t.Fatal(err)
	}
	if e.CPUs < 1 || e.Usable < 1 || e.Memory < 1<<20 || e.Kernel == "" || e.System == "" || e.Architecture != runtime.GOARCH {
		t.Errorf("%+v", e)
	}
	if runtime.GOOS != "linux" {
		return
	}
	if e.Usable != runtime.NumCPU() || e.ASLR == nil || e.SwapUsed == nil || e.Load15 == nil || len(e.Compilers) == 0 {
		t.Errorf("%+v", e)
	}
	if strings.Count(e.Raw["/proc/cpuinfo"], "processor") != 1 || e.Raw["/proc/version"] == "" {
		t.Errorf("raw: %q", e.Raw)
	}
	if again, err := environment.Observe(t.Context(), environment.Local{}); err != nil || e.Differences(again) != nil {
		t.Errorf("a moment later: %q, %v", e.Differences(again), err)
	}
}

// A host's file system may be mounted elsewhere.
func TestObserveLocalElsewhere(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		"proc/cpuinfo": "processor : 0\nmodel name : Elsewhere\n", "proc/meminfo": "MemTotal: 4 kB\n",
		"sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "powersave\n",
	} {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	e, err := environment.Observe(t.Context(), environment.Local{Root: root})
	if err != nil || e.CPU != "Elsewhere" || e.Memory != 4096 || e.Frequency == nil || e.Frequency.Governors["powersave"] != 1 {
		t.Errorf("%+v, %v", e, err)
	}
}

// A command's failure says what it complained of, and one that is not there is an error.
func TestLocalRun(t *testing.T) {
	local := environment.Local{}
	if out, err := local.Run(t.Context(), "printf", "%s", "a b"); err != nil || out != "a b" {
		t.Errorf("got %q, %v", out, err)
	}
	if _, err := local.Run(t.Context(), "sh", "-c", "echo it broke >&2; exit 3"); err == nil || !strings.Contains(err.Error(), "exit status 3: it broke") {
		t.Errorf("got %v", err)
	}
	if _, err := local.Run(t.Context(), "eaibench-no-such-command"); err == nil {
		t.Error("no error")
	}
}

// The sysctls that were recorded on a board are read.
func TestPublishedSysctl(t *testing.T) {
	folder := os.Getenv("EAIBENCH_PUBLISHED_DATA")
	files := []string{"testdata/sysctl.txt"}
	if folder != "" {
		files = append(files, filepath.Join(folder, "morello-host", "sysctl.txt"))
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		values := environment.ParseSysctl(string(text))
		if values["hw.model"] != "Research Morello SoC r0p0" || values["hw.ncpu"] != "4" {
			t.Errorf("%s: %q", file, values)
		}
	}
}

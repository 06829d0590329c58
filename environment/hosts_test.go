package environment_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"eaibench/environment"
)

var update = flag.Bool("update", false, "write golden files anew")

// recorded is a host whose files and answers were written down: a file's name is its path, or
// "$ " and a command line.
type recorded map[string]string

func recording(t *testing.T, file string) recorded {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	host := recorded{}
	for _, one := range archive.Files {
		host[one.Name] = string(one.Data)
	}
	return host
}

func (r recorded) get(name string) (string, error) {
	if text, ok := r[name]; ok {
		return text, nil
	}
	return "", fmt.Errorf("%s: %w", name, fs.ErrNotExist)
}

func (r recorded) ReadFile(_ context.Context, path string) (string, error) { return r.get(path) }

func (r recorded) Run(_ context.Context, command string, arguments ...string) (string, error) {
	return r.get(strings.Join(append([]string{"$", command}, arguments...), " "))
}

func (r recorded) ReadDir(_ context.Context, path string) ([]string, error) {
	var names []string
	for name := range r {
		if rest, ok := strings.CutPrefix(name, strings.TrimSuffix(path, "/")+"/"); ok {
			first, _, _ := strings.Cut(rest, "/")
			names = append(names, first)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// Each recorded host is understood as its golden file says, and so is what disturbs on it.
func TestHosts(t *testing.T) {
	files, err := filepath.Glob("testdata/hosts/*.txtar")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d hosts, %v", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		t.Run(name, func(t *testing.T) {
			e, err := environment.Observe(t.Context(), recording(t, file))
			if err != nil {
				t.Fatal(err)
			}
			golden(t, strings.TrimSuffix(file, ".txtar")+".json", e)
			golden(t, strings.TrimSuffix(file, ".txtar")+".disturbances.json", environment.Disturbances(e))
		})
	}
}

func golden(t *testing.T, file string, value any) {
	t.Helper()
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), text.String()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// Nothing that names a host, its network, its disks or its parts is kept.
func TestHostsStayUnnamed(t *testing.T) {
	files, err := filepath.Glob("testdata/hosts/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"SECRET", "secret", "0a3407de", "10.1.2", "example.org", "debian-kernel@", "deadbeef"} {
			if strings.Contains(string(text), secret) {
				t.Errorf("%s has %q", file, secret)
			}
		}
	}
}

// What a host does not tell is absent; without the least that must be known there is an error.
func TestObserveLittle(t *testing.T) {
	least := recorded{"$ uname -s": "Linux\n", "/proc/cpuinfo": "processor : 0\n", "/proc/meminfo": "MemTotal: 1 kB\n"}
	e, err := environment.Observe(t.Context(), least)
	if err != nil {
		t.Fatal(err)
	}
	want := environment.Environment{System: "linux", CPUs: 1, Usable: 1, Memory: 1024, Raw: map[string]string{
		"/proc/cpuinfo": "processor : 0", "/proc/meminfo": "MemTotal: 1 kB",
	}}
	if diff := cmp.Diff(want, e); diff != "" {
		t.Error(diff)
	}
	if found := environment.Disturbances(e); found != nil {
		t.Errorf("nothing is known, but %+v", found)
	}
	for missing, want := range map[string]string{
		"$ uname -s": "asking for the operating system", "/proc/cpuinfo": "counting processors", "/proc/meminfo": "asking for the memory",
	} {
		host := recorded{}
		for name, text := range least {
			if name != missing {
				host[name] = text
			}
		}
		if _, err := environment.Observe(t.Context(), host); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("without %s: %v", missing, err)
		}
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	reason := errors.New("enough")
	cancel(reason)
	if _, err := environment.Observe(ctx, least); !errors.Is(err, reason) {
		t.Errorf("got %v", err)
	}
}

func TestQuota(t *testing.T) {
	for _, test := range []struct {
		name  string
		files recorded
		want  float64 // 0: none
	}{
		{"none", recorded{}, 0},
		{"version 2, no limit", recorded{"/proc/self/cgroup": "0::/a\n", "/sys/fs/cgroup/a/cpu.max": "max 100000\n"}, 0},
		{"version 2, the least above", recorded{
			"/proc/self/cgroup": "0::/a/b\n", "/sys/fs/cgroup/a/b/cpu.max": "400000 100000\n", "/sys/fs/cgroup/a/cpu.max": "50000 100000\n",
		}, 0.5},
		{"version 1", recorded{
			"/proc/self/cgroup":                        "4:memory:/m\n3:cpuacct,cpu:/a\n",
			"/sys/fs/cgroup/cpu/a/cpu.cfs_quota_us":    "200000\n",
			"/sys/fs/cgroup/cpu/a/cpu.cfs_period_us":   "100000\n",
			"/sys/fs/cgroup/cpu/cpu.cfs_quota_us":      "-1\n",
			"/sys/fs/cgroup/cpu/cpu.cfs_period_us":     "100000\n",
			"/sys/fs/cgroup/memory/m/cpu.cfs_quota_us": "1\n",
		}, 2},
		{"torn", recorded{"/proc/self/cgroup": "0:/a\nnonsense\n\n"}, 0},
	} {
		test.files["$ uname -s"], test.files["/proc/cpuinfo"], test.files["/proc/meminfo"] = "Linux", "processor: 0", "MemTotal: 9 kB"
		e, err := environment.Observe(t.Context(), test.files)
		if err != nil {
			t.Fatal(err)
		}
		got := 0.0
		if e.Quota != nil {
			got = *e.Quota
		}
		if got != test.want {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
}

func TestVirtualizationAndContainer(t *testing.T) {
	for _, test := range []struct {
		name               string
		files              recorded
		machine, container string
	}{
		{"systemd knows", recorded{"$ systemd-detect-virt --vm": "kvm\n", "$ systemd-detect-virt --container": "lxc\n"}, "kvm", "lxc"},
		{"Xen", recorded{"/sys/hypervisor/type": "xen\n"}, "xen", ""},
		{"the processor alone", recorded{"/proc/cpuinfo": "processor : 0\nflags\t\t: fpu hypervisor lahf_lm\n"}, "hypervisor", ""},
		{"flags that only look like it", recorded{"/proc/cpuinfo": "processor : 0\nvmx flags\t: hypervisor\nflags : hypervisors\n"}, "", ""},
		{"a device tree", recorded{"/proc/device-tree/compatible": "linux,dummy-virt\x00"}, "kvm or qemu", ""},
		{"an emulator", recorded{"/proc/cpuinfo": "processor : 0\nmodel name : QEMU TCG CPU version 2.5+\n", "/sys/class/dmi/id/sys_vendor": "QEMU\n"}, "qemu", ""},
		{"nspawn", recorded{"/run/systemd/container": "systemd-nspawn\n"}, "", "systemd-nspawn"},
		{"the first process's environment", recorded{"/proc/1/environ": "PATH=/bin\x00container=lxc\x00"}, "", "lxc"},
		{"podman", recorded{"/run/.containerenv": ""}, "", "podman"},
		{"the control group", recorded{"/proc/1/cgroup": "12:cpu:/kubepods/besteffort/pod1\n"}, "", "kubernetes"},
	} {
		test.files["$ uname -s"], test.files["/proc/meminfo"] = "Linux", "MemTotal: 9 kB"
		if test.files["/proc/cpuinfo"] == "" {
			test.files["/proc/cpuinfo"] = "processor: 0"
		}
		e, err := environment.Observe(t.Context(), test.files)
		if err != nil || e.Virtualization != test.machine || e.Container != test.container {
			t.Errorf("%s: got %q and %q, %v", test.name, e.Virtualization, e.Container, err)
		}
	}
}

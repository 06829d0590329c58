package platform_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"eaibench/hosts"
	"eaibench/platform"
)

// overCommands reads this host as another one.
func overCommands(t testing.TB) platform.Processes {
	t.Helper()
	local := hosts.Local()
	there, err := platform.ProcessesOf(t.Context(), func(ctx context.Context, argv []string) ([]byte, error) {
		return hosts.Output(ctx, local, argv)
	}, local.Hash)
	if err != nil {
		t.Fatal(err)
	}
	return there
}

// TestSameOverCommands: over a host's commands a process of each mode is what it is here.
func TestSameOverCommands(t *testing.T) {
	there := overCommands(t)
	for _, name := range modes {
		t.Run(name, func(t *testing.T) {
			m := mode(t, name)
			r := launching{}.start(t, m)
			var facts *platform.ProcessFacts
			here := meanwhile(t, func() *platform.ProcessFacts { return observe(t, r) }, func() {
				var err error
				if facts, err = there.Observe(t.Context(), r.pid); err != nil {
					t.Fatal(err)
				}
			})
			if diff := cmp.Diff(here, facts, cmp.AllowUnexported(platform.ELF{})); diff != "" {
				t.Errorf("here (-), there (+):\n%s", diff)
			}
			observer, err := there.Observer(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(self(t), observer); diff != "" {
				t.Errorf("observer, here (-), there (+):\n%s", diff)
			}
			if _, err := m.CheckLive(facts, observer); err != nil {
				t.Error(err)
			}
			sameReadings(t, there, r.pid)
		})
	}
}

// meanwhile gives what is read here before and after do, which is the same: what a process said last it may not yet wait behind, and a
// user may have others. Where it is not, do is done again.
func meanwhile[T any](t *testing.T, read func() T, do func()) T {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); ; {
		before := read()
		do()
		after := read()
		diff := cmp.Diff(before, after, cmp.AllowUnexported(platform.ELF{}))
		if diff == "" {
			return before
		}
		if time.Now().After(deadline) {
			t.Fatalf("it does not come to rest: before (-), after (+):\n%s", diff)
		}
	}
}

// sameReadings compares what the process has and used: it waits.
func sameReadings(t *testing.T, there platform.Processes, pid int) {
	t.Helper()
	for what, read := range map[string]func(platform.Processes) (any, error){
		"memory":   func(p platform.Processes) (any, error) { return p.Memory(t.Context(), pid) },
		"mappings": func(p platform.Processes) (any, error) { return p.Mappings(t.Context(), pid) },
		"started":  func(p platform.Processes) (any, error) { return p.Started(t.Context(), pid) },
		"usage": func(p platform.Processes) (any, error) {
			used, err := p.Usage(t.Context(), pid)
			if used.CPU <= 0 {
				t.Errorf("it used %v", used.CPU)
			}
			return used, err
		},
	} {
		var got any
		here := meanwhile(t, func() any {
			here, err := read(platform.Here{})
			if err != nil {
				t.Fatal(err)
			}
			if what == "memory" || what == "mappings" { // what is shared depends on who else has it mapped at the moment
				here = fmt.Sprintf("%T", here)
			}
			return here
		}, func() {
			var err error
			if got, err = read(there); err != nil {
				t.Fatal(err)
			}
		})
		if what == "memory" || what == "mappings" {
			got = fmt.Sprintf("%T", got)
		}
		if here, used := here.(platform.Usage); used { // of living threads, or of all
			there := got.(platform.Usage)
			if apart := (here.CPU - there.CPU).Abs(); apart > 50*time.Millisecond {
				t.Errorf("it used %v here, %v there", here.CPU, there.CPU)
			}
			there.CPU = here.CPU
			got = there
		}
		if diff := cmp.Diff(here, got); diff != "" {
			t.Errorf("%s, here (-), there (+):\n%s", what, diff)
		}
	}
}

// TestMemoryOverCommands reads a process of known size.
func TestMemoryOverCommands(t *testing.T) {
	there := overCommands(t)
	r := startTouching(t, mode(t, "hybrid"), touchProgram(t), fmt.Sprint(touching), "0", "0")
	memory, err := there.Memory(t.Context(), r.pid)
	if err != nil {
		t.Fatal(err)
	}
	mappings, err := there.Mappings(t.Context(), r.pid)
	if err != nil {
		t.Fatal(err)
	}
	for what, size := range map[string]int64{"peak": memory.PeakResident, "resident": memory.Resident, "proportional": memory.Proportional, "half in the heap": 2 * mappings.Heap} {
		if off := difference(size, touching); off > tolerated || off < -tolerated {
			t.Errorf("%s is %d bytes, %.1f %% off %d MiB", what, size, 100*off, touching)
		}
	}
}

func TestObjectOverCommands(t *testing.T) {
	there := overCommands(t)
	r := launching{}.start(t, mode(t, "hybrid"))
	for symbol, size := range map[string]int{"attested_csr_sha256": 32, "no_such_symbol": 32} {
		want, failed := platform.ReadProcessMemory(r.pid, symbol, size)
		got, err := there.ProcessMemory(t.Context(), r.pid, symbol, size)
		if diff := cmp.Diff(want, got); diff != "" || (failed == nil) != (err == nil) || errors.Is(failed, platform.ErrNoSymbol) != errors.Is(err, platform.ErrNoSymbol) {
			t.Errorf("%s: %v here, %v there; here (-), there (+):\n%s", symbol, failed, err, diff)
		}
	}
}

// TestHostOverCommands: the host is the same, and so is who runs there.
func TestHostOverCommands(t *testing.T) {
	there := overCommands(t)
	want, err := platform.ReadHost()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := there.Host(t.Context()); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	r := launching{}.start(t, mode(t, "hybrid"))
	facts := observe(t, r)
	if facts.UID == 0 {
		t.Fatal("the process has no user of its own")
	}
	var got int64
	here := meanwhile(t, func() int64 {
		here, err := platform.CountTasks(facts.UID)
		if err != nil || here < 1 {
			t.Fatal(here, err)
		}
		return here
	}, func() {
		if got, err = there.CountTasks(t.Context(), facts.UID); err != nil {
			t.Fatal(err)
		}
	})
	if got != here {
		t.Errorf("user %d has %d tasks there, %d here", facts.UID, got, here)
	}
	executable := facts.Executable.Path
	if found, err := there.Find(t.Context(), r.process.PID(), executable); err != nil || found != r.pid {
		t.Errorf("found process %d, %v, want %d", found, err, r.pid)
	}
}

// TestNotReadOverCommands: a process that is gone, or must not be read, is told as it is here.
func TestNotReadOverCommands(t *testing.T) {
	there := overCommands(t)
	for name, read := range map[string]func(pid int) error{
		"observe": func(pid int) error { _, err := there.Observe(t.Context(), pid); return err },
		"memory":  func(pid int) error { _, err := there.Memory(t.Context(), pid); return err },
		"mapping": func(pid int) error { _, err := there.Mappings(t.Context(), pid); return err },
		"usage":   func(pid int) error { _, err := there.Usage(t.Context(), pid); return err },
		"object":  func(pid int) error { _, err := there.ProcessMemory(t.Context(), pid, "x", 1); return err },
		"started": func(pid int) error { _, err := there.Started(t.Context(), pid); return err },
	} {
		if err := read(1 << 30); !errors.Is(err, platform.ErrGone) {
			t.Errorf("%s of nobody: %v", name, err)
		}
	}
	ended := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(ended, nil, 0o755); err != nil {
		t.Fatal(err)
	}
	if found, err := there.Find(t.Context(), 1<<30, ended); !errors.Is(err, platform.ErrGone) {
		t.Errorf("found %d below nobody, %v", found, err)
	}
	denied := platform.Linux{Run: func(context.Context, []string) ([]byte, error) {
		return []byte("file\nod: /proc/1/stat: Permission denied\ntorn\n"), nil
	}}
	if _, err := denied.Observe(t.Context(), 1); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a process that must not be read: %v", err)
	}
}

// TestHostThatLies: an answer that is none is an error, and nothing is made of it.
func TestHostThatLies(t *testing.T) {
	local := hosts.Local()
	r := launching{}.start(t, mode(t, "hybrid"))
	for name, lie := range map[string]func(argv []string, said string) string{
		"nothing is said":    func([]string, string) string { return "" },
		"a file is left out": func(argv []string, said string) string { return said[:strings.LastIndex("file"+said, "file")] },
		"half of the pages": func(argv []string, said string) string {
			return changed(argv, "pagemap", said, said[:len(said)/2]+"\n.\n")
		},
		"a hash that is none": func(argv []string, said string) string {
			return changed(argv, "sha256sum", said, strings.ReplaceAll(said, "  -", "")[:90])
		},
		"a file that is no file": func(argv []string, said string) string {
			return changed(argv, "sha256sum", said, strings.ReplaceAll(said, " 81", " 41"))
		},
		"another file under this name": func(argv []string, said string) string {
			return changed(argv, "sha256sum", said, strings.ReplaceAll(strings.ReplaceAll(said, "held ", "named "), " 81", "1 81"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			lying := platform.Linux{Run: func(ctx context.Context, argv []string) ([]byte, error) {
				said, err := hosts.Output(ctx, local, argv)
				return []byte(lie(argv, string(said))), err
			}}
			if facts, err := lying.Observe(t.Context(), r.pid); err == nil {
				t.Errorf("observed %+v", facts.Libraries)
			}
		})
	}
}

// changed gives another answer to the script that has a word.
func changed(argv []string, word, said, other string) string {
	if strings.Contains(strings.Join(argv, " "), word) {
		return other
	}
	return said
}

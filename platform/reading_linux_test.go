package platform_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"eaibench/hosts"
	"eaibench/platform"
)

// touching is the size of the process whose memory is read, in MiB, and tolerated
// the part of it by which a reading may be wrong.
const touching, tolerated = 100, 0.05

// harnessSizes are what the reader itself holds, in MiB.
var harnessSizes = []int{0, 100, 400}

// touchProgram builds a program that has little memory besides what it touches, and
// gives its content.
func touchProgram(t testing.TB) []byte {
	t.Helper()
	executable := openFolder(t) + "/touch"
	var said bytes.Buffer
	exit, err := hosts.Local().Run(t.Context(), hosts.Command{
		Args: []string{"/usr/bin/gcc", "-std=c11", "-O2", "-pthread", "-o", executable, "testdata/touch.c"},
		Env:  []string{"PATH=/usr/bin:/bin"}, Dir: workingFolder(t), Stdout: &said, Stderr: &said,
	})
	if err != nil || !exit.OK() {
		t.Fatalf("compile testdata/touch.c: %v, %v\n%s", exit, err, said.String())
	}
	content, err := os.ReadFile(executable)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// startTouching starts the program in a mode as the launcher would.
func startTouching(t testing.TB, m *platform.Mode, program []byte, args ...string) *running {
	t.Helper()
	executable := openFolder(t) + "/program"
	if err := os.WriteFile(executable, program, 0o755); err != nil {
		t.Fatal(err)
	}
	return launching{args: args}.startExecutable(t, m, executable)
}

func workingFolder(t testing.TB) string {
	t.Helper()
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

// holding makes this process hold so many MiB, as long as the result is in use, and
// checks that it does.
func holding(t testing.TB, mebibytes int) []byte {
	t.Helper()
	ballast := bytes.Repeat([]byte{1}, mebibytes<<20)
	own, err := platform.ReadMemory(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if own.Resident < int64(len(ballast)) {
		t.Fatalf("the reader has %d MiB resident and should hold %d", own.Resident>>20, mebibytes)
	}
	return ballast
}

// memoryRead starts the program in a mode, reads it, and ends it.
func memoryRead(t testing.TB, m *platform.Mode, program []byte) (platform.Memory, platform.Mappings) {
	t.Helper()
	r := startTouching(t, m, program, fmt.Sprint(touching), "0", "0")
	defer r.end(t)
	memory, err := platform.ReadMemory(r.pid)
	if err != nil {
		t.Fatal(err)
	}
	mappings, err := platform.ReadMappings(r.pid)
	if err != nil {
		t.Fatal(err)
	}
	return memory, mappings
}

// difference is by which part a size in bytes differs from one in MiB.
func difference(size int64, mebibytes float64) float64 {
	return float64(size)/(mebibytes*(1<<20)) - 1
}

// TestMemoryWhateverTheHarness reads a process of 100 MiB, started directly and
// through bubblewrap, by a harness of 0, 100 and 400 MiB.
func TestMemoryWhateverTheHarness(t *testing.T) {
	program := touchProgram(t)
	for _, held := range harnessSizes {
		ballast := holding(t, held)
		for _, name := range []string{"hybrid", "compartment"} {
			memory, mappings := memoryRead(t, mode(t, name), program)
			for what, size := range map[string]struct {
				read int64
				want float64
			}{
				"peak": {memory.PeakResident, touching}, "resident": {memory.Resident, touching}, "proportional": {memory.Proportional, touching},
				"heap": {mappings.Heap, touching / 2}, "anonymous": {mappings.Anonymous, touching / 2},
			} {
				if off := difference(size.read, size.want); math.Abs(off) > tolerated {
					t.Errorf("mode %s, harness of %d MiB: %s is %d bytes, %.1f %% off %v MiB", name, held, what, size.read, 100*off, size.want)
				}
			}
			checkMappings(t, memory, mappings)
		}
		if len(ballast) != held<<20 || (held > 0 && ballast[len(ballast)-1] != 1) {
			t.Error("the ballast is not there")
		}
	}
}

// checkMappings adds the kinds up, and looks for what every program has.
func checkMappings(t *testing.T, memory platform.Memory, m platform.Mappings) {
	t.Helper()
	sum := m.Executable + m.Libraries + m.Heap + m.Anonymous + m.Stack + m.Other
	if lost := memory.Proportional - sum; max(lost, -lost) > 1<<20 {
		t.Errorf("the kinds of mappings add up to %d bytes of %d", sum, memory.Proportional)
	}
	if m.Executable < 1<<12 || m.Executable > 1<<20 || m.Libraries < 1<<12 || m.Libraries > 4<<20 || m.Stack < 1<<12 || m.Stack > 1<<20 {
		t.Errorf("got %+v", m)
	}
}

// BenchmarkMemory prints what is read of a process of 100 MiB by harnesses of
// several sizes. It fails where a reading is wrong.
func BenchmarkMemory(b *testing.B) {
	program := touchProgram(b)
	for _, held := range harnessSizes {
		b.Run(fmt.Sprintf("harness=%dMiB", held), func(b *testing.B) {
			ballast := holding(b, held)
			largest, off := int64(0), 0.0
			for b.Loop() {
				memory, _ := memoryRead(b, mode(b, "hybrid"), program)
				largest, off = max(largest, memory.PeakResident), max(off, math.Abs(difference(memory.PeakResident, touching)))
			}
			b.ReportMetric(float64(largest)/(1<<20), "peak-MiB")
			b.ReportMetric(100*off, "%-off")
			if off > tolerated {
				b.Errorf("the peak is off by %.1f %%, with %d bytes held", 100*off, len(ballast))
			}
		})
	}
}

// TestUsage compares what is read of a process of two threads with what the kernel
// tells the process itself.
func TestUsage(t *testing.T) {
	program := touchProgram(t)
	const waits, work = 200, 200 * time.Millisecond
	for _, name := range []string{"hybrid", "compartment"} {
		r := startTouching(t, mode(t, name), program, "8", fmt.Sprint(waits), fmt.Sprint(work.Milliseconds()))
		usage, err := platform.ReadUsage(r.pid)
		if err != nil {
			t.Fatal(err)
		}
		if usage.CPU < work || usage.VoluntarySwitches < waits || usage.MinorFaults < 4 {
			t.Errorf("mode %s: got %+v of a process that works %s and waits %d times", name, usage, work, waits)
		}
		if name == "hybrid" { // The compartment's filter keeps getrusage(2) from it.
			compareUsage(t, usage, r.said[len(r.said)-1])
		}
	}
}

func compareUsage(t *testing.T, usage platform.Usage, said string) {
	t.Helper()
	var cpu, user, system, minor, major, voluntary, involuntary int64
	if _, err := fmt.Sscanf(said, "ready %d %d %d %d %d %d %d", &cpu, &user, &system, &minor, &major, &voluntary, &involuntary); err != nil {
		t.Fatal(err)
	}
	const tick = int64(10 * time.Millisecond)
	for what, value := range map[string]struct{ read, own, late int64 }{
		// What it still does after it has asked comes on top.
		"CPU time":             {int64(usage.CPU), cpu, tick},
		"user time":            {int64(usage.User), user*1000 - tick, 3 * tick},
		"system time":          {int64(usage.System), system*1000 - tick, 3 * tick},
		"minor faults":         {usage.MinorFaults, minor, 50},
		"major faults":         {usage.MajorFaults, major, 10},
		"voluntary switches":   {usage.VoluntarySwitches, voluntary, 10},
		"involuntary switches": {usage.InvoluntarySwitches, involuntary, 20},
	} {
		if value.read < value.own || value.read > value.own+value.late {
			t.Errorf("%s is %d, the process itself was told %d", what, value.read, value.own)
		}
	}
}

// TestReadingsOfTheEnded reads a process that has ended and is not reaped yet, and
// one that there never was.
func TestReadingsOfTheEnded(t *testing.T) {
	command := exec.CommandContext(t.Context(), "/bin/true")
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	if err := unix.Waitid(unix.P_PID, command.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
		t.Fatal(err)
	}
	for _, pid := range []int{command.Process.Pid, 1 << 30} {
		if mappings, err := platform.ReadMappings(pid); !errors.Is(err, platform.ErrGone) {
			t.Errorf("mappings of %d: %+v, %v", pid, mappings, err)
		}
		if usage, err := platform.ReadUsage(pid); !errors.Is(err, platform.ErrGone) {
			t.Errorf("usage of %d: %+v, %v", pid, usage, err)
		}
	}
	if err := command.Wait(); err != nil {
		t.Error(err)
	}
}

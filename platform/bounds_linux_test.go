package platform_test

import (
	"context"
	"errors"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"eaibench/platform"
)

// TestTooMuchToMeasure measures processes that have more to read than fits: each
// must be refused for what is too large, without taking memory, nor the processor for long: others may have that for as long as they like.
func TestTooMuchToMeasure(t *testing.T) {
	large := openFolder(t) + "/large"
	if err := errors.Join(os.WriteFile(large, nil, 0o755), os.Truncate(large, 512<<20)); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		launch launching
		reason string
	}{
		"mapping of 64 TiB":       {launching{args: []string{"code", "0", strconv.Itoa(64 << 40)}}, "has 70368744177664 bytes from offset 0 on, more than the file's 0"},
		"mapping a page too long": {launching{args: []string{"code", "4097", "12288"}}, "has 12288 bytes from offset 0 on, more than the file's 4097"},
		"file of 512 MiB":         {launching{args: []string{"map", large}}, "regular file of at most 268435456 bytes"},
		"mappings without number": {launching{args: []string{"mappings", "5000"}}, "mappings; at most 4096 are measured"},
		"map without end":         {launching{args: []string{"mappings", "30000"}}, "/maps is longer than 1048576 bytes"},
		"environment without end": {launching{environment: []string{"A=" + strings.Repeat("x", 100_000), "B=" + strings.Repeat("x", 100_000)}}, "/environ is longer than 131072 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			m := mode(t, "hybrid")
			r := test.launch.start(t, m)
			for _, line := range r.said {
				if !strings.HasSuffix(line, " allowed") && !strings.HasPrefix(line, "ready ") {
					t.Fatalf("it could not do it: %s", line)
				}
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			begin := ownTime(t)
			_, err := platform.Observe(t.Context(), r.pid)
			took := ownTime(t) - begin
			runtime.ReadMemStats(&after)
			if err == nil || !strings.Contains(err.Error(), test.reason) {
				t.Errorf("got %v, want …%s…", err, test.reason)
			}
			if taken := after.TotalAlloc - before.TotalAlloc; taken > 64<<20 || took > 4*time.Second {
				t.Errorf("it took %d MiB and %s of a processor", taken>>20, took)
			}
		})
	}
}

// ownTime is for how long this process has had processors.
func ownTime(t *testing.T) time.Duration {
	t.Helper()
	var used unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// TestChangedLate changes the last page of code that is looked at in several
// pieces, and of a file that its own user made.
func TestChangedLate(t *testing.T) {
	for arguments, want := range map[string]int{"code 10000000 10000000": 0, "code 10000000 10000000 modify": 1} {
		facts := observe(t, launching{args: strings.Fields(arguments)}.start(t, mode(t, "hybrid")))
		if facts.AnonymousExecutable != want {
			t.Errorf("%s: %d executable mappings whose content is no file's, want %d", arguments, facts.AnonymousExecutable, want)
		}
		if !slices.Equal(facts.Alterable, []string{"/memfd:code (deleted)"}) {
			t.Errorf("%s: others than root may write to %q", arguments, facts.Alterable)
		}
	}
}

// TestMeasurementEndsWithItsContext gives no time.
func TestMeasurementEndsWithItsContext(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := platform.Observe(ended, os.Getpid()); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

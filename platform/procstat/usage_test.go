package procstat_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"eaibench/platform/procstat"
)

// TestParseUsage: the text and the JSON are in the form of usr.bin/procstat/procstat_rusage.c; no board printed them.
func TestParseUsage(t *testing.T) {
	want := procstat.Usage{
		MaximumResident: 5736 << 10, Reclaims: 1001, Faults: 2, Voluntary: 15, Involuntary: 3,
		User: 12345 * time.Microsecond, System: 25*time.Hour + 2*time.Minute + 3*time.Second + 4*time.Microsecond,
	}
	for _, file := range []string{"usage.txt", "usage.json"} {
		got, err := procstat.ParseUsage(recorded(t, file), recordedPID)
		if err != nil {
			t.Errorf("%s: %v", file, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", file, diff)
		}
	}
}

func TestParseUsageSays(t *testing.T) {
	for _, file := range []string{"usage.txt", "usage.json"} {
		text := string(recorded(t, file))
		for _, test := range []struct{ from, to, says string }{
			{"voluntary context switches", "context switches", "voluntary context switches: it is not there"},
			{"1001", "-1", `page reclaims: "-1" is no number`},
			{"5736", "5736.5", "maximum RSS"},
			{"00:00:00.012345", "00:00.012345", "user time"},
			{"00:00:00.012345", "00:00:00.01", "user time"},
			{"1 day ", "1 week ", "system time"},
		} {
			changed := strings.ReplaceAll(text, test.from, test.to)
			got, err := procstat.ParseUsage([]byte(changed), recordedPID)
			var unread *procstat.Unread
			if changed == text || !errors.As(err, &unread) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%s, %q for %q: got %+v, %v; want …%s…", file, test.to, test.from, got, err, test.says)
			}
		}
	}
	text := string(recorded(t, "usage.txt"))
	for _, unit := range []string{"5736 MB", "5736", "5.5 KB", "5736 KB more"} {
		if got, err := procstat.ParseUsage([]byte(strings.Replace(text, "5736 KB", unit, 1)), recordedPID); err == nil {
			t.Errorf("%s: got %+v", unit, got)
		}
	}
	for _, text := range []string{"", text[:70], `{"procstat":{"rusage":{}}}`} {
		if got, err := procstat.ParseUsage([]byte(text), recordedPID); !errors.Is(err, procstat.ErrNoProcess) {
			t.Errorf("%q: got %+v, %v", text, got, err)
		}
	}
}

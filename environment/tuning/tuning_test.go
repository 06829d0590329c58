package tuning

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"eaibench/environment"
)

const (
	governor0 = policies + "/policy0/scaling_governor"
	governor1 = policies + "/policy1/scaling_governor"
)

// laptop is a tree of files with everything that can be set, none as it is wanted.
func laptop(t *testing.T) string {
	t.Helper()
	return tree(t, map[string]string{
		governor0: "powersave\n", policies + "/policy0/scaling_available_governors": "performance powersave \n",
		governor1: "schedutil\n", noTurbo: "0\n", boost: "1\n", hugePages: "[always] madvise never\n", environment.BootFile: "b1\n",
	})
}

func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		put(t, root, name, text)
	}
	return root
}

func put(t *testing.T, root, name, text string) {
	t.Helper()
	file := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// values are what is selected in the settings of the tree.
func values(root string) map[string]string {
	found := map[string]string{}
	for _, setting := range []string{governor0, governor1, noTurbo, boost, hugePages} {
		if value, err := newHost(root).value(setting); err == nil {
			found[setting] = value
		}
	}
	return found
}

func asItWas() map[string]string {
	return map[string]string{governor0: "powersave", governor1: "schedutil", noTurbo: "0", boost: "1", hugePages: "always"}
}

func asWanted() map[string]string {
	return map[string]string{governor0: "performance", governor1: "performance", noTurbo: "1", boost: "0", hugePages: "madvise"}
}

func stateThere(root string) bool {
	_, err := os.Stat(filepath.Join(root, environment.StateFile))
	return err == nil
}

func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestSession(t *testing.T) {
	root := laptop(t)
	s, err := Begin(root)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "changed", asWanted(), values(root))
	if len(s.Changes()) != 5 || len(s.Refused()) != 0 || !stateThere(root) {
		t.Errorf("%+v, %v", s.Changes(), s.Refused())
	}
	// Meanwhile nobody else changes anything, and nothing counts as left.
	if _, err := Begin(root); !errors.Is(err, ErrInUse) {
		t.Errorf("got %v", err)
	}
	if left, err := Abandoned(root); left != nil || err != nil {
		t.Errorf("got %+v, %v", left, err)
	}
	if outcome, err := RestoreAbandoned(root); err != nil || len(outcome.Restored) > 0 {
		t.Errorf("got %+v, %v", outcome, err)
	}
	same(t, "still changed", asWanted(), values(root))
	outcome, err := s.Restore()
	if err != nil || len(outcome.Restored) != 5 || len(outcome.Left) != 0 || outcome.Restarted {
		t.Errorf("got %+v, %v", outcome, err)
	}
	same(t, "put back", asItWas(), values(root))
	if again, err := s.Restore(); err != nil || len(again.Restored) != 5 {
		t.Errorf("the second time: %+v, %v", again, err)
	}
	if stateThere(root) {
		t.Error("the state is still there")
	}
}

// What the observer records are the changes that hold.
func TestObserved(t *testing.T) {
	root := laptop(t)
	put(t, root, "/proc/cpuinfo", "processor : 0\n")
	put(t, root, "/proc/meminfo", "MemTotal: 1 kB\n")
	s, err := Begin(root)
	if err != nil {
		t.Fatal(err)
	}
	put(t, root, boost, "1\n")
	e, err := environment.Observe(t.Context(), environment.Local{Root: root})
	if err != nil {
		t.Fatal(err)
	}
	var want []environment.Change
	for _, change := range s.Changes() {
		if change.Setting != boost {
			want = append(want, change)
		}
	}
	same(t, "recorded", want, e.Tuned)
	if _, err := s.Restore(); err != nil {
		t.Fatal(err)
	}
	if e, err = environment.Observe(t.Context(), environment.Local{Root: root}); err != nil || e.Tuned != nil {
		t.Errorf("afterwards: %+v, %v", e.Tuned, err)
	}
}

func TestNothingToSet(t *testing.T) {
	root := tree(t, map[string]string{noTurbo: "1\n", hugePages: "always madvise [never]\n"})
	s, err := Begin(root)
	if err != nil || len(s.Changes()) != 0 || len(s.Refused()) != 0 || stateThere(root) {
		t.Fatalf("%+v, %v", s, err)
	}
	if outcome, err := s.Restore(); err != nil || len(outcome.Restored) != 0 {
		t.Errorf("%+v, %v", outcome, err)
	}
	same(t, "untouched", map[string]string{noTurbo: "1", hugePages: "never"}, values(root))
}

// What cannot be set is told, and does not keep the rest from being set.
func TestRefused(t *testing.T) {
	root := laptop(t)
	put(t, root, policies+"/policy0/scaling_available_governors", "ondemand powersave\n")
	h := newHost(root)
	h.write = func(file, value string) error {
		switch {
		case strings.HasSuffix(file, boost):
			return &fs.PathError{Op: "write", Path: file, Err: fs.ErrPermission}
		case strings.HasSuffix(file, noTurbo):
			return nil // as if it were taken
		}
		return writeValue(file, value)
	}
	s, err := begin(h)
	if err != nil {
		t.Fatal(err)
	}
	var refused []string
	for _, one := range s.Refused() {
		refused = append(refused, fmt.Sprint(one.Setting, " ", errors.Is(one, ErrUnknownValue), errors.Is(one, ErrNotTaken), errors.Is(one, fs.ErrPermission)))
	}
	same(t, "refused", []string{governor0 + " true false false", noTurbo + " false true false", boost + " false false true"}, refused)
	same(t, "the rest", map[string]string{governor0: "powersave", governor1: "performance", noTurbo: "0", boost: "1", hugePages: "madvise"}, values(root))
	if outcome, err := s.Restore(); err != nil || len(outcome.Restored) != 2 {
		t.Errorf("%+v, %v", outcome, err)
	}
	same(t, "put back", asItWas(), values(root))
}

// What somebody else sets meanwhile is theirs; what they set to what it was is not set again; a processor that went is no fault.
func TestChangedMeanwhile(t *testing.T) {
	root := laptop(t)
	s, err := Begin(root)
	if err != nil {
		t.Fatal(err)
	}
	put(t, root, hugePages, "always madvise [never]\n")
	put(t, root, boost, "1\n")
	if err := os.RemoveAll(filepath.Join(root, policies, "policy1")); err != nil {
		t.Fatal(err)
	}
	outcome, err := s.Restore()
	if err != nil || stateThere(root) {
		t.Fatal(err)
	}
	same(t, "left", []environment.Change{{Setting: hugePages, Was: "always", Set: "madvise"}}, outcome.Left)
	if len(outcome.Restored) != 2 { // governor0 and noTurbo
		t.Errorf("%+v", outcome.Restored)
	}
	same(t, "as they want it", map[string]string{governor0: "powersave", noTurbo: "0", boost: "1", hugePages: "never"}, values(root))
}

// What cannot be put back stays on the disk, and is tried again.
func TestRestoreFails(t *testing.T) {
	root := laptop(t)
	h := newHost(root)
	s, err := begin(h)
	if err != nil {
		t.Fatal(err)
	}
	full := errors.New("no")
	h.write = func(file, value string) error {
		if strings.HasSuffix(file, governor1) {
			return full
		}
		return writeValue(file, value)
	}
	outcome, err := s.Restore()
	var refusal *Refusal
	if !errors.Is(err, full) || !errors.As(err, &refusal) || refusal.Setting != governor1 || len(outcome.Restored) != 4 {
		t.Errorf("%+v, %v", outcome, err)
	}
	left, err := Abandoned(root)
	if err != nil || left == nil {
		t.Fatalf("%+v, %v", left, err)
	}
	same(t, "kept", []environment.Change{{Setting: governor1, Was: "schedutil", Set: "performance"}}, left.Changes)
	if outcome, err = RestoreAbandoned(root); err != nil || len(outcome.Restored) != 1 {
		t.Errorf("%+v, %v", outcome, err)
	}
	same(t, "put back", asItWas(), values(root))
}

// A state that cannot be trusted changes nothing.
func TestBadState(t *testing.T) {
	for name, text := range map[string]string{
		"torn":            `{"version": 1, "chang`,
		"of the future":   `{"version": 2, "pid": 1, "boot": "b1", "began": "2026-01-01T00:00:00Z", "changes": []}`,
		"unknown member":  `{"version": 1, "extra": 1}`,
		"another file":    `{"version": 1, "boot": "b1", "changes": [{"setting": "/etc/passwd", "was": "x", "set": "y"}]}`,
		"out of the tree": `{"version": 1, "boot": "b1", "changes": [{"setting": "/sys/../etc/passwd", "was": "x", "set": "y"}]}`,
	} {
		root := laptop(t)
		put(t, root, environment.StateFile, text)
		put(t, root, "/etc/passwd", "y\n")
		_, begun := Begin(root)
		_, restored := RestoreAbandoned(root)
		_, told := Abandoned(root)
		if begun == nil || restored == nil || told == nil || !strings.Contains(begun.Error(), environment.StateFile) {
			t.Errorf("%s: %v; %v; %v", name, begun, restored, told)
		}
		same(t, name, asItWas(), values(root))
		if text, err := os.ReadFile(filepath.Join(root, "etc/passwd")); err != nil || string(text) != "y\n" {
			t.Errorf("%s: wrote %q, %v", name, text, err)
		}
	}
}

// What is called settable is what is set, and nothing of it disturbs any more.
func TestSettable(t *testing.T) {
	root := laptop(t)
	put(t, root, "/proc/cpuinfo", "processor : 0\nprocessor : 1\n")
	put(t, root, "/proc/meminfo", "MemTotal: 1 kB\n")
	for _, cpu := range []string{"0", "1"} {
		folder := filepath.Join(root, "/sys/devices/system/cpu/cpu"+cpu)
		if err := errors.Join(os.MkdirAll(folder, 0o755), os.Symlink("../cpufreq/policy"+cpu, filepath.Join(folder, "cpufreq"))); err != nil {
			t.Fatal(err)
		}
	}
	settable := func() (names []string) {
		e, err := environment.Observe(t.Context(), environment.Local{Root: root})
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range environment.Disturbances(e) {
			if one.Settable {
				names = append(names, one.Name)
			}
		}
		return names
	}
	same(t, "before", []string{"governor", "turbo", "huge-pages"}, settable())
	s, err := Begin(root)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "meanwhile", []string(nil), settable())
	if _, err := s.Restore(); err != nil {
		t.Fatal(err)
	}
	same(t, "afterwards", []string{"governor", "turbo", "huge-pages"}, settable())
}

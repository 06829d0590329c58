package results

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"eaibench/bench"

	"github.com/google/go-cmp/cmp"
)

func someEvents() []Event {
	width := 0.031
	return []Event{
		{Time: moment, Began: &Session{EaibenchSHA256: strings.Repeat("c", 64), Versions: map[string]string{"gcc": "12 <test>"}}},
		{Time: moment.Add(time.Second), Built: &Build{
			Cell: "hybrid-relayed-hpke", Mode: "hybrid", Compiler: "gcc 12", Command: []string{"gcc", "-O2"}, ELF: ELF{ABI: "amd64"},
		}},
		{Time: moment.Add(2 * time.Second), Looked: &Look{Runs: 2, Widths: []Width{
			{Cell: "hybrid-relayed-hpke", Series: bench.ExecuteTotal(), HalfWidth: &width},
			{Cell: "hybrid-relayed-hpke", Series: bench.StartTotal()},
		}}},
	}
}

func ended(reason EndReason) Event {
	return Event{Time: moment.Add(time.Minute), Ended: &Ending{Reason: reason, Text: "as asked", ClockStep: -3}}
}

func note(t *testing.T, w *Writer, events ...Event) {
	t.Helper()
	for _, event := range events {
		if err := w.Note(event); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEventsAreKept(t *testing.T) {
	folder, w := newFolder(t)
	note(t, w, someEvents()...)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w, err := Resume(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	note(t, w, ended(EndInterrupted))
	data, err := Read(folder)
	if err != nil {
		t.Fatal(err)
	}
	want := append(someEvents(), ended(EndInterrupted))
	if diff := cmp.Diff(want, data.Events); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, w.Events()); diff != "" {
		t.Errorf("of the writer (-want +got):\n%s", diff)
	}
}

func TestATornEventIsDropped(t *testing.T) {
	folder, w := newFolder(t)
	note(t, w, someEvents()...)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(folder, "events.jsonl")
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(whole, `{"time":"2026-01-`...), 0o644); err != nil {
		t.Fatal(err)
	}
	w, err = Resume(folder)
	if err != nil {
		t.Fatal(err)
	}
	note(t, w, ended(EndFailed))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := Read(folder)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(append(someEvents(), ended(EndFailed)), data.Events); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEventsThatAreRefused(t *testing.T) {
	const began = `{"time":"2026-01-31T12:00:00Z","began":{"eaibench_sha256":"","versions":null,"hosts":null}}`
	for _, test := range []struct{ name, lines, want string }{
		{"no JSON", "time\n", "events.jsonl:1: "},
		{"an unknown member", began + "\n" + `{"time":"2026-01-31T12:00:00Z","stopped":{}}` + "\n", `events.jsonl:2: json: unknown field "stopped"`},
		{"nothing said", `{"time":"2026-01-31T12:00:00Z"}` + "\n", "events.jsonl:1: an event has a time and says one thing; this one says 0"},
		{"no time", strings.Replace(began, `"time":"2026-01-31T12:00:00Z",`, "", 1) + "\n", "this one says 1"},
		{"two in a line", began + began + "\n", "events.jsonl:1: something follows the event"},
		{"an empty line", began + "\n\n", "events.jsonl:2: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder, w := newFolder(t)
			if err := errors.Join(w.Close(), os.WriteFile(filepath.Join(folder, "events.jsonl"), []byte(test.lines), 0o644)); err != nil {
				t.Fatal(err)
			}
			for name, open := range map[string]func() error{
				"Read":   func() error { _, err := Read(folder); return err },
				"Resume": func() error { _, err := Resume(folder); return err },
			} {
				if err := open(); err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("%s: %v, want %q", name, err, test.want)
				}
			}
		})
	}
	_, w := newFolder(t)
	both := ended(EndFailed)
	both.Began = &Session{}
	if err := w.Note(both); err == nil {
		t.Error("an event that says two things was noted")
	}
	note(t, w, ended(EndFailed)) // a refused event breaks nothing
}

// A campaign whose rule when to stop was met is over with runs left; one that was interrupted is not.
func TestSealAfterStop(t *testing.T) {
	for reason, over := range map[EndReason]bool{EndPrecise: true, EndTime: true, EndInterrupted: false, EndFailed: false, EndComplete: false} {
		folder, w := newFolder(t)
		note(t, w, ended(reason))
		if err := w.Seal(); (err == nil) != over {
			t.Errorf("%s: Seal: %v", reason, err)
		}
		data, err := Read(folder)
		if err != nil {
			t.Fatal(err)
		}
		if data.Complete != over {
			t.Errorf("%s: complete is %t", reason, data.Complete)
		}
	}
}

func FuzzEvents(f *testing.F) {
	f.Add([]byte(`{"time":"2026-01-31T12:00:00Z","looked":{"runs":1,"widths":[],"inside":true}}` + "\n{"))
	f.Fuzz(func(t *testing.T, text []byte) {
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, "events.jsonl"), text, 0o644); err != nil {
			t.Fatal(err)
		}
		events, end, err := readEvents(folder)
		if err != nil {
			return
		}
		if end < 0 || end > int64(len(text)) || (end > 0 && text[end-1] != '\n') {
			t.Fatalf("%d of %d bytes are committed", end, len(text))
		}
		if (len(events) == 0) != (end == 0) {
			t.Fatalf("%d events in %d bytes", len(events), end)
		}
	})
}

// What was lost is told apart for people: a host, a component on it, and a service of another operator.
func TestLossSaysWhere(t *testing.T) {
	for _, test := range []struct {
		loss Loss
		want string
	}{
		{Loss{Failed: TargetFailed, Host: "board"}, "host board"},
		{Loss{Failed: HarnessFailed, Host: "local", Component: "service/store"}, "host local, service/store"},
		{Loss{Failed: ServiceFailed, Host: "ijui-1.example:8441", Component: "service/store"}, "service store at ijui-1.example:8441"},
		{Loss{Failed: HarnessFailed}, ""},
	} {
		if got := test.loss.Where(); got != test.want {
			t.Errorf("%+v: %q, want %q", test.loss, got, test.want)
		}
	}
}

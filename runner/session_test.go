package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"eaibench/bench"
	"eaibench/launcher"
	"eaibench/platform"
	"eaibench/results"
)

// kinds are what the events say, in a word each.
func kinds(events []results.Event) []string {
	var kinds []string
	for _, event := range events {
		switch {
		case event.Began != nil:
			kinds = append(kinds, "began")
		case event.Built != nil:
			kinds = append(kinds, "built "+event.Built.Cell)
		case event.Looked != nil:
			kinds = append(kinds, fmt.Sprintf("looked %d", event.Looked.Runs))
		case event.Ended != nil:
			kinds = append(kinds, "ended "+string(event.Ended.Reason))
		}
	}
	return kinds
}

func TestSessionIsNoted(t *testing.T) {
	s, r := &site{}, &record{}
	s.about = func(d *Described) error {
		d.ELF = platform.ELF{ABI: "purecap", Flags: 7, Interpreter: "/libexec/ld-elf-c18n.so.1", FreeBSD: 1, CheriBSD: 2, Features: 4}
		return nil
	}
	c := plan(s, r, "hybrid-0", "purecap-0", "hybrid-1")
	c.Session = results.Session{EaibenchSHA256: "ea", Versions: map[string]string{"gcc": "12"}, Differences: []string{"load"}}
	hosts := []results.Host{{Name: "local"}}
	c.Hosts = func(context.Context) ([]results.Host, error) { return hosts, nil }
	if _, err := c.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"began", "built hybrid", "built purecap", "ended complete"}, kinds(r.events)); diff != "" {
		t.Fatal(diff)
	}
	if diff := cmp.Diff(&c.Session, r.events[0].Began); diff != "" {
		t.Error(diff)
	}
	want := &results.Build{
		Cell: "purecap", Mode: "purecap", SourceSHA256: "5f", ExecutableSHA256: "0c", ExecutableSize: 6, Compiler: "gcc 12",
		Command: []string{"gcc", "-O2", "-o", "retail-purecap"},
		ELF:     results.ELF{ABI: "purecap", Flags: 7, Interpreter: "/libexec/ld-elf-c18n.so.1", FreeBSD: 1, CheriBSD: 2, Features: 4},
	}
	if diff := cmp.Diff(want, r.events[2].Built); diff != "" {
		t.Error(diff)
	}
	ended := r.ended(t)
	if diff := cmp.Diff(hosts, ended.Hosts); diff != "" || ended.Text != "every planned run was carried out" {
		t.Errorf("%+v %s", ended, diff)
	}
	if step := time.Duration(ended.ClockStep).Abs(); step > 100*time.Millisecond {
		t.Errorf("the clock stepped by %s", step)
	}
}

// A wall clock that is set during a session is found, in either direction.
func TestClockStep(t *testing.T) {
	for _, set := range []time.Duration{time.Hour, -time.Hour} {
		r, by := &record{}, time.Duration(0)
		s := &site{execute: func(string, *launcher.RunResult) error { by = set; return nil }}
		c := plan(s, r, "hybrid-0")
		c.Now = func() time.Time { return time.Now().Add(by) }
		if _, err := c.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if off := (time.Duration(r.ended(t).ClockStep) - set).Abs(); off > 100*time.Millisecond {
			t.Errorf("set by %s: found %s", set, time.Duration(r.ended(t).ClockStep))
		}
	}
}

// A host that does something else while the clocks are read has set none of them.
func TestPauseIsNoClockStep(t *testing.T) {
	const pause = 200 * time.Millisecond
	r, paused := &record{}, false
	c := plan(&site{}, r, "hybrid-0")
	c.Now = func() time.Time {
		now := time.Now()
		if !paused {
			paused = true
			time.Sleep(pause) // the host's
		}
		return now
	}
	if _, err := c.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if step := time.Duration(r.ended(t).ClockStep).Abs(); step > pause/2 {
		t.Errorf("the clock stepped by %s", step)
	}
}

// However a campaign ends early, that is noted: a person's doing apart from a failure.
func TestEarlyEndings(t *testing.T) {
	for _, test := range []struct {
		name string
		end  func(cancel context.CancelCauseFunc, stop chan struct{}, r *record)
		want results.EndReason
		text string // a part of it
	}{
		{"stopped after a run", func(_ context.CancelCauseFunc, stop chan struct{}, _ *record) { close(stop) }, results.EndInterrupted, "stopped after a run, as asked"},
		{"given up at once", func(cancel context.CancelCauseFunc, _ chan struct{}, _ *record) { cancel(errors.New("interrupt")) }, results.EndInterrupted, "run hybrid-0 was not finished: interrupt"},
		{
			"a component died", func(cancel context.CancelCauseFunc, _ chan struct{}, _ *record) {
				cancel(&componentEnded{name: "ca", logFile: "ca.log", err: errors.New("exit status 1")})
			}, results.EndFailed, "ca",
		},
		{"a run cannot be kept", func(_ context.CancelCauseFunc, _ chan struct{}, r *record) { r.failAppend = errors.New("no space") }, results.EndFailed, "keeping run hybrid-0: no space"},
	} {
		t.Run(test.name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			stop, r := make(chan struct{}), &record{}
			s := &site{execute: func(string, *launcher.RunResult) error { test.end(cancel, stop, r); return context.Cause(ctx) }}
			c := plan(s, r, "hybrid-0", "hybrid-1")
			c.Stop = stop
			if _, err := c.Run(ctx); err == nil {
				t.Error("no error")
			}
			if ended := r.ended(t); ended.Reason != test.want || !strings.Contains(ended.Text, test.text) {
				t.Errorf("got %+v", ended)
			}
		})
	}
}

// A cell that is compiled to something else than its runs so far executed ends the campaign before a run is added.
func TestCampaignOfAnotherProgramIsNotResumed(t *testing.T) {
	same := results.Build{Cell: "hybrid", SourceSHA256: "5f", ExecutableSHA256: "0c", Compiler: "gcc 12"}
	for name, change := range map[string]func(*results.Build){
		"the source has SHA-256 5f, it was 77":     func(b *results.Build) { b.SourceSHA256 = "77" },
		"the compiler is gcc 12, it was gcc 11":    func(b *results.Build) { b.Compiler = "gcc 11" },
		"the executable has SHA-256 0c, it was 0d": func(b *results.Build) { b.ExecutableSHA256 = "0d" },
		"": func(*results.Build) {},
	} {
		before := same
		change(&before)
		s, r := &site{}, &record{}
		c := plan(s, r, "hybrid-0", "hybrid-1")
		done(c, bench.OK, "5f", "hybrid-0")
		c.Events = []results.Event{{Built: &before}}
		_, err := c.Run(t.Context())
		if name == "" {
			if err != nil || len(r.runs) != 1 {
				t.Errorf("the same program: %v, %v", err, r.endings())
			}
			continue
		}
		if !errors.Is(err, ErrProgramChanged) || !strings.Contains(err.Error(), "of cell hybrid, "+name) || len(r.runs) > 0 {
			t.Errorf("want %s: got %v, kept %v", name, err, r.endings())
		}
		if ended := r.ended(t); ended.Reason != results.EndFailed || slices.Contains(kinds(r.events), "built hybrid") {
			t.Errorf("noted %v", kinds(r.events))
		}
	}
}

// What cannot be looked at is not executed.
func TestExecutableThatCannotBeDescribed(t *testing.T) {
	s, r := &site{about: func(*Described) error { return errors.New("not an ELF file") }}, &record{}
	if outcome, err := plan(s, r, "hybrid-0", "hybrid-1").Run(t.Context()); err != nil || outcome[bench.Failed] != 2 {
		t.Errorf("got %v, %v", outcome, err)
	}
	if want := "hybrid-0 failed : looking at what was compiled in mode hybrid: not an ELF file"; r.endings()[0] != want {
		t.Errorf("got %s", r.endings()[0])
	}
}

// What was attested, and what the process says of its OpenSSL, is kept with the run; nothing where it did not come so far.
func TestRunsKeepWhatWasAttested(t *testing.T) {
	s, r := &site{}, &record{}
	s.execute = func(run string, result *launcher.RunResult) error {
		if run == "hybrid-1" {
			result.Status, result.Reason = launcher.Failed, "refused"
			return nil
		}
		result.Attested = &launcher.Attested{ABI: "amd64+asan", Compartment: "bubblewrap"}
		result.OpenSSL, result.OpenSSLCPU = "OpenSSL 3.0.19", "CPUINFO: x"
		return nil
	}
	if _, err := plan(s, r, "hybrid-0", "hybrid-1").Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if run := r.runs[0]; run.ABI != "amd64+asan" || run.Compartment != "bubblewrap" || run.OpenSSL != "OpenSSL 3.0.19" || run.OpenSSLCPU != "CPUINFO: x" {
		t.Errorf("%+v", run)
	}
	if run := r.runs[1]; run.ABI+run.Compartment+run.OpenSSL+run.OpenSSLCPU != "" {
		t.Errorf("%+v", run)
	}
}

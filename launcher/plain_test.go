package launcher

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// checkPlainRun checks that hello.c ended well, and that nothing of its run can be taken for an attested one.
func checkPlainRun(t *testing.T, l *Launcher, result *RunResult) {
	t.Helper()
	if result.Status != OK || result.Cause != "" || !result.Plain || !strings.HasSuffix(result.Message, ": ok (a plain program: nothing is attested)") {
		t.Errorf("plain program: %s, %s: %s", result.Status, result.Cause, result.Message)
	}
	if result.Output != "Hello, world\n" || result.ErrorOutput != "a complaint\n" {
		t.Errorf("plain program: output %q, error output %q", result.Output, result.ErrorOutput)
	}
	if result.Attested != nil || result.Memory != nil {
		t.Errorf("plain program: attested %+v, memory %+v", result.Attested, result.Memory)
	}
	var metrics []string
	for _, s := range result.Samples {
		metrics = append(metrics, s.Metric)
	}
	if !slices.Equal(metrics, []string{"retrieveProgram", "deploy"}) {
		t.Errorf("plain program: samples %q", metrics)
	}
	if _, err := l.store.certificate(result.Program, result.Run); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("plain program: its certificate: %v", err)
	}
	if evidence := ok1(os.ReadDir(l.store.folder + "/" + signaturesFolder))(t); len(evidence) > 0 {
		t.Errorf("plain program: evidence %v", evidence)
	}
}

// A plain program that does not end well is told apart by the same causes as any other.
func TestPlainProgramsThatFail(t *testing.T) {
	const (
		begin = "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#include <unistd.h>\nint main(void)\n{\n"
		end   = "\n}\n"
		// The compartment lets nobody wait for a child, so its end is read.
		waitForChild = `
	puts("said");
	fflush(stdout);
	const int child = fork();
	if (child == 0)
		for (;;) {
			char *m = malloc(1 << 20);
			if (m) memset(m, 1, 1 << 20);
		}
	char name[64], state[256] = "";
	for (snprintf(name, sizeof name, "/proc/%d/stat", child); !strstr(state, ") Z"); usleep(1000)) {
		FILE *file = fopen(name, "r");
		if (!file || !fgets(state, sizeof state, file)) return 4;
		fclose(file);
	}
	return 0;`
	)
	tests := []struct {
		name, body string
		limit      time.Duration
		cause      Cause
		reason     string
	}{
		{"status", "puts(\"said\"); return 3;", long, Crashed, "exited with status 3 at step running a program without messages"},
		{"fault", "puts(\"said\"); fflush(stdout); return *(volatile int *)8;", long, Crashed, "at step running a program without messages"},
		{"hang", "puts(\"said\"); fflush(stdout); for (;;) pause();", 500 * time.Millisecond, TimedOut, "time limit"},
		{"flood", "puts(\"said\"); for (;;) puts(\"again and again and again\");", long, LogTooLong, "printed more than 1048576 bytes"},
		{"memory", "puts(\"said\"); fflush(stdout); for (;;) { char *m = malloc(1 << 20); if (m) memset(m, 1, 1 << 20); }", long, MemoryLimit, "bytes of memory"},
		// They end with status 0, as if nothing had been.
		{"fork", "puts(\"said\"); fflush(stdout); for (int i = 0; i < 100; i++) if (fork() == 0) for (;;) pause(); return 0;", long, ProcessLimit, "limit of 16 processes"},
		{"memory of a child", waitForChild, long, MemoryLimit, "bytes of memory"},
	}
	s := newSurroundings(t)
	l := s.launcher(t)
	for _, test := range tests {
		id := upload(t, l, strings.ReplaceAll(test.name, " ", "-")+".c", []byte(begin+test.body+end))
		for _, mode := range []string{"hybrid", "compartment"} { // purecap has the one's launch command, the other's executable
			t.Run(test.name+"/"+mode, func(t *testing.T) {
				ok1(l.Compile(t.Context(), id, mode))(t)
				result, _ := behaveInTime(t, l, id, mode, "", test.limit, func(r *RunResult) bool { return strings.HasPrefix(r.Output, "said\n") })
				if result.Status != Failed || result.Cause != test.cause || !strings.Contains(result.Reason, test.reason) || !result.Plain {
					t.Errorf("got %s, %s: %s; want failed, %s: … %s …", result.Status, result.Cause, result.Reason, test.cause, test.reason)
				}
				if !strings.HasPrefix(result.Output, "said\n") {
					t.Errorf("output %.100q", result.Output)
				}
				nothingLeft(t, l)
			})
		}
	}
}

// What a plain program leaves behind does not outlive its run, nor keep it from ending.
func TestPlainProgramThatLeavesAChild(t *testing.T) {
	s := newSurroundings(t)
	l := s.launcher(t)
	id := upload(t, l, "leaves.c", []byte("#include <unistd.h>\nint main(void) { if (fork() == 0) { setsid(); for (;;) pause(); } return 0; }"))
	for _, mode := range s.options.Profile.Chain() {
		ok1(l.Compile(t.Context(), id, mode))(t)
		if result := ok1(l.Execute(t.Context(), id, mode, ExecuteRequest{}))(t); result.Status != OK {
			t.Errorf("%s: %s", mode, result.Message)
		}
		nothingLeft(t, l)
	}
}

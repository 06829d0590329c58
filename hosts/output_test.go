package hosts_test

import (
	"strings"
	"testing"

	"eaibench/hosts"
)

func TestOutput(t *testing.T) {
	printed, err := hosts.Output(t.Context(), hosts.Local(), []string{"/bin/sh", "-c", `echo "$LC_ALL $MORE"; echo not this >&2`}, "MORE=too")
	if err != nil || string(printed) != "C too\n" {
		t.Errorf("%q, %v", printed, err)
	}
	printed, err = hosts.Output(t.Context(), hosts.Local(), []string{"/bin/sh", "-c", "echo half; echo why >&2; echo more >&2; exit 3"})
	if err == nil || printed != nil || !strings.HasSuffix(err.Error(), "exited with status 3: why") {
		t.Errorf("%q, %v", printed, err)
	}
	if _, err := hosts.Output(t.Context(), hosts.Local(), []string{"/nowhere/to/be/found"}); err == nil {
		t.Error("what is not there was run")
	}
}

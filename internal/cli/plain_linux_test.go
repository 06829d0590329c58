package cli

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"eaibench/bench"
	"eaibench/results"
)

// What others wrote into a campaign, or named a file, does nothing to a terminal; a pipe gets it as it is.
func TestTerminalIsNotDriven(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "hostile")
	if err := makeSampleCampaign(folder, 1, false, func(*bench.Run) {}, func(c *results.Campaign) {
		c.Title = "Ev\x1b[31mil\x1b]0;title\a\u202e"
	}); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"summary", "audit"} {
		if written := onTerminal(t, command, folder); !strings.Contains(written, "Ev\uFFFD[31mil") || strings.ContainsAny(written, "\x1b\a\u202e") {
			t.Errorf("%s writes on a terminal %q", command, written)
		}
	}
	missing := filepath.Join(t.TempDir(), "no\x1b[31mne")
	var said bytes.Buffer
	if code := Main([]string{"eaibench", "summary", missing}, strings.NewReader(""), io.Discard, &said); code != exitBadInput || strings.Contains(said.String(), "\x1b") {
		t.Errorf("ended with %d: %q", code, said.String())
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "said"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := forPeople(file).Write([]byte("a\x1b[31mb")); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(file.Name()); err != nil || string(text) != "a\x1b[31mb" {
		t.Errorf("a file gets %q, %v", text, err)
	}
}

// onTerminal gives what a command writes on a terminal.
func onTerminal(t *testing.T, args ...string) string {
	t.Helper()
	outer, inner := pseudoTerminal(t, 80)
	written := make(chan []byte)
	go func() {
		text, _ := io.ReadAll(outer) // ends with an error, as terminals do
		written <- text
	}()
	Main(append([]string{"eaibench"}, args...), strings.NewReader(""), inner, io.Discard)
	if err := inner.Close(); err != nil {
		t.Fatal(err)
	}
	return string(<-written)
}

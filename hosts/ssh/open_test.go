package ssh_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"eaibench/hosts/ssh"
)

// open makes a host that is closed when the test is over.
func open(t testing.TB, config ssh.Config) *ssh.Host {
	t.Helper()
	host, err := ssh.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := host.Close(); err != nil {
			t.Error(err)
		}
	})
	return host
}

// marked lists the processes on this system that bear the mark of a command of the
// host's.
func marked(t *testing.T, host *ssh.Host) []string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/limits")
	if err != nil || len(files) == 0 {
		t.Fatalf("no limits can be read: %v", err)
	}
	var found []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // It has ended.
		}
		_, after, _ := bytes.Cut(text, []byte("\nMax file size"))
		limit, err := strconv.ParseUint(strings.Fields(string(after))[0], 10, 64)
		if err == nil && host.Marked(limit) {
			name, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "cmdline"))
			found = append(found, filepath.Base(filepath.Dir(file))+" "+strings.ReplaceAll(string(name), "\x00", " "))
		}
	}
	return found
}

package cli

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A shell reads the very arguments, wherever lines are broken.
func TestShellCommand(t *testing.T) {
	long := strings.Repeat("x", 70)
	for name, command := range map[string][]string{
		"one word":       {"program"},
		"short":          {"program", "-a", "b", "--c=d", "e"},
		"what has sense": {"program", "-a", "it's", "$HOME `id` \"\\\n", "", "*", "~", "#", "a b", "=", "-", "--", "a;b&c|d(e)<f>"},
		"breaks":         {"program", "-a", long, "-b", long, "-c", long + " " + long, "-d", long, long},
		"long options":   {"program", "--data", "a b", "--listen", ":8441", "--x"},
		"accents":        {"program", "-drive", "file=/Ijuí/image,,1.img"},
	} {
		t.Run(name, func(t *testing.T) {
			line := shellCommand(command)
			out, err := exec.Command("/bin/sh", "-c", `program() { printf 'program\0'; for a; do printf '%s\0' "$a"; done; }`+"\n"+line).Output()
			if err != nil {
				t.Fatalf("%v: %s", err, line)
			}
			if diff := cmp.Diff(command, strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")); diff != "" {
				t.Errorf("a shell reads (-want +got):\n%s\nfrom %s", diff, line)
			}
			for row := range strings.Lines(line) {
				if words := strings.Count(row, " -"); words > 1 && len(row) > commandColumns+len(" \\\n") {
					t.Errorf("%d columns with %d options: %s", len(row), words, row)
				}
			}
		})
	}
}

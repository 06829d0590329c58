package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestInstall installs below a folder and removes it again: each file is where its reader looks, may be read by everyone, and
// is not empty; what was there before stays.
func TestInstall(t *testing.T) {
	below := filepath.Join(t.TempDir(), "a folder")
	foreign := filepath.Join(below, "usr/share/man/man1/other.1")
	if err := os.MkdirAll(filepath.Dir(foreign), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(foreign, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	makeTarget := func(target string) {
		t.Helper()
		command := exec.Command("make", target, "DESTDIR="+below, "PREFIX=/usr")
		// The mode of new files must not depend on who installs.
		command = exec.Command("sh", append([]string{"-c", `umask 077; exec "$@"`, "sh"}, command.Args...)...)
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("make %s: %v\n%s", target, err, out)
		}
	}
	makeTarget("install")
	got := installed(t, below)
	want := map[string]fs.FileMode{
		"usr/bin/eaibench":                                  0o755,
		"usr/share/man/man1/eaibench.1":                     0o644,
		"usr/share/bash-completion/completions/eaibench":    0o644,
		"usr/share/zsh/site-functions/_eaibench":            0o644,
		"usr/share/fish/vendor_completions.d/eaibench.fish": 0o644,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	for file, begins := range map[string]string{
		"usr/share/man/man1/eaibench.1":                     ".TH \"EAIBENCH\"",
		"usr/share/bash-completion/completions/eaibench":    "# Completion of eaibench in bash",
		"usr/share/zsh/site-functions/_eaibench":            "#compdef eaibench\n",
		"usr/share/fish/vendor_completions.d/eaibench.fish": "# Completion of eaibench in fish",
	} {
		if text := read(t, filepath.Join(below, file)); !strings.HasPrefix(text, begins) {
			t.Errorf("%s begins with %.60q", file, text)
		}
	}
	// The attester's user executes what was built.
	if info, err := os.Stat("bin/eaibench"); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("what was built: %v, %v", info, err)
	}
	out, err := exec.Command(filepath.Join(below, "usr/bin/eaibench"), "version").Output()
	if err != nil || !strings.HasPrefix(string(out), "eaibench ") {
		t.Errorf("the program that is installed: %v, %q", err, out)
	}
	makeTarget("uninstall")
	if left := installed(t, below); len(left) > 0 {
		t.Errorf("left %v", left)
	}
	if _, err := os.Stat(foreign); err != nil {
		t.Error(err)
	}
}

// installed lists the files below a folder with their modes, but for the one that was there before.
func installed(t *testing.T, below string) map[string]fs.FileMode {
	t.Helper()
	files := map[string]fs.FileMode{}
	err := filepath.WalkDir(below, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name() == "other.1" {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		inside, err := filepath.Rel(below, name)
		files[inside] = info.Mode().Perm()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

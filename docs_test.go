package main

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"eaibench/internal/cli"
)

var update = flag.Bool("update", false, "write README's parts that can be made anew: scenario and faults")

// pages are README and every page below docs.
func pages(t *testing.T) []string {
	t.Helper()
	pages := []string{"README.md", "CONTRIBUTING.md"}
	err := filepath.WalkDir("docs", func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".md") || strings.HasSuffix(path, ".sh") {
			pages = append(pages, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var link = regexp.MustCompile(`\]\(([^)#\s]+)(#[^)]*)?\)`)

// TestLinksLead: what a page links to inside the project is there.
func TestLinksLead(t *testing.T) {
	links := 0
	for _, page := range pages(t) {
		for _, match := range link.FindAllStringSubmatch(read(t, page), -1) {
			if strings.Contains(match[1], "://") {
				continue
			}
			links++
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), match[1])); err != nil {
				t.Errorf("%s links to %s: %v", page, match[1], err)
			}
		}
	}
	if links < 15 {
		t.Errorf("only %d links were found", links)
	}
}

// commandLine is a call of eaibench in a page: the program, and what follows up to the line's end.
var commandLine = regexp.MustCompile(`(?:bin/eaibench|"\$eaibench"|\x60eaibench) ((?:[a-z]+ ?)+)([^\x60\n|;]*)`)

var flagName = regexp.MustCompile(`--([a-z][a-z-]+)`)

// TestCommandsInPagesExist: each command that a page shows has a help, which knows each flag shown.
func TestCommandsInPagesExist(t *testing.T) {
	commands := 0
	for _, page := range pages(t) {
		text := strings.ReplaceAll(read(t, page), "\\\n", " ")
		for _, match := range commandLine.FindAllStringSubmatch(text, -1) {
			commands++
			help, known := helpOf(strings.Fields(match[1]))
			if !known {
				t.Errorf("%s shows `eaibench %s`, which is no command", page, strings.TrimSpace(match[0]))
				continue
			}
			for _, flag := range flagName.FindAllStringSubmatch(match[2], -1) {
				if !strings.Contains(help, "--"+flag[1]) {
					t.Errorf("%s shows %q: its help has no --%s", page, match[0], flag[1])
				}
			}
		}
	}
	if commands < 20 {
		t.Errorf("only %d commands were found", commands)
	}
}

// helpOf finds the longest command that the words begin with and gives its help.
func helpOf(words []string) (help string, known bool) {
	for n := len(words); n > 0; n-- {
		var stdout, stderr bytes.Buffer
		arguments := append(append([]string{"eaibench"}, words[:n]...), "--help")
		code := cli.Main(arguments, strings.NewReader(""), &stdout, &stderr)
		if code == 0 && strings.Contains(stdout.String(), "eaibench "+strings.Join(words[:n], " ")+" ") {
			return stdout.String(), true
		}
	}
	return "", false
}

// TestReadmeShowsWhatIs: the scenario in README is the shipped one, and the faults it shows are
// those that are printed.
func TestReadmeShowsWhatIs(t *testing.T) {
	readme := read(t, "README.md")
	for _, part := range []struct{ before, want string }{
		{"[scenarios/smoke.yaml](scenarios/smoke.yaml):\n\n```yaml\n", read(t, "scenarios/smoke.yaml")},
		{"the nearest valid name:\n\n```console\n", faultsShown(t)},
		{"printed without starting it:\n\n```console\n", planShown(t, readme)},
	} {
		at := strings.Index(readme, part.before)
		if at < 0 {
			t.Fatalf("README has no part after %q", part.before)
		}
		from := at + len(part.before)
		to := from + strings.Index(readme[from:], "```\n")
		if readme[from:to] == part.want {
			continue
		}
		if !*update {
			t.Errorf("README shows\n%s\nwhere there is\n%s\n-update writes it", readme[from:to], part.want)
			continue
		}
		readme = readme[:from] + part.want + readme[to:]
	}
	if *update {
		if err := os.WriteFile("README.md", []byte(readme), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// planShown is what planning for a virtual machine of README's own inventory prints.
func planShown(t *testing.T, readme string) string {
	t.Helper()
	const before = "started under QEMU:\n\n```yaml\n"
	from := strings.Index(readme, before)
	if from < 0 {
		t.Fatalf("README has no part after %q", before)
	}
	inventory, _, _ := strings.Cut(readme[from+len(before):], "```\n")
	file := filepath.Join(t.TempDir(), "hosts.yaml")
	if err := os.WriteFile(file, []byte(inventory), 0o644); err != nil {
		t.Fatal(err)
	}
	arguments := []string{"plan", "--target", "qemu:morello", "--verbose"}
	var stdout, stderr bytes.Buffer
	if code := cli.Main(append(append([]string{"eaibench"}, arguments...), "--hosts", file), strings.NewReader(""), &stdout, &stderr); code != 0 {
		t.Fatalf("planning with README's inventory ends with %d: %s", code, &stderr)
	}
	return "$ bin/eaibench " + strings.Join(arguments, " ") + "\n" + stdout.String()
}

// faultsShown is what validating a faulty version of the shipped scenario prints.
func faultsShown(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "mine.yaml")
	faulty := "version: 1\nname: mine\ntitle: My first scenario\nsolution: retial\nplatform: linux\nmods: [hybrid, compartment]\npath: relayed\nruns: many\nwarm_up: 1\n"
	if err := os.WriteFile(file, []byte(faulty), 0o644); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	if code := cli.Main([]string{"eaibench", "validate", file}, strings.NewReader(""), &stdout, &stderr); code != 2 {
		t.Fatalf("validating a faulty scenario ends with %d", code)
	}
	said := strings.ReplaceAll(stdout.String()+stderr.String(), file, filepath.Base(file))
	return fmt.Sprintf("$ bin/eaibench validate %s\n%s", filepath.Base(file), said)
}

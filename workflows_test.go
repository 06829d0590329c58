package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// workflow is what is read of one of GitHub's.
type workflow struct {
	Jobs map[string]struct {
		RunsOn         any    `yaml:"runs-on"`
		If             string `yaml:"if"`
		TimeoutMinutes int    `yaml:"timeout-minutes"`
		Steps          []struct {
			Uses string `yaml:"uses"`
			Run  string `yaml:"run"`
		} `yaml:"steps"`
	} `yaml:"jobs"`
}

var makeTarget = regexp.MustCompile(`(?m)(?:^|\s)make ([a-z][a-z-]*)`)

// Workflows are YAML, every job of theirs runs something within a time, and what they make is there. The smoke test on CheriBSD is
// left to a runner that has it, and nothing hides how it ends.
func TestWorkflows(t *testing.T) {
	files, err := filepath.Glob(".github/workflows/*.yml")
	if err != nil || len(files) < 2 {
		t.Fatalf("workflows: %v, %v", files, err)
	}
	makefile := read(t, "Makefile")
	made := map[string][]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var read workflow
		if err := yaml.Unmarshal(text, &read); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if strings.Contains(string(text), "continue-on-error") {
			t.Errorf("%s hides failures", file)
		}
		for name, job := range read.Jobs {
			name = filepath.Base(file) + " " + name
			if job.RunsOn == nil || job.TimeoutMinutes == 0 {
				t.Errorf("%s runs on %v, for %d minutes", name, job.RunsOn, job.TimeoutMinutes)
			}
			for _, step := range job.Steps {
				for _, match := range makeTarget.FindAllStringSubmatch(step.Run, -1) {
					made[name] = append(made[name], match[1])
					if !strings.Contains(makefile, "\n"+match[1]+":") {
						t.Errorf("%s makes %s, which Makefile has not", name, match[1])
					}
				}
			}
			if len(made[name]) == 0 {
				t.Errorf("%s makes nothing", name)
			}
		}
		if job, ok := read.Jobs["smoke"]; ok && (job.If != "vars.MORELLO_IMAGE != ''" || !strings.Contains(string(text), "[self-hosted, linux, cheribsd-morello]")) {
			t.Errorf("the smoke test on CheriBSD runs if %q on %v", job.If, job.RunsOn)
		}
	}
	for name, want := range map[string]string{"tests.yml debian": "test", "tests.yml ubuntu": "test", "morello.yml smoke": "morello-smoke"} {
		if !strings.Contains(strings.Join(made[name], " "), want) {
			t.Errorf("%s makes %q, not %s", name, made[name], want)
		}
	}
}

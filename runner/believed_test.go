package runner

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"eaibench/hosts"
)

// halving writes half of what it is given, and says nothing of that.
type halving struct{ hosts.Host }

func (h halving) WriteFile(ctx context.Context, path string, content io.Reader, mode fs.FileMode) error {
	text, err := io.ReadAll(content)
	if err != nil {
		return err
	}
	return h.Host.WriteFile(ctx, path, strings.NewReader(string(text[:len(text)/2])), mode)
}

// A copy of eaibench that is not the original is never started; one that was altered on the host is made anew.
func TestCopyIsTheOriginal(t *testing.T) {
	folder := t.TempDir()
	original := filepath.Join(folder, "eaibench-other-system")
	if err := os.WriteFile(original, []byte("#!/bin/sh\necho started\nexit 0 # and more\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	place := Place{Name: "board", Host: halving{hosts.Local()}, WorkFolder: filepath.Join(folder, "work"), Executable: original}
	said, err := place.Ask(t.Context())
	if target := new(hosts.TargetError); !errors.As(err, &target) || target.Host != "board" || !strings.Contains(err.Error(), "differs from the original") {
		t.Errorf("half a copy said %q, %v", said, err)
	}
	place.Host = hosts.Local()
	if said, err := place.Ask(t.Context()); err != nil || said != "started\n" {
		t.Errorf("said %q, %v", said, err)
	}
	copies, err := filepath.Glob(filepath.Join(place.WorkFolder, deployedFolder, deployedPrefix+"*"))
	if err != nil || len(copies) != 1 {
		t.Fatalf("copies are %q, %v", copies, err)
	}
	if err := os.WriteFile(copies[0], []byte("#!/bin/sh\necho another\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if said, err := place.Ask(t.Context()); err != nil || said != "started\n" {
		t.Errorf("altered, it said %q, %v", said, err)
	}
}

// A steward tells of each process that it was asked for, or is not believed.
func TestStewardTellsOfAll(t *testing.T) {
	for answer, fits := range map[string]bool{
		`{"observed":{"processes":[{},{}]}}`: true,
		`{"observed":{"processes":[{}]}}`:    false,
		`{"observed":{}}`:                    false,
		`{"clock":{}}`:                       false,
	} {
		s := peer(t, func(in io.Reader, out io.Writer) error {
			var question stewardQuestion
			if err := json.NewDecoder(in).Decode(&question); err != nil || len(question.PIDs) != 2 {
				return errors.New("it was asked something else")
			}
			_, _ = io.WriteString(out, answer+"\n")
			_, _ = io.Copy(io.Discard, in)
			return nil
		})
		_, err := s.observe([]int{1, 2})
		if target := new(hosts.TargetError); (err == nil) != fits || err != nil && !errors.As(err, &target) {
			t.Errorf("%s: %v", answer, err)
		}
	}
}

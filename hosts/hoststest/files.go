package hoststest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"eaibench/hosts"
)

func (s suite) read(t *testing.T, path string) string {
	t.Helper()
	file, err := s.host.ReadFile(s.context(t), path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	content, err := io.ReadAll(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// listing names what there is below a folder: permissions and path.
func (s suite) listing(t *testing.T, folder string) string {
	t.Helper()
	got, _ := s.output(t, hosts.Command{
		Args: []string{"/bin/sh", "-c", `find . -type f -exec stat -c '%a %n' {} + | sort`}, Dir: folder,
		Env: []string{"PATH=/usr/bin:/bin", "LC_ALL=C"},
	})
	return got
}

// A program that was just written can be executed, whatever else is written and started at the same time.
func (s suite) freshPrograms(t *testing.T) {
	folder := s.folder + "/fresh"
	if err := s.host.MkdirAll(s.context(t), folder, 0o755); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range s.rounds {
				path := fmt.Sprintf("%s/%d-%d", folder, i, j)
				if err := s.host.WriteFile(s.context(t), path, strings.NewReader("#!/bin/sh\nexit 7\n"), 0o755); err != nil {
					t.Error(err)
					return
				}
				exit, err := s.host.Run(s.context(t), hosts.Command{Args: []string{path}})
				if err != nil || exit.Code != 7 {
					t.Errorf("%+v, %v", exit, err)
				}
			}
		})
	}
	all.Wait()
	if err := s.host.RemoveAll(s.context(t), folder); err != nil {
		t.Error(err)
	}
}

func (s suite) files(t *testing.T) {
	ctx := s.context(t)
	folder := s.folder + "/files of many/kinds"
	if err := s.host.MkdirAll(ctx, folder, 0o755); err != nil {
		t.Fatal(err)
	}
	path := folder + `/a 'name' with "quotes" $and *`
	for _, content := range []string{"", "text\n", string(make([]byte, 3_000_000)) + "\xff"} {
		if err := s.host.WriteFile(ctx, path, strings.NewReader(content), 0o640); err != nil {
			t.Fatal(err)
		}
		if s.read(t, path) != content {
			t.Errorf("%d bytes were written and others read", len(content))
		}
		hash, err := s.host.Hash(ctx, path)
		if err != nil || hash != sha256.Sum256([]byte(content)) {
			t.Errorf("hash of %d bytes: %x, %v", len(content), hash, err)
		}
	}
	equal(t, "files", s.listing(t, folder), "640 ./a 'name' with \"quotes\" $and *\n")
	if err := s.host.RemoveAll(ctx, s.folder+"/files of many"); err != nil {
		t.Fatal(err)
	}
	if err := s.host.RemoveAll(ctx, s.folder+"/files of many"); err != nil {
		t.Errorf("remove what is not there: %v", err)
	}
	equal(t, "files after removal", s.listing(t, s.folder), "")
}

// torn gives some content, then fails.
type torn struct{ io.Reader }

func (r torn) Read(buffer []byte) (int, error) {
	n, err := r.Reader.Read(buffer)
	if errors.Is(err, io.EOF) {
		err = errors.New("torn off")
	}
	return n, err
}

func (s suite) trees(t *testing.T) {
	folder := s.folder + "/tree"
	tree := fstest.MapFS{
		"source.c":            {Data: []byte("int main;\n"), Mode: 0o600},
		"deep/er/program":     {Data: []byte("#!/bin/sh\necho it runs\n"), Mode: 0o755},
		"deep/with space.txt": {Data: []byte("text"), Mode: 0o644},
	}
	if err := s.host.CopyTo(s.context(t), tree, folder); err != nil {
		t.Fatal(err)
	}
	equal(t, "files", s.listing(t, folder), "644 ./deep/with space.txt\n644 ./source.c\n755 ./deep/er/program\n")
	for name, file := range tree {
		equal(t, name, s.read(t, folder+"/"+name), string(file.Data))
	}
	got, _ := s.output(t, hosts.Command{Args: []string{folder + "/deep/er/program"}})
	equal(t, "output of the copied program", got, "it runs\n")

	tree["deep/link"] = &fstest.MapFile{Data: []byte("/etc/passwd"), Mode: fs.ModeSymlink | 0o777}
	if err := s.host.CopyTo(s.context(t), tree, folder); err == nil {
		t.Error("a tree with a symbolic link was copied")
	}
	if err := s.host.RemoveAll(s.context(t), folder); err != nil {
		t.Fatal(err)
	}
}

func (s suite) fileFaults(t *testing.T) {
	ctx := s.context(t)
	path := s.folder + "/kept"
	if err := s.host.WriteFile(ctx, path, strings.NewReader("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := s.host.WriteFile(ctx, path, torn{strings.NewReader("half")}, 0o644); err == nil {
		t.Error("content that could not be read to its end was written")
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if err := s.host.WriteFile(ended, path, strings.NewReader("new"), 0o644); !errors.Is(err, context.Canceled) {
		t.Errorf("writing when the context had ended: %v", err)
	}
	equal(t, "content after two failures", s.read(t, path), "old")
	equal(t, "files after two failures", s.listing(t, s.folder), "644 ./kept\n")
	if err := s.host.RemoveAll(ctx, path); err != nil {
		t.Fatal(err)
	}

	if _, err := s.host.ReadFile(ctx, path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("reading what is not there: %v, want it to wrap fs.ErrNotExist", err)
	}
	if _, err := s.host.Hash(ctx, path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("hashing what is not there: %v, want it to wrap fs.ErrNotExist", err)
	}
	for name, make := range map[string]string{
		"a link": "ln -s /etc/passwd \"$1\"", "a pipe": "mkfifo \"$1\"", "a folder": "mkdir \"$1\"",
	} {
		s.output(t, shell(make, path))
		file, err := s.host.ReadFile(ctx, path)
		var fault *hosts.HarnessError
		if !errors.As(err, &fault) {
			t.Errorf("reading %s: %v, %v, want a HarnessError", name, file, err)
		}
		if err := s.host.RemoveAll(ctx, path); err != nil {
			t.Fatal(err)
		}
	}
	for name, err := range map[string]error{
		"write": s.host.WriteFile(ctx, "relative", strings.NewReader(""), 0o644),
		"make":  s.host.MkdirAll(ctx, "relative", 0o755),
		"copy":  s.host.CopyTo(ctx, fstest.MapFS{}, "relative"),
		"rm":    s.host.RemoveAll(ctx, "relative"),
	} {
		var fault *hosts.HarnessError
		if !errors.As(err, &fault) {
			t.Errorf("%s with a relative path: %v, want a HarnessError", name, err)
		}
	}
}

package launcher

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"eaibench/internal/endpoint"
)

func openStore(t testing.TB, folder string) *Store {
	t.Helper()
	s := ok1(OpenStore(folder))(t)
	t.Cleanup(func() { ok(t, s.Close()) })
	return s
}

func wantFault(t testing.TB, err error, status int, part string) {
	t.Helper()
	fault, is := errors.AsType[*endpoint.Fault](err)
	if !is || fault.Status != status || !strings.Contains(fault.Message, part) {
		t.Errorf("got %v, want status %d: … %s …", err, status, part)
	}
}

func TestFileNames(t *testing.T) {
	for _, test := range []struct{ file, program string }{
		{"retail.c", "retail"},
		{"Retail_2.c", "retail-2"},
		{"0-x.c", "0-x"},
		{strings.Repeat("a", 63) + ".c", strings.Repeat("a", 63)},
		{strings.Repeat("a", 64) + ".c", ""},
		{"", ""},
		{".c", ""},
		{"retail", ""},
		{"retail.C", ""},
		{"retail.c.c", ""},
		{"_retail.c", ""},
		{"-retail.c", ""},
		{"../retail.c", ""},
		{"/etc/retail.c", ""},
		{`..\retail.c`, ""},
		{"a/b.c", ""},
		{"retail.c\x00.c", ""},
		{"retail.c\n", ""},
		{"rétail.c", ""},
		{"con fig.c", ""},
		{".being-written-1.c", ""},
	} {
		program, err := programName(test.file)
		if program != test.program || (err == nil) != (test.program != "") {
			t.Errorf("%q: got %q, %v", test.file, program, err)
		}
	}
}

func TestStoreKeepsIDs(t *testing.T) {
	folder := t.TempDir()
	s := ok1(OpenStore(folder))(t)
	first, _, err := s.Upload("first.c", []byte("one"))
	ok(t, err)
	second, _, err := s.Upload("second.c", []byte("two"))
	ok(t, err)
	ok1(s.addExecutable(first.ID, Executable{Mode: "hybrid"}, []byte("built")))(t)

	again, replaced, err := s.Upload("first.c", []byte("one"))
	ok(t, err)
	if again.ID != first.ID || replaced || len(again.Executables) != 1 {
		t.Errorf("the same again: got %+v, replaced %t", again, replaced)
	}
	again, replaced, err = s.Upload("first.c", []byte("other"))
	ok(t, err)
	if again.ID != first.ID || !replaced || len(again.Executables) != 0 {
		t.Errorf("another content: got %+v, replaced %t", again, replaced)
	}
	if left := ok1(os.ReadDir(filepath.Join(folder, executablesFolder)))(t); len(left) != 0 {
		t.Errorf("executables of the old source are left: %v", left)
	}
	ok(t, s.Delete(second.ID))
	ok(t, s.Close())

	s = openStore(t, folder)
	third, _, err := s.Upload("third.c", []byte("three"))
	ok(t, err)
	if third.ID != 3 {
		t.Errorf("the ID of a deleted program was given again, or one was left out: %d", third.ID)
	}
	if _, err := os.Stat(s.sourcePath(second)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the deleted source is left: %v", err)
	}
	wantFault(t, s.Delete(second.ID), http.StatusNotFound, "no program has ID 2")
}

func TestStoreFaults(t *testing.T) {
	s := openStore(t, t.TempDir())
	p, _, err := s.Upload("a_b.c", []byte("x"))
	ok(t, err)
	upload := func(name string, content []byte) error {
		_, _, err := s.Upload(name, content)
		return err
	}
	wantFault(t, upload("a-b.c", []byte("x")), http.StatusConflict, "already held by file a_b.c")
	wantFault(t, upload("empty.c", nil), http.StatusBadRequest, "empty")
	wantFault(t, upload("long.c", make([]byte, UploadLimit+1)), http.StatusRequestEntityTooLarge, "longer than")
	wantFault(t, upload("../x.c", []byte("x")), http.StatusBadRequest, "not allowed")
	_, release, err := s.use(p.ID)
	ok(t, err)
	wantFault(t, s.Delete(p.ID), http.StatusConflict, "being compiled or executed")
	wantFault(t, upload("a_b.c", []byte("y")), http.StatusConflict, "being compiled or executed")
	release()
	release() // once is enough, twice is not less
	ok(t, s.Delete(p.ID))
}

func TestStoreHasOneLauncher(t *testing.T) {
	folder := t.TempDir()
	openStore(t, folder)
	if _, err := OpenStore(folder); err == nil || !strings.Contains(err.Error(), "another launcher") {
		t.Errorf("got %v", err)
	}
}

func TestDamagedDatabaseIsReportedAndKept(t *testing.T) {
	const program = `{"id":1,"program":"a","file_name":"a.c","source_sha256":"","uploaded":"2026-01-01T00:00:00Z","executables":[]}`
	for name, content := range map[string]string{
		"empty":          "",
		"cut off":        `{"version":1,"next_id":2,"programs":[{"id":1`,
		"another member": `{"version":1,"next_id":1,"programs":[],"more":1}`,
		"followed":       `{"version":1,"next_id":1,"programs":[]} {}`,
		"version":        `{"version":2,"next_id":1,"programs":[]}`,
		"ID given again": `{"version":1,"next_id":1,"programs":[` + program + `]}`,
		"twice":          `{"version":1,"next_id":9,"programs":[` + program + `,` + strings.Replace(program, `"id":1`, `"id":2`, 1) + `]}`,
		"path":           `{"version":1,"next_id":2,"programs":[` + strings.Replace(program, "a.c", "../a.c", 1) + `]}`,
		"foreign file":   `{"version":1,"next_id":2,"programs":[` + strings.Replace(program, "[]", `[{"mode":"hybrid","file":"../../etc/passwd"}]`, 1) + `]}`,
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			path := filepath.Join(folder, databaseFile)
			ok(t, os.MkdirAll(filepath.Dir(path), 0o700))
			ok(t, os.WriteFile(path, []byte(content), 0o600))
			_, err := OpenStore(folder)
			if damaged, is := errors.AsType[*DamagedError](err); !is || damaged.Path != path || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v", err)
			}
			if kept := string(ok1(os.ReadFile(path))(t)); kept != content {
				t.Errorf("the file was changed to %q", kept)
			}
		})
	}
}

// writeStoreForEver is the sub-process that is killed: it uploads, replaces, compiles and deletes
// until then, and says how far it came.
func writeStoreForEver(folder string) {
	s, err := OpenStore(folder)
	for i := 0; err == nil; i++ {
		var p Program
		name := fmt.Sprintf("p%d.c", i%3)
		if p, _, err = s.Upload(name, fmt.Appendf(nil, "source %d", i)); err == nil {
			_, err = s.addExecutable(p.ID, Executable{Mode: "hybrid"}, fmt.Appendf(nil, "executable %d", i))
		}
		if err == nil && i%7 == 6 {
			err = s.Delete(p.ID)
		}
		fmt.Println(i)
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func TestStoreSurvivesKill(t *testing.T) {
	folder := t.TempDir()
	highest := 0
	for round := range 20 {
		command := exec.Command(os.Args[0], "write-store-for-ever", folder)
		var complaint strings.Builder
		command.Stderr = &complaint
		output := ok1(command.StdoutPipe())(t)
		ok(t, command.Start())
		// It has begun to write; then it may be anywhere.
		var line [16]byte
		ok1(output.Read(line[:]))(t)
		time.Sleep(time.Duration(round) * 700 * time.Microsecond)
		ok(t, command.Process.Kill())
		_ = command.Wait() // killed, so never nil
		if complaint.Len() > 0 {
			t.Fatalf("round %d: %s", round, complaint.String())
		}
		s := ok1(OpenStore(folder))(t)
		for _, p := range s.List() {
			if hash := hexHash(ok1(s.source(p))(t)); hash != p.SourceSHA256 {
				t.Errorf("round %d: source of program %d is another", round, p.ID)
			}
			for _, e := range p.Executables {
				if hash := hexHash(ok1(os.ReadFile(s.executablePath(e)))(t)); hash != e.SHA256 {
					t.Errorf("round %d: executable of program %d is another", round, p.ID)
				}
			}
		}
		if s.db.NextID < highest {
			t.Errorf("round %d: IDs went back from %d to %d", round, highest, s.db.NextID)
		}
		highest = s.db.NextID
		left := ok1(filepath.Glob(filepath.Join(folder, programsFolder, "*", temporaryPrefix+"*")))(t)
		if len(left) != 0 {
			t.Errorf("round %d: half-written files are left: %v", round, left)
		}
		ok(t, s.Close())
	}
	if highest < 2 {
		t.Error("nothing was ever stored")
	}
}

// A launcher that was killed between replacing a source and saying so has the new source, and
// nothing compiled from the old one.
func TestReplacedSourceIsAdopted(t *testing.T) {
	folder := t.TempDir()
	s := ok1(OpenStore(folder))(t)
	p, _, err := s.Upload("a.c", []byte("old"))
	ok(t, err)
	ok1(s.addExecutable(p.ID, Executable{Mode: "hybrid"}, []byte("built")))(t)
	ok(t, s.Close())
	ok(t, os.WriteFile(s.sourcePath(p), []byte("new"), 0o600))
	s = openStore(t, folder)
	p = s.List()[0]
	if p.SourceSHA256 != hexHash([]byte("new")) || len(p.Executables) != 0 {
		t.Errorf("got %+v", p)
	}
}

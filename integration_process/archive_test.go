package integration_process

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

const mainSource = "#include \"parts/add.h\"\nint main(void) { return add(1, -1); }\n"

// packed is what a test puts into an archive.
type packed []struct {
	name    string
	content string
	kind    byte // a file when 0
	link    string
}

func (p packed) tar(t testing.TB) []byte {
	t.Helper()
	var archive bytes.Buffer
	writer := tar.NewWriter(&archive)
	for _, entry := range p {
		header := &tar.Header{Name: entry.name, Typeflag: entry.kind, Linkname: entry.link, Size: int64(len(entry.content)), Mode: 0o644}
		switch entry.kind {
		case 0:
			header.Typeflag = tar.TypeReg
		case tar.TypeXGlobalHeader:
			header = &tar.Header{Name: entry.name, Typeflag: entry.kind, PAXRecords: map[string]string{"comment": "a commit"}}
		}
		if err := writer.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if _, err := writer.Write([]byte(entry.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return archive.Bytes()
}

func zipped(t testing.TB, content []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	writer, err := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := writer.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// However the same files come, they are the same program.
func TestProgramOfSeveralFiles(t *testing.T) {
	files := packed{
		{name: "main.c", content: mainSource},
		{name: "parts/", kind: tar.TypeDir},
		{name: "parts/add.c", content: "int add(int a, int b) { return a + b; }\n"},
		{name: "parts/add.h", content: "int add(int a, int b);\n"},
	}
	within := func(folder string) packed {
		moved := packed{{name: "pax_global_header", kind: tar.TypeXGlobalHeader}, {name: folder, kind: tar.TypeDir}}
		for _, entry := range files {
			entry.name = folder + entry.name
			moved = append(moved, entry)
		}
		return moved
	}
	want, err := NewSources("sum", "sum.tar", files.tar(t))
	if err != nil {
		t.Fatal(err)
	}
	if names := slices.Sorted(maps.Keys(want.Files("/source", "/runtime"))); !slices.Equal(names, []string{"/source/main.c", "/source/parts/add.c", "/source/parts/add.h"}) {
		t.Errorf("files %q", names)
	}
	if units := want.CompilationUnits("/source", "/runtime"); !slices.Equal(units, []string{"/source/main.c", "/source/parts/add.c"}) {
		t.Errorf("compilation units %q", units)
	}
	if !want.Plain() || want.Program() != "sum" {
		t.Errorf("plain %v, program %q", want.Plain(), want.Program())
	}
	slices.Reverse(files)
	for name, archive := range map[string][]byte{
		"sum.tar":        files.tar(t),
		"sum.tar.gz":     zipped(t, files.tar(t)),
		"dots.tar":       within("./").tar(t),
		"folder.tar":     within("sum-1/").tar(t),
		"folders.tar.gz": zipped(t, within("./a/b/").tar(t)),
	} {
		got, err := NewSources("sum", name, archive)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if got.SHA256() != want.SHA256() {
			t.Errorf("%s is another program", name)
		}
	}
	folder := fstest.MapFS{"Makefile": {}, ".git/x.c": {}}
	for name, content := range want.own {
		folder[name] = &fstest.MapFile{Data: content}
	}
	if got, err := NewSourcesOf("sum", folder); err != nil || got.SHA256() != want.SHA256() {
		t.Errorf("the folder is another program, or %v", err)
	}
}

func TestAnyFileMayAskForTheRuntime(t *testing.T) {
	files := packed{{name: "main.c", content: "#include \"all.h\"\nint main(void) { }\n"}, {name: "all.h", content: "#include \"integration_process.h\"\n"}}
	sources, err := NewSources("mine", "mine.tar", files.tar(t))
	if err != nil || sources.Plain() {
		t.Fatalf("%v, plain", err)
	}
	if units := sources.CompilationUnits("/source", "/runtime"); !slices.Contains(units, "/source/main.c") || !slices.Contains(units, "/runtime/frames.c") {
		t.Errorf("compilation units %q", units)
	}
}

func TestArchiveAtItsBounds(t *testing.T) {
	long := strings.Repeat("a", 63)
	files := packed{{name: "main.c", content: mainSource}, {name: strings.Repeat("a/", 7) + "x.h"}, {name: long + "/" + long + "/" + long + ".h"}}
	for i := len(files); i < MostFiles; i++ {
		files = append(files, packed{{name: fmt.Sprintf("f%d.h", i)}}...)
	}
	files[len(files)-1].content = strings.Repeat("x", MostBytes-len(mainSource))
	if sources, err := NewSources("x", "x.tar.gz", zipped(t, files.tar(t))); err != nil || len(sources.own) != MostFiles {
		t.Error(err)
	}
}

func TestBadArchives(t *testing.T) {
	good := packed{{name: "main.c", content: mainSource}}
	with := func(name, content string, kind byte, link string) packed {
		return append(slices.Clone(good), packed{{name, content, kind, link}}...)
	}
	many := slices.Clone(good)
	for i := range MostFiles {
		many = append(many, packed{{name: fmt.Sprintf("f%d.h", i)}}...)
	}
	folders := slices.Clone(good)
	for i := range mostEntries {
		folders = append(folders, packed{{name: fmt.Sprintf("f%d/", i), kind: tar.TypeDir}}...)
	}
	half := strings.Repeat(" ", MostBytes/2)
	tests := map[string]struct {
		files packed
		want  string
	}{
		"above its folder":     {with("../x.c", "", 0, ""), "not the name of a .c or .h file below this folder"},
		"above, from within":   {with("a/../../x.c", "", 0, ""), "not the name"},
		"absolute":             {with("/etc/x.c", "", 0, ""), "not the name"},
		"hidden":               {with("._main.c", "", 0, ""), "not the name"},
		"hidden folder":        {with(".a/x.c", "", 0, ""), "not the name"},
		"dots within":          {with("a/./x.c", "", 0, ""), "not the name"},
		"backslash":            {with(`..\x.c`, "", 0, ""), "not the name"},
		"an option":            {with("-x.c", "", 0, ""), "not the name"},
		"end of line":          {with("x\n.c", "", 0, ""), "not the name"},
		"deep":                 {with(strings.Repeat("a/", 8)+"x.c", "", 0, ""), "not the name"},
		"a long part":          {with(strings.Repeat("a", 64)+".c", "", 0, ""), "not the name"},
		"long":                 {with(strings.Repeat(strings.Repeat("a", 60)+"/", 3)+strings.Repeat("b", 20)+".c", "", 0, ""), "not the name"},
		"another kind of file": {with("run.sh", "", 0, ""), "not the name"},
		"object file":          {with("evil.o", "", 0, ""), "not the name"},
		"symbolic link":        {with("x.h", "", tar.TypeSymlink, "/etc/passwd"), `"x.h" is a symbolic link`},
		"hard link":            {with("x.h", "", tar.TypeLink, "main.c"), `"x.h" is a hard link`},
		"device":               {with("x.h", "", tar.TypeChar, ""), `"x.h" is a device`},
		"block device":         {with("x.h", "", tar.TypeBlock, ""), `"x.h" is a device`},
		"named pipe":           {with("x.h", "", tar.TypeFifo, ""), `"x.h" is a named pipe`},
		"twice":                {with("main.c", "", 0, ""), "main.c is there twice"},
		"twice, differently":   {with("./main.c", "", 0, ""), "main.c is there twice"},
		"empty":                {nil, "no .c file"},
		"headers alone":        {packed{{name: "main.h", content: mainSource}}, "no .c file"},
		"no main":              {packed{{name: "x.c", content: "int x;"}, {name: "x.h", content: "int main(void);"}}, "main function"},
		"many files":           {many, "too large: more than 64 files"},
		"many entries":         {folders, "too large: it has more than 256 entries"},
		"too many bytes":       {append(with("a.h", half, 0, ""), packed{{name: "b.h", content: half}}...), "too large: its files have more than 16777216 bytes"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for file, archive := range map[string][]byte{"x.tar": test.files.tar(t), "x.tar.gz": zipped(t, test.files.tar(t))} {
				_, err := NewSources("x", file, archive)
				if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "archive "+file+": ") {
					t.Errorf("%s: got %v, want … %s …", file, err, test.want)
				}
				if tooLarge := strings.HasPrefix(test.want, "too large"); tooLarge != errors.Is(err, ErrTooLarge) {
					t.Errorf("%s: too large: %v", file, !tooLarge)
				}
			}
		})
	}
}

func TestDamagedArchives(t *testing.T) {
	whole := packed{{name: "main.c", content: mainSource}}.tar(t)
	pressed := zipped(t, whole)
	wrongSum := slices.Clone(pressed)
	wrongSum[len(wrongSum)-8]++
	bomb := zipped(t, append(slices.Clone(whole), make([]byte, 64<<20)...))
	for name, test := range map[string]struct {
		file    string
		content []byte
		want    string
	}{
		"no archive":               {"x.tar", []byte("int main(void) { return 0; }"), "not a tar archive"},
		"compressed, not so named": {"x.tar", pressed, "not a tar archive"},
		"not compressed":           {"x.tar.gz", whole, "not compressed with gzip"},
		"cut off":                  {"x.tar", whole[:530], "unexpected EOF"},
		"cut off, compressed":      {"x.tar.gz", pressed[:len(pressed)-20], "unexpected EOF"},
		"wrong checksum":           {"x.tar.gz", wrongSum, "checksum"},
		"much behind it":           {"x.tar.gz", bomb, "too large"},
		"too long":                 {"x.tar", append(slices.Clone(whole), make([]byte, mostUnzipped)...), "too large"},
	} {
		if _, err := NewSources("x", test.file, test.content); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want … %s …", name, err, test.want)
		}
	}
}

func TestBadFolders(t *testing.T) {
	const symbolicLink = 0o777 | 1<<27
	for name, folder := range map[string]fstest.MapFS{
		"empty":   {},
		"no main": {"x.c": {Data: []byte("int x;")}},
		"link":    {"main.c": {Data: []byte(mainSource)}, "x.h": {Data: []byte("/etc/passwd"), Mode: symbolicLink}},
		"name":    {"main.c": {Data: []byte(mainSource)}, "a b.c": {}},
	} {
		if sources, err := NewSourcesOf("x", folder); err == nil {
			t.Errorf("%s: got %v", name, sources.own)
		}
	}
}

// FuzzArchive reads what anybody may upload: whatever it is, what comes out stays below its folder and within its bounds, and is
// the same when packed again.
func FuzzArchive(f *testing.F) {
	good := packed{{name: "a/main.c", content: mainSource}, {name: "a/parts/add.h", content: "int add(int a, int b);\n"}}
	f.Add(good.tar(f), false)
	f.Add(zipped(f, good.tar(f)), true)
	for _, kind := range []byte{tar.TypeLink, tar.TypeSymlink, tar.TypeChar, tar.TypeDir, tar.TypeFifo} {
		f.Add(append(slices.Clone(good), packed{{name: "../x.c", kind: kind, link: "/etc/passwd"}}...).tar(f), false)
	}
	f.Fuzz(func(t *testing.T, content []byte, compressed bool) {
		name := "x.tar"
		if compressed {
			name += ".gz"
		}
		if sources, err := NewSources("x", name, content); err == nil {
			checkTaken(t, sources)
		}
	})
}

// FuzzArchiveEntry adds an entry, whatever it says of itself, to a good archive.
func FuzzArchiveEntry(f *testing.F) {
	f.Add("parts/add.h", byte(tar.TypeReg), "", []byte("int add(int a, int b);\n"))
	f.Add("../x.c", byte(tar.TypeReg), "", []byte(""))
	f.Add("./a//x.c", byte(tar.TypeSymlink), "../../etc/passwd", []byte(""))
	f.Fuzz(func(t *testing.T, name string, kind byte, link string, content []byte) {
		var archive bytes.Buffer
		writer := tar.NewWriter(&archive)
		for _, header := range []*tar.Header{
			{Name: "main.c", Typeflag: tar.TypeReg, Size: int64(len(mainSource))},
			{Name: name, Typeflag: kind, Linkname: link, Size: int64(len(content))},
		} {
			if writer.WriteHeader(header) != nil {
				return // cannot be said in an archive
			}
			if _, err := writer.Write(map[bool][]byte{true: []byte(mainSource), false: content}[header.Name == "main.c"]); err != nil {
				return
			}
		}
		if writer.Close() != nil {
			return
		}
		if sources, err := NewSources("x", "x.tar", archive.Bytes()); err == nil {
			checkTaken(t, sources)
		}
	})
}

// checkTaken checks what is promised of every archive that is taken.
func checkTaken(t *testing.T, sources *Sources) {
	t.Helper()
	total := 0
	var again packed
	for name, content := range sources.own {
		if file := path.Join("/source", name); !strings.HasPrefix(file, "/source/") || path.Clean(name) != name || strings.ContainsAny(name, "\\\x00\n") {
			t.Errorf("%q leads out of the folder", name)
		}
		if ending := path.Ext(name); ending != ".c" && ending != ".h" {
			t.Errorf("%q is no source", name)
		}
		total += len(content)
		again = append(again, packed{{name: name, content: string(content)}}...)
	}
	if len(sources.own) > MostFiles || total > MostBytes {
		t.Errorf("%d files of %d bytes", len(sources.own), total)
	}
	repacked, err := NewSources("x", "x.tar.gz", zipped(t, again.tar(t)))
	if err != nil || repacked.SHA256() != sources.SHA256() {
		t.Errorf("packed again it is another program, or %v", err)
	}
}

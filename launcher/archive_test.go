package launcher

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"eaibench/integration_process"
)

// archived packs files into a .tar.gz.
func archived(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var archive bytes.Buffer
	compressed := gzip.NewWriter(&archive)
	writer := tar.NewWriter(compressed)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		ok(t, writer.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Size: int64(len(files[name])), Mode: 0o644}))
		ok1(writer.Write([]byte(files[name])))(t)
	}
	ok(t, errors.Join(writer.Close(), compressed.Close()))
	return archive.Bytes()
}

func TestArchiveIsOneProgram(t *testing.T) {
	s := newSurroundings(t)
	l := s.launcher(t)
	files := map[string]string{
		"sum/main.c":      "#include <stdio.h>\n#include \"parts/add.h\"\nint main(void) { printf(\"%d\\n\", add(40, 2)); return 0; }\n",
		"sum/parts/add.c": "#include \"add.h\"\nint add(int a, int b) { return a + b; }\n",
		"sum/parts/add.h": "int add(int a, int b);\n",
	}
	id := upload(t, l, "Sum_2.tar.gz", archived(t, files))
	hashes := map[string]bool{}
	for _, mode := range s.options.Profile.Chain() {
		compiled := ok1(l.Compile(t.Context(), id, mode))(t)
		hashes[compiled.SourceSHA256] = true
		if compiled.Program != "sum-2" || !slices.Contains(compiled.CompileCommand, "/source/parts/add.c") {
			t.Errorf("%s: program %s, command %q", mode, compiled.Program, compiled.CompileCommand)
		}
		if result := ok1(l.Execute(t.Context(), id, mode, ExecuteRequest{}))(t); result.Status != OK || result.Output != "42\n" || result.SourceSHA256 != compiled.SourceSHA256 {
			t.Errorf("%s: %s, output %q, source %s", mode, result.Message, result.Output, result.SourceSHA256)
		}
	}
	// Every file counts, a header too.
	files["sum/parts/add.h"] += "\n"
	if again := upload(t, l, "Sum_2.tar.gz", archived(t, files)); again != id {
		t.Errorf("uploaded again it has ID %d", again)
	}
	hashes[ok1(l.Compile(t.Context(), id, "hybrid"))(t).SourceSHA256] = true
	if len(hashes) != 2 {
		t.Errorf("source hashes %v", hashes)
	}
	_, _, err := l.store.Upload("sum-2.c", []byte("int main(void) { return 0; }"))
	wantFault(t, err, http.StatusConflict, "already held by file Sum_2.tar.gz")
	_, _, err = l.store.Upload("evil.tar.gz", archived(t, map[string]string{"../evil.c": "int main(void) { return 0; }"}))
	wantFault(t, err, http.StatusBadRequest, "below this folder")
	_, _, err = l.store.Upload("long.tar.gz", archived(t, map[string]string{"long.c": strings.Repeat(" ", UploadLimit+1)}))
	wantFault(t, err, http.StatusRequestEntityTooLarge, "more than 16777216 bytes")
	if listed := l.store.List(); len(listed) != 1 {
		t.Errorf("stored: %+v", listed)
	}
	// A file of the archive that is at fault is named as it is in the archive.
	files["sum/parts/add.c"] = "int add(int a, int b) { return nothing; }\n"
	upload(t, l, "Sum_2.tar.gz", archived(t, files))
	_, err = l.Compile(t.Context(), id, "hybrid")
	wantFault(t, err, http.StatusBadRequest, "parts/add.c:1:")
	nothingLeft(t, l)
}

// An integration process of several files is attested as any other; the source hash of its evidence is over all of them.
func TestArchivedIntegrationProcessIsAttested(t *testing.T) {
	s := newSurroundings(t)
	l := s.launcher(t)
	source := string(ok1(integration_process.Source("retail"))(t))
	content := archived(t, map[string]string{"retail/main.c": "#include \"parts/note.h\"\n" + source, "retail/parts/note.h": "/* beside it */\n"})
	id := upload(t, l, "retail.tar.gz", content)
	compiled := ok1(l.Compile(t.Context(), id, "hybrid"))(t)
	if compiled.Plain || !slices.Contains(compiled.CompileCommand, "/source/main.c") || !slices.Contains(compiled.CompileCommand, "/runtime/frames.c") {
		t.Errorf("plain %v, command %q", compiled.Plain, compiled.CompileCommand)
	}
	result := ok1(l.Execute(t.Context(), id, "hybrid", ExecuteRequest{Run: "archived"}))(t)
	if result.Status != OK || result.Plain || result.Attested == nil || result.SourceSHA256 != compiled.SourceSHA256 {
		t.Errorf("%s: %s", result.Message, result.ErrorOutput)
	}
	if certificate := ok1(l.store.certificate("retail", "archived"))(t); len(certificate) == 0 {
		t.Error("no certificate is stored")
	}
	nothingLeft(t, l)
}

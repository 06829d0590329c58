package cli

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const publishedHello = "#include <stdio.h>\n\nint main(void)\n{\n\tputs(\"Hello, world\");\n\tfputs(\"a complaint\\n\", stderr);\n\treturn 0;\n}\n"

// TestPublishedClient plays what a user of the published prototype's clients does, against the built launcher: upload, list,
// compile, execute, delete, and every fault.
func TestPublishedClient(t *testing.T) {
	folder := t.TempDir()
	c := publishedLauncher(t, folder)
	if listed := c.files(); len(listed) != 0 {
		t.Errorf("an empty store lists %v", listed)
	}
	uploaded := c.upload("hello.c", publishedHello, http.StatusOK)
	if uploaded.has(t, "message"); uploaded["program_id"] != 1.0 {
		t.Errorf("upload: %v", uploaded)
	}
	listed := c.files()[0]
	if listed.has(t, "file_path"); listed["id"] != 1.0 || listed["file_name"] != "hello.c" || len(listed["executables"].([]any)) != 0 || len(listed["certificates"].([]any)) != 0 {
		t.Errorf("listed: %v", listed)
	}
	compiled := c.call("POST", "/compile/1", http.StatusOK)
	compiled.has(t, "message", "output", "error_output", "certificate_path")
	if _, err := os.Stat(compiled["executable_path"].(string)); err != nil {
		t.Errorf("compile: %v", err)
	}
	executed := c.call("POST", "/execute/1", http.StatusOK)
	executed.has(t, "message")
	if executed["output"] != "Hello, world\n" || executed["error_output"] != "a complaint\n" || executed["executable_path"] != compiled["executable_path"] || executed["status"] != "ok" || executed["plain"] != true {
		t.Errorf("execute: %v", executed)
	}
	if listed := c.files()[0]; !slices.Equal(listed["executables"].([]any), []any{compiled["executable_path"]}) {
		t.Errorf("listed: %v", listed)
	}
	t.Run("archive", func(t *testing.T) { checkPublishedArchive(t, publishedClient{t, c.address}, folder) })
	t.Run("faults", func(t *testing.T) {
		checkPublishedFaults(t, publishedClient{t, c.address}, filepath.Join(folder, "launcher"))
	})
	c.call("DELETE", "/files/1", http.StatusOK).has(t, "message")
	if listed := c.files(); slices.ContainsFunc(listed, func(b body) bool { return b["id"] == 1.0 }) {
		t.Errorf("after the deletion: %v", listed)
	}
	if _, err := os.Stat(compiled["executable_path"].(string)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("after the deletion: %v", err)
	}
}

// checkPublishedArchive uploads a program of several files; the reference that is built of them, packed or not, is what the
// launcher compiles.
func checkPublishedArchive(t *testing.T, c publishedClient, folder string) {
	files := map[string]string{
		"main.c":      "#include <stdio.h>\n#include \"parts/add.h\"\nint main(void) { printf(\"%d\\n\", add(40, 2)); return 0; }\n",
		"parts/add.c": "#include \"add.h\"\nint add(int a, int b) { return a + b; }\n",
		"parts/add.h": "int add(int a, int b);\n",
	}
	var archive bytes.Buffer
	compressed := gzip.NewWriter(&archive)
	writer := tar.NewWriter(compressed)
	unpacked := filepath.Join(folder, "unpacked")
	for _, name := range slices.Sorted(maps.Keys(files)) {
		content := []byte(files[name])
		err := writer.WriteHeader(&tar.Header{Name: "sum/" + name, Typeflag: tar.TypeReg, Size: int64(len(content)), Mode: 0o644})
		_, writing := writer.Write(content)
		file := filepath.Join(unpacked, name)
		if err := errors.Join(err, writing, os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, content, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	packed := filepath.Join(folder, "sum.tar.gz")
	if err := errors.Join(writer.Close(), compressed.Close(), os.WriteFile(packed, archive.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
	id := c.upload("sum.tar.gz", archive.String(), http.StatusOK)["program_id"]
	compiled := c.call("POST", fmt.Sprintf("/compile/%v", id), http.StatusOK)
	if executed := c.call("POST", fmt.Sprintf("/execute/%v", id), http.StatusOK); executed["output"] != "42\n" {
		t.Errorf("execute: %v", executed)
	}
	for _, source := range []string{packed, unpacked} {
		out := filepath.Join(folder, "references.yaml")
		mustRun(t, "attest", "reference", "--program", "sum", "--source", source, "--mode", "hybrid", "--out", out)
		text, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		for _, hash := range []string{"executable_sha256", "source_sha256"} {
			if want := fmt.Sprintf("%s: %q\n", hash, compiled[hash]); !strings.Contains(string(text), want) {
				t.Errorf("%s is built to another program: %q is not in\n%s", source, want, text)
			}
		}
	}
}

func checkPublishedFaults(t *testing.T, c publishedClient, data string) {
	const empty = "int main(void) { return 0; }\n"
	// 400
	c.form(`name="data"; filename="x.c"`, empty, http.StatusBadRequest)
	c.upload("../x.c", empty, http.StatusBadRequest)
	c.upload("x.py", strings.Repeat(" ", 16<<20), http.StatusBadRequest)
	c.upload("x.tar.gz", empty, http.StatusBadRequest)
	c.upload("x.c", "", http.StatusBadRequest)
	bad := c.upload("bad.c", "int main(void) { return nothing; }\n", http.StatusOK)["program_id"]
	if fault := c.call("POST", fmt.Sprintf("/compile/%v", bad), http.StatusBadRequest); !strings.Contains(fault["error"].(string), "nothing") {
		t.Errorf("a program that does not compile: %v", fault)
	}
	// 404
	c.call("POST", fmt.Sprintf("/execute/%v", bad), http.StatusNotFound)
	for _, request := range []string{"POST /compile/99", "POST /execute/99", "DELETE /files/99", "DELETE /files/one", "GET /nothing"} {
		method, path, _ := strings.Cut(request, " ")
		c.call(method, path, http.StatusNotFound)
	}
	// 409
	c.upload("HELLO.c", empty, http.StatusConflict)
	checkPublishedInUse(t, c)
	// 413
	c.upload("long.c", strings.Repeat(" ", 16<<20+1), http.StatusRequestEntityTooLarge)
	c.upload("longer.c", strings.Repeat(" ", 40<<20), http.StatusRequestEntityTooLarge)
	// 500: the store's folder is gone.
	sources := filepath.Join(data, "programs-data-base", "sources")
	if err := os.Rename(sources, sources+"-away"); err != nil {
		t.Fatal(err)
	}
	c.upload("new.c", empty, http.StatusInternalServerError)
	if err := os.Rename(sources+"-away", sources); err != nil {
		t.Fatal(err)
	}
}

// checkPublishedInUse deletes a program that is being executed: it runs, since it has called, and goes on until it is answered.
func checkPublishedInUse(t *testing.T, c publishedClient) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	id := c.upload("waits.c", waitingSource(listener), http.StatusOK)["program_id"]
	c.call("POST", fmt.Sprintf("/compile/%v", id), http.StatusOK)
	executed := make(chan int, 1)
	go func() {
		status, _ := c.send("POST", fmt.Sprintf("/execute/%v", id), "", "")
		executed <- status
	}()
	called, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	c.call("DELETE", fmt.Sprintf("/files/%v", id), http.StatusConflict)
	if err := called.Close(); err != nil {
		t.Error(err)
	}
	if status := <-executed; status != http.StatusOK {
		t.Errorf("execute: %d", status)
	}
	c.call("DELETE", fmt.Sprintf("/files/%v", id), http.StatusOK)
}

// waitingSource is a program that calls, and ends when it is hung up on.
func waitingSource(listener net.Listener) string {
	return fmt.Sprintf("#include <arpa/inet.h>\n#include <unistd.h>\nint main(void)\n{\n\tstruct sockaddr_in there = { .sin_family = AF_INET, .sin_port = htons(%d) };\n"+
		"\tthere.sin_addr.s_addr = htonl(INADDR_LOOPBACK);\n\tchar byte;\n\tint s = socket(AF_INET, SOCK_STREAM, 0);\n"+
		"\treturn connect(s, (struct sockaddr *)&there, sizeof there) != 0 || read(s, &byte, 1) != 0;\n}\n", listener.Addr().(*net.TCPAddr).Port)
}

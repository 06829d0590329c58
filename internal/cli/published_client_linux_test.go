package cli

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"eaibench/internal/endpoint"
)

// publishedClient sends what the published prototype's clients send with Python's requests, byte for byte as that library writes
// it: no query, no body where there is nothing to say, any certificate taken (verify=False).
type publishedClient struct {
	t       *testing.T
	address string
}

// body is an answer's JSON: the published clients look members up by name.
type body map[string]any

func (c publishedClient) send(method, path, more, content string) (status int, text []byte) {
	c.t.Helper()
	connection, err := tls.Dial("tcp", c.address, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		c.t.Fatal(err)
	}
	defer connection.Close()
	length := ""
	if method != "GET" {
		length = fmt.Sprintf("Content-Length: %d\r\n", len(content))
	}
	// requests listens when it has sent everything.
	if _, err := fmt.Fprintf(connection, "%s %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: python-requests/2.32.3\r\nAccept-Encoding: gzip, deflate\r\n"+
		"Accept: */*\r\nConnection: keep-alive\r\n%s%s\r\n%s", method, path, c.address, length, more, content); err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	reply, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer reply.Body.Close()
	if text, err = io.ReadAll(reply.Body); err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	if kind := reply.Header.Get("Content-Type"); !strings.HasPrefix(kind, "application/json") {
		c.t.Errorf("%s %s is answered with %s", method, path, kind)
	}
	return reply.StatusCode, text
}

// call gives the answer that a request must have.
func (c publishedClient) call(method, path string, want int) body {
	c.t.Helper()
	return c.answer(method, path, "", "", want)
}

func (c publishedClient) answer(method, path, more, content string, want int) body {
	c.t.Helper()
	status, text := c.send(method, path, more, content)
	var answer body
	if err := json.Unmarshal(text, &answer); err != nil || status != want {
		c.t.Fatalf("%s %s: %d %s; want %d; %v", method, path, status, text, want, err)
	}
	if _, isFault := answer["error"].(string); isFault != (want != http.StatusOK) {
		c.t.Errorf("%s %s: %d %s", method, path, status, text)
	}
	return answer
}

// upload is requests.post(…, files={"file": open(name, "rb")}).
func (c publishedClient) upload(name, content string, want int) body {
	c.t.Helper()
	return c.form(`name="file"; filename="`+name+`"`, content, want)
}

func (c publishedClient) form(disposition, content string, want int) body {
	c.t.Helper()
	const boundary = "0d5b3b4a6f7c4bb08e1c5c6f7d8e9fa0"
	form := "--" + boundary + "\r\nContent-Disposition: form-data; " + disposition + "\r\n\r\n" + content + "\r\n--" + boundary + "--\r\n"
	return c.answer("POST", "/upload", "Content-Type: multipart/form-data; boundary="+boundary+"\r\n", form, want)
}

func (c publishedClient) files() []body {
	c.t.Helper()
	status, text := c.send("GET", "/files", "", "")
	var listed []body
	if err := json.Unmarshal(text, &listed); err != nil || status != http.StatusOK {
		c.t.Fatalf("GET /files: %d %s, %v", status, text, err)
	}
	return listed
}

// has checks that an answer has these members.
func (b body) has(t *testing.T, members ...string) {
	t.Helper()
	for _, member := range members {
		if _, there := b[member]; !there {
			t.Errorf("%q is not in %v", member, b)
		}
	}
}

// publishedLauncher starts `eaibench launcher serve --auth none`, with neither root CA nor attester behind it: programs of the
// published prototype's users need none.
func publishedLauncher(t *testing.T, folder string) publishedClient {
	t.Helper()
	in := func(name string) string { return filepath.Join(folder, name) }
	eaibench := in("eaibench")
	build := exec.Command("go", "build", "-o", eaibench, "eaibench")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building eaibench: %v\n%s", err, out)
	}
	mustRun(t, "ca", "init", "--data", in("ca"))
	mustRun(t, "ca", "issue", "launcher", "local", "--data", in("ca"), "--out", in("launcher"))
	if err := os.WriteFile(in("token"), []byte(strings.Repeat("0", 64)), 0o600); err != nil {
		t.Fatal(err)
	}
	server := exec.Command(eaibench, "launcher", "serve", "--auth", "none", "--data", in("launcher"), "--root-ca", in("ca/root.pem"),
		"--ca", "https://127.0.0.1:1", "--attester", "https://127.0.0.1:1", "--attester-token", in("token"))
	server.Stderr = t.Output()
	output, err := server.StdoutPipe()
	if err == nil {
		err = server.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(server.Process.Signal(syscall.SIGTERM), server.Wait()); err != nil {
			t.Errorf("the launcher ended with %v", err)
		}
	})
	var ready endpoint.Ready
	line, err := bufio.NewReader(output).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &ready)
	}
	if err != nil {
		t.Fatalf("the launcher does not say that it is ready: %v", err)
	}
	return publishedClient{t, ready.Address}
}

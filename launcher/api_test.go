package launcher

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"eaibench/attest"
	"eaibench/bench"
	"eaibench/internal/endpoint"
)

// served is a launcher behind its handler, and a client of it.
func served(t testing.TB, s *surroundings, token string) (*Launcher, *Client, string) {
	t.Helper()
	l := s.launcher(t)
	address := startTLS(t, s.server(t, attest.KindLauncher, "local"), l.Handler(token))
	client := NewClient(address, s.authority.Root.Pool, token)
	t.Cleanup(client.Close)
	return l, client, address
}

func TestByHand(t *testing.T) {
	s := newSurroundings(t)
	l, client, _ := served(t, s, "secret")
	ctx := t.Context()
	ok(t, client.Health(ctx))
	uploaded := ok1(client.Upload(ctx, "hello.c", ok1(os.ReadFile("testdata/hello.c"))(t)))(t)
	if uploaded.ProgramID != 1 || uploaded.Program != "hello" {
		t.Errorf("upload: %+v", uploaded)
	}
	_, err := client.Execute(ctx, 1, "", ExecuteRequest{})
	wantFault(t, err, http.StatusNotFound, "not compiled: compile it first")
	compiled := ok1(client.Compile(ctx, 1, ""))(t)
	if compiled.Mode != "hybrid" || !compiled.Plain || len(compiled.Samples) != 1 || compiled.Samples[0].Metric != "compile" || compiled.Samples[0].Value <= 0 {
		t.Errorf("compile: %+v", compiled)
	}
	result := ok1(client.Execute(ctx, 1, "hybrid", ExecuteRequest{Run: "by-hand"}))(t)
	if result.Run != "by-hand" || result.Output != "Hello, world\n" || result.Status != OK || !result.Plain {
		t.Errorf("execute: %+v", result)
	}
	listed := ok1(client.Files(ctx))(t)
	if len(listed) != 1 || listed[0].FileName != "hello.c" || len(listed[0].Executables) != 1 || listed[0].Executables[0] != compiled.ExecutablePath {
		t.Errorf("files: %+v", listed)
	}
	ok(t, client.Delete(ctx, 1))
	if listed := ok1(client.Files(ctx))(t); len(listed) != 0 {
		t.Errorf("files after the deletion: %+v", listed)
	}
	if _, err := os.Stat(compiled.ExecutablePath); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the executable is left: %v", err)
	}
	nothingLeft(t, l)
}

func TestFaultsOfRequests(t *testing.T) {
	s := newSurroundings(t)
	_, client, _ := served(t, s, "secret")
	ctx := t.Context()
	ok1(client.Upload(ctx, "hello.c", ok1(os.ReadFile("testdata/hello.c"))(t)))(t)
	ok1(client.Compile(ctx, 1, "hybrid"))(t)
	number := func(n int64) *int64 { return &n }
	execute := func(request ExecuteRequest) error {
		_, err := client.Execute(ctx, 1, "", request)
		return err
	}
	compile := func(id int, mode string) error {
		_, err := client.Compile(ctx, id, mode)
		return err
	}
	wantFault(t, compile(1, "purecab"), http.StatusBadRequest, "hybrid, purecap, compartment")
	wantFault(t, compile(7, ""), http.StatusNotFound, "no program has ID 7")
	wantFault(t, client.Delete(ctx, 7), http.StatusNotFound, "no program has ID 7")
	wantFault(t, execute(ExecuteRequest{Run: "Not A Name"}), http.StatusBadRequest, "not a name")
	wantFault(t, execute(ExecuteRequest{Run: "../x"}), http.StatusBadRequest, "not a name")
	wantFault(t, execute(ExecuteRequest{TimeLimitMS: -1}), http.StatusBadRequest, "time_limit_ms")
	wantFault(t, execute(ExecuteRequest{Parameters: Parameters{Requests: number(0)}}), http.StatusBadRequest, "requests")
	wantFault(t, execute(ExecuteRequest{Parameters: Parameters{Requests: number(1_000_001)}}), http.StatusBadRequest, "requests")
	wantFault(t, execute(ExecuteRequest{Parameters: Parameters{IntervalMS: number(-1)}}), http.StatusBadRequest, "interval_ms")
	wantFault(t, execute(ExecuteRequest{Parameters: Parameters{Arguments: bench.Arguments{"No Name": int64(1)}}}), http.StatusBadRequest, "No Name")
	wantFault(t, execute(ExecuteRequest{Parameters: Parameters{Crypto: "rot13"}}), http.StatusBadRequest, "crypto")
	wantFault(t, execute(ExecuteRequest{Parameters: Parameters{Path: "pigeon"}}), http.StatusBadRequest, "path")
	wantFault(t, execute(ExecuteRequest{Parameters: Parameters{Arguments: bench.Arguments{"customer": "a\nb"}}}), http.StatusBadRequest, "customer")
}

// raw sends a request as a foreign client would, and gives status and body.
func raw(t testing.TB, l *Launcher, token, method, path, contentType, body string) (int, string) {
	t.Helper()
	request := httptest.NewRequest(method, path, strings.NewReader(body))
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	recorder := httptest.NewRecorder()
	l.Handler("secret").ServeHTTP(recorder, request)
	return recorder.Code, recorder.Body.String()
}

func TestToken(t *testing.T) {
	s := newSurroundings(t)
	l := s.launcher(t)
	for _, path := range []string{"POST /upload", "GET /files", "DELETE /files/1", "POST /compile/1", "POST /execute/1", "GET /else"} {
		method, path, _ := strings.Cut(path, " ")
		for _, token := range []string{"", "wrong"} {
			if status, body := raw(t, l, token, method, path, "", ""); status != http.StatusUnauthorized || !strings.Contains(body, `"check":"token"`) {
				t.Errorf("%s %s with token %q: %d %s", method, path, token, status, body)
			}
		}
		if status, body := raw(t, l, "secret", method, path, "", ""); status == http.StatusUnauthorized {
			t.Errorf("%s %s with the token: %d %s", method, path, status, body)
		}
	}
	if status, _ := raw(t, l, "", "GET", "/health", "", ""); status != http.StatusOK {
		t.Errorf("health: %d", status)
	}
}

func TestUploadTricks(t *testing.T) {
	s := newSurroundings(t)
	l := s.launcher(t)
	const kind = "multipart/form-data; boundary=b"
	part := func(disposition, content string) string {
		return "--b\r\nContent-Disposition: form-data; " + disposition + "\r\n\r\n" + content + "\r\n--b--\r\n"
	}
	for _, test := range []struct {
		name, kind, body string
		status           int
		want             string
	}{
		{"good", kind, part(`name="file"; filename="good.c"`, "int x;"), http.StatusOK, `"program_id":1`},
		{"folder above", kind, part(`name="file"; filename="../../token.c"`, "x"), http.StatusBadRequest, "not allowed"},
		{"absolute", kind, part(`name="file"; filename="/etc/cron.d/x.c"`, "x"), http.StatusBadRequest, "not allowed"},
		{"encoded", kind, part(`name="file"; filename*=utf-8''..%2Fx.c`, "x"), http.StatusBadRequest, "not allowed"},
		{"no name", kind, part(`name="file"`, "x"), http.StatusBadRequest, "not allowed"},
		{"another field", kind, part(`name="data"; filename="x.c"`, "x"), http.StatusBadRequest, `field \"file\"`},
		{"no form", "text/plain", "x", http.StatusBadRequest, "multipart/form-data"},
		{"cut off", kind, "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x.c\"\r\n\r\nx", http.StatusBadRequest, "reading the form"},
		{"too long", kind, part(`name="file"; filename="x.c"`, strings.Repeat("x", UploadLimit+1)), http.StatusRequestEntityTooLarge, "longer than"},
		{"much too long", kind, part(`name="file"; filename="x.c"`, strings.Repeat("x", UploadLimit+2*uploadOverhead)), http.StatusRequestEntityTooLarge, "longer than"},
		{"much too long before the file", kind, "--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n" + strings.Repeat("x", UploadLimit+2*uploadOverhead) + "\r\n" + part(`name="file"; filename="x.c"`, "x"), http.StatusRequestEntityTooLarge, "longer than"},
	} {
		if status, body := raw(t, l, "secret", "POST", "/upload", test.kind, test.body); status != test.status || !strings.Contains(body, test.want) {
			t.Errorf("%s: %d %s", test.name, status, body)
		}
	}
	if programs := l.store.List(); len(programs) != 1 {
		t.Errorf("stored: %+v", programs)
	}
}

// Clients of the published prototypes send neither a mode nor a body.
func TestWithoutModeAndBody(t *testing.T) {
	s := newSurroundings(t)
	l := s.launcher(t)
	upload(t, l, "hello.c", nil)
	status, body := raw(t, l, "secret", "POST", "/compile/1", "", "")
	for _, member := range []string{`"message":`, `"output":`, `"error_output":`, `"executable_path":`, `"certificate_path":`} {
		if status != http.StatusOK || !strings.Contains(body, member) {
			t.Errorf("compile: %d, without %s: %s", status, member, body)
		}
	}
	status, body = raw(t, l, "secret", "POST", "/execute/1", "", "")
	for _, member := range []string{`"message":`, `"output":"Hello, world\n"`, `"error_output":`, `"executable_path":`} {
		if status != http.StatusOK || !strings.Contains(body, member) {
			t.Errorf("execute: %d, without %s: %s", status, member, body)
		}
	}
	for _, id := range []string{"0", "-1", "x", "1x"} {
		if status, body := raw(t, l, "secret", "POST", "/compile/"+id, "", ""); status != http.StatusNotFound {
			t.Errorf("ID %s: %d %s", id, status, body)
		}
	}
	if status, body := raw(t, l, "secret", "POST", "/execute/1", "application/json", `{"runs":"x"}`); status != http.StatusBadRequest {
		t.Errorf("unknown member: %d %s", status, body)
	}
}

func TestSourcesThatDoNotCompile(t *testing.T) {
	s := newSurroundings(t)
	l := s.launcher(t)
	for name, test := range map[string]struct{ source, want string }{
		"error.c":   {"int main(void) { return nothing; }", "nothing"},
		"passwd.c":  {"#include \"/etc/passwd\"\nint main(void) { return 0; }", "No such file"},
		"shadow.c":  {"__asm__(\".incbin \\\"/etc/shadow\\\"\");\nint main(void) { return 0; }", "/etc/shadow"},
		"proc.c":    {"#include \"/proc/self/environ\"\nint main(void) { return 0; }", "No such file"},
		"data.c":    {"#include \"" + l.store.folder + "/" + lockFile + "\"\nint main(void) { return 0; }", "No such file"},
		"no-main.c": {"int x;", "main"},
		"many.c":    {strings.Repeat("int main(void) { return nothing; }\n", 200), "does not compile"},
	} {
		id := upload(t, l, name, []byte(test.source))
		_, err := l.Compile(t.Context(), id, "hybrid")
		fault, is := errors.AsType[*endpoint.Fault](err)
		if !is || fault.Status != http.StatusBadRequest || fault.Check != CheckCompile || !strings.Contains(fault.Message, test.want) {
			t.Errorf("%s: got %v", name, err)
		}
		if is && (len(fault.Message) > longestCompilerText+1000 || strings.Contains(fault.Message, "root:")) {
			t.Errorf("%s: the message has %d bytes: %.300s", name, len(fault.Message), fault.Message)
		}
	}
	nothingLeft(t, l)
}

func TestSlowCompilationIsEnded(t *testing.T) {
	s := newSurroundings(t)
	s.options.Limits.CompileTime = time.Second
	l := s.launcher(t)
	// Each line doubles what the preprocessor has to write.
	var source bytes.Buffer
	source.WriteString("#define f0(x) x x\n")
	previous := "f0"
	for i := 1; i < 40; i++ {
		name := "f" + strings.Repeat("a", i)
		source.WriteString("#define " + name + "(x) " + previous + "(x) " + previous + "(x)\n")
		previous = name
	}
	source.WriteString(previous + "(int x;)\n")
	id := upload(t, l, "slow.c", source.Bytes())
	begin := time.Now()
	_, err := l.Compile(t.Context(), id, "hybrid")
	wantFault(t, err, http.StatusBadRequest, "does not compile")
	if took := time.Since(begin); took > time.Minute {
		t.Errorf("took %s", took)
	}
	nothingLeft(t, l)
}

func TestClientThatGoesAwayEndsItsRun(t *testing.T) {
	s := newSurroundings(t)
	l, client, _ := served(t, s, "")
	id := upload(t, l, "misbehave.c", nil)
	compileSpeaking(t, l, id, "hybrid")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		_, err := client.Execute(ctx, id, "", ExecuteRequest{Run: "abandoned", Parameters: Parameters{Arguments: bench.Arguments{"customer": "hang"}}})
		ended <- err
	}()
	for len(processesUnder(t, l.runs.scratch)) == 0 {
		time.Sleep(time.Millisecond)
	}
	_, err := client.Execute(t.Context(), id, "", ExecuteRequest{Run: "abandoned"})
	wantFault(t, err, http.StatusConflict, "under way")
	cancel()
	if err := <-ended; err == nil {
		t.Error("an abandoned request was answered")
	}
	// The next run, even of the same name, is fine as soon as the abandoned one has ended.
	again := ExecuteRequest{Run: "abandoned", Parameters: Parameters{Arguments: bench.Arguments{"customer": "exit"}}}
	deadline := time.Now().Add(time.Minute)
	var result *RunResult
	for err = error(&endpoint.Fault{Status: http.StatusConflict}); err != nil; result, err = client.Execute(t.Context(), id, "", again) {
		if fault, is := errors.AsType[*endpoint.Fault](err); !is || fault.Status != http.StatusConflict || time.Now().After(deadline) {
			t.Fatalf("the run goes on without its client: %v", err)
		}
	}
	if result.Cause != Crashed {
		t.Errorf("the next run: %s", result.Message)
	}
	nothingLeft(t, l)
}

func TestClientErrors(t *testing.T) {
	s := newSurroundings(t)
	_, client, address := served(t, s, "secret")
	stranger := NewClient(address, s.authority.Root.Pool, "wrong")
	defer stranger.Close()
	_, err := stranger.Upload(t.Context(), "x.c", []byte("x"))
	wantFault(t, err, http.StatusUnauthorized, "token")
	untrusting := NewClient(address, nil, "secret")
	defer untrusting.Close()
	if err := untrusting.Health(t.Context()); err == nil {
		t.Error("a server that nobody vouches for was trusted")
	}
	if _, err := untrusting.Upload(t.Context(), "x.c", []byte("x")); err == nil {
		t.Error("a server that nobody vouches for got an upload")
	}
	if _, err := client.Upload(t.Context(), "../x.c", []byte("x")); err == nil {
		t.Error("a path was taken for a name")
	}
	nobody := NewClient("https://127.0.0.1:1", s.authority.Root.Pool, "")
	defer nobody.Close()
	_, err = nobody.Upload(t.Context(), "x.c", []byte("x"))
	if unreachable, is := errors.AsType[*endpoint.Unreachable](err); !is || unreachable.Address != "https://127.0.0.1:1" {
		t.Errorf("got %v", err)
	}
}

func TestLimitsAreChecked(t *testing.T) {
	for _, limits := range []Limits{{Time: -1}, {CompileTime: time.Nanosecond}, {LogKept: 2 << 20}, {Frame: 1}, {Runs: -1}} {
		if _, err := limits.withDefaults(); err == nil {
			t.Errorf("%+v was taken", limits)
		}
	}
	if got := ok1(Limits{}.withDefaults())(t); got != DefaultLimits() {
		t.Errorf("got %+v", got)
	}
}

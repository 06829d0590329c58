package livepage

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// counting is a source whose news are how often something happened.
type counting struct {
	n   atomic.Int64
	err atomic.Bool
}

func (c *counting) Page() ([]byte, error) {
	if c.err.Load() {
		return nil, errors.New("no campaign")
	}
	return []byte("<p>page</p>"), nil
}

func (c *counting) News() ([]byte, error) { return fmt.Appendf(nil, "news %d", c.n.Load()), nil }

// serve serves a source until the test ends, and says how it ended.
func serve(t *testing.T, source Source, beyond bool) (address string, stop func() error) {
	t.Helper()
	server := New(source, beyond)
	server.every = time.Millisecond
	ctx, cancel := context.WithCancel(t.Context())
	listener, err := server.Listen(ctx, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, listener) }()
	t.Cleanup(cancel)
	return listener.Addr().String(), func() error { cancel(); return <-ended }
}

func get(t *testing.T, method, address, host string) (status int, body string, header http.Header) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if host != "" {
		request.Host = host
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text), response.Header
}

// What is asked, of whom, decides what is answered: the page is read-only, and of this host alone by its own names.
func TestWhoGetsThePage(t *testing.T) {
	address, _ := serve(t, new(counting), false)
	open, _ := serve(t, new(counting), true)
	for _, test := range []struct {
		method, address, path, host string
		want                        int
	}{
		{"GET", address, "/", "", 200},
		{"GET", address, "/", "localhost:1234", 200},
		{"GET", address, "/", "[::1]:80", 200},
		{"GET", address, "/", "evil.example", http.StatusMisdirectedRequest},
		{"GET", address, "/progress", "evil.example:80", http.StatusMisdirectedRequest},
		{"GET", address, "/", "192.0.2.1", http.StatusMisdirectedRequest},
		{"GET", open, "/", "board.example", 200},
		{"POST", address, "/", "", http.StatusMethodNotAllowed},
		{"GET", address, "/index.html", "", http.StatusNotFound},
		{"GET", address, "/../etc/passwd", "", http.StatusNotFound},
	} {
		status, body, header := get(t, test.method, "http://"+test.address+test.path, test.host)
		if status != test.want {
			t.Errorf("%s %s of host %q: %d, want %d", test.method, test.path, test.host, status, test.want)
		}
		if status == 200 && (body != "<p>page</p>" || header.Get("Content-Type") != "text/html; charset=utf-8" || header.Get("X-Frame-Options") != "DENY") {
			t.Errorf("%s with %v", body, header)
		}
	}
}

func TestPageThatCannotBeMade(t *testing.T) {
	source := new(counting)
	source.err.Store(true)
	address, _ := serve(t, source, false)
	if status, body, _ := get(t, "GET", "http://"+address, ""); status != 500 || !strings.Contains(body, "no campaign") {
		t.Errorf("%d %s", status, body)
	}
}

// News are sent as they come, each once; whoever waits for more is let go when the server ends.
func TestNews(t *testing.T) {
	source := new(counting)
	address, stop := serve(t, source, false)
	response, err := http.Get("http://" + address + "/progress")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if kind := response.Header.Get("Content-Type"); kind != "text/event-stream" {
		t.Errorf("news are %s", kind)
	}
	lines := bufio.NewScanner(response.Body)
	for n := range int64(3) {
		source.n.Store(n)
		for lines.Scan() && lines.Text() == "" {
		}
		if want := fmt.Sprintf("data: news %d", n); lines.Text() != want {
			t.Errorf("got %q, want %q", lines.Text(), want)
		}
	}
	if err := stop(); err != nil {
		t.Errorf("ending: %v", err)
	}
	if _, err := net.Dial("tcp", address); err == nil {
		t.Error("it still listens")
	}
}

func TestNotTooManyViewers(t *testing.T) {
	address, _ := serve(t, new(counting), false)
	for range mostViewers {
		response, err := http.Get("http://" + address + "/progress")
		if err != nil || response.StatusCode != 200 {
			t.Fatalf("%v %v", response, err)
		}
		t.Cleanup(func() { response.Body.Close() })
	}
	if status, _, _ := get(t, "GET", "http://"+address+"/progress", ""); status != http.StatusServiceUnavailable {
		t.Errorf("one viewer too many gets %d", status)
	}
}

// Only loopback is listened on, by whatever name, unless more was asked for.
func TestListen(t *testing.T) {
	for _, test := range []struct {
		address string
		beyond  bool
		refused bool
	}{
		{"127.0.0.1:0", false, false},
		{"localhost:0", false, false},
		{"127.0.0.2:0", false, false},
		{"0.0.0.0:0", false, true},
		{":0", false, true},
		{"[::]:0", false, true},
		{"0.0.0.0:0", true, false},
		{":0", true, false},
	} {
		listener, err := New(new(counting), test.beyond).Listen(t.Context(), test.address)
		if errors.Is(err, ErrBeyondLoopback) != test.refused || !test.refused && err != nil {
			t.Errorf("%s: %v", test.address, err)
		}
		if err == nil {
			listener.Close()
		}
	}
	if _, err := New(new(counting), false).Listen(t.Context(), "nowhere"); err == nil || errors.Is(err, ErrBeyondLoopback) {
		t.Errorf("no address: %v", err)
	}
}

// TestServeEndsInSpiteOfASlowBrowser: whoever asks for the page and takes nothing of it does not hold the end up, nor is it an error.
func TestServeEndsInSpiteOfASlowBrowser(t *testing.T) {
	asked := make(chan struct{})
	server := New(largePage{asked}, false)
	server.last = 10 * time.Millisecond
	ctx, cancel := context.WithCancel(t.Context())
	listener, err := server.Listen(ctx, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, listener) }()
	connection, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if _, err := io.WriteString(connection, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	<-asked
	cancel()
	if err := <-served; err != nil {
		t.Error(err)
	}
}

// largePage is more than the buffers of a connection hold; it tells when it is asked for.
type largePage struct{ asked chan struct{} }

func (p largePage) Page() ([]byte, error) {
	close(p.asked)
	return make([]byte, 64<<20), nil
}

func (p largePage) News() ([]byte, error) { return nil, nil }

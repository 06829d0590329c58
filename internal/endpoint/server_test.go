package endpoint

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestServerTellsWhyItCannotListen(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	address := taken.Addr().String()
	err = (&Server{Name: "ca/local", Address: address, Certificate: newAuthority(t).issue(t), Handler: answer(1)}).Serve(t.Context())
	if err == nil || !strings.Contains(err.Error(), "ca/local cannot listen on "+address) {
		t.Errorf("got %v", err)
	}
}

type deaf struct{}

func (deaf) Write([]byte) (int, error) { return 0, errors.New("nobody reads") }

func TestServerEndsWhenItCannotSayReady(t *testing.T) {
	server := &Server{Name: "ca/local", Address: "127.0.0.1:0", Certificate: newAuthority(t).issue(t), Handler: answer(1), Ready: deaf{}}
	if err := server.Serve(t.Context()); err == nil || !strings.Contains(err.Error(), "nobody reads") {
		t.Errorf("got %v", err)
	}
}

// A request under way when the server is told to stop is answered; its context has not ended.
func TestServerFinishesRequestsUnderWay(t *testing.T) {
	a := newAuthority(t)
	arrived, proceed := make(chan struct{}), make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-proceed
		WriteJSON(w, http.StatusOK, r.Context().Err() == nil)
	})
	mux.HandleFunc("/at-once", func(w http.ResponseWriter, _ *http.Request) { WriteJSON(w, http.StatusOK, 1) })
	base, stop := startServer(t, &Server{Name: "service/store", Certificate: a.issue(t, store), Handler: mux, grace: 5 * time.Minute})
	client := newClient(t, base, ClientOptions{Roots: a.pool()})
	type result struct {
		alive bool
		err   error
	}
	results := make(chan result, 1)
	go func() {
		var r result
		r.err = client.Do(t.Context(), http.MethodGet, "/", nil, &r.alive)
		results <- r
	}()
	<-arrived
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	// New connections are refused once the server is stopping.
	for refused := false; !refused; {
		fresh := newClient(t, base, ClientOptions{Roots: a.pool()})
		err := fresh.Do(t.Context(), http.MethodGet, "/at-once", nil, nil)
		if refused = errors.Is(err, syscall.ECONNREFUSED); !refused {
			fresh.Close()
			time.Sleep(time.Millisecond)
		}
	}
	close(proceed)
	if r := <-results; r.err != nil || !r.alive {
		t.Errorf("request under way got alive=%v, %v", r.alive, r.err)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

// A request that does not end by itself is told to by its context.
func TestServerEndsRequestsThatGoOn(t *testing.T) {
	a := newAuthority(t)
	arrived := make(chan struct{})
	const grace = 300 * time.Millisecond
	handler := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
	})
	base, stop := startServer(t, &Server{Name: "service/store", Certificate: a.issue(t, store), Handler: handler, grace: grace})
	client := newClient(t, base, ClientOptions{Roots: a.pool()})
	go func() { _ = client.Do(context.Background(), http.MethodGet, "/", nil, nil) }()
	<-arrived
	began := time.Now()
	if err := stop(); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took < grace {
		t.Errorf("request was ended after %v, before its %v", took, grace)
	}
}

func TestServerTLS(t *testing.T) {
	a := newAuthority(t)
	seen := make(chan *tls.ConnectionState, 2)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen <- r.TLS
		WriteJSON(w, http.StatusOK, r.Proto)
	})
	base, _ := start(t, a, handler)
	cache := tls.NewLRUClientSessionCache(1)
	config := &tls.Config{RootCAs: a.pool(), ClientSessionCache: cache, NextProtos: []string{"h2", "http/1.1"}}
	for range 2 { // the second would resume the first's session if it had been given a ticket
		transport := &http.Transport{TLSClientConfig: config.Clone(), ForceAttemptHTTP2: true}
		response, err := (&http.Client{Transport: transport}).Get(base)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		transport.CloseIdleConnections()
		if err != nil || string(body) != "\"HTTP/1.1\"\n" {
			t.Errorf("got %q, %v", body, err)
		}
		if state := <-seen; state.Version != tls.VersionTLS13 || state.DidResume {
			t.Errorf("version %x, resumed %v", state.Version, state.DidResume)
		}
	}
	old := config.Clone()
	old.MaxVersion = tls.VersionTLS12
	connection, err := tls.Dial("tcp", strings.TrimPrefix(base, "https://"), old)
	if err == nil {
		connection.Close()
		t.Error("TLS 1.2 was accepted")
	}
}

func TestIsLoopback(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1:0": true, "127.8.9.1:80": true, "[::1]:80": true, "localhost:80": true,
		":80": false, "0.0.0.0:80": false, "10.0.0.1:80": false, "example.org:80": false, "127.0.0.1": false,
		"127.0.0.1.example.org:80": false,
	} {
		if got := IsLoopback(address); got != want {
			t.Errorf("IsLoopback(%q) = %v", address, got)
		}
	}
}

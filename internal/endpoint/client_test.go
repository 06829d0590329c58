package endpoint

import (
	"context"
	"crypto/sha256"
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

func TestClientExchangesJSON(t *testing.T) {
	a := newAuthority(t)
	type sum struct{ A, B int }
	base, _ := start(t, a, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in sum
		if err := ReadJSON(w, r, 100, &in); err != nil {
			WriteFault(w, err)
			return
		}
		WriteJSON(w, http.StatusCreated, in.A+in.B)
	}))
	client := newClient(t, base+"/", ClientOptions{Roots: a.pool(), Identity: store})
	var got int
	if err := client.Do(t.Context(), http.MethodPost, "/sum", sum{2, 3}, &got); err != nil || got != 5 {
		t.Errorf("got %d, %v", got, err)
	}
}

func TestClientTrust(t *testing.T) {
	a, other := newAuthority(t), newAuthority(t)
	base, _ := start(t, a, answer(1))
	two, _ := startServer(t, &Server{Name: "service/two", Certificate: a.issue(t, store, "eai:service/taxi"), Handler: answer(1)})
	anonymous, _ := startServer(t, &Server{Name: "service/none", Certificate: a.issue(t), Handler: answer(1)})
	for _, test := range []struct {
		name, base string
		options    ClientOptions
		want       string // part of the error, empty: none
	}{
		{"any identity", base, ClientOptions{Roots: a.pool()}, ""},
		{"its identity", base, ClientOptions{Roots: a.pool(), Identity: store}, ""},
		{"any of its kind", base, ClientOptions{Roots: a.pool(), Identity: "eai:service/"}, ""},
		{"another kind", base, ClientOptions{Roots: a.pool(), Identity: "eai:launcher/"}, "is for eai:service/store, not for eai:launcher/"},
		{"a part of its name", base, ClientOptions{Roots: a.pool(), Identity: "eai:service/sto"}, "not for eai:service/sto"},
		{"another identity", base, ClientOptions{Roots: a.pool(), Identity: "eai:service/taxi"}, "is for eai:service/store, not for eai:service/taxi"},
		{"two identities", two, ClientOptions{Roots: a.pool(), Identity: store}, "not for eai:service/store"},
		{"no identity", anonymous, ClientOptions{Roots: a.pool(), Identity: store}, "is for no one by a URI"},
		{"another root", base, ClientOptions{Roots: other.pool()}, "certificate signed by unknown authority"},
		{"no root", base, ClientOptions{}, "certificate signed by unknown authority"},
		{"another certificate", base, ClientOptions{Roots: a.pool(), Identity: store, CertificateSHA256: strings.Repeat("0", 64)}, "not " + strings.Repeat("0", 64)},
		{"another address", strings.Replace(base, "127.0.0.1", "localhost", 1), ClientOptions{Roots: a.pool()}, "not valid for any names"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := newClient(t, test.base, test.options).Do(t.Context(), http.MethodGet, "/", nil, nil)
			if test.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var untrusted *Untrusted
			if !errors.As(err, &untrusted) || untrusted.Address != test.base || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestClientFaults(t *testing.T) {
	a := newAuthority(t)
	mux := http.NewServeMux()
	mux.HandleFunc("/fault", func(w http.ResponseWriter, _ *http.Request) {
		WriteFault(w, &Fault{Status: http.StatusForbidden, Check: "mode", Message: "mode hybrid is not accepted"})
	})
	mux.HandleFunc("/hidden", func(w http.ResponseWriter, _ *http.Request) {
		WriteFault(w, errors.New("secret path"))
	})
	mux.HandleFunc("/redirect", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://192.0.2.1/", http.StatusFound)
	})
	mux.HandleFunc("/other", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "not JSON") })
	mux.HandleFunc("/escapes", func(w http.ResponseWriter, _ *http.Request) {
		WriteFault(w, &Fault{Status: http.StatusForbidden, Check: "mode\x1b[1m\nok", Message: "\x1b]0;title\x07first\n\tsecond\u202e\u009b"})
	})
	base, _ := start(t, a, mux)
	client := newClient(t, base, ClientOptions{Roots: a.pool()})
	for _, test := range []struct {
		path string
		want Fault
	}{
		{"/escapes", Fault{Status: 403, Check: "mode\ufffd[1m ok", Message: "\ufffd]0;title\ufffdfirst\n\tsecond\ufffd\ufffd"}},
		{"/fault", Fault{Status: 403, Check: "mode", Message: "mode hybrid is not accepted"}},
		{"/hidden", Fault{Status: 500, Message: "internal error, see the server's log"}},
		{"/nowhere", Fault{Status: 404, Message: "answered 404 Not Found"}},
		{"/redirect", Fault{Status: 302, Message: "answered 302 Found"}},
	} {
		var fault *Fault
		if err := client.Do(t.Context(), http.MethodGet, test.path, nil, nil); !errors.As(err, &fault) || *fault != test.want {
			t.Errorf("%s: got %v (%+v)", test.path, err, fault)
		}
	}
	var out int
	if err := client.Do(t.Context(), http.MethodGet, "/other", nil, &out); err == nil || !strings.Contains(err.Error(), base+"/other is not the JSON expected") {
		t.Errorf("got %v", err)
	}
}

func TestClientNamesTheAddressThatDoesNotAnswer(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	base := "https://" + listener.Addr().String()
	silent := newClient(t, base, ClientOptions{Timeout: 20 * time.Millisecond})
	checkUnreachable(t, silent.Do(t.Context(), http.MethodGet, "/", nil, nil), base) // accepted by the kernel, never answered
	listener.Close()
	const nowhere = "https://127.0.0.1:1" // tcpmux's port, which the system gives to none that asks for a free one
	checkUnreachable(t, newClient(t, nowhere, ClientOptions{}).Do(t.Context(), http.MethodGet, "/", nil, nil), nowhere)
}

func checkUnreachable(t *testing.T, err error, base string) {
	t.Helper()
	var unreachable *Unreachable
	if !errors.As(err, &unreachable) || unreachable.Address != base || !strings.HasPrefix(err.Error(), "no answer from "+base) {
		t.Errorf("got %v", err)
	}
}

// hangingUp accepts connections and closes them at once, counting.
func hangingUp(t *testing.T) (base string, count *atomic.Int64) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	count = new(atomic.Int64)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			count.Add(1)
			connection.Close()
		}
	}()
	t.Cleanup(func() { listener.Close(); <-done })
	return "https://" + listener.Addr().String(), count
}

func TestClientRetriesOnlyWhatIsSafe(t *testing.T) {
	for _, test := range []struct {
		method string
		want   int64
	}{{http.MethodGet, 3}, {http.MethodPost, 1}, {http.MethodDelete, 1}} {
		base, count := hangingUp(t)
		err := newClient(t, base, ClientOptions{Retries: 2}).Do(t.Context(), test.method, "/", struct{}{}, nil)
		checkUnreachable(t, err, base)
		if got := count.Load(); got != test.want {
			t.Errorf("%s was tried %d times, want %d", test.method, got, test.want)
		}
	}
}

func TestClientDoesNotRetryFaults(t *testing.T) {
	a := newAuthority(t)
	var count atomic.Int64
	base, _ := start(t, a, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		count.Add(1)
		WriteFault(w, NewFault(http.StatusServiceUnavailable, "not yet"))
	}))
	if err := newClient(t, base, ClientOptions{Roots: a.pool(), Retries: 3}).Do(t.Context(), http.MethodGet, "/", nil, nil); err == nil {
		t.Error("a fault was lost")
	}
	if count.Load() != 1 {
		t.Errorf("asked %d times", count.Load())
	}
}

func TestClientEndsWithItsContext(t *testing.T) {
	a := newAuthority(t)
	arrived, release := make(chan struct{}), make(chan struct{})
	base, _ := start(t, a, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { close(arrived); <-release }))
	defer close(release)
	reason := errors.New("the operator went home")
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() { <-arrived; cancel(reason) }()
	err := newClient(t, base, ClientOptions{Roots: a.pool(), Retries: 5}).Do(ctx, http.MethodGet, "/", nil, nil)
	var unreachable *Unreachable
	if !errors.Is(err, reason) || errors.As(err, &unreachable) {
		t.Errorf("got %v", err)
	}
}

func TestClientReusesConnections(t *testing.T) {
	a := newAuthority(t)
	addresses := make(chan string, 3)
	base, _ := start(t, a, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		addresses <- r.RemoteAddr
		WriteFault(w, NewFault(http.StatusConflict, "read to its end all the same"))
	}))
	client := newClient(t, base, ClientOptions{Roots: a.pool()})
	for range 3 {
		if err := client.Do(t.Context(), http.MethodPost, "/", 1, nil); err == nil {
			t.Fatal("a fault was lost")
		}
	}
	first := <-addresses
	for range 2 {
		if next := <-addresses; next != first {
			t.Errorf("a connection was opened anew, from %s, then %s", first, next)
		}
	}
}

// What a server shows is known before it is trusted; it may be reached through another port, and be held to that very certificate.
func TestClientThroughAnotherPort(t *testing.T) {
	a := newAuthority(t)
	base, _ := start(t, a, answer(1))
	at := strings.TrimPrefix(base, "https://")
	shown, err := Presented(t.Context(), base, "")
	if err != nil || len(shown.URIs) != 1 || shown.URIs[0].String() != store {
		t.Fatalf("it shows %+v, %v", shown, err)
	}
	elsewhere := "https://127.0.0.1:1" // where nobody listens
	if through, err := Presented(t.Context(), elsewhere, at); err != nil || !through.Equal(shown) {
		t.Errorf("through another port it shows %+v, %v", through, err)
	}
	hash := fmt.Sprintf("%x", sha256.Sum256(shown.Raw))
	client := newClient(t, elsewhere, ClientOptions{Roots: a.pool(), Identity: store, Through: at, CertificateSHA256: hash})
	if err := client.Do(t.Context(), http.MethodGet, "/", nil, nil); err != nil {
		t.Error(err)
	}
	// The name that is verified is the address's own.
	named := newClient(t, "https://store.example:1", ClientOptions{Roots: a.pool(), Identity: store, Through: at})
	var untrusted *Untrusted
	if err := named.Do(t.Context(), http.MethodGet, "/", nil, nil); !errors.As(err, &untrusted) || untrusted.Address != "https://store.example:1" {
		t.Errorf("as store.example: %v", err)
	}
	var unreachable *Unreachable
	if _, err := Presented(t.Context(), elsewhere, ""); !errors.As(err, &unreachable) {
		t.Errorf("where nobody listens: %v", err)
	}
}

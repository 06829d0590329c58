package adversary

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"sync"

	"eaibench/attest"
	"eaibench/internal/endpoint"
)

// onRequest changes what goes to the server from now on; nil: nothing.
func (m *middle) onRequest(change func(path string, body map[string]any)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.request = change
}

// onReply changes what comes back.
func (m *middle) onReply(change func(path string, body map[string]any)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reply = change
}

// honest takes all changes back and forgets what was seen.
func (m *middle) honest() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.request, m.reply, m.seen = nil, nil, nil
}

// exchanges are those of a path, as they were before any change.
func (m *middle) exchanges(path string) []exchange {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []exchange
	for _, e := range m.seen {
		if e.path == path {
			found = append(found, e)
		}
	}
	return found
}

func (m *middle) around(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.mu.Lock()
		onRequest, onReply := m.request, m.reply
		m.mu.Unlock()
		request, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		passed := altered(request, r.URL.Path, onRequest)
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(passed)), int64(len(passed))
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, r)
		reply := recorder.Body.Bytes()
		m.mu.Lock()
		m.seen = append(m.seen, exchange{path: r.URL.Path, request: request, reply: bytes.Clone(reply)})
		m.mu.Unlock()
		if recorder.Code == http.StatusOK {
			reply = altered(reply, r.URL.Path, onReply)
		}
		header := w.Header()
		for name, values := range recorder.Header() {
			header[name] = values
		}
		header.Set("Content-Length", strconv.Itoa(len(reply)))
		w.WriteHeader(recorder.Code)
		w.Write(reply)
	})
}

// altered applies a change to a JSON body. A change that is not one would make a test prove
// nothing, so tests compare with a run of their own without it.
func altered(body []byte, path string, change func(string, map[string]any)) []byte {
	if change == nil || len(body) == 0 {
		return body
	}
	var members map[string]any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber() // sequence numbers must come out as they went in
	if decoder.Decode(&members) != nil {
		return body
	}
	change(path, members)
	changed, err := json.Marshal(members)
	if err != nil {
		return body
	}
	return changed
}

// replace puts another body in the place of members.
func replace(members map[string]any, body []byte) {
	var other map[string]any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(&other); err != nil {
		panic(err) // a body that passed before is JSON
	}
	clear(members)
	for name, value := range other {
		members[name] = value
	}
}

// middle stands between the launcher and one server, with a certificate that the launcher trusts:
// the place of a launcher that changes what it relays.
type middle struct {
	url string

	mu      sync.Mutex
	request func(path string, body map[string]any)
	reply   func(path string, body map[string]any)
	seen    []exchange
}

// exchange is what passed: the bodies before any change.
type exchange struct {
	path           string
	request, reply []byte
}

// between starts handler behind a middle that shows identity.
func (s *stage) between(name string, identity *attest.Identity, handler http.Handler) *middle {
	s.t.Helper()
	m := &middle{}
	lines := make(chan string, 1)
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	server := &endpoint.Server{
		Name: name, Address: "127.0.0.1:0", Certificate: identity.TLS(), Handler: m.around(handler),
		Log: quiet(nil), Ready: lineTo(lines), ClientAuth: tls.RequestClientCert, // looked at by services alone
	}
	go func() { served <- server.Serve(ctx) }()
	s.t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			s.t.Errorf("%s: %v", name, err)
		}
	})
	select {
	case line := <-lines:
		var ready endpoint.Ready
		s.must(json.Unmarshal([]byte(line), &ready))
		m.url = (&url.URL{Scheme: "https", Host: ready.Address}).String()
	case err := <-served:
		served <- err
		s.t.Fatal(errors.Join(errors.New(name+" did not start"), err))
	}
	return m
}

type lineTo chan<- string

func (l lineTo) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}

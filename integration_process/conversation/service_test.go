package conversation

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"

	"eaibench/attest"
)

// httpsServices are the services as a process on the path direct finds them: HTTPS servers that ask for its certificate.
type httpsServices struct {
	*play
	relying map[string]*attest.RelyingParty

	counting    sync.Mutex // connections alone: they change while a request is answered
	connections map[string]int

	mu     sync.Mutex
	bodies [][]byte // as they came
	errors []error  // of honest services

	// A test that cheats: what is done with the n-th request, from 1; true: it has been answered.
	meddle func(w http.ResponseWriter, n int) bool
	// impatient services close a connection once they have answered.
	impatient bool
	// change alters an honest reply.
	change func(n int, reply map[string]any)
}

// newDirectPlay is a play on the path direct. A test changes what it wants before it calls handshake or finish.
func newDirectPlay(t testing.TB, b *build) *httpsServices {
	t.Helper()
	s := &httpsServices{play: newPlay(t, b), relying: map[string]*attest.RelyingParty{}, connections: map[string]int{}}
	s.parameters.Path = attest.PathDirect
	s.addresses = map[string]string{}
	for id, identity := range s.services {
		s.relying[id] = s.relyingParty(id)
		s.addresses[id] = s.listen(id, &tls.Config{Certificates: []tls.Certificate{identity.TLS()}})
	}
	return s
}

// listen starts a server for the service and returns its address.
func (s *httpsServices) listen(id string, config *tls.Config) string {
	s.t.Helper()
	config.ClientAuth = tls.RequestClientCert
	config.MinVersion = tls.VersionTLS12
	var lc net.ListenConfig
	listener := ok1(lc.Listen(s.t.Context(), "tcp", "127.0.0.1:0"))(s.t)
	server := &http.Server{
		Handler:  http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.handle(id, w, r) }),
		ErrorLog: log.New(io.Discard, "", 0),
		ConnState: func(connection net.Conn, state http.ConnState) {
			s.counting.Lock()
			defer s.counting.Unlock()
			switch {
			case state == http.StateNew:
				s.connections[id]++
			case state == http.StateIdle && s.impatient:
				_ = connection.Close()
			}
		},
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(tls.NewListener(listener, config)) }()
	s.t.Cleanup(func() {
		server.Close()
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			s.t.Errorf("service %s: %v", id, err)
		}
	})
	return listener.Addr().String()
}

func (s *httpsServices) handle(id string, w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bodies = append(s.bodies, body)
	if s.meddle != nil && s.meddle(w, len(s.bodies)) {
		return
	}
	var reply *attest.SealedReply
	if err == nil {
		reply, err = s.honestly(id, r, body)
	}
	if err != nil {
		s.errors = append(s.errors, fmt.Errorf("service %s: %w", id, err))
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	text, _ := json.Marshal(reply)
	if s.change != nil {
		members := map[string]any{}
		_ = json.Unmarshal(text, &members)
		s.change(len(s.bodies), members)
		text, _ = json.Marshal(members)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	_, _ = w.Write(text)
}

var operationAt = map[string]attest.Operation{"/api/request": attest.Read, "/api/post": attest.Write}

// honestly is what a service does: the certificate of the connection is the request's, and all checks hold.
func (s *httpsServices) honestly(id string, r *http.Request, body []byte) (*attest.SealedReply, error) {
	var request attest.SealedRequest
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&request); err != nil {
		return nil, err
	}
	shown := r.TLS.PeerCertificates
	switch {
	case r.Method != http.MethodPost || operationAt[r.URL.Path] == "" || r.Header.Get("Content-Type") != "application/json":
		return nil, fmt.Errorf("%s %s of %s", r.Method, r.URL.Path, r.Header.Get("Content-Type"))
	case len(shown) != 1 || !bytes.Equal(shown[0].Raw, request.ProcessCertificate):
		return nil, fmt.Errorf("the connection shows %d certificates, or another than the request's", len(shown))
	case r.TLS.Version != tls.VersionTLS13 || r.TLS.DidResume:
		return nil, fmt.Errorf("TLS version %x, resumed %v", r.TLS.Version, r.TLS.DidResume)
	case r.Host != s.addresses[id]:
		return nil, fmt.Errorf("the request is for host %s", r.Host)
	}
	operation := operationAt[r.URL.Path]
	reply, err := s.carryOut(s.relying[id], operation, &request)
	if err != nil {
		return nil, err
	}
	for i, metric := range []string{"verifyCertificate", "decrypt"} {
		reply.Timings = append(reply.Timings, attest.Timing{Operation: string(operation), Metric: metric, Nanoseconds: int64(i + 1)})
	}
	return reply, nil
}

// honest ends the test if a service found something wrong.
func (s *httpsServices) honest() {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := errors.Join(s.errors...); err != nil {
		s.t.Fatal(err)
	}
}

// connectionsTo counts those that were made to a service.
func (s *httpsServices) connectionsTo(id string) int {
	s.counting.Lock()
	defer s.counting.Unlock()
	return s.connections[id]
}

// came are the requests that came so far.
func (s *httpsServices) came() [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.bodies)
}

// raw answers the n-th request with these bytes, whatever they are, and closes the connection.
func raw(n int, text string) func(w http.ResponseWriter, request int) bool {
	return func(w http.ResponseWriter, request int) bool {
		if request != n {
			return false
		}
		connection, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return false
		}
		_, _ = io.WriteString(connection, text)
		_ = connection.Close()
		return true
	}
}

// answered answers every request with a status and a body.
func answered(status int, body string) func(w http.ResponseWriter, request int) bool {
	return func(w http.ResponseWriter, _ int) bool {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
		return true
	}
}

// dropped closes the connection of these requests without an answer.
func dropped(requests ...int) func(w http.ResponseWriter, request int) bool {
	return func(w http.ResponseWriter, request int) bool {
		return slices.Contains(requests, request) && raw(request, "")(w, request)
	}
}

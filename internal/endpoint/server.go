package endpoint

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"golang.org/x/net/netutil"
)

const (
	headerTimeout   = 10 * time.Second // a client that says nothing is hung up on
	mostConnections = 2048             // at the same time; further ones wait
	idleTimeout     = 5 * time.Minute  // longer than any pause between two runs
	// grace is how long a request may go on after the server was told to stop. Then its context
	// ends, and it has as long again to clean up.
	grace = 3 * time.Second
)

// Server is one HTTPS server: TLS 1.3, HTTP/1.1.
type Server struct {
	Name        string             // said in the ready line, "service/store"
	Address     string             // host:port to listen on; port 0 takes a free one
	Certificate tls.Certificate    // the server's own
	ClientAuth  tls.ClientAuthType // whether a client certificate is asked for; the handler verifies it
	Handler     http.Handler
	Log         *slog.Logger // nil: slog.Default()
	Ready       io.Writer    // gets the ready line; nil: nobody is told

	grace time.Duration // 0: as the constant says
}

// Ready is the line that a server writes, as JSON, when it accepts connections.
type Ready struct {
	Name    string `json:"ready"`
	Address string `json:"address"` // host:port listened on
	PID     int    `json:"pid"`
}

// Serve listens, writes the ready line and serves until the context ends; then it stops
// accepting, lets requests under way finish for three seconds, and returns nil. Every request's
// context outlives ctx by that time.
func (s *Server) Serve(ctx context.Context) error {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", s.Address)
	if err != nil {
		return fmt.Errorf("%s cannot listen on %s: %w", s.Name, s.Address, err)
	}
	requests, endRequests := context.WithCancel(context.WithoutCancel(ctx))
	defer endRequests()
	server := s.httpServer(requests)

	served := make(chan error, 1)
	go func() { served <- server.ServeTLS(netutil.LimitListener(listener, mostConnections), "", "") }()
	if err := s.sayReady(listener.Addr().String()); err != nil {
		return errors.Join(fmt.Errorf("%s cannot say that it is ready: %w", s.Name, err), server.Close(), ignoreClosed(<-served))
	}
	select {
	case err := <-served:
		return fmt.Errorf("%s stopped serving on %s: %w", s.Name, listener.Addr(), err)
	case <-ctx.Done():
	}
	err = shutdown(server, cmp.Or(s.grace, grace), endRequests)
	return errors.Join(err, ignoreClosed(<-served))
}

func (s *Server) httpServer(requests context.Context) *http.Server {
	log := s.Log
	if log == nil {
		log = slog.Default()
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	handler := newAdmission().around(s.Handler)
	return &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			handler.ServeHTTP(&logged{ResponseWriter: w, log: log}, r)
		}),
		TLSConfig: &tls.Config{
			MinVersion:             tls.VersionTLS13,
			Certificates:           []tls.Certificate{s.Certificate},
			ClientAuth:             s.ClientAuth,
			SessionTicketsDisabled: true,
			// Records of 1 kB at the start of a connection are for slow links; here each wakes the reader for a piece.
			DynamicRecordSizingDisabled: true,
		},
		Protocols:         protocols,
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		BaseContext:       func(net.Listener) context.Context { return requests },
	}
}

func (s *Server) sayReady(address string) error {
	if s.Ready == nil {
		return nil
	}
	// Encode writes the whole line at once, newline included.
	return json.NewEncoder(s.Ready).Encode(Ready{Name: s.Name, Address: address, PID: os.Getpid()})
}

func shutdown(server *http.Server, grace time.Duration, endRequests func()) error {
	patient, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	if server.Shutdown(patient) == nil {
		return nil
	}
	endRequests()
	last, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	if server.Shutdown(last) == nil {
		return nil
	}
	if err := server.Close(); err != nil {
		return fmt.Errorf("closing connections: %w", err)
	}
	return nil
}

func ignoreClosed(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// IsLoopback reports whether a listening address (host:port) is reached from this host alone. An
// empty host listens everywhere, so it is not.
func IsLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Package livepage serves one page that changes, and the news of it, to browsers: over plain HTTP, read-only, by default to this
// host alone. What the page shows it does not know.
package livepage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"time"

	"golang.org/x/sync/semaphore"
)

// Source is what is served. Its methods are called by several goroutines at once.
type Source interface {
	// Page is the page as it is now, in HTML.
	Page() ([]byte, error)
	// News is one line that the page understands. It is asked for often, while somebody looks.
	News() ([]byte, error)
}

// ErrBeyondLoopback refuses an address that other hosts reach.
var ErrBeyondLoopback = errors.New("other hosts would reach it")

const (
	// newsEvery is how often news are asked for.
	newsEvery = time.Second
	// aliveEvery is after how long without news a viewer's connection is tried.
	aliveEvery = 15 * time.Second
	// mostViewers may look at the same time.
	mostViewers = 16
	// patience is how long a request's head may take to arrive, and how long what is under way has to end.
	patience = 5 * time.Second
)

// Server serves a page.
type Server struct {
	source Source
	// beyond: other hosts may reach it.
	beyond  bool
	viewers *semaphore.Weighted
	every   time.Duration
	// last is how long what is under way has to end.
	last time.Duration
}

// New makes a server. Unless beyond is true, it listens on loopback alone, and answers requests for this host alone, so that no page
// from elsewhere reads it by a name that leads here (DNS rebinding).
func New(source Source, beyond bool) *Server {
	return &Server{source: source, beyond: beyond, viewers: semaphore.NewWeighted(mostViewers), every: newsEvery, last: patience}
}

// Listen takes an address, host:port; port 0 takes a free one. The error wraps ErrBeyondLoopback where other hosts would reach it
// and may not.
func (s *Server) Listen(ctx context.Context, address string) (net.Listener, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w", address, err)
	}
	// What is listened on counts: a name may lead anywhere.
	if taken, ok := listener.Addr().(*net.TCPAddr); !s.beyond && (!ok || !taken.IP.IsLoopback()) {
		return nil, errors.Join(fmt.Errorf("listening on %s: %w", address, ErrBeyondLoopback), listener.Close())
	}
	return listener, nil
}

// Serve serves until the context ends, and then closes the listener, in a few seconds every connection too, and returns nil.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{
		Handler: s.handler(), ReadHeaderTimeout: patience, MaxHeaderBytes: 16 << 10,
		// Whoever waits for news is let go.
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.last)
		defer cancel()
		stopped <- server.Shutdown(last)
	})
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving the page: %w", err)
	}
	err := <-stopped
	if errors.Is(err, context.DeadlineExceeded) { // a browser that does not take its page gets no more of it
		err = server.Close()
	}
	if err != nil {
		return fmt.Errorf("ending the page's server: %w", err)
	}
	return nil
}

func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.page)
	mux.HandleFunc("GET /progress", s.progress)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.beyond && !namesThisHost(r.Host) {
			http.Error(w, "the page is for this host alone", http.StatusMisdirectedRequest)
			return
		}
		for name, value := range map[string]string{
			"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
			"Cross-Origin-Resource-Policy": "same-origin",
		} {
			w.Header().Set(name, value)
		}
		mux.ServeHTTP(w, r)
	})
}

// namesThisHost tells whether a request's host is loopback by itself.
func namesThisHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if host == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}

func (s *Server) page(w http.ResponseWriter, _ *http.Request) {
	page, err := s.source.Page()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(page) // whoever has gone does not miss it
}

// progress sends news as they come: server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).
func (s *Server) progress(w http.ResponseWriter, r *http.Request) {
	if !s.viewers.TryAcquire(1) {
		http.Error(w, "too many look at the same time", http.StatusServiceUnavailable)
		return
	}
	defer s.viewers.Release(1)
	w.Header().Set("Content-Type", "text/event-stream")
	control := http.NewResponseController(w)
	ticker := time.NewTicker(s.every)
	defer ticker.Stop()
	var said []byte
	for at := time.Now(); ; {
		news, err := s.source.News()
		switch {
		case err != nil:
			return // the browser asks again
		case !bytes.Equal(news, said):
			said, at = news, time.Now()
			_, err = fmt.Fprintf(w, "data: %s\n\n", news)
		case time.Since(at) > aliveEvery:
			at = time.Now()
			_, err = fmt.Fprint(w, ":\n\n")
		}
		if err := errors.Join(err, control.Flush()); err != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-ticker.C:
		}
	}
}

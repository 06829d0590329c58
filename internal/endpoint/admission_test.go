package endpoint

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/semaphore"
)

// serveAdmitted serves a handler behind an admission over plain HTTP: what is admitted does not
// depend on TLS.
func serveAdmitted(t *testing.T, a *admission, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(a.around(handler))
	t.Cleanup(server.Close)
	return server
}

func echo(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		WriteFault(w, NewFault(http.StatusBadRequest, "%v", err))
		return
	}
	fmt.Fprint(w, len(body))
}

// sendSlowly sends the head of a request and the first byte of its body, and no more.
func sendSlowly(t *testing.T, server *httptest.Server, size int) net.Conn {
	t.Helper()
	connection, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	if _, err := fmt.Fprintf(connection, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\nx", size); err != nil {
		t.Fatal(err)
	}
	return connection
}

func answered(connection net.Conn) string {
	text, err := io.ReadAll(connection)
	return fmt.Sprintf("%s %v", text, err)
}

func TestBodyThatDoesNotArriveIsCutOff(t *testing.T) {
	a := newAdmission()
	a.patience, a.slowest = 50*time.Millisecond, 1<<30
	server := serveAdmitted(t, a, echo)
	connection := sendSlowly(t, server, 1000)
	if got := answered(connection); !strings.Contains(got, "400") || !strings.Contains(got, "timeout") {
		t.Errorf("answered %q", got)
	}
}

// deadlines notes the last deadline that reading from a connection was given.
type deadlines struct {
	net.Listener
	last atomic.Pointer[time.Time]
}

type noted struct {
	net.Conn
	last *atomic.Pointer[time.Time]
}

func (d *deadlines) Accept() (net.Conn, error) {
	connection, err := d.Listener.Accept()
	return noted{connection, &d.last}, err
}

func (n noted) SetReadDeadline(deadline time.Time) error {
	n.last.Store(&deadline)
	return n.Conn.SetReadDeadline(deadline)
}

// TestDeadlineEndsWithTheBody: the handler may take longer than the body was allowed to.
func TestDeadlineEndsWithTheBody(t *testing.T) {
	a, began := newAdmission(), time.Now()
	server := httptest.NewUnstartedServer(nil)
	noting := &deadlines{Listener: server.Listener}
	server.Listener = noting
	server.Config.Handler = a.around(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if deadline := noting.last.Load(); deadline == nil || deadline.Before(began.Add(a.patience)) {
			t.Errorf("the body has to be there before %v", deadline)
		}
		io.Copy(io.Discard, r.Body)
		if deadline := noting.last.Load(); !deadline.IsZero() {
			t.Errorf("the request is to end at %v, though its body is there", deadline)
		}
		fmt.Fprint(w, "done")
	}))
	server.Start()
	defer server.Close()
	reply, err := http.Post(server.URL, "text/plain", strings.NewReader("body"))
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	if text, err := io.ReadAll(reply.Body); string(text) != "done" || err != nil {
		t.Errorf("answered %q, %v", text, err)
	}
}

// TestLargeBodiesWaitForEachOther: those who hold the whole budget keep out other large bodies,
// no small ones, and nobody once they are gone.
func TestLargeBodiesWaitForEachOther(t *testing.T) {
	a := newAdmission()
	a.small, a.budget, a.large, a.patience, a.slowest = 10, 2000, semaphore.NewWeighted(2000), 300*time.Millisecond, 1
	holding := make(chan struct{}, 2)
	server := serveAdmitted(t, a, func(w http.ResponseWriter, r *http.Request) {
		first := make([]byte, 1)
		r.Body.Read(first)
		if first[0] == 'x' {
			holding <- struct{}{}
		}
		echo(w, r)
	})
	holders := []net.Conn{sendSlowly(t, server, 1000), sendSlowly(t, server, 1000)}
	<-holding
	<-holding
	post := func(size int) (int, error) {
		reply, err := http.Post(server.URL, "text/plain", bytes.NewReader(bytes.Repeat([]byte("y"), size)))
		if err != nil {
			return 0, err
		}
		defer reply.Body.Close()
		return reply.StatusCode, nil
	}
	if status, err := post(5); status != http.StatusOK {
		t.Errorf("a small body: %d, %v", status, err)
	}
	if status, err := post(500); status != http.StatusServiceUnavailable {
		t.Errorf("a large body while there is no room: %d, %v", status, err)
	}
	if status, err := post(3000); status != http.StatusRequestEntityTooLarge {
		t.Errorf("a body above the budget: %d, %v", status, err)
	}
	for _, holder := range holders {
		holder.Close()
	}
	status, err := post(500)
	for deadline := time.Now().Add(time.Minute); status == http.StatusServiceUnavailable && time.Now().Before(deadline); {
		status, err = post(500) // The server has yet to see that they are gone.
	}
	if status != http.StatusOK {
		t.Errorf("a large body once there is room: %d, %v", status, err)
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestWaitingForATurnHasAnEnd(t *testing.T) {
	a := newAdmission()
	if err := a.takeTurn(t.Context(), a.budget); err != nil {
		t.Fatal(err)
	}
	a.patience = 20 * time.Millisecond
	var fault *Fault
	if err := a.takeTurn(t.Context(), 1); !errors.As(err, &fault) || fault.Status != http.StatusServiceUnavailable {
		t.Errorf("got %v", err)
	}
}

package conversation

import (
	"bytes"
	"crypto/tls"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"eaibench/attest"
)

// The process asks the services itself: nothing goes through the launcher, and what is read and written is the same.
func TestDirect(t *testing.T) {
	for _, b := range []*build{plain, sanitized} {
		for _, crypto := range []attest.Crypto{attest.HPKE, attest.None} {
			t.Run(b.flags[0]+" "+string(crypto), func(t *testing.T) {
				t.Parallel()
				s := newDirectPlay(t, b)
				s.parameters.Requests, s.parameters.Crypto = 2, crypto
				s.finish()
				s.honest()
				if len(s.operations) != 0 {
					t.Errorf("%d operations went to the launcher", len(s.operations))
				}
				var want []request
				for _, sequence := range []uint64{1, 4} {
					want = append(want,
						request{"store", attest.Read, sequence, "{}"},
						request{"taxi", attest.Write, sequence + 1, plaintextOf(t, map[string]string{"customer": customer, "phone": phone, "address": address})},
						request{"whatsapp", attest.Write, sequence + 2, plaintextOf(t, map[string]string{"phone": phone, "message": offer})})
				}
				same(t, s.requests, want)
				for id := range s.services {
					if n := s.connectionsTo(id); n != 1 {
						t.Errorf("%d connections to %s", n, id)
					}
				}
				for _, secret := range []string{"5551987654321", "Rua 314"} {
					if crypto == attest.HPKE && bytes.Contains(bytes.Join(s.bodies, nil), []byte(secret)) {
						t.Errorf("inside TLS, %q is not sealed", secret)
					}
				}
			})
		}
	}
}

// Each step is timed by who can: the process has the time between sending and the reply, the services' own come with the end.
func TestDirectIsTimed(t *testing.T) {
	t.Parallel()
	s := newDirectPlay(t, sanitized)
	s.parameters.Requests = 5
	s.finish()
	s.honest()
	var want, wantOfServices []timed
	for request := range 5 {
		for _, operation := range []struct {
			service, operation string
			steps              []string
		}{
			{"store", "read", []string{"encrypt", "request", "decrypt", "read_act_total"}},
			{"taxi", "write", []string{"getServicePublicKey", "encrypt", "post", "decrypt", "write_act_total"}},
			{"whatsapp", "write", []string{"getServicePublicKey", "encrypt", "post", "decrypt", "write_act_total"}},
		} {
			for _, metric := range operation.steps {
				want = append(want, timed{request, operation.service, operation.operation, metric})
			}
			for _, metric := range []string{"verifyCertificate", "decrypt"} {
				wantOfServices = append(wantOfServices, timed{request, operation.service, operation.operation, metric})
			}
		}
		want = append(want, timed{request, "", "execute", "request_total"})
	}
	want = append(want, timed{-1, "", "execute", "execute_total"})
	if diff := cmp.Diff(want, steps(t, s.finished)); diff != "" {
		t.Errorf("the process's (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(wantOfServices, steps(t, s.byServices)); diff != "" {
		t.Errorf("the services' (-want +got):\n%s", diff)
	}
	if s.pieces != 2 { // sends 20 or more at once
		t.Errorf("timings came %d times before the process had finished", s.pieces)
	}
	for i, timing := range s.byServices {
		if timing.Nanoseconds != int64(i%2+1) {
			t.Errorf("%+v is not what the service said", timing)
		}
	}
}

// A request whose connection breaks is sent again, the same bytes, on a new connection, and how often is said at the end.
func TestDirectSendsAgain(t *testing.T) {
	first := func(request int, service string, operation attest.Operation, times int) repeatedFirst {
		return repeatedFirst{Request: request, Service: service, Operation: operation, Times: times}
	}
	for _, test := range []struct {
		name    string
		meddle  func(w http.ResponseWriter, n int) bool
		repeats []int // requests that are the one before once more, from 1
		store   int   // connections to the store
		said    *repeated
	}{
		{"the service closes behind each reply", func(w http.ResponseWriter, _ int) bool { w.Header().Set("Connection", "close"); return false }, nil, 2, nil},
		{"the first breaks", dropped(1), []int{2}, 2, &repeated{1, 1, first(0, "store", attest.Read, 1)}},
		{"the first breaks twice", dropped(1, 2), []int{2, 3}, 3, &repeated{1, 2, first(0, "store", attest.Read, 2)}},
		{"the reply is cut off inside its head", raw(1, "HTTP/1.1 200 OK\r\nContent-Le"), []int{2}, 2, &repeated{1, 1, first(0, "store", attest.Read, 1)}},
		{"the reply is cut off inside its body", raw(1, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"), []int{2}, 2, &repeated{1, 1, first(0, "store", attest.Read, 1)}},
		{"a kept connection breaks", dropped(4), []int{5}, 2, &repeated{1, 1, first(1, "store", attest.Read, 1)}},
		{"a write breaks, then a read three times", dropped(2, 5, 6, 7), []int{3, 6, 7, 8}, 4, &repeated{2, 4, first(0, "taxi", attest.Write, 1)}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newDirectPlay(t, sanitized)
			s.parameters.Requests, s.meddle = 2, test.meddle
			s.finish()
			s.honest()
			if len(s.bodies) != 6+len(test.repeats) {
				t.Fatalf("%d requests", len(s.bodies))
			}
			for _, n := range test.repeats {
				if !bytes.Equal(s.bodies[n-1], s.bodies[n-2]) {
					t.Errorf("request %d is not request %d once more", n, n-1)
				}
			}
			if s.connectionsTo("store") != test.store {
				t.Errorf("%d connections to the store, want %d", s.connectionsTo("store"), test.store)
			}
			if said := s.repeated; said != nil {
				if said.First.Reason == "" {
					t.Error("what broke is not said")
				}
				said.First.Reason = ""
			}
			if diff := cmp.Diff(test.said, s.repeated); diff != "" {
				t.Errorf("said of repeats (-want +got):\n%s", diff)
			}
		})
	}
}

// A service closes the connection between two requests: the process finds it closed and opens another.
func TestDirectConnectsAgain(t *testing.T) {
	t.Parallel()
	s := newDirectPlay(t, sanitized)
	s.parameters.Requests, s.parameters.IntervalMS, s.total, s.impatient = 3, 20, 0, true
	s.finish()
	s.honest()
	// A request on a connection that is closed at that very moment is sent once more, as it was.
	different := map[string]bool{}
	for _, body := range s.bodies {
		different[string(body)] = true
	}
	if len(different) != 3 || s.connectionsTo("store") < 3 {
		t.Errorf("%d different requests of %d over %d connections", len(different), len(s.bodies), s.connectionsTo("store"))
	}
}

// Two messages of the launcher's that nobody asked for, and its end, end a process that waits for a service.
func TestDirectHearsTheLauncherMeanwhile(t *testing.T) {
	for name, test := range map[string]struct {
		say   func(*process)
		check string
	}{
		"its end":   {func(p *process) { p.in.Close() }, "end-of-input"},
		"a message": {func(p *process) { p.send(message{Type: "release"}) }, "message"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newDirectPlay(t, sanitized)
			asked, end := make(chan struct{}), make(chan struct{})
			s.meddle = func(http.ResponseWriter, int) bool {
				close(asked)
				<-end
				return true
			}
			defer close(end)
			s.handshake()
			<-asked
			test.say(s.process)
			if f := s.fails(); f.Step != "request" || f.Check != test.check {
				t.Errorf("%+v", f)
			}
		})
	}
}

// A process that gets no further says where it was, and is not told by waiting.
func TestDirectUnreachable(t *testing.T) {
	t.Run("broken each time", func(t *testing.T) {
		t.Parallel()
		s := newDirectPlay(t, sanitized)
		s.meddle = dropped(1, 2, 3, 4, 5, 6, 7, 8)
		s.handshake()
		f := s.fails()
		if f.Step != "request" || f.Check != "unreachable" || !strings.HasPrefix(f.Message, "store, sent 7 times: ") || len(s.came()) != 7 {
			t.Errorf("%+v after %d requests", f, len(s.came()))
		}
	})
	t.Run("nobody listens", func(t *testing.T) {
		t.Parallel()
		s := newDirectPlay(t, sanitized)
		s.addresses["store"] = "127.0.0.1:1" // tcpmux's port, which the system gives to none that asks for a free one
		began := time.Now()
		s.handshake()
		if f := s.fails(); f.Step != "request" || f.Check != "unreachable" {
			t.Errorf("%+v", f)
		}
		// Six pauses, each at least half of one that doubles from 50 ms.
		if took := time.Since(began); took < 1575*time.Millisecond {
			t.Errorf("given up after %s: it was not tried seven times", took)
		}
	})
}

// Another server than the one whose certificate was verified gets neither the request nor the process's certificate.
func TestDirectRefusesAnotherServer(t *testing.T) {
	for name, impostor := range map[string]func(s *httpsServices) *attest.Identity{
		"of another root with the same name": func(s *httpsServices) *attest.Identity {
			return s.newService(ok1(attest.CreateAuthority("Conversation", time.Now(), attest.RootLifetime))(s.t), "store")
		},
		"of another certificate of this root":  func(s *httpsServices) *attest.Identity { return s.newService(s.authority, "store") },
		"of another service":                   func(s *httpsServices) *attest.Identity { return s.services["taxi"] },
		"of another certificate, the same key": renewed,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newDirectPlay(t, sanitized)
			identity := impostor(s)
			var shown atomic.Bool
			s.addresses["store"] = s.listen("store", &tls.Config{
				Certificates: []tls.Certificate{identity.TLS()},
				VerifyConnection: func(state tls.ConnectionState) error {
					shown.Store(len(state.PeerCertificates) > 0)
					return nil
				},
			})
			s.handshake()
			f := s.fails()
			if f.Step != "request" || f.Check != "server-certificate" || len(s.came()) != 0 || shown.Load() {
				t.Errorf("%+v after %d requests; the process showed its certificate: %v", f, len(s.came()), shown.Load())
			}
		})
	}
}

// renewed is the store with its own keys and a certificate that was issued later.
func renewed(s *httpsServices) *attest.Identity {
	identity := *s.services["store"]
	identity.Certificate = ok1(s.authority.IssueService("store", identity.SigningPublic(), identity.Sealing.PublicKey(),
		[]string{"localhost"}, time.Now(), attest.OperatorLifetime))(s.t)
	return &identity
}

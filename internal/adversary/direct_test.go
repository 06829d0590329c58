package adversary

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"eaibench/attest"
	"eaibench/hosts"
	"eaibench/launcher"
)

// directly is a run on the path direct in which each request books.
func directly(requests int64) launcher.Parameters {
	parameters := everyRequestBooks(requests)
	parameters.Path = attest.PathDirect
	return parameters
}

// at has the launcher hand the process another address of a service than the one it is at.
func at(s *stage, service, address string) {
	s.host.cheat(nil, func(kind string, m map[string]any) {
		if kind != "exchangeKeys" {
			return
		}
		for _, item := range m["services"].([]any) {
			if member := item.(map[string]any); member["service"] == service {
				member["address"] = address
			}
		}
	}, nil)
}

// impostor is a server that stands where the process looks for a service, and keeps what it is shown.
type impostor struct {
	address string

	mu           sync.Mutex
	requests     int
	certificates []*x509.Certificate
}

func (i *impostor) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.requests++
	w.WriteHeader(http.StatusOK)
}

// raiseImpostor starts an impostor with a certificate. It asks for the process's, and takes any.
func (s *stage) raiseImpostor(identity *attest.Identity) *impostor {
	s.t.Helper()
	i := &impostor{}
	var config net.ListenConfig
	listener, err := config.Listen(s.t.Context(), "tcp", "127.0.0.1:0")
	s.must(err)
	i.address = listener.Addr().String()
	server := &http.Server{Handler: i, ErrorLog: log.New(io.Discard, "", 0), ReadHeaderTimeout: time.Minute}
	served := make(chan error, 1)
	go func() {
		served <- server.Serve(tls.NewListener(listener, &tls.Config{
			MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{identity.TLS()}, ClientAuth: tls.RequestClientCert,
			VerifyConnection: func(state tls.ConnectionState) error {
				i.mu.Lock()
				defer i.mu.Unlock()
				i.certificates = append(i.certificates, state.PeerCertificates...)
				return nil
			},
		}))
	}()
	s.t.Cleanup(func() {
		server.Close()
		<-served
	})
	return i
}

// newStore is an identity under the store's name that a root CA certifies.
func (s *stage) newStore(authority *attest.Authority) *attest.Identity {
	s.t.Helper()
	identity, err := attest.GenerateIdentity()
	s.must(err)
	identity.Certificate, err = authority.IssueService("store", identity.SigningPublic(), identity.Sealing.PublicKey(), []string{"127.0.0.1"}, time.Now(), time.Hour)
	s.must(err)
	return identity
}

// TestServiceImpersonatedOnTheDirectPath: whoever stands at the address, and whatever root signed their certificate, is not the
// service, and learns nothing: no request comes, and the process does not show who it is.
func TestServiceImpersonatedOnTheDirectPath(t *testing.T) {
	s := raise(t, arrangement{direct: true})
	foreign, err := attest.CreateAuthority("root", time.Now(), time.Hour) // of the true root's name
	s.must(err)
	renewed := *s.identities["store"]
	renewed.Certificate, err = s.authority.IssueService("store", renewed.SigningPublic(), renewed.Sealing.PublicKey(), []string{"127.0.0.1"}, time.Now(), time.Hour)
	s.must(err)
	for name, identity := range map[string]*attest.Identity{
		"by a certificate of a foreign root":                s.newStore(foreign),
		"by another certificate of the same root":           s.newStore(s.authority),
		"by another certificate of the root, with its keys": &renewed,
		"by another service":                                s.identities["taxi"],
		"by the launcher":                                   s.issue(attest.KindLauncher, "impostor"),
	} {
		i := s.raiseImpostor(identity)
		try(t, s, []cheat{{
			name: name, by: "process", check: "server-certificate", parameters: directly(1),
			arrange: func(s *stage) { at(s, "store", i.address) },
		}})
		i.mu.Lock()
		if i.requests != 0 || len(i.certificates) != 0 {
			t.Errorf("%s: %d requests came, and %d certificates were shown", name, i.requests, len(i.certificates))
		}
		i.mu.Unlock()
	}
}

// wire forwards TCP connections to a server and keeps every byte: the most that a wrong address gains.
type wire struct {
	mu      sync.Mutex
	passed  []byte
	address string
}

func (w *wire) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.passed = append(w.passed, p...)
	return len(p), nil
}

func (s *stage) raiseWire(to string) *wire {
	s.t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(s.t.Context(), "tcp", "127.0.0.1:0")
	s.must(err)
	w := &wire{address: listener.Addr().String()}
	var forwarding sync.WaitGroup
	forward := func(from, to net.Conn) {
		defer from.Close()
		defer to.Close()
		_, _ = io.Copy(io.MultiWriter(w, to), from) // what has arrived was kept
	}
	forwarding.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			var dialer net.Dialer
			server, err := dialer.Dial("tcp", to)
			if err != nil {
				client.Close()
				continue
			}
			forwarding.Go(func() { forward(client, server) })
			forwarding.Go(func() { forward(server, client) })
		}
	})
	s.t.Cleanup(func() {
		listener.Close()
		forwarding.Wait()
	})
	return w
}

// TestWrongAddressGainsNothing: a launcher that has all connections led through itself sees TLS, in which not even the names of
// the request's members can be read, nor the process's certificate.
func TestWrongAddressGainsNothing(t *testing.T) {
	s := raise(t, arrangement{direct: true})
	store, err := url.Parse(s.services["store"].url)
	s.must(err)
	w := s.raiseWire(store.Host)
	at(s, "store", w.address)
	result := s.execute("", directly(2))
	if result.Status != launcher.OK {
		t.Fatalf("%s: %s", result.Message, result.ErrorOutput)
	}
	exchanges := s.services["store"].exchanges("/api/request")
	if len(exchanges) != 2 {
		t.Fatalf("%d requests came to the store", len(exchanges))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.passed) < len(exchanges[0].request) {
		t.Fatalf("%d bytes passed: the connection was not led through here", len(w.passed))
	}
	certificate := s.certificateOfRun(result.Run)
	for what, part := range map[string][]byte{
		"the path": []byte("/api/request"), "a member's name": []byte("ciphertext"), "the program's name": []byte("retail"),
		"the process's certificate": certificate[len(certificate)-64:],
	} {
		if bytes.Contains(w.passed, part) {
			t.Errorf("%s can be read on the wire", what)
		}
	}
	for _, message := range s.host.messages {
		if bytes.Contains(message, []byte("ciphertext")) {
			t.Errorf("the launcher carried %.200s", message)
		}
	}
}

// sharingNetwork starts a compartment in its host's network.
func sharingNetwork(c *hosts.Command) {
	c.Args = slices.DeleteFunc(slices.Clone(c.Args), func(a string) bool { return a == "--unshare-net" })
}

// TestHostsNetworkIsForThePathDirect: a compartment that shares its host's network is accepted on the path direct, where policies
// say so, and nowhere else.
func TestHostsNetworkIsForThePathDirect(t *testing.T) {
	relayed, direct := everyRequestBooks(1), directly(1)
	ownNetwork := func(d *attest.PolicyDocument) { d.Compartment.Network = attest.NetworkOwn }
	share := func(s *stage) { s.host.cheat(sharingNetwork, nil, nil) }
	asIs := func(*stage) {}
	for _, test := range []struct {
		name        string
		arrangement arrangement
		cheats      []cheat
	}{
		{"allowed", arrangement{direct: true}, []cheat{
			{name: "a relayed run in the host's network", parameters: relayed, arrange: share, by: "root CA", check: attest.CheckCompartment},
		}},
		{"not allowed by the root CA", arrangement{direct: true, caPolicy: ownNetwork}, []cheat{
			{name: "a direct run", parameters: direct, arrange: asIs, by: "root CA", check: attest.CheckCompartment},
			{name: "a relayed run in the host's network", parameters: relayed, arrange: share, by: "root CA", check: attest.CheckCompartment},
		}},
		{"not allowed by services", arrangement{direct: true, servicePolicy: ownNetwork}, []cheat{
			{name: "a direct run", parameters: direct, arrange: asIs, by: "store", check: attest.CheckCompartment},
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.arrangement.modes = []string{"compartment", "hybrid"}
			s := raise(t, test.arrangement)
			for i := range test.cheats {
				test.cheats[i].mode = "compartment"
			}
			try(t, s, test.cheats)
			if test.name != "allowed" {
				return
			}
			result := s.execute("compartment", direct)
			if result.Status != launcher.OK || slices.Contains(result.Attested.Namespaces, "net") {
				t.Errorf("%s; namespaces %v", result.Message, result.Attested)
			}
			result = s.execute("compartment", relayed)
			if result.Status != launcher.OK || !slices.Contains(result.Attested.Namespaces, "net") {
				t.Errorf("%s; namespaces %v", result.Message, result.Attested)
			}
		})
	}
}

// TestProcessOnTheDirectPathAsksNobodyToRelay: the launcher of a run on the path direct relays nothing, and on the path relayed
// takes no word of the process's for what services timed.
func TestProcessOnTheDirectPathAsksNobodyToRelay(t *testing.T) {
	s := raise(t, arrangement{direct: true})
	fromFinished := func(change func(m map[string]any)) func(*stage) {
		return func(s *stage) {
			s.host.cheat(nil, nil, func(kind string, m map[string]any) {
				if kind == "finished" {
					change(m)
				}
			})
		}
	}
	try(t, s, []cheat{
		{
			name: "a request to relay on the path direct", parameters: directly(1), by: "the process sent the message operation",
			arrange: fromFinished(func(m map[string]any) {
				m["type"], m["operation"], m["service"], m["request"] = "operation", "read", "store", 0
				delete(m, "requests")
			}),
		},
		{
			name: "services' timings on the path relayed", by: "the process reports what services timed",
			arrange: fromFinished(func(m map[string]any) {
				m["service_timings"] = []any{map[string]any{"request": 0, "service": "store", "operation": "read", "metric": "decrypt", "nanoseconds": 1}}
			}),
		},
	})
}

package mockservices

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"encoding/json"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"eaibench/attest"
	"eaibench/internal/endpoint"
)

// directClient is a client of the service at base that presents a certificate in TLS and signs the handshake with its key, as a
// process does on the path direct.
func directClient(t testing.TB, root *attest.Root, certificate tls.Certificate) *http.Client {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{
		RootCAs: root.Pool, MinVersion: tls.VersionTLS13,
		// Whatever the server asks for: a cheat is not choosy.
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &certificate, nil },
	}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func faultOf(t testing.TB, body []byte) endpoint.Fault {
	t.Helper()
	var fault endpoint.Fault
	if err := json.Unmarshal(body, &fault); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return fault
}

// On the path direct the process that asks is the one at the other end of the connection: a request of another process is
// refused on it, on each request and not only on the first.
func TestRequestOfAnotherProcessIsRefusedOverItsConnection(t *testing.T) {
	tr := newTrust(t)
	s := open(t, tr.options(t, "store"))
	relaying, base := serve(t, s, tr.authority.Root)
	own, other := tr.newCaller(t, s, "run-1"), tr.newCaller(t, s, "run-2")
	direct := directClient(t, tr.authority.Root, own.identity.TLS())
	ask := func(client *http.Client, c *caller, sequence uint64) (int, []byte) {
		t.Helper()
		return post(t, client, base+"/api/request", marshalled(t, c.seal(t, attest.Read, sequence, `{}`)))
	}
	if status, body := ask(direct, own, 1); status != http.StatusOK {
		t.Fatalf("own request: %d %s", status, body)
	}
	before := number(t, s, "SELECT count(*) FROM eaibench_sequence")
	status, body := ask(direct, other, 1)
	if fault := faultOf(t, body); status != http.StatusForbidden || fault.Check != "client-certificate" {
		t.Errorf("another process's request: %d %s, want 403 client-certificate", status, body)
	}
	if number(t, s, "SELECT count(*) FROM eaibench_sequence") != before {
		t.Error("the refused request was remembered")
	}
	// The same request is good where nobody claims to be somebody else: relayed, or over the other process's own connection.
	if status, body := ask(relaying, other, 1); status != http.StatusOK {
		t.Errorf("relayed: %d %s", status, body)
	}
	if status, body := ask(direct, own, 2); status != http.StatusOK {
		t.Errorf("own request again: %d %s", status, body)
	}
}

// Who has seen a process's certificate, which is no secret, cannot present it: the handshake is signed by its key.
func TestPresentedCertificateNeedsItsKey(t *testing.T) {
	tr := newTrust(t)
	s := open(t, tr.options(t, "store"))
	_, base := serve(t, s, tr.authority.Root)
	c := tr.newCaller(t, s, "run-1")
	_, thief, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	stolen := c.identity.TLS()
	stolen.PrivateKey = thief
	client := directClient(t, tr.authority.Root, stolen)
	response, err := client.Post(base+"/api/request", "application/json", strings.NewReader(string(marshalled(t, c.seal(t, attest.Read, 1, `{}`)))))
	if err == nil {
		response.Body.Close()
		t.Fatalf("a certificate without its key was answered %s", response.Status)
	}
	if n := number(t, s, "SELECT count(*) FROM eaibench_sequence"); n != 0 {
		t.Error("its request was carried out")
	}
}

// A connection that stays open longer than its certificate is valid is of no more use.
func TestExpiredCertificateIsRefusedOverAnOpenConnection(t *testing.T) {
	tr := newTrust(t)
	var later atomic.Int64 // nanoseconds, read by the server's goroutines
	o := tr.options(t, "store")
	o.Now = func() time.Time { return time.Now().Add(time.Duration(later.Load())) }
	s := open(t, o)
	_, base := serve(t, s, tr.authority.Root)
	c := tr.newCaller(t, s, "run-1")
	client := directClient(t, tr.authority.Root, c.identity.TLS())
	if status, body := post(t, client, base+"/api/request", marshalled(t, c.seal(t, attest.Read, 1, `{}`))); status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	later.Store(int64(time.Until(c.identity.Certificate.NotAfter) + 2*time.Second))
	status, body := post(t, client, base+"/api/request", marshalled(t, c.seal(t, attest.Read, 2, `{}`)))
	if fault := faultOf(t, body); status != http.StatusUnauthorized || fault.Check != "time" {
		t.Errorf("over the connection of an expired certificate: %d %s, want 401 time", status, body)
	}
}

package endpoint

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// authority issues certificates of the kind that eaibench's servers have.
type authority struct {
	certificate *x509.Certificate
	key         ed25519.PrivateKey
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "root"},
		NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{certificate: certificate, key: key}
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return pool
}

func (a *authority) issue(t testing.TB, identities ...string) tls.Certificate {
	t.Helper()
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(time.Hour),
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	for _, identity := range identities {
		name, err := url.Parse(identity)
		if err != nil {
			t.Fatal(err)
		}
		template.URIs = append(template.URIs, name)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, public, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

const store = "eai:service/store"

// start serves the handler and returns its base URL and a function that stops it and waits.
func start(t *testing.T, a *authority, handler http.Handler) (base string, stop func() error) {
	t.Helper()
	return startServer(t, &Server{Name: "service/store", Certificate: a.issue(t, store), Handler: handler})
}

func startServer(t testing.TB, server *Server) (base string, stop func() error) {
	t.Helper()
	reader, writer := io.Pipe()
	server.Address, server.Ready = "127.0.0.1:0", writer
	if server.Log == nil {
		server.Log = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() {
		err := server.Serve(ctx)
		writer.CloseWithError(err)
		served <- err
	}()
	var ready Ready
	if err := json.NewDecoder(reader).Decode(&ready); err != nil {
		t.Fatalf("no ready line: %v", err)
	}
	if ready.Name != server.Name || ready.PID == 0 {
		t.Errorf("ready line is %+v", ready)
	}
	var once error
	stopped := false
	stop = func() error {
		if !stopped {
			stopped = true
			cancel()
			once = <-served
		}
		return once
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return "https://" + ready.Address, stop
}

func newClient(t testing.TB, base string, o ClientOptions) *Client {
	t.Helper()
	client := NewClient(base, o)
	t.Cleanup(client.Close)
	return client
}

func answer(value any) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { WriteJSON(w, http.StatusOK, value) })
}

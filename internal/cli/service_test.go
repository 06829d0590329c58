package cli

import (
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"eaibench/attest"
	"eaibench/internal/endpoint"
	"eaibench/mockservices"
)

func TestServiceServes(t *testing.T) {
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	mustRun(t, "ca", "init", "--data", in("ca"), "--name", "local")
	mustRun(t, "ca", "issue", "service", "taxi", "--data", in("ca"), "--out", in("taxi"))
	mustRun(t, "ca", "issue", "attester", "local", "--data", in("ca"), "--out", in("attester"))
	identity, err := attest.LoadIdentity(in("attester/cert.pem"), in("attester/priv.pem"))
	if err != nil {
		t.Fatal(err)
	}
	public, err := attest.PublicKeyPEM(identity.SigningPublic())
	if err != nil {
		t.Fatal(err)
	}
	policy := strings.Replace(acceptsNothing, "KEY", strings.ReplaceAll(strings.TrimSpace(string(public)), "\n", "\n      "), 1)
	if err := os.WriteFile(in("policy.yaml"), []byte(policy), 0o600); err != nil {
		t.Fatal(err)
	}
	root, err := attest.LoadRoot(in("ca/root.pem"))
	if err != nil {
		t.Fatal(err)
	}
	service := serving(t, root.Pool, "eai:service/taxi",
		"service", "taxi", "--data", in("taxi"), "--root-ca", in("ca/root.pem"), "--policy", in("policy.yaml"), "--size", "drivers=3",
		"--allow-crypto-none", "--allow-verify-cached")
	var health mockservices.Health
	if err := service.Do(t.Context(), http.MethodGet, "/api/health", nil, &health); err != nil || health.Service != "taxi" {
		t.Errorf("%+v, %v", health, err)
	}
	// What is no request is no request, before any data is looked at.
	var fault *endpoint.Fault
	err = service.Do(t.Context(), http.MethodPost, "/api/post", struct{}{}, nil)
	if !errors.As(err, &fault) || fault.Status != http.StatusBadRequest {
		t.Errorf("an empty request: %v", err)
	}
	// It asks for a client certificate, and looks at whose it is.
	for check, presented := range map[string][]tls.Certificate{"certificate": nil, "role": {identity.TLS()}} {
		client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: root.Pool, Certificates: presented}}}
		response, err := client.Post(service.Address()+"/api/trips", "application/json", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || !strings.Contains(string(body), `"check":"`+check+`"`) {
			t.Errorf("%d certificates presented: %s %s, %v, want check %s", len(presented), response.Status, body, err, check)
		}
	}
	if _, err := os.Stat(in("taxi/transport_app.db")); err != nil {
		t.Error(err)
	}
	if _, err := endpoint.LoadToken(in("taxi/token")); err != nil {
		t.Error(err)
	}
}

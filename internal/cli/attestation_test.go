package cli

import (
	"bufio"
	"context"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"eaibench/attest"
	"eaibench/internal/endpoint"
)

// serving runs a server's command until the test ends and gives a client of it; the command must then end without an error.
func serving(t *testing.T, root *x509.CertPool, identity string, args ...string) *endpoint.Client {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	reader, writer := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, append([]string{"eaibench"}, args...), strings.NewReader(""), writer, t.Output())
		writer.Close()
		ended <- err
	}()
	line, err := bufio.NewReader(reader).ReadBytes('\n')
	var ready endpoint.Ready
	if err == nil {
		err = json.Unmarshal(line, &ready)
	}
	client := endpoint.NewClient("https://"+ready.Address, endpoint.ClientOptions{Roots: root, Identity: identity})
	t.Cleanup(func() {
		client.Close()
		stop()
		if err := <-ended; err != nil {
			t.Errorf("%v ended with %v", args, err)
		}
	})
	if err != nil {
		t.Fatalf("%v does not say that it is ready: %v", args, err)
	}
	return client
}

func mustRun(t *testing.T, args ...string) {
	t.Helper()
	if err := run(context.Background(), append([]string{"eaibench"}, args...), strings.NewReader(""), t.Output(), t.Output()); err != nil {
		t.Fatal(err)
	}
}

func TestServersOfAttestation(t *testing.T) {
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	mustRun(t, "ca", "init", "--data", in("ca"))
	mustRun(t, "ca", "issue", "attester", "local", "--data", in("ca"), "--out", in("attester"))
	root, err := attest.LoadRoot(in("ca/root.pem"))
	if err != nil {
		t.Fatal(err)
	}
	attester := serving(t, root.Pool, "eai:attester/local", "attest", "serve", "--data", in("attester"), "--same-user")
	public, err := os.ReadFile(in("attester/attester.pub"))
	if err != nil {
		t.Fatal(err)
	}
	policy := strings.Replace(acceptsNothing, "KEY", strings.ReplaceAll(strings.TrimSpace(string(public)), "\n", "\n      "), 1)
	if err := os.WriteFile(in("policy.yaml"), []byte(policy), 0o600); err != nil {
		t.Fatal(err)
	}
	ca := serving(t, root.Pool, "eai:ca/local", "ca", "serve", "--data", in("ca"), "--policy", in("policy.yaml"))

	for _, server := range []*endpoint.Client{ca, attester} {
		if err := server.Do(context.Background(), http.MethodGet, "/api/health", nil, nil); err != nil {
			t.Error(err)
		}
	}
	var reply struct {
		Nonce []byte `json:"nonce"`
	}
	if err := ca.Do(context.Background(), http.MethodPost, "/api/nonce", nil, &reply); err != nil || len(reply.Nonce) != 32 {
		t.Errorf("nonce of %d bytes, %v", len(reply.Nonce), err)
	}
}

const acceptsNothing = `version: 1
attesters:
  - name: local
    privilege: [same-user]
    public_key: |
      KEY
modes: [hybrid]
references: []
environment: {}
parameters: {crypto: [hpke], path: [relayed], requests: {max: 1}, interval_ms: {max: 0}}
evidence: {max_age: 60s}
certificate: {lifetime: 1m}
`

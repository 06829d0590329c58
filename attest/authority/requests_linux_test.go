package authority

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"eaibench/attest"
	"eaibench/internal/endpoint"
)

func TestServersRefuseOtherRequests(t *testing.T) {
	s := newSite(t, siteSettings{})
	big := strings.Repeat("A", 1<<20)
	for name, test := range map[string]struct {
		client *endpoint.Client
		path   string
		body   any
		status int
	}{
		"CA, body too long":             {s.caClient, "/api/certificate", attest.CertificationRequest{CSR: []byte(big)}, http.StatusRequestEntityTooLarge},
		"CA, unknown member":            {s.caClient, "/api/certificate", map[string]string{"csr": "", "mode": "hybrid"}, http.StatusBadRequest},
		"CA, unknown path":              {s.caClient, "/api/sign", nil, http.StatusNotFound},
		"attester, body too long":       {s.attesterClient, "/api/evidence", map[string]string{"mode": big}, http.StatusRequestEntityTooLarge},
		"attester, unknown member":      {s.attesterClient, "/api/evidence", map[string]string{"executable": "/bin/true"}, http.StatusBadRequest},
		"attester, without token":       {s.client(s.attesterURL, "", ""), "/api/evidence", EvidenceRequest{}, http.StatusUnauthorized},
		"attester, with another token":  {s.client(s.attesterURL, "", strings.Repeat("0", 64)), "/api/evidence", EvidenceRequest{}, http.StatusUnauthorized},
		"attester, with the CSR of air": {s.attesterClient, "/api/evidence", EvidenceRequest{Platform: "linux", Mode: "hybrid"}, http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			wantStatus(t, test.client.Do(context.Background(), http.MethodPost, test.path, test.body, nil), test.status)
		})
	}
}

func TestCAHandsOutABoundedNumberOfNonces(t *testing.T) {
	s := newSite(t, siteSettings{})
	s.ca.nonces = newNonces(NonceLifetime, 4, time.Now)
	first, second := s.nonce(), s.nonce()
	third := s.nonce() // the loopback network may hold two
	if s.ca.nonces.take(first) || !s.ca.nonces.take(second) || !s.ca.nonces.take(third) {
		t.Error("not the oldest was given up")
	}
	if second == third {
		t.Error("the same nonce twice")
	}
}

func TestServersTellWhoTheyAre(t *testing.T) {
	s := newSite(t, siteSettings{})
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.root.Pool}}}
	defer client.CloseIdleConnections()
	get := func(url string) []byte {
		t.Helper()
		response, err := client.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		var body bytes.Buffer
		if _, err := body.ReadFrom(response.Body); err != nil || response.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s, %v", url, response.Status, err)
		}
		return body.Bytes()
	}
	if got := get(s.caClient.Address() + "/api/root"); !bytes.Equal(got, attest.CertificatePEM(s.root.Certificate)) {
		t.Errorf("root: %s", got)
	}
	if got := get(s.attesterURL + "/api/public-key"); !bytes.Equal(got, s.attester.publicKey) {
		t.Errorf("public key: %s", got)
	}
	for _, url := range []string{s.caClient.Address(), s.attesterURL} {
		var health map[string]string
		if err := json.Unmarshal(get(url+"/api/health"), &health); err != nil || health["status"] != "ok" {
			t.Errorf("health of %s: %v, %v", url, health, err)
		}
	}
}

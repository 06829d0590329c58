package adversary

import (
	"encoding/json"
	"strings"
	"testing"

	"eaibench/attest"
	"eaibench/launcher"
)

// TestVerifyCached is refused by a root CA and by services that were not told to accept it. Where all accept it, a request that is
// changed on its way after the certificate's result was kept is refused as ever, and a run does not profit from another's result.
func TestVerifyCached(t *testing.T) {
	accept := func(d *attest.PolicyDocument) { d.Parameters.Verify = []string{"full", "cached"} }
	cached := everyRequestBooks(2)
	cached.Verify = "cached"
	for _, test := range []struct {
		name string
		arrangement
		by string
	}{
		{"root CA not told", arrangement{allowVerifyCached: true}, "root CA"},
		{"services' policy does not say so", arrangement{caPolicy: accept, allowVerifyCached: true}, "store"},
		{"services not told", arrangement{caPolicy: accept, servicePolicy: accept}, "store"},
	} {
		t.Run(test.name, func(t *testing.T) {
			result := raise(t, test.arrangement).execute("", cached)
			if result.Status == launcher.OK || result.Check != string(attest.CheckVerify) || !strings.Contains(result.Reason, test.by) {
				t.Errorf("%s, check %q: %s; want check verify by %s", result.Status, result.Check, result.Reason, test.by)
			}
		})
	}

	s := raise(t, arrangement{caPolicy: accept, servicePolicy: accept, allowVerifyCached: true})
	if result := s.execute("", cached); result.Status != launcher.OK {
		t.Fatalf("told: %s: %s", result.Status, result.Reason)
	}
	var earlier map[string]any // a request whose certificate's result is kept
	s.must(json.Unmarshal(s.lastRequest("store", "/api/request"), &earlier))
	for name, change := range map[string]struct {
		request func(m map[string]any)
		check   attest.Check
	}{
		"ciphertext changed":           {func(m map[string]any) { flip(m, "ciphertext") }, attest.CheckSignature},
		"signature changed":            {func(m map[string]any) { flip(m, "signature") }, attest.CheckSignature},
		"certificate of another run":   {func(m map[string]any) { m["process_certificate"] = earlier["process_certificate"] }, attest.CheckRun},
		"certificate changed":          {func(m map[string]any) { flip(m, "process_certificate") }, attest.CheckChain},
		"another service's request":    {func(m map[string]any) { m["service"] = "taxi" }, attest.CheckSignature},
		"sealed for none, sent openly": {func(m map[string]any) { m["crypto"], m["enc"] = "none", "" }, attest.CheckCrypto},
	} {
		t.Run(name, func(t *testing.T) {
			defer s.beHonest()
			asked := 0
			s.services["store"].onRequest(func(_ string, m map[string]any) {
				if asked++; asked == 2 {
					change.request(m)
				}
			})
			result := s.execute("", cached)
			if result.Status == launcher.OK || result.Check != string(change.check) || asked != 2 {
				t.Errorf("%s after %d requests, check %q: %s; want check %s at the second", result.Status, asked, result.Check, result.Reason, change.check)
			}
		})
	}
}

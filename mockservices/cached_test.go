package mockservices

import (
	"net/http"
	"testing"

	"eaibench/attest"
)

// Where everybody allows it a certificate is checked once: what it costs then is still timed, and what depends on the request is
// still refused.
func TestVerifyCachedWhereEverybodyAllowsIt(t *testing.T) {
	tr := newTrust(t)
	o := tr.options(t, "store")
	o.AllowVerifyCached = true
	s := open(t, o)
	client, base := serve(t, s, tr.authority.Root)
	c := tr.newCaller(t, s, "run-1")
	c.identity = tr.newProcess(t, "retail", "run-1", func(p *issued) { p.verify = "cached" })
	ask := func(request *attest.SealedRequest) (int, []byte) {
		return post(t, client, base+"/api/request", marshalled(t, request))
	}
	if status, body := ask(c.seal(t, attest.Read, 1, `{}`)); status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	// From here on the service's policy would accept nobody: who is answered owes it to the result that was kept.
	tr.policy.Modes = []string{"hybrid"}
	s.relyingParty.Policy = tr.newPolicy(t)
	a, timings, err := s.carryOut(t.Context(), attest.Read, c.seal(t, attest.Read, 2, `{}`))
	if err != nil || a.status != http.StatusOK || len(timings) != 4 || timings[0].Metric != verifyCertificate || timings[0].Nanoseconds <= 0 {
		t.Errorf("kept: %+v, %v, %v", a, timings, err)
	}
	forged := c.seal(t, attest.Read, 3, `{}`)
	forged.Signature[0] ^= 1
	if status, body := ask(forged); status != http.StatusForbidden || faultOf(t, body).Check != "signature" {
		t.Errorf("forged signature: %d %s", status, body)
	}
	status, body := post(t, directClient(t, tr.authority.Root, s.identity.TLS()), base+"/api/request", marshalled(t, c.seal(t, attest.Read, 4, `{}`)))
	if status != http.StatusForbidden || faultOf(t, body).Check != "client-certificate" {
		t.Errorf("over another's connection: %d %s", status, body)
	}
	if status, body := ask(c.seal(t, attest.Read, 1, `{}`)); status != http.StatusConflict || faultOf(t, body).Check != "sequence" {
		t.Errorf("older sequence number: %d %s", status, body)
	}
	// Another certificate is another result, and one that does not allow it has none.
	for run, verify := range map[string]string{"run-2": "cached", "run-3": ""} {
		other := tr.newCaller(t, s, run)
		other.identity = tr.newProcess(t, "retail", run, func(p *issued) { p.verify = verify })
		if status, body := ask(other.seal(t, attest.Read, 1, `{}`)); status != http.StatusForbidden || faultOf(t, body).Check != "mode" {
			t.Errorf("%s: %d %s", run, status, body)
		}
	}
}

// The policy decides too, not the service's flag alone.
func TestVerifyCachedNeedsThePolicy(t *testing.T) {
	tr := newTrust(t)
	tr.policy.Parameters.Verify = nil
	o := tr.options(t, "store")
	o.AllowVerifyCached = true
	s := open(t, o)
	c := tr.newCaller(t, s, "run-1")
	c.identity = tr.newProcess(t, "retail", "run-1", func(p *issued) { p.verify = "cached" })
	if _, _, err := s.carryOut(t.Context(), attest.Read, c.seal(t, attest.Read, 1, `{}`)); attest.FailedCheck(err) != attest.CheckVerify {
		t.Errorf("got %v, want check verify", err)
	}
}

package attest

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
)

// exchange is a verified request of the process at the store, ready to be opened or answered.
func exchange(t *testing.T, operation Operation) (*cast, *SealedRequest, *VerifiedProcess) {
	t.Helper()
	c := newCast(t)
	c.certify(t)
	request := c.sealed(t, operation, "question")
	return c, request, ok1(c.relyingParty(t).Verify(operation, request))(t)
}

func TestExchange(t *testing.T) {
	for _, operation := range []Operation{Read, Write} {
		t.Run(string(operation), func(t *testing.T) {
			c, request, process := exchange(t, operation)
			plaintext, hash, err := c.service.OpenRequest(operation, request, process)
			if err != nil || string(plaintext) != "question" || hash != RequestHash(operation, request) {
				t.Fatalf("opened %q, %x, %v", plaintext, hash, err)
			}
			reply := ok1(c.service.SealReply(operation, request, process, hash, []byte("answer")))(t)
			reply = throughJSON(t, reply)
			if answer, err := c.process.OpenReply(operation, request, c.service.Certificate, reply); err != nil || string(answer) != "answer" {
				t.Fatalf("opened %q, %v", answer, err)
			}
		})
	}
}

func throughJSON[T any](t *testing.T, value *T) *T {
	t.Helper()
	back := new(T)
	if err := json.Unmarshal(ok1(json.Marshal(value))(t), back); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(value, back) {
		t.Errorf("through JSON %+v became %+v", value, back)
	}
	return back
}

// Two requests with the same content share neither nonce nor ciphertext.
func TestSealRequestIsFresh(t *testing.T) {
	c := newCast(t)
	c.certify(t)
	one, two := c.sealed(t, Read, "x"), c.sealed(t, Read, "x")
	if bytes.Equal(one.Nonce, two.Nonce) || bytes.Equal(one.Enc, two.Enc) || bytes.Equal(one.Ciphertext, two.Ciphertext) {
		t.Error("two requests share nonce, encapsulated key or ciphertext")
	}
	if len(one.ProgramPublicKey) == 0 || len(c.sealed(t, Write, "x").ProgramPublicKey) != 0 {
		t.Error("the program public key belongs into a read alone")
	}
}

func TestOpenRequestRefuses(t *testing.T) {
	for _, rc := range []struct {
		name   string
		want   Check
		change func(t *testing.T, c *cast, r *SealedRequest)
	}{
		{"for another service", CheckRecipient, func(_ *testing.T, _ *cast, r *SealedRequest) { r.Service = "taxi" }},
		{"for another certificate of this service", CheckRecipient, func(_ *testing.T, _ *cast, r *SealedRequest) { r.ServiceCertificateSHA256[0] ^= 1 }},
		{"ciphertext changed", CheckSealed, func(_ *testing.T, _ *cast, r *SealedRequest) { r.Ciphertext = flip(r.Ciphertext) }},
		{"enc changed", CheckSealed, func(_ *testing.T, _ *cast, r *SealedRequest) { r.Enc = flip(r.Enc) }},
		{"enc of low order", CheckSealed, func(_ *testing.T, _ *cast, r *SealedRequest) { r.Enc = make([]byte, 32) }},
		{"another run", CheckSealed, func(_ *testing.T, _ *cast, r *SealedRequest) { r.Run = "run-2" }},
		{"another sequence number", CheckSealed, func(_ *testing.T, _ *cast, r *SealedRequest) { r.Sequence = 2 }},
		{"service with another key", CheckSealed, func(t *testing.T, c *cast, _ *SealedRequest) { c.service.Sealing = sealingKey(t, "x") }},
	} {
		t.Run(string(rc.want)+"/"+rc.name, func(t *testing.T) {
			c, request, process := exchange(t, Read)
			rc.change(t, c, request)
			_, _, err := c.service.OpenRequest(Read, request, process)
			wantCheck(t, err, rc.want)
		})
	}
	c, request, process := exchange(t, Read)
	_, _, err := c.service.OpenRequest(Write, request, process)
	wantCheck(t, err, CheckSealed)
	if _, _, err := c.process.OpenRequest(Read, request, process); FailedCheck(err) != CheckRecipient {
		t.Errorf("a process opening a request: %v", err)
	}
}

// The verified process must be the one of this request: mixing two up is a programming error, not a refusal.
func TestVerifiedProcessOfAnotherRequest(t *testing.T) {
	c, request, process := exchange(t, Read)
	other := *process
	other.CertificateSHA256[0] ^= 1
	for name, p := range map[string]*VerifiedProcess{"another": &other, "none": nil} {
		if _, _, err := c.service.OpenRequest(Read, request, p); err == nil || FailedCheck(err) != "" {
			t.Errorf("OpenRequest with %s verified process: %v", name, err)
		}
		if _, err := c.service.SealReply(Read, request, p, [32]byte{}, nil); err == nil {
			t.Errorf("SealReply with %s verified process: no error", name)
		}
	}
}

func TestOpenReplyRefuses(t *testing.T) {
	for _, rc := range []struct {
		name   string
		want   Check
		change func(t *testing.T, c *cast, request *SealedRequest, reply *SealedReply)
	}{
		{"of another request", CheckSignature, func(_ *testing.T, _ *cast, r *SealedRequest, _ *SealedReply) { r.Nonce = flip(r.Nonce) }},
		{"ciphertext changed", CheckSignature, func(_ *testing.T, _ *cast, _ *SealedRequest, r *SealedReply) { r.Ciphertext = flip(r.Ciphertext) }},
		{"version changed", CheckSignature, func(_ *testing.T, _ *cast, _ *SealedRequest, r *SealedReply) { r.Version = 2 }},
		{"crypto taken away", CheckSignature, func(_ *testing.T, _ *cast, _ *SealedRequest, r *SealedReply) { r.Crypto, r.Enc = None, nil }},
		{"of another certificate", CheckSignature, func(t *testing.T, c *cast, _ *SealedRequest, _ *SealedReply) {
			c.service.Certificate = ok1(c.authority.IssueService("store", c.service.SigningPublic(), c.service.Sealing.PublicKey(), nil, noon, OperatorLifetime))(t)
		}},
		{"to another process", CheckSealed, func(t *testing.T, c *cast, _ *SealedRequest, _ *SealedReply) { c.process.Sealing = sealingKey(t, "x") }},
	} {
		t.Run(string(rc.want)+"/"+rc.name, func(t *testing.T) {
			c, request, process := exchange(t, Read)
			reply := ok1(c.service.SealReply(Read, request, process, RequestHash(Read, request), []byte("answer")))(t)
			rc.change(t, c, request, reply)
			_, err := c.process.OpenReply(Read, request, c.service.Certificate, reply)
			wantCheck(t, err, rc.want)
		})
	}
}

func TestSealRequestNeedsRoles(t *testing.T) {
	c := newCast(t)
	c.certify(t)
	if _, err := c.service.SealRequest(Outgoing{Operation: Read, Service: c.service.Certificate, Sequence: 1, Crypto: HPKE}, nil); err == nil {
		t.Error("a service made a request")
	}
	if _, err := c.process.SealRequest(Outgoing{Operation: Read, Service: c.process.Certificate, Sequence: 1, Crypto: HPKE}, nil); err == nil {
		t.Error("a request to a process was made")
	}
}

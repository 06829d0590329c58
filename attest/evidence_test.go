package attest

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"reflect"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"github.com/veraison/go-cose"
)

func TestEvidenceRoundTrip(t *testing.T) {
	for name, change := range map[string]func(e *Evidence){
		"compartment":       func(*Evidence) {},
		"without a proof":   func(e *Evidence) { e.Compartment = Compartment{} },
		"nothing collected": func(e *Evidence) { e.Libraries, e.Environment = []File{}, map[string]string{} },
		"compartments of libraries": func(e *Evidence) {
			e.Compartment = Compartment{Kind: "c18n", NoNewPrivs: true, Compartments: new(int64(2)), Names: []string{"[TCB]", "libx.so"}, WritableTrampolines: 3}
		},
		"capabilities": func(e *Evidence) { e.Compartment.Capabilities = new(uint64(1<<64 - 1)) },
	} {
		t.Run(name, func(t *testing.T) {
			c := newCast(t)
			change(&c.evidence)
			signed := ok1(SignEvidence(&c.evidence, c.attester))(t)
			got, kid, err := ParseEvidence(signed)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, &c.evidence) {
				t.Errorf("read  %+v\nwrote %+v", got, c.evidence)
			}
			if want := ok1(KeyIDOf(c.attester.Public().(ed25519.PublicKey)))(t); kid != want {
				t.Errorf("key ID %s, want %s", kid, want)
			}
			if again := ok1(SignEvidence(got, c.attester))(t); !bytes.Equal(again, signed) {
				t.Error("the same evidence has two encodings")
			}
			if !got.Time().Equal(noon) || !got.SigningKey().Equal(c.process.SigningPublic()) {
				t.Errorf("made at %s for %x", got.Time(), got.SigningKey())
			}
		})
	}
}

// Claims have the numbers of the page, and absent collections are written as empty ones.
func TestEvidenceKeys(t *testing.T) {
	c := newCast(t)
	c.evidence.Libraries, c.evidence.Environment, c.evidence.Compartment = nil, nil, Compartment{}
	signed := ok1(SignEvidence(&c.evidence, c.attester))(t)
	var message cose.Sign1Message
	if err := message.UnmarshalCBOR(signed); err != nil {
		t.Fatal(err)
	}
	claims := claimsOf(t, &c.evidence)
	for key := range claims {
		if key != 6 && key != 8 && key != 10 && key != 265 && (key > -80001 || key < -80015) {
			t.Errorf("claim %d is not in the page", key)
		}
	}
	if len(claims) != 19 {
		t.Errorf("%d claims, want 19", len(claims))
	}
	for _, key := range []int64{-80002, -80003, -80011} {
		if want := map[int64]byte{-80002: 0x80, -80003: 0xa0, -80011: 0xa0}[key]; len(claims[key]) != 1 || claims[key][0] != want {
			t.Errorf("claim %d is %x, want %x", key, claims[key], want)
		}
	}
}

func claimsOf(t testing.TB, e *Evidence) map[int64]cbor.RawMessage {
	t.Helper()
	var claims map[int64]cbor.RawMessage
	if err := cbor.Unmarshal(ok1(encodeEvidence(e))(t), &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

// signPayload signs any bytes as the attester: what follows is not about signatures.
func signPayload(t testing.TB, key ed25519.PrivateKey, headers cose.Headers, payload []byte) []byte {
	t.Helper()
	return ok1(cose.Sign1(rand.Reader, ok1(cose.NewSigner(cose.AlgorithmEdDSA, key))(t), headers, payload, nil))(t)
}

func attesterHeaders(t testing.TB, c *cast) cose.Headers {
	t.Helper()
	kid := ok1(KeyIDOf(c.attester.Public().(ed25519.PublicKey)))(t)
	return cose.Headers{Protected: cose.ProtectedHeader{cose.HeaderLabelAlgorithm: cose.AlgorithmEdDSA, cose.HeaderLabelKeyID: kid[:]}}
}

func TestEvidencePayloadIsStrict(t *testing.T) {
	c := newCast(t)
	valid := ok1(encodeEvidence(&c.evidence))(t)
	edit := func(change func(claims map[int64]cbor.RawMessage)) []byte {
		claims := claimsOf(t, &c.evidence)
		change(claims)
		return ok1(evidenceEncoding.Marshal(claims))(t)
	}
	encoded := func(value any) cbor.RawMessage { return ok1(evidenceEncoding.Marshal(value))(t) }
	changed := func(change func(e *Evidence)) []byte {
		e := newCast(t).evidence
		change(&e)
		return ok1(encodeEvidence(&e))(t)
	}
	ok1(decodeEvidence(valid))(t)
	ok1(decodeEvidence(edit(func(map[int64]cbor.RawMessage) {})))(t)
	for name, payload := range map[string][]byte{
		"empty":              {},
		"no map":             encoded([]int{1}),
		"a byte follows":     append(bytes.Clone(valid), 0),
		"cut":                valid[:len(valid)-1],
		"unknown claim":      edit(func(m map[int64]cbor.RawMessage) { m[-80016] = encoded(1) }),
		"unknown text claim": append([]byte{0xb4}, append(bytes.Clone(valid[1:]), 0x61, 'x', 0x01)...),
		"claim missing":      edit(func(m map[int64]cbor.RawMessage) { delete(m, -80010) }),
		"unknown member": edit(func(m map[int64]cbor.RawMessage) {
			m[-80007] = encoded(map[string]any{"model": "x", "count": 1, "mhz": 1})
		}),
		"member missing":           edit(func(m map[int64]cbor.RawMessage) { m[-80007] = encoded(map[string]any{"model": "x"}) }),
		"member in another case":   edit(func(m map[int64]cbor.RawMessage) { m[-80007] = encoded(map[string]any{"model": "x", "Count": 1}) }),
		"text for a number":        edit(func(m map[int64]cbor.RawMessage) { m[6] = encoded("now") }),
		"null":                     edit(func(m map[int64]cbor.RawMessage) { m[-80002] = cbor.RawMessage{0xf6} }),
		"null for a map":           edit(func(m map[int64]cbor.RawMessage) { m[-80003] = cbor.RawMessage{0xf6} }),
		"null for a text":          edit(func(m map[int64]cbor.RawMessage) { m[-80010] = cbor.RawMessage{0xf6} }),
		"undefined for bytes":      edit(func(m map[int64]cbor.RawMessage) { m[10] = cbor.RawMessage{0xf7} }),
		"array for bytes":          edit(func(m map[int64]cbor.RawMessage) { m[10] = encoded(make([]uint16, 32)) }),
		"false instead of nothing": edit(func(m map[int64]cbor.RawMessage) { m[-80011] = encoded(map[string]any{"no_new_privs": false}) }),
		"short nonce":              edit(func(m map[int64]cbor.RawMessage) { m[10] = encoded(make([]byte, 31)) }),
		"long nonce":               edit(func(m map[int64]cbor.RawMessage) { m[10] = encoded(make([]byte, 33)) }),
		"integer in a longer form": edit(func(m map[int64]cbor.RawMessage) { m[6] = cbor.RawMessage{0x1b, 0, 0, 0, 0, 0x69, 0x56, 0x61, 0xc0} }),
		"indefinite length": bytes.Replace(edit(func(m map[int64]cbor.RawMessage) { m[-80002] = cbor.RawMessage{0x80} }),
			[]byte{0x3a, 0x00, 0x01, 0x38, 0x81, 0x80}, []byte{0x3a, 0x00, 0x01, 0x38, 0x81, 0x9f, 0xff}, 1),
		"tag":                     edit(func(m map[int64]cbor.RawMessage) { m[6] = cbor.RawMessage{0xc1, 0x00} }),
		"not UTF-8":               edit(func(m map[int64]cbor.RawMessage) { m[-80004] = cbor.RawMessage{0x61, 0xff} }),
		"variable twice":          edit(func(m map[int64]cbor.RawMessage) { m[-80003] = cbor.RawMessage{0xa2, 0x61, 'A', 0x60, 0x61, 'A', 0x60} }),
		"variables out of order":  edit(func(m map[int64]cbor.RawMessage) { m[-80003] = cbor.RawMessage{0xa2, 0x61, 'B', 0x60, 0x61, 'A', 0x60} }),
		"claims out of order":     outOfOrder(valid),
		"another profile":         changed(func(e *Evidence) { e.Profile = "tag:eaibench.example,2026:evidence/2" }),
		"another key type":        changed(func(e *Evidence) { e.Confirmation.Key.Type = 2 }),
		"another curve":           changed(func(e *Evidence) { e.Confirmation.Key.Curve = 4 }),
		"libraries out of order":  changed(func(e *Evidence) { e.Libraries = []File{{Path: "/b"}, {Path: "/a"}} }),
		"namespaces out of order": changed(func(e *Evidence) { e.Compartment.Namespaces = []string{"pid", "net"} }),
		"unknown privilege":       changed(func(e *Evidence) { e.Attester.Privilege = "root" }),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := decodeEvidence(payload); err == nil {
				t.Error("accepted")
			}
			_, err := VerifyEvidence(signPayload(t, c.attester, attesterHeaders(t, c), payload), c.policy(t))
			wantCheck(t, err, CheckEvidenceSignature)
		})
	}
}

// outOfOrder exchanges the first two claims: iat (06 1a + 4 bytes) and cnf after it.
func outOfOrder(payload []byte) []byte {
	head, iat, rest := payload[:1], payload[1:7], payload[7:]
	confirmation := rest[:1+len([]byte{0xa1, 0x01, 0xa3, 0x01, 0x01, 0x20, 0x06, 0x21, 0x58, 0x20})+32]
	out := bytes.Clone(head)
	out = append(out, confirmation...)
	out = append(out, iat...)
	return append(out, rest[len(confirmation):]...)
}

func TestEvidenceEnvelopeIsStrict(t *testing.T) {
	c := newCast(t)
	payload := ok1(encodeEvidence(&c.evidence))(t)
	valid := signPayload(t, c.attester, attesterHeaders(t, c), payload)
	ok1(VerifyEvidence(valid, c.policy(t)))(t)
	withHeaders := func(change func(h *cose.Headers)) []byte {
		headers := attesterHeaders(t, c)
		change(&headers)
		return signPayload(t, c.attester, headers, payload)
	}
	untagged := bytes.Clone(valid[1:])
	longPayload := bytes.Replace(bytes.Clone(valid), append([]byte{0x59}, lengthOf(payload)...), append([]byte{0x5a, 0, 0}, lengthOf(payload)...), 1)
	if bytes.Equal(longPayload, valid) {
		t.Fatal("the payload's length was not found")
	}
	for name, signed := range map[string][]byte{
		"empty":                    {},
		"untagged":                 untagged,
		"tagged as COSE_Sign":      append([]byte{0xd8, 98}, untagged...),
		"a byte follows":           append(bytes.Clone(valid), 0),
		"cut":                      valid[:len(valid)-1],
		"length in a longer form":  longPayload,
		"unprotected header":       withHeaders(func(h *cose.Headers) { h.Unprotected = cose.UnprotectedHeader{int64(99): int64(1)} }),
		"another protected header": withHeaders(func(h *cose.Headers) { h.Protected[cose.HeaderLabelContentType] = "text/plain" }),
		"no kid":                   withHeaders(func(h *cose.Headers) { delete(h.Protected, cose.HeaderLabelKeyID) }),
		"short kid":                withHeaders(func(h *cose.Headers) { h.Protected[cose.HeaderLabelKeyID] = []byte{1} }),
		"kid in the wrong header": withHeaders(func(h *cose.Headers) {
			h.Unprotected = cose.UnprotectedHeader{cose.HeaderLabelKeyID: h.Protected[cose.HeaderLabelKeyID]}
			delete(h.Protected, cose.HeaderLabelKeyID)
		}),
		"signature by another key":   signPayload(t, signingKey("x"), attesterHeaders(t, c), payload),
		"bit flipped in the payload": bytes.Replace(bytes.Clone(valid), []byte("detect_leaks=0"), []byte("detect_leaks=1"), 1),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := VerifyEvidence(signed, c.policy(t))
			wantCheck(t, err, CheckEvidenceSignature)
		})
	}
}

func lengthOf(b []byte) []byte { return []byte{byte(len(b) >> 8), byte(len(b))} }

// An attester cannot sign what no verifier would read.
func TestSignEvidenceRefuses(t *testing.T) {
	c := newCast(t)
	c.evidence.Attester.Privilege = "root"
	if _, err := SignEvidence(&c.evidence, c.attester); err == nil {
		t.Error("signed evidence with an unknown privilege")
	}
}

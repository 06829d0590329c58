package attest

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What reads bytes from outside must not panic, must refuse with a check where it decides, and must take nothing that
// it would write in another way.

func FuzzParseEvidence(f *testing.F) {
	c := newCast(f)
	signed := ok1(SignEvidence(&c.evidence, c.attester))(f)
	f.Add(signed)
	f.Add(signed[:len(signed)/2])
	f.Add([]byte{0xd2, 0x84, 0x40, 0xa0, 0xf6, 0x40})
	policy := c.policy(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		evidence, _, err := ParseEvidence(data)
		if _, verified := VerifyEvidence(data, policy); verified == nil && err != nil {
			t.Errorf("verifies and does not parse: %v", err)
		}
		if err != nil {
			return
		}
		again := ok1(SignEvidence(evidence, c.attester))(t)
		back, _, err := ParseEvidence(again)
		if err != nil {
			t.Fatalf("read once, not twice: %v", err)
		}
		if !bytes.Equal(ok1(encodeEvidence(back))(t), ok1(encodeEvidence(evidence))(t)) {
			t.Error("changed by writing and reading")
		}
	})
}

func FuzzParseCSR(f *testing.F) {
	for _, v := range readCSRSeeds(f) {
		f.Add([]byte(v))
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		csr, err := ParseCSR(der)
		if err != nil {
			if check := FailedCheck(err); check != CheckCSRSignature && check != CheckCSRBinding {
				t.Errorf("refused without a check: %v", err)
			}
			return
		}
		if !ValidName(csr.Program) || csr.Sealing == nil || csr.Signing == nil {
			t.Errorf("accepted %+v", csr)
		}
	})
}

func readCSRSeeds(f *testing.F) [][]byte {
	f.Helper()
	c := newCast(f)
	valid := c.request(f).CSR
	return [][]byte{valid, valid[:len(valid)-1], append(bytes.Clone(valid), 0), flipLast(valid), {}}
}

func FuzzParsePolicy(f *testing.F) {
	text := readPolicy(f)
	f.Add([]byte(text))
	f.Add([]byte("version: 1\n"))
	f.Add([]byte("version: 1\nattesters: [{name: a, privilege: [], public_key: x}]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		policy, err := ParsePolicy("policy.yaml", data)
		if (policy == nil) != (err != nil) {
			t.Fatalf("policy %v with error %v", policy, err)
		}
		if err != nil {
			return
		}
		if _, err := NewPolicy(*policy.Document()); err != nil {
			t.Errorf("read from a file, not accepted in code: %v", err)
		}
	})
}

func FuzzParseParameters(f *testing.F) {
	f.Add([]byte(validParameters))
	f.Add([]byte(`{"version":1,"version":1}`))
	f.Add([]byte(`{`))
	f.Fuzz(func(t *testing.T, data []byte) {
		parameters, err := ParseParameters(data)
		if err != nil {
			wantCheck(t, err, CheckParameters)
			return
		}
		again := ok1(ParseParameters(ok1(json.Marshal(parameters))(t)))(t)
		if diff := cmp.Diff(parameters, again); diff != "" {
			t.Error(diff)
		}
	})
}

func FuzzSealedRequest(f *testing.F) {
	c := newCast(f)
	c.certify(f)
	party := c.relyingParty(f)
	request := c.sealed(f, Read, "plain text")
	f.Add(ok1(json.Marshal(request))(f))
	request.ProcessCertificate = c.service.Certificate.Raw
	f.Add(ok1(json.Marshal(request))(f))
	f.Add([]byte(`{"version":1,"crypto":"none"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		request := new(SealedRequest)
		if json.Unmarshal(data, request) != nil {
			return
		}
		for _, operation := range []Operation{Read, Write} {
			process, err := party.Verify(operation, request)
			if err != nil {
				if FailedCheck(err) == "" {
					t.Errorf("refused without a check: %v", err)
				}
				continue
			}
			// Nobody but the process can have signed it, so it is the seed, and it opens.
			plaintext, _, err := c.service.OpenRequest(operation, request, process)
			if err != nil || string(plaintext) != "plain text" {
				t.Errorf("verified, and opens to %q, %v", plaintext, err)
			}
		}
	})
}

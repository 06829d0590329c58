package adversary

import (
	"encoding/json"
	"strings"
	"testing"

	"eaibench/attest"
	"eaibench/launcher"
)

// on changes requests to one path only.
func on(path string, change func(m map[string]any)) func(string, map[string]any) {
	return func(at string, m map[string]any) {
		if at == path {
			change(m)
		}
	}
}

// TestCertificateIsRefused cheats with the certificate that comes with a request, or with a
// service's.
func TestCertificateIsRefused(t *testing.T) {
	s := raise(t, arrangement{})
	present := func(f forged) func(*stage) {
		return func(s *stage) {
			s.services["store"].onRequest(on("/api/request", func(m map[string]any) {
				f.like = decode(m, "process_certificate")
				m["process_certificate"] = encode(s.processCertificate(f))
			}))
		}
	}
	asService := func(id string, change func(certificate []byte) []byte) func(*stage) {
		return func(s *stage) {
			s.host.cheat(nil, func(kind string, m map[string]any) {
				if kind != "exchangeKeys" {
					return
				}
				for _, item := range m["services"].([]any) {
					if member := item.(map[string]any); member["service"] == id {
						member["certificate"] = encode(change(decode(member, "certificate")))
					}
				}
			}, nil)
		}
	}
	run := s.execute("", everyRequestBooks(1)).Run
	ofProcess := s.certificateOfRun(run)
	try(t, s, []cheat{
		{name: "expired", by: "store", check: attest.CheckTime, arrange: present(forged{expired: true})},
		{name: "from another root", by: "store", check: attest.CheckChain, arrange: present(forged{foreign: true})},
		{name: "without evidence", by: "store", check: attest.CheckEvidenceMissing, arrange: present(forged{withoutEvidence: true})},
		{name: "of another program", by: "store", check: attest.CheckProgram, arrange: present(forged{program: "other"})},
		{name: "of another key than measured", by: "store", check: attest.CheckProcessKey, arrange: present(forged{otherKey: true})},
		{
			name: "a service's used as a process's", by: "store", check: attest.CheckRole,
			arrange: present(forged{role: "eai:service/taxi", serverAuth: true}),
		},
		{
			name: "missing", by: "store", check: attest.CheckCertificate,
			arrange: func(s *stage) {
				s.services["store"].onRequest(on("/api/request", func(m map[string]any) { m["process_certificate"] = "" }))
			},
		},
		{
			name: "a process's used as a service's", by: "process", check: attest.CheckRole,
			arrange: asService("store", func([]byte) []byte { return ofProcess }),
		},
		{
			name: "another service's used as the store's", by: "process", check: attest.CheckRole,
			arrange: asService("store", func([]byte) []byte { return s.identities["taxi"].Certificate.Raw }),
		},
		{
			name: "a service's key replaced by the launcher's", by: "process", check: attest.CheckChain,
			arrange: asService("store", func(genuine []byte) []byte {
				return s.processCertificate(forged{like: genuine, otherKey: true, foreign: true})
			}),
		},
		{
			name: "a service's, expired", by: "process", check: attest.CheckTime,
			arrange: asService("store", func(genuine []byte) []byte { return s.processCertificate(forged{like: genuine, expired: true}) }),
		},
		{
			name: "of another run given to the process", by: "process", check: attest.CheckRole,
			arrange: func(s *stage) {
				s.host.cheat(nil, func(kind string, m map[string]any) {
					if kind == "run" {
						m["certificate"] = encode(ofProcess)
					}
				}, nil)
			},
		},
	})
}

// TestSealedDataIsRefused replays, swaps and changes what is sealed, both ways.
func TestSealedDataIsRefused(t *testing.T) {
	s := raise(t, arrangement{})
	s.expectHonest(t)
	otherRun := s.lastRequest("store", "/api/request")
	s.beHonest()
	member := func(id, path, name string) func(*stage) {
		return func(s *stage) {
			s.services[id].onRequest(on(path, func(m map[string]any) { flip(m, name) }))
		}
	}
	answer := func(id, path, name string) func(*stage) {
		return func(s *stage) {
			s.services[id].onReply(on(path, func(m map[string]any) { flip(m, name) }))
		}
	}
	try(t, s, []cheat{
		{name: "ciphertext with one bit flipped", by: "store", check: attest.CheckSignature, arrange: member("store", "/api/request", "ciphertext")},
		{name: "encapsulated key with one bit flipped", by: "taxi", check: attest.CheckSignature, arrange: member("taxi", "/api/post", "enc")},
		{name: "nonce with one bit flipped", by: "taxi", check: attest.CheckSignature, arrange: member("taxi", "/api/post", "nonce")},
		{name: "signature with one bit flipped", by: "whatsapp", check: attest.CheckSignature, arrange: member("whatsapp", "/api/post", "signature")},
		{name: "program's public key replaced", by: "store", check: attest.CheckProgramPublicKey, arrange: member("store", "/api/request", "program_public_key")},
		{name: "reply with one bit flipped", by: "process", check: attest.CheckSignature, arrange: answer("store", "/api/request", "ciphertext")},
		{name: "reply's signature with one bit flipped", by: "process", check: attest.CheckSignature, arrange: answer("taxi", "/api/post", "signature")},
		{
			name: "request of another run instead", by: "process", check: attest.CheckSignature,
			arrange: func(s *stage) {
				s.services["store"].onRequest(on("/api/request", func(m map[string]any) { replace(m, otherRun) }))
			},
		},
		{
			name: "sealed data of another run", by: "store", check: attest.CheckSignature,
			arrange: func(s *stage) {
				s.services["store"].onRequest(on("/api/request", func(m map[string]any) {
					other := make(map[string]any)
					replace(other, otherRun)
					m["enc"], m["ciphertext"] = other["enc"], other["ciphertext"]
				}))
			},
		},
		{
			name: "name of another run", by: "store", check: attest.CheckRun,
			arrange: func(s *stage) {
				s.services["store"].onRequest(on("/api/request", func(m map[string]any) { m["run"] = "another" }))
			},
		},
		{
			name: "request for another service", by: "whatsapp", check: attest.CheckRecipient,
			arrange: func(s *stage) {
				s.services["whatsapp"].onRequest(on("/api/post", func(m map[string]any) { replace(m, s.lastRequest("taxi", "/api/post")) }))
			},
		},
		{
			name: "request for another service under this one's name", by: "whatsapp", check: attest.CheckSignature,
			arrange: func(s *stage) {
				s.services["whatsapp"].onRequest(on("/api/post", func(m map[string]any) {
					replace(m, s.lastRequest("taxi", "/api/post"))
					m["service"] = "whatsapp"
				}))
			},
		},
		{
			name: "a write taken for a read", by: "store", check: attest.CheckSignature,
			arrange: func(s *stage) {
				s.host.cheat(nil, nil, func(kind string, m map[string]any) {
					if kind == "operation" && m["service"] == "taxi" {
						m["operation"], m["service"] = "read", "store"
					}
				})
			},
		},
		{
			name: "a reply sent back as a request", by: "taxi", check: attest.CheckSignature,
			arrange: func(s *stage) {
				s.services["taxi"].onRequest(on("/api/post", func(m map[string]any) {
					reply := make(map[string]any)
					replace(reply, s.lastReply("store", "/api/request"))
					m["enc"], m["ciphertext"], m["signature"] = reply["enc"], reply["ciphertext"], reply["signature"]
				}))
			},
		},
		{
			name: "an older sequence number", by: "store", check: attest.CheckSequence,
			arrange: func(s *stage) {
				calls := 0
				s.services["store"].onRequest(on("/api/request", func(m map[string]any) {
					if calls++; calls == 3 {
						replace(m, s.firstRequest("store", "/api/request"))
					}
				}))
			},
			parameters: everyRequestBooks(3),
		},
		{
			name: "reply taken for another request", by: "process", check: attest.CheckSignature,
			arrange: func(s *stage) {
				s.services["store"].onReply(on("/api/request", func(m map[string]any) {
					if seen := s.services["store"].exchanges("/api/request"); len(seen) > 1 {
						replace(m, seen[0].reply)
					}
				}))
			},
		},
		{
			name: "request repeated for a newer one", by: "process", check: attest.CheckSignature,
			arrange: func(s *stage) {
				s.services["store"].onRequest(on("/api/request", func(m map[string]any) {
					if seen := s.services["store"].exchanges("/api/request"); len(seen) > 0 {
						replace(m, seen[0].request)
					}
				}))
			},
		},
	})
}

func (s *stage) lastRequest(id, path string) []byte {
	s.t.Helper()
	seen := s.services[id].exchanges(path)
	if len(seen) == 0 {
		s.t.Fatalf("service %s was not asked at %s", id, path)
	}
	return seen[len(seen)-1].request
}

func (s *stage) firstRequest(id, path string) []byte {
	s.t.Helper()
	s.lastRequest(id, path)
	return s.services[id].exchanges(path)[0].request
}

func (s *stage) lastReply(id, path string) []byte {
	s.t.Helper()
	s.lastRequest(id, path)
	seen := s.services[id].exchanges(path)
	return seen[len(seen)-1].reply
}

// TestModeBelowPolicy has the root CA or a service require the compartment.
func TestModeBelowPolicy(t *testing.T) {
	require := func(d *attest.PolicyDocument) { d.Modes = []string{"compartment"} }
	for name, a := range map[string]arrangement{
		"root CA": {caPolicy: require}, "store": {servicePolicy: require},
	} {
		t.Run(name, func(t *testing.T) {
			a.modes = []string{"hybrid", "compartment"}
			s := raise(t, a)
			result := s.execute("hybrid", everyRequestBooks(1))
			if result.Status == launcher.OK || result.Check != string(attest.CheckMode) || !strings.Contains(result.Reason, name) {
				t.Errorf("hybrid ended with %s, check %q: %s; want check mode by %s", result.Status, result.Check, result.Reason, name)
			}
			if result := s.execute("compartment", everyRequestBooks(1)); result.Status != launcher.OK {
				t.Errorf("the mode required: %s: %s", result.Status, result.Reason)
			}
		})
	}
}

// TestCryptoNone is refused by a service that was not told to accept it, whatever the root CA
// accepts, and works where all accept it.
func TestCryptoNone(t *testing.T) {
	accept := func(d *attest.PolicyDocument) { d.Parameters.Crypto = []string{"hpke", "none"} }
	none := everyRequestBooks(1)
	none.Crypto = "none"
	s := raise(t, arrangement{caPolicy: accept, servicePolicy: accept})
	result := s.execute("", none)
	if result.Status == launcher.OK || result.Check != string(attest.CheckCrypto) || !strings.Contains(result.Reason, "store") {
		t.Errorf("not told: ended with %s, check %q: %s; want check crypto by store", result.Status, result.Check, result.Reason)
	}
	s = raise(t, arrangement{caPolicy: accept, servicePolicy: accept, allowCryptoNone: true})
	if result := s.execute("", none); result.Status != launcher.OK {
		t.Errorf("told: %s: %s", result.Status, result.Reason)
	}
	s.host.cheat(nil, nil, func(kind string, m map[string]any) {
		if kind == "operation" {
			m["crypto"], m["enc"] = "none", ""
		}
	})
	if result := s.execute("", everyRequestBooks(1)); result.Status == launcher.OK || result.Check != string(attest.CheckCrypto) {
		t.Errorf("crypto none under a certificate for hpke: %s, check %q: %s", result.Status, result.Check, result.Reason)
	}
}

// TestReplayedWriteAfterReset: the data are reset, the process's last write comes again. It gets
// the stored reply, and the fresh data stay without it.
func TestReplayedWriteAfterReset(t *testing.T) {
	s := raise(t, arrangement{})
	s.expectHonest(t)
	if rides := s.count("taxi", "transport_app.db", "Viagens"); rides != 1 {
		t.Fatalf("an honest run booked %d rides, want 1", rides)
	}
	first := s.lastReply("taxi", "/api/post")
	request := s.lastRequest("taxi", "/api/post")
	s.must(s.open["taxi"].Reset())
	if rides := s.count("taxi", "transport_app.db", "Viagens"); rides != 0 {
		t.Fatalf("after the reset there are %d rides, want 0", rides)
	}
	second := s.post("taxi", "/api/post", request)
	var a, b attest.SealedReply
	s.must(json.Unmarshal(first, &a))
	s.must(json.Unmarshal(second, &b))
	if string(a.Ciphertext) != string(b.Ciphertext) || string(a.Signature) != string(b.Signature) || len(a.Signature) == 0 {
		t.Errorf("the repeated request did not get the stored reply:\n%s\n%s", first, second)
	}
	if rides := s.count("taxi", "transport_app.db", "Viagens"); rides != 0 {
		t.Errorf("the replayed write booked %d rides", rides)
	}
}

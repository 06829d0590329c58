package conversation

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"eaibench/attest"
)

// refusal is a cheat by the launcher, or by whoever stands between, and the process's answer.
type refusal struct {
	name        string
	cheat       func(*play)
	step, check string
}

func TestRefusedAtPrepare(t *testing.T) {
	change := func(change func(*prepareMessage)) func(*play) {
		return func(p *play) {
			p.prepare = func(m *prepareMessage) any { change(m); return m }
		}
	}
	instead := func(message any) func(*play) {
		return func(p *play) { p.prepare = func(*prepareMessage) any { return message } }
	}
	refused(t, (*play).sayPrepare, []refusal{
		{"another version", change(func(m *prepareMessage) { m.Version = 2 }), "deploy", "message"},
		{"short nonce", change(func(m *prepareMessage) { m.Nonce = m.Nonce[1:] }), "deploy", "message"},
		{"no root", change(func(m *prepareMessage) { m.RootCertificate = []byte{} }), "deploy", "root"},
		{"root cut short", change(func(m *prepareMessage) { m.RootCertificate = m.RootCertificate[:99] }), "deploy", "root"},
		{"a service as root", func(p *play) {
			p.prepare = func(m *prepareMessage) any { m.RootCertificate = p.services["store"].Certificate.Raw; return m }
		}, "deploy", "root"},
		{"parameters of another solution", func(p *play) { p.parameters.Solution = "healthcare" }, "deploy", "parameters"},
		{"no requests", func(p *play) { p.parameters.Requests = 0 }, "deploy", "parameters"},
		{"parameters that are no text", instead(map[string]any{"type": "prepare", "version": 1, "parameters": 1}), "deploy", "message"},
		{"another message", instead(message{Type: "run"}), "deploy", "message"},
		{"no JSON", instead([]byte("not JSON at all")), "deploy", "message"},
		{"an array", instead([]byte("[1]")), "deploy", "message"},
		{"depth bomb", instead(bytes.Repeat([]byte("["), 4<<20)), "deploy", "message"},
		{"a frame of one byte", instead([]byte("{")), "deploy", "frame"},
	})
}

// refused plays each cheat up to the step that carries it.
func refused(t *testing.T, until func(*play), cases []refusal) {
	t.Helper()
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := newPlay(t, sanitized)
			test.cheat(p)
			until(p)
			f := p.fails()
			if f.Step != test.step || f.Check != test.check || f.Message == "" {
				t.Errorf("refused with %+v, want step %s, check %s", f, test.step, test.check)
			}
			for _, secret := range []string{customer, phone, address, "Quit", "5551987654321"} {
				if log := p.process.log.String(); strings.Contains(f.Message+log, secret) {
					t.Errorf("the refusal tells the customer's %q: %+v, log %s", secret, f, log)
				}
			}
		})
	}
}

func untilKeys(p *play) { p.sayPrepare(); p.takePrepared(); p.sayExchangeKeys() }

func untilRun(p *play) { untilKeys(p); p.takeKeysExchanged(); p.sayRun() }

// store gives the store's certificate in place of the true one.
func store(certificate func(*play) []byte) func(*play) {
	return func(p *play) {
		p.exchange = func(m *exchangeMessage) any { m.Services[0].Certificate = certificate(p); return m }
	}
}

func TestRefusedServiceKeys(t *testing.T) {
	change := func(change func(*exchangeMessage)) func(*play) {
		return func(p *play) { p.exchange = func(m *exchangeMessage) any { change(m); return m } }
	}
	refused(t, untilKeys, []refusal{
		{"from another root of the same name", store(func(p *play) []byte {
			other := ok1(attest.CreateAuthority("Conversation", time.Now(), attest.RootLifetime))(p.t)
			return p.newService(other, "store").Certificate.Raw
		}), "exchangeKeys", "chain"},
		{"bit flipped in the signature", store(func(p *play) []byte {
			der := slices.Clone(p.services["store"].Certificate.Raw)
			der[len(der)-1] ^= 1
			return der
		}), "exchangeKeys", "chain"},
		{"the root itself", store(func(p *play) []byte { return p.authority.Root.Certificate.Raw }), "exchangeKeys", "chain"},
		{"expired", store(func(p *play) []byte {
			i := p.services["store"]
			return ok1(p.authority.IssueService("store", i.SigningPublic(), i.Sealing.PublicKey(), nil, time.Now().Add(-time.Hour), time.Minute))(p.t).Raw
		}), "exchangeKeys", "time"},
		{"not valid yet", store(func(p *play) []byte {
			i := p.services["store"]
			return ok1(p.authority.IssueService("store", i.SigningPublic(), i.Sealing.PublicKey(), nil, time.Now().Add(time.Hour), time.Hour))(p.t).Raw
		}), "exchangeKeys", "time"},
		{"a process's", store(func(p *play) []byte { return p.certify(p.csr, p.parametersText()) }), "exchangeKeys", "role"},
		{"a launcher's", store(func(p *play) []byte {
			return ok1(p.authority.IssueServer(attest.KindLauncher, "store", p.services["store"].SigningPublic(), nil, time.Now(), time.Hour))(p.t).Raw
		}), "exchangeKeys", "role"},
		{"swapped", change(func(m *exchangeMessage) {
			m.Services[0].Certificate, m.Services[1].Certificate = m.Services[1].Certificate, m.Services[0].Certificate
		}), "exchangeKeys", "role"},
		{"names swapped too", change(func(m *exchangeMessage) { m.Services[0].Service = "taxi" }), "exchangeKeys", "role"},
		{"key of another algorithm", forgedStore(func(c *x509.Certificate) {
			c.PublicKey = &ok1(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t).PublicKey
		}), "exchangeKeys", "certificate"},
		{"may not sign", forgedStore(func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyAgreement }), "exchangeKeys", "role"},
		{"without key usage", forgedStore(func(c *x509.Certificate) { c.KeyUsage = 0 }), "exchangeKeys", "role"},
		{"a longer ID", forgedStore(func(c *x509.Certificate) {
			c.URIs = []*url.URL{{Scheme: "eai", Opaque: "service/store2"}}
		}), "exchangeKeys", "role"},
		{"two sealing keys", forgedStore(func(c *x509.Certificate) {
			c.ExtraExtensions = append(c.ExtraExtensions, c.ExtraExtensions[0])
		}), "exchangeKeys", "sealing-key"},
		{"no certificate", store(func(*play) []byte { return []byte{} }), "exchangeKeys", "certificate"},
		{"no X.509", store(func(*play) []byte { return []byte("certificate") }), "exchangeKeys", "certificate"},
		{"one missing", change(func(m *exchangeMessage) { m.Services = m.Services[:2] }), "exchangeKeys", "services"},
		{"one twice", change(func(m *exchangeMessage) { m.Services = append(m.Services, m.Services[0]) }), "exchangeKeys", "services"},
		{"an unknown one", change(func(m *exchangeMessage) { m.Services[0].Service = "bank" }), "exchangeKeys", "services"},
	})
}

func TestRefusedOwnCertificate(t *testing.T) {
	refused(t, untilRun, []refusal{
		{"for other keys", func(p *play) {
			p.certificate = func(csr []byte) []byte {
				binding := ok1(attest.ParseCSR(csr))(p.t).Binding
				other := ok1(attest.CreateCSR(ok1(attest.GenerateIdentity())(p.t), "retail", binding))(p.t)
				return p.certify(other, p.parametersText())
			}
		}, "run", "process-key"},
		{"of another run", forged(func(c *x509.Certificate) {
			c.URIs = []*url.URL{{Scheme: "eai", Opaque: "process/retail/run-2"}}
		}), "run", "role"},
		{"two identities", forged(func(c *x509.Certificate) {
			c.URIs = append(c.URIs, &url.URL{Scheme: "eai", Opaque: "process/retail/run-2"})
		}), "run", "role"},
		{"for servers", forged(func(c *x509.Certificate) {
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		}), "run", "role"},
		{"expired", forged(func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Second) }), "run", "time"},
		{"CA:true", forged(func(c *x509.Certificate) { c.IsCA = true }), "run", "chain"},
		{"bound to another nonce", forged(func(c *x509.Certificate) { binding(c)[2] ^= 1 }), "run", "binding"},
		{"bound to another root", forged(func(c *x509.Certificate) { binding(c)[2+32] ^= 1 }), "run", "binding"},
		{"bound to other parameters", forged(func(c *x509.Certificate) { binding(c)[2+64] ^= 1 }), "run", "binding"},
		{"from another root of the same name", func(p *play) {
			p.certificate = func(csr []byte) []byte {
				genuine := ok1(x509.ParseCertificate(p.certify(csr, p.parametersText())))(p.t)
				other := ok1(attest.CreateAuthority("Conversation", time.Now(), attest.RootLifetime))(p.t)
				return resign(p.t, other, genuine, func(*x509.Certificate) {})
			}
		}, "run", "chain"},
		{"a service's", func(p *play) {
			p.certificate = func([]byte) []byte { return p.services["store"].Certificate.Raw }
		}, "run", "role"},
		{"bit flipped", func(p *play) {
			p.certificate = func(csr []byte) []byte {
				der := p.certify(csr, p.parametersText())
				der[len(der)-1] ^= 1
				return der
			}
		}, "run", "chain"},
		{"none", func(p *play) { p.certificate = func([]byte) []byte { return []byte{} } }, "run", "certificate"},
	})
}

// A service's certificate that expires while the process runs is not sealed to any more. Where it has expired before the process had looked
// at it, it is issued for longer.
func TestRefusedServiceExpiredMeanwhile(t *testing.T) {
	t.Parallel()
	for lifetime := 2 * time.Second; ; lifetime *= 4 {
		if m := expiresMeanwhile(t, lifetime); m == nil {
			return
		} else if lifetime > time.Minute {
			t.Fatalf("with a certificate for %s: %s", lifetime, m.text)
		}
	}
}

// expiresMeanwhile gives nil, or what the process says instead of having taken the certificate.
func expiresMeanwhile(t *testing.T, lifetime time.Duration) *message {
	t.Helper()
	p := newPlay(t, sanitized)
	store(func(p *play) []byte {
		i := p.services["store"]
		i.Certificate = ok1(p.authority.IssueService("store", i.SigningPublic(), i.Sealing.PublicKey(), nil, time.Now(), lifetime))(t)
		return i.Certificate.Raw
	})(p)
	untilKeys(p)
	if m := ok1(p.process.receive())(t); m.Type != "keysExchanged" {
		return m
	}
	// Valid to the end of its last second, on a clock that the process reads in ticks of some milliseconds.
	time.Sleep(time.Until(p.services["store"].Certificate.NotAfter.Add(1100 * time.Millisecond)))
	p.sayRun()
	p.process.expect("running", new(message))
	if f := p.fails(); f.Step != "getServicePublicKey" || f.Check != "time" || len(p.operations) > 0 {
		t.Errorf("%+v after %d operations", f, len(p.operations))
	}
	return nil
}

func TestRefusedReplies(t *testing.T) {
	// second changes the reply to the process's second operation, the write to the taxi.
	second := func(change func(p *play, o *operationMessage, r *replyMessage)) func(*play) {
		return func(p *play) {
			p.reply = func(o *operationMessage, r *replyMessage) any {
				if o.Sequence == 2 {
					change(p, o, r)
				}
				return r
			}
		}
	}
	plain := func(change func(r *replyMessage)) func(*play) {
		return second(func(_ *play, _ *operationMessage, r *replyMessage) { change(r) })
	}
	// remembered answers with what the service said to the first operation.
	remembered := func(change func(first *replyMessage)) func(*play) {
		return func(p *play) {
			var first replyMessage
			p.reply = func(o *operationMessage, r *replyMessage) any {
				if o.Sequence == 1 {
					first = *r
					return r
				}
				change(&first)
				return first
			}
		}
	}
	signedBy := func(service string) func(p *play, o *operationMessage, r *replyMessage) {
		return func(p *play, o *operationMessage, r *replyMessage) {
			identity := p.services[service]
			if identity == nil {
				identity = ok1(attest.GenerateIdentity())(p.t)
			}
			hash := attest.RequestHash(o.Operation, p.request)
			*r = *replyOf(o, ok1(identity.SealReply(o.Operation, p.request, p.verify(o.Operation, p.request), hash, p.answerOf("taxi")))(p.t))
		}
	}
	refused(t, (*play).handshake, []refusal{
		{"bit flipped in the ciphertext", plain(func(r *replyMessage) { r.Ciphertext[3] ^= 4 }), "decrypt", "signature"},
		{"bit flipped in enc", plain(func(r *replyMessage) { r.Enc[0] ^= 1 }), "decrypt", "signature"},
		{"bit flipped in the signature", plain(func(r *replyMessage) { r.Signature[63] ^= 16 }), "decrypt", "signature"},
		{"cut short", plain(func(r *replyMessage) { r.Ciphertext = r.Ciphertext[:8] }), "decrypt", "signature"},
		{"repeated", remembered(func(*replyMessage) {}), "post", "sequence"},
		{"repeated under the new number", remembered(func(first *replyMessage) { first.Sequence = 2 }), "decrypt", "signature"},
		{"ahead of its request", plain(func(r *replyMessage) { r.Sequence = 3 }), "post", "sequence"},
		{"signed by another service", second(signedBy("store")), "decrypt", "signature"},
		{"signed by somebody else", second(signedBy("")), "decrypt", "signature"},
		{"crypto none", plain(func(r *replyMessage) { r.Crypto = attest.None }), "post", "crypto"},
		{"no crypto", plain(func(r *replyMessage) { r.Crypto = "" }), "post", "message"},
		{"signature of 63 bytes", plain(func(r *replyMessage) { r.Signature = r.Signature[1:] }), "post", "message"},
		{"refused by the service", plain(func(r *replyMessage) { r.Error, r.Check = "no such program", "program" }), "post", "program"},
		{"refused without a name", plain(func(r *replyMessage) { r.Error = "no" }), "post", "refused"},
		{"refused under no name", plain(func(r *replyMessage) { r.Error, r.Check = "no", "a b" }), "post", "refused"},
		{"refused with control characters", plain(func(r *replyMessage) { r.Error, r.Check = "\x1b[31m", "time" }), "post", "time"},
		{"another message", func(p *play) {
			p.reply = func(*operationMessage, *replyMessage) any { return message{Type: "release"} }
		}, "request", "message"},
		{"no bill", func(p *play) { p.total = -1 }, "decrypt", "plain-text"},
	})
}

// A message while none was asked for, and a frame that is torn.
func TestRefusedOutOfTurn(t *testing.T) {
	refused(t, (*play).handshake, []refusal{
		{"between two requests", func(p *play) {
			p.parameters.Requests, p.parameters.IntervalMS, p.total = 2, 1000, 0
			p.reply = func(_ *operationMessage, r *replyMessage) any {
				p.process.send(r)
				return r
			}
		}, "execute", "message"},
	})
	t.Run("torn frame", func(t *testing.T) {
		t.Parallel()
		p := newPlay(t, sanitized)
		p.process.expect("ready", new(message))
		p.process.in.Write([]byte{0, 0, 1, 0, '{'})
		p.process.in.Close()
		if f := p.fails(); f.Check != "frame" {
			t.Errorf("%+v", f)
		}
	})
	t.Run("frame of 4 GiB", func(t *testing.T) {
		t.Parallel()
		p := newPlay(t, sanitized)
		p.process.expect("ready", new(message))
		p.process.in.Write([]byte{255, 255, 255, 255})
		if f := p.fails(); f.Check != "frame" {
			t.Errorf("%+v", f)
		}
	})
}

// What a service seals is taken as it is: a plain text that is no bill ends the run, and is not told.
func TestRefusedPlainText(t *testing.T) {
	for _, text := range []string{
		``, `[]`, `{"customer":`, `{"phone":1,"total_cents":15001}`, `{"total_cents":"` + phone + `"}`,
		`{"total_cents":15001,"total_cents":1}`, `{"total_cents":15001,"phone":"` + phone + `"}`, `{"total_cents":1e300}`,
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			p := newPlay(t, sanitized)
			p.bill = &text
			p.handshake()
			f := p.fails()
			if f.Check != "plain-text" || strings.Contains(f.Message+p.process.log.String(), phone) {
				t.Errorf("%+v", f)
			}
		})
	}
}

func TestMessagesAreJSON(t *testing.T) {
	t.Parallel()
	p := newPlay(t, plain)
	p.sayPrepare()
	m, err := p.process.receive()
	if err != nil || !json.Valid(m.text) {
		t.Errorf("%v: %s", err, m.text)
	}
}

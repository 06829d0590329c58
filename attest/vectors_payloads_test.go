package attest

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"strings"
	"testing"
	"testing/cryptotest"
)

func contextVectors() []contextVector {
	process, service := sha256.Sum256([]byte("process certificate")), sha256.Sum256([]byte("service certificate"))
	longest := strings.Repeat("a", nameLimit)
	var out []contextVector
	for _, v := range []contextVector{
		{Name: "read request", Direction: Request, place: place{Read, "retail", "store", "retail", "run-1", 1}},
		{Name: "read reply", Direction: Reply, place: place{Read, "retail", "store", "retail", "run-1", 1}},
		{Name: "write request", Direction: Request, place: place{Write, "retail", "taxi", "retail", "run-1", 2}},
		{Name: "write reply", Direction: Reply, place: place{Write, "healthcare", "hospital", "care", "9", 3}},
		{Name: "longest names, sequence beyond 32 bits", Direction: Request, place: place{Read, longest, longest, longest, longest, 1 << 40}},
		// 2^53: what a JSON reader with floating point still reads exactly.
		{Name: "shortest names, sequence 2^53", Direction: Request, place: place{Write, "a", "b", "c", "d", 1 << 53}},
	} {
		v.Expect = success
		v.ProcessCertificateSHA256, v.ServiceCertificateSHA256 = process[:], service[:]
		v.Context = v.context(v.Direction, process, service).Bytes()
		out = append(out, v)
	}
	return out
}

// sealedWith runs seal with known randomness and tells the ephemeral key that it used.
func sealedWith(t *testing.T, seed uint64, crypto Crypto, key *ecdh.PublicKey, context, plaintext []byte) (ephemeral, enc, ciphertext []byte) {
	t.Helper()
	if crypto == HPKE {
		cryptotest.SetGlobalRandom(t, seed)
		private := ok1(ecdh.X25519().GenerateKey(rand.Reader))(t)
		ephemeral = private.Bytes()
		cryptotest.SetGlobalRandom(t, seed)
		defer func() {
			if !bytes.Equal(enc, private.PublicKey().Bytes()) {
				t.Error("crypto/hpke drew its ephemeral key in another way than this test")
			}
		}()
	}
	enc, ciphertext, err := seal(crypto, key, context, plaintext)
	if err != nil {
		t.Fatal(err)
	}
	return ephemeral, enc, ciphertext
}

func requestVector1(t *testing.T, p *players, seed uint64, name string, at place, crypto Crypto, plaintext string) requestVector {
	t.Helper()
	hash := sha256.Sum256(p.store.Certificate.Raw)
	v := requestVector{
		Name: name, Expect: success, place: at, Crypto: crypto,
		ProcessSigningPrivateKey: p.process.Signing.Seed(), ProcessCertificate: p.process.Certificate.Raw,
		ServiceSealingPrivateKey: p.store.Sealing.Bytes(), ServiceCertificate: p.store.Certificate.Raw,
		ServiceCertificateSHA256: hash[:], Plaintext: []byte(plaintext),
		Nonce: bytes.Repeat([]byte{byte(seed)}, nonceSize),
	}
	v.Context = v.request().Context(v.Operation).Bytes()
	v.EphemeralPrivateKey, v.Enc, v.Ciphertext = sealedWith(t, seed, crypto, p.store.Sealing.PublicKey(), v.Context, v.Plaintext)
	v.sign()
	return v
}

// sign signs what the vector says now, as the process would.
func (v *requestVector) sign() {
	tbs := v.request().toBeSigned(v.request().Context(v.Operation).Bytes())
	hash := sha256.Sum256(tbs)
	v.Signature = ed25519.Sign(ed25519.NewKeyFromSeed(v.ProcessSigningPrivateKey), tbs)
	v.RequestHash = hash[:]
}

func requestVectors(t *testing.T) []requestVector {
	p := newPlayers(t)
	at := place{Read, "retail", "store", "retail", "run-1", 1}
	valid := requestVector1(t, p, 2, "read", at, HPKE, `{"sale":"newest"}`)
	out := []requestVector{
		valid,
		requestVector1(t, p, 3, "write", place{Write, "retail", "store", "retail", "run-1", 2}, HPKE, `{"note":"a write"}`),
		requestVector1(t, p, 4, "empty plain text", place{Read, "retail", "store", "retail", "run-1", 3}, HPKE, ""),
		requestVector1(t, p, 5, "crypto none", place{Read, "retail", "store", "retail", "run-1", 4}, None, `{"sale":"newest"}`),
	}
	for _, broken := range []struct {
		name   string
		expect Check
		resign bool
		change func(v *requestVector)
	}{
		{"bit flipped in nonce", CheckSignature, false, func(v *requestVector) { v.Nonce = flip(v.Nonce) }},
		{"bit flipped in enc", CheckSignature, false, func(v *requestVector) { v.Enc = flip(v.Enc) }},
		{"bit flipped in ciphertext", CheckSignature, false, func(v *requestVector) { v.Ciphertext = flip(v.Ciphertext) }},
		{"bit flipped in signature", CheckSignature, false, func(v *requestVector) { v.Signature = flip(v.Signature) }},
		{"crypto changed", CheckSignature, false, func(v *requestVector) { v.Crypto, v.Enc = None, nil }},
		{"operation swapped", CheckSignature, false, func(v *requestVector) { v.Operation = Write }},
		{"solution swapped", CheckSignature, false, func(v *requestVector) { v.Solution = "healthcare" }},
		{"service swapped", CheckSignature, false, func(v *requestVector) { v.Service = "taxi" }},
		{"program swapped", CheckSignature, false, func(v *requestVector) { v.Program = "other" }},
		{"run swapped", CheckSignature, false, func(v *requestVector) { v.Run = "run-2" }},
		{"sequence swapped", CheckSignature, false, func(v *requestVector) { v.Sequence = 2 }},
		{"another process's certificate", CheckSignature, false, func(v *requestVector) { v.ProcessCertificate = p.other.Certificate.Raw }},
		{"bit flipped in service_certificate_sha256", CheckSignature, false, func(v *requestVector) { v.ServiceCertificateSHA256 = flip(v.ServiceCertificateSHA256) }},
		{"bit flipped in enc, signed again", CheckSealed, true, func(v *requestVector) { v.Enc = flip(v.Enc) }},
		{"bit flipped in ciphertext, signed again", CheckSealed, true, func(v *requestVector) { v.Ciphertext = flip(v.Ciphertext) }},
		{"operation swapped, signed again", CheckSealed, true, func(v *requestVector) { v.Operation = Write }},
		{"solution swapped, signed again", CheckSealed, true, func(v *requestVector) { v.Solution = "healthcare" }},
		{"program swapped, signed again", CheckSealed, true, func(v *requestVector) { v.Program = "other" }},
		{"run swapped, signed again", CheckSealed, true, func(v *requestVector) { v.Run = "run-2" }},
		{"sequence swapped, signed again", CheckSealed, true, func(v *requestVector) { v.Sequence = 2 }},
		{"for another service", CheckRecipient, true, func(v *requestVector) { v.Service = "taxi" }},
		{"for another certificate of the service", CheckRecipient, true, func(v *requestVector) {
			hash := sha256.Sum256(p.storeRenewed.Raw)
			v.ServiceCertificateSHA256 = hash[:]
		}},
		{"sealed as a reply", CheckSealed, true, func(v *requestVector) {
			context := v.request().Context(v.Operation)
			context.Direction = Reply
			_, v.Enc, v.Ciphertext = sealedWith(t, 6, HPKE, p.store.Sealing.PublicKey(), context.Bytes(), v.Plaintext)
		}},
		{"nonce too short", CheckRequest, true, func(v *requestVector) { v.Nonce = v.Nonce[1:] }},
		{"sequence 0", CheckRequest, true, func(v *requestVector) { v.Sequence = 0 }},
	} {
		v := valid
		v.Name, v.Expect = broken.name, verdict(broken.expect)
		broken.change(&v)
		if broken.resign {
			v.sign()
		}
		v.EphemeralPrivateKey, v.Context, v.RequestHash = nil, nil, nil
		out = append(out, v)
	}
	return out
}

func replyVector1(t *testing.T, p *players, seed uint64, name string, at place, crypto Crypto, plaintext string) replyVector {
	t.Helper()
	hash := sha256.Sum256([]byte("request " + name))
	v := replyVector{
		Name: name, Expect: success, place: at, Crypto: crypto,
		ProcessCertificate: p.process.Certificate.Raw, ProcessSealingPrivateKey: p.process.Sealing.Bytes(),
		ServiceSigningPrivateKey: p.store.Signing.Seed(), ServiceCertificate: p.store.Certificate.Raw,
		RequestHash: hash[:], Plaintext: []byte(plaintext),
	}
	v.Context = v.replyContext(Reply)
	v.EphemeralPrivateKey, v.Enc, v.Ciphertext = sealedWith(t, seed, crypto, p.process.Sealing.PublicKey(), v.Context, v.Plaintext)
	v.sign(Reply)
	return v
}

func (v *replyVector) replyContext(direction Direction) []byte {
	return v.context(direction, sha256.Sum256(v.ProcessCertificate), sha256.Sum256(v.ServiceCertificate)).Bytes()
}

func (v *replyVector) sign(direction Direction) {
	reply := SealedReply{Crypto: v.Crypto, Enc: v.Enc, Ciphertext: v.Ciphertext}
	v.Signature = ed25519.Sign(ed25519.NewKeyFromSeed(v.ServiceSigningPrivateKey), reply.toBeSigned(v.replyContext(direction), [32]byte(v.RequestHash)))
}

func replyVectors(t *testing.T) []replyVector {
	p := newPlayers(t)
	at := place{Read, "retail", "store", "retail", "run-1", 1}
	valid := replyVector1(t, p, 7, "read", at, HPKE, `{"total_cents":20000}`)
	out := []replyVector{
		valid,
		replyVector1(t, p, 8, "write", place{Write, "retail", "store", "retail", "run-1", 2}, HPKE, `{"stored":true}`),
		replyVector1(t, p, 9, "empty plain text", place{Read, "retail", "store", "retail", "run-1", 3}, HPKE, ""),
		replyVector1(t, p, 10, "crypto none", place{Read, "retail", "store", "retail", "run-1", 4}, None, `{"total_cents":20000}`),
	}
	const unsigned, reply, request = Direction(""), Reply, Request
	for _, broken := range []struct {
		name   string
		expect Check
		sign   Direction
		change func(v *replyVector)
	}{
		{"bit flipped in enc", CheckSignature, unsigned, func(v *replyVector) { v.Enc = flip(v.Enc) }},
		{"bit flipped in ciphertext", CheckSignature, unsigned, func(v *replyVector) { v.Ciphertext = flip(v.Ciphertext) }},
		{"bit flipped in signature", CheckSignature, unsigned, func(v *replyVector) { v.Signature = flip(v.Signature) }},
		{"crypto changed", CheckSignature, unsigned, func(v *replyVector) { v.Crypto, v.Enc = None, nil }},
		{"another request's hash", CheckSignature, unsigned, func(v *replyVector) { v.RequestHash = flip(v.RequestHash) }},
		{"another service's certificate", CheckSignature, unsigned, func(v *replyVector) { v.ServiceCertificate = p.taxi.Certificate.Raw }},
		{"another certificate of the service", CheckSignature, unsigned, func(v *replyVector) { v.ServiceCertificate = p.storeRenewed.Raw }},
		{"another process's certificate", CheckSignature, unsigned, func(v *replyVector) { v.ProcessCertificate = p.other.Certificate.Raw }},
		{"operation swapped", CheckSignature, unsigned, func(v *replyVector) { v.Operation = Write }},
		{"solution swapped", CheckSignature, unsigned, func(v *replyVector) { v.Solution = "healthcare" }},
		{"service swapped", CheckSignature, unsigned, func(v *replyVector) { v.Service = "taxi" }},
		{"program swapped", CheckSignature, unsigned, func(v *replyVector) { v.Program = "other" }},
		{"run swapped", CheckSignature, unsigned, func(v *replyVector) { v.Run = "run-2" }},
		{"sequence swapped", CheckSignature, unsigned, func(v *replyVector) { v.Sequence = 2 }},
		{"signed as a request", CheckSignature, request, func(*replyVector) {}},
		{"signed by another service", CheckSignature, reply, func(v *replyVector) { v.ServiceSigningPrivateKey = p.taxi.Signing.Seed() }},
		{"bit flipped in enc, signed again", CheckSealed, reply, func(v *replyVector) { v.Enc = flip(v.Enc) }},
		{"bit flipped in ciphertext, signed again", CheckSealed, reply, func(v *replyVector) { v.Ciphertext = flip(v.Ciphertext) }},
		{"enc shortened, signed again", CheckSealed, reply, func(v *replyVector) { v.Enc = v.Enc[1:] }},
		{"ciphertext shorter than a tag, signed again", CheckSealed, reply, func(v *replyVector) { v.Ciphertext = v.Ciphertext[:15] }},
		{"run swapped, signed again", CheckSealed, reply, func(v *replyVector) { v.Run = "run-2" }},
		{"operation swapped, signed again", CheckSealed, reply, func(v *replyVector) { v.Operation = Write }},
		{"sequence swapped, signed again", CheckSealed, reply, func(v *replyVector) { v.Sequence = 2 }},
		{"sealed as a request", CheckSealed, reply, func(v *replyVector) {
			_, v.Enc, v.Ciphertext = sealedWith(t, 11, HPKE, p.process.Sealing.PublicKey(), v.replyContext(Request), v.Plaintext)
		}},
		{"sealed to another process", CheckSealed, reply, func(v *replyVector) {
			_, v.Enc, v.Ciphertext = sealedWith(t, 12, HPKE, p.other.Sealing.PublicKey(), v.Context, v.Plaintext)
		}},
		{"not sealed though crypto is hpke", CheckSealed, reply, func(v *replyVector) { v.Enc, v.Ciphertext = nil, v.Plaintext }},
	} {
		v := valid
		v.Name, v.Expect = broken.name, verdict(broken.expect)
		broken.change(&v)
		if broken.sign != unsigned {
			v.sign(broken.sign)
		}
		v.EphemeralPrivateKey, v.Context = nil, nil
		out = append(out, v)
	}
	return out
}

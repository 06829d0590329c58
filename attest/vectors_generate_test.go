package attest

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"net/url"
	"strings"
	"testing"
	"testing/cryptotest"
	"time"
)

// players are the parties of the vectors. Their keys come from labels, all other randomness from a fixed seed.
type players struct {
	authority, stranger *Authority
	store, taxi         *Identity
	process, other      *Identity
	binding             Binding
	storeRenewed        *x509.Certificate
}

func newPlayers(t *testing.T) *players {
	t.Helper()
	cryptotest.SetGlobalRandom(t, 1)
	party := func(label string) *Identity {
		return &Identity{Signing: signingKey(label), Sealing: sealingKey(t, label)}
	}
	p := &players{
		authority: authorityOf(t, "eaibench test vectors"), stranger: authorityOf(t, "eaibench test vectors"),
		store: party("vectors store"), taxi: party("vectors taxi"),
		process: party("vectors process"), other: party("vectors other"),
	}
	p.binding = Binding{
		Nonce: sha256.Sum256([]byte("nonce")), RootSHA256: p.authority.Root.SHA256,
		ParametersSHA256: sha256.Sum256([]byte("parameters")),
	}
	p.store.Certificate = p.issueService(t, p.authority, "store", p.store)
	p.storeRenewed = p.issueService(t, p.authority, "store", p.store)
	p.taxi.Certificate = p.issueService(t, p.authority, "taxi", p.taxi)
	p.process.Certificate = p.issueProcess(t, p.process, "run-1", p.binding)
	p.other.Certificate = p.issueProcess(t, p.other, "run-1", p.binding)
	return p
}

func authorityOf(t *testing.T, name string) *Authority {
	t.Helper()
	return ok1(CreateAuthority(name, noon, RootLifetime))(t)
}

func (p *players) issueService(t *testing.T, authority *Authority, id string, i *Identity) *x509.Certificate {
	t.Helper()
	return ok1(authority.IssueService(id, i.SigningPublic(), i.Sealing.PublicKey(), []string{"localhost", "127.0.0.1"}, noon, OperatorLifetime))(t)
}

// issueProcess makes a certificate whose evidence is not evidence: the process does not look at it.
func (p *players) issueProcess(t *testing.T, i *Identity, run string, binding Binding) *x509.Certificate {
	t.Helper()
	csr := &CSR{Signing: i.SigningPublic(), Sealing: i.Sealing.PublicKey(), Binding: binding}
	return ok1(p.authority.issueProcess("retail", run, csr, []byte("evidence"), HPKE, noon, 10*time.Minute))(t)
}

// flip is b with one bit changed, the lowest of its middle byte.
func flip(b []byte) []byte {
	b = bytes.Clone(b)
	b[len(b)/2] ^= 1
	return b
}

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

// certificateVectors judges certificates as the process must: services', and its own.
func certificateVectors(t *testing.T) []certificateVector {
	p := newPlayers(t)
	out := serviceVectors(t, p)
	return append(out, ownVectors(t, p)...)
}

// altered is a certificate issued by the root of the vectors after a change to what it would have been.
func (p *players) altered(t *testing.T, authority *Authority, subject Subject, i *Identity, change func(*x509.Certificate)) []byte {
	t.Helper()
	template := ok1(leafTemplate(subject, nil, noon, 10*time.Minute))(t)
	template.ExtraExtensions = []pkix.Extension{sealingKeyExtension(i.Sealing.PublicKey())}
	if subject.Kind == KindProcess {
		template.ExtraExtensions = append(template.ExtraExtensions, ok1(octetsExtension(oidBinding, p.binding.bytes()))(t))
	}
	change(template)
	return ok1(authority.sign(template, i.SigningPublic()))(t).Raw
}

func mustURI(t *testing.T, text string) *url.URL {
	t.Helper()
	return ok1(url.Parse(text))(t)
}

func serviceVectors(t *testing.T, p *players) []certificateVector {
	t.Helper()
	store := Subject{Kind: KindService, Name: "store"}
	altered := func(change func(*x509.Certificate)) []byte { return p.altered(t, p.authority, store, p.store, change) }
	issued := func(authority *Authority, id string, i *Identity) []byte {
		return p.issueService(t, authority, id, i).Raw
	}
	var out []certificateVector
	for _, v := range []certificateVector{
		{Name: "service", Expect: success, Certificate: p.store.Certificate.Raw},
		{Name: "service, in its last second", Expect: success, Certificate: p.store.Certificate.Raw, At: p.store.Certificate.NotAfter.Unix()},
		{Name: "service, expired a second ago", Expect: "time", Certificate: p.store.Certificate.Raw, At: p.store.Certificate.NotAfter.Unix() + 1},
		{Name: "service, valid in a second", Expect: "time", Certificate: p.store.Certificate.Raw, At: p.store.Certificate.NotBefore.Unix() - 1},
		{Name: "service, other root of the same name", Expect: "chain", Certificate: issued(p.stranger, "store", p.store)},
		{Name: "service, other root", Expect: "chain", Certificate: issued(authorityOf(t, "another root"), "store", p.store)},
		{Name: "service, bit flipped in the signature", Expect: "chain", Certificate: flipLast(p.store.Certificate.Raw)},
		{Name: "service, CA:true", Expect: "chain", Certificate: altered(func(c *x509.Certificate) { c.IsCA = true; c.MaxPathLen = -1 })},
		{Name: "service, without basic constraints", Expect: "chain", Certificate: altered(func(c *x509.Certificate) { c.BasicConstraintsValid = false })},
		{Name: "service, unknown critical extension", Expect: "chain", Certificate: altered(func(c *x509.Certificate) {
			c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{Id: append(oidSealingKey[:7:7], 1, 99), Critical: true, Value: asn1.NullBytes})
		})},
		{Name: "service, another service's", Expect: "role", Certificate: p.taxi.Certificate.Raw},
		{Name: "service, a process's", Expect: "role", Certificate: p.process.Certificate.Raw},
		{Name: "service, a launcher's", Expect: "role", Certificate: ok1(p.authority.IssueServer(KindLauncher, "store", p.store.SigningPublic(), nil, noon, OperatorLifetime))(t).Raw},
		{Name: "service, clientAuth", Expect: "role", Certificate: altered(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} })},
		{Name: "service, no extended key usage", Expect: "role", Certificate: altered(func(c *x509.Certificate) { c.ExtKeyUsage = nil })},
		{Name: "service, two eai: URIs", Expect: "role", Certificate: altered(func(c *x509.Certificate) { c.URIs = append(c.URIs, mustURI(t, "eai:service/taxi")) })},
		{Name: "service, no eai: URI", Expect: "role", Certificate: altered(func(c *x509.Certificate) { c.URIs = []*url.URL{mustURI(t, "urn:store")} })},
		{Name: "service, ID followed by more", Expect: "role", Certificate: altered(func(c *x509.Certificate) { c.URIs = []*url.URL{mustURI(t, "eai:service/store/x")} })},
		{Name: "service, no sealing key", Expect: "sealing-key", Certificate: altered(func(c *x509.Certificate) { c.ExtraExtensions = nil })},
		{Name: "service, sealing key shortened", Expect: "sealing-key", Certificate: altered(func(c *x509.Certificate) {
			c.ExtraExtensions[0].Value = c.ExtraExtensions[0].Value[:43]
		})},
		{Name: "service, sealing key of another algorithm", Expect: "sealing-key", Certificate: altered(func(c *x509.Certificate) {
			c.ExtraExtensions[0].Value[8] = 0x70 // id-Ed25519
		})},
		{Name: "nothing at all", Expect: "certificate", Certificate: []byte{}},
		{Name: "service, a byte follows", Expect: "certificate", Certificate: append(bytes.Clone(p.store.Certificate.Raw), 0)},
	} {
		v.Kind, v.Service, v.Root = KindService, "store", p.authority.Root.Certificate.Raw
		if v.At == 0 {
			v.At = noon.Unix()
		}
		out = append(out, v)
	}
	return out
}

// flipLast changes the last bit, which is the signature's.
func flipLast(der []byte) []byte {
	der = bytes.Clone(der)
	der[len(der)-1] ^= 1
	return der
}

func ownVectors(t *testing.T, p *players) []certificateVector {
	t.Helper()
	own := Subject{Kind: KindProcess, Name: "retail", Run: "run-1"}
	altered := func(change func(*x509.Certificate)) []byte { return p.altered(t, p.authority, own, p.process, change) }
	bound := func(change func(*Binding)) []byte {
		binding := p.binding
		change(&binding)
		return p.issueProcess(t, p.process, "run-1", binding).Raw
	}
	onlySigning := &Identity{Signing: p.process.Signing, Sealing: p.other.Sealing}
	onlySealing := &Identity{Signing: p.other.Signing, Sealing: p.process.Sealing}
	var out []certificateVector
	for _, v := range []certificateVector{
		{Name: "process", Expect: success, Certificate: p.process.Certificate.Raw},
		{Name: "process, expired", Expect: "time", Certificate: p.process.Certificate.Raw, At: p.process.Certificate.NotAfter.Unix() + 1},
		{Name: "process, not yet valid", Expect: "time", Certificate: p.process.Certificate.Raw, At: p.process.Certificate.NotBefore.Unix() - 1},
		{Name: "process, other root of the same name", Expect: "chain", Certificate: p.altered(t, p.stranger, own, p.process, func(*x509.Certificate) {})},
		{Name: "process, CA:true", Expect: "chain", Certificate: altered(func(c *x509.Certificate) { c.IsCA = true; c.MaxPathLen = -1 })},
		{Name: "process, another run", Expect: "role", Certificate: p.issueProcess(t, p.process, "run-2", p.binding).Raw},
		{Name: "process, another program", Expect: "role", Certificate: altered(func(c *x509.Certificate) { c.URIs = []*url.URL{mustURI(t, "eai:process/other/run-1")} })},
		{Name: "process, without run", Expect: "role", Certificate: altered(func(c *x509.Certificate) { c.URIs = []*url.URL{mustURI(t, "eai:process/retail")} })},
		{Name: "process, a service's", Expect: "role", Certificate: p.store.Certificate.Raw},
		{Name: "process, serverAuth", Expect: "role", Certificate: altered(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} })},
		{Name: "process, both keys another's", Expect: "process-key", Certificate: p.other.Certificate.Raw},
		{Name: "process, sealing key another's", Expect: "process-key", Certificate: p.issueProcess(t, onlySigning, "run-1", p.binding).Raw},
		{Name: "process, signing key another's", Expect: "process-key", Certificate: p.issueProcess(t, onlySealing, "run-1", p.binding).Raw},
		{Name: "process, other nonce", Expect: "binding", Certificate: bound(func(b *Binding) { b.Nonce[0] ^= 1 })},
		{Name: "process, other root in binding", Expect: "binding", Certificate: bound(func(b *Binding) { b.RootSHA256[0] ^= 1 })},
		{Name: "process, other parameters", Expect: "binding", Certificate: bound(func(b *Binding) { b.ParametersSHA256[31] ^= 1 })},
		{Name: "process, no binding", Expect: "binding", Certificate: altered(func(c *x509.Certificate) { c.ExtraExtensions = c.ExtraExtensions[:1] })},
		{Name: "process, binding shortened", Expect: "binding", Certificate: altered(func(c *x509.Certificate) {
			c.ExtraExtensions[1] = ok1(octetsExtension(oidBinding, p.binding.bytes()[1:]))(t)
		})},
	} {
		v.Kind, v.Program, v.Run, v.Root = KindProcess, "retail", "run-1", p.authority.Root.Certificate.Raw
		v.SigningPrivateKey, v.SealingPrivateKey, v.Binding = p.process.Signing.Seed(), p.process.Sealing.Bytes(), p.binding.bytes()
		if v.At == 0 {
			v.At = noon.Unix()
		}
		out = append(out, v)
	}
	return out
}

func csrVectors(t *testing.T) []csrVector {
	p := newPlayers(t)
	sealing := sealingKeyExtension(p.process.Sealing.PublicKey())
	binding := ok1(octetsExtension(oidBinding, p.binding.bytes()))(t)
	short := ok1(octetsExtension(oidBinding, p.binding.bytes()[1:]))(t)
	evidence := ok1(octetsExtension(oidEvidence, []byte("evidence")))(t)
	critical := sealing
	critical.Critical = true
	request := func(subject pkix.Name, extensions ...pkix.Extension) []byte {
		return ok1(x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: subject, ExtraExtensions: extensions}, p.process.Signing))(t)
	}
	retail := pkix.Name{CommonName: "retail"}
	valid := ok1(CreateCSR(p.process, "retail", p.binding))(t)
	var out []csrVector
	for _, v := range []csrVector{
		{Name: "valid", Expect: success, CSR: valid},
		{Name: "extensions the other way round", Expect: success, CSR: request(retail, binding, sealing)},
		{Name: "bit flipped in the signature", Expect: "csr-signature", CSR: flipLast(valid)},
		{Name: "bit flipped in the sealing key", Expect: "csr-signature", CSR: bytes.Replace(valid, p.process.Sealing.PublicKey().Bytes(), flip(p.process.Sealing.PublicKey().Bytes()), 1)},
		{Name: "a byte follows", Expect: "csr-signature", CSR: append(bytes.Clone(valid), 0)},
		{Name: "empty", Expect: "csr-signature", CSR: []byte{}},
		{Name: "no binding", Expect: "csr-binding", CSR: request(retail, sealing)},
		{Name: "no sealing key", Expect: "csr-binding", CSR: request(retail, binding)},
		{Name: "no extensions", Expect: "csr-binding", CSR: request(retail)},
		{Name: "binding shortened", Expect: "csr-binding", CSR: request(retail, sealing, short)},
		{Name: "evidence beside", Expect: "csr-binding", CSR: request(retail, sealing, binding, evidence)},
		{Name: "evidence for the binding", Expect: "csr-binding", CSR: request(retail, sealing, evidence)},
		{Name: "critical extension", Expect: "csr-binding", CSR: request(retail, critical, binding)},
		{Name: "subject with an organisation", Expect: "csr-binding", CSR: request(pkix.Name{CommonName: "retail", Organization: []string{"x"}}, sealing, binding)},
		{Name: "program is no name", Expect: "csr-binding", CSR: request(pkix.Name{CommonName: "Retail!"}, sealing, binding)},
	} {
		hash := sha256.Sum256(v.CSR)
		v.Program, v.CSRSHA256 = "retail", hash[:]
		v.SigningPrivateKey, v.SealingPrivateKey, v.Binding = p.process.Signing.Seed(), p.process.Sealing.Bytes(), p.binding.bytes()
		out = append(out, v)
	}
	return out
}

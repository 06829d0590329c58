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
	"testing"
	"time"
)

type certificateVector struct {
	Name        string   `json:"name"`
	Expect      verdict  `json:"expect"`
	Kind        Kind     `json:"kind"` // service, or process for one's own
	At          int64    `json:"at"`   // seconds since 1970
	Root        hexBytes `json:"root_certificate"`
	Certificate hexBytes `json:"certificate"`

	Service string `json:"service,omitempty"` // kind service: the ID the solution names

	Program           string   `json:"program,omitempty"` // kind process, as all below
	Run               string   `json:"run,omitempty"`
	SigningPrivateKey hexBytes `json:"signing_private_key,omitempty"`
	SealingPrivateKey hexBytes `json:"sealing_private_key,omitempty"`
	Binding           hexBytes `json:"binding,omitempty"`
}

func (v *certificateVector) judge(t *testing.T) error {
	t.Helper()
	root := ok1(ParseRoot(v.Root))(t)
	now := time.Unix(v.At, 0)
	if v.Kind == KindService {
		_, err := root.VerifyServiceCertificate(v.Certificate, v.Service, now)
		return err
	}
	own := &Identity{
		Signing: ed25519.NewKeyFromSeed(v.SigningPrivateKey),
		Sealing: ok1(ecdh.X25519().NewPrivateKey(v.SealingPrivateKey))(t),
	}
	given := Binding{[32]byte(v.Binding[:32]), [32]byte(v.Binding[32:64]), [32]byte(v.Binding[64:])}
	_, err := root.VerifyProcessCertificate(v.Certificate, own, v.Program, v.Run, given, now)
	return err
}

func TestVectorsCertificates(t *testing.T) {
	golden(t, "certificates.json", certificateVectors(t))
	for _, v := range readVectors[certificateVector](t, "certificates.json") {
		t.Run(v.Name, func(t *testing.T) { v.Expect.compare(t, v.judge(t)) })
	}
}

type csrVector struct {
	Name              string   `json:"name"`
	Expect            verdict  `json:"expect"`
	Program           string   `json:"program"`
	SigningPrivateKey hexBytes `json:"signing_private_key"`
	SealingPrivateKey hexBytes `json:"sealing_private_key"`
	Binding           hexBytes `json:"binding"`
	CSR               hexBytes `json:"csr"`
	CSRSHA256         hexBytes `json:"csr_sha256"`
}

func TestVectorsCSR(t *testing.T) {
	golden(t, "csr.json", csrVectors(t))
	for _, v := range readVectors[csrVector](t, "csr.json") {
		t.Run(v.Name, func(t *testing.T) {
			csr, err := ParseCSR(v.CSR)
			v.Expect.compare(t, err)
			if err != nil {
				return
			}
			signing := ed25519.NewKeyFromSeed(v.SigningPrivateKey).Public()
			sealing := ok1(ecdh.X25519().NewPrivateKey(v.SealingPrivateKey))(t).PublicKey()
			if csr.Program != v.Program || !csr.Signing.Equal(signing) || !csr.Sealing.Equal(sealing) ||
				!bytes.Equal(csr.Binding.bytes(), v.Binding) || !bytes.Equal(csr.SHA256[:], v.CSRSHA256) {
				t.Errorf("read %+v", csr)
			}
		})
	}
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
		{Name: "another attribute", Expect: "csr-binding", CSR: withAttributes(t, p.process, valid, func(a []asn1.RawValue) []asn1.RawValue {
			return append(a, asn1.RawValue{FullBytes: challengePassword})
		})},
		{Name: "no attributes", Expect: "csr-binding", CSR: withAttributes(t, p.process, valid, func([]asn1.RawValue) []asn1.RawValue { return []asn1.RawValue{} })},
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

// challengePassword is the attribute of PKCS #9 with the value "x", DER.
var challengePassword = []byte{0x30, 0x10, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x07, 0x31, 0x03, 0x0c, 0x01, 'x'}

// withAttributes makes the CSR again with other attributes, signed by its own key.
func withAttributes(t *testing.T, i *Identity, der []byte, change func([]asn1.RawValue) []asn1.RawValue) []byte {
	t.Helper()
	var request struct {
		Info      asn1.RawValue
		Algorithm asn1.RawValue
		Signature asn1.BitString
	}
	var info struct {
		Version    int
		Subject    asn1.RawValue
		PublicKey  asn1.RawValue
		Attributes []asn1.RawValue `asn1:"tag:0"`
	}
	ok1(asn1.Unmarshal(der, &request))(t)
	ok1(asn1.Unmarshal(request.Info.FullBytes, &info))(t)
	info.Attributes = change(info.Attributes)
	request.Info = asn1.RawValue{FullBytes: ok1(asn1.Marshal(info))(t)}
	signature := ed25519.Sign(i.Signing, request.Info.FullBytes)
	request.Signature = asn1.BitString{Bytes: signature, BitLength: 8 * len(signature)}
	return ok1(asn1.Marshal(request))(t)
}

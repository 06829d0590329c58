package attest

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/hpke"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/vectors and goldens anew")

// hexBytes is binary in a vector: lower-case hexadecimal, nothing else.
type hexBytes []byte

func (h hexBytes) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h), nil }

func (h *hexBytes) UnmarshalText(text []byte) error {
	var err error
	if *h, err = hex.DecodeString(string(text)); err != nil {
		return err
	}
	if hex.EncodeToString(*h) != string(text) {
		return os.ErrInvalid
	}
	return nil
}

// verdict is the expect of a vector: success, or the check that fails.
type verdict string

const success verdict = "success"

func (v verdict) compare(t *testing.T, err error) {
	t.Helper()
	if v == success {
		wantCheck(t, err, "")
		return
	}
	wantCheck(t, err, Check(v))
}

// readVectors decodes strictly: a member that the test does not know fails it.
func readVectors[T any](t *testing.T, file string) []T {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(ok1(os.ReadFile(filepath.Join("testdata", "vectors", file)))(t)))
	decoder.DisallowUnknownFields()
	var cases []T
	if err := decoder.Decode(&cases); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	if len(cases) == 0 {
		t.Fatalf("%s has no cases", file)
	}
	return cases
}

// golden writes cases with -update, and else checks that the file still says what this code generates.
func golden(t *testing.T, file string, cases any) {
	t.Helper()
	want := append(ok1(json.MarshalIndent(cases, "", "  "))(t), '\n')
	path := filepath.Join("testdata", "vectors", file)
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(ok1(os.ReadFile(path))(t), want) {
		t.Errorf("%s is not what the code generates; look at the difference after: go test ./attest -run Vectors -update", path)
	}
}

type rfcVector struct {
	Name           string   `json:"name"`
	Expect         verdict  `json:"expect"`
	AEAD           uint16   `json:"aead_id"`
	Info           hexBytes `json:"info"`
	SKRm           hexBytes `json:"skRm"`
	PKRm           hexBytes `json:"pkRm"`
	SKEm           hexBytes `json:"skEm"`
	PKEm           hexBytes `json:"pkEm"`
	Enc            hexBytes `json:"enc"`
	SharedSecret   hexBytes `json:"shared_secret"`
	Key            hexBytes `json:"key"`
	BaseNonce      hexBytes `json:"base_nonce"`
	ExporterSecret hexBytes `json:"exporter_secret"`
	Sequence       int      `json:"sequence"`
	Nonce          hexBytes `json:"nonce"`
	AAD            hexBytes `json:"aad"`
	Plaintext      hexBytes `json:"pt"`
	Ciphertext     hexBytes `json:"ct"`
}

func TestVectorsRFC9180(t *testing.T) {
	seen := map[uint16]bool{}
	for _, v := range readVectors[rfcVector](t, "rfc9180.json") {
		t.Run(v.Name, func(t *testing.T) {
			seen[v.AEAD] = true
			own := ok1(ecdh.X25519().NewPrivateKey(v.SKRm))(t)
			ephemeral := ok1(ecdh.X25519().NewPrivateKey(v.SKEm))(t)
			if !bytes.Equal(own.PublicKey().Bytes(), v.PKRm) || !bytes.Equal(ephemeral.PublicKey().Bytes(), v.PKEm) || !bytes.Equal(v.PKEm, v.Enc) {
				t.Error("keys do not belong together")
			}
			// The library does not show its key schedule; that the published key and nonce open the message, as
			// the library does below, ties them to it.
			aead := ok1(cipher.NewGCM(ok1(aes.NewCipher(v.Key))(t)))(t)
			plaintext, err := aead.Open(nil, v.Nonce, v.Ciphertext, v.AAD)
			if (err == nil) != (v.Expect == success) || err == nil && !bytes.Equal(plaintext, v.Plaintext) {
				t.Errorf("key and nonce open to %x, %v", plaintext, err)
			}
			v.Expect.compare(t, v.open(t, own))
		})
	}
	if !seen[1] || !seen[2] {
		t.Errorf("AEADs seen: %v, want 1 (AES-128-GCM) and 2 (AES-256-GCM)", seen)
	}
}

// open opens the message at its place in the sequence: the ones before it are sealed anew with the published key.
func (v *rfcVector) open(t *testing.T, own *ecdh.PrivateKey) error {
	t.Helper()
	key := ok1(hpke.NewDHKEMPrivateKey(own))(t)
	recipient := ok1(hpke.NewRecipient(v.Enc, key, hpke.HKDFSHA256(), ok1(hpke.NewAEAD(v.AEAD))(t), v.Info))(t)
	aead := ok1(cipher.NewGCM(ok1(aes.NewCipher(v.Key))(t)))(t)
	for before := range v.Sequence {
		nonce := bytes.Clone(v.BaseNonce)
		nonce[len(nonce)-1] ^= byte(before)
		ok1(recipient.Open(nil, aead.Seal(nil, nonce, nil, nil)))(t)
	}
	plaintext, err := recipient.Open(v.AAD, v.Ciphertext)
	if err != nil {
		return Refuse(CheckSealed, "%v", err)
	}
	if !bytes.Equal(plaintext, v.Plaintext) {
		t.Errorf("plain text %x, want %x", plaintext, v.Plaintext)
	}
	return nil
}

// place is where a payload belongs, the members that vectors of context, request and reply share.
type place struct {
	Operation Operation `json:"operation"`
	Solution  string    `json:"solution"`
	Service   string    `json:"service"`
	Program   string    `json:"program"`
	Run       string    `json:"run"`
	Sequence  uint64    `json:"sequence"`
}

func (p place) context(direction Direction, process, service [32]byte) Context {
	return Context{
		Direction: direction, Operation: p.Operation, Solution: p.Solution, Service: p.Service, Program: p.Program,
		Run: p.Run, Sequence: p.Sequence, ProcessCertificate: process, ServiceCertificate: service,
	}
}

type contextVector struct {
	Name      string    `json:"name"`
	Expect    verdict   `json:"expect"`
	Direction Direction `json:"direction"`
	place
	ProcessCertificateSHA256 hexBytes `json:"process_certificate_sha256"`
	ServiceCertificateSHA256 hexBytes `json:"service_certificate_sha256"`
	Context                  hexBytes `json:"context"`
}

func TestVectorsContext(t *testing.T) {
	golden(t, "context.json", contextVectors())
	for _, v := range readVectors[contextVector](t, "context.json") {
		got := v.context(v.Direction, [32]byte(v.ProcessCertificateSHA256), [32]byte(v.ServiceCertificateSHA256)).Bytes()
		if v.Expect != success || !bytes.Equal(got, v.Context) {
			t.Errorf("%s: context is %x, want %x", v.Name, got, v.Context)
		}
	}
}

type requestVector struct {
	Name   string  `json:"name"`
	Expect verdict `json:"expect"`
	place
	Crypto                   Crypto   `json:"crypto"`
	ProcessSigningPrivateKey hexBytes `json:"process_signing_private_key"`
	ProcessCertificate       hexBytes `json:"process_certificate"`
	ServiceSealingPrivateKey hexBytes `json:"service_sealing_private_key"`
	ServiceCertificate       hexBytes `json:"service_certificate"`
	ServiceCertificateSHA256 hexBytes `json:"service_certificate_sha256"`
	EphemeralPrivateKey      hexBytes `json:"ephemeral_private_key,omitempty"`
	Plaintext                hexBytes `json:"plaintext"`
	Context                  hexBytes `json:"context,omitempty"`
	Nonce                    hexBytes `json:"nonce"`
	Enc                      hexBytes `json:"enc"`
	Ciphertext               hexBytes `json:"ciphertext"`
	Signature                hexBytes `json:"signature"`
	RequestHash              hexBytes `json:"request_hash,omitempty"`
}

func (v *requestVector) request() *SealedRequest {
	return &SealedRequest{
		Version: FormatVersion, Crypto: v.Crypto, Solution: v.Solution, Service: v.Service, Program: v.Program, Run: v.Run,
		Sequence: v.Sequence, ProcessCertificate: v.ProcessCertificate,
		ServiceCertificateSHA256: Digest(v.ServiceCertificateSHA256),
		Nonce:                    v.Nonce, Enc: v.Enc, Ciphertext: v.Ciphertext, Signature: v.Signature,
	}
}

// judge is what a service does with a request once the process's certificate is accepted: signature, recipient, sealed.
func (v *requestVector) judge(t *testing.T) error {
	t.Helper()
	r := v.request()
	if err := r.checkForm(v.Operation); err != nil {
		return err
	}
	process, err := parseCertificate(v.ProcessCertificate)
	if err != nil {
		return err
	}
	context := r.Context(v.Operation).Bytes()
	if !ed25519.Verify(process.PublicKey.(ed25519.PublicKey), r.toBeSigned(context), r.Signature) {
		return Refuse(CheckSignature, "not signed by the process")
	}
	service := &Identity{
		Sealing:     ok1(ecdh.X25519().NewPrivateKey(v.ServiceSealingPrivateKey))(t),
		Certificate: ok1(parseCertificate(v.ServiceCertificate))(t),
	}
	plaintext, hash, err := service.OpenRequest(v.Operation, r, &VerifiedProcess{CertificateSHA256: sha256.Sum256(v.ProcessCertificate)})
	if err != nil {
		return err
	}
	if !bytes.Equal(plaintext, v.Plaintext) || !bytes.Equal(hash[:], v.RequestHash) || !bytes.Equal(context, v.Context) {
		t.Errorf("plain text %q, hash %x, context %x", plaintext, hash, context)
	}
	signing := ed25519.NewKeyFromSeed(v.ProcessSigningPrivateKey)
	if again := ed25519.Sign(signing, r.toBeSigned(context)); !bytes.Equal(again, v.Signature) {
		t.Errorf("signature made again is %x", again)
	}
	return nil
}

func TestVectorsRequest(t *testing.T) {
	golden(t, "request.json", requestVectors(t))
	for _, v := range readVectors[requestVector](t, "request.json") {
		t.Run(v.Name, func(t *testing.T) { v.Expect.compare(t, v.judge(t)) })
	}
}

type replyVector struct {
	Name   string  `json:"name"`
	Expect verdict `json:"expect"`
	place
	Crypto                   Crypto   `json:"crypto"`
	ProcessCertificate       hexBytes `json:"process_certificate"`
	ProcessSealingPrivateKey hexBytes `json:"process_sealing_private_key"`
	ServiceSigningPrivateKey hexBytes `json:"service_signing_private_key"`
	ServiceCertificate       hexBytes `json:"service_certificate"`
	RequestHash              hexBytes `json:"request_hash"`
	EphemeralPrivateKey      hexBytes `json:"ephemeral_private_key,omitempty"`
	Plaintext                hexBytes `json:"plaintext"`
	Context                  hexBytes `json:"context,omitempty"`
	Enc                      hexBytes `json:"enc"`
	Ciphertext               hexBytes `json:"ciphertext"`
	Signature                hexBytes `json:"signature"`
}

func (v *replyVector) judge(t *testing.T) error {
	t.Helper()
	service := ok1(parseCertificate(v.ServiceCertificate))(t)
	context := v.context(Reply, sha256.Sum256(v.ProcessCertificate), sha256.Sum256(v.ServiceCertificate)).Bytes()
	process := &Identity{Sealing: ok1(ecdh.X25519().NewPrivateKey(v.ProcessSealingPrivateKey))(t)}
	reply := &SealedReply{Version: FormatVersion, Crypto: v.Crypto, Enc: v.Enc, Ciphertext: v.Ciphertext, Signature: v.Signature}
	plaintext, err := process.openReply(service.PublicKey.(ed25519.PublicKey), reply, context, [32]byte(v.RequestHash))
	if err != nil {
		return err
	}
	if !bytes.Equal(plaintext, v.Plaintext) || !bytes.Equal(context, v.Context) {
		t.Errorf("plain text %q, context %x", plaintext, context)
	}
	return nil
}

func TestVectorsReply(t *testing.T) {
	golden(t, "reply.json", replyVectors(t))
	for _, v := range readVectors[replyVector](t, "reply.json") {
		t.Run(v.Name, func(t *testing.T) { v.Expect.compare(t, v.judge(t)) })
	}
}

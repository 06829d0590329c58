package attest

import (
	"bytes"
	"crypto/ecdh"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
)

// The extensions of certificates.md. 1.3.6.1.4.1.32473 is set aside for documentation by RFC 5612.
var (
	oidSealingKey = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 32473, 1, 1}
	oidBinding    = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 32473, 1, 2}
	oidEvidence   = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 32473, 1, 3}
	oidCrypto     = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 32473, 1, 4}
	oidVerify     = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 32473, 1, 5}
)

const (
	sealingKeySize = 32
	bindingSize    = 96
)

// x25519Prefix is the DER of SubjectPublicKeyInfo{algorithm id-X25519} up to the 32 bytes of the key (RFC 8410,
// section 4). There is one encoding only, so comparing bytes is a complete and strict parser.
var x25519Prefix = []byte{0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x6e, 0x03, 0x21, 0x00}

// Binding ties a certificate to what its process was started with: the CA's nonce, the root certificate and the run
// parameters, the last two as SHA-256.
type Binding struct {
	Nonce            [32]byte
	RootSHA256       [32]byte
	ParametersSHA256 [32]byte
}

func (b Binding) bytes() []byte {
	out := make([]byte, 0, bindingSize)
	out = append(out, b.Nonce[:]...)
	out = append(out, b.RootSHA256[:]...)
	return append(out, b.ParametersSHA256[:]...)
}

func parseBinding(value []byte) (Binding, error) {
	var b Binding
	content, err := octets(value)
	if err != nil {
		return b, err
	}
	if len(content) != bindingSize {
		return b, fmt.Errorf("binding has %d bytes, want %d", len(content), bindingSize)
	}
	copy(b.Nonce[:], content)
	copy(b.RootSHA256[:], content[32:])
	copy(b.ParametersSHA256[:], content[64:])
	return b, nil
}

func octets(value []byte) ([]byte, error) {
	var content []byte
	rest, err := asn1.Unmarshal(value, &content)
	if err != nil {
		return nil, fmt.Errorf("not an OCTET STRING: %w", err)
	}
	if len(rest) != 0 {
		return nil, fmt.Errorf("%d bytes follow the OCTET STRING", len(rest))
	}
	return content, nil
}

func sealingKeyExtension(key *ecdh.PublicKey) pkix.Extension {
	return pkix.Extension{Id: oidSealingKey, Value: append(bytes.Clone(x25519Prefix), key.Bytes()...)}
}

func octetsExtension(id asn1.ObjectIdentifier, content []byte) (pkix.Extension, error) {
	value, err := asn1.Marshal(content)
	if err != nil {
		return pkix.Extension{}, fmt.Errorf("encoding extension %s: %w", id, err)
	}
	return pkix.Extension{Id: id, Value: value}, nil
}

func textExtension(id asn1.ObjectIdentifier, text string) (pkix.Extension, error) {
	value, err := asn1.MarshalWithParams(text, "utf8")
	if err != nil {
		return pkix.Extension{}, fmt.Errorf("encoding extension %s: %w", id, err)
	}
	return pkix.Extension{Id: id, Value: value}, nil
}

// isText says whether an extension's value is this text and nothing else.
func isText(value []byte, want string) bool {
	var text string
	rest, err := asn1.UnmarshalWithParams(value, &text, "utf8")
	return err == nil && len(rest) == 0 && text == want
}

func parseSealingKey(value []byte) (*ecdh.PublicKey, error) {
	if len(value) != len(x25519Prefix)+sealingKeySize || !bytes.HasPrefix(value, x25519Prefix) {
		return nil, errors.New("sealing key is not the SubjectPublicKeyInfo of an X25519 key")
	}
	return ecdh.X25519().NewPublicKey(value[len(x25519Prefix):])
}

// extensionOf returns the value of a non-critical extension, nil when it is not there. A certificate with an
// extension twice does not parse, and one of ours marked critical is refused with the chain.
func extensionOf(extensions []pkix.Extension, id asn1.ObjectIdentifier) []byte {
	for i := range extensions {
		if extensions[i].Id.Equal(id) {
			return extensions[i].Value
		}
	}
	return nil
}

// SealingKeyOf returns the X25519 key of a process's or service's certificate. It refuses (sealing-key) a certificate
// without one.
func SealingKeyOf(certificate *x509.Certificate) (*ecdh.PublicKey, error) {
	value := extensionOf(certificate.Extensions, oidSealingKey)
	if value == nil {
		return nil, Refuse(CheckSealingKey, "the certificate has no sealing key")
	}
	key, err := parseSealingKey(value)
	if err != nil {
		return nil, Refuse(CheckSealingKey, "%v", err)
	}
	return key, nil
}

// BindingOf returns the binding of a process's certificate. It refuses (binding) a certificate without one.
func BindingOf(certificate *x509.Certificate) (Binding, error) {
	value := extensionOf(certificate.Extensions, oidBinding)
	if value == nil {
		return Binding{}, Refuse(CheckBinding, "the certificate has no binding")
	}
	binding, err := parseBinding(value)
	if err != nil {
		return Binding{}, Refuse(CheckBinding, "%v", err)
	}
	return binding, nil
}

// EvidenceOf returns the evidence inside a process's certificate, a COSE_Sign1. It refuses (evidence-missing) a
// certificate without it.
func EvidenceOf(certificate *x509.Certificate) ([]byte, error) {
	value := extensionOf(certificate.Extensions, oidEvidence)
	if value == nil {
		return nil, Refuse(CheckEvidenceMissing, "the certificate has no evidence")
	}
	evidence, err := octets(value)
	if err != nil {
		return nil, Refuse(CheckEvidenceMissing, "the certificate's evidence is malformed: %v", err)
	}
	return evidence, nil
}

// CryptoOf returns the crypto that a process's certificate allows: HPKE unless the extension says None. It refuses
// (crypto) any other value.
func CryptoOf(certificate *x509.Certificate) (Crypto, error) {
	value := extensionOf(certificate.Extensions, oidCrypto)
	if value == nil {
		return HPKE, nil
	}
	if !isText(value, string(None)) {
		return "", Refuse(CheckCrypto, "the certificate's crypto extension is not the text %q", None)
	}
	return None, nil
}

// VerifyOf returns how often a process's certificate lets services check it: Full unless the extension says Cached. It
// refuses (verify) any other value.
func VerifyOf(certificate *x509.Certificate) (Verification, error) {
	value := extensionOf(certificate.Extensions, oidVerify)
	if value == nil {
		return Full, nil
	}
	if !isText(value, string(Cached)) {
		return "", Refuse(CheckVerify, "the certificate's verify extension is not the text %q", Cached)
	}
	return Cached, nil
}

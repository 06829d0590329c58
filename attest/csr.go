package attest

import (
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
)

var (
	oidExtensionRequest = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 14}
	oidCommonName       = asn1.ObjectIdentifier{2, 5, 4, 3}
)

// CSR is what a process asks to have certified (PKCS #10, certificates.md). Its signature was checked.
type CSR struct {
	Program string
	Signing ed25519.PublicKey
	Sealing *ecdh.PublicKey
	Binding Binding
	SHA256  [32]byte // of the DER
}

// CreateCSR makes a CSR as the process does, for tests and vectors.
func CreateCSR(identity *Identity, program string, binding Binding) ([]byte, error) {
	extension, err := octetsExtension(oidBinding, binding.bytes())
	if err != nil {
		return nil, err
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{
		Subject:         pkix.Name{CommonName: program},
		ExtraExtensions: []pkix.Extension{sealingKeyExtension(identity.Sealing.PublicKey()), extension},
	}, identity.Signing)
	if err != nil {
		return nil, fmt.Errorf("creating a CSR: %w", err)
	}
	return der, nil
}

// ParseCSR reads a CSR strictly. It refuses (csr-signature) what is not signed by its own Ed25519 key, and
// (csr-binding) what asks for anything but a sealing key and a binding for a program.
func ParseCSR(der []byte) (*CSR, error) {
	request, err := x509.ParseCertificateRequest(der)
	if err != nil {
		return nil, Refuse(CheckCSRSignature, "the CSR does not parse: %v", err)
	}
	signing, ok := request.PublicKey.(ed25519.PublicKey)
	if !ok {
		return nil, Refuse(CheckCSRSignature, "the CSR's key is %s, want Ed25519", request.PublicKeyAlgorithm)
	}
	if err := request.CheckSignature(); err != nil {
		return nil, Refuse(CheckCSRSignature, "the CSR is not signed by its own key")
	}
	csr := &CSR{Signing: signing, SHA256: sha256.Sum256(der)}
	if err := csr.readExtensions(request); err != nil {
		return nil, Refuse(CheckCSRBinding, "%v", err)
	}
	if err := csr.readProgram(request.Subject); err != nil {
		return nil, Refuse(CheckCSRBinding, "%v", err)
	}
	return csr, nil
}

func (c *CSR) readExtensions(request *x509.CertificateRequest) error {
	if err := checkAttributes(request.RawTBSCertificateRequest); err != nil {
		return err
	}
	bound := false
	for _, extension := range request.Extensions {
		if extension.Critical {
			return fmt.Errorf("the CSR's extension %s is critical", extension.Id)
		}
		var err error
		switch {
		case extension.Id.Equal(oidSealingKey) && c.Sealing == nil:
			c.Sealing, err = parseSealingKey(extension.Value)
		case extension.Id.Equal(oidBinding) && !bound:
			bound = true
			c.Binding, err = parseBinding(extension.Value)
		default:
			err = fmt.Errorf("the CSR asks for extension %s, or for it twice", extension.Id)
		}
		if err != nil {
			return err
		}
	}
	if c.Sealing == nil || !bound {
		return errors.New("the CSR lacks the sealing key or the binding")
	}
	return nil
}

// checkAttributes looks at what crypto/x509 passes over: attributes other than extensionRequest.
func checkAttributes(tbs []byte) error {
	var info struct {
		Raw        asn1.RawContent
		Version    int
		Subject    asn1.RawValue
		PublicKey  asn1.RawValue
		Attributes []struct {
			ID     asn1.ObjectIdentifier
			Values asn1.RawValue
		} `asn1:"tag:0"`
	}
	rest, err := asn1.Unmarshal(tbs, &info)
	if err != nil || len(rest) != 0 {
		return errors.New("the CSR's attributes are malformed")
	}
	if len(info.Attributes) != 1 || !info.Attributes[0].ID.Equal(oidExtensionRequest) {
		return errors.New("the CSR has attributes other than one extensionRequest")
	}
	return nil
}

func (c *CSR) readProgram(subject pkix.Name) error {
	if len(subject.Names) != 1 || !subject.Names[0].Type.Equal(oidCommonName) || !ValidName(subject.CommonName) {
		return fmt.Errorf("the CSR's subject is %q, want CN=PROGRAM alone", subject)
	}
	c.Program = subject.CommonName
	return nil
}

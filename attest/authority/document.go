package authority

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"eaibench/attest"
)

// maxDocument is the longest file that is read as a document, in bytes.
const maxDocument = 4 << 20

// Document is one piece of attestation as it lies in a file: a certificate, a CSR or evidence. Exactly one of the three is set.
type Document struct {
	Certificate *x509.Certificate
	CSR         *attest.CSR
	Evidence    *attest.Evidence

	SignedEvidence []byte       // COSE_Sign1, of Evidence
	Attester       attest.KeyID // that SignedEvidence names; its signature is not checked yet
}

// ParseDocument finds out what data is: PEM or DER of a certificate or CSR, or evidence as COSE_Sign1.
func ParseDocument(data []byte) (*Document, error) {
	if len(data) > maxDocument {
		return nil, fmt.Errorf("it has %d bytes; certificates, CSRs and evidence have less than %d", len(data), maxDocument)
	}
	if bytes.Contains(data, []byte("-----BEGIN ")) {
		return parsePEM(data)
	}
	certificate, certificateErr := x509.ParseCertificate(data)
	if certificateErr == nil {
		return &Document{Certificate: certificate}, nil
	}
	if _, err := x509.ParseCertificateRequest(data); err == nil {
		return parseCSRDocument(data)
	}
	evidence, kid, evidenceErr := attest.ParseEvidence(data)
	if evidenceErr == nil {
		return &Document{Evidence: evidence, SignedEvidence: data, Attester: kid}, nil
	}
	return nil, errors.Join(errors.New("it is no certificate, CSR or evidence"), certificateErr, evidenceErr)
}

func parsePEM(data []byte) (*Document, error) {
	block, rest := pem.Decode(data)
	if block == nil {
		return nil, errors.New("it is no certificate, CSR or evidence: a PEM block begins somewhere in it, but none is whole and at the beginning of a line")
	}
	if next, _ := pem.Decode(rest); next != nil {
		return nil, fmt.Errorf("it holds several PEM blocks (%s, %s, …); one certificate or CSR is read", block.Type, next.Type)
	}
	switch block.Type {
	case "CERTIFICATE":
		certificate, err := attest.ParseCertificatePEM(data)
		return &Document{Certificate: certificate}, err
	case "CERTIFICATE REQUEST":
		return parseCSRDocument(block.Bytes)
	default:
		return nil, fmt.Errorf("a PEM block %s is neither certificate nor CSR", block.Type)
	}
}

func parseCSRDocument(der []byte) (*Document, error) {
	csr, err := attest.ParseCSR(der)
	return &Document{CSR: csr}, err
}

// Explain tells a person what the document says. It checks nothing but a CSR's own signature.
func (d *Document) Explain(w io.Writer, now time.Time) error {
	switch {
	case d.Certificate != nil:
		return attest.ExplainCertificate(w, d.Certificate, now)
	case d.Evidence != nil:
		return attest.ExplainEvidence(w, d.Evidence, d.Attester)
	default:
		return explainCSR(w, d.CSR)
	}
}

func explainCSR(w io.Writer, csr *attest.CSR) error {
	kid, err := attest.KeyIDOf(csr.Signing)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "CSR of an integration process, signed by its own key")
	for _, row := range [][2]string{
		{"program", csr.Program},
		{"signing key", "Ed25519, key ID " + kid.String()},
		{"sealing key", fmt.Sprintf("X25519, %x", csr.Sealing.Bytes())},
		{"nonce", attest.Digest(csr.Binding.Nonce).String()},
		{"root given", attest.Digest(csr.Binding.RootSHA256).String()},
		{"parameters given", attest.Digest(csr.Binding.ParametersSHA256).String()},
		{"SHA-256", attest.Digest(csr.SHA256).String()},
	} {
		fmt.Fprintf(table, "  %s\t%s\n", row[0], row[1])
	}
	return table.Flush()
}

// CertificateView is a certificate for scripts.
type CertificateView struct {
	Subject   string              `json:"subject"`
	Issuer    string              `json:"issuer"`
	URI       string              `json:"uri,omitempty"`
	Serial    string              `json:"serial"` // hexadecimal
	NotBefore time.Time           `json:"not_before"`
	NotAfter  time.Time           `json:"not_after"`
	SHA256    attest.Digest       `json:"sha256"` // of the DER
	CA        bool                `json:"ca"`
	Crypto    attest.Crypto       `json:"crypto,omitempty"` // of a process's
	Verify    attest.Verification `json:"verify,omitempty"` // of a process's
	Binding   *BindingView        `json:"binding,omitempty"`
	Evidence  *EvidenceView       `json:"evidence,omitempty"`
}

// BindingView is what a process was given at its start.
type BindingView struct {
	Nonce            attest.Digest `json:"nonce"`
	RootSHA256       attest.Digest `json:"root_sha256"`
	ParametersSHA256 attest.Digest `json:"parameters_sha256"`
}

// CSRView is a CSR for scripts.
type CSRView struct {
	Program    string        `json:"program"`
	SigningKey attest.Digest `json:"signing_key_id"` // SHA-256 of the SubjectPublicKeyInfo
	SealingKey []byte        `json:"sealing_key"`
	Binding    BindingView   `json:"binding"`
	SHA256     attest.Digest `json:"sha256"` // of the DER
}

// EvidenceView is evidence for scripts, with the names of docs/formats/evidence.md.
type EvidenceView struct {
	AttesterKey     attest.Digest     `json:"attester_key_id"`
	Nonce           attest.Digest     `json:"nonce"`
	IssuedAt        time.Time         `json:"issued_at"`
	Executable      FileView          `json:"executable"`
	Libraries       []FileView        `json:"libraries"`
	Environment     map[string]string `json:"environment"`
	Mode            string            `json:"mode"`
	Platform        string            `json:"platform"`
	ABI             string            `json:"abi"`
	CPUModel        string            `json:"cpu_model"`
	CPUCount        int               `json:"cpu_count"`
	MemoryMapSHA256 attest.Digest     `json:"memory_map_sha256"`
	OperatingSystem string            `json:"operating_system"`
	OpenSSL         string            `json:"openssl"`
	Compartment     CompartmentView   `json:"compartment"`
	CSRSHA256       attest.Digest     `json:"csr_sha256"`
	Claimed         ClaimedFacts      `json:"claimed"`
	Privilege       string            `json:"attester_privilege"`
	AttesterUID     int               `json:"attester_uid"`
	ProcessUID      int               `json:"process_uid"`
	Tracer          int               `json:"tracer"`
	Anonymous       int               `json:"anonymous_executable"`
}

// FileView is a measured file.
type FileView struct {
	Path   string        `json:"path"`
	SHA256 attest.Digest `json:"sha256"`
}

// CompartmentView is the proof of a compartment; empty where the mode claims none.
type CompartmentView struct {
	Kind         string   `json:"kind,omitempty"`
	Namespaces   []string `json:"namespaces,omitempty"`
	Seccomp      int      `json:"seccomp,omitempty"`
	NoNewPrivs   bool     `json:"no_new_privs,omitempty"`
	Capabilities *uint64  `json:"capabilities,omitempty"`
	// Of library compartments (c18n) alone.
	Compartments        *int64   `json:"compartments,omitempty"`
	Names               []string `json:"names,omitempty"`
	WritableTrampolines int      `json:"writable_trampolines,omitempty"`
}

// View is the document for scripts: a CertificateView, CSRView or EvidenceView under its kind's name.
func (d *Document) View() (map[string]any, error) {
	switch {
	case d.Certificate != nil:
		view, err := viewCertificate(d.Certificate)
		return map[string]any{"certificate": view}, err
	case d.Evidence != nil:
		return map[string]any{"evidence": viewEvidence(d.Evidence, d.Attester)}, nil
	default:
		kid, err := attest.KeyIDOf(d.CSR.Signing)
		return map[string]any{"csr": CSRView{
			Program: d.CSR.Program, SigningKey: attest.Digest(kid), SealingKey: d.CSR.Sealing.Bytes(),
			Binding: viewBinding(d.CSR.Binding), SHA256: d.CSR.SHA256,
		}}, err
	}
}

func viewCertificate(c *x509.Certificate) (*CertificateView, error) {
	view := &CertificateView{
		Subject: c.Subject.String(), Issuer: c.Issuer.String(), Serial: c.SerialNumber.Text(16),
		NotBefore: c.NotBefore, NotAfter: c.NotAfter, SHA256: sha256.Sum256(c.Raw), CA: c.IsCA,
	}
	subject, err := attest.SubjectOf(c)
	if err != nil {
		return view, nil // no role in eaibench, as a root
	}
	view.URI = subject.String()
	if subject.Kind != attest.KindProcess {
		return view, nil
	}
	if view.Crypto, err = attest.CryptoOf(c); err != nil {
		return nil, err
	}
	if view.Verify, err = attest.VerifyOf(c); err != nil {
		return nil, err
	}
	binding, err := attest.BindingOf(c)
	if err != nil {
		return nil, err
	}
	bound := viewBinding(binding)
	view.Binding = &bound
	signed, err := attest.EvidenceOf(c)
	if err != nil {
		return nil, err
	}
	evidence, kid, err := attest.ParseEvidence(signed)
	if err != nil {
		return nil, err
	}
	view.Evidence = viewEvidence(evidence, kid)
	return view, nil
}

func viewBinding(b attest.Binding) BindingView {
	return BindingView{b.Nonce, b.RootSHA256, b.ParametersSHA256}
}

func viewEvidence(e *attest.Evidence, kid attest.KeyID) *EvidenceView {
	view := &EvidenceView{
		AttesterKey: attest.Digest(kid), Nonce: e.Nonce, IssuedAt: e.Time(),
		Executable: FileView{e.Executable.Path, e.Executable.SHA256}, Libraries: []FileView{}, Environment: e.Environment,
		Mode: e.Mode, Platform: e.Platform, ABI: e.ABI, CPUModel: e.CPU.Model, CPUCount: e.CPU.Count,
		MemoryMapSHA256: e.MemoryMapSHA256, OperatingSystem: e.OperatingSystem, OpenSSL: e.OpenSSL,
		Compartment: CompartmentView(e.Compartment), CSRSHA256: e.CSRSHA256,
		Claimed:   ClaimedFacts{e.Claimed.Program, e.Claimed.Run, e.Claimed.SourceSHA256, e.Claimed.CompileCommand},
		Privilege: e.Attester.Privilege, AttesterUID: e.Attester.UID,
		ProcessUID: e.Process.UID, Tracer: e.Process.Tracer, Anonymous: e.Process.AnonymousExecutable,
	}
	for _, library := range e.Libraries {
		view.Libraries = append(view.Libraries, FileView{library.Path, library.SHA256})
	}
	return view
}

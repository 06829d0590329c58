package attest

import (
	"crypto/ed25519"
	"fmt"
	"slices"
	"time"

	"github.com/veraison/go-cose"
)

// PolicyVersion is the version of policies that this package reads.
const PolicyVersion = 1

// PolicyDocument is a policy as its file has it (policy.md).
type PolicyDocument struct {
	Version     int                 `yaml:"version"`
	Attesters   []PolicyAttester    `yaml:"attesters"`
	Modes       []string            `yaml:"modes"`
	References  []Reference         `yaml:"references"`
	Environment map[string][]string `yaml:"environment"` // name to allowed values; none: any value
	Parameters  ParameterLimits     `yaml:"parameters"`
	Compartment CompartmentLimits   `yaml:"compartment,omitempty"`
	Evidence    EvidenceLimits      `yaml:"evidence"`
	Certificate CertificateLimits   `yaml:"certificate"`
}

// PolicyAttester is an attester whose evidence is accepted.
type PolicyAttester struct {
	Name      string   `yaml:"name"`
	Privilege []string `yaml:"privilege"`  // SeparateUser, SameUser, SecondHand
	PublicKey string   `yaml:"public_key"` // PEM
}

// Reference is what a program, built independently, measures as: the values that evidence is compared with.
type Reference struct {
	Program          string            `yaml:"program" json:"program"`
	Platform         string            `yaml:"platform" json:"platform"`
	Mode             string            `yaml:"mode" json:"mode"`
	SourceSHA256     Digest            `yaml:"source_sha256" json:"source_sha256"`
	ExecutableSHA256 Digest            `yaml:"executable_sha256" json:"executable_sha256"`
	Libraries        map[string]Digest `yaml:"libraries" json:"libraries"` // path to SHA-256: every file that may be mapped executable
}

// ParameterLimits is what run parameters may say.
type ParameterLimits struct {
	Crypto     []string `yaml:"crypto"`
	Path       []string `yaml:"path"`
	Verify     []string `yaml:"verify,omitempty"` // missing: Full alone
	Requests   Limit    `yaml:"requests"`
	IntervalMS Limit    `yaml:"interval_ms"` // milliseconds
}

// The networks that a compartment may have.
const (
	NetworkOwn    = "own"    // a network namespace of its own, from which nothing outside is reached
	NetworkShared = "shared" // the host's
)

// CompartmentLimits is what a mode that claims a compartment may lack. Missing: nothing.
type CompartmentLimits struct {
	Network     string `yaml:"network,omitempty"`     // NetworkOwn, the default, or NetworkShared, which the path direct needs
	C18N        string `yaml:"c18n,omitempty"`        // C18NCounted, the default, or C18NLinker
	Trampolines string `yaml:"trampolines,omitempty"` // TrampolinesSealed, the default, or TrampolinesWritable
}

// What a system must show of library compartments (c18n).
const (
	C18NCounted = "counted" // how many there are, as CheriBSD does from 24.05 on
	C18NLinker  = "linker"  // or only that the process runs with the linker that makes them, as before
)

// Where trampolines between library compartments may be.
const (
	TrampolinesSealed   = "sealed"   // in memory that cannot be written and executed at once
	TrampolinesWritable = "writable" // also where both can be done, as CheriBSD 22.12 keeps them: injected code would not be told from them
)

// Limit is an upper bound, itself allowed.
type Limit struct {
	Max int64 `yaml:"max"`
}

// EvidenceLimits bounds the age of evidence at certification.
type EvidenceLimits struct {
	MaxAge time.Duration `yaml:"max_age"`
}

// CertificateLimits sets how long a process's certificate is valid: 1 minute to 24 hours.
type CertificateLimits struct {
	Lifetime time.Duration `yaml:"lifetime"`
}

// Policy is a PolicyDocument that was checked, with what appraisal looks up prepared. It is never changed and safe
// for concurrent use.
type Policy struct {
	document   PolicyDocument
	attesters  map[KeyID]*acceptedAttester
	programs   map[string]bool
	references map[referenceKey][]*Reference
}

type acceptedAttester struct {
	name      string
	privilege []string
	key       ed25519.PublicKey
	verifier  cose.Verifier
}

type referenceKey struct{ program, platform, mode string }

// Document returns the policy as it was read. It must not be changed.
func (p *Policy) Document() *PolicyDocument { return &p.document }

// Lifetime is how long a process's certificate is valid.
func (p *Policy) Lifetime() time.Duration { return p.document.Certificate.Lifetime }

func (p *Policy) allowsCrypto(crypto Crypto) bool {
	return slices.Contains(p.document.Parameters.Crypto, string(crypto))
}

func (p *Policy) allowsVerify(verify Verification) bool {
	allowed := p.document.Parameters.Verify
	return slices.Contains(allowed, string(verify)) || len(allowed) == 0 && verify == Full
}

func (p *Policy) allowsSharedNetwork() bool {
	return p.document.Compartment.Network == NetworkShared
}

// NewPolicy checks a policy document and prepares it; the document is not to be changed afterwards. All faults are reported at once, each with its place.
func NewPolicy(document PolicyDocument) (*Policy, error) {
	var faults policyFaults
	document.CheckYAML(faults.add)
	if err := faults.err(); err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	return prepare(document)
}

// prepare indexes a document that was checked.
func prepare(document PolicyDocument) (*Policy, error) {
	p := &Policy{
		document:   document,
		attesters:  make(map[KeyID]*acceptedAttester),
		programs:   make(map[string]bool),
		references: make(map[referenceKey][]*Reference),
	}
	for _, a := range document.Attesters {
		if err := p.addAttester(a); err != nil {
			return nil, fmt.Errorf("policy: attester %s: %w", a.Name, err)
		}
	}
	for i := range document.References {
		p.addReference(&document.References[i])
	}
	return p, nil
}

func (p *Policy) addAttester(a PolicyAttester) error {
	key, err := ParsePublicKeyPEM([]byte(a.PublicKey))
	if err != nil {
		return err
	}
	kid, err := KeyIDOf(key)
	if err != nil {
		return err
	}
	verifier, err := cose.NewVerifier(cose.AlgorithmEdDSA, key)
	if err != nil {
		return err
	}
	p.attesters[kid] = &acceptedAttester{name: a.Name, privilege: a.Privilege, key: key, verifier: verifier}
	return nil
}

func (p *Policy) addReference(r *Reference) {
	key := referenceKey{r.Program, r.Platform, r.Mode}
	p.references[key] = append(p.references[key], r)
	p.programs[r.Program] = true
}

package attest

import (
	"crypto/ed25519"
	"slices"
	"strings"
	"time"
)

// EvidenceProfile is the eat_profile of version 1 (evidence.md).
const EvidenceProfile = "tag:eaibench.example,2026:evidence/1"

// What the attester may be in relation to the process: a user of its own, with the right to read processes, that measured
// a process which only root can have started; or not so, and then the launcher could forge what is measured; or on another
// host, where it believes what the process's host says of it.
const (
	SeparateUser = "separate-user"
	SameUser     = "same-user"
	SecondHand   = "second-hand"
)

// privileges are all of them.
var privileges = [...]string{SeparateUser, SameUser, SecondHand}

// Evidence is what the attester saw of a live process: the claims of an Entity Attestation Token (RFC 9711), with the
// keys and meanings of evidence.md. What is under Claimed was said by the launcher and not measured.
type Evidence struct {
	Nonce           [32]byte          `cbor:"10,keyasint"`
	IssuedAt        int64             `cbor:"6,keyasint"` // seconds since 1970, UTC
	Profile         string            `cbor:"265,keyasint"`
	Confirmation    Confirmation      `cbor:"8,keyasint"`
	Executable      File              `cbor:"-80001,keyasint"`
	Libraries       []File            `cbor:"-80002,keyasint"` // sorted by path
	Environment     map[string]string `cbor:"-80003,keyasint"`
	Mode            string            `cbor:"-80004,keyasint"`
	Platform        string            `cbor:"-80005,keyasint"`
	ABI             string            `cbor:"-80006,keyasint"`
	CPU             CPU               `cbor:"-80007,keyasint"`
	MemoryMapSHA256 [32]byte          `cbor:"-80008,keyasint"`
	OperatingSystem string            `cbor:"-80009,keyasint"`
	OpenSSL         string            `cbor:"-80010,keyasint"`
	Compartment     Compartment       `cbor:"-80011,keyasint"`
	CSRSHA256       [32]byte          `cbor:"-80012,keyasint"`
	Claimed         Claimed           `cbor:"-80013,keyasint"`
	Attester        AttesterFacts     `cbor:"-80014,keyasint"`
	Process         ProcessFacts      `cbor:"-80015,keyasint"`
}

// Confirmation is the claim cnf (RFC 8747): the key that the process proved to hold.
type Confirmation struct {
	Key COSEKey `cbor:"1,keyasint"`
}

// COSEKey is an Ed25519 public key as COSE_Key (RFC 9053, section 7.2): kty OKP, crv Ed25519, x.
type COSEKey struct {
	Type  int      `cbor:"1,keyasint"`
	Curve int      `cbor:"-1,keyasint"`
	X     [32]byte `cbor:"-2,keyasint"`
}

const (
	coseKeyTypeOKP   = 1
	coseCurveEd25519 = 6
)

// ConfirmationOf is the claim for key.
func ConfirmationOf(key ed25519.PublicKey) Confirmation {
	c := Confirmation{Key: COSEKey{Type: coseKeyTypeOKP, Curve: coseCurveEd25519}}
	copy(c.Key.X[:], key)
	return c
}

// File is a file that is mapped executable, hashed by content.
type File struct {
	Path   string   `cbor:"path"`
	SHA256 [32]byte `cbor:"sha256"`
}

// CPU is the processor's model and the count of CPUs the system has.
type CPU struct {
	Model string `cbor:"model"`
	Count int    `cbor:"count"`
}

// Compartment is the proof that the process is confined. It is the zero value, encoded as the empty map, where the mode
// claims no compartment.
type Compartment struct {
	Kind         string   `cbor:"kind,omitempty"`
	Namespaces   []string `cbor:"namespaces,omitempty"` // those that differ from the attester's, as in /proc/PID/ns, sorted
	Seccomp      int      `cbor:"seccomp,omitempty"`    // 2: a filter is in force
	NoNewPrivs   bool     `cbor:"no_new_privs,omitempty"`
	Capabilities *uint64  `cbor:"capabilities,omitempty"` // effective and permitted, one bit each; nil: not measured
	// Of library compartments (c18n) alone.
	Compartments        *int64   `cbor:"compartments,omitempty"`         // how many; nil: the system shows that there are some, and does not count
	Names               []string `cbor:"names,omitempty"`                // of the compartments, sorted; nil: the system does not list them
	WritableTrampolines int      `cbor:"writable_trampolines,omitempty"` // of anonymous_executable, those like the trampolines of a linker that does not count
}

// Claimed is what the launcher said about the process.
type Claimed struct {
	Program        string   `cbor:"program"`
	Run            string   `cbor:"run"`
	SourceSHA256   [32]byte `cbor:"source_sha256"`
	CompileCommand string   `cbor:"compile_command"`
}

// AttesterFacts says with which right the attester measured.
type AttesterFacts struct {
	Privilege string `cbor:"privilege"` // SeparateUser, SameUser or SecondHand
	UID       int    `cbor:"uid"`       // of SecondHand, that of the user on the process's host whose commands were believed
}

// ProcessFacts is the state of the process when it was measured.
type ProcessFacts struct {
	UID                 int `cbor:"uid"`
	Tracer              int `cbor:"tracer"`               // PID; 0: none
	AnonymousExecutable int `cbor:"anonymous_executable"` // executable mappings without a file, the kernel's own excepted
}

// Time is when the evidence was made.
func (e *Evidence) Time() time.Time { return time.Unix(e.IssuedAt, 0).UTC() }

// SigningKey is the process's key that the evidence confirms.
func (e *Evidence) SigningKey() ed25519.PublicKey { return e.Confirmation.Key.X[:] }

// check refuses what the encoding cannot express but version 1 demands. It returns the fault as text, "" for none.
func (e *Evidence) check() string {
	byPath := func(a, b File) int { return strings.Compare(a.Path, b.Path) }
	switch {
	case e.Profile != EvidenceProfile:
		return "profile is not " + EvidenceProfile
	case e.Confirmation.Key.Type != coseKeyTypeOKP || e.Confirmation.Key.Curve != coseCurveEd25519:
		return "the confirmed key is not Ed25519"
	case !slices.IsSortedFunc(e.Libraries, byPath):
		return "libraries are not sorted by path"
	case !slices.IsSorted(e.Compartment.Namespaces):
		return "namespaces are not sorted"
	case !slices.IsSorted(e.Compartment.Names):
		return "names of compartments are not sorted"
	case e.Compartment.Compartments != nil && *e.Compartment.Compartments < 0, e.Compartment.WritableTrampolines < 0:
		return "there cannot be fewer than no compartments, or trampolines"
	case !slices.Contains(privileges[:], e.Attester.Privilege):
		return "privilege is none of " + strings.Join(privileges[:], ", ")
	default:
		return ""
	}
}

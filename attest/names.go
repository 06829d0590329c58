package attest

import (
	"encoding/hex"
	"fmt"
)

// Operation is what a request asks of a service.
type Operation string

// The operations of sealing.md.
const (
	Read  Operation = "read"
	Write Operation = "write"
)

// Direction is the way a sealed payload travels.
type Direction string

// The directions of sealing.md: Request from process to service, Reply from service to process.
const (
	Request Direction = "request"
	Reply   Direction = "reply"
)

// Crypto says how payloads are sealed. Signatures are made and checked either way.
type Crypto string

// The values of sealing.md. None seals nothing: it exists to measure what sealing costs, and must be allowed by the
// service, the policy and the certificate.
const (
	HPKE Crypto = "hpke"
	None Crypto = "none"
)

// Verification says how often a service makes its checks of a process's certificate.
type Verification string

// The values of certificates.md. Cached keeps a result for the certificate's life: it exists to measure what the checks
// cost, and must be allowed by the service, the policy and the certificate.
const (
	Full   Verification = "full" // on each request
	Cached Verification = "cached"
)

const nameLimit = 63

// ValidName reports whether s is a name as the formats have it: [a-z0-9][a-z0-9-]{0,62}.
func ValidName(s string) bool {
	if s == "" || len(s) > nameLimit || s[0] == '-' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

// Digest is a SHA-256. As text it is 64 lower-case hexadecimal digits, and nothing else is read.
type Digest [32]byte

func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// MarshalText gives the 64 digits.
func (d Digest) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, d[:]), nil }

// UnmarshalText reads exactly 64 lower-case hexadecimal digits.
func (d *Digest) UnmarshalText(text []byte) error {
	if len(text) != hex.EncodedLen(len(d)) {
		return fmt.Errorf("SHA-256 has %d characters, want 64 hexadecimal digits", len(text))
	}
	for _, c := range text {
		if c >= 'A' && c <= 'F' {
			return fmt.Errorf("SHA-256 %q has upper-case digits, want lower case", text)
		}
	}
	if _, err := hex.Decode(d[:], text); err != nil {
		return fmt.Errorf("SHA-256 %q is not hexadecimal", text)
	}
	return nil
}

// ParseDigest reads a SHA-256 from 64 lower-case hexadecimal digits.
func ParseDigest(s string) (Digest, error) {
	var d Digest
	err := d.UnmarshalText([]byte(s))
	return d, err
}

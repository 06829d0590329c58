package attest

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"
	"github.com/veraison/go-cose"
)

// KeyID names an attester's key: the SHA-256 of its SubjectPublicKeyInfo, DER. It is the kid of the evidence.
type KeyID [32]byte

func (k KeyID) String() string { return Digest(k).String() }

// KeyIDOf computes the KeyID of an Ed25519 public key.
func KeyIDOf(key ed25519.PublicKey) (KeyID, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return KeyID{}, fmt.Errorf("encoding a public key: %w", err)
	}
	return sha256.Sum256(der), nil
}

// protectedPrefix is the protected header up to the kid: a map of alg (1) = EdDSA (-8) and kid (4) = 32 bytes. With
// core deterministic encoding there is no other way to write it, so comparing bytes is a complete parser.
var protectedPrefix = []byte{0xa2, 0x01, 0x27, 0x04, 0x58, 0x20}

// The modes of CBOR are built once; they are safe for concurrent use and never changed.
var (
	evidenceEncoding = must(cbor.CoreDetEncOptions().EncMode())
	evidenceDecoding = must(cbor.DecOptions{
		DupMapKey:          cbor.DupMapKeyEnforcedAPF,
		IndefLength:        cbor.IndefLengthForbidden,
		TagsMd:             cbor.TagsForbidden,
		ExtraReturnErrors:  cbor.ExtraDecErrorUnknownField,
		UTF8:               cbor.UTF8RejectInvalid,
		ByteStringToString: cbor.ByteStringToStringForbidden,
		NaN:                cbor.NaNDecodeForbidden,
		Inf:                cbor.InfDecodeForbidden,
		MaxArrayElements:   4096,
		MaxMapPairs:        4096,
		MaxNestedLevels:    8,
	}.DecMode())
)

// must is for values built from constants when the package starts.
func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// SignEvidence encodes evidence and signs it as COSE_Sign1 with the attester's key.
func SignEvidence(evidence *Evidence, key ed25519.PrivateKey) ([]byte, error) {
	if fault := evidence.check(); fault != "" {
		return nil, fmt.Errorf("signing evidence: %s", fault)
	}
	kid, err := KeyIDOf(key.Public().(ed25519.PublicKey))
	if err != nil {
		return nil, fmt.Errorf("signing evidence: %w", err)
	}
	payload, err := encodeEvidence(evidence)
	if err != nil {
		return nil, fmt.Errorf("signing evidence: %w", err)
	}
	signer, err := cose.NewSigner(cose.AlgorithmEdDSA, key)
	if err != nil {
		return nil, fmt.Errorf("signing evidence: %w", err)
	}
	headers := cose.Headers{Protected: cose.ProtectedHeader{
		cose.HeaderLabelAlgorithm: cose.AlgorithmEdDSA,
		cose.HeaderLabelKeyID:     kid[:],
	}}
	signed, err := cose.Sign1(rand.Reader, signer, headers, payload, nil)
	if err != nil {
		return nil, fmt.Errorf("signing evidence: %w", err)
	}
	return signed, nil
}

// encodeEvidence writes absent collections as empty ones: a claim is always there.
func encodeEvidence(evidence *Evidence) ([]byte, error) {
	e := *evidence
	if e.Libraries == nil {
		e.Libraries = []File{}
	}
	if e.Environment == nil {
		e.Environment = map[string]string{}
	}
	return evidenceEncoding.Marshal(&e)
}

// message is a COSE_Sign1 whose form was checked, and its signature not yet.
type message struct {
	kid      KeyID
	evidence *Evidence
	sign1    cose.Sign1Message
}

// ParseEvidence reads evidence strictly, without looking at its signature: for showing it, and for nothing that decides.
func ParseEvidence(signed []byte) (*Evidence, KeyID, error) {
	m, err := parseMessage(signed)
	if err != nil {
		return nil, KeyID{}, err
	}
	return m.evidence, m.kid, nil
}

func parseMessage(signed []byte) (*message, error) {
	m := new(message)
	if err := m.sign1.UnmarshalCBOR(signed); err != nil {
		return nil, fmt.Errorf("evidence is not a COSE_Sign1: %w", err)
	}
	var err error
	if m.kid, err = parseProtected(m.sign1.Headers.RawProtected); err != nil {
		return nil, err
	}
	if len(m.sign1.Headers.Unprotected) != 0 {
		return nil, errors.New("evidence has unprotected headers")
	}
	// One encoding only: what the decoder understood must be, byte for byte, what was sent. This catches longer forms
	// of lengths and integers, maps out of order and claims left out, which decoding alone forgives.
	again, err := m.sign1.MarshalCBOR()
	if err != nil || !bytes.Equal(again, signed) {
		return nil, errors.New("evidence is not a COSE_Sign1 in deterministic encoding")
	}
	if m.evidence, err = decodeEvidence(m.sign1.Payload); err != nil {
		return nil, err
	}
	return m, nil
}

func parseProtected(raw []byte) (KeyID, error) {
	var kid KeyID
	var protected []byte
	if err := evidenceDecoding.Unmarshal(raw, &protected); err != nil {
		return kid, fmt.Errorf("evidence's protected header: %w", err)
	}
	if len(protected) != len(protectedPrefix)+len(kid) || !bytes.HasPrefix(protected, protectedPrefix) {
		return kid, errors.New("evidence's protected header is not alg EdDSA and a kid of 32 bytes")
	}
	copy(kid[:], protected[len(protectedPrefix):])
	return kid, nil
}

func decodeEvidence(payload []byte) (*Evidence, error) {
	e := new(Evidence)
	if err := evidenceDecoding.Unmarshal(payload, e); err != nil {
		return nil, fmt.Errorf("evidence's claims: %w", err)
	}
	again, err := encodeEvidence(e)
	if err != nil || !bytes.Equal(again, payload) {
		return nil, errors.New("evidence's claims are incomplete or not in deterministic encoding")
	}
	if fault := e.check(); fault != "" {
		return nil, fmt.Errorf("evidence's claims: %s", fault)
	}
	return e, nil
}

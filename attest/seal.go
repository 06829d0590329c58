package attest

import (
	"crypto/ecdh"
	"crypto/hpke"
	"errors"
	"fmt"
)

// encapsulatedKeySize is the length of enc for DHKEM(X25519, HKDF-SHA256), RFC 9180 section 7.1.
const encapsulatedKeySize = 32

// seal encrypts plaintext for key in HPKE base mode under context. With crypto none it passes the plain text through.
func seal(crypto Crypto, key *ecdh.PublicKey, context, plaintext []byte) (enc, ciphertext []byte, err error) {
	if crypto == None {
		return []byte{}, plaintext, nil // not nil: as JSON it must be empty text
	}
	if key == nil {
		return nil, nil, errors.New("the recipient has no sealing key")
	}
	recipient, err := hpke.NewDHKEMPublicKey(key)
	if err != nil {
		return nil, nil, fmt.Errorf("recipient's sealing key: %w", err)
	}
	enc, sender, err := hpke.NewSender(recipient, hpke.HKDFSHA256(), hpke.AES256GCM(), context)
	if err != nil {
		return nil, nil, fmt.Errorf("encapsulating a key: %w", err)
	}
	ciphertext, err = sender.Seal(nil, plaintext)
	if err != nil {
		return nil, nil, fmt.Errorf("sealing: %w", err)
	}
	return enc, ciphertext, nil
}

// open is the reverse of seal. Its refusals name the check sealed and no more: why a payload does not open is of use
// to an attacker only.
func open(crypto Crypto, key *ecdh.PrivateKey, context, enc, ciphertext []byte) ([]byte, error) {
	if crypto == None {
		return ciphertext, nil
	}
	if key == nil {
		return nil, errors.New("this identity has no sealing key")
	}
	own, err := hpke.NewDHKEMPrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("own sealing key: %w", err)
	}
	recipient, err := hpke.NewRecipient(enc, own, hpke.HKDFSHA256(), hpke.AES256GCM(), context)
	if err != nil {
		return nil, Refuse(CheckSealed, "the encapsulated key is not usable")
	}
	plaintext, err := recipient.Open(nil, ciphertext)
	if err != nil {
		return nil, Refuse(CheckSealed, "the payload does not open under this context")
	}
	return plaintext, nil
}

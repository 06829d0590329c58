package launcher

import (
	"crypto/ecdh"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"eaibench/attest"
)

const (
	certificateFile = "certificate.pem" // for people
	derFile         = "certificate.der" // the same as it goes with each request
	publicKeyFile   = "public_key.pem"  // the process's sealing key, SubjectPublicKeyInfo (RFC 8410)
	pemPublicKey    = "PUBLIC KEY"
)

func (s *Store) certificateFolder(program, run string) string {
	return filepath.Join(s.folder, certificatesFolder, program+"_"+run)
}

// saveCertificate keeps the public parts of a run: its process certificate and sealing key. The
// private parts never leave the process.
func (s *Store) saveCertificate(program, run string, certificate *x509.Certificate) error {
	sealing, err := attest.SealingKeyOf(certificate)
	if err != nil {
		return fmt.Errorf("storing the process certificate: %w", err)
	}
	spki, err := x509.MarshalPKIXPublicKey(sealing)
	if err != nil {
		return fmt.Errorf("storing the process's sealing key: %w", err)
	}
	folder := s.certificateFolder(program, run)
	err = os.MkdirAll(folder, 0o700)
	if err == nil {
		err = writeAtomically(filepath.Join(folder, publicKeyFile), pem.EncodeToMemory(&pem.Block{Type: pemPublicKey, Bytes: spki}), 0o600)
	}
	if err == nil {
		err = writeAtomically(filepath.Join(folder, certificateFile), attest.CertificatePEM(certificate), 0o600)
	}
	if err == nil {
		err = writeAtomically(filepath.Join(folder, derFile), certificate.Raw, 0o600)
	}
	if err != nil {
		return fmt.Errorf("storing the process certificate: %w", err)
	}
	return nil
}

// certificate gives a run's process certificate, DER: what it says is for its reader to verify.
func (s *Store) certificate(program, run string) ([]byte, error) {
	der, err := os.ReadFile(filepath.Join(s.certificateFolder(program, run), derFile))
	if err != nil {
		return nil, fmt.Errorf("reading what is stored of a run: %w", err)
	}
	return der, nil
}

// sealingKey gives the 32 bytes of a run's public sealing key.
func (s *Store) sealingKey(program, run string) ([]byte, error) {
	path := filepath.Join(s.certificateFolder(program, run), publicKeyFile)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading what is stored of a run: %w", err)
	}
	block, _ := pem.Decode(text)
	if block == nil || block.Type != pemPublicKey {
		return nil, fmt.Errorf("reading %s: there is no PEM block %s", path, pemPublicKey)
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	key, ok := parsed.(*ecdh.PublicKey)
	if !ok {
		return nil, fmt.Errorf("reading %s: it is a %T, not an X25519 key", path, parsed)
	}
	return key.Bytes(), nil
}

// certificatePaths lists a program's certificates, one a run.
func (s *Store) certificatePaths(program string) ([]string, error) {
	folders, err := s.certificateFolders(program)
	paths := []string{}
	for _, folder := range folders {
		path := filepath.Join(folder, certificateFile)
		if _, err := os.Stat(path); err == nil {
			paths = append(paths, path)
		}
	}
	return paths, err
}

// saveEvidence keeps the newest evidence of an executable, and beside it the text of the memory map
// whose hash it has.
func (s *Store) saveEvidence(executableSHA256 string, evidence []byte, memoryMap string) error {
	path := filepath.Join(s.folder, signaturesFolder, executableSHA256)
	if err := errors.Join(
		writeAtomically(path+".maps.txt", []byte(memoryMap), 0o600),
		writeAtomically(path+".cose", evidence, 0o600),
	); err != nil {
		return fmt.Errorf("storing evidence: %w", err)
	}
	return nil
}

package authority

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"eaibench/attest"
)

// The files of the root CA's data folder, and those that every server's folder has.
const (
	RootFile           = "root.pem" // the root certificate, for everyone
	RootKeyFile        = "root.key" // its key, 0600
	CertificateFile    = "cert.pem" // the certificate of a server or service
	PrivateKeyFile     = "priv.pem" // its keys, 0600
	TokenFile          = "token"    // bearer token of the attester, 0600
	EvidenceKeyFile    = "attester.key"
	EvidencePublicFile = "attester.pub"
)

// CASettings say how a root CA's data folder is filled.
type CASettings struct {
	Name      string           // of the root CA and of its server's certificate, eai:ca/NAME
	Hosts     []string         // DNS names and IP addresses under which the server is reached
	Overwrite bool             // replace keys that are there: every certificate they signed becomes worthless
	Now       func() time.Time // nil: time.Now
}

// CreateCA makes a new root CA in folder, with a certificate for its server.
func CreateCA(folder string, s CASettings) error {
	authority, err := attest.CreateAuthority(s.Name, s.now(), attest.RootLifetime)
	if err != nil {
		return err
	}
	return s.fill(folder, authority)
}

// ImportCA puts an existing root CA, certificate and PKCS #8 key, into folder, with a certificate for its server.
func ImportCA(folder, certificateFile, keyFile string, s CASettings) error {
	authority, err := attest.LoadAuthority(certificateFile, keyFile)
	if err != nil {
		return err
	}
	return s.fill(folder, authority)
}

func (s CASettings) now() time.Time {
	if s.Now == nil {
		return time.Now()
	}
	return s.Now()
}

func (s CASettings) fill(folder string, authority *attest.Authority) error {
	// Issued before anything is written or replaced: a wrong name or host leaves the folder as it is.
	server, err := issue(authority, attest.KindCA, s.Name, s.Hosts, s.now())
	if err != nil {
		return err
	}
	if err := makeRoom(folder, s.Overwrite, RootKeyFile, RootFile, PrivateKeyFile, CertificateFile); err != nil {
		return err
	}
	if err := authority.Save(filepath.Join(folder, RootFile), filepath.Join(folder, RootKeyFile)); err != nil {
		return err
	}
	return server.Save(filepath.Join(folder, CertificateFile), filepath.Join(folder, PrivateKeyFile))
}

// makeRoom creates folder and sees to it that none of files is in it.
func makeRoom(folder string, overwrite bool, files ...string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("create the data folder: %w", err)
	}
	var there []string
	for _, file := range files {
		path := filepath.Join(folder, file)
		_, err := os.Lstat(path)
		if err == nil && overwrite {
			err = os.Remove(path)
		} else if err == nil {
			there = append(there, path)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("make room for new keys: %w", err)
		}
	}
	if len(there) > 0 {
		return fmt.Errorf("%s: already there; --force replaces them", strings.Join(there, ", "))
	}
	return nil
}

// Issuing is one certificate that the operator wants from the root CA.
type Issuing struct {
	Kind      attest.Kind // service, launcher, attester or ca; processes are certified by the server alone
	Name      string      // the service's ID, or the server's name
	Hosts     []string    // DNS names and IP addresses under which it is reached
	Overwrite bool
	Now       func() time.Time // nil: time.Now
}

// Issue makes keys and has the root CA in caFolder certify them; cert.pem and priv.pem (0600) go to outFolder.
func Issue(caFolder, outFolder string, i Issuing) (*attest.Identity, error) {
	authority, err := loadAuthority(caFolder)
	if err != nil {
		return nil, err
	}
	now := time.Now
	if i.Now != nil {
		now = i.Now
	}
	identity, err := issue(authority, i.Kind, i.Name, i.Hosts, now())
	if err != nil {
		return nil, err
	}
	if err := makeRoom(outFolder, i.Overwrite, PrivateKeyFile, CertificateFile); err != nil {
		return nil, err
	}
	if err := identity.Save(filepath.Join(outFolder, CertificateFile), filepath.Join(outFolder, PrivateKeyFile)); err != nil {
		return nil, err
	}
	return identity, nil
}

func loadAuthority(folder string) (*attest.Authority, error) {
	authority, err := attest.LoadAuthority(filepath.Join(folder, RootFile), filepath.Join(folder, RootKeyFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s holds no root CA: %w; `eaibench ca init --data %s` makes one", folder, err, folder)
	}
	return authority, err
}

func issue(authority *attest.Authority, kind attest.Kind, name string, hosts []string, now time.Time) (*attest.Identity, error) {
	if len(hosts) == 0 {
		return nil, fmt.Errorf("a certificate for %s %s needs at least one host under which it is reached", kind, name)
	}
	identity, err := attest.GenerateIdentity()
	if err != nil {
		return nil, err
	}
	if kind == attest.KindService {
		identity.Certificate, err = authority.IssueService(name, identity.SigningPublic(), identity.Sealing.PublicKey(), hosts, now, attest.OperatorLifetime)
	} else {
		identity.Sealing = nil
		identity.Certificate, err = authority.IssueServer(kind, name, identity.SigningPublic(), hosts, now, attest.OperatorLifetime)
	}
	return identity, err
}

// loadServer reads a server's own certificate and key, and refuses another kind's: a client would refuse it anyway, but with a
// less clear word.
func loadServer(certificateFile, keyFile string, kind attest.Kind) (*attest.Identity, error) {
	identity, err := attest.LoadIdentity(certificateFile, keyFile)
	if err != nil {
		return nil, err
	}
	subject, err := attest.SubjectOf(identity.Certificate)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", certificateFile, err)
	}
	if subject.Kind != kind {
		return nil, fmt.Errorf("%s is the certificate of %s; this server needs one of eai:%s/NAME (`eaibench ca issue %s NAME`)",
			certificateFile, subject, kind, kind)
	}
	return identity, nil
}

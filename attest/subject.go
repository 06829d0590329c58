package attest

import (
	"crypto/x509"
	"fmt"
	"net/url"
	"strings"
)

const uriScheme = "eai"

// Kind is what a certificate's holder is.
type Kind string

// The kinds of certificates.md.
const (
	KindProcess  Kind = "process"
	KindService  Kind = "service"
	KindLauncher Kind = "launcher"
	KindAttester Kind = "attester"
	KindCA       Kind = "ca"
)

// Subject is what the eai: URI of a certificate says: eai:process/PROGRAM/RUN, or eai:KIND/NAME.
type Subject struct {
	Kind Kind
	Name string // program of a process, ID of a service, else the holder's name
	Run  string // of a process only
}

// String is the URI.
func (s Subject) String() string {
	if s.Kind == KindProcess {
		return uriScheme + ":" + string(s.Kind) + "/" + s.Name + "/" + s.Run
	}
	return uriScheme + ":" + string(s.Kind) + "/" + s.Name
}

func (s Subject) uri() (*url.URL, error) {
	if !ValidName(s.Name) || s.Kind == KindProcess && !ValidName(s.Run) {
		return nil, fmt.Errorf("%q is not a name: want [a-z0-9][a-z0-9-]{0,62}", s.String())
	}
	return &url.URL{Scheme: uriScheme, Opaque: strings.TrimPrefix(s.String(), uriScheme+":")}, nil
}

// SubjectOf reads the one eai: URI of a certificate. It refuses (role) none, several, and what is no such URI.
func SubjectOf(certificate *x509.Certificate) (Subject, error) {
	var found *url.URL
	for _, u := range certificate.URIs {
		if u.Scheme != uriScheme {
			continue
		}
		if found != nil {
			return Subject{}, Refuse(CheckRole, "the certificate has several eai: URIs")
		}
		found = u
	}
	if found == nil {
		return Subject{}, Refuse(CheckRole, "the certificate has no eai: URI")
	}
	kind, rest, _ := strings.Cut(found.Opaque, "/")
	s := Subject{Kind: Kind(kind), Name: rest}
	switch s.Kind {
	case KindProcess:
		s.Name, s.Run, _ = strings.Cut(rest, "/")
		if !ValidName(s.Run) {
			return Subject{}, Refuse(CheckRole, "%q is not eai:process/PROGRAM/RUN", found)
		}
	case KindService, KindLauncher, KindAttester, KindCA:
	default:
		return Subject{}, Refuse(CheckRole, "%q has no known kind", found)
	}
	// The comparison catches what a URL may carry beside its opaque part: a query, a fragment.
	if !ValidName(s.Name) || found.String() != s.String() {
		return Subject{}, Refuse(CheckRole, "%q is not of the form eai:KIND/NAME", found)
	}
	return s, nil
}

// checkRole refuses (role) a certificate that a holder of this kind may not have.
func checkRole(certificate *x509.Certificate, kind Kind, usage x509.ExtKeyUsage) (Subject, error) {
	subject, err := SubjectOf(certificate)
	if err != nil {
		return Subject{}, err
	}
	if subject.Kind != kind {
		return Subject{}, Refuse(CheckRole, "the certificate is %s, want a %s's", subject, kind)
	}
	if len(certificate.ExtKeyUsage) != 1 || certificate.ExtKeyUsage[0] != usage || len(certificate.UnknownExtKeyUsage) != 0 {
		return Subject{}, Refuse(CheckRole, "the certificate of %s is not for %s alone", subject, usageName(usage))
	}
	if certificate.KeyUsage != x509.KeyUsageDigitalSignature {
		return Subject{}, Refuse(CheckRole, "the key of %s is not for digital signatures alone", subject)
	}
	return subject, nil
}

func usageName(usage x509.ExtKeyUsage) string {
	switch usage {
	case x509.ExtKeyUsageClientAuth:
		return "clientAuth"
	case x509.ExtKeyUsageServerAuth:
		return "serverAuth"
	default:
		return fmt.Sprintf("usage %d", usage)
	}
}

package endpoint

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/url"
)

// Presented gives the certificate that the server at a base URL shows, whoever issued it and whether or not it is valid: for whoever
// says what is wrong with it. Nothing is asked of the server. through is as in ClientOptions. The error is an *Unreachable where
// there is no answer, or none that is TLS 1.3.
func Presented(ctx context.Context, base, through string) (*x509.Certificate, error) {
	at, err := url.Parse(base)
	if err != nil {
		return nil, fmt.Errorf("address %s: %w", base, err)
	}
	if through == "" {
		through = at.Host
	}
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	// Verification is the caller's, who asks for the certificate and nothing else.
	dialer := tls.Dialer{Config: &tls.Config{MinVersion: tls.VersionTLS13, ServerName: at.Hostname(), InsecureSkipVerify: true}}
	connection, err := dialer.DialContext(ctx, "tcp", through)
	if err != nil {
		return nil, &Unreachable{Address: base, Err: err}
	}
	defer connection.Close() // nothing was sent on it
	return connection.(*tls.Conn).ConnectionState().PeerCertificates[0], nil
}

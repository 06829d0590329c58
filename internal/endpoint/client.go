package endpoint

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"eaibench/internal/terminal"
)

const (
	replyLimit     = 256 << 20 // bytes, the default; the longest reply is a run's samples
	faultLimit     = 64 << 10  // bytes
	bufferSize     = 32 << 10  // bytes; a request of the usual size leaves in one piece
	connections    = 256       // kept open to one server, above any load that is measured
	firstPause     = 20 * time.Millisecond
	longestPause   = time.Second
	connectTimeout = 10 * time.Second
)

// ClientOptions says whom a client trusts and how it asks.
type ClientOptions struct {
	Roots    *x509.CertPool // who may have issued the server's certificate; nil: nobody, every server is refused
	Identity string         // the URI subject alternative name the server's certificate must have, "eai:service/store", or, with a slash at its end, begin with, "eai:launcher/"; empty: any
	Token    string         // bearer token; empty: none is sent
	Timeout  time.Duration  // for one attempt, reply included; 0: only the context ends it
	Retries  int            // further attempts of a GET when the server cannot be reached

	ReplyLimit int64 // longest reply that is read, bytes; 0: 256 MiB

	Through           string // HOST:PORT that is connected to in place of the base URL's own, a forwarded port; empty: its own
	CertificateSHA256 string // of the DER, in hexadecimal, that the server's certificate must have; empty: any
}

// Client asks one server. It reuses connections and may be used by several goroutines.
type Client struct {
	base    string
	options ClientOptions
	http    *http.Client
}

// Unreachable says that no answer came from an address: nobody listens there, or the connection
// broke or timed out.
type Unreachable struct {
	Address string // the server's base URL
	Err     error
}

// Error names the address.
func (u *Unreachable) Error() string {
	return fmt.Sprintf("no answer from %s: %v", u.Address, u.Err)
}

// Unwrap gives the cause.
func (u *Unreachable) Unwrap() error { return u.Err }

// Untrusted says that the server at an address is not the one expected.
type Untrusted struct {
	Address string // the server's base URL
	Err     error
}

// Error names the address.
func (u *Untrusted) Error() string {
	return fmt.Sprintf("server at %s is not trusted: %v", u.Address, u.Err)
}

// Unwrap gives the cause.
func (u *Untrusted) Unwrap() error { return u.Err }

// BadReply says that a server answered with something that is no answer.
type BadReply struct {
	Address string // the server's base URL
	Reason  string
}

// Error says what is wrong with the reply.
func (b *BadReply) Error() string { return b.Reason }

// NewClient makes a client of the server at base, "https://127.0.0.1:8443". Environment variables
// that name proxies are not followed.
func NewClient(base string, o ClientOptions) *Client {
	roots := o.Roots
	if o.ReplyLimit == 0 {
		o.ReplyLimit = replyLimit
	}
	if roots == nil {
		roots = x509.NewCertPool() // a nil pool would mean the system's
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &Client{
		base:    strings.TrimSuffix(base, "/"),
		options: o,
		http: &http.Client{
			Transport: &http.Transport{
				Protocols:           protocols,
				MaxIdleConnsPerHost: connections,
				TLSHandshakeTimeout: connectTimeout,
				DisableCompression:  true,
				WriteBufferSize:     bufferSize,
				ReadBufferSize:      bufferSize,
				TLSClientConfig: &tls.Config{
					MinVersion:                  tls.VersionTLS13,
					DynamicRecordSizingDisabled: true, // as the server's
					RootCAs:                     roots,
					VerifyConnection: func(state tls.ConnectionState) error {
						return errors.Join(checkIdentity(state, o.Identity), checkCertificate(state, o.CertificateSHA256))
					},
				},
				DialContext: dialing(o.Through),
			},
			// No server here redirects; following one could carry the token elsewhere.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// identityError is a certificate that chains to the root but is another party's.
type identityError struct{ want, got string }

func (e *identityError) Error() string {
	return fmt.Sprintf("its certificate is for %s, not for %s", e.got, e.want)
}

// certificateError is a certificate that is the party's, and not the one that it had.
type certificateError struct{ want, got string }

func (e *certificateError) Error() string {
	return fmt.Sprintf("its certificate has SHA-256 %s, not %s", e.got, e.want)
}

func checkCertificate(state tls.ConnectionState, want string) error {
	if want == "" {
		return nil
	}
	if got := fmt.Sprintf("%x", sha256.Sum256(state.PeerCertificates[0].Raw)); got != want {
		return &certificateError{want, got}
	}
	return nil
}

// dialing connects to one address whichever is asked for; nil, the transport's own way, where there is none.
func dialing(through string) func(context.Context, string, string) (net.Conn, error) {
	if through == "" {
		return nil
	}
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{Timeout: connectTimeout}).DialContext(ctx, network, through)
	}
}

func checkIdentity(state tls.ConnectionState, want string) error {
	if want == "" {
		return nil
	}
	var names []string
	for _, uri := range state.PeerCertificates[0].URIs {
		names = append(names, uri.String())
	}
	if len(names) == 1 && (names[0] == want || strings.HasSuffix(want, "/") && strings.HasPrefix(names[0], want)) {
		return nil
	}
	got := strings.Join(names, ", ")
	if got == "" {
		got = "no one by a URI"
	}
	return &identityError{want: want, got: got}
}

// Address is the server's base URL.
func (c *Client) Address() string { return c.base }

// Close closes connections that are not in use.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Do sends in as JSON (nothing when nil) and decodes the reply into out (dropped when nil). A
// reply outside 2xx is a *Fault with its status; a server that does not answer, an *Unreachable;
// one with another certificate than expected, an *Untrusted.
func (c *Client) Do(ctx context.Context, method, path string, in, out any) error {
	if in == nil {
		return c.Send(ctx, method, path, "", nil, out)
	}
	body, err := marshal(in)
	if err != nil {
		return fmt.Errorf("marshalling the request to %s%s: %w", c.base, path, err)
	}
	return c.Send(ctx, method, path, "application/json", body, out)
}

// Send is Do with a body of any content type, such as an upload.
func (c *Client) Send(ctx context.Context, method, path, contentType string, body []byte, out any) error {
	attempts := 1
	if method == http.MethodGet {
		attempts += c.options.Retries
	}
	pause := firstPause
	for {
		err := c.attempt(ctx, method, path, contentType, body, out)
		attempts--
		var unreachable *Unreachable
		if attempts <= 0 || !errors.As(err, &unreachable) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
		pause = min(2*pause, longestPause)
	}
}

func (c *Client) attempt(ctx context.Context, method, path, contentType string, body []byte, out any) error {
	limited := ctx
	if c.options.Timeout > 0 {
		var cancel context.CancelFunc
		limited, cancel = context.WithTimeout(ctx, c.options.Timeout)
		defer cancel()
	}
	request, err := http.NewRequestWithContext(limited, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("making the request: %w", err)
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	if c.options.Token != "" {
		request.Header.Set("Authorization", "Bearer "+c.options.Token)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return c.transportError(ctx, err)
	}
	defer response.Body.Close()
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return readFault(response)
	}
	reply, err := readBody(io.LimitReader(response.Body, c.options.ReplyLimit+1), response.ContentLength)
	switch {
	case err != nil:
		return c.transportError(ctx, err)
	case int64(len(reply)) > c.options.ReplyLimit:
		return &BadReply{Address: c.base, Reason: fmt.Sprintf("reply of %s%s is longer than %d bytes", c.base, path, c.options.ReplyLimit)}
	case out == nil:
		return nil
	}
	if err := unmarshal(reply, out); err != nil {
		return &BadReply{Address: c.base, Reason: fmt.Sprintf("reply of %s%s is not the JSON expected: %v", c.base, path, err)}
	}
	return nil
}

// transportError tells apart: the caller gave up, the server is another, there was no answer.
func (c *Client) transportError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("asking %s: %w", c.base, context.Cause(ctx))
	}
	var request *url.Error // repeats method and address
	if errors.As(err, &request) {
		err = request.Err
	}
	var certificate *tls.CertificateVerificationError
	var identity *identityError
	var another *certificateError
	if errors.As(err, &certificate) || errors.As(err, &identity) || errors.As(err, &another) {
		return &Untrusted{Address: c.base, Err: err}
	}
	return &Unreachable{Address: c.base, Err: err}
}

func readFault(response *http.Response) error {
	fault := &Fault{Status: response.StatusCode}
	text, err := io.ReadAll(io.LimitReader(response.Body, faultLimit))
	if err != nil || unmarshal(text, fault) != nil || fault.Message == "" {
		fault.Message = "answered " + response.Status
	}
	// Whoever answers decides neither what a terminal does nor what looks like a line of ours.
	fault.Message, fault.Check = terminal.Plain(fault.Message), strings.ReplaceAll(terminal.Plain(fault.Check), "\n", " ")
	return fault
}

package launcher

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"

	"eaibench/internal/endpoint"
)

// Client asks a launcher. It may be used by several goroutines.
type Client struct {
	endpoint *endpoint.Client
	// uploads has connections of its own: package endpoint sends nothing but JSON.
	uploads *http.Client
	token   string
}

// NewClient makes a client of the launcher at base, "https://127.0.0.1:8443", whose certificate
// must be issued by one of roots. The token is the content of the launcher's token file; empty for
// one with --auth none.
func NewClient(base string, roots *x509.CertPool, token string) *Client {
	if roots == nil {
		roots = x509.NewCertPool() // a nil pool would mean the system's
	}
	return &Client{
		endpoint: endpoint.NewClient(base, endpoint.ClientOptions{Roots: roots, Token: token}),
		uploads: &http.Client{
			Transport: &http.Transport{TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: roots}},
			// Following one could carry the token elsewhere.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		token: token,
	}
}

// Close closes connections that are not in use.
func (c *Client) Close() {
	c.endpoint.Close()
	c.uploads.CloseIdleConnections()
}

// Health is nil when the launcher answers.
func (c *Client) Health(ctx context.Context) error {
	return c.endpoint.Do(ctx, http.MethodGet, "/health", nil, nil)
}

// Upload stores a source and gives its program's ID.
func (c *Client) Upload(ctx context.Context, fileName string, source []byte) (*UploadReply, error) {
	form, contentType, err := uploadForm(fileName, source)
	if err != nil {
		return nil, fmt.Errorf("making the form to upload: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.endpoint.Address()+"/upload", form)
	if err != nil {
		return nil, fmt.Errorf("making the upload: %w", err)
	}
	request.Header.Set("Content-Type", contentType)
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	response, err := c.uploads.Do(request)
	if err != nil {
		return nil, &endpoint.Unreachable{Address: c.endpoint.Address(), Err: err}
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, uploadReplyLimit))
	if err != nil {
		return nil, &endpoint.Unreachable{Address: c.endpoint.Address(), Err: err}
	}
	if response.StatusCode != http.StatusOK {
		fault := &endpoint.Fault{Status: response.StatusCode}
		if json.Unmarshal(body, fault) != nil || fault.Message == "" {
			fault.Message = "answered " + response.Status
		}
		return nil, fault
	}
	reply := new(UploadReply)
	if err := json.Unmarshal(body, reply); err != nil {
		return nil, fmt.Errorf("reading the reply to the upload: %w", err)
	}
	return reply, nil
}

// uploadReplyLimit bounds the reply to an upload, in bytes.
const uploadReplyLimit = 64 << 10

// uploadForm is multipart/form-data (RFC 7578) with the source as its only field.
func uploadForm(fileName string, source []byte) (form io.Reader, contentType string, err error) {
	var body bytes.Buffer
	writer := multipart.NewWriter(&body)
	file, err := writer.CreateFormFile(uploadField, fileName)
	if err != nil {
		return nil, "", err
	}
	if _, err := file.Write(source); err != nil {
		return nil, "", err
	}
	return &body, writer.FormDataContentType(), writer.Close()
}

// Files lists the programs.
func (c *Client) Files(ctx context.Context) ([]Listed, error) {
	var listed []Listed
	return listed, c.endpoint.Do(ctx, http.MethodGet, "/files", nil, &listed)
}

// Delete removes a program with all that was made of it.
func (c *Client) Delete(ctx context.Context, id int) error {
	return c.endpoint.Do(ctx, http.MethodDelete, "/files/"+strconv.Itoa(id), nil, nil)
}

// Compile compiles a program for a mode; "" is the first of the chain. A program that does not
// compile is an *endpoint.Fault with CheckCompile and the compiler's messages.
func (c *Client) Compile(ctx context.Context, id int, mode string) (*CompileResult, error) {
	result := new(CompileResult)
	if err := c.endpoint.Do(ctx, http.MethodPost, programPath("compile", id, mode), nil, result); err != nil {
		return nil, err
	}
	return result, nil
}

// Execute runs a program in a mode; "" is the one compiled last. An error says that there was no
// run, or that the launcher could not be asked; how a run went is in its result. When ctx ends the
// run ends too.
func (c *Client) Execute(ctx context.Context, id int, mode string, request ExecuteRequest) (*RunResult, error) {
	result := new(RunResult)
	if err := c.endpoint.Do(ctx, http.MethodPost, programPath("execute", id, mode), request, result); err != nil {
		return nil, err
	}
	return result, nil
}

func programPath(verb string, id int, mode string) string {
	path := "/" + verb + "/" + strconv.Itoa(id)
	if mode != "" {
		path += "?" + url.Values{"mode": {mode}}.Encode()
	}
	return path
}

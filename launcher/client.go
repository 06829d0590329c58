package launcher

import (
	"bytes"
	"context"
	"crypto/x509"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"

	"eaibench/internal/endpoint"
)

// Client asks a launcher. It may be used by several goroutines.
type Client struct{ endpoint *endpoint.Client }

// NewClient makes a client of the launcher at base, "https://127.0.0.1:8443", whose certificate
// must be a launcher's and issued by one of roots: no other server gets the token. The token is the
// content of the launcher's token file; empty for one with --auth none.
func NewClient(base string, roots *x509.CertPool, token string) *Client {
	return &Client{endpoint.NewClient(base, endpoint.ClientOptions{Roots: roots, Identity: "eai:launcher/", Token: token})}
}

// Close closes connections that are not in use.
func (c *Client) Close() { c.endpoint.Close() }

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
	reply := new(UploadReply)
	if err := c.endpoint.Send(ctx, http.MethodPost, "/upload", contentType, form, reply); err != nil {
		return nil, err
	}
	return reply, nil
}

// uploadForm is multipart/form-data (RFC 7578) with the source as its only field.
func uploadForm(fileName string, source []byte) (form []byte, contentType string, err error) {
	var body bytes.Buffer
	writer := multipart.NewWriter(&body)
	file, err := writer.CreateFormFile(uploadField, fileName)
	if err != nil {
		return nil, "", err
	}
	if _, err := file.Write(source); err != nil {
		return nil, "", err
	}
	if err := writer.Close(); err != nil {
		return nil, "", err
	}
	return body.Bytes(), writer.FormDataContentType(), nil
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

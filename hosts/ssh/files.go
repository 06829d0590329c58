package ssh

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"eaibench/hosts"
)

// sftpOnce is a connection's sftp session, made at its first use.
type sftpOnce struct {
	mu     sync.Mutex
	client *sftp.Client
}

func (c *connection) sftp() (*sftp.Client, error) {
	c.files.mu.Lock()
	defer c.files.mu.Unlock()
	if c.files.client != nil {
		return c.files.client, nil
	}
	// Concurrent writes leave holes in a file that is not written to its end; it is
	// never given its name then.
	session, err := c.begin("subsystem", struct{ Name string }{"sftp"}, "the server has no sftp subsystem")
	if err != nil {
		return nil, err
	}
	go ssh.DiscardRequests(session.requests)
	client, err := sftp.NewClientPipe(session, sending{session}, sftp.UseConcurrentWrites(true))
	if err != nil {
		session.Close()
		return nil, fmt.Errorf("the server's sftp subsystem: %w", err)
	}
	c.files.client = client
	go func() {
		_ = client.Wait() // Its server has ended, or the connection.
		c.files.mu.Lock()
		defer c.files.mu.Unlock()
		c.files.client = nil
	}()
	return client, c.host.tidy(client)
}

// sending says of what cannot be sent what sftp says of an answer that does not come: the server is gone. Which of the two a loss meets
// first is a matter of moments.
type sending struct{ io.WriteCloser }

func (s sending) Write(data []byte) (int, error) {
	n, err := s.WriteCloser.Write(data)
	if err != nil {
		err = fmt.Errorf("%w: %w", sftp.ErrSSHFxConnectionLost, err)
	}
	return n, err
}

func (c *connection) hasFiles() bool {
	c.files.mu.Lock()
	defer c.files.mu.Unlock()
	return c.files.client != nil
}

// withFiles does something with files on the host; op names it in errors. It is done
// once more on a new connection where the old one is lost and do says so itself,
// giving sftp's own error: it must then be such that it can be repeated.
func (h *Host) withFiles(ctx context.Context, op, name string, do func(*sftp.Client) error) error {
	if !path.IsAbs(name) {
		return h.harness(op, fmt.Errorf("%q is not an absolute path", name))
	}
	op += " " + name
	if err := ctx.Err(); err != nil {
		return h.harness(op, err)
	}
	return h.fault(op, again(func() error {
		c, err := h.acquire(ctx, false)
		if err != nil {
			return err
		}
		client, err := c.sftp()
		if err == nil {
			if err = do(client); !isLoss(err) {
				return h.fileFault(op, err)
			}
		}
		if err = c.why(err); c.isLost() {
			err = fmt.Errorf("%w (%w)", err, errLostBefore)
		}
		return err
	}))
}

// isLoss tells whether sftp says that its server is gone.
func isLoss(err error) bool {
	var target *hosts.TargetError
	return !errors.As(err, &target) && (errors.Is(err, sftp.ErrSSHFxConnectionLost) || errors.Is(err, sftp.ErrSSHFxNoConnection))
}

// fileFault gives what a file's operation failed of its kind: what is not there or
// not allowed is a mistake of the caller's, as on this host.
func (h *Host) fileFault(op string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission), errors.Is(err, fs.ErrExist):
		return h.harness(op, err)
	}
	return h.fault(op, err)
}

// ReadFile opens a regular file. Sftp cannot open a file and refuse a link in one
// step: one that takes the file's place in between is followed.
func (h *Host) ReadFile(ctx context.Context, name string) (content io.ReadCloser, err error) {
	const op = "read file"
	err = h.withFiles(ctx, op, name, func(client *sftp.Client) error {
		info, err := client.Lstat(name)
		if err != nil {
			return err
		}
		if !info.Mode().IsRegular() {
			return h.harness(op, fmt.Errorf("%s is no regular file", name))
		}
		file, err := client.Open(name)
		if err != nil {
			return err
		}
		source := &remoteFile{h, ctx, file}
		content = struct {
			io.Reader
			io.Closer
		}{bufio.NewReaderSize(source, readAhead), source}
		return nil
	})
	return content, err
}

// readAhead is how much of a file is asked for at once, in bytes: over a long way
// each question costs a round trip.
const readAhead = 256 << 10

// remoteFile gives a file's errors their kind.
type remoteFile struct {
	host *Host
	ctx  context.Context
	file *sftp.File
}

func (r *remoteFile) Read(buffer []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, r.host.harness("read file "+r.file.Name(), err)
	}
	n, err := r.file.Read(buffer)
	if err != nil && !errors.Is(err, io.EOF) {
		err = r.host.target("read file "+r.file.Name(), err)
	}
	return n, err
}

func (r *remoteFile) Close() error {
	if err := r.file.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return r.host.target("close file "+r.file.Name(), err)
	}
	return nil
}

// WriteFile writes a file whole or not at all.
func (h *Host) WriteFile(ctx context.Context, name string, content io.Reader, mode fs.FileMode) error {
	return h.withFiles(ctx, "write file", name, func(client *sftp.Client) error {
		return h.write(ctx, client, name, content, mode)
	})
}

// write fills a new file beside the path, and gives it the name when it is on disk.
func (h *Host) write(ctx context.Context, client *sftp.Client, name string, content io.Reader, mode fs.FileMode) (err error) {
	temporary := path.Join(path.Dir(name), "."+path.Base(name)+"."+strings.ToLower(newToken()[:12]))
	file, err := client.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.discard(client, temporary))
		}
	}()
	source := &source{ctx: ctx, from: content}
	err = file.Chmod(mode.Perm())
	if err == nil {
		_, err = file.ReadFrom(source)
	}
	if _, ok := client.HasExtension("fsync@openssh.com"); ok && err == nil {
		err = file.Sync()
	}
	err = errors.Join(err, file.Close())
	if source.err != nil {
		return h.harness("read what is to be written to "+name, source.err)
	}
	if err == nil {
		err = client.PosixRename(temporary, name)
	}
	if isLoss(err) && source.begun {
		return h.target("write file "+name, err) // What has been read cannot be read again.
	}
	return err
}

// discard removes a temporary file; what cannot be removed because the host is lost
// is removed when it is reached again.
func (h *Host) discard(client *sftp.Client, temporary string) error {
	err := client.Remove(temporary)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case errors.Is(err, sftp.ErrSSHFxConnectionLost):
		h.mu.Lock()
		defer h.mu.Unlock()
		h.litter = append(h.litter, temporary)
		return nil
	}
	return err
}

// tidy removes what was left when the host was lost.
func (h *Host) tidy(client *sftp.Client) error {
	h.mu.Lock()
	litter := h.litter
	h.litter = nil
	h.mu.Unlock()
	var err error
	for _, temporary := range litter {
		err = errors.Join(err, h.discard(client, temporary))
	}
	return err
}

// source stops when its context ends, and keeps what went wrong on this side.
type source struct {
	ctx  context.Context
	from io.Reader
	err  error
	// begun is true once something has been asked of it.
	begun bool
}

func (s *source) Read(buffer []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		s.err = err
		return 0, err
	}
	s.begun = true
	n, err := s.from.Read(buffer)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

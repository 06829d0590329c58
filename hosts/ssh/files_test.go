package ssh

import (
	"errors"
	"io"
	"net"
	"sync/atomic"
	"testing"

	"github.com/pkg/sftp"
)

// breaking is a writer that fails from a moment on, as that of a channel whose connection has ended.
type breaking struct {
	io.WriteCloser
	broken atomic.Bool
}

func (b *breaking) Write(data []byte) (int, error) {
	if b.broken.Load() {
		return 0, io.EOF
	}
	return b.WriteCloser.Write(data)
}

// A server that is gone when it is to be asked is lost as one that is gone before it answers.
func TestLossOnSending(t *testing.T) {
	near, far := net.Pipe()
	server, err := sftp.NewServer(far)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve() }()
	writer := &breaking{WriteCloser: near}
	client, err := sftp.NewClientPipe(near, sending{writer})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Lstat("/"); err != nil {
		t.Fatal(err)
	}
	writer.broken.Store(true)
	if _, err := client.Lstat("/"); !isLoss(err) || !errors.Is(err, io.EOF) {
		t.Errorf("got %v", err)
	}
	near.Close()
	if err := <-served; err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrClosedPipe) {
		t.Error(err)
	}
	_ = client.Close() // Its server is gone.
}

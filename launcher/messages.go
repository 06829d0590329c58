package launcher

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json"

	"eaibench/attest"
)

// Frames and messages between integration process and launcher: docs/formats/messages.md.
const (
	messagesVersion = 1
	frameHeader     = 4        // bytes of length, big-endian
	shortestFrame   = 2        // bytes
	longestFrame    = 32 << 20 // bytes; Limits may lower it
	startFrame      = 1 << 20  // bytes; before `running`, when there is no sealed data yet
	usualFrame      = 16 << 10 // bytes; no operation's is longer
)

// notAMessage says that a process wrote something else than frames with messages.
type notAMessage struct{ reason string }

func (n *notAMessage) Error() string { return n.reason }

func noMessage(format string, args ...any) error {
	return &notAMessage{fmt.Sprintf(format, args...)}
}

// readFrame reads one frame of at most limit bytes. The end of input between frames is io.EOF;
// inside a frame, or a length out of range, is a *notAMessage.
func readFrame(r io.Reader, limit int) ([]byte, error) {
	var header [frameHeader]byte
	n, err := io.ReadFull(r, header[:])
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, noMessage("%d bytes %s are too short for a frame", n, quoted(header[:n]))
	case err != nil:
		return nil, err
	}
	length := binary.BigEndian.Uint32(header[:])
	if length < shortestFrame || uint64(length) > uint64(limit) {
		return nil, noMessage("the bytes %s say that a frame of %d bytes follows, allowed are %d to %d", quoted(header[:]), length, shortestFrame, limit)
	}
	// Memory grows with what arrives, not with what is promised.
	var frame bytes.Buffer
	frame.Grow(min(int(length), usualFrame) + bytes.MinRead) // with room to see the end
	if _, err := frame.ReadFrom(io.LimitReader(r, int64(length))); err != nil {
		return nil, err
	}
	if frame.Len() < int(length) {
		return nil, noMessage("a frame of %d bytes ends after %d", length, frame.Len())
	}
	return frame.Bytes(), nil
}

func quoted(b []byte) string { return fmt.Sprintf("%q", b) }

// writeFrame sends one message as a frame, in one write.
func writeFrame(w io.Writer, message any) error {
	body, err := json.Marshal(message)
	if err != nil {
		return fmt.Errorf("marshalling a message: %w", err)
	}
	if len(body) > longestFrame {
		return fmt.Errorf("a message of %d bytes is longer than a frame may be (%d)", len(body), longestFrame)
	}
	frame := binary.BigEndian.AppendUint32(make([]byte, 0, frameHeader+len(body)), uint32(len(body)))
	_, err = w.Write(append(frame, body...))
	return err
}

// received is any message of an integration process; which members count depends on the type.
type received struct {
	Type    string         `json:"type"`
	Version int            `json:"version"` // ready
	CSR     []byte         `json:"csr"`     // prepared
	Timings attest.Timings `json:"timings"` // prepared, keysExchanged, timings, finished
	// ServiceTimings are what services told the process, on the path direct: timings, finished
	ServiceTimings attest.Timings `json:"service_timings"`
	Handled        *int           `json:"requests"` // finished
	// Repeated is what the process sent again itself, on the path direct: finished
	Repeated   *repeatedMessage `json:"repeated"`
	Step       string           `json:"step"`        // failed
	Check      string           `json:"check"`       // failed
	Message    string           `json:"message"`     // failed
	OpenSSL    string           `json:"openssl"`     // ready
	OpenSSLCPU string           `json:"openssl_cpu"` // ready
	operationMessage
}

// repeatedMessage says of how many operations the process sent the request again, how often in all, and the first of them.
type repeatedMessage struct {
	Operations int64    `json:"operations"`
	Times      int64    `json:"times"`
	First      Repeated `json:"first"`
}

// operationMessage is a sealed request that the process wants relayed.
type operationMessage struct {
	Operation                attest.Operation `json:"operation"`
	Service                  string           `json:"service"`
	Request                  int              `json:"request"`
	Sequence                 uint64           `json:"sequence"`
	Crypto                   attest.Crypto    `json:"crypto"`
	ServiceCertificateSHA256 attest.Digest    `json:"service_certificate_sha256"`
	Nonce                    []byte           `json:"nonce"`
	Enc                      []byte           `json:"enc"`
	Ciphertext               []byte           `json:"ciphertext"`
	Signature                []byte           `json:"signature"`
}

type prepareMessage struct {
	Type            string `json:"type"` // prepare
	Version         int    `json:"version"`
	Nonce           []byte `json:"nonce"`
	RootCertificate []byte `json:"root_certificate"`
	Parameters      string `json:"parameters"`
}

type exchangeKeysMessage struct {
	Type     string       `json:"type"` // exchangeKeys
	Services []serviceKey `json:"services"`
}

type serviceKey struct {
	Service     string `json:"service"`
	Certificate []byte `json:"certificate"`       // DER
	Address     string `json:"address,omitempty"` // host:port, on the path direct
}

type runMessage struct {
	Type        string `json:"type"` // run
	Certificate []byte `json:"certificate"`
}

type replyMessage struct {
	Type       string        `json:"type"` // reply
	Sequence   uint64        `json:"sequence"`
	Crypto     attest.Crypto `json:"crypto"`
	Enc        []byte        `json:"enc"`
	Ciphertext []byte        `json:"ciphertext"`
	Signature  []byte        `json:"signature"`
}

type refusedMessage struct {
	Type     string `json:"type"` // reply
	Sequence uint64 `json:"sequence"`
	Error    string `json:"error"`
	Check    string `json:"check"`
}

type releaseMessage struct {
	Type string `json:"type"` // release
}

// parseMessage decodes a frame. Unknown members are ignored, unknown types refused.
func parseMessage(frame []byte) (*received, error) {
	var m received
	if err := json.Unmarshal(frame, &m); err != nil {
		return nil, noMessage("a frame of %d bytes is not a JSON object of a message", len(frame))
	}
	switch m.Type {
	case "ready", "prepared", "keysExchanged", "running", "operation", "timings", "finished", "failed":
		return &m, nil
	}
	return nil, noMessage("a message of type %q does not exist", shortened(m.Type))
}

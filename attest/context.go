package attest

import (
	"encoding/binary"
)

const contextLabel = "eaibench-v1"

// Context says where a sealed payload belongs. Its bytes are the info of HPKE and part of every signature, so that a
// payload opens nowhere else (sealing.md).
type Context struct {
	Direction          Direction
	Operation          Operation
	Solution           string
	Service            string
	Program            string
	Run                string
	Sequence           uint64 // from 1, one more for each request of this process in this run
	ProcessCertificate [32]byte
	ServiceCertificate [32]byte // SHA-256 of the DER, as ProcessCertificate
}

// Bytes is the encoding that both sides hash, sign and seal under.
func (c Context) Bytes() []byte {
	b := make([]byte, 0, 256)
	b = appendText(b, contextLabel)
	b = appendText(b, string(c.Direction))
	b = appendText(b, string(c.Operation))
	b = appendText(b, c.Solution)
	b = appendText(b, c.Service)
	b = appendText(b, c.Program)
	b = appendText(b, c.Run)
	b = appendBytes(b, binary.BigEndian.AppendUint64(nil, c.Sequence))
	b = appendBytes(b, c.ProcessCertificate[:])
	return appendBytes(b, c.ServiceCertificate[:])
}

// appendText and appendBytes are lp() of sealing.md: the length as 4 bytes, big-endian, then the content.
func appendText(b []byte, s string) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(s)))
	return append(b, s...)
}

func appendBytes(b, content []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(content)))
	return append(b, content...)
}

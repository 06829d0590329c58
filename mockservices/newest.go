package mockservices

import "sync"

// mostRemembered bounds the memory of newest: 40 bytes each, and more than one campaign has processes.
const mostRemembered = 16 << 10

// newest remembers sequence numbers that are stored, by process certificate, so that a request which can only be new need not be
// looked up. It may forget, and it decides nothing: whoever stores a request has the database compare again.
type newest struct {
	mutex   sync.Mutex
	numbers map[[32]byte]uint64
}

// isBefore says whether a number below this one is known to be stored for the certificate.
func (n *newest) isBefore(sequence uint64, certificate [32]byte) bool {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	stored, known := n.numbers[certificate]
	return known && stored < sequence
}

// stored notes a number that the database has.
func (n *newest) stored(sequence uint64, certificate [32]byte) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	if n.numbers == nil || len(n.numbers) >= mostRemembered {
		n.numbers = make(map[[32]byte]uint64)
	}
	n.numbers[certificate] = max(sequence, n.numbers[certificate])
}

package authority

import (
	"container/list"
	"crypto/rand"
	"errors"
	"sync"
	"time"
)

// NonceLifetime is how long a nonce may be used after the CA handed it out (docs/formats/policy.md, check nonce).
const NonceLifetime = 60 * time.Second

// maxOutstandingNonces bounds the memory that anyone who reaches the CA can make it hold: about 10 MiB.
const maxOutstandingNonces = 1 << 16

// errTooManyNonces is the answer while the bound is reached. A living nonce is never given up for a new one: otherwise whoever
// asks fast enough would make every start of others fail.
var errTooManyNonces = errors.New("too many nonces are outstanding; ask again in a minute")

// nonces remembers which nonces the CA handed out and has not seen again. It is safe for concurrent use.
type nonces struct {
	lifetime time.Duration
	most     int
	now      func() time.Time

	mutex sync.Mutex
	order *list.List // of outstandingNonce, oldest first: all live equally long, so this is the order in which they expire
	held  map[[32]byte]*list.Element
}

type outstandingNonce struct {
	value   [32]byte
	expires time.Time
}

func newNonces(lifetime time.Duration, most int, now func() time.Time) *nonces {
	return &nonces{lifetime: lifetime, most: most, now: now, order: list.New(), held: map[[32]byte]*list.Element{}}
}

// issue makes a nonce of 32 random bytes that take accepts once, within the lifetime.
func (n *nonces) issue() ([32]byte, error) {
	var value [32]byte
	rand.Read(value[:]) // never fails (crypto/rand)
	n.mutex.Lock()
	defer n.mutex.Unlock()
	now := n.now()
	n.dropExpired(now)
	if n.order.Len() >= n.most {
		return [32]byte{}, errTooManyNonces
	}
	n.held[value] = n.order.PushBack(outstandingNonce{value, now.Add(n.lifetime)})
	return value, nil
}

// take uses a nonce up and reports whether it was handed out here, not used before, and still young enough.
func (n *nonces) take(value [32]byte) bool {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.dropExpired(n.now())
	element, held := n.held[value]
	if !held {
		return false
	}
	n.order.Remove(element)
	delete(n.held, value)
	return true
}

func (n *nonces) dropExpired(now time.Time) {
	for oldest := n.order.Front(); oldest != nil; oldest = n.order.Front() {
		nonce := oldest.Value.(outstandingNonce)
		if now.Before(nonce.expires) {
			return
		}
		n.order.Remove(oldest)
		delete(n.held, nonce.value)
	}
}

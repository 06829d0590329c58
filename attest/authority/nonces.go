package authority

import (
	"container/list"
	"crypto/rand"
	"net/netip"
	"sync"
	"time"
)

// NonceLifetime is how long a nonce may be used after the CA handed it out (docs/formats/policy.md, check nonce).
const NonceLifetime = 60 * time.Second

// maxOutstandingNonces bounds the memory that anyone who reaches the CA can make it hold: about 20 MiB. One network may hold half.
const maxOutstandingNonces = 1 << 16

// nonces remembers which nonces the CA handed out and has not seen again. It is safe for concurrent use.
//
// Nobody who asks for a nonce is turned away: at the bound, the oldest is given up. A start needs its nonce for a fraction of a second, so
// to make one fail takes tens of thousands of requests in that time. Were new ones refused instead, a thousand requests a second would
// make every start fail. Who asks often loses its own first: the oldest of its network goes when that holds half of all.
type nonces struct {
	lifetime time.Duration
	most     int
	now      func() time.Time

	mutex     sync.Mutex
	order     *list.List // of *outstandingNonce, oldest first: all live equally long, so this is the order in which they expire
	byNetwork map[netip.Prefix]*list.List
	held      map[[32]byte]*outstandingNonce
}

type outstandingNonce struct {
	value     [32]byte
	expires   time.Time
	network   netip.Prefix  // that asked for it
	inOrder   *list.Element // its places in order and in byNetwork
	inNetwork *list.Element
}

func newNonces(lifetime time.Duration, most int, now func() time.Time) *nonces {
	return &nonces{
		lifetime: lifetime, most: most, now: now,
		order: list.New(), byNetwork: map[netip.Prefix]*list.List{}, held: map[[32]byte]*outstandingNonce{},
	}
}

// networkOf is what is taken for one asker: an IPv4 address, or the 64 bits of an IPv6 address that its network was given; all others
// together are one too.
func networkOf(remote string) netip.Prefix {
	parsed, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Prefix{}
	}
	address := parsed.Addr().Unmap()
	network, err := address.Prefix(min(address.BitLen(), 64))
	if err != nil {
		return netip.Prefix{}
	}
	return network
}

// issue makes a nonce of 32 random bytes that take accepts once, within the lifetime.
func (n *nonces) issue(network netip.Prefix) [32]byte {
	var value [32]byte
	rand.Read(value[:]) // never fails (crypto/rand)
	n.mutex.Lock()
	defer n.mutex.Unlock()
	now := n.now()
	n.dropExpired(now)
	own := n.byNetwork[network]
	switch {
	case own != nil && own.Len() >= n.most/2:
		n.drop(own.Front().Value.(*outstandingNonce))
	case n.order.Len() >= n.most:
		n.drop(n.order.Front().Value.(*outstandingNonce))
	}
	n.hold(&outstandingNonce{value: value, expires: now.Add(n.lifetime), network: network})
	return value
}

// take uses a nonce up and reports whether it was handed out here, not used before, and still young enough.
func (n *nonces) take(value [32]byte) bool {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.dropExpired(n.now())
	nonce, held := n.held[value]
	if held {
		n.drop(nonce)
	}
	return held
}

func (n *nonces) dropExpired(now time.Time) {
	for oldest := n.order.Front(); oldest != nil; oldest = n.order.Front() {
		nonce := oldest.Value.(*outstandingNonce)
		if now.Before(nonce.expires) {
			return
		}
		n.drop(nonce)
	}
}

func (n *nonces) hold(nonce *outstandingNonce) {
	own := n.byNetwork[nonce.network]
	if own == nil {
		own = list.New()
		n.byNetwork[nonce.network] = own
	}
	nonce.inOrder, nonce.inNetwork = n.order.PushBack(nonce), own.PushBack(nonce)
	n.held[nonce.value] = nonce
}

func (n *nonces) drop(nonce *outstandingNonce) {
	n.order.Remove(nonce.inOrder)
	own := n.byNetwork[nonce.network]
	own.Remove(nonce.inNetwork)
	if own.Len() == 0 {
		delete(n.byNetwork, nonce.network)
	}
	delete(n.held, nonce.value)
}

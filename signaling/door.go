package signaling

import (
	"hash/maphash"
	"net/http"
	"net/netip"
	"sync"
)

// How many sockets may be open that have not signed on.
const (
	PerAddress      = 20   // of one address; of one /64 network with IPv6
	Unauthenticated = 4096 // of the server
)

// door counts the sockets that have not signed on. What it remembers of an address is a salted hash, for as long as
// such a socket is open.
type door struct {
	seed maphash.Seed

	mu sync.Mutex // guards the following fields

	total int
	of    map[uint64]int
}

func newDoor() *door { return &door{seed: maphash.MakeSeed(), of: map[uint64]int{}} }

// enter lets a socket try to sign on: leave is to be called when it has, or is gone, and may be called again. Otherwise
// the status says why not.
func (d *door) enter(from netip.Addr) (leave func(), status int) {
	key := d.key(from)
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.of[key] == PerAddress:
		return nil, http.StatusTooManyRequests
	case d.total == Unauthenticated:
		return nil, http.StatusServiceUnavailable
	}
	d.of[key]++
	d.total++
	return sync.OnceFunc(func() { d.leave(key) }), 0
}

func (d *door) leave(key uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.total--
	if d.of[key]--; d.of[key] == 0 {
		delete(d.of, key)
	}
}

// key is the same for addresses that one person can change between at will.
func (d *door) key(a netip.Addr) uint64 {
	a = a.Unmap().WithZone("")
	if a.Is6() {
		if network, err := a.Prefix(64); err == nil {
			a = network.Addr()
		}
	}
	raw := a.As16()
	return maphash.Bytes(d.seed, raw[:])
}

func (d *door) waiting() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.total
}

package signaling

import (
	"hash/maphash"
	"net/netip"
	"slices"
	"sync"

	"github.com/anteroom-video/anteroom/addr"
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
	of    map[uint64][]*visitor // the oldest first
}

func newDoor() *door { return &door{seed: maphash.MakeSeed(), of: map[uint64][]*visitor{}} }

// visitor is a socket that has not signed on.
type visitor struct {
	d   *door
	key uint64
	out chan struct{} // closed when it has to give way
}

// enter lets a socket try to sign on: leave is to be called when it has, or is gone, and may be called again. Where an
// address has its share, its oldest socket gives way: many honest people may be behind one address, and whoever is
// honest signs on at once. nil when the server is full.
func (d *door) enter(from netip.Addr) *visitor {
	v := &visitor{d: d, key: d.key(from), out: make(chan struct{})}
	d.mu.Lock()
	defer d.mu.Unlock()
	if all := d.of[v.key]; len(all) == PerAddress {
		close(all[0].out)
		d.remove(all[0])
	}
	if d.total == Unauthenticated {
		return nil
	}
	d.of[v.key] = append(d.of[v.key], v)
	d.total++
	return v
}

func (v *visitor) leave() {
	v.d.mu.Lock()
	defer v.d.mu.Unlock()
	v.d.remove(v)
}

// remove is called with the lock held.
func (d *door) remove(v *visitor) {
	all := d.of[v.key]
	i := slices.Index(all, v)
	if i < 0 {
		return
	}
	d.total--
	if d.of[v.key] = slices.Delete(all, i, i+1); len(all) == 1 {
		delete(d.of, v.key)
	}
}

// key is the same for addresses that one person can change between at will.
func (d *door) key(a netip.Addr) uint64 {
	raw := addr.Near(a).As16()
	return maphash.Bytes(d.seed, raw[:])
}

func (d *door) waiting() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.total
}

package circle_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/anteroom-video/anteroom/signaling/client/circle"
	"github.com/anteroom-video/anteroom/signaling/client/credential"
)

// page is somebody's program: its circle, and what seals and opens for it.
type page struct {
	*circle.Circle
	own  *circle.Own
	seat circle.Seat

	mu       sync.Mutex // guards the following fields
	key      *circle.Key
	begun    int
	learnt   map[string][]circle.Key
	standing map[string]circle.Standing
}

func (p *page) Begin(k circle.Key) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.key = &k
	p.begun++
}

func (p *page) End() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.key = nil
}

func (p *page) Learn(participant string, k circle.Key) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.learnt[participant] = append(p.learnt[participant], k)
}

func (p *page) Forget(participant string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.learnt, participant)
}

// sealing is the key that the page seals with now, nil for none.
func (p *page) sealing() *circle.Key {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.key
}

// opens reports whether the page opens what another seals now.
func (p *page) opens(other *page) bool {
	k := other.sealing()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, known := range p.learnt[other.seat.Participant] {
		if k != nil && known == *k {
			return true
		}
	}
	return false
}

func (p *page) sees(other *page) circle.Standing {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.standing[other.seat.Participant]
}

// room is a server and its people.
type room struct {
	t      *testing.T
	secret credential.RoomSecret

	mu     sync.Mutex // guards the following fields
	pages  map[string]*page
	links  map[string][]byte
	server func(from, to string, sealed []byte) bool // whether it hands it on
}

func newRoom(t *testing.T) *room {
	return &room{t: t, secret: credential.NewRoomSecret(), pages: map[string]*page{}, links: map[string][]byte{}, server: func(_, _ string, _ []byte) bool { return true }}
}

func (r *room) at(participant string) *page {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.pages[participant]
}

// enter makes a page; device is the one of before, or the zero value for a new one.
func (r *room) enter(seat circle.Seat, device credential.Device, secret []byte, claim circle.Claim, secrets circle.Secrets) *page {
	r.t.Helper()
	own, err := circle.NewOwn(device, secret, claim)
	if err != nil {
		r.t.Fatal(err)
	}
	return r.sits(own, seat, secrets)
}

// sits makes a page with an identity that there may have been before.
func (r *room) sits(own *circle.Own, seat circle.Seat, secrets circle.Secrets) *page {
	seat.Identity = own.Identity
	p := &page{own: own, seat: seat, learnt: map[string][]circle.Key{}}
	p.Circle = circle.New(own, seat, secrets, circle.Around{
		Frames: p,
		Send: func(l circle.Letter) {
			r.mu.Lock()
			server := r.server
			r.mu.Unlock()
			handed := server(seat.Participant, l.To, l.Sealed)
			if other := r.at(l.To); other != nil && handed {
				other.Heard(seat.Participant, l.Sealed)
			}
		},
		Reentry: 10 * time.Minute,
		OnStanding: func(s map[string]circle.Standing) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.standing = maps.Clone(s)
		},
	})
	r.mu.Lock()
	old := r.pages[seat.Participant]
	r.pages[seat.Participant] = p
	r.mu.Unlock()
	if old != nil {
		old.Close()
	}
	return p
}

func newDevice(t *testing.T) credential.Device {
	t.Helper()
	d, err := credential.NewDevice()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (r *room) counsellor(participant string, knows bool) *page {
	secrets := circle.Secrets{}
	if knows {
		secrets.Room = r.secret[:]
		secrets.LinkOf = r.link
	}
	return r.enter(circle.Seat{Participant: participant, Role: "counsellor"}, newDevice(r.t), secrets.Room, circle.Counsellor, secrets)
}

// colleague is who came by a co-counsellor's link; what opens the room was with it where he knows.
func (r *room) colleague(participant, person string, knows bool) *page {
	seat := circle.Seat{Participant: participant, Role: "co-counsellor", Person: person}
	link := r.invite(person)
	if !knows {
		return r.enter(seat, newDevice(r.t), link, circle.Person, circle.Secrets{Link: link})
	}
	return r.enter(seat, newDevice(r.t), r.secret[:], circle.Counsellor, circle.Secrets{Link: link, Room: r.secret[:], LinkOf: r.link})
}

func (r *room) client(participant string, linked bool, device credential.Device) *page {
	seat := circle.Seat{Participant: participant, Role: "client", Person: "person of " + participant}
	link := r.link(seat.Person)
	if linked {
		link = r.invite(seat.Person)
	}
	return r.enter(seat, device, link, circle.Person, circle.Secrets{Link: link})
}

// link is what a person's link is proven with, nil for none. Circles ask for it, each on its goroutine.
func (r *room) link(person string) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.links[person]
}

// invite makes a person's link where there is none yet.
func (r *room) invite(person string) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.links[person] == nil {
		e := credential.NewLinkSecret().E2EE()
		r.links[person] = e[:]
	}
	return r.links[person]
}

// says is the server's word on who is in.
func (r *room) says(inside ...*page) {
	seats := make([]circle.Seat, len(inside))
	for i, p := range inside {
		seats[i] = p.seat
	}
	for _, p := range inside {
		p.Members(seats)
	}
	synctest.Wait()
}

func (r *room) close() {
	for _, p := range r.pages {
		p.Close()
	}
}

// hands has the server hand on what f says; nil for everything.
func (r *room) hands(f func(from, to string, sealed []byte) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.server = f
	if f == nil {
		r.server = func(_, _ string, _ []byte) bool { return true }
	}
}

func settle() {
	time.Sleep(600 * time.Millisecond) // of the test's own time
	synctest.Wait()
}

func whole(pages ...*page) error {
	for _, a := range pages {
		for _, b := range pages {
			if a != b && !a.opens(b) {
				return fmt.Errorf("%s does not open what %s seals", a.seat.Participant, b.seat.Participant)
			}
		}
	}
	return nil
}

// seen is what each of them sees of each of the others, in one word where it is one.
func seen(pages ...*page) string {
	var all []string
	for _, a := range pages {
		for _, b := range pages {
			if a != b {
				all = append(all, string(a.sees(b)))
			}
		}
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), " ")
}

// call is a counsellor and those whom she let in.
func call(r *room, clients int) []*page {
	ada := r.counsellor("ada", true)
	r.says(ada)
	all := []*page{ada}
	for i := range clients {
		c := r.client(fmt.Sprintf("client %d", i), true, newDevice(r.t))
		ada.Admit(c.seat)
		all = append(all, c)
		r.says(all...)
	}
	settle()
	return all
}

func in(t *testing.T, f func(t *testing.T, r *room)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(t)
		defer r.close()
		f(t, r)
	})
}

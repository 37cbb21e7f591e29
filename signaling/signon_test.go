package signaling_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/token"
	"github.com/anteroom-video/anteroom/signaling"
	"github.com/anteroom-video/anteroom/signaling/session"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

func TestFirstMessageIsHello(t *testing.T) {
	h := newHouse(t)
	for _, data := range []string{`{"type":"ping"}`, `{"type":"end"}`, `{"type":"dance"}`, `nonsense`} {
		p := h.dial(newDevice(t))
		p.raw(data)
		expect[*wire.Error](p)
		p.closed(wire.CloseNotAuthenticated)
	}
}

func TestSignOnInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouseInBubble(t)
		p := h.dial(newDevice(t))
		start := time.Now()
		p.closed(wire.CloseTimeout)
		equal(t, "after", time.Since(start), wire.SignOnWithin)
	})
}

// Whatever is wrong with ticket, token or proof, nobody gets a seat.
func TestRefusedSignOns(t *testing.T) {
	h := newHouse(t)
	own, foreign := newDevice(t), newDevice(t)
	anna := h.join("anna", own)
	strangers := newHouse(t) // whose keys are other ones

	good := func() *wire.Hello {
		m := hello()
		m.Ticket = h.ticketFor("anna", own)
		m.Proof = own.prove(t, m.Ticket)
		return m
	}
	with := func(change func(m *wire.Hello)) *wire.Hello {
		m := good()
		change(m)
		return m
	}
	ticket := func(d *device, s string) func(*wire.Hello) {
		return func(m *wire.Hello) { m.Ticket, m.Resume, m.Proof = s, "", d.prove(t, s) }
	}
	resume := func(d *device, s string) func(*wire.Hello) {
		return func(m *wire.Hello) { m.Ticket, m.Resume, m.Proof = "", s, d.prove(t, s) }
	}
	stale := func(change func(*token.Ticket)) string {
		k := token.Ticket{
			Tenant: lobby.DefaultTenant, Room: h.room.ID, Session: h.room.Session, Person: h.persons["anna"].ID,
			Role: lobby.RoleClient, Device: own.public,
		}
		change(&k)
		s, err := h.tokens.IssueTicket(k)
		must(t, err)
		return s
	}
	cut := good().Ticket
	cut = cut[:len(cut)-3] + "AAA"

	for name, test := range map[string]struct {
		hello *wire.Hello
		want  wire.Code
	}{
		"another version":                       {&wire.Hello{Version: 2}, wire.CodeVersion},
		"no proof of this device":               {with(func(m *wire.Hello) { m.Proof = foreign.prove(t, m.Ticket) }), wire.CodeProof},
		"proof of another ticket":               {with(func(m *wire.Hello) { m.Proof = own.prove(t, "x") }), wire.CodeProof},
		"short proof":                           {with(func(m *wire.Hello) { m.Proof = m.Proof[:10] }), wire.CodeProof},
		"forged ticket":                         {with(ticket(own, cut)), wire.CodeToken},
		"nonsense":                              {with(ticket(own, "nonsense")), wire.CodeToken},
		"unsigned ticket":                       {with(ticket(own, "eyJhbGciOiJub25lIn0."+strings.Split(cut, ".")[1]+".")), wire.CodeToken},
		"ticket of another service":             {with(ticket(own, strangers.ticketFor("anna", own))), wire.CodeToken},
		"resume token as ticket":                {with(ticket(own, anna.resume)), wire.CodeToken},
		"ticket as resume token":                {with(resume(own, good().Ticket)), wire.CodeToken},
		"resume token of another device":        {with(resume(foreign, anna.resume)), wire.CodeProof},
		"ticket of an older session":            {with(ticket(own, stale(func(k *token.Ticket) { k.Session = "older" }))), wire.CodeToken},
		"ticket of another generation":          {with(ticket(own, stale(func(k *token.Ticket) { k.Generation = 7 }))), wire.CodeToken},
		"ticket that another PIN gave":          {with(ticket(own, stale(func(k *token.Ticket) { k.PIN = 1 }))), wire.CodeToken},
		"ticket with another role":              {with(ticket(own, stale(func(k *token.Ticket) { k.Role = lobby.RoleCounsellor }))), wire.CodeToken},
		"ticket of an unknown room":             {with(ticket(own, stale(func(k *token.Ticket) { k.Room = "nowhere" }))), wire.CodeLinkInvalid},
		"ticket of an unknown person":           {with(ticket(own, stale(func(k *token.Ticket) { k.Person = "nobody" }))), wire.CodeLinkInvalid},
		"ticket of another tenant":              {with(ticket(own, stale(func(k *token.Ticket) { k.Tenant = "theirs" }))), wire.CodeLinkInvalid},
		"ticket of an account without the room": {with(ticket(own, stale(func(k *token.Ticket) { k.Person, k.Account, k.Role = "", "somebody", lobby.RoleCounsellor }))), wire.CodeLinkInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			p := h.dial(own)
			p.refused(test.hello, test.want)
			p.closed(wire.CloseNotAuthenticated)
		})
	}
	equal(t, "seats", h.server.Live(h.room.ID).Waiting, 1)
	h.join("anna", own) // and all that did not use the device up
}

func TestTicketIsTakenOnce(t *testing.T) {
	h := newHouse(t)
	d := newDevice(t)
	ticket := h.ticketFor("anna", d)
	// Somebody who saw the ticket without having the device cannot use it up.
	thief := h.dial(newDevice(t))
	m := hello()
	m.Ticket, m.Proof = ticket, thief.device.prove(t, ticket)
	thief.refused(m, wire.CodeProof)

	h.dial(d).signOn(ticket)
	again := h.dial(d)
	m = hello()
	m.Ticket, m.Proof = ticket, d.prove(t, ticket)
	again.refused(m, wire.CodeToken)
	again.closed(wire.CloseNotAuthenticated)
}

func TestHelloTwice(t *testing.T) {
	h := newHouse(t)
	anna := h.join("anna", newDevice(t))
	anna.refused(anna.resumption(false), wire.CodeWrongState)
	anna.ok(&wire.Leave{})
	anna.closed(wire.CloseLeft)
}

func TestRequestsBehindARefusedHello(t *testing.T) {
	h := newHouse(t)
	p := h.dial(newDevice(t))
	batch := []wire.Body{&wire.Hello{Version: 2}}
	for _, b := range requests("p", "q") {
		batch = append(batch, b)
	}
	for _, b := range batch {
		data, err := wire.Encode(wire.Message{Body: b})
		must(t, err)
		_ = p.ws.Write(t.Context(), websocket.MessageText, data) // the socket may be gone before the last
	}
	p.closed(wire.CloseNotAuthenticated)
	equal(t, "panics", h.server.Stats().Panics, uint64(0))
}

func TestOtherOrigins(t *testing.T) {
	h := newHouse(t)
	for origin, want := range map[string]bool{h.url: true, "https://theirs.example": false, "null": false} {
		p, err := h.tryDial(newDevice(t), http.Header{"Origin": {origin}})
		if (err == nil) != want {
			t.Errorf("origin %s: %v", origin, err)
		}
		if p != nil {
			p.drop()
		}
	}
}

func TestLimitPerAddress(t *testing.T) {
	h := newHouse(t)
	oldest := h.dial(newDevice(t))
	for range signaling.PerAddress - 1 {
		h.dial(newDevice(t))
	}
	h.join("anna", newDevice(t)) // there is always a place for who signs on
	oldest.closed(wire.CloseTimeout)
}

// Who signs on over and over is told to wait: each time is told to the counsellor.
func TestLimitPerPerson(t *testing.T) {
	h := newHouse(t)
	anna := h.join("anna", newDevice(t))
	for range wire.SignOnBurst - 1 {
		anna = anna.comeBack(true)
	}
	h.dial(anna.device).refused(anna.resumption(true), wire.CodeTooFast)
	h.join("ben", newDevice(t))
}

// Who arrives at a room whose end cannot be written is told so.
func TestArrivingAtAnEndThatIsNotWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		never := make(chan struct{})
		start := time.Now()
		if err := session.Wait(t.Context(), never); !errors.Is(err, session.ErrUnavailable) || time.Since(start) != time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

func TestWaitingPlaces(t *testing.T) {
	h := newHouse(t)
	for range 3 {
		h.join("anna", newDevice(t))
	}
	full := h.dial(newDevice(t))
	m := hello()
	m.Ticket = h.ticketFor("anna", full.device)
	m.Proof = full.device.prove(t, m.Ticket)
	full.refused(m, wire.CodeLinkFull)
	full.closed(wire.CloseNotAuthenticated)
	h.join("ben", newDevice(t))
}

func TestDisabledAccount(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	ticket := h.ticketFor(h.counsellor, counsellor.device)
	_, err := h.accounts.Disable(t.Context(), lobby.DefaultTenant, h.counsellor.Name)
	must(t, err)
	h.server.SignOut(h.counsellor.ID)
	counsellor.closed(wire.CloseNotAuthenticated)
	expectThat(anna, func(r *wire.Room) bool { return r.Paused })
	for _, m := range []*wire.Hello{counsellor.resumption(false), {
		Version: wire.Version, Ticket: ticket, Proof: counsellor.device.prove(t, ticket), Device: wire.Phone, Media: wire.MediaAV,
	}} {
		p := h.dial(counsellor.device)
		p.refused(m, wire.CodeToken)
	}
}

// A room whose policy was taken out of the configuration takes nobody, and says so.
func TestARoomWithoutItsPolicy(t *testing.T) {
	h := newHouse(t)
	h.room = h.newRoomUnder("stays open", lobby.Series)
	device := newDevice(t)
	ticket := h.ticketFor("anna", device)
	without := policies()
	delete(without, "stays open")
	service, err := lobby.New(h.store, time.Now, without, h.accounts.Hasher())
	must(t, err)
	h.lobby.Service = service
	m := hello()
	m.Ticket, m.Proof = ticket, device.prove(t, ticket)
	p := h.dial(device)
	p.refused(m, wire.CodeNoPolicy)
	p.closed(wire.CloseNotAuthenticated)
}

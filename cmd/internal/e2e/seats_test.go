package e2e

import (
	"context"
	"crypto/tls"
	"net/http"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/cmd/internal/config"
	"github.com/anteroom-video/anteroom/signaling/client"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// A lost socket is resumed with the same seat, and media goes on as if nothing had been.
func TestLostSocket(t *testing.T) {
	t.Parallel()
	s := open(t)
	counsellor, others, _ := counselled(s, 1)
	anna := others[0]
	seats := [2]string{counsellor.Participant(), anna.Participant()}
	counsellor.fresh(anna)
	anna.fresh(counsellor)
	for _, p := range []*person{anna, counsellor} {
		p.DropSocket()
		expect[client.Reconnecting](p)
		back := expect[client.Reconnected](p)
		if !back.Kept || back.Welcome.Phase != wire.PhaseIn {
			t.Errorf("back with media kept: %v, phase %s", back.Kept, back.Welcome.Phase)
		}
	}
	meet(counsellor, anna)
	equal(t, "seats", [2]string{counsellor.Participant(), anna.Participant()}, seats)
	equal(t, "media connections", s.count("anteroom_media_sessions"), 2)
	equal(t, "resumes that kept media", s.count("anteroom_resumes_kept_total"), 2)
	for _, pair := range [][2]*person{{counsellor, anna}, {anna, counsellor}} {
		if gap := pair[0].of(pair[1]).gap; gap > time.Second {
			t.Errorf("nothing was heard for %v", gap)
		}
	}
	// What was done meanwhile is known afterwards, and what is asked now is done.
	must(t, counsellor.Mute(counsellor.ctx(), anna.Participant(), wire.KindAudio))
	expect[*wire.Muted](anna)
}

// Who waits keeps the place in the queue over a lost socket.
func TestLostSocketWhileWaiting(t *testing.T) {
	t.Parallel()
	s := open(t)
	a := s.invite("Anna", "Ben")
	counsellor, anna, ben := join(t, a.counsellor), join(t, a.links[0]), join(t, a.links[1])
	anna.DropSocket()
	expect[client.Reconnected](anna)
	again := join(t, a.counsellor) // another device of the counsellor waits, and sees nothing
	equal(t, "phase", again.Phase(), wire.PhaseWaiting)
	counsellor.DropSocket()
	waiting := expect[client.Reconnected](counsellor).Welcome.State.Waiting
	if len(waiting) != 3 || waiting[0].Participant != anna.Participant() || waiting[1].Participant != ben.Participant() {
		t.Errorf("the queue is %+v", waiting)
	}
}

// A second tab of the same device takes the seat over; the first is told.
func TestSecondTab(t *testing.T) {
	t.Parallel()
	s := open(t)
	counsellor, others, _ := counselled(s, 1)
	anna := others[0]
	tab := anna.again()
	equal(t, "phase", tab.Phase(), wire.PhaseIn)
	equal(t, "the seat", tab.Participant(), anna.Participant())
	if err := anna.finished(); err != client.ErrReplaced {
		t.Errorf("the first tab: %v", err)
	}
	meet(counsellor, tab)
	equal(t, "knocks", came[*wire.Waiting](counsellor), true) // the first one alone
	expect[*wire.Waiting](counsellor)
	equal(t, "knocks", came[*wire.Waiting](counsellor), false)
}

// A second device with the same link waits, marked so; letting it in closes the first.
func TestSecondDevice(t *testing.T) {
	t.Parallel()
	s := open(t)
	counsellor, others, a := counselled(s, 1)
	anna := others[0]
	expect[*wire.Waiting](counsellor)
	phone := join(t, a.links[0], func(o *client.Options) { o.Device = wire.Phone })
	equal(t, "phase", phone.Phase(), wire.PhaseWaiting)
	knock := expect(counsellor, func(w *wire.Waiting) bool { return w.Participant == phone.Participant() })
	equal(t, "marked as another device", knock.OtherDevice, true)
	equal(t, "device", knock.Device, wire.Phone)
	meet(counsellor, anna) // nothing has changed for the first

	counsellor.admits(phone)
	if err := anna.finished(); err != client.ErrReplaced {
		t.Errorf("the first device: %v", err)
	}
	equal(t, "reason", expect[*wire.MemberGone](counsellor).Reason, wire.ReasonReplaced)
	meet(counsellor, phone)
}

// A counsellor signs in, makes a room, finds it again on another device with titles, labels and links readable, and joins from both.
func TestCounsellorSignsInTwice(t *testing.T) {
	t.Parallel()
	s := open(t)
	sign := func() *client.Account {
		account, err := client.SignIn(t.Context(), s.node.Origin(), " Ada ", password, client.Options{})
		must(t, err)
		t.Cleanup(func() { must(t, account.SignOut(context.Background())) })
		return account
	}
	office := sign()
	equal(t, "name", office.DisplayName, "Beratung Mitte")
	room, links, err := office.CreateRoom(t.Context(), client.NewRoom{Title: "Mittwoch", Persons: []client.Invitation{
		{Role: wire.RoleClient, Label: "Frau M.", Lang: "tr"}, {Role: wire.RoleInterpreter, Label: "Hr. Ö."},
	}})
	must(t, err)
	if len(links) != 2 || links[1].Role != wire.RoleInterpreter {
		t.Fatalf("%d links", len(links))
	}
	home := sign()
	rooms, err := home.Rooms(t.Context())
	must(t, err)
	if len(rooms) != 1 || rooms[0].ID != room || rooms[0].Title != "Mittwoch" || rooms[0].State != "idle" || len(rooms[0].Persons) != 2 {
		t.Fatalf("%+v", rooms)
	}
	for i, p := range rooms[0].Persons {
		equal(t, "label", p.Label, links[i].Label)
		equal(t, "link", p.Link, links[i].Link)
	}
	if _, err := client.SignIn(t.Context(), s.node.Origin(), name, "correct horse battery stable", client.Options{}); err == nil {
		t.Error("a wrong password signs in")
	}

	take := func(account *client.Account) *person {
		p, err := enter(t, func(ctx context.Context, o client.Options) (*client.Call, error) {
			return account.JoinRoom(ctx, room, o)
		})
		must(t, err)
		return p
	}
	first := take(office)
	anna := join(t, links[0].Link)
	first.admits(anna)
	meet(first, anna)
	second := take(home)
	equal(t, "phase", second.Phase(), wire.PhaseIn)
	meet(first, second, anna)
	equal(t, "the first is", first.Phase(), wire.PhaseIn)
	rooms, err = office.Rooms(t.Context())
	must(t, err)
	if rooms[0].Members != 3 || rooms[0].State != "open" {
		t.Errorf("%+v", rooms[0])
	}
	// One of them may go: the other is there.
	must(t, first.Leave(first.ctx()))
	meet(second, anna)
	equal(t, "paused", came[*wire.Room](anna), false)

	_, err = home.EndRoom(t.Context(), room)
	must(t, err)
	for _, p := range []*person{second, anna} {
		if err := p.finished(); err != client.ErrEnded {
			t.Errorf("ended: %v", err)
		}
	}
	if rooms, err = home.Rooms(t.Context()); err != nil || len(rooms) != 0 {
		t.Errorf("after the end: %+v %v", rooms, err)
	}
}

// Lines are lost while offers for more receive lines are under way: nothing of the media connections is lost with them, and in the end
// everybody sees everybody.
func TestLinesLostDuringOffers(t *testing.T) {
	t.Parallel()
	s := open(t)
	a := s.invite("A", "B", "C", "D") // of more than five in all, who speak at once, one is not heard
	counsellor := join(t, a.counsellor)
	expect(counsellor, func(m client.MediaState) bool { return m.State == "connected" })
	everybody := []*person{counsellor}
	for _, link := range a.links {
		p := join(t, link)
		counsellor.admits(p)
		// What the newcomer shows is being told to the others in this moment.
		for _, q := range everybody {
			q.DropSocket()
		}
		for _, q := range everybody {
			equal(t, "media kept", expect[client.Reconnected](q).Kept, true)
		}
		everybody = append(everybody, p)
		meet(everybody...)
	}
	for i, p := range everybody {
		for _, m := range unasked[client.MediaState](p) {
			if m.Generation != 1 {
				t.Errorf("person %d made %d media connections", i, m.Generation)
			}
		}
		for _, q := range everybody {
			if as := p.of(q).as; p != q && (len(as) != 1 || as[q.Participant()] == 0) {
				t.Errorf("somebody was shown under the names %v", as)
			}
		}
	}
}

// The same over TLS with the node's own certificate, as a phone in the same network joins: the cookie is one of https.
func TestOverTLS(t *testing.T) {
	t.Parallel()
	s := open(t, func(c *config.Config) { c.TLS = config.TLSDev })
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	insecure := func(o *client.Options) { o.HTTP = &http.Client{Transport: transport} }
	var o client.Options
	insecure(&o)
	account, err := client.SignIn(t.Context(), s.node.Origin(), name, password, o)
	must(t, err)
	room, links, err := account.CreateRoom(t.Context(), client.NewRoom{Persons: []client.Invitation{{Role: wire.RoleClient, Label: "Frau M."}}})
	must(t, err)
	counsellor, err := enter(t, func(ctx context.Context, o client.Options) (*client.Call, error) {
		return account.JoinRoom(ctx, room, o)
	})
	must(t, err)
	anna := join(t, links[0].Link, insecure)
	counsellor.admits(anna)
	meet(counsellor, anna)
	must(t, account.SignOut(t.Context()))
	if _, err := account.Rooms(t.Context()); err == nil {
		t.Error("who signed out lists rooms")
	}
	if _, err := client.Join(t.Context(), links[0].Link, client.Options{}); err == nil {
		t.Error("a certificate of nobody is believed")
	}
}

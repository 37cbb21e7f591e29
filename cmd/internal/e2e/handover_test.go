package e2e

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/anteroom-video/anteroom/cmd/internal/control"
	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/signaling/client"
	"github.com/anteroom-video/anteroom/signaling/client/circle"
	"github.com/anteroom-video/anteroom/signaling/client/credential"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// colleague adds another counsellor and signs him in.
func (s *site) colleague(name, display string) *client.Account {
	s.t.Helper()
	keys := credential.FromPassword(string(lobby.DefaultTenant), name, password)
	account, err := credential.NewAccountKey(keys.Wrap)
	must(s.t, err)
	s.control(func(c *control.Client) error {
		_, err := c.AddCounsellor(s.t.Context(), control.Credentials{Name: name, DisplayName: display, Keys: &control.Keys{
			Auth: keys.Auth, PublicKey: account.Public, WrappedPrivateKey: account.Wrapped,
		}})
		return err
	})
	return s.signIn(name)
}

// signIn signs a counsellor in.
func (s *site) signIn(name string) *client.Account {
	s.t.Helper()
	account, err := client.SignIn(s.t.Context(), s.node.Origin(), name, password, client.Options{})
	must(s.t, err)
	s.t.Cleanup(func() { _ = account.SignOut(context.Background()) })
	return account
}

func enterRoom(t *testing.T, account *client.Account, room string, change ...func(*client.Options)) *person {
	t.Helper()
	p, err := enter(t, func(ctx context.Context, o client.Options) (*client.Call, error) {
		return account.JoinRoom(ctx, room, o)
	}, change...)
	must(t, err)
	return p
}

// refusal is the code with which the interface refused.
func refusal(err error) string {
	var refused *client.HTTPError
	if errors.As(err, &refused) {
		return refused.Code
	}
	return ""
}

// coming waits until a person who waits reads that a colleague comes.
func coming(p *person) {
	p.t.Helper()
	expect(p, func(c *wire.Counsellor) bool { return c.Counsellor == wire.Coming })
}

// A room is handed over while somebody waits for it: he reads that a colleague comes, his link stays good, and the stand-in's call with him is sealed; it
// is verified as soon as the stand-in has heard whose key the room is from.
func TestHandOverToAStandIn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		by       func(s *site, room string, ada *client.Account, to client.Colleague) error
		accepts  bool // the stand-in hears the code and says so
		keeps    bool // the first stays
		reads    string
		standing circle.Standing
	}{
		{"portal", func(_ *site, room string, ada *client.Account, to client.Colleague) error {
			return ada.HandOver(context.Background(), room, to, false)
		}, true, false, "Frau M.", circle.Verified},
		{"portal, code not heard", func(_ *site, room string, ada *client.Account, to client.Colleague) error {
			return ada.HandOver(context.Background(), room, to, true)
		}, false, true, "Frau M.", circle.Unverified},
		{"command line", func(s *site, room string, _ *client.Account, _ client.Colleague) error {
			s.control(func(c *control.Client) error {
				done, err := c.HandOver(s.t.Context(), control.HandOver{Room: lobby.RoomID(room), To: "bea", Keep: true})
				if done.Verified || done.First != name || !done.Kept {
					s.t.Errorf("%+v", done)
				}
				return err
			})
			return nil
		}, false, true, "", circle.Unverified},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			bea, ada := s.colleague("bea", "Bea"), s.signIn(name)
			room, links, err := ada.CreateRoom(t.Context(), client.NewRoom{Persons: []client.Invitation{{Role: wire.RoleClient, Label: "Frau M."}, {Role: wire.RoleClient}}})
			must(t, err)
			anna := join(t, links[0].Link, sealed)
			equal(t, "before", expect[*wire.Welcome](anna).State.Counsellor, wire.Absent)
			colleagues, err := ada.Colleagues(t.Context())
			must(t, err)
			if len(colleagues) != 1 || colleagues[0].DisplayName != "Bea" {
				t.Fatalf("%+v", colleagues)
			}

			must(t, c.by(s, room, ada, colleagues[0]))
			coming(anna)
			late := join(t, links[1].Link, sealed)
			equal(t, "who comes later reads", expect[*wire.Welcome](late).State.Counsellor, wire.Coming)
			rooms, err := bea.Rooms(t.Context())
			must(t, err)
			if len(rooms) != 1 || rooms[0].Persons[0].Label != c.reads {
				t.Fatalf("the stand-in's rooms: %+v", rooms)
			}
			rooms, err = ada.Rooms(t.Context())
			must(t, err)
			equal(t, "rooms of the first", len(rooms), map[bool]int{true: 1}[c.keeps])
			if !c.keeps {
				_, err := ada.JoinRoom(t.Context(), room, client.Options{})
				equal(t, "the first enters", refusal(err), "not_found")
			}
			if c.accepts {
				if err := bea.Accept(t.Context(), room, "0000-0000-0000"); !errors.Is(err, client.ErrKeyCode) {
					t.Errorf("another's code: %v", err)
				}
				must(t, bea.Accept(t.Context(), room, ada.KeyCode()))
			}

			stands := enterRoom(t, bea, room, sealed)
			expect(anna, func(c *wire.Counsellor) bool { return c.Counsellor == wire.Here })
			must(t, stands.Admit(stands.ctx(), anna.Participant())) // whom his welcome named
			expect[*wire.Admitted](anna)
			meet(stands, anna)
			stands.stand(anna, c.standing)
			anna.stand(stands, c.standing)
			back, err := bea.Colleagues(t.Context())
			must(t, err)
			equal(t, "while it runs", refusal(bea.HandOver(t.Context(), room, back[0], false)), "running")
		})
	}
}

// What is not possible is refused by a code, and nothing is changed by it; of another's room nobody learns anything.
func TestHandOverThatIsRefused(t *testing.T) {
	t.Parallel()
	s := open(t)
	bea, ada := s.colleague("bea", "Bea"), s.signIn(name)
	s.colleague("carl", "Carl")
	room, links, err := ada.CreateRoom(t.Context(), client.NewRoom{Persons: []client.Invitation{{Role: wire.RoleClient}}})
	must(t, err)
	request := func(to string) (*http.Cookie, map[string]any) { return s.cookie(), map[string]any{"to": to} }
	var answer struct{ Code string }
	session, body := request("nobody")
	equal(t, "to nobody", s.request("POST", "/rooms/"+room+"/hand-over", session, body, &answer), http.StatusNotFound)
	equal(t, "code", answer.Code, "no_counsellor")
	equal(t, "without a session", s.request("POST", "/rooms/"+room+"/hand-over", nil, body, &answer), http.StatusUnauthorized)
	colleagues, err := bea.Colleagues(t.Context())
	must(t, err)
	equal(t, "of another's", refusal(bea.HandOver(t.Context(), room, colleagues[1], false)), "not_found")
	equal(t, "the list without a session", s.request("GET", "/counsellors", nil, nil, &answer), http.StatusUnauthorized)

	in := enterRoom(t, ada, room)
	session, body = request(bea.ID)
	equal(t, "with somebody in it", s.request("POST", "/rooms/"+room+"/hand-over", session, body, &answer), http.StatusConflict)
	equal(t, "code", answer.Code, "running")
	c, err := control.Reach(t.Context(), control.Place{StateDir: s.config.StateDir, StoreKey: s.config.StoreKey})
	must(t, err)
	defer c.Close()
	hand := func(to string) error {
		_, err := c.HandOver(t.Context(), control.HandOver{Room: lobby.RoomID(room), To: to})
		return err
	}
	if err := hand("bea"); !errors.Is(err, lobby.ErrRunning) {
		t.Errorf("by the command line: %v", err)
	}
	must(t, in.Leave(in.ctx()))
	if err := hand("zoe"); !errors.Is(err, control.ErrNoCounsellor) {
		t.Errorf("to nobody, by the command line: %v", err)
	}
	if _, err := c.DisableCounsellor(t.Context(), "carl"); err != nil {
		t.Fatal(err)
	}
	if err := hand("carl"); !errors.Is(err, control.ErrNoCounsellor) {
		t.Errorf("to who cannot sign in: %v", err)
	}

	must(t, hand("bea"))
	equal(t, "who was the first", s.request("POST", "/rooms/"+room+"/hand-over", session, body, &answer), http.StatusNotFound)
	anna := join(t, links[0].Link)
	equal(t, "her link is good", anna.Phase(), wire.PhaseWaiting)
	_, err = bea.EndRoom(t.Context(), room)
	must(t, err)
	if err := hand("bea"); !errors.Is(err, lobby.ErrNotFound) {
		t.Errorf("after the end: %v", err)
	}
}

// Who is invited in the middle of a call is expected by those who moderate, knocks as others do, and is let in; nobody else is told, and nobody
// else can invite.
func TestInvitedIntoACall(t *testing.T) {
	t.Parallel()
	s := open(t)
	ada, bea := s.signIn(name), s.colleague("bea", "Bea")
	room, links, err := ada.CreateRoom(t.Context(), client.NewRoom{Persons: []client.Invitation{{Role: wire.RoleClient, Label: "Frau M."}, {Role: wire.RoleCoCounsellor}}})
	must(t, err)
	counsellor, anna, colleague := enterRoom(t, ada, room), join(t, links[0].Link), join(t, links[1].Link)
	counsellor.admits(anna)
	meet(counsellor, anna, colleague)

	guest := client.Invitation{Role: wire.RoleCompanion, Label: "Herr B."}
	equal(t, "by another counsellor", refusal(second(bea.Invite(t.Context(), room, guest))), "not_found")
	var answer struct{ Code string }
	for _, session := range []*http.Cookie{nil, {Name: "anteroom_dev", Value: "AAAA"}} {
		equal(t, "by a client", s.request("POST", "/rooms/"+room+"/persons", session, map[string]any{"role": "companion"}, &answer), http.StatusUnauthorized)
	}
	link, err := ada.Invite(t.Context(), room, guest)
	must(t, err)
	for _, p := range []*person{counsellor, colleague} {
		if told := expect[*wire.Invited](p).Invited; len(told) != 1 || told[0].Role != wire.RoleCompanion || len(told[0].Label.Sealed) == 0 {
			t.Errorf("told: %+v", told)
		}
	}
	ben := join(t, link.Link)
	equal(t, "he", ben.Phase(), wire.PhaseWaiting)
	equal(t, "expected now", len(expect[*wire.Invited](counsellor).Invited), 0)
	counsellor.admits(ben)
	meet(counsellor, anna, ben)
	for _, p := range []*person{anna, ben} {
		if came[*wire.Invited](p) || expect[*wire.Welcome](p).State.Invited != nil {
			t.Error("who does not moderate was told")
		}
	}
}

func second[T any](_ T, err error) error { return err }

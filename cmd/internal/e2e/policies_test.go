package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/cmd/internal/config"
	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/signaling/client"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// Whatever a policy says is so, seen from outside: for each policy and each column, through links, pages' requests and sockets. Where times
// matter, a copy of the policy has short ones.
func TestPoliciesFromOutside(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "policies.yaml")
	must(t, os.WriteFile(file, []byte(shortCopies()), 0o600))
	s := open(t, func(c *config.Config) { c.Policies = file })
	account, err := client.SignIn(t.Context(), s.node.Origin(), name, password, client.Options{})
	must(t, err)

	for _, column := range lobby.Columns() {
		if _, seen := observations[column.Name]; !seen && elsewhere[column.Name] == "" {
			t.Errorf("nothing looks from outside at the column %s", column.Name)
		}
	}
	for _, p := range lobby.ShippedPolicies() {
		t.Run(p.Name, func(t *testing.T) {
			t.Parallel()
			for _, column := range lobby.Columns() {
				if observe := observations[column.Name]; observe != nil {
					t.Run(column.Name, func(t *testing.T) { observe(&office{t, s, account, p, map[string]string{}}) })
				}
			}
		})
	}
}

// elsewhere are columns that a test of its own looks at from outside.
var elsewhere = map[string]string{
	"quick_exit":    "web/api.TestALinkSaysHowItsPersonIsProtected and signaling.TestQuickExit",
	"neutral_title": "web/api.TestALinkSaysHowItsPersonIsProtected",
}

// observations are what is seen of each column, for the policy of the office.
var observations = map[string]func(*office){
	"reentry": func(o *office) {
		equal(o.t, "seconds that are told", o.state(o.Name).Reentry, int(o.Reentry.Seconds()))
		equal(o.t, "coming back at once", o.comesBack(o.Name, 0), map[bool]wire.Phase{true: wire.PhaseIn, false: wire.PhaseWaiting}[o.Reentry > 0])
		if o.Reentry > 0 {
			equal(o.t, "coming back too late", o.comesBack(shortOf(o.Name), shortTime+100*time.Millisecond), wire.PhaseWaiting)
		}
	},
	"consent": func(o *office) {
		link := o.room(o.Name, wire.RoleClient)[0]
		state, err := client.CheckLink(o.t.Context(), link, client.Options{})
		must(o.t, err)
		equal(o.t, "consent", state.Consent, map[bool]string{true: "click", false: "none"}[o.ConsentRequired])
		links := o.room(o.Name, wire.RoleCounsellor, wire.RoleClient)
		counsellor := o.visit(links[0])
		anna := o.page(links[1])
		anna.unasked = true
		_, answer := anna.signOn(wire.Hello{Ticket: anna.ticket()})
		refusal, _ := errors.AsType[*client.RequestError](counsellor.Admit(counsellor.ctx(), answer.(*wire.Welcome).Participant))
		equal(o.t, "letting in who has not agreed is refused", refusal != nil && refusal.Code == wire.CodeConsentOpen, o.ConsentRequired)
	},
	"series": func(o *office) {
		_, _, err := o.account.CreateRoom(o.t.Context(), client.NewRoom{Policy: o.Name, Series: true})
		o.allowed("a series", o.SeriesAllowed, err)
	},
	"links_survive": func(o *office) {
		if !o.SeriesAllowed {
			return // nothing survives but in a series
		}
		_, links, err := o.account.CreateRoom(o.t.Context(), client.NewRoom{Policy: o.Name, Series: true, Persons: []client.Invitation{{Role: wire.RoleCounsellor}, {Role: wire.RoleClient}}})
		must(o.t, err)
		counsellor := o.visit(links[0].Link)
		must(o.t, counsellor.End(counsellor.ctx()))
		eventually(o.t, patience, "the next session, with its links or without", func() bool {
			_, err := client.CheckLink(o.t.Context(), links[1].Link, client.Options{})
			return (err == nil) == o.LinksSurvive
		})
	},
	"co_counsellors": func(o *office) {
		for _, roles := range [][]wire.Role{{wire.RoleCoCounsellor}, {wire.RoleCounsellor, wire.RoleCounsellor}} {
			n := client.NewRoom{Policy: o.Name}
			for _, role := range roles {
				n.Persons = append(n.Persons, client.Invitation{Role: role})
			}
			_, _, err := o.account.CreateRoom(o.t.Context(), n)
			o.allowed(fmt.Sprint(roles), o.CoCounsellors, err)
		}
	},
	"delegation": func(o *office) {
		lends := o.Delegation && o.CoCounsellors
		_, marked, err := o.account.CreateRoom(o.t.Context(), client.NewRoom{Policy: o.Name, Persons: []client.Invitation{
			{Role: wire.RoleCounsellor}, {Role: wire.RoleInterpreter, MayModerate: true}, {Role: wire.RoleClient},
		}})
		o.allowed("a link that may moderate", lends, err)
		_, _, err = o.account.CreateRoom(o.t.Context(), client.NewRoom{Policy: o.Name, Persons: []client.Invitation{{Role: wire.RoleClient, MayModerate: true}}})
		if refusal, ok := errors.AsType[*client.HTTPError](err); !ok || refusal.Status/100 != 4 {
			o.t.Errorf("a client who may moderate: %v", err)
		}
		links := o.room(o.Name, wire.RoleCounsellor, wire.RoleInterpreter)
		if lends {
			links = []string{marked[0].Link, marked[1].Link}
		}
		counsellor, igor := o.visit(links[0]), o.visit(links[1])
		counsellor.admits(igor)
		o.allowed("handing it on", lends, counsellor.Promote(counsellor.ctx(), igor.Participant()))
		o.allowed("muting all then", lends, igor.MuteAll(igor.ctx()))
		if lends {
			expect(igor, func(p *wire.Promoted) bool { return p.On })
			o.allowed("ending who lent it", false, igor.TakeBack(igor.ctx(), counsellor.Participant()))
			anna := o.visit(marked[2].Link)
			expect(igor, func(w *wire.Waiting) bool { return w.Participant == anna.Participant() })
			must(o.t, igor.Admit(igor.ctx(), anna.Participant()))
			o.allowed("handing it to who has no mark", false, counsellor.Promote(counsellor.ctx(), anna.Participant()))
			must(o.t, counsellor.TakeBack(counsellor.ctx(), igor.Participant()))
			expect(igor, func(p *wire.Promoted) bool { return !p.On })
			o.allowed("muting all afterwards", false, igor.MuteAll(igor.ctx()))
		}
	},
	"end_after": func(o *office) {
		counsellor, anna := o.two(o.Name)
		must(o.t, counsellor.Leave(counsellor.ctx()))
		paused := expect(anna, func(r *wire.Room) bool { return r.Paused })
		if left := time.Until(time.UnixMilli(paused.EndsAt)); left > o.EndAfter || left < o.EndAfter-5*time.Second {
			o.t.Errorf("the room ends in %v, not %v", left, o.EndAfter)
		}
		counsellor, anna = o.two(shortOf(o.Name))
		must(o.t, counsellor.Leave(counsellor.ctx()))
		expect(anna, func(r *wire.Room) bool { return r.Paused })
		start := time.Now()
		expect[*wire.Ended](anna)
		if took := time.Since(start); took > shortTime+2*time.Second {
			o.t.Errorf("the room ended after %v, not %v", took, shortTime)
		}
	},
	"waiting_per_link": func(o *office) {
		link := o.room(o.Name, wire.RoleClient)[0]
		for range o.WaitingPerLink {
			o.visit(link)
		}
		o.refused("one device more", link, wire.CodeLinkFull)
	},
	"waiting_per_room": func(o *office) {
		links := o.room(o.Name, slices.Repeat([]wire.Role{wire.RoleClient}, o.WaitingPerRoom+1)...)
		for _, link := range links[:o.WaitingPerRoom] {
			o.visit(link)
		}
		o.refused("one person more", links[o.WaitingPerRoom], wire.CodeRoomFull)
	},
	"share": func(o *office) {
		counsellor, anna := o.two(o.Name)
		rule := expect[*wire.Welcome](counsellor).State.Room.Share
		equal(o.t, "the rule that is told", rule, map[lobby.ShareRule]wire.ShareRule{lobby.ShareNobody: wire.ShareNobody, lobby.ShareCounsellors: wire.ShareCounsellors, lobby.ShareOnRequest: wire.ShareCounsellors}[o.Share])
		o.allowed("a client's screen", false, anna.Screen(anna.ctx(), true))
		o.allowed("opening it to all", o.Share == lobby.ShareOnRequest, counsellor.Share(counsellor.ctx(), wire.ShareAll))
		o.allowed("a client's screen then", o.Share == lobby.ShareOnRequest, anna.Screen(anna.ctx(), true))
		if o.Share == lobby.ShareOnRequest {
			must(o.t, anna.Screen(anna.ctx(), false))
		}
		o.allowed("a counsellor's screen", o.Share != lobby.ShareNobody, counsellor.Screen(counsellor.ctx(), true))
	},
	"lines": func(o *office) { equal(o.t, "lines", o.state(o.Name).Lines, o.Lines) },
	"peer_to_peer": func(o *office) {
		links := o.room(o.Name, wire.RoleCounsellor, wire.RoleClient)
		counsellor, anna := join(o.t, links[0], o.pinned(links[0])), join(o.t, links[1], o.pinned(links[1]))
		counsellor.admits(anna)
		meet(counsellor, anna)
		if o.PeerToPeer == lobby.PeerToPeerOff {
			time.Sleep(300 * time.Millisecond)
			equal(o.t, "two alone are told of each other", came[*wire.Pair](anna), false)
			return
		}
		equal(o.t, "how", string(expect[*wire.Pair](anna).Mode), string(o.PeerToPeer))
	},
	"muted_from": func(o *office) { // the fourth: signaling.TestFourthArrivesMuted
		links := o.room(o.Name, wire.RoleCounsellor, wire.RoleClient)
		counsellor, anna := o.visit(links[0]), o.visit(links[1])
		must(o.t, counsellor.Admit(counsellor.ctx(), anna.Participant()))
		equal(o.t, "the second's sound at entry", expect[*wire.Admitted](anna).State.Self.Audio, o.MutedFrom == 0 || o.MutedFrom > 2)
	},
	"stay_open": func(o *office) {
		equal(o.t, "seconds that are told", o.state(o.Name).StayOpen, int(o.StayOpen.Seconds()))
		counsellor, _ := o.two(o.Name)
		_, err := counsellor.Request(counsellor.ctx(), &wire.LeaveOpen{ForMS: 1000})
		o.allowed("leaving it open for a second", o.StayOpen >= time.Second, err)
	},
	"camera_check": func(o *office) {
		equal(o.t, "is told", o.state(o.Name).CameraCheck, o.CameraCheck)
		counsellor, anna := o.two(o.Name)
		o.allowed("a camera for counsellors alone", o.CameraCheck, counsellor.ReserveVideo(counsellor.ctx(), anna.Participant()))
	},
	"groups": func(o *office) {
		equal(o.t, "is told", o.state(o.Name).Groupable, o.Groups)
		counsellor, anna := o.two(o.Name)
		o.allowed("dividing the room", o.Groups, counsellor.Divide(counsellor.ctx(), 2, places(1, anna)...))
	},
	"silent_sign": func(o *office) { equal(o.t, "is told", o.state(o.Name).SilentSign, o.SilentSign) },
	"pin": func(o *office) {
		for _, wanted := range []bool{false, true} {
			_, links, err := o.account.CreateRoom(o.t.Context(), client.NewRoom{Policy: o.Name, Persons: []client.Invitation{{Role: wire.RoleClient, PIN: wanted}}})
			o.allowed(fmt.Sprintf("a person, with a PIN asked for: %v", wanted), !wanted || o.PIN != lobby.PINOff, err)
			if err != nil {
				continue
			}
			has := wanted || o.PIN == lobby.PINRequired
			equal(o.t, "a PIN is told", links[0].PIN != "", has)
			_, err = o.tryVisit(links[0].Link)
			refusal, _ := errors.AsType[*client.HTTPError](err)
			equal(o.t, "the link alone is refused", refusal != nil && refusal.Code == "pin_needed", has)
		}
	},
	"names": func(o *office) { // what of it pages keep: web/test/unit/naming.test.js
		links := o.room(o.Name, wire.RoleCounsellor, wire.RoleClient)
		counsellor, anna := o.visit(links[0]), o.page(links[1])
		ws := anna.dial()
		for _, name := range []string{`{"plain":"Anna Canary"}`, `{"sealed":"Y2FuYXJ5"}`} {
			knocked := anna.helloWith(ws, `"name":`+name)
			equal(o.t, "is told to who waits", string(knocked.State.Room.Names), string(o.Names))
			seen := expect(counsellor, func(w *wire.Waiting) bool { return w.Participant == knocked.Participant })
			equal(o.t, "a name in a hello is dropped", fmt.Sprint(seen.Name), fmt.Sprint(wire.Text{}))
			must(o.t, ws.CloseNow())
			ws = anna.dial()
		}
		equal(o.t, "is told to who is in", string(o.state(o.Name).Names), string(o.Names))
	},
	"sealed_only": func(o *office) { equal(o.t, "sealed only", o.state(o.Name).SealedOnly, o.SealedOnly) },
	"chat":        func(o *office) { equal(o.t, "chat", string(o.state(o.Name).Chat), string(o.Chat)) },
}

// office is a policy and a service in which it is looked at.
type office struct {
	t       *testing.T
	site    *site
	account *client.Account
	lobby.Policy
	pins map[string]string // by link
}

// shortTime stands in the copies, which are offered too.
const shortTime = time.Second

func shortOf(policy string) string { return "short-" + policy }

func shortCopies() string {
	var b strings.Builder
	b.WriteString("policies:\n")
	for name, p := range lobby.ShippedPolicies() {
		fmt.Fprintf(&b, "  %s:\n    base: %s\n    end_after: %v\n", shortOf(name), name, shortTime)
		if !slices.Contains(p.Locks, "reentry") {
			fmt.Fprintf(&b, "    reentry: %v\n", shortTime)
		}
	}
	return b.String()
}

// room makes a room for these, as a counsellor's page does.
func (o *office) room(policy string, roles ...wire.Role) (links []string) {
	o.t.Helper()
	n := client.NewRoom{Policy: policy}
	for _, role := range roles {
		n.Persons = append(n.Persons, client.Invitation{Role: role})
	}
	_, made, err := o.account.CreateRoom(o.t.Context(), n)
	must(o.t, err)
	for _, link := range made {
		links = append(links, link.Link)
		o.pins[link.Link] = link.PIN
	}
	return links
}

func (o *office) pinned(link string) func(*client.Options) {
	return func(c *client.Options) { c.PIN = o.pins[link] }
}

// page has a link open that was made here.
func (o *office) page(link string) *page {
	p := newPage(o.site, link, "127.0.0.1")
	p.pin = o.pins[link]
	return p
}

// visit opens a link without picture and sound.
func (o *office) visit(link string) *person {
	o.t.Helper()
	p, err := o.tryVisit(link)
	must(o.t, err)
	return p
}

func (o *office) tryVisit(link string) (*person, error) {
	ctx, cancel := context.WithTimeout(o.t.Context(), patience)
	defer cancel()
	call, err := client.Join(ctx, link, client.Options{NoMedia: true, PIN: o.pins[link]})
	if err != nil {
		return nil, err
	}
	p := &person{Call: call, t: o.t, mark: marks.Add(1), stop: func() {}, seen: map[uint32]*sight{}, more: make(chan struct{})}
	p.wg.Go(func() { p.read(call) })
	o.t.Cleanup(p.end)
	return p, nil
}

// two are a counsellor and a client whom he has let in.
func (o *office) two(policy string) (counsellor, anna *person) {
	o.t.Helper()
	links := o.room(policy, wire.RoleCounsellor, wire.RoleClient)
	counsellor, anna = o.visit(links[0]), o.visit(links[1])
	counsellor.admits(anna)
	return counsellor, anna
}

// state is what somebody who is in is told of the room.
func (o *office) state(policy string) wire.Room {
	o.t.Helper()
	return expect[*wire.Welcome](o.visit(o.room(policy, wire.RoleCounsellor)[0])).State.Room
}

// comesBack says where a client's device stands that was let in, left, and came back after some time.
func (o *office) comesBack(policy string, after time.Duration) wire.Phase {
	o.t.Helper()
	links := o.room(policy, wire.RoleCounsellor, wire.RoleClient)
	counsellor := o.visit(links[0])
	anna := o.page(links[1])
	ws, answer := anna.signOn(wire.Hello{Ticket: anna.ticket()})
	must(o.t, counsellor.Admit(counsellor.ctx(), answer.(*wire.Welcome).Participant))
	admitted := anna.hear(ws, func(m wire.Message) bool { _, ok := m.Body.(*wire.Admitted); return ok }).(*wire.Admitted)
	anna.say(ws, wire.Message{ID: 2, Body: &wire.Leave{}})
	expect[*wire.MemberGone](counsellor)
	time.Sleep(after)
	_, answer = anna.signOn(wire.Hello{Resume: admitted.Resume, Fresh: true})
	back, ok := answer.(*wire.Welcome)
	if !ok {
		// What he had is worth nothing; he may knock with a new ticket, which is good at once.
		_, answer = anna.signOn(wire.Hello{Ticket: anna.ticket()})
		back = answer.(*wire.Welcome)
	}
	return back.Phase
}

// allowed holds the answer to a request to what the policy says.
func (o *office) allowed(what string, want bool, err error) {
	o.t.Helper()
	code := ""
	if refusal, ok := errors.AsType[*client.RequestError](err); ok {
		code = string(refusal.Code)
	} else if refusal, ok := errors.AsType[*client.HTTPError](err); ok {
		code = refusal.Code
	} else if err != nil {
		o.t.Fatal(err)
	}
	equal(o.t, what+" is refused with", code, map[bool]string{true: "", false: "not_allowed"}[want])
}

// refused is a link that does not get into the waiting room.
func (o *office) refused(what, link string, code wire.Code) {
	o.t.Helper()
	_, err := o.tryVisit(link)
	if refusal, ok := errors.AsType[*client.RequestError](err); !ok || refusal.Code != code {
		o.t.Errorf("%s: %v, want %s", what, err, code)
	}
}

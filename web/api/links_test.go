package api

import (
	"context"
	"io"
	"maps"
	"net/netip"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/token"
)

func TestLinks(t *testing.T) {
	f := newFixture(t)
	_, cookie := f.counsellor("ada")
	client, counsellor := invite("client", "M."), invite("counsellor", "")
	client.json["lang"] = "tr"
	path, room := f.room(cookie, client, counsellor)
	got := f.want(200, "POST", "/links/check", object{"auth": client.auth})
	want := object{"status": "open", "service": "Beratung Mitte", "role": "client", "lang": "tr", "now": float64(f.now.UnixMilli()), "consent": "click"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := f.want(200, "POST", "/links/check", object{"auth": counsellor.auth}); got["consent"] != "none" || got["role"] != "counsellor" {
		t.Errorf("%v", got)
	}
	child, written := invite("client", ""), invite("client", "")
	child.json["wording"], written.json["consent_in_writing"] = "child", true
	_, second := f.room(cookie, child, written)
	if got := f.want(200, "POST", "/links/check", object{"auth": child.auth}); got["consent"] != "click" || got["wording"] != "child" {
		t.Errorf("%v", got)
	}
	if got := f.want(200, "POST", "/links/check", object{"auth": written.auth}); got["consent"] != "none" || got["wording"] != nil {
		t.Errorf("%v", got)
	}
	if p := second["persons"].([]any); p[0].(object)["wording"] != "child" || p[1].(object)["consent_in_writing"] != true {
		t.Errorf("%v", p)
	}
	helper, refused := invite("interpreter", ""), invite("client", "")
	helper.json["may_moderate"], refused.json["may_moderate"] = true, true
	if _, third := f.room(cookie, helper); third["persons"].([]any)[0].(object)["may_moderate"] != true {
		t.Errorf("%v", third)
	}
	f.want(400, "POST", "/rooms", object{"kind": "once", "wrapped_secret": b64([]byte("s")), "persons": []object{refused.json}}, cookie[0], cookie[1])
	marked := object{"kind": "once", "policy": "schule", "wrapped_secret": b64([]byte("s")), "persons": []object{helper.json}}
	if got := f.want(403, "POST", "/rooms", marked, cookie[0], cookie[1]); got["code"] != "not_allowed" {
		t.Errorf("a mark under schule: %v", got)
	}
	device := point()
	signed := f.want(200, "POST", "/links/join", object{"auth": client.auth, "device": b64(device)})["ticket"].(string)
	ticket, err := f.tokens.VerifyTicket(signed)
	if err != nil || ticket.Role != lobby.RoleClient || string(ticket.Person) != room["persons"].([]any)[0].(object)["id"] || ticket.Device != token.Device(device) {
		t.Errorf("%+v %v", ticket, err)
	}

	// A new link: the old one is dead, the new one lives.
	again := invite("client", "")
	f.want(200, "PUT", personPath(path, room, 0)+"/link", object{"link_auth": again.json["link_auth"], "sealed_link": again.json["sealed_link"]}, cookie[0], cookie[1])
	if got := f.want(404, "POST", "/links/join", object{"auth": client.auth, "device": b64(device)}); got["code"] != "link_invalid" {
		t.Errorf("the old link: %v", got)
	}
	f.want(200, "POST", "/links/check", object{"auth": again.auth})
	if len(f.live.linked) != 1 || f.live.linked[0] != 1 {
		t.Errorf("the live room was told of new links with the generations %v", f.live.linked)
	}

	// Removed: for good.
	f.want(204, "DELETE", personPath(path, room, 0), nil, cookie[0], cookie[1])
	if got := f.want(404, "POST", "/links/check", object{"auth": again.auth}); got["code"] != "link_revoked" {
		t.Errorf("a revoked link: %v", got)
	}
	if len(f.live.removed) != 1 {
		t.Errorf("the person was removed %d times", len(f.live.removed))
	}
	if got := f.want(409, "PUT", personPath(path, room, 0)+"/link", object{"link_auth": invite("client", "").json["link_auth"]}, cookie[0], cookie[1]); got["code"] != "conflict" {
		t.Errorf("a new link for somebody who was removed: %v", got)
	}
	if len(f.live.linked) != 1 {
		t.Error("the live room was told of a link that was refused")
	}
}

// Where nobody can agree to go on without end-to-end encryption, the page knows it before it knocks.
func TestALinkSaysThatARoomIsSealed(t *testing.T) {
	f := newFixture(t)
	_, cookie := f.counsellor("ada")
	for policy, sealed := range map[string]any{"schutz": true, "schule": true, "erziehungsberatung": nil, "gruppe": nil} {
		client := invite("client", "")
		body := newRoom(client)
		body["policy"] = policy
		body["kind"] = "once"
		f.want(201, "POST", "/rooms", body, cookie[0], cookie[1])
		if got := f.want(200, "POST", "/links/check", object{"auth": client.auth}); got["sealed_only"] != sealed {
			t.Errorf("%s: %v", policy, got)
		}
	}
}

// Where the policy protects people at home, the page of who does not work there has the exit and the neutral title from its first answer on.
func TestALinkSaysHowItsPersonIsProtected(t *testing.T) {
	f := newFixture(t)
	_, cookie := f.counsellor("ada")
	for policy, protected := range map[string]bool{"schutz": true, "schule": false, "erziehungsberatung": false, "gruppe": false, "jobcenter": false} {
		for _, role := range []string{"client", "companion", "counsellor"} {
			guest := invite(role, "")
			body := newRoom(guest)
			body["policy"], body["kind"] = policy, "once"
			f.want(201, "POST", "/rooms", body, cookie[0], cookie[1])
			var exit, neutral any
			if protected && role != "counsellor" {
				exit, neutral = "https://weather.example/", true
			}
			if got := f.want(200, "POST", "/links/check", object{"auth": guest.auth}); got["quick_exit"] != exit || got["neutral_title"] != neutral {
				t.Errorf("%s, %s: %v", policy, role, got)
			}
		}
	}
}

// What can be written for people is what the pages can be read in.
func TestTheVarietiesOfThePages(t *testing.T) {
	source, err := os.ReadFile("../static/i18n/i18n.js")
	if err != nil {
		t.Fatal(err)
	}
	var pages []string
	for _, match := range regexp.MustCompile(`\{ code: '([\w-]+)', name`).FindAllSubmatch(source, -1) {
		if code := string(match[1]); !slices.Contains(pages, code) {
			pages = append(pages, code)
		}
	}
	slices.Sort(pages)
	if !slices.Equal(pages, lobby.Varieties()) {
		t.Errorf("the pages speak %v", pages)
	}
}

// What people agree to may be the service's own words: told of the wording in which the person is asked, where anybody asks.
func TestALinkHasTheServicesOwnWords(t *testing.T) {
	f := newFixture(t)
	_, cookie := f.counsellor("ada")
	own := f.policies["erziehungsberatung"]
	for wording, text := range map[lobby.Wording]string{lobby.WordingPlain: "Freiwillig.\n\nNichts wird aufgenommen.", lobby.WordingChild: "Du darfst nein sagen."} {
		var err error
		if own.ConsentTexts, err = own.ConsentTexts.With(wording, "de", text); err != nil {
			t.Fatal(err)
		}
	}
	f.policies["erziehungsberatung"] = own
	for name, test := range map[string]struct {
		role, policy string
		more         object
		want         any
	}{
		"a client":                {"client", "erziehungsberatung", nil, object{"de": "Freiwillig.\n\nNichts wird aufgenommen."}},
		"a child":                 {"client", "erziehungsberatung", object{"wording": "child"}, object{"de": "Du darfst nein sagen."}},
		"who has agreed on paper": {"client", "erziehungsberatung", object{"consent_in_writing": true}, nil},
		"a counsellor":            {"counsellor", "erziehungsberatung", nil, nil},
		"under another policy":    {"client", "jobcenter", nil, nil},
	} {
		guest := invite(test.role, "")
		maps.Copy(guest.json, test.more)
		body := newRoom(guest)
		body["policy"] = test.policy
		f.want(201, "POST", "/rooms", body, cookie[0], cookie[1])
		if got := f.want(200, "POST", "/links/check", object{"auth": guest.auth})["consent_text"]; !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s reads %v", name, got)
		}
	}
}

// Whoever is invited to a room of sound alone knows it before anything asks for a camera, and so does the counsellor.
func TestALinkSaysThatARoomIsForSound(t *testing.T) {
	f := newFixture(t)
	_, cookie := f.counsellor("ada")
	for _, sound := range []any{true, nil} {
		client := invite("client", "")
		body := newRoom(client)
		if sound != nil {
			body["sound_only"] = sound
		}
		room := f.want(201, "POST", "/rooms", body, cookie[0], cookie[1])
		if got := f.want(200, "POST", "/links/check", object{"auth": client.auth}); got["sound_only"] != sound || room["sound_only"] != sound {
			t.Errorf("%v: the link says %v, the room %v", sound, got, room)
		}
	}
}

func TestTheWindowOfALink(t *testing.T) {
	f := newFixture(t)
	_, cookie := f.counsellor("ada")
	client := invite("client", "")
	starts := f.now.Add(2 * time.Hour)
	body := newRoom(client)
	body["starts_at"] = starts.UnixMilli()
	f.want(201, "POST", "/rooms", body, cookie[0], cookie[1])
	opens := float64(starts.Add(-lobby.OpensBefore).UnixMilli())
	early := f.want(200, "POST", "/links/check", object{"auth": client.auth})
	if early["status"] != "early" || early["opens_at"] != opens || early["starts_at"] != float64(starts.UnixMilli()) {
		t.Errorf("%v", early)
	}
	join := object{"auth": client.auth, "device": b64(point())}
	if got := f.want(409, "POST", "/links/join", join); got["code"] != "early" || got["opens_at"] != opens {
		t.Errorf("%v", got)
	}
	f.pass(90 * time.Minute)
	f.want(200, "POST", "/links/join", join)
	f.pass(24 * time.Hour)
	expired := f.ask("POST", "/links/check", object{"auth": client.auth})
	unknown := f.ask("POST", "/links/check", object{"auth": b64(random(32))})
	a, _ := io.ReadAll(expired.Body)
	b, _ := io.ReadAll(unknown.Body)
	if expired.StatusCode != unknown.StatusCode || string(a) != string(b) || !reflect.DeepEqual(expired.Header, unknown.Header) {
		t.Errorf("expired: %d %s %v\nunknown: %d %s %v", expired.StatusCode, a, expired.Header, unknown.StatusCode, b, unknown.Header)
	}
}

func TestWrongLinksAreSlowedAndRightOnesAreNot(t *testing.T) {
	f := newFixture(t)
	_, cookie := f.counsellor("ada")
	client, gone := invite("client", ""), invite("client", "")
	path, room := f.room(cookie, client, gone)
	f.want(204, "DELETE", personPath(path, room, 1), nil, cookie[0], cookie[1])
	guess := func() object { return object{"auth": b64(random(32)), "device": b64(point())} }
	right := object{"auth": client.auth, "device": b64(point())}
	for range 12 {
		f.want(404, "POST", "/links/join", guess())
	}
	for range 200 { // a school behind the same address
		f.want(200, "POST", "/links/check", object{"auth": client.auth})
		f.want(200, "POST", "/links/join", right)
		if got := f.want(429, "POST", "/links/join", guess()); !reflect.DeepEqual(got, object{"code": "too_fast"}) {
			t.Fatalf("a wrong link: %v", got)
		}
	}
	if got := f.want(404, "POST", "/links/check", object{"auth": gone.auth}); got["code"] != "link_revoked" {
		t.Errorf("a revoked link: %v", got)
	}
	if slowed := f.ask("POST", "/links/join", guess()); slowed.Header.Get("Retry-After") != "5" {
		t.Errorf("to be tried again after %q", slowed.Header.Get("Retry-After"))
	}
	f.from = netip.MustParseAddr("192.0.2.99")
	f.want(404, "POST", "/links/join", guess())
	f.from = netip.MustParseAddr("192.0.2.1")
	f.pass(5 * time.Second)
	f.want(404, "POST", "/links/join", guess())
	f.want(429, "POST", "/links/join", guess())
}

// An expired link and one that never was are one answer, also to who is slowed.
func TestSlowedAnswersAreUniform(t *testing.T) {
	f := newFixture(t)
	_, cookie := f.counsellor("ada")
	expired := invite("client", "")
	body := newRoom(expired)
	body["starts_at"] = f.now.UnixMilli()
	f.want(201, "POST", "/rooms", body, cookie[0], cookie[1])
	f.pass(30 * 24 * time.Hour)
	for range 12 {
		f.want(404, "POST", "/links/check", object{"auth": b64(random(32))})
	}
	for _, auth := range []string{expired.auth, b64(random(32))} {
		resp := f.ask("POST", "/links/check", object{"auth": auth})
		raw, _ := io.ReadAll(resp.Body)
		if resp.StatusCode != 429 || resp.Header.Get("Retry-After") != "5" || strings.TrimSpace(string(raw)) != `{"code":"too_fast"}` {
			t.Errorf("%d %v %s", resp.StatusCode, resp.Header, raw)
		}
	}
}

func TestTheLimiterForgetsAndIsBounded(t *testing.T) {
	l := newLimiter(budget{perSecond: 1, burst: 2, addresses: 3})
	now := time.UnixMilli(0)
	addr := func(i int) netip.Addr { return netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}) }
	for i := range 3 {
		l.allow(addr(i), now)
	}
	// Full of addresses that are owed something: strangers share one budget.
	if !l.allow(addr(7), now) || !l.allow(addr(8), now) || l.allow(addr(9), now) || len(l.known) != 3 {
		t.Errorf("%d remembered", len(l.known))
	}
	now = now.Add(time.Minute)
	if !l.allow(addr(9), now) || len(l.known) != 1 {
		t.Errorf("%d remembered after a quiet minute", len(l.known))
	}
	l.forget(now.Add(time.Minute))
	if len(l.known) != 0 {
		t.Errorf("%d remembered after another", len(l.known))
	}
}

// A line has one budget, with however many addresses it asks.
func TestBudgetsAreALines(t *testing.T) {
	l, now := newLimiter(sessionBudget()), time.Now()
	for _, c := range []struct {
		a, b string
		same bool
	}{{"192.0.2.1", "::ffff:192.0.2.1", true}, {"192.0.2.1", "192.0.2.2", false}, {"2001:db8::1", "2001:db8::ffff", true}, {"2001:db8::1", "2001:db8:0:1::1", false}} {
		if got := l.ofLocked(netip.MustParseAddr(c.a), now) == l.ofLocked(netip.MustParseAddr(c.b), now); got != c.same {
			t.Errorf("%s and %s: %v", c.a, c.b, got)
		}
	}
}

// A ticket says what the live room has decided by then, also what is only being written: who left a moment ago gets one that is good.
func TestATicketWaitsForTheLiveRoom(t *testing.T) {
	f := newFixture(t)
	_, cookie := f.counsellor("ada")
	anna := invite("client", "M.")
	_, room := f.room(cookie, anna)
	ids := func(of any) string { return of.(object)["id"].(string) }
	generation := func() uint32 {
		ticket := f.want(200, "POST", "/links/join", object{"auth": anna.auth, "device": b64(point())})["ticket"].(string)
		signed, err := f.tokens.VerifyTicket(ticket)
		if err != nil {
			t.Fatal(err)
		}
		return signed.Generation
	}
	if got := generation(); got != 0 {
		t.Fatalf("generation %d", got)
	}
	f.live.settle = func(ctx context.Context) {
		id, person := lobby.RoomID(ids(room)), lobby.PersonID(ids(room["persons"].([]any)[0]))
		if _, err := f.lobby.RaiseGeneration(ctx, lobby.DefaultTenant, id, person); err != nil {
			t.Error(err)
		}
	}
	if got := generation(); got != 1 {
		t.Errorf("a ticket of generation %d", got)
	}
}

package api

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net/http/httptest"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"
)

// typeable gives an invitation a code; the result is what a page sends that somebody typed it into.
func (i invitation) typeable() string {
	secret := random(32)
	sum := sha256.Sum256(secret)
	i.json["code_auth"] = b64(sum[:])
	return b64(secret)
}

func TestACodeOpensWhatItsLinkOpens(t *testing.T) {
	f := newFixture(t)
	_, cookie := f.counsellor("ada")
	client, other := invite("client", "A"), invite("companion", "B")
	code := client.typeable()
	path, room := f.room(cookie, client, other)
	persons := room["persons"].([]any)
	if persons[0].(object)["code"] != true || persons[1].(object)["code"] != nil {
		t.Errorf("%v", persons)
	}
	byLink := f.want(200, "POST", "/links/check", object{"auth": client.auth})
	if byCode := f.want(200, "POST", "/links/check", object{"code": code}); !reflect.DeepEqual(byCode, byLink) {
		t.Errorf("by the code %v, by the link %v", byCode, byLink)
	}
	f.want(200, "POST", "/links/join", object{"code": code, "device": b64(point())})
	// Neither is the other, and one of them is shown.
	f.want(404, "POST", "/links/check", object{"auth": code})
	f.want(404, "POST", "/links/check", object{"code": client.auth})
	f.want(400, "POST", "/links/check", object{"auth": client.auth, "code": code})
	f.want(400, "POST", "/links/check", object{})

	// It lives as long as its link.
	renewed := invite("client", "")
	next := renewed.typeable()
	delete(renewed.json, "role")
	delete(renewed.json, "label")
	f.want(200, "PUT", personPath(path, room, 0)+"/link", renewed.json, cookie[0], cookie[1])
	f.want(404, "POST", "/links/join", object{"code": code, "device": b64(point())})
	f.want(200, "POST", "/links/join", object{"code": next, "device": b64(point())})
	f.want(200, "DELETE", path, nil, cookie[0], cookie[1])
	if got := f.want(404, "POST", "/links/check", object{"code": next}); got["code"] != "link_invalid" {
		t.Errorf("%v", got)
	}
}

// Who moderates waits for nobody, so nobody comes to moderate by so few letters.
func TestWhoModeratesHasNoCode(t *testing.T) {
	f := newFixture(t)
	_, cookie := f.counsellor("ada")
	for _, role := range []string{"counsellor", "co-counsellor"} {
		colleague := invite(role, "")
		colleague.typeable()
		if got := f.want(400, "POST", "/rooms", newRoom(colleague), cookie[0], cookie[1]); got["field"] != "code_auth" {
			t.Errorf("%s: %v", role, got)
		}
	}
}

// A million guesses at full speed: ten are looked at from one address, a few hundred from all, and the right code among the others is answered as they are.
func TestCodesCannotBeGuessedFast(t *testing.T) {
	f := newFixture(t)
	_, cookie := f.counsellor("ada")
	client := invite("client", "")
	code := client.typeable()
	f.room(cookie, client)
	for range 300 { // right ones cost nothing: an office behind one address
		f.want(200, "POST", "/links/check", object{"code": code})
	}
	looked := 0
	for range 1000 {
		if f.ask("POST", "/links/join", object{"code": b64(random(32)), "device": b64(point())}).StatusCode == 404 {
			looked++
		}
	}
	if looked != 10 {
		t.Errorf("%d of a thousand guesses were looked at", looked)
	}
	right := f.want(429, "POST", "/links/check", object{"code": code})
	wrong := f.want(429, "POST", "/links/check", object{"code": b64(random(32))})
	if !reflect.DeepEqual(right, wrong) {
		t.Errorf("the right one is answered %v, a wrong one %v", right, wrong)
	}
	f.want(200, "POST", "/links/check", object{"auth": client.auth}) // by the link as ever

	looked = 0
	const second = 1_000_000 / 1000 // guesses; an address each, in a thousand seconds a million
	for i := range 20 {
		for j := range second {
			f.from = netip.MustParseAddr(fmt.Sprintf("2001:db8:%x:%x::1", i, j))
			if f.ask("POST", "/links/check", object{"code": b64(random(32))}).StatusCode == 404 {
				looked++
			}
		}
		f.pass(time.Second)
	}
	if most := allCodesBudget().burst + 20*int(allCodesBudget().perSecond); looked > most {
		t.Errorf("%d guesses were looked at in 20 s, %d is the bound", looked, most)
	}
	f.pass(time.Minute)
	f.from = netip.MustParseAddr("192.0.2.77")
	f.want(200, "POST", "/links/check", object{"code": code})
}

// One network alone cannot use up what all have, however many addresses it has: who types elsewhere is let in.
func TestOneNetworkKeepsNobodyFromTyping(t *testing.T) {
	for name, from := range map[string]func(i int) netip.Addr{
		"an IPv6 /48": func(i int) netip.Addr { return netip.MustParseAddr(fmt.Sprintf("2001:db8:1:%x::1", i)) },
		"an IPv4 /24": func(i int) netip.Addr { return netip.AddrFrom4([4]byte{198, 18, 0, byte(i)}) },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			_, cookie := f.counsellor("ada")
			client := invite("client", "")
			code := client.typeable()
			f.room(cookie, client)
			looked := 0
			const seconds = 20
			for range seconds {
				for i := range 500 {
					f.from = from(i)
					if f.ask("POST", "/links/check", object{"code": b64(random(32))}).StatusCode == 404 {
						looked++
					}
				}
				f.from = netip.MustParseAddr("203.0.113.77")
				f.want(200, "POST", "/links/check", object{"code": code})
				f.pass(time.Second)
			}
			if most := wideCodeBudget().burst + seconds; looked > most {
				t.Errorf("%d guesses were looked at in %d s, %d is the bound", looked, seconds, most)
			}
			f.pass(time.Minute)
			f.from = from(0)
			for range 200 { // right ones cost nothing here either
				f.want(200, "POST", "/links/check", object{"code": code})
			}
		})
	}
}

// slowly is a body of which the last part comes when something else has happened.
type slowly struct {
	io.Reader
	meanwhile func()
}

func (s *slowly) Read(p []byte) (int, error) {
	if s.meanwhile != nil {
		s.meanwhile()
		s.meanwhile = nil
	}
	return s.Reader.Read(p)
}

// A request is as old as its first byte. Whoever sends the rest slowly, and guesses in between, has the time in between once.
func TestSlowRequestsBuyNoTries(t *testing.T) {
	f := newFixture(t)
	const held = 15 * time.Second // as long as a node waits for a body
	for _, test := range []struct {
		name, field string
		from        func(i int) netip.Addr
		most        func(time.Duration) int
	}{
		{"codes of one address", "code", func(int) netip.Addr { return netip.MustParseAddr("192.0.2.1") },
			func(in time.Duration) int { return 10 + int(in.Seconds()/10) }},
		{"codes of all", "code", func(i int) netip.Addr { return netip.AddrFrom4([4]byte{198, 18, byte(i), byte(i >> 8)}) },
			func(in time.Duration) int { return 200 + int(20*in.Seconds()) }},
		{"codes of one network", "code", func(i int) netip.Addr { return netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}) },
			func(in time.Duration) int { return 40 + int(in.Seconds()) }},
		{"links of one address", "auth", func(int) netip.Addr { return netip.MustParseAddr("192.0.2.2") },
			func(in time.Duration) int { return 12 + int(in.Seconds()/5) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			f.pass(time.Hour)
			began, looked, asked := f.now, 0, 0
			guess := func(body io.Reader) bool {
				asked++
				f.from = test.from(asked)
				r := httptest.NewRequest("POST", origin+Prefix+"/links/check", body)
				r.Header.Set("Content-Type", "application/json")
				w := httptest.NewRecorder()
				f.handler.ServeHTTP(w, r)
				if w.Code == 404 {
					looked++
				}
				return w.Code == 404
			}
			wrong := func() io.Reader {
				return strings.NewReader(fmt.Sprintf(`{%q:%q}`, test.field, b64(random(32))))
			}
			for guess(wrong()) {
			}
			for range 10 {
				guess(&slowly{wrong(), func() {
					f.pass(held)
					for guess(wrong()) {
					}
				}})
				for guess(wrong()) {
				}
			}
			in := f.now.Sub(began)
			if most := test.most(in); looked > most || looked < most/2 {
				t.Errorf("%d guesses were looked at in %v, want %d", looked, in, most)
			}
		})
	}
}

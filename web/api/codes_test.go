package api

import (
	"fmt"
	"io"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"crypto/sha256"
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
	if most := allCodesBurst + 20*int(allCodesPerSecond); looked > most {
		t.Errorf("%d guesses were looked at in 20 s, %d is the bound", looked, most)
	}
	f.pass(time.Minute)
	f.from = netip.MustParseAddr("192.0.2.77")
	f.want(200, "POST", "/links/check", object{"code": code})
}

// An expired code and one that never was are one answer.
func TestUnknownAndExpiredCodesAreOneAnswer(t *testing.T) {
	f := newFixture(t)
	_, cookie := f.counsellor("ada")
	client := invite("client", "")
	code := client.typeable()
	body := newRoom(client)
	body["starts_at"] = f.now.UnixMilli()
	f.want(201, "POST", "/rooms", body, cookie[0], cookie[1])
	f.pass(30 * 24 * time.Hour)
	expired := f.ask("POST", "/links/check", object{"code": code})
	unknown := f.ask("POST", "/links/check", object{"code": b64(random(32))})
	a, _ := io.ReadAll(expired.Body)
	b, _ := io.ReadAll(unknown.Body)
	if expired.StatusCode != 404 || unknown.StatusCode != 404 || string(a) != string(b) || !reflect.DeepEqual(expired.Header, unknown.Header) {
		t.Errorf("expired: %d %s %v\nunknown: %d %s %v", expired.StatusCode, a, expired.Header, unknown.StatusCode, b, unknown.Header)
	}
}

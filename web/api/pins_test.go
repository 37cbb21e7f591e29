package api

import (
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/lobby/token"
)

// What a PIN gives is good for this link, this device and this PIN, and half an hour.
func TestPass(t *testing.T) {
	f := newFixture(t)
	_, cookie := f.counsellor("ada")
	anna, ben := invite("client", "M."), invite("client", "B.")
	anna.json["pin"], ben.json["pin"] = true, true
	path, room := f.room(cookie, anna, ben)
	pinOf := func(i int) string { return room["persons"].([]any)[i].(object)["new_pin"].(string) }
	if got := f.want(200, "GET", path, nil, cookie[0], cookie[1])["persons"].([]any)[0].(object); got["pin"] != "set" || got["new_pin"] != nil {
		t.Errorf("it is told again: %v", got)
	}
	if got := f.want(200, "POST", "/links/check", object{"auth": anna.auth}); got["pin"] != true {
		t.Errorf("the link says %v", got)
	}
	if got := f.want(404, "POST", "/links/check", object{"auth": b64(random(32))}); got["pin"] != nil {
		t.Errorf("an unknown link says %v", got)
	}
	device := b64(point())
	prove := func(link invitation, pin string) string {
		t.Helper()
		return f.want(200, "POST", "/links/pin", object{"auth": link.auth, "device": device, "pin": pin})["pass"].(string)
	}
	join := func(status int, link invitation, device, pass string) {
		t.Helper()
		if got := f.want(status, "POST", "/links/join", object{"auth": link.auth, "device": device, "pass": pass}); status != 200 && got["code"] != "pin_needed" {
			t.Errorf("refused with %v", got)
		}
	}
	pass := prove(anna, pinOf(0))
	join(200, anna, device, pass)
	join(200, anna, device, pass)
	join(403, anna, b64(point()), pass)
	join(403, ben, device, pass)
	join(403, anna, device, "")
	join(403, anna, device, prove(ben, pinOf(1)))
	f.now = f.now.Add(token.PassLife + time.Second)
	join(403, anna, device, pass)

	pass = prove(anna, pinOf(0))
	renewed := f.want(200, "PUT", personPath(path, room, 0)+"/pin", nil, cookie[0], cookie[1])["new_pin"].(string)
	join(403, anna, device, pass)
	join(200, anna, device, prove(anna, renewed))

	// Who moderates in the live room is told when it is locked, and when no longer.
	for range 6 {
		f.want(403, "POST", "/links/pin", object{"auth": anna.auth, "device": device, "pin": otherPIN(renewed)})
	}
	if last := f.live.pins[len(f.live.pins)-1]; !last.PIN.Locked() {
		t.Errorf("told %+v", last.PIN)
	}
	if got := f.want(200, "DELETE", personPath(path, room, 0)+"/pin/lock", nil, cookie[0], cookie[1]); got["pin"] != "set" {
		t.Errorf("unlocked: %v", got)
	}
	if last := f.live.pins[len(f.live.pins)-1]; last.PIN.Locked() {
		t.Errorf("told %+v", last.PIN)
	}
	prove(anna, renewed)

	// A pass opens nothing by itself, and is no ticket.
	if _, err := f.tokens.VerifyTicket(pass); err == nil {
		t.Error("a pass was taken for a ticket")
	}
}

// Nothing is tried before the window, nor of a link that does not hold.
func TestPINBeforeTheWindow(t *testing.T) {
	f := newFixture(t)
	_, cookie := f.counsellor("ada")
	anna := invite("client", "M.")
	anna.json["pin"] = true
	n := newRoom(anna)
	n["starts_at"] = f.now.Add(3 * time.Hour).UnixMilli()
	room := f.want(201, "POST", "/rooms", n, cookie[0], cookie[1])
	pin := room["persons"].([]any)[0].(object)["new_pin"].(string)
	device := b64(point())
	for range 7 {
		f.want(409, "POST", "/links/pin", object{"auth": anna.auth, "device": device, "pin": otherPIN(pin)})
	}
	f.now = f.now.Add(3 * time.Hour)
	f.want(200, "POST", "/links/pin", object{"auth": anna.auth, "device": device, "pin": pin})
	f.now = f.now.Add(5 * time.Hour)
	if got := f.want(404, "POST", "/links/pin", object{"auth": anna.auth, "device": device, "pin": pin}); got["code"] != "link_invalid" {
		t.Errorf("expired: %v", got)
	}
}

// Whoever has a link and its PIN, and sends it again and again, takes one turn at hashing at a time; more than wait are refused, and then all is as before.
func TestOnePINOfAPersonAtATime(t *testing.T) {
	f := newFixture(t)
	_, cookie := f.counsellor("ada")
	anna, ben := invite("client", "M."), invite("client", "B.")
	anna.json["pin"], ben.json["pin"] = true, true
	_, room := f.room(cookie, anna, ben)
	body := func(i int, link invitation) object {
		return object{"auth": link.auth, "device": b64(point()), "pin": room["persons"].([]any)[i].(object)["new_pin"]}
	}
	looking, free := make(chan struct{}, 100), make(chan struct{})
	f.hasher.verify = func() { looking <- struct{}{}; <-free }
	const sent = maxTurns + 10
	statuses := make(chan int, sent)
	for range sent {
		go func() { statuses <- f.ask("POST", "/links/pin", body(0, anna)).StatusCode }()
	}
	<-looking
	for range sent - maxTurns {
		if got := <-statuses; got != 429 {
			t.Errorf("%d", got)
		}
	}
	if n := len(looking); n != 0 {
		t.Errorf("%d more are looked at", n)
	}
	other := make(chan int)
	go func() { other <- f.ask("POST", "/links/pin", body(1, ben)).StatusCode }()
	<-looking // another person's is, meanwhile
	close(free)
	if got := <-other; got != 200 {
		t.Errorf("the other's: %d", got)
	}
	for range maxTurns {
		if got := <-statuses; got != 200 {
			t.Errorf("%d", got)
		}
	}
	if n := len(f.api.pins.here); n != 0 {
		t.Errorf("%d persons are remembered", n)
	}
}

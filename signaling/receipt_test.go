package signaling_test

import (
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/receipt"
	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// forgotten is how long anything of a room may last after its end.
const forgotten = 5 * time.Second

// ends ends a room for all that was ended durably before, and gives the promise of the receipt.
func (h *house) ends(room lobby.RoomID, left lobby.Ended) string {
	h.t.Helper()
	promise, err := h.server.EndRoom(h.t.Context(), room, left)
	must(h.t, err)
	return promise
}

// takes gives the receipt that a peer was promised, when it is there.
func (h *house) takes(promise string) receipt.Signed {
	h.t.Helper()
	for began := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		signed, err := h.receipts.Desk.Take(promise, time.Now())
		switch {
		case err == nil:
			if verify := signed.Verify(h.receipts.Signer.Public()); verify != nil {
				h.t.Errorf("verify: %v", verify)
			}
			return signed
		case !errors.Is(err, receipt.ErrNotYet), time.Since(began) > forgotten:
			h.t.Fatalf("no receipt after %v: %v", time.Since(began), err)
		}
	}
}

// On every way to the end everything is deleted within seconds, and then, not before, those who were in get the receipt.
func TestReceiptOnEveryWayToTheEnd(t *testing.T) {
	for _, kind := range []lobby.Kind{lobby.Once, lobby.Series} {
		for name, end := range map[string]func(t *testing.T, h *house, counsellor *peer){
			"the counsellor": func(_ *testing.T, _ *house, counsellor *peer) { counsellor.ok(&wire.End{}) },
			"no counsellor": func(t *testing.T, h *house, counsellor *peer) {
				counsellor.ok(&wire.Leave{})
				time.Sleep(lobby.ShippedPolicies()[h.room.Policy].EndAfter + time.Second)
			},
			"command line": func(t *testing.T, h *house, _ *peer) {
				left, err := h.lobby.EndRoom(t.Context(), lobby.DefaultTenant, h.room.ID)
				must(t, err)
				h.ends(h.room.ID, left)
			},
			"API": func(t *testing.T, h *house, _ *peer) {
				must(t, h.lobby.DeleteRoom(t.Context(), lobby.DefaultTenant, h.counsellor.ID, h.room.ID))
				h.ends(h.room.ID, lobby.Ended{Deleted: true})
			},
			"expiry": func(t *testing.T, h *house, _ *peer) {
				swept, err := h.lobby.Sweep(t.Context(), time.Now().Add(10*365*24*time.Hour))
				must(t, err)
				equal(t, "swept rooms", len(swept), 1)
				h.ends(swept[0].Room, lobby.Ended{Deleted: true})
			},
		} {
			t.Run(string(kind)+"/"+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					h := newHouseInBubble(t)
					must(t, h.lobby.DeleteRoom(t.Context(), lobby.DefaultTenant, h.counsellor.ID, h.room.ID))
					h.room = h.newRoom(kind)
					counsellor, anna := h.call()
					waiting := h.join("ben", newDevice(t))
					end(t, h, counsellor)
					told := time.Now()
					promise := expect[*wire.Ended](anna).Receipt
					anna.closed(wire.CloseEnded)
					equal(t, "promise of who only waited", expect[*wire.Ended](waiting).Receipt, "")
					r := h.takes(promise).Receipt
					if took := time.Since(told); took > forgotten {
						t.Errorf("after %v", took)
					}
					equal(t, "live rooms when the receipt is there", h.server.Stats().Rooms, 0)
					room, persons, err := h.lobby.Room(t.Context(), lobby.DefaultTenant, h.counsellor.ID, h.room.ID)
					survives := kind == lobby.Series && name != "API" && name != "expiry"
					if survives != (err == nil) || survives && room.Session == h.room.Session {
						t.Errorf("the store still has %+v, %v", room, err)
					}
					if want := map[string]int{"counsellor": 1, "client": 1}; !maps.Equal(r.People, want) {
						t.Errorf("people: %v", r.People)
					}
					equal(t, "policy", r.Policy, h.room.Policy)
					equal(t, "software", r.Software, "v0.test")
					stays, gone := map[string]int{}, map[string]bool{}
					for _, s := range r.Stays {
						stays[s.What] = s.Count
					}
					for _, d := range r.Deleted {
						gone[d.What] = true
					}
					if survives {
						if want := map[string]int{"room": 0, "persons": len(persons), "links": len(persons)}; !maps.Equal(stays, want) {
							t.Errorf("stays: %v, not %v", stays, want)
						}
						equal(t, "links deleted", gone["links"], false)
					} else {
						equal(t, "stays", len(stays), 0)
						equal(t, "kinds deleted", len(gone), len(receipt.Kinds()))
					}
					if !gone["media"] || !gone["participants"] || !gone["waiting_list"] {
						t.Errorf("deleted: %v", gone)
					}
					if _, err := h.receipts.Desk.Take(promise, time.Now()); err != receipt.ErrNone {
						t.Errorf("taken again: %v", err)
					}
					if text, _ := json.Marshal(r); strings.Contains(string(text), "anary") || strings.Contains(string(text), string(h.room.ID)) {
						t.Errorf("it names somebody: %s", text)
					}
				})
			})
		}
	}
}

// While the store cannot delete there is no receipt, and when it never can, none is ever made.
func TestNoReceiptBeforeTheWipe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouseInBubble(t)
		counsellor, _ := h.call()
		h.lobby.fail(errDisk)
		counsellor.say(&wire.End{})
		promise := expect[*wire.Ended](counsellor).Receipt
		time.Sleep(10 * time.Second)
		if _, err := h.receipts.Desk.Take(promise, time.Now()); err != receipt.ErrNotYet {
			t.Errorf("a receipt for what is not deleted: %v", err)
		}
		h.lobby.fail(nil)
		time.Sleep(30 * time.Second) // the longest pause between two attempts
		synctest.Wait()
		h.takes(promise)
		time.Sleep(receipt.Keep)
		if _, err := h.receipts.Desk.Take(promise, time.Now()); err != receipt.ErrNone {
			t.Errorf("it is remembered: %v", err)
		}
	})
}

// A room that a restart found in the middle of its session has a receipt, which says so.
func TestReceiptAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouseInBubble(t)
		counsellor, anna := h.call()
		must(t, h.server.Close(t.Context()))
		anna.closed(wire.CloseGoingAway)
		counsellor.closed(wire.CloseGoingAway)
		h.open()
		begun, err := h.lobby.Begun(t.Context())
		must(t, err)
		must(t, h.server.Revive(begun))
		back := anna.comeBack(true)
		time.Sleep(lobby.ShippedPolicies()[h.room.Policy].EndAfter + time.Second)
		r := h.takes(expect[*wire.Ended](back).Receipt).Receipt
		if !r.Restarted || r.Began != nil || !reflect.DeepEqual(r.People, map[string]int{"client": 1}) {
			t.Errorf("the receipt: %+v", r)
		}
	})
}

// An incident stops everything between everybody, what is sealed included, until it is taken back.
func TestIncidentFreezesTheRoom(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	cara := h.join("cara", newDevice(t))
	hers, theirs := h.offer(anna), h.offer(counsellor)
	anna.refused(&wire.Incident{On: true}, wire.CodeNotAllowed)
	noted, ok := counsellor.ask(&wire.Incident{On: true}).(*wire.IncidentNoted)
	if !ok || noted.Pseudonym == "" || noted.Policy != h.room.Policy || noted.Software != "v0.test" || noted.At%receipt.Round.Milliseconds() != 0 {
		t.Fatalf("noted: %+v", noted)
	}
	for _, media := range []*media{hers, theirs} {
		if f, _ := media.state(); f.Group != "" {
			t.Errorf("it flows: %+v", f)
		}
	}
	if r := expectThat(anna, func(r *wire.Room) bool { return r.Frozen }); !r.Held {
		t.Error("older pages do not see it")
	}
	anna.refused(&wire.SendSealed{To: counsellor.id(), Sealed: []byte("sealed")}, wire.CodeWrongState)
	counsellor.refused(&wire.SendSealed{To: anna.id(), Sealed: []byte("sealed")}, wire.CodeWrongState)
	cara.refused(&wire.Incident{On: false}, wire.CodeNotAllowed)
	cara.refused(&wire.End{}, wire.CodeNotAllowed)
	counsellor.refused(&wire.Hold{On: false}, wire.CodeWrongState)

	// A restart opens nothing.
	for _, p := range []*peer{counsellor, anna} {
		p.resume = expect[*wire.Token](p).Resume
	}
	must(t, h.server.Close(t.Context()))
	counsellor.closed(wire.CloseGoingAway)
	anna.closed(wire.CloseGoingAway)
	h.open()
	counsellor, anna = counsellor.comeBack(true), anna.comeBack(true)
	equal(t, "frozen after a restart", anna.self.State.Room.Frozen, true)
	hers = h.offer(anna)
	if f, _ := hers.state(); f.Group != "" {
		t.Errorf("it flows after a restart: %+v", f)
	}
	counsellor.ok(&wire.Incident{On: false})
	counsellor.ok(&wire.Hold{On: false})
	hers.flows(t, sfu.Flow{Group: "room", Audio: true, Video: true})
	anna.ok(&wire.SendSealed{To: counsellor.id(), Sealed: []byte("sealed")})
}

// After a restart a frozen room goes on by the word of the co-counsellor who reported the incident, or of a counsellor, and of nobody else.
func TestWhoReportedAnIncidentMayTakeItBackAfterARestart(t *testing.T) {
	h := newHouse(t)
	cara, other := h.join("cara", newDevice(t)), h.join("cora", newDevice(t))
	if _, ok := cara.ask(&wire.Incident{On: true}).(*wire.IncidentNoted); !ok {
		t.Fatal("not noted")
	}
	for _, p := range []*peer{cara, other} {
		p.resume = expect[*wire.Token](p).Resume
	}
	must(t, h.server.Close(t.Context()))
	h.open()
	cara, other = cara.comeBack(true), other.comeBack(true)
	equal(t, "frozen", other.self.State.Room.Frozen, true)
	other.refused(&wire.Incident{On: false}, wire.CodeNotAllowed)
	cara.ok(&wire.Incident{On: false})
	expectThat(other, func(r *wire.Room) bool { return !r.Frozen })
	if _, ok := cara.ask(&wire.Incident{On: true}).(*wire.IncidentNoted); !ok {
		t.Fatal("not noted")
	}
	h.counsel().ok(&wire.Incident{On: false})
}

// Whoever can be in a room can be counted.
func TestEveryRoleCanStandInAReceipt(t *testing.T) {
	h := newHouse(t)
	at := receipt.Rounded(time.Now())
	for _, role := range lobby.Roles() {
		_, err := h.receipts.Signer.Sign(receipt.Receipt{
			Version: receipt.Version, Pseudonym: "ABCDEFGHIJKLMN", Software: "v0", Policy: lobby.DefaultPolicy, Ended: at, People: map[string]int{string(role): 1},
		})
		must(t, err)
	}
}

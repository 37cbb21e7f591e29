package signaling_test

import (
	"testing"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// In a room of sound alone the engine gets no leave to forward a camera, whatever a client says, and whoever says so.
func TestNoCameraWhereThereIsSoundAlone(t *testing.T) {
	h := newHouse(t)
	h.room = h.newRoomFor(lobby.NewRoom{Policy: lobby.DefaultPolicy, Kind: lobby.Series, SoundOnly: true})
	counsellor, anna := h.call()
	sound := sfu.Flow{Group: "room", Audio: true}
	own, hers := h.offer(counsellor), h.offer(anna)
	for _, p := range []*peer{counsellor, anna} {
		p.refused(&wire.Self{Video: new(true)}, wire.CodeNotAllowed)
		p.refused(&wire.Self{Audio: new(true), Video: new(true)}, wire.CodeNotAllowed)
	}
	own.flows(t, sfu.Flow{Group: "room", Audio: true, Entrusted: true})
	hers.flows(t, sound)
	anna.refused(&wire.Self{Screen: new(true)}, wire.CodeNotAllowed)
	counsellor.ok(&wire.Self{Screen: new(true)})
	own.flows(t, sfu.Flow{Group: "room", Audio: true, Screen: true, Entrusted: true})

	anna = anna.comeBack(true)
	equal(t, "the rule", anna.self.State.Room.SoundOnly, true)
	anna.refused(&wire.Self{Video: new(true)}, wire.CodeNotAllowed)
	h.offer(anna).flows(t, sound)
}

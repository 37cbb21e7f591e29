package room

import "testing"

// TestHands: they have an order, which stays while others go down; nobody puts up another's.
func TestHands(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben := h.inside()
	cleo := h.client("cleo", 3)
	h.must(cleo)
	h.refuse(RaiseHand{cleo.Socket, true}, ErrWrongState)
	h.must(Admit{ada.Socket, cleo.Participant})
	hand := func(a Arrive) uint64 { return h.s.seat(a.Participant).Hand }

	events := h.must(RaiseHand{ben.Socket, true})
	want(t, "ada reads", told(events, ada.Socket)[0].(MemberChanged).Hand, uint64(1))
	want(t, "ben reads", told(events, ben.Socket)[0], Body(OwnHand{1}))
	h.must(RaiseHand{cleo.Socket, true})
	want(t, "a second time", len(h.must(RaiseHand{ben.Socket, true})), 0)
	want(t, "in order", []uint64{hand(ben), hand(cleo)}, []uint64{1, 2})
	h.must(RaiseHand{ben.Socket, false})
	h.must(RaiseHand{ben.Socket, true})
	want(t, "anew, and behind", []uint64{hand(ben), hand(cleo)}, []uint64{3, 2})

	h.refuse(LowerHand{ben.Socket, cleo.Participant}, ErrNotAllowed)
	h.refuse(LowerHand{ben.Socket, ""}, ErrNotAllowed)
	h.refuse(LowerHand{ada.Socket, "nobody"}, ErrNotFound)
	events = h.must(LowerHand{ada.Socket, cleo.Participant})
	want(t, "cleo reads", told(events, cleo.Socket)[0], Body(OwnHand{0}))
	want(t, "lowered in the same moment", len(h.must(LowerHand{ada.Socket, cleo.Participant})), 0)
	h.must(RaiseHand{cleo.Socket, true})
	h.must(LowerHand{ada.Socket, ""})
	want(t, "all", []uint64{hand(ben), hand(cleo)}, []uint64{0, 0})
}

// TestHandsGoDown with the seat, and not with a lost line or a new page.
func TestHandsGoDown(t *testing.T) {
	for name, test := range map[string]struct {
		do   func(h *house, ada, ben Arrive)
		stay bool
	}{
		"put back":    {func(h *house, ada, ben Arrive) { h.must(PutBack{ada.Socket, ben.Participant}) }, false},
		"left":        {func(h *house, ada, ben Arrive) { h.must(Leave{By: ben.Socket}); h.must(h.again(ben)) }, false},
		"a lost line": {func(h *house, ada, ben Arrive) { h.must(Disconnect{Socket: ben.Socket}); h.must(h.again(ben)) }, true},
		"a new page":  {func(h *house, ada, ben Arrive) { b := h.again(ben); b.Fresh = true; h.must(b) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, testConfig())
			ada, ben := h.inside()
			h.must(RaiseHand{ben.Socket, true})
			test.do(h, ada, ben)
			want(t, "up", h.s.seat(ben.Participant).Hand != 0, test.stay)
		})
	}
}

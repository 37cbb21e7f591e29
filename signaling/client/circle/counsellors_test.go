package circle_test

import (
	"testing"
)

// two are two counsellors, the second let in by the first, and a client.
func two(r *room) (ada, ben, cleo *page) {
	all := call(r, 1)
	ada, ben = all[0], all[1]
	cleo = r.counsellor("cleo", true)
	ada.Admit(cleo.seat)
	r.comeIn(ada, ben, cleo)
	return ada, ben, cleo
}

// A counsellor who was put out, and is let in by the other with a new device, believes her.
func TestBelievesWhoLetsHerInAnew(t *testing.T) {
	in(t, func(t *testing.T, r *room) {
		ada, ben, cleo := two(r)
		ada.Dismiss("cleo")
		settle()
		ada.Close()
		again := r.counsellor("ada", true)
		r.comeIn(again, ben, cleo)
		again.Admit(cleo.seat)
		again.Admit(ben.seat)
		settle()
		settle()
		protected(t, again, ben, cleo)
	})
}

package room

import "errors"

// raiseHand puts the own hand up or down. One that is up keeps its number.
func (t *step) raiseHand(c RaiseHand) error {
	x, err := t.asks(c.By)
	if err != nil {
		return err
	}
	if !x.inside() {
		return ErrWrongState
	}
	t.hear(x)
	switch {
	case !c.Up:
		x.Hand = 0
	case x.Hand == 0:
		t.s.d.Hands++
		x.Hand = t.s.d.Hands
	}
	return nil
}

// lowerHand is a counsellor's: nobody puts up a hand for somebody else. One that went down in the same moment is down.
func (t *step) lowerHand(c LowerHand) error {
	m, err := t.moderator(c.By)
	if err != nil {
		return err
	}
	if x := t.s.seat(c.Participant); c.Participant != "" && (x == nil || !x.inside()) {
		return ErrNotFound
	}
	t.hear(m)
	for _, x := range t.s.d.Seats {
		if c.Participant == "" || x.ID == c.Participant {
			x.Hand = 0
		}
	}
	return nil
}

// checkHands refuses states in which two hands have one number, or somebody outside has his up.
func (d *data) checkHands() error {
	up := map[uint64]bool{}
	for _, x := range d.Seats {
		if x.Hand != 0 && (!x.inside() || x.Hand > d.Hands || up[x.Hand]) {
			return errors.New("a hand that cannot be up")
		}
		up[x.Hand] = true
	}
	return nil
}

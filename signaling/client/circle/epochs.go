package circle

import (
	"crypto/rand"
	"time"
)

const (
	gathered  = 50 * time.Millisecond  // changes that come together make one epoch
	usedAfter = 550 * time.Millisecond // after the first change, whoever has not answered
)

// Key is a sender's secret of one epoch.
type Key struct {
	Epoch  int // below 256
	Tag    uint16
	Secret [32]byte
}

// epochs are one's own secrets: which set of people has which, and when it is sealed with. It lives on the loop.
type epochs struct {
	loop    *loop
	tag     uint16
	changed func()    // there is another key, to be told
	use     func(Key) // it is sealed with from now on

	// By session point: who is to have the next one, who gets the present one, who has said that he has it.
	wanted, sharing, have map[string]bool
	key                   *Key
	last                  int // epoch
	used                  bool

	gathering, deadline func() // stop their timers; nil for none
}

func (e *epochs) share(sessions map[string]bool) {
	same := e.key != nil && len(sessions) == len(e.wanted)
	for session := range sessions {
		same = same && e.wanted[session]
	}
	if same {
		return
	}
	e.wanted = sessions
	e.renew()
}

func (e *epochs) renew() {
	if e.gathering == nil {
		e.gathering = e.loop.after(gathered, e.next)
	}
	if e.deadline == nil {
		e.deadline = e.loop.after(usedAfter, e.late)
	}
}

func stop(timer *func()) {
	if *timer != nil {
		(*timer)()
		*timer = nil
	}
}

func (e *epochs) next() {
	e.gathering = nil
	e.key = &Key{Epoch: e.last, Tag: e.tag}
	e.last = (e.last + 1) % 256
	rand.Read(e.key.Secret[:])
	e.sharing, e.have, e.used = e.wanted, map[string]bool{}, false
	e.changed()
	e.settle()
}

func (e *epochs) late() {
	e.deadline = nil
	if e.gathering != nil {
		stop(&e.gathering)
		e.next()
	}
	e.begin()
}

// keyFor is the key for somebody; nil while there is none that is meant for him.
func (e *epochs) keyFor(session string) *Key {
	if !e.sharing[session] {
		return nil
	}
	return e.key
}

func (e *epochs) has(session string, epoch int) {
	if e.key == nil || epoch != e.key.Epoch || !e.sharing[session] {
		return
	}
	e.have[session] = true
	e.settle()
}

func (e *epochs) settle() {
	if e.gathering != nil {
		return
	}
	for session := range e.sharing {
		if !e.have[session] {
			return
		}
	}
	e.begin()
}

func (e *epochs) begin() {
	stop(&e.deadline)
	if e.used || e.key == nil {
		return
	}
	e.used = true
	e.use(*e.key)
}

func (e *epochs) end() {
	stop(&e.gathering)
	stop(&e.deadline)
	e.wanted, e.sharing, e.key = nil, nil, nil
}

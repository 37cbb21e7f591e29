package circle

import "time"

// retold is when a state is told again to who has not answered, after the time before.
var retold = [...]time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second}

const (
	unnoticed  = 2 * time.Second // it may take so long before it is worth a word
	askedEvery = time.Second
)

// link is what one has to tell another session, until that has said that it knows. What is told is a state, never a step. It lives on the loop.
type link struct {
	*channel
	loop *loop
	tell func(version uint64)

	due, known uint64
	since      time.Time // it has been unknown
	asked      time.Time
	timer      func()
}

// changed says that there is something new to tell.
func (l *link) changed() {
	if l.due == l.known {
		l.since = time.Now()
	}
	l.due++
	l.say(0)
}

func (l *link) say(n int) {
	stop(&l.timer)
	l.tell(l.due)
	if n < len(retold) {
		l.timer = l.loop.after(retold[n], func() { l.say(n + 1) })
	}
}

// again says that the line to the server is back: what the other does not know is told again.
func (l *link) again() {
	if l.due > l.known {
		l.say(0)
	}
}

// heard says that the other knows what was told with this version.
func (l *link) heard(version uint64) {
	if version <= l.known || version > l.due {
		return
	}
	l.known = version
	if l.known == l.due {
		stop(&l.timer)
	}
}

// wanted says that the other asks for it.
func (l *link) wanted() {
	if time.Since(l.asked) < askedEvery || l.due == 0 {
		return
	}
	l.asked = time.Now()
	l.tell(l.due)
}

// silent reports whether the other does not know, for longer than a line may take, or has never said anything.
func (l *link) silent() bool {
	return l.known == 0 || l.due > l.known && time.Since(l.since) > unnoticed
}

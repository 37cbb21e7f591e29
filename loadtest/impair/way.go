package impair

import (
	"net"
	"slices"
	"sync"
	"time"
)

// maxWaiting is how many packets are on one way; more are dropped.
const maxWaiting = 4096

// way is a line in one direction, and the packets that are on it.
type way struct {
	send    func(delivery)
	waiting chan delivery
	done    chan struct{}
	once    sync.Once

	mu   sync.Mutex // guards the following field
	line *Line
}

type delivery struct {
	packet []byte
	peer   net.Addr // whom it comes from or goes to, where the way does not say it
	at     time.Time
}

func newWay(s Settings, seed uint64, send func(delivery)) *way {
	return &way{send: send, line: NewLine(s, seed), waiting: make(chan delivery, maxWaiting), done: make(chan struct{})}
}

func (w *way) change(s Settings) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.line.Change(s)
}

// ipHeaders are what a datagram takes on the wire besides.
const ipHeaders = 28

func (w *way) pass(packet []byte, peer net.Addr) {
	w.mu.Lock()
	at, ok := w.line.Send(len(packet)+ipHeaders, time.Now())
	w.mu.Unlock()
	if !ok {
		return
	}
	select {
	case w.waiting <- delivery{slices.Clone(packet), peer, at}:
	default:
	}
}

// run delivers the packets in their order, each at its time.
func (w *way) run() {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		select {
		case <-w.done:
			return
		case d := <-w.waiting:
			if left := time.Until(d.at); left > 0 {
				timer.Reset(left)
				select {
				case <-timer.C:
				case <-w.done:
					return
				}
			}
			w.send(d)
		}
	}
}

func (w *way) close() { w.once.Do(func() { close(w.done) }) }

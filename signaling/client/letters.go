package client

import (
	"context"
	"slices"
	"sync"

	"github.com/anteroom-video/anteroom/signaling/client/circle"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// addresseesMost is for how many people letters may wait: more than a room has.
const addresseesMost = 128

// letters are what the circle has sealed for others and waits for the line, which carries so many messages a second. Those for one stay in order, and a
// later one takes the place of an earlier one of its kind; the people take turns. For too many people the longest in line gets nothing, as on a line that
// loses: what is not answered is told again.
type letters struct {
	more chan struct{} // of capacity 1

	mu sync.Mutex // guards the following
	// line is who is to be sent something, who is next first.
	line   []string
	to     map[string][]circle.Letter
	unsent Unsent
}

// Unsent is how many of a call's letters were never handed to the server, by reason. In a room as rooms are it is zero.
type Unsent struct {
	TooLarge uint64 // for the server, which would take them for an attack: a fault of this program
	Crowded  uint64 // letters waited for more people than a room has
}

func newLetters() *letters {
	return &letters{more: make(chan struct{}, 1), to: map[string][]circle.Letter{}}
}

// post queues a letter. What is larger than the server takes is lost, and counted.
func (l *letters) post(letter circle.Letter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(letter.Sealed) > wire.MaxSealed {
		l.unsent.TooLarge++
		return
	}
	waiting := l.to[letter.To]
	if waiting == nil {
		if len(l.line) >= addresseesMost {
			l.unsent.Crowded += uint64(len(l.to[l.line[0]]))
			delete(l.to, l.line[0])
			l.line = slices.Delete(l.line, 0, 1)
		}
		l.line = append(l.line, letter.To)
	}
	// At the end, not in the earlier one's place: what comes out of order is not heard.
	waiting = slices.DeleteFunc(waiting, func(one circle.Letter) bool { return one.Kind == letter.Kind })
	l.to[letter.To] = append(waiting, letter)
	select {
	case l.more <- struct{}{}:
	default: // whoever delivers looks already
	}
}

// lost is what was not sent so far.
func (l *letters) lost() Unsent {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.unsent
}

// burn throws away what waits.
func (l *letters) burn() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.line = nil
	clear(l.to)
}

// next is the next letter; nil for none.
func (l *letters) next() *circle.Letter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.line) == 0 {
		return nil
	}
	who := l.line[0]
	letter, rest := l.to[who][0], l.to[who][1:]
	l.line = slices.Delete(l.line, 0, 1)
	if len(rest) == 0 {
		delete(l.to, who)
	} else {
		l.to[who] = rest
		l.line = append(l.line, who)
	}
	return &letter
}

// deliver sends what there is and what comes, until the context ends. Refusals are not looked at.
func (l *letters) deliver(ctx context.Context, send func(context.Context, wire.Body) error) {
	for {
		for letter := l.next(); letter != nil && ctx.Err() == nil; letter = l.next() {
			_ = send(ctx, &wire.SendSealed{To: letter.To, Sealed: letter.Sealed}) // it is lost with its line
		}
		select {
		case <-ctx.Done():
			return
		case <-l.more:
		}
	}
}

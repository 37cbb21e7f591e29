package room

// Sink is one socket as the loop sees it. The methods are called in order, by the loop's goroutine; they must not block
// and must not call the loop. After Close nothing follows.
type Sink interface {
	// Send queues a message: one of the bodies from [Welcome] to [Standing]. It must not write to it.
	Send(Body)
	// Close asks to close the socket once everything sent before is written.
	Close(Reason)
}

// Forwarder carries out [Flow], [Drop], [Paired] and [Parted]. The methods are called in order, by the loop's goroutine, cuts before anybody
// is told; they must take no longer than memory takes and must not call the loop. When SetFlow has returned, nothing is
// forwarded against it; when Drop has returned, nothing of this participant's session is.
type Forwarder interface {
	SetFlow(Flow)
	Drop(Participant)
	// Pair lets two connect to each other, Part ends that: when it has returned, the server relays nothing more between them.
	Pair(Paired)
	Part(Parted)
}

// effects gives the bodies of one type.
func effects[T Body](events []Event) (all []T) {
	for _, e := range events {
		if b, ok := e.Body.(T); ok {
			all = append(all, b)
		}
	}
	return all
}

// carryOut does the events in order, but for what is to be written.
func (l *Loop) carryOut(events []Event) {
	for _, e := range events {
		switch b := e.Body.(type) {
		case Flow:
			l.media[b.Participant] = true
			l.config.Forwarder.SetFlow(b)
		case Drop:
			delete(l.media, b.Participant)
			l.config.Forwarder.Drop(b.Participant)
		case Paired:
			l.config.Forwarder.Pair(b)
		case Parted:
			l.config.Forwarder.Part(b)
		case Over:
			if l.config.Over != nil {
				l.config.Over(b.Record)
			}
		case Durable: // goes to the writer
		case Close:
			for _, s := range e.To {
				if k := l.sink(s); k != nil {
					l.Detach(s)
					k.Close(b.Reason)
				}
			}
		default:
			for _, s := range e.To {
				if k := l.sink(s); k != nil {
					k.Send(b)
				}
			}
		}
	}
}

func (l *Loop) sink(s Socket) Sink {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sinks[s]
}

// fail ends a room whose state cannot be trusted any more. What panicked may panic again, so each part is on its own.
func (l *Loop) fail(recovered any, stack []byte) {
	alone := func(f func()) {
		defer func() { _ = recover() }()
		f()
	}
	for p := range l.media {
		alone(func() { l.config.Forwarder.Drop(p) })
	}
	l.mu.Lock()
	sinks := l.sinks
	l.sinks = map[Socket]Sink{}
	l.mu.Unlock()
	for _, k := range sinks {
		alone(func() { k.Close(ReasonInternal) })
	}
	if l.config.Failed != nil {
		alone(func() { l.config.Failed(recovered, stack) })
	}
	if len(l.writes) > 0 {
		// Who was put back or removed must not come in again because the telling failed.
		l.writer.add(l.writes, make(chan error, 1))
	}
	if l.present != nil {
		l.present.reply <- ErrClosed
	}
}

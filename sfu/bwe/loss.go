package bwe

// Loss by itself says little: radio loses packets at any rate, and sending less then only makes the picture worse. What
// is lost while the queue is long is the queue's overflow. What is lost without a queue is put to the test: a fifth less
// is sent for a moment. If the loss stays, it is the line's, and is put up with from then on; if it goes, it was ours
// (a policer, a queue too short to be seen).
const (
	lossWindows = 12 // that decisions look at: two seconds and a half, or more
	lossTold    = 5
	windowTime  = 200 * millisecond
	windowLeast = 20 // packets
	tooOld      = 2 * second

	suspectLeast = 200  // packets
	suspicious   = 0.10 // lost beyond what the line is known to lose
	usual        = 1.5  // times what it is known to lose

	trialShare              = 0.8 // of what was sent before
	trialPackets            = 200
	trialLeast              = 80
	trialTime, trialMost    = 2 * second, 4 * second
	trialRest               = 3 * second // after one that showed something
	trialPause, trialPauses = 10 * second, 60 * second
)

type tally struct {
	lost, all int
	crowded   bool // a queue stood meanwhile, long enough to overflow
}

func (t tally) share() float64 {
	if t.all == 0 {
		return 0
	}
	return float64(t.lost) / float64(t.all)
}

// losses counts them in windows.
type losses struct {
	windows [lossWindows]tally
	turn    int
	current tally
	began   int64
	// background is what the line seems to lose whatever is sent: what is lost while no queue stands. More than suspicious
	// is believed only after a trial has proven it.
	background, proven float64
	trial              trial
}

// trial sends less for a moment to see whether less is lost.
type trial struct {
	running bool
	from    int64 // number
	since   int64
	cap     float64
	sent    float64 // the rate before
	before  float64 // the loss before
	tally   tally
	next    int64 // when another may begin
	pause   int64
}

// note counts a packet that came or was passed over.
func (l *losses) note(n int64, came bool) {
	l.current.all++
	if !came {
		l.current.lost++
	}
	if l.trial.running && n >= l.trial.from {
		l.trial.tally.all++
		if !came {
			l.trial.tally.lost++
		}
	}
}

// found takes back a loss: the packet came late.
func (l *losses) found(n int64) {
	l.current.lost = max(0, l.current.lost-1)
	if l.trial.running && n >= l.trial.from {
		l.trial.tally.lost = max(0, l.trial.tally.lost-1)
	}
}

// close ends the window if it is long enough. queue is the one that stands.
func (l *losses) close(now, queue int64) bool {
	l.current.crowded = l.current.crowded || queue >= fullQueue
	if l.current.all < windowLeast || now-l.began < windowTime {
		return false
	}
	l.windows[l.turn] = l.current
	l.turn = (l.turn + 1) % lossWindows
	// What a queue lost is told after it is gone.
	l.current, l.began = tally{crowded: queue >= fullQueue}, now
	if quiet := l.quietly(); queue < drained && !l.trial.running {
		l.background += (min(quiet.share(), max(2*suspicious, l.proven)) - l.background) / 8
		l.proven += min(quiet.share()-l.proven, 0) / 8
	}
	return true
}

// lately sums the last windows, all of them or a few.
func (l *losses) lately(windows int) tally {
	var sum tally
	for i := range windows {
		w := l.windows[(l.turn+lossWindows-1-i)%lossWindows]
		sum.lost += w.lost
		sum.all += w.all
	}
	return sum
}

// quietly sums those in which no queue stood.
func (l *losses) quietly() tally {
	var sum tally
	for _, w := range l.windows {
		if !w.crowded {
			sum.lost += w.lost
			sum.all += w.all
		}
	}
	return sum
}

// much reports whether more is lost than the line is known to lose.
func (l *losses) much(t tally) bool {
	return t.all >= suspectLeast && t.share() > max(suspicious, usual*l.proven+suspicious/3)
}

// try begins a trial. sending is the rate sent of late, next the next number.
func (l *losses) try(now, next int64, sending float64) {
	l.trial = trial{
		running: true, from: next, since: now, cap: trialShare * sending, sent: sending,
		before: l.quietly().share(), pause: l.trial.pause,
	}
}

// verdict ends a trial when enough is known. ours says that the loss went with the rate; carried is then what the line
// lets through.
func (l *losses) verdict(now int64) (done, ours bool, carried float64) {
	t := &l.trial
	passed := now - t.since
	if !t.running || t.tally.all < trialPackets && (t.tally.all < trialLeast || passed < trialTime) && passed < trialMost {
		return false, false, 0
	}
	t.running = false
	carried = (1 - t.before) * t.sent
	// If the line let through carried and no more, this would still be lost.
	expected := max(0, 1-(1-t.before)/trialShare)
	after := t.tally.share()
	ours = t.tally.all >= trialLeast && after < (t.before+expected)/2
	if ours {
		l.proven = min(l.proven, after)
		l.background = min(l.background, after)
		t.pause = trialRest
	} else {
		l.proven = (t.before + after) / 2
		l.background = l.proven
		t.pause = min(max(2*t.pause, trialPause), trialPauses)
	}
	t.next = now + t.pause
	l.windows = [lossWindows]tally{}
	return true, ours, carried
}

package bwe

// Loss by itself says little: radio loses packets at any rate, and sending less then only makes the picture worse. What
// is lost while the queue is long is the queue's overflow. What is lost without a queue is put to the test: a fifth less
// is sent for a moment. If the loss stays, it is the line's, and is put up with from then on; if it goes, it was ours
// (a policer, a queue too short to be seen).
const (
	lossWindows = 5
	windowTime  = 200 * millisecond
	windowLeast = 20 // packets
	tooOld      = 2 * second

	suspicious = 0.10 // lost beyond what the line is known to lose
	usual      = 1.5  // times what it is known to lose

	trialShare              = 0.8 // of what was sent before
	trialPackets            = 100
	trialLeast              = 40
	trialTime, trialMost    = 2 * second, 4 * second
	trialPause, trialPauses = 10 * second, 60 * second
)

type tally struct{ lost, all int }

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
	// background is what the line loses whatever is sent: lost while no queue stood, less what a trial showed to be ours.
	background float64
	trial      trial
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

// close ends the window if it is long enough. empty says that no queue stood.
func (l *losses) close(now int64, empty bool) bool {
	if l.current.all < windowLeast || now-l.began < windowTime {
		return false
	}
	if empty && !l.trial.running {
		l.background += (l.lately().share() - l.background) / 8
	}
	l.windows[l.turn] = l.current
	l.turn = (l.turn + 1) % lossWindows
	l.current, l.began = tally{}, now
	return true
}

// lately sums the last windows: a second or more.
func (l *losses) lately() tally {
	var sum tally
	for _, w := range l.windows {
		sum.lost += w.lost
		sum.all += w.all
	}
	return sum
}

// much reports whether more is lost than the line is known to lose.
func (l *losses) much() bool {
	t := l.lately()
	return t.all >= lossWindows*windowLeast && t.share() > max(suspicious, usual*l.background+suspicious/3)
}

// try begins a trial. sending is the rate sent of late, next the next number.
func (l *losses) try(now, next int64, sending float64) {
	l.trial = trial{
		running: true, from: next, since: now, cap: trialShare * sending, sent: sending,
		before: l.lately().share(), pause: l.trial.pause,
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
		l.background = min(l.background, after)
		t.pause = 0
	} else {
		l.background = max(t.before, after)
		t.pause = min(max(2*t.pause, trialPause), trialPauses)
	}
	t.next = now + t.pause
	l.windows = [lossWindows]tally{}
	return true, ours, carried
}

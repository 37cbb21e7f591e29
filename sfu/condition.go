package sfu

import (
	"slices"
	"time"

	"github.com/anteroom-video/anteroom/sfu/quality"
)

// LineQuality is how good a session's line is, both ways.
type LineQuality string

const (
	LineGood LineQuality = "good"
	LineMid  LineQuality = "mid"
	LineBad  LineQuality = "bad"
)

// countLine adds how the session's line is to the server's numbers.
func (s *Session) countLine(stats *Stats) {
	stats.Lines[string(*s.quality.Load())]++
	stats.Paused += len(s.sharing.pausedNow())
	if target, _, _ := s.down.condition(); target > 0 {
		i, _ := slices.BinarySearch(EstimateSteps(), target)
		stats.Estimates[i]++
	}
}

// lineJudge watches how good a session's line is. It belongs to the room's goroutine.
type lineJudge struct{ quality.Judge }

// judgeLine looks at the session's line, once a second, and tells its Handler when it has become better or worse. lostUp is
// the share of what the peer sent that did not come.
func (s *Session) judgeLine(lostUp float64, now time.Time) {
	target, lostDown, queueing := s.down.condition()
	state, changed := s.judge.Sample(quality.Sample{
		LossUp: lostUp, LossDown: lostDown, RoundTrip: s.roundTrip(), Estimate: target, Queueing: queueing,
		Paused: len(s.sharing.pausedNow()) > 0,
	}, now)
	if !changed {
		return
	}
	q := LineGood
	switch state {
	case quality.Mid:
		q = LineMid
	case quality.Bad:
		q = LineBad
	}
	s.quality.Store(&q)
	s.room.call(func() { s.tell(func() { s.handler.Line(q) }) })
}

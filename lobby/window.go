package lobby

import "time"

// The window of a link around an appointment, when the counsellor has not set another end.
const (
	// OpensBefore is how long before the appointment a link begins to work.
	OpensBefore = 30 * time.Minute
	// ClosesAfter is how long after the beginning of the appointment a link stops working.
	ClosesAfter = 4 * time.Hour
)

// How long a room is kept that nobody ends.
const (
	// KeepAfterWindow is how long a one-time room outlives its window, so that a call which runs over is not cut.
	KeepAfterWindow = 24 * time.Hour
	// KeepOnce is how long a one-time room without a window is kept after the last day of use.
	KeepOnce = 30 * 24 * time.Hour
	// KeepSeries is how long a series is kept after the last day of use.
	KeepSeries = 365 * 24 * time.Hour
)

// Window returns from when until when the room's links open its waiting room: from [OpensBefore] the start until the
// end, or without an end until [ClosesAfter] the start. A zero time is no bound. The window is about arriving: whoever
// is in the room is not touched by its end, and can resume.
func (r Room) Window() (opens, closes time.Time) {
	if !r.StartsAt.IsZero() {
		opens = r.StartsAt.Add(-OpensBefore)
		closes = r.StartsAt.Add(ClosesAfter)
	}
	if !r.EndsAt.IsZero() {
		closes = r.EndsAt
	}
	return opens, closes
}

// expiry returns when a room that was last used at used is deleted unless it ends before. Use counts by the day (UTC):
// the store need not know more about when a counselling took place.
func (r Room) expiry(used time.Time) time.Time {
	day := used.UTC().Truncate(24 * time.Hour)
	_, closes := r.Window()
	if r.Kind == Series {
		return later(day.Add(KeepSeries), closes.Add(KeepAfterWindow))
	}
	if closes.IsZero() {
		return day.Add(KeepOnce)
	}
	return later(closes, day.Add(24*time.Hour)).Add(KeepAfterWindow)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

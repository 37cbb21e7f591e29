package session

import (
	"cmp"

	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// Line tells those who moderate how good this participant's line is.
func (e *ear) Line(q sfu.LineQuality) {
	if q == sfu.LineGood {
		q = ""
	}
	e.live.lines.Lock()
	defer e.live.lines.Unlock()
	changed := false
	e.hear(func() { changed, e.line = e.line != q, q })
	if changed {
		e.tellLineLocked(q)
	}
}

// forgetLine has the line good again: what was told of it was of a media session that is no more.
func (x *seat) forgetLine() {
	x.live.lines.Lock()
	defer x.live.lines.Unlock()
	x.told.Lock()
	was := x.line
	x.line = ""
	x.told.Unlock()
	if was != "" {
		x.tellLineLocked("")
	}
}

// tellLineLocked tells all others who moderate of this seat's line. Under the room's lines, without a seat's locks.
func (x *seat) tellLineLocked(q sfu.LineQuality) {
	event := lineOf(x, q)
	for _, y := range x.live.all() {
		if y != x {
			y.hearLine(event)
		}
	}
}

// tellLines tells this seat, if it moderates, of all other lines that are not good.
func (x *seat) tellLines() {
	x.live.lines.Lock()
	defer x.live.lines.Unlock()
	for _, y := range x.live.all() {
		y.told.Lock()
		q := y.line
		y.told.Unlock()
		if y != x && q != "" {
			x.hearLine(lineOf(y, q))
		}
	}
}

// hearLine passes on somebody else's line to who moderates in the room.
func (x *seat) hearLine(event *wire.LineChanged) {
	x.told.Lock()
	defer x.told.Unlock()
	if x.moderates && x.hears != "" {
		x.sendLocked(event)
	}
}

func lineOf(x *seat, q sfu.LineQuality) *wire.LineChanged {
	return &wire.LineChanged{Participant: string(x.id), Quality: wire.LineQuality(cmp.Or(q, sfu.LineGood))}
}

package sfu

import (
	"sync/atomic"
	"time"

	"github.com/anteroom-video/anteroom/sfu/layer"
	"github.com/anteroom-video/anteroom/sfu/seqmap"
	"github.com/anteroom-video/anteroom/sfu/transport"
)

// subscription joins a publication to a sink for as long as the slot carries it. Its fields are guarded by sink.mu.
type subscription struct {
	pub  *publication
	sink *sink
	// listed are the layers in whose lists it stands.
	listed layer.Set
	// from is the layer of the last switch, for its sender report.
	from *encoding

	// flowing: sound was forwarded; the next packet needs no switch.
	flowing bool

	selector layer.Selector
	// spatial takes the selector's place while the publication's layers are parts of one stream.
	spatial layer.Spatial
	// tile is how it is shown, wish the layer that this asks for; target is the one that the line has room for, and cap the
	// highest that may be sent for it.
	tile              view
	wish, target, cap int
	// wanted is the set of layers that the sender must send for it; read by the room's tick without a lock.
	wanted atomic.Uint32
	// switching bounds the key frames made because we change the layer, broken those made because the receiver asked.
	switching, broken layer.Quota
	// begun is when one was last asked for to show anything at all, and beginnings bounds how often that is.
	begun      time.Time
	beginnings bucket
	// flood bounds what passes, in bytes, and expected is what the sender's layer is taken to need, in bits per second: what
	// is granted to a picture is what it cost before, which nothing else holds its sender to.
	flood    bucket
	expected int
}

// allowed reports whether the sender's packets may go to the receiver now.
func (s *subscription) allowed() bool {
	return s.pub.session.gate.load().to(s.sink.session.gate.load(), s.pub.use)
}

// aim brings the choice of layers up to date with what the line has room for, layers sent and permission, and asks for a
// key frame if it takes one. It is called when one of them changed, and on every tick.
func (s *subscription) aim(now time.Time) {
	if s.sink.kind == transport.Audio {
		s.relist(layer.Set(0).With(0))
		return
	}
	target, highest := s.target, s.cap
	if !s.allowed() {
		target, highest = layer.None, layer.None
	}
	live, svc := s.pub.live(now)
	if svc && !s.sink.session.transport.Speaks(transport.VP9) {
		target = layer.None // nothing is given a number that cannot be sent: he would miss it
	}
	if svc {
		s.aimWithin(target, live, now)
		return
	}
	s.spatial.Want(layer.None)
	s.selector.Want(target, highest)
	s.selector.Update(live)
	s.relist(s.selector.Watches())
	s.wanted.Store(uint32(layer.Set(0).With(target).With(s.selector.Current())))
	if need := s.selector.NeedsKeyframe(); need != layer.None && s.sink.session.ready() {
		s.need(need, now)
	}
}

// aimWithin is aim for layers that are parts of one stream.
func (s *subscription) aimWithin(target int, live layer.Set, now time.Time) {
	s.selector.Want(layer.None, layer.None)
	s.spatial.Want(target)
	var watches, wanted layer.Set
	if target != layer.None {
		watches = watches.With(0)
	}
	for i := range layer.Max {
		if i <= max(target, s.spatial.Current()) {
			wanted = wanted.With(i)
		}
	}
	s.relist(watches)
	s.wanted.Store(uint32(wanted))
	if s.spatial.NeedsKeyframe(live.Highest()) && s.sink.session.ready() {
		s.need(0, now)
	}
}

// current is the layer that is being shown, or layer.None.
func (s *subscription) current() int { return max(s.selector.Current(), s.spatial.Current()) }

// need asks for the key frame that the selector waits for. A better picture can wait until the quota allows it; who
// sees nothing does not wait for it.
func (s *subscription) need(index int, now time.Time) {
	quota := &s.switching
	if s.current() == layer.None {
		if now.Sub(s.begun) < beginEvery || !s.beginnings.take(1, beginAtOnce, beginRate, now) {
			return
		}
		s.begun, quota = now, &layer.Quota{}
	}
	s.pub.ask(index, quota, now)
}

// pause stops the flow until it is begun anew.
func (s *subscription) pause() {
	s.flowing = false
	s.selector.Want(layer.None, layer.None)
	s.spatial.Want(layer.None)
	if s.sink.kind == transport.Video {
		s.relist(0)
	}
}

func (s *subscription) relist(watches layer.Set) {
	s.pub.list(s, s.listed, watches)
	s.listed = watches
}

// forward sends a packet to one receiver, if it is to have it, and reports whether it did.
func (s *subscription) forward(p *packet) bool {
	k := s.sink
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.sub != s {
		return false
	}
	if !s.allowed() {
		s.pause()
		return false
	}
	if !k.session.ready() {
		return false
	}
	if p.pub.use == transport.Microphone && !p.pub.session.voiced.Load() {
		s.flowing = false // it was silent when it was left out, and begins anew when it is heard
		return false
	}
	action, ends := s.pick(p)
	if action == layer.Drop {
		s.leaveOut(p)
		return false
	}
	if k.kind == transport.Video && s.floods(len(p.payload), p.now) {
		s.pause()
		k.session.counters.drop(dropFlood)
		return false
	}
	var n seqmap.Numbers
	switch {
	case p.padding:
		k.numbers.Drop(p.numbers)
		return false
	case action == layer.Switch:
		n = s.change(p)
	default:
		var verdict seqmap.Verdict
		if n, verdict = k.numbers.Forward(p.numbers, p.now); verdict != seqmap.OK {
			k.session.counters.drop(dropSuperseded)
			return false
		}
	}
	return k.send(p, n, ends)
}

// floods reports whether so many bytes more are out of all proportion to what the picture is expected to need.
func (s *subscription) floods(bytes int, now time.Time) bool {
	rate := float64(floodTimes * s.expected / 8)
	size := max(rate, float64(s.sink.session.room.server.limits.Flood))
	if s.pub.use == transport.Screen {
		rate, size = max(rate, screenLeast), max(size, screenLeast)
	}
	return !s.flood.take(float64(bytes+packetOverhead), size, rate, now)
}

// leaveOut closes up the number of a packet of a layer that is not forwarded, where it is one of the stream that is. The
// picture that it belongs to keeps its id: the layers below are shown.
func (s *subscription) leaveOut(p *packet) {
	if p.codec != transport.VP9 || s.spatial.Current() == layer.None {
		return
	}
	n := p.numbers
	n.PictureIDBits = 0
	s.sink.numbers.Drop(n)
}

// pick decides about a packet, and says whether it ends its picture. Packets of a run that the numbering does not know
// make the stream begin anew.
func (s *subscription) pick(p *packet) (action layer.Action, ends bool) {
	source, known := s.sink.numbers.Source()
	same := known && source == p.run.source
	if s.sink.kind == transport.Audio {
		switch {
		case s.flowing && same:
			return layer.Forward, p.marker
		case p.padding:
			return layer.Drop, false
		}
		return layer.Switch, p.marker
	}
	if p.codec == transport.VP9 {
		if s.spatial.Current() != layer.None && !same {
			s.spatial.Restart()
		}
		return s.spatial.Pick(p.part())
	}
	if s.selector.Current() == p.layer.index && !same {
		s.selector.Want(layer.None, layer.None)
		s.selector.Want(s.target, s.cap)
	}
	return s.selector.Pick(p.layer.index, p.begins), p.marker
}

// change makes the packet's layer the one that the stream carries. Where it carried a layer of the same sender before,
// the sender's reports keep the stream on his clock, and so sound and picture on one; where it was the same layer
// before a pause, its own report does.
func (s *subscription) change(p *packet) seqmap.Numbers {
	k := s.sink
	var from, to seqmap.Report
	if s.from != nil {
		if a, b := s.from.report.Load(), p.layer.report.Load(); a != nil && b != nil {
			from, to = a.pair(), b.pair()
		}
		if s.from != p.layer {
			k.session.counters.layerSwitches.Add(1)
		}
	}
	n := k.numbers.Switch(p.numbers, p.now, from, to)
	s.from, s.flowing = p.layer, true
	if k.kind == transport.Video && p.codec != transport.VP9 {
		s.relist(s.selector.Watches())
	}
	k.report(p.now)
	return n
}

const (
	// beginEvery is how often a key frame is asked for while nothing is shown: so often at once, and then so many a second. Who
	// looks away and back all the time makes key frames for everybody.
	beginEvery  = 500 * time.Millisecond
	beginAtOnce = 6
	beginRate   = 0.5
	// floodTimes what is expected may pass, a second's at once, but at least Limits.Flood.
	floodTimes = 3
	// screenLeast, in bytes, is the same for a shared screen, which is still for minutes and then another.
	screenLeast = 1_500_000
)

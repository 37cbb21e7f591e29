package sfu

import (
	"math"
	"time"

	"github.com/anteroom-video/anteroom/sfu/alloc"
	"github.com/anteroom-video/anteroom/sfu/layer"
	"github.com/anteroom-video/anteroom/sfu/transport"
)

// sizesNow appends the sizes of the layers; zero for those that are not to be had. Those of a camera of which no key frame
// could be read are taken to be as browsers make them: each layer twice as large as the one below, and the first 320 by
// 180.
func (p *publication) sizesNow(dst []layer.Size, now time.Time) []layer.Size {
	p.mu.Lock()
	defer p.mu.Unlock()
	size := layer.Size{Width: 160, Height: 90}
	for i, known := range p.sizes {
		if known != (layer.Size{}) {
			size = layer.Size{Width: known.Width >> (i + 1), Height: known.Height >> (i + 1)}
			break
		}
	}
	for i, known := range p.sizes {
		size = layer.Size{Width: 2 * size.Width, Height: 2 * size.Height}
		if known != (layer.Size{}) {
			size = known
		}
		switch {
		case now.Before(p.absent[i]), known == (layer.Size{}) && p.use == transport.Screen:
			dst = append(dst, layer.Size{})
		default:
			dst = append(dst, size)
		}
	}
	return dst
}

const (
	// absentAfter is how long a layer may be demanded in vain before it is taken for one that the sender does not have: small
	// cameras have one or two.
	absentAfter = 3 * time.Second
	// absentLong is how long it may be demanded in vain once, when the layer below it comes: nobody waits for it then. A sender's
	// line that does not know yet what it carries grows by 8 % in a second (draft-ietf-rmcat-gcc-02, section 5.5), from 300 kbit/s to
	// the 1.4 Mbit/s of 1080 lines beside 360 in these 20 s; and only while something is demanded that it has no room for.
	absentLong = 20 * time.Second
	// absentFirst is after how long it is demanded again, and absentMost after how long at last: each time it is twice as long.
	absentFirst, absentMost = 5 * time.Second, 30 * time.Second
)

// asked notes what the sender was told is watched, and which of it does not come.
func (p *publication) asked(demanded layer.Set, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	live := p.liveness.Live(now)
	for i := range p.askedSince {
		long := i > 0 && live.Has(i-1) && !p.long[i]
		after := absentAfter
		if long {
			after = absentLong
		}
		switch {
		case live.Has(i), i < p.made: // of what it is made of a stream leaves out what the sender's line has no room for yet
			p.askedSince[i], p.absent[i], p.pauses[i], p.long[i] = now, time.Time{}, 0, false
		case !demanded.Has(i), live == 0, p.askedSince[i].IsZero(): // who sends nothing at all has his camera off
			p.askedSince[i] = now
		case now.Sub(p.askedSince[i]) > after && now.After(p.absent[i]):
			p.pauses[i] = min(max(absentFirst, 2*p.pauses[i]), absentMost)
			p.long[i] = p.long[i] || long
			again := now.Add(p.pauses[i])
			p.absent[i], p.askedSince[i] = again, again
		}
	}
}

// costs tells what each layer costs to pass on, in bits per second: as measured, and a guess for those that are not sent
// now. No guess is dearer than a larger layer that was measured, nor that of the smallest one than what it cost when it was last
// sent: a picture that is paused is not sent, and must not stay so for a price that it never had.
func (p *publication) costs(layers []alloc.Layer, now time.Time) []alloc.Layer {
	var space [layer.Max]layer.Size
	sizes := p.sizesNow(space[:0], now)
	p.mu.Lock()
	defer p.mu.Unlock()
	first := len(layers)
	sum := 0
	for i, size := range sizes {
		l := alloc.Layer{Lines: min(size.Width, size.Height), Bits: p.meters[i].bits(now)}
		if l.Bits == 0 {
			l.Bits = guess(p.use, i, l.Lines)
		} else if p.svc {
			l.Bits += sum
		}
		sum = l.Bits
		layers = append(layers, l)
	}
	dearest := math.MaxInt // the cheapest of the larger layers that are measured
	for i := len(sizes) - 1; i >= 0; i-- {
		l := &layers[first+i]
		if p.meters[i].rate != 0 {
			dearest = min(dearest, l.Bits)
			continue
		}
		l.Bits = min(l.Bits, dearest)
		for j := range p.meters {
			if peak := p.meters[j].peak; i == 0 && peak != 0 {
				l.Bits = min(l.Bits, peak)
			}
		}
	}
	return layers
}

// guess is what a layer of so many lines costs, in bits per second, before it was measured. Of the smallest one the best is
// believed: it is measured half a second later, and a picture that begins with a pause is worse than one that is paused.
func guess(u transport.Use, index, lines int) int {
	switch {
	case index == 0, lines <= 200:
		return 170_000
	case u == transport.Screen:
		return 800_000
	case lines <= 400:
		return 500_000
	case lines <= 800:
		return 1_500_000
	}
	return 2_500_000
}

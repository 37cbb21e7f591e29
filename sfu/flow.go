package sfu

import (
	"sync/atomic"

	"github.com/anteroom-video/anteroom/sfu/transport"
)

// Flow says what may pass from and to a session. Its zero value lets nothing pass.
type Flow struct {
	// Group: sessions forward to each other within the same non-empty group alone.
	Group string
	// Audio, Video and Screen: may this session's own microphone, its camera, and the screen it shares (with its sound) be
	// forwarded. What it receives they do not change.
	Audio, Video, Screen bool
	// VideoReserved: its camera goes to those sessions alone that are Entrusted.
	VideoReserved bool
	// Entrusted: it receives cameras that are reserved. What it sends this does not change.
	Entrusted bool
}

// permission is a Flow in one word, so that it is read for each packet at the cost of a load: the number of the group
// within the room (0 for none), a bit for each kind that may go out, and who may have a reserved camera.
type permission uint64

const (
	mayAudio permission = 1 << iota
	mayVideo
	mayScreen
	reserved
	entrusted
	groupShift = 5
)

func newPermission(group uint32, f Flow) permission {
	p := permission(group) << groupShift
	for _, may := range [...]struct {
		bit permission
		is  bool
	}{{mayAudio, f.Audio}, {mayVideo, f.Video}, {mayScreen, f.Screen}, {reserved, f.VideoReserved}, {entrusted, f.Entrusted}} {
		if may.is {
			p |= may.bit
		}
	}
	return p
}

func (p permission) group() uint32 { return uint32(p >> groupShift) }

// out reports whether what the session sends on lines of this use may leave it at all.
func (p permission) out(u transport.Use) bool {
	var bit permission
	switch u {
	case transport.Microphone:
		bit = mayAudio
	case transport.Camera:
		bit = mayVideo
	case transport.Screen, transport.ScreenAudio:
		bit = mayScreen
	}
	return p.group() != 0 && p&bit != 0
}

// to reports whether packets of this use may pass from a session with permission p to one with permission q.
func (p permission) to(q permission, u transport.Use) bool {
	return p.out(u) && p.group() == q.group() && (u != transport.Camera || p.admits(q))
}

// admits reports whether a session with permission q may have the camera of one with permission p, as far as that is reserved.
func (p permission) admits(q permission) bool { return p&reserved == 0 || q&entrusted != 0 }

// uncovers reports whether the camera was reserved under the permission before, and under this one it is not.
func (p permission) uncovers(was permission) bool { return was&reserved != 0 && p&reserved == 0 }

// gate holds a session's permission.
type gate struct{ word atomic.Uint64 }

func (g *gate) load() permission   { return permission(g.word.Load()) }
func (g *gate) store(p permission) { g.word.Store(uint64(p)) }

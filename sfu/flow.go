package sfu

import (
	"sync/atomic"

	"github.com/anteroom-video/anteroom/sfu/transport"
)

// permission is a Flow in one word, so that it is read for each packet at the cost of a load: the number of the group
// within the room (0 for none), and a bit for each kind that may go out.
type permission uint64

const (
	mayAudio permission = 1 << iota
	mayVideo
	groupShift = 2
)

func newPermission(group uint32, audio, video bool) permission {
	p := permission(group) << groupShift
	if audio {
		p |= mayAudio
	}
	if video {
		p |= mayVideo
	}
	return p
}

func (p permission) group() uint32 { return uint32(p >> groupShift) }

// out reports whether what the session sends of the kind may leave it at all.
func (p permission) out(k transport.Kind) bool {
	bit := mayAudio
	if k == transport.Video {
		bit = mayVideo
	}
	return p.group() != 0 && p&bit != 0
}

// to reports whether packets of the kind may pass from a session with permission p to one with permission q.
func (p permission) to(q permission, k transport.Kind) bool {
	return p.out(k) && p.group() == q.group()
}

// gate holds a session's permission.
type gate struct{ word atomic.Uint64 }

func (g *gate) load() permission   { return permission(g.word.Load()) }
func (g *gate) store(p permission) { g.word.Store(uint64(p)) }

package sfu

import (
	"time"

	"github.com/anteroom-video/anteroom/sfu/layer"
)

// view is how a receiver shows a picture.
type view struct {
	layer.Size
	stage bool
}

// thumbnail is the view assumed of what the client has not yet said anything about.
func thumbnail() view { return view{Size: layer.Size{Width: 320, Height: 180}} }

// maxViews is how many publications a client may say the size of.
const maxViews = 64

// Views says what the client shows, and how large. The list is complete: the pictures of publications that exist and
// are not listed are not sent; sound always is. A picture published later is sent small until the next call, and so is
// everything before the first. Unknown publications are ignored. It does not block.
func (s *Session) Views(views []View) {
	r := s.room
	r.mu.Lock()
	defer r.mu.Unlock()
	if s.gone {
		return
	}
	s.views = make(map[string]view, len(views))
	for _, v := range views[:min(len(views), maxViews)] {
		s.views[v.Publication] = view{layer.Size{Width: v.Width, Height: v.Height}, v.Stage}
	}
	s.viewed = map[string]bool{}
	for _, o := range r.sessions {
		for _, p := range *o.pubs.Load() {
			if p != nil {
				s.viewed[p.id] = true
			}
		}
	}
	r.serveLocked(s, time.Now())
}

// tileLocked is how the session shows a publication.
func (s *Session) tileLocked(p *publication) view {
	if v, ok := s.views[p.id]; ok {
		return v
	}
	if s.viewed[p.id] {
		return view{}
	}
	return thumbnail()
}

// View says how large a publication is shown: the picture's box in physical pixels. Stage: it is what the receiver looks
// at, and gets its picture before the others.
type View struct {
	Publication   string
	Width, Height int
	Stage         bool
}

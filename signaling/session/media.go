package session

import (
	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

func (s *Session) offer(b *wire.Offer) (wire.Body, error) {
	answer, told, err := s.seat().offer(s.ctx, b)
	if err != nil {
		return nil, err
	}
	s.then = told
	return answer, nil
}

func (s *Session) ackSlots(b *wire.SlotsAck) error {
	media, err := s.seat().present()
	if err != nil {
		return err
	}
	media.AckSlots(b.Seq)
	return nil
}

func (s *Session) view(b *wire.View) error {
	media, err := s.seat().present()
	if err != nil {
		return err
	}
	views := make([]sfu.View, len(b.Views))
	for i, v := range b.Views {
		views[i] = sfu.View{Publication: v.Publication, Width: v.Width, Height: v.Height, Stage: v.Stage}
	}
	media.Views(views)
	return nil
}

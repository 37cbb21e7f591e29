package e2e

import (
	"testing"

	"github.com/anteroom-video/anteroom/signaling/wire"
)

func TestTheyMeet(t *testing.T) {
	s := open(t)
	a := s.invite("Frau M.")
	counsellor := join(t, a.counsellor)
	client := join(t, a.links[0])
	equal(t, "counsellor's phase", counsellor.Phase(), wire.PhaseIn)
	equal(t, "client's phase", client.Phase(), wire.PhaseWaiting)
	counsellor.admits(client)
	meet(counsellor, client)
}

package sfu_test

import (
	"testing"

	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/sfu/transport"
)

// TestASessionTakesNoPackets: who holds a session may steer it; packets come from its transport alone.
func TestASessionTakesNoPackets(t *testing.T) {
	var session any = (*sfu.Session)(nil)
	if _, ok := session.(interface{ RTP(*transport.Received) }); ok {
		t.Error("whoever holds a session can put packets into the room")
	}
	if _, ok := session.(interface{ State(transport.State) }); ok {
		t.Error("whoever holds a session can say that it is connected")
	}
}

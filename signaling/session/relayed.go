package session

import "github.com/anteroom-video/anteroom/signaling/wire"

// relayed is a participant's leave to reach the media engine by the relay. It begins and ends with his place.
type relayed struct {
	servers []wire.ICEServer
	close   func()
}

func (r *relayed) begin(relays Relays) {
	if relays != nil {
		r.servers, r.close = relays.Engine()
	}
}

func (r *relayed) end() {
	if r.close != nil {
		r.close()
	}
	*r = relayed{}
}

// relays are what the participant is told of the relay; none for who is not in.
func (x *seat) relays() []wire.ICEServer {
	x.control.Lock()
	defer x.control.Unlock()
	return x.relayed.servers
}

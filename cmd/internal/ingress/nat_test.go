package ingress_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/sfu/sfutest"
	"github.com/anteroom-video/anteroom/sfu/transport"
	"github.com/anteroom-video/anteroom/turn"
)

// soon is how long a connection may take to come up, whatever is lost on the way.
const soon = 5 * time.Second

// enters puts somebody into a room from a home, with leave to reach the engine by the relay from the first offer on: more than clients
// are told while anything else leads there.
func (s *street) enters(room *sfu.Room, name string, h *home) *sfutest.Person {
	s.t.Helper()
	return sfutest.Join(s.t, room, name, sfutest.Options{
		Microphone: true, Pairs: 1, ICEServers: s.leave(turn.Scope{Engine: true, Person: name}), Setting: h.setting,
	})
}

// talks sends a person's sound, packet by packet of 20 ms, until the test ends.
func talks(t *testing.T, p *sfutest.Person, ssrc uint32) {
	opus := sfutest.NewOpus(ssrc, 1)
	ticks(t, func() { _ = p.TrySend(transport.Microphone, "", opus.Packet()) })
}

// ticks calls f every 20 ms until the test ends.
func ticks(t *testing.T, f func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				f()
			}
		}
	})
	t.Cleanup(func() { cancel(); wg.Wait() })
}

// hears waits for n packets more of another's sound.
func hears(t *testing.T, p *sfutest.Person, other string, n int, within time.Duration) {
	t.Helper()
	slot := -1
	p.Events.Await(t, p.Name+" has a slot for "+other, func() bool {
		for _, s := range p.Mapping().Slots {
			if s.Participant == other {
				slot = s.Slot
			}
		}
		return slot >= 0
	})
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	sound := p.Slot(slot, transport.Audio)
	sound.Drain()
	for i := range n {
		if _, err := sound.Next(ctx); err != nil {
			t.Fatalf("%s heard %d of %d packets of %s within %v", p.Name, i, n, other, within)
		}
	}
}

// byUDP checks that a person's selected pair is direct, and that nothing but checks ever went by the relay or to an address that the
// person's browser knew: that of the router nobody had told, so it is peer-reflexive (RFC 8445 section 7.3.1.3).
func (s *street) byUDP(p *sfutest.Person, h *home) {
	s.t.Helper()
	if got := selected(s.t, p.PC); got.Local.Typ != webrtc.ICECandidateTypeHost || got.Remote.Typ != webrtc.ICECandidateTypeHost {
		s.t.Errorf("%s is connected by %v", p.Name, got)
	}
	offered := p.PC.LocalDescription().SDP
	found := false
	for _, a := range s.wire.addresses() {
		if turn.Virtual(a) {
			s.t.Error("media went by the relay")
		}
		if a.Addr().IsPrivate() {
			s.t.Errorf("media went to %v, which is in a home", a)
		}
		if a.Addr() == h.outside {
			found = true
			if strings.Contains(offered, fmt.Sprintf("%v %d typ host", a.Addr(), a.Port())) {
				s.t.Errorf("%s told %v by itself", p.Name, a)
			}
		}
	}
	if !found {
		s.t.Errorf("nothing of %s came from %v", p.Name, h.outside)
	}
}

// mayRelay checks that a person had a relay to choose.
func mayRelay(t *testing.T, p *sfutest.Person) {
	t.Helper()
	if offered := p.PC.LocalDescription().SDP; !strings.Contains(offered, " typ relay") {
		t.Errorf("%s was not given a relay, so that none is taken shows nothing", p.Name)
	}
}

func selected(t *testing.T, pc *webrtc.PeerConnection) *webrtc.ICECandidatePair {
	t.Helper()
	pair, err := pc.SCTP().Transport().ICETransport().GetSelectedCandidatePair()
	must(t, err)
	if pair == nil {
		t.Fatal("no pair is selected")
	}
	return pair
}

// Whatever router stands before them, people reach the engine straight away, though they may use the relay.
func TestRoutersLetPeopleToTheEngine(t *testing.T) {
	for _, n := range nats {
		t.Run(n.name, func(t *testing.T) {
			t.Parallel()
			s := newStreet(t)
			room := s.engine.Room("room", nil)
			homes := []*home{s.home(n), s.home(nats[2])}
			ada, ben := s.enters(room, "ada", homes[0]), s.enters(room, "ben", homes[1])
			mayRelay(t, ada)
			mayRelay(t, ben)
			talks(t, ada, 1000)
			talks(t, ben, 2000)
			hears(t, ada, "ben", 20, soon)
			hears(t, ben, "ada", 20, soon)
			s.byUDP(ada, homes[0])
			s.byUDP(ben, homes[1])
		})
	}
}

// Over a line that loses one packet in five, people reach the engine nearly as soon, and are heard.
func TestLossIsOutlived(t *testing.T) {
	for _, loss := range []float64{0.05, 0.2} {
		t.Run(fmt.Sprintf("%.0f %% to the engine", 100*loss), func(t *testing.T) {
			t.Parallel()
			s := newStreet(t)
			s.loses(loss)
			room := s.engine.Room("room", nil)
			var two [2]*sfutest.Person
			for i, name := range []string{"ada", "ben"} {
				begun := time.Now()
				two[i] = sfutest.Join(t, room, name, sfutest.Options{Microphone: true, Pairs: 1, Setting: s.home(nats[2+i]).setting})
				took := time.Since(begun).Round(time.Millisecond)
				t.Logf("%s was connected after %v", name, took)
				if took > soon {
					t.Errorf("which is not soon")
				}
				talks(t, two[i], uint32(1000*(i+1)))
			}
			hears(t, two[0], "ben", 50, soon)
			hears(t, two[1], "ada", 50, soon)
		})
	}
}

// Two who reach each other by the relay do so over a line that loses one packet in twenty, and go on where it is one in five. They are
// connected by the server until then, and asking for a relay over such a line may take long.
func TestLossIsOutlivedByTwo(t *testing.T) {
	s := newStreet(t)
	s.loses(0.05)
	two := s.couple(nats[3], nats[2])
	begun := time.Now()
	two.negotiate(false)
	two.hear(1, soon)
	t.Logf("both heard the other after %v", time.Since(begun).Round(time.Millisecond))
	two.hear(50, soon)
	s.loses(0.2)
	two.hear(50, soon)
}

// Two people behind any two routers reach each other by the relay, and learn no address of each other.
func TestRoutersLetTwoToEachOther(t *testing.T) {
	for i, hers := range nats {
		for _, his := range nats[i:] {
			t.Run(hers.name+" and "+his.name, func(t *testing.T) {
				t.Parallel()
				s := newStreet(t)
				two := s.couple(hers, his)
				two.negotiate(false)
				two.hear(20, soon)
				for _, one := range two.both {
					pair := selected(t, one.pc)
					for _, c := range []*webrtc.ICECandidate{pair.Local, pair.Remote} {
						if c.Typ != webrtc.ICECandidateTypeRelay || c.Address != "192.0.0.8" {
							t.Errorf("%s goes by %v", one.name, pair)
						}
					}
				}
				if got := s.wire.addresses(); len(got) != 0 {
					t.Errorf("the engine was sent packets: %v", got)
				}
			})
		}
	}
}

// couple is two browsers that connect to each other by the relay alone.
type couple struct {
	t    *testing.T
	both [2]*one
}

type one struct {
	name  string
	home  *home
	pc    *webrtc.PeerConnection
	sound chan struct{} // a packet of the other's
}

func (s *street) couple(hers, his nat) *couple {
	s.t.Helper()
	c := &couple{t: s.t}
	for i, n := range []nat{hers, his} {
		o := &one{name: []string{"ada", "ben"}[i], home: s.home(n), sound: make(chan struct{}, 1<<10)}
		var e webrtc.SettingEngine
		o.home.setting(&e)
		e.SetRelayAcceptanceMinWait(0) // there is nothing better to come
		media := &webrtc.MediaEngine{}
		must(s.t, media.RegisterDefaultCodecs())
		pc, err := webrtc.NewAPI(webrtc.WithSettingEngine(e), webrtc.WithMediaEngine(media)).NewPeerConnection(webrtc.Configuration{
			ICEServers: s.leave(turn.Scope{Call: "call", Person: o.name}), ICETransportPolicy: webrtc.ICETransportPolicyRelay,
		})
		must(s.t, err)
		s.t.Cleanup(func() { _ = pc.GracefulClose() })
		o.pc = pc
		track, err := webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus}, "sound", o.name)
		must(s.t, err)
		_, err = pc.AddTrack(track)
		must(s.t, err)
		pc.OnTrack(func(remote *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
			for {
				if _, _, err := remote.ReadRTP(); err != nil {
					return
				}
				select {
				case o.sound <- struct{}{}:
				default:
				}
			}
		})
		opus := sfutest.NewOpus(1, 1)
		ticks(s.t, func() {
			p := opus.Packet()
			_ = track.WriteRTP(&rtp.Packet{Header: p.Header, Payload: p.Payload})
		})
		c.both[i] = o
	}
	return c
}

// negotiate exchanges descriptions, candidates included, as two pages do by the server.
func (c *couple) negotiate(restart bool) {
	c.t.Helper()
	offer, err := c.both[0].pc.CreateOffer(&webrtc.OfferOptions{ICERestart: restart})
	must(c.t, err)
	offer = c.both[0].gathered(c.t, offer)
	must(c.t, c.both[1].pc.SetRemoteDescription(offer))
	answer, err := c.both[1].pc.CreateAnswer(nil)
	must(c.t, err)
	must(c.t, c.both[0].pc.SetRemoteDescription(c.both[1].gathered(c.t, answer)))
}

// gathered applies one's own description and gives it with its candidates.
func (o *one) gathered(t *testing.T, d webrtc.SessionDescription) webrtc.SessionDescription {
	t.Helper()
	done := webrtc.GatheringCompletePromise(o.pc)
	must(t, o.pc.SetLocalDescription(d))
	<-done
	return *o.pc.LocalDescription()
}

// hear waits until each has got n packets more of the other.
func (c *couple) hear(n int, within time.Duration) {
	c.t.Helper()
	late := time.After(within)
	for _, o := range c.both {
		for len(o.sound) > 0 {
			<-o.sound
		}
	}
	for _, o := range c.both {
		for i := range n {
			select {
			case <-o.sound:
			case <-late:
				c.t.Fatalf("%s heard %d of %d packets within %v; %v", o.name, i, n, within, o.pc.ConnectionState())
			}
		}
	}
}

var password = regexp.MustCompile(`a=ice-pwd:(\S+)`)

// A router that forgets what it knew of a home gives it another port. Somebody whose browser nominates with each check is followed.
func TestANewMappingIsFollowed(t *testing.T) {
	for _, n := range nats {
		t.Run(n.name, func(t *testing.T) {
			t.Parallel()
			s, ada, ben, home := twoInARoom(t, n)
			home.nominate(password.FindStringSubmatch(ada.PC.RemoteDescription().SDP)[1])
			home.rebind(t)
			begun := time.Now()
			hears(t, ben, "ada", 20, sfutest.Deadline)
			hears(t, ada, "ben", 20, sfutest.Deadline)
			t.Logf("both hear the other again after %v", time.Since(begun).Round(time.Millisecond))
			s.sameAsBefore(ada, ben)
		})
	}
}

// Who nominated once is heard by himself, and hears again with an ICE restart; the session is the same.
func TestANewMappingIsMendedByARestart(t *testing.T) {
	for _, n := range nats[2:] {
		t.Run(n.name, func(t *testing.T) {
			t.Parallel()
			s, ada, ben, home := twoInARoom(t, n)
			home.rebind(t)
			hears(t, ben, "ada", 20, sfutest.Deadline)
			begun := time.Now()
			must(t, ada.Restart(t.Context(), sfutest.Answer(ada.Session)))
			hears(t, ada, "ben", 20, soon)
			hears(t, ben, "ada", 20, soon)
			t.Logf("both hear the other %v after the restart", time.Since(begun).Round(time.Millisecond))
			s.sameAsBefore(ada, ben)
			s.byUDP(ada, home)
		})
	}
}

// A relay belongs to the port that it was asked from: whoever has got another one asks again, with the same leave.
func TestANewMappingBetweenTwoIsMendedByARestart(t *testing.T) {
	s := newStreet(t)
	two := s.couple(nats[2], nats[3])
	two.negotiate(false)
	two.hear(20, soon)
	before := s.relay.Stats()
	two.both[0].home.rebind(t)
	two.negotiate(true)
	two.hear(20, soon)
	if now := s.relay.Stats(); now.Grants != before.Grants || now.Created <= before.Created {
		t.Errorf("%+v, before %+v", now, before)
	}
}

func twoInARoom(t *testing.T, n nat) (s *street, ada, ben *sfutest.Person, hers *home) {
	t.Helper()
	s = newStreet(t)
	room := s.engine.Room("room", nil)
	hers = s.home(n)
	ada = sfutest.Join(t, room, "ada", sfutest.Options{
		Microphone: true, Pairs: 1, ICEServers: s.leave(turn.Scope{Engine: true, Person: "ada"}),
		Setting: func(e *webrtc.SettingEngine) {
			hers.setting(e)
			e.SetICETimeouts(5*time.Second, 20*time.Second, 500*time.Millisecond)
		},
	})
	ben = s.enters(room, "ben", s.home(nats[2]))
	talks(t, ada, 1000)
	talks(t, ben, 2000)
	hears(t, ada, "ben", 20, soon)
	hears(t, ben, "ada", 20, soon)
	return s, ada, ben, hers
}

// sameAsBefore checks that nobody had to begin anew: the sessions are those of before, and none was lost meanwhile.
func (s *street) sameAsBefore(people ...*sfutest.Person) {
	s.t.Helper()
	if got := s.engine.Stats().Sessions; got != len(people) {
		s.t.Errorf("%d sessions of %d people", got, len(people))
	}
	for _, p := range people {
		if got := p.States(); slices.Contains(got, sfu.ConnFailed) || slices.Contains(got, sfu.ConnClosed) {
			s.t.Errorf("%s went through %v", p.Name, got)
		}
	}
}

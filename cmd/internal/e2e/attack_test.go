package e2e

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"

	"github.com/anteroom-video/anteroom/signaling/client"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// attacks are what one person, inside or outside, may do to a node. None must be felt in another's call.
var attacks = []struct {
	name string
	run  func(t *testing.T, s *site, a appointment, counsellor *person)
}{
	{"messages without pause", floodOfMessages},
	{"messages that are none", malformedMessages},
	{"giant messages", giantMessages},
	{"sockets that say nothing", silentSockets},
	{"datagrams without pause", floodOfDatagrams},
	{"streams without number", floodOfStreams},
	{"control packets that are none", garbageControl},
	{"offers without pause", floodOfOffers},
}

// While one attacks, a call in another room and the others in his own go on: no gap, no delay.
func TestAttacksHarmNobodyElse(t *testing.T) {
	s := open(t)
	quietCounsellor, quiet, _ := counselled(s, 1) // another room
	a := s.invite("Anna", "Mallory")
	counsellor, anna := join(t, a.counsellor), join(t, a.links[0])
	counsellor.admits(anna)
	meet(counsellor, anna)
	pairs := [][2]*person{{quietCounsellor, quiet[0]}, {quiet[0], quietCounsellor}, {counsellor, anna}, {anna, counsellor}}
	for _, attack := range attacks {
		t.Run(attack.name, func(t *testing.T) {
			for _, pair := range pairs {
				pair[0].fresh(pair[1])
			}
			began := time.Now()
			attack.run(t, s, a, counsellor)
			meet(quietCounsellor, quiet[0])
			meet(counsellor, anna)
			var gap, slow time.Duration
			for _, pair := range pairs {
				got := pair[0].of(pair[1])
				gap, slow = max(gap, got.gap), max(slow, got.slow)
			}
			t.Logf("in %v: longest gap %v, slowest packet %v", time.Since(began).Round(time.Millisecond), gap.Round(time.Millisecond), slow.Round(time.Millisecond))
			if gap > bearable || slow > bearable {
				t.Errorf("a gap of %v, a packet under way for %v", gap, slow)
			}
		})
	}
	eventually(t, patience, "sockets that say nothing are closed", func() bool { return s.count("anteroom_sockets_unauthenticated") == 0 })
	for _, p := range []*person{quietCounsellor, quiet[0], counsellor, anna} {
		if came[client.Reconnecting](p) || came[client.Finished](p) {
			t.Error("somebody lost his line")
		}
	}
	equal(t, "panics", s.count("anteroom_signaling_panics_total")+s.count("anteroom_media_panics_total"), 0)
}

// bearable is how long others may be without a packet, which come every 10 ms. It is far above what is measured, because this machine
// may be doing other things. The figure counts where the tests run alone and at full speed: build/test.sh has a stage for it.
const bearable = slowdown * 500 * time.Millisecond

// mallory knocks, and comes in where the attack is one from inside.
func mallory(t *testing.T, a appointment, counsellor *person, inside bool) *client.Call {
	t.Helper()
	call, err := client.Join(t.Context(), a.links[1], client.Options{Loopback: true, HTTP: fromAddress("127.0.0.66")})
	must(t, err)
	t.Cleanup(func() { _ = call.Leave(context.Background()) })
	if !inside {
		return call
	}
	must(t, counsellor.Admit(t.Context(), call.Participant()))
	for e := range call.Events() {
		if m, ok := e.(client.MediaState); ok && m.State == "connected" {
			break
		}
	}
	return call
}

// ends reads events until the call has ended or the line was lost, and says with what.
func ends(t *testing.T, call *client.Call) client.Event {
	t.Helper()
	late := time.After(patience)
	for {
		select {
		case e := <-call.Events():
			switch e.(type) {
			case client.Reconnecting, client.Finished:
				return e
			}
		case <-late:
			t.Fatal("nothing happened to the attacker")
		}
	}
}

func floodOfMessages(t *testing.T, s *site, a appointment, counsellor *person) {
	closed := s.count(`anteroom_sockets_closed_total{reason="too_fast"}`)
	call := mallory(t, a, counsellor, false)
	for call.SendRaw(t.Context(), []byte(`{"type":"knock"}`)) == nil {
	}
	ends(t, call)
	eventually(t, patience, "the socket is closed for being too fast", func() bool {
		return s.count(`anteroom_sockets_closed_total{reason="too_fast"}`) == closed+1
	})
}

func malformedMessages(t *testing.T, s *site, a appointment, counsellor *person) {
	call := mallory(t, a, counsellor, true)
	for i := 0; ; i++ {
		bad := []string{
			`{`, `[]`, `null`, `{"type":"admit","type":"admit"}`, `{"type":"admit","body":{"participant":7}}`, `{"type":"fly"}`, "{\"type\":\"knock\xff\"}",
			`{"type":"offer","body":{"generation":-1,"sdp":"x","lines":[]}}`, strings.Repeat(`{"a":`, 100), `{"type":"hello","body":{}}`,
		}[i%10]
		if call.SendRaw(t.Context(), []byte(bad)) != nil {
			break
		}
		time.Sleep(time.Second / wire.RatePerSecond) // slow enough not to be too fast
		if i > 100 {
			t.Fatal("the server bears it for ever")
		}
	}
	over, ok := ends(t, call).(client.Finished)
	if !ok || websocket.CloseStatus(over.Err) != websocket.StatusCode(wire.CloseBadMessage) {
		t.Errorf("it ended with %+v", over)
	}
}

func giantMessages(t *testing.T, s *site, a appointment, _ *person) {
	mallory := newPage(s, a.links[1], "127.0.0.66")
	for _, size := range []int{wire.MaxMessage + 1, 8 << 20} { // before the sign-on
		ws := mallory.dial()
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		go func() { _ = ws.Write(ctx, websocket.MessageText, []byte(`{"type":"`+strings.Repeat("x", size)+`"}`)) }()
		_, _, err := ws.Read(ctx)
		cancel()
		if websocket.CloseStatus(err) != websocket.StatusMessageTooBig {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}

func silentSockets(t *testing.T, s *site, a appointment, _ *person) {
	mallory := newPage(s, a.links[1], "127.0.0.67")
	for range 30 {
		mallory.dial()
	}
	eventually(t, patience, "the oldest give way", func() bool { return s.count("anteroom_sockets_unauthenticated") <= 20 })
	// Whoever is honest comes in meanwhile, from that address too.
	anna, err := client.Join(t.Context(), a.links[0], client.Options{NoMedia: true, HTTP: fromAddress("127.0.0.67")})
	must(t, err)
	must(t, anna.Leave(t.Context()))
}

// burst runs f from four goroutines for a second.
func burst(f func(i int)) {
	var all sync.WaitGroup
	until := time.Now().Add(time.Second)
	for g := range 4 {
		all.Go(func() {
			for i := g; time.Now().Before(until); i += 4 {
				f(i)
				if i%64 == 0 {
					time.Sleep(time.Millisecond) // the machine has others to serve
				}
			}
		})
	}
	all.Wait()
}

func floodOfDatagrams(t *testing.T, s *site, _ appointment, _ *person) {
	before := s.unheard()
	var sockets []net.Conn
	for range 16 {
		udp, err := net.Dial("udp", fmt.Sprintf("127.0.0.1:%d", s.node.MediaPort()))
		must(t, err)
		defer udp.Close()
		sockets = append(sockets, udp)
	}
	// Made before: whoever floods a server has a machine of his own to make them on.
	datagrams := make([][]byte, 7*512)
	for i := range datagrams {
		datagram := make([]byte, 1+rand.IntN(1300))
		datagram[0] = []byte{0, 1, 22, 128, 144, 200, 255}[i%7] // checks, handshakes, packets, control packets, nothing
		for j := 1; j < len(datagram); j += 64 {
			datagram[j] = byte(rand.Uint32())
		}
		if i%7 < 2 && len(datagram) > 8 {
			binary.BigEndian.PutUint32(datagram[4:], 0x2112a442) // looks like STUN
		}
		datagrams[i] = datagram
	}
	// As many as leave the machine, which is the attacker's too, some time for its calls: a hundred times what these send.
	const each = 60
	began := time.Now()
	const enough = 30_000
	// For a second, and on a machine that receives more slowly until so many have arrived.
	for i := 0; time.Since(began) < time.Second || s.unheard()-before < enough && time.Since(began) < 5*time.Second; time.Sleep(time.Until(began.Add(time.Duration(i/each) * time.Millisecond))) {
		for range each {
			_, _ = sockets[i%16].Write(datagrams[i%len(datagrams)])
			i++
		}
	}
	if reached := s.unheard() - before; reached < enough {
		t.Errorf("%d datagrams reached the server", reached)
	}
}

func floodOfStreams(t *testing.T, s *site, a appointment, counsellor *person) {
	call := mallory(t, a, counsellor, true)
	camera, err := call.Publish(wire.SourceCamera)
	must(t, err)
	ended := s.count(`anteroom_media_ended_total{reason="ssrcs"}`)
	payload := make([]byte, 1000)
	burst(func(i int) {
		_ = camera.WriteRaw(&rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 96, SSRC: rand.Uint32(), SequenceNumber: uint16(i)}, Payload: payload})
	})
	if now := s.count(`anteroom_media_ended_total{reason="ssrcs"}`); now == ended {
		t.Error("streams without number are borne")
	}
	// The connection that was ended is made anew, and what is sent as it should be is welcome.
	late := time.After(patience)
	for {
		select {
		case e := <-call.Events():
			if m, ok := e.(client.MediaState); ok && m.State == "connected" {
				return
			}
		case <-late:
			t.Fatal("the attacker never has a connection again")
		}
	}
}

func garbageControl(t *testing.T, s *site, a appointment, counsellor *person) {
	call := mallory(t, a, counsellor, true)
	camera, err := call.Publish(wire.SourceCamera)
	must(t, err)
	burst(func(i int) {
		raw := rtcp.RawPacket(make([]byte, 4*(2+rand.IntN(100))))
		raw[0], raw[1] = 0x80|byte(i%32), byte(200+i%8)
		binary.BigEndian.PutUint16(raw[2:], uint16(len(raw)/4-1))
		for j := 4; j < len(raw); j++ {
			raw[j] = byte(rand.Uint32())
		}
		_ = camera.WriteRTCP(&raw)
	})
}

// Offers of every kind: stale generations, descriptions that are none, and good ones, each of which is a new connection for the server.
func floodOfOffers(t *testing.T, s *site, a appointment, counsellor *person) {
	call := mallory(t, a, counsellor, true)
	pc, err := webrtc.NewPeerConnection(webrtc.Configuration{})
	must(t, err)
	defer pc.GracefulClose()
	_, err = pc.AddTransceiverFromKind(webrtc.RTPCodecTypeAudio, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly})
	must(t, err)
	good, err := pc.CreateOffer(nil)
	must(t, err)
	good.SDP = strings.Replace(good.SDP, "a=rtcp-mux\r\n", "a=rtcp-mux\r\na=extmap:1 "+sdp.AudioLevelURI+"\r\n", 1)
	lines := wire.List[wire.Line]{{Mid: "0", Use: wire.UseMicrophone}}
	counts := map[string]int{}
	until := time.Now().Add(2 * time.Second)
	for generation := 2; time.Now().Before(until); generation++ {
		offers := []*wire.Offer{{Generation: generation, SDP: good.SDP, Lines: lines}, {Generation: generation - 1, SDP: good.SDP, Lines: lines}}
		if generation%5 == 0 { // of these twenty a minute are borne
			offers = append(offers, &wire.Offer{Generation: generation, SDP: strings.Repeat("a=x\r\n", 20000), Lines: lines})
		}
		for _, offer := range offers {
			_, err := call.Request(t.Context(), offer)
			counts[fmt.Sprint(err)]++
		}
	}
	t.Logf("%v", counts)
	if counts["<nil>"] == 0 || counts["client: refused: wrong_state"] == 0 || counts["client: refused: bad_message"] == 0 ||
		counts["client: refused: too_fast"] == 0 {
		t.Errorf("offers were answered with %v", counts)
	}
	eventually(t, patience, "the attacker has one connection", func() bool { return s.count("anteroom_media_sessions") <= 5 })
}

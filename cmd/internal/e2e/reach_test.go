package e2e

import (
	"fmt"
	"net"
	"slices"
	"testing"

	"github.com/anteroom-video/anteroom/loadtest/media"
	"github.com/anteroom-video/anteroom/signaling/client"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// rogue makes a client that goes on sending whatever it is told.
func rogue(o *client.Options) { o.Rogue = true }

// repeated bounds the packets that people send again, in a test's time.
const repeated = 50

// enough packets to be sure that some would have come through.
const enough = 20

// nothing checks that of what somebody sends from now on nothing of these kinds reaches any of others. He does send: enough packets leave him
// meanwhile. control is what does come through in the same time.
func nothing(from *person, kinds []int, others []*person, control func()) {
	from.t.Helper()
	var first [2]uint32
	for _, kind := range kinds {
		first[kind] = from.next[kind].Load() + 1 // the one before may be on its way already
	}
	strange := make([]int, len(others))
	for i, o := range others {
		o.mu.Lock()
		strange[i] = o.strange
		o.mu.Unlock()
	}
	for _, kind := range kinds {
		eventually(from.t, patience, "he sends", func() bool { return from.next[kind].Load() >= first[kind]+enough })
	}
	control()
	for i, o := range others {
		for _, kind := range kinds {
			if got := o.of(from); got.packets[kind] > 0 && got.last[kind] >= first[kind] {
				from.t.Errorf("packet %d of kind %d reached somebody; from %d on none must", got.last[kind], kind, first[kind])
			}
		}
		o.mu.Lock()
		if o.strange != strange[i] {
			from.t.Errorf("%d packets of nobody came", o.strange-strange[i])
		}
		o.mu.Unlock()
	}
}

var both = []int{sound, picture}

// While somebody waits the server takes no offer of him, and nothing that is thrown at its media port reaches anybody.
func TestNoMediaLeavesAWaitingPerson(t *testing.T) {
	t.Parallel()
	s := open(t)
	a := s.invite("Anna", "Ben")
	counsellor := join(t, a.counsellor)
	ben := join(t, a.links[1])
	counsellor.admits(ben)
	meet(counsellor, ben)
	anna := join(t, a.links[0], rogue)
	expect(counsellor, func(w *wire.Waiting) bool { return w.Participant == anna.Participant() })

	offer := &wire.Offer{Generation: 1, SDP: "v=0\r\n", Lines: wire.List[wire.Line]{{Mid: "0", Use: wire.UseMicrophone}}}
	for _, request := range []wire.Body{offer, &wire.SlotsAck{Seq: 1}, &wire.View{}} {
		_, err := anna.Request(t.Context(), request)
		refused(t, request, err, wire.CodeWrongState)
	}
	equal(t, "media connections", s.count("anteroom_media_sessions"), 2)

	datagrams, sent := s.count("anteroom_media_datagrams_total"), 0
	throw(t, s, anna.mark, func() { sent++ })
	counsellor.sees(ben)
	ben.sees(counsellor)
	for _, p := range []*person{counsellor, ben} {
		if got := p.of(anna); got.packets != [2]int{} {
			t.Errorf("something of somebody who waits arrived: %v", got.packets)
		}
		equal(t, "packets of nobody", p.strange, 0)
	}
	// The server's own witness: the datagrams reached its socket, and it took no more packets than those inside have sent.
	if got := s.count("anteroom_media_datagrams_total") - datagrams; got < sent {
		t.Errorf("%d datagrams reached the server, %d were thrown", got, sent)
	}
	taken := s.count("anteroom_media_packets_in_total")
	if inside := sentBy(counsellor) + sentBy(ben); taken > inside+repeated {
		t.Errorf("%d packets were taken, %d were sent by those inside", taken, inside)
	}

	// The same person, let in, arrives by the same ways.
	counsellor.admits(anna)
	meet(counsellor, anna, ben)
}

// throw sends what a stranger could to the media port: packets of sound with marks, plain, over UDP and ICE-TCP, from one address and from
// many; connectivity checks with guessed names; the beginning of DTLS.
func throw(t *testing.T, s *site, mark uint32, sent func()) {
	t.Helper()
	port := fmt.Sprint(s.node.MediaPort())
	packet := func(i int) []byte {
		payload := media.Sound()
		media.Mark{Sender: mark, Number: uint32(i)}.Put(payload)
		return append([]byte{0x80, 111, 0, byte(i), 0, 0, 0, byte(i), 0, 0, byte(i), 1}, payload...)
	}
	// A binding request (RFC 8489) with the name guess:guess.
	check := append([]byte{0, 1, 0, 16, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0, 6, 0, 11}, "guess:guess\x00"...)
	for range 4 {
		udp, err := net.Dial("udp", "127.0.0.1:"+port)
		must(t, err)
		for i := range 100 {
			_, err := udp.Write(packet(i))
			must(t, err)
			sent()
		}
		_, err = udp.Write(check)
		must(t, err)
		_, err = udp.Write(append([]byte{22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 100}, make([]byte, 100)...))
		must(t, err)
		must(t, udp.Close())
	}
	tcp, err := net.Dial("tcp", "127.0.0.1:"+port)
	must(t, err)
	for i := range 100 {
		framed := append([]byte{0, byte(len(packet(i)))}, packet(i)...)
		if _, err := tcp.Write(framed); err != nil {
			break // it was thrown out
		}
	}
	must(t, tcp.Close())
}

func refused(t testing.TB, request wire.Body, err error, want wire.Code) {
	t.Helper()
	no, ok := err.(*client.RequestError)
	if !ok || no.Code != want {
		t.Errorf("%s: %v, want %s", request.Type(), err, want)
	}
}

// Mute is enforced: whatever a muted client goes on sending, it reaches nobody, while what is not muted does.
func TestMutedPacketsReachNobody(t *testing.T) {
	t.Parallel()
	s := open(t)
	counsellor, others, _ := counselled(s, 2, rogue)
	anna, ben := others[0], others[1]
	audience := []*person{counsellor, ben}

	must(t, counsellor.Mute(counsellor.ctx(), anna.Participant(), wire.KindAudio))
	dropped := s.count(`anteroom_media_dropped_total{reason="flow"}`)
	nothing(anna, []int{sound}, audience, func() {
		counsellor.gets(anna, picture)
		ben.gets(anna, picture)
		ben.gets(counsellor, sound)
	})
	if got := s.count(`anteroom_media_dropped_total{reason="flow"}`) - dropped; got < enough {
		t.Errorf("the server dropped %d packets, %d were sent", got, enough)
	}
	equal(t, "told", expect[*wire.Muted](anna).Kind, wire.KindAudio)
	// She alone can switch it on again.
	must(t, anna.Self(anna.ctx(), true, true))
	meet(counsellor, anna, ben)

	must(t, counsellor.Mute(counsellor.ctx(), anna.Participant(), wire.KindVideo))
	nothing(anna, []int{picture}, audience, func() { counsellor.gets(anna, sound); ben.gets(anna, sound) })
	must(t, anna.Self(anna.ctx(), true, true))
	meet(counsellor, anna, ben)

	must(t, counsellor.MuteAll(counsellor.ctx()))
	nothing(anna, []int{sound}, audience, func() { ben.gets(anna, picture) })
	nothing(ben, []int{sound}, []*person{counsellor, anna}, func() { ben.gets(counsellor, sound); anna.gets(counsellor, sound) })

	// What is off of one's own will does not leave either, though the client goes on sending.
	must(t, counsellor.Self(counsellor.ctx(), true, false))
	nothing(counsellor, []int{picture}, []*person{anna, ben}, func() { anna.gets(counsellor, sound); ben.gets(counsellor, sound) })
}

// On hold nothing passes to or from those who do not moderate, and the counsellors see each other.
func TestHeldPacketsReachNobody(t *testing.T) {
	t.Parallel()
	s := open(t)
	a := s.invite("Anna", "Ben", "co-counsellor:Dr. C.")
	counsellor, colleague := join(t, a.counsellor), join(t, a.links[2])
	anna, ben := join(t, a.links[0], rogue), join(t, a.links[1], rogue)
	for _, p := range []*person{anna, ben} {
		counsellor.admits(p)
	}
	everybody := []*person{counsellor, colleague, anna, ben}
	meet(everybody...)

	must(t, counsellor.Hold(counsellor.ctx(), true))
	colleagues := func() { meet(counsellor, colleague) }
	nothing(anna, both, []*person{counsellor, colleague, ben}, colleagues)
	nothing(counsellor, both, []*person{anna, ben}, colleagues)
	nothing(colleague, both, []*person{anna, ben}, colleagues)
	nothing(ben, both, []*person{counsellor, colleague, anna}, colleagues)
	for _, p := range []*person{anna, ben} {
		expect(p, func(r *wire.Room) bool { return r.Held })
	}
	must(t, colleague.Hold(colleague.ctx(), false))
	meet(everybody...)
}

// Who is put back sends into the void on the connection that he keeps, and gets nothing by it; who is removed, for good.
func TestPacketsAfterPutBackAndRemovalReachNobody(t *testing.T) {
	t.Parallel()
	s := open(t)
	counsellor, others, a := counselled(s, 2, rogue)
	anna, ben := others[0], others[1]
	audience := []*person{counsellor, ben}
	talk := func() { meet(counsellor, ben) }

	must(t, counsellor.PutBack(counsellor.ctx(), anna.Participant()))
	outside := func(what string) {
		t.Helper()
		unheard, sent := s.unheard(), sentBy(anna)
		nothing(anna, both, audience, talk)
		nothing(counsellor, both, []*person{anna}, talk)
		nothing(ben, both, []*person{anna}, talk)
		// What she sent came to the socket and was nobody's.
		sent = sentBy(anna) - sent
		if came := s.unheard() - unheard; came < sent {
			t.Errorf("%s: she sent %d packets, %d datagrams came to nothing", what, sent, came)
		}
	}
	outside("put back")
	equal(t, "phase", anna.Phase(), wire.PhaseWaiting)
	_, err := anna.Request(t.Context(), &wire.Offer{Generation: 9, SDP: "v=0\r\n", Lines: wire.List[wire.Line]{{Mid: "0", Use: wire.UseMicrophone}}})
	refused(t, &wire.Offer{}, err, wire.CodeWrongState)

	counsellor.admits(anna)
	meet(counsellor, anna, ben)

	must(t, counsellor.Remove(counsellor.ctx(), anna.Participant()))
	if err := anna.finished(); err != client.ErrRemoved {
		t.Errorf("removed: %v", err)
	}
	outside("removed")
	_, err = client.Join(t.Context(), a.links[0], client.Options{})
	if no, ok := err.(*client.HTTPError); !ok || no.Code != "link_revoked" {
		t.Errorf("the link of somebody removed: %v", err)
	}
}

func sentBy(p *person) int { return int(p.next[sound].Load() + p.next[picture].Load()) }

// After the end everybody's packets are nobody's.
func TestPacketsAfterTheEndReachNobody(t *testing.T) {
	t.Parallel()
	s := open(t)
	counsellor, others, a := counselled(s, 2, rogue)
	next, clients, _ := counselled(s, 1)
	must(t, counsellor.End(counsellor.ctx()))
	for _, p := range append(others, counsellor) {
		if err := p.finished(); err != client.ErrEnded {
			t.Errorf("ended: %v", err)
		}
	}
	for _, p := range others {
		everybody := []*person{counsellor, others[0], others[1], next, clients[0]}
		nothing(p, both, slices.DeleteFunc(everybody, func(q *person) bool { return q == p }), func() { meet(next, clients[0]) })
	}
	eventually(t, patience, "no media connection of the room is left", func() bool { return s.count("anteroom_media_sessions") == 2 })
	for _, link := range append(a.links, a.counsellor) {
		if _, err := client.Join(t.Context(), link, client.Options{}); err == nil {
			t.Error("a link of a room that was ended opens")
		}
	}
}

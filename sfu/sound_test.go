package sfu_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/sfu/sfutest"
	"github.com/anteroom-video/anteroom/sfu/transport"
)

// RED goes to who takes it as it is; who does not gets the newest block of each packet as plain Opus.
func TestREDIsTakenApartForWhoDoesNotSpeakIt(t *testing.T) {
	sfutest.NoLeaks(t)
	fakes := &sfutest.Fakes{Speaks: []transport.Codec{transport.Opus, transport.RED, transport.VP8}}
	_, room := fakeRoom(t, fakes, nil)
	bob := sfutest.JoinFake(t, fakes, room, "bob", 2, false)
	fresh := sfutest.JoinFake(t, fakes, room, "new", 2, false)
	fakes.Speaks = nil
	old := sfutest.JoinFake(t, fakes, room, "old", 2, false)
	red := &sfutest.RED{Opus: *sfutest.NewOpus(7, 1)}
	send := func() { bob.Inject(sfutest.FakeMicrophone, 0, red.Packet()) }
	for _, p := range []*sfutest.FakePerson{fresh, old} {
		p.Carries(t, slotOf(t, p, "bob"), transport.Audio, send)
	}
	for range 20 {
		send()
	}
	whole, plain := fresh.Sent(slotOf(t, fresh, "bob"), transport.Audio).All(), old.Sent(slotOf(t, old, "bob"), transport.Audio).All()
	last, lastPlain := whole[len(whole)-1], plain[len(plain)-1]
	if last.Codec != transport.RED || lastPlain.Codec != transport.Opus {
		t.Fatalf("sent as %d and %d", last.Codec, lastPlain.Codec)
	}
	if !bytes.HasSuffix(last.Payload, lastPlain.Payload) || len(last.Payload) <= len(lastPlain.Payload) || lastPlain.Payload[0] != 0x78 {
		t.Errorf("whole % x\nplain % x", last.Payload, lastPlain.Payload)
	}
	for i := 1; i < len(plain); i++ {
		if plain[i].Seq != plain[i-1].Seq+1 {
			t.Errorf("number %d after %d", plain[i].Seq, plain[i-1].Seq)
		}
	}
	// What claims to be RED and is not, goes to nobody.
	before := len(fresh.Sent(slotOf(t, fresh, "bob"), transport.Audio).All())
	bad := red.Packet()
	bad.Payload = []byte{0x80 | 111, 0xff, 0xff, 0xff}
	bob.Inject(sfutest.FakeMicrophone, 0, bad)
	if n := len(fresh.Sent(slotOf(t, fresh, "bob"), transport.Audio).All()); n != before {
		t.Error("broken RED was passed on")
	}
	if n := bob.Session.Stats().Dropped["malformed"]; n != 1 {
		t.Errorf("%d packets counted as malformed", n)
	}
}

// slotOf is the slot that shows a participant's camera and microphone.
func slotOf(t *testing.T, p *sfutest.FakePerson, participant string) int {
	t.Helper()
	slot := -1
	p.Await(t, participant+" has a slot", func() bool {
		for _, s := range p.Mapping().Slots {
			if s.Participant == participant && s.Source == sfu.SourceCamera {
				slot = s.Slot
			}
		}
		return slot >= 0
	})
	return slot
}

// In a large room the loudest are heard; nobody who speaks waits for long, and small rooms hear everybody.
func TestALargeRoomHearsTheLoudest(t *testing.T) {
	sfutest.NoLeaks(t)
	fakes := &sfutest.Fakes{}
	_, room := fakeRoom(t, fakes, nil)
	const people = 9
	var all []*sfutest.FakePerson
	var voices []*sfutest.Opus
	for i := range people {
		all = append(all, sfutest.JoinFake(t, fakes, room, fmt.Sprint("p", i), people+3, false))
		voices = append(voices, sfutest.NewOpus(uint32(1+i), 1))
	}
	loud := map[int]bool{}
	listener := all[0]
	listener.Await(t, "everybody has a slot", func() bool { return len(listener.Mapping().Slots) == people-1 })
	speak := func() {
		for i := 1; i < people; i++ {
			level := uint8(100)
			if loud[i] {
				level = 20
			}
			all[i].InjectLevel(sfutest.FakeMicrophone, voices[i].Packet(), level, time.Now())
		}
	}
	heard := func(i int) uint64 {
		return listener.Sent(slotOf(t, listener, fmt.Sprint("p", i)), transport.Audio).Count.Load()
	}
	for _, speaks := range [][]int{{1, 2, 3}, {6, 7, 8}} {
		clear(loud)
		for _, i := range speaks {
			loud[i] = true
		}
		var before [people]uint64
		for i := 1; i < people; i++ {
			before[i] = heard(i)
		}
		deadline := time.Now().Add(sfutest.Deadline)
		for begin := time.Now(); ; {
			speak()
			time.Sleep(20 * time.Millisecond) // the pace of sound
			done := time.Since(begin) > 4*time.Second
			for _, i := range speaks {
				done = done && heard(i) > before[i]+100
			}
			if done {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("%v speak and are not heard", speaks)
			}
		}
		// Five are heard, no more.
		var now [people]uint64
		for i := 1; i < people; i++ {
			now[i] = heard(i)
		}
		for range 5 {
			speak()
		}
		count := 0
		for i := 1; i < people; i++ {
			if heard(i) > now[i] {
				count++
			}
		}
		if count > 5 || count < len(speaks) {
			t.Errorf("%d are heard while %v speak", count, speaks)
		}
	}
}

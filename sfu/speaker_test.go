package sfu_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/sfu/sfutest"
)

// floor remembers who had the floor.
type floor struct {
	mu       sync.Mutex
	dominant string
	speaking []string
	calls    int
}

func (f *floor) Speaker(_, dominant string, speaking []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dominant, f.speaking = dominant, speaking
	f.calls++
}

func (f *floor) now() (string, []string, int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.dominant, f.speaking, f.calls
}

func TestWhoSpeaksIsTold(t *testing.T) {
	sfutest.NoLeaks(t)
	fakes := &sfutest.Fakes{}
	server, _ := fakeRoom(t, fakes, nil)
	f := &floor{}
	room := server.Room("spoken", f)
	people := map[string]*sfutest.FakePerson{}
	voices := map[string]*sfutest.Opus{}
	for i, name := range []string{"ada", "bob"} {
		people[name] = sfutest.JoinFake(t, fakes, room, name, 1, false)
		voices[name] = sfutest.NewOpus(uint32(i), 1)
	}
	// speak lets one talk and the others be silent until the floor is as wanted.
	speak := func(who string, ok func(string, []string) bool) {
		t.Helper()
		deadline := time.Now().Add(sfutest.Deadline)
		for {
			dominant, speaking, _ := f.now()
			if ok(dominant, speaking) {
				return
			}
			for name, p := range people {
				level := uint8(90)
				if name == who {
					level = 20
				}
				p.InjectLevel(sfutest.FakeMicrophone, voices[name].Packet(), level, time.Now())
			}
			if time.Now().After(deadline) {
				t.Fatalf("%q speaks; dominant %q, speaking %v", who, dominant, speaking)
			}
			time.Sleep(20 * time.Millisecond) // the pace of packets of sound
		}
	}
	speak("ada", func(d string, s []string) bool { return d == "ada" && slices.Equal(s, []string{"ada"}) })
	speak("bob", func(d string, s []string) bool { return d == "bob" && slices.Contains(s, "bob") })
	speak("", func(d string, s []string) bool { return d == "bob" && len(s) == 0 })
	// Who is muted does not speak, however loud.
	people["bob"].Session.SetFlow(sfu.Flow{Group: "room", Video: true})
	speak("bob", func(d string, s []string) bool { return d == "" && len(s) == 0 })
	speak("ada", func(d string, s []string) bool { return d == "ada" })
	if _, _, calls := f.now(); calls > 12 {
		t.Errorf("told %d times of five changes", calls)
	}
}

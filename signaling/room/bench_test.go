package room

import (
	"fmt"
	"io"
	"runtime"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
)

// crowd is a room with one counsellor, members besides him and people who wait.
func crowd(b testing.TB, members, waiting int) (h *house, ada Arrive) {
	h = newHouse(b, testConfig())
	ada = h.account("ada", 1)
	apply(b, h, ada)
	for i := range members + waiting {
		a := h.client(fmt.Sprint("client", i), 1)
		apply(b, h, a)
		if i < members {
			apply(b, h, Admit{ada.Socket, a.Participant})
		}
	}
	return h, ada
}

func apply(b testing.TB, h *house, c Command) {
	if _, err := h.s.Apply(c, h.now); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkApply(b *testing.B) {
	for _, size := range []struct{ members, waiting int }{{1, 0}, {11, 3}, {39, 19}} {
		h, ada := crowd(b, size.members, size.waiting)
		b.Run(fmt.Sprintf("heard/%d+%d", size.members+1, size.waiting), func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				apply(b, h, Heard{ada.Participant})
			}
		})
		b.Run(fmt.Sprintf("self/%d+%d", size.members+1, size.waiting), func(b *testing.B) {
			b.ReportAllocs()
			for i := range b.N {
				apply(b, h, Self{By: ada.Socket, Audio: new(i%2 == 0), Video: new(true)})
			}
		})
		b.Run(fmt.Sprintf("arrive-admit-leave/%d+%d", size.members+1, size.waiting), func(b *testing.B) {
			b.ReportAllocs()
			a := h.client("somebody", 1)
			for range b.N {
				apply(b, h, a)
				apply(b, h, Admit{ada.Socket, a.Participant})
				apply(b, h, Leave{By: a.Socket})
			}
		})
	}
}

func BenchmarkLoopDo(b *testing.B) {
	x := start(b)
	ada, _ := x.inside()
	b.ReportAllocs()
	for i := range b.N {
		if err := x.Do(b.Context(), Self{By: ada.Socket, Audio: new(i%2 == 0), Video: new(true)}); err != nil {
			b.Fatal(err)
		}
	}
	x.stop()
}

// silent is a forwarder and a socket that do nothing.
type silent struct{ io.Writer }

func (silent) SetFlow(Flow)     {}
func (silent) Pair(Paired)      {}
func (silent) Part(Parted)      {}
func (silent) Drop(Participant) {}
func (silent) Send(Body)        {}
func (silent) Close(Reason)     {}

// TestMemory: a waiting person costs less than 2 KiB here, a room with its loop less than 16 KiB.
func TestMemory(t *testing.T) {
	const rooms, persons = 200, 20
	before := heap()
	loops := make([]*Loop, rooms)
	for i := range loops {
		loops[i] = must(NewLoop(LoopConfig{Room: testConfig(), Forwarder: silent{}}))
	}
	perRoom := (heap() - before) / rooms
	before = heap()
	for i, l := range loops {
		for j := range persons {
			a := Arrive{
				Socket: Socket(fmt.Sprintf("%026d", i*persons+j)), Participant: Participant(fmt.Sprintf("%026d", j)),
				Person: lobby.PersonID(fmt.Sprintf("%026d", j)), Role: lobby.RoleClient, Device: device(1),
				Label: lobby.Text{Sealed: make([]byte, 64)}, Lang: "de", Platform: Phone, Media: MediaAV,
			}
			l.Attach(a.Socket, silent{})
			if err := l.Do(t.Context(), a); err != nil {
				t.Fatal(err)
			}
		}
	}
	perPerson := (heap() - before) / (rooms * persons)
	t.Logf("%d bytes for a room, %d for a waiting person", perRoom, perPerson)
	if perPerson > 2<<10 || perRoom > 16<<10 {
		t.Errorf("%d bytes for a room, %d for a waiting person", perRoom, perPerson)
	}
	for _, l := range loops {
		if err := l.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// heap gives the bytes in use on heap and stacks.
func heap() int {
	for range 3 {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc + m.StackInuse)
}

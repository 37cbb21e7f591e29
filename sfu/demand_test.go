package sfu_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/sfu/sfutest"
	"github.com/anteroom-video/anteroom/sfu/transport"
)

// demanded waits until the layers that somebody is said to watch are these, while frames go on.
func demanded(t *testing.T, c *camera, want ...int) {
	t.Helper()
	deadline := time.Now().Add(2 * sfu.DemandLinger)
	for {
		got, ok := c.peer.Demanded("camera")
		if ok && slices.Equal(got, want) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("demanded are %v %v, not %v", got, ok, want)
		}
		c.obey(got, ok)
		c.frame()
		time.Sleep(20 * time.Millisecond) // the camera's pace
	}
}

// obey stops the layers that nobody watches, as a browser does.
func (c *camera) obey(layers []int, said bool) {
	for i := range c.active {
		c.active[i] = !said || slices.Contains(layers, i)
	}
}

func TestLayersThatNobodyWatchesAreNotDemanded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fakes := &sfutest.Fakes{}
		server, err := sfu.New(sfu.Config{Transports: fakes})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = server.Close(t.Context()) }()
		room := server.Room("room", nil)
		bob := sfutest.JoinFake(t, fakes, room, "bob", 3, false)
		c := newCamera(bob)
		// Nobody is there: after a while nothing is wanted.
		demanded(t, c)
		ada := sfutest.JoinFake(t, fakes, room, "ada", 3, false)
		eve := sfutest.JoinFake(t, fakes, room, "eve", 3, false)
		view := func(p *sfutest.FakePerson, width, height int) {
			for _, pub := range p.Publications() {
				if pub.Participant == "bob" && pub.Source == sfu.SourceCamera {
					p.Session.Views([]sfu.View{{Publication: pub.ID, Width: width, Height: height}})
				}
			}
		}
		published := func(p *sfutest.FakePerson) {
			p.Await(t, "bob's camera is told", func() bool {
				return slices.ContainsFunc(p.Publications(), func(q sfu.Publication) bool { return q.Source == sfu.SourceCamera })
			})
		}
		demanded(t, c, 0) // thumbnails, until they say how they show him
		published(ada)
		published(eve)
		view(ada, 1280, 720)
		view(eve, 0, 0)
		begin := time.Now()
		for { // a layer that is newly wanted is asked for at once
			if got, _ := bob.Demanded("camera"); slices.Contains(got, 2) {
				break
			}
			if time.Since(begin) > 200*time.Millisecond {
				t.Fatal("the large picture was not asked for")
			}
			c.frame()
			time.Sleep(10 * time.Millisecond)
		}
		demanded(t, c, 2)
		// A second viewer finds his layer running soon after he comes back.
		view(eve, 320, 180)
		demanded(t, c, 0, 2)
		view(eve, 0, 0)
		demanded(t, c, 2)
		// A glance away changes nothing.
		view(ada, 0, 0)
		time.Sleep(sfu.DemandLinger / 2)
		view(ada, 1280, 720)
		time.Sleep(sfu.DemandLinger)
		if got, _ := bob.Demanded("camera"); !slices.Equal(got, []int{2}) {
			t.Errorf("after a glance away %v are demanded", got)
		}
		ada.Session.Choose(sfu.ChoiceSound)
		demanded(t, c)
		ada.Session.Choose(sfu.ChoiceAuto)
		demanded(t, c, 2)
	})
}

// Who is long in coming, because his connection takes its time or his camera is off, is not told meanwhile that nobody watches.
func TestWhoSendsNothingYetIsNotToldThatNobodyWatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fakes := &sfutest.Fakes{}
		server, err := sfu.New(sfu.Config{Transports: fakes})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = server.Close(t.Context()) }()
		room := server.Room("room", nil)
		bob := sfutest.JoinFake(t, fakes, room, "bob", 3, false)
		ada := sfutest.JoinFake(t, fakes, room, "ada", 3, false)
		ada.Session.Views(nil) // nothing to be shown yet
		c := newCamera(bob)
		time.Sleep(2 * sfu.DemandLinger)
		if got, ok := bob.Demanded("camera"); ok {
			t.Fatalf("%v are demanded of a camera that has sent nothing", got)
		}
		c.obey(bob.Demanded("camera"))
		c.frame()
		ada.Await(t, "bob's camera is told", func() bool {
			for _, q := range ada.Publications() {
				if q.Source == sfu.SourceCamera {
					ada.Session.Views([]sfu.View{{Publication: q.ID, Width: 1280, Height: 720}})
					return true
				}
			}
			return false
		})
		demanded(t, c, 2)
	})
}

// A layer that a sender's line has no room for in its first seconds is asked for again soon, when it may have grown, and then not much later.
func TestALayerThatComesLateIsAskedForAgain(t *testing.T) {
	for _, c := range []struct{ after, shown time.Duration }{{5 * time.Second, 12 * time.Second}, {17 * time.Second, 25 * time.Second}} {
		t.Run(c.after.String(), func(t *testing.T) {
			comesLate(t, c.shown, func(active *[3]bool, now time.Duration) {
				if now < c.after {
					active[1], active[2] = false, false
				}
			})
		})
	}
}

// A line grows towards a layer only while it is asked for: where the one below is there meanwhile, it is asked for long enough.
func TestALayerIsAskedForWhileALineGrowsTowardsIt(t *testing.T) {
	var since time.Duration
	comesLate(t, 20*time.Second, func(active *[3]bool, now time.Duration) {
		if !active[2] {
			since = now
		}
		active[2] = now-since > 15*time.Second
	})
}

// comesLate: the largest layer is shown at last, though the sender's line does not have room at once for all that is asked for; grow takes
// away what it has no room for yet.
func comesLate(t *testing.T, shown time.Duration, grow func(active *[3]bool, now time.Duration)) {
	synctest.Test(t, func(t *testing.T) {
		fakes := &sfutest.Fakes{}
		server, err := sfu.New(sfu.Config{Transports: fakes})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = server.Close(t.Context()) }()
		room := server.Room("room", nil)
		bob := sfutest.JoinFake(t, fakes, room, "bob", 2, false)
		ada := sfutest.JoinFake(t, fakes, room, "ada", 2, false)
		c := newCamera(bob)
		begin := time.Now()
		show := func(until time.Duration) {
			for time.Since(begin) < until {
				c.obey(bob.Demanded("camera"))
				grow(&c.active, time.Since(begin))
				c.frame()
				time.Sleep(20 * time.Millisecond) // the camera's pace
			}
		}
		show(400 * time.Millisecond)
		for _, pub := range ada.Publications() {
			ada.Session.Views([]sfu.View{{Publication: pub.ID, Width: 1280, Height: 720, Stage: true}})
		}
		show(shown)
		sent := ada.Sent(0, transport.Video).All()
		if at := layerOf(t, &sent[len(sent)-1]); at != 2 {
			t.Errorf("after %v layer %d is shown", shown, at)
		}
	})
}

// A small camera has one layer: the larger ones are not asked for again and again, and the picture is as large as it is.
func TestLayersThatNeverComeAreNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fakes := &sfutest.Fakes{}
		server, err := sfu.New(sfu.Config{Transports: fakes})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = server.Close(t.Context()) }()
		room := server.Room("room", nil)
		bob := sfutest.JoinFake(t, fakes, room, "bob", 2, false)
		ada := sfutest.JoinFake(t, fakes, room, "ada", 2, false)
		c := newCamera(bob)
		for range 20 {
			c.active = [3]bool{true, false, false}
			c.frame()
			time.Sleep(20 * time.Millisecond)
		}
		for _, pub := range ada.Publications() {
			ada.Session.Views([]sfu.View{{Publication: pub.ID, Width: 1280, Height: 720, Stage: true}})
		}
		var told [][]int
		alone := 0 // frames in which nothing but the small picture is asked for, of the second minute
		const minute = 3000
		for i := range 2 * minute {
			c.frame()
			time.Sleep(20 * time.Millisecond)
			got, ok := bob.Demanded("camera")
			if ok && (len(told) == 0 || !slices.Equal(told[len(told)-1], got)) {
				told = append(told, got)
			}
			if i >= minute && slices.Equal(got, []int{0}) {
				alone++
			}
		}
		if alone < minute/3 || len(told) > 20 {
			t.Errorf("nothing but the small picture was demanded in %d frames of %d; and in two minutes %v", alone, minute, told)
		}
		if n := ada.Sent(0, transport.Video).Count.Load(); n < 2*minute-300 {
			t.Errorf("%d frames of the small picture came in two minutes", n)
		}
	})
}

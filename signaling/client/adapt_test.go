package client

import (
	"reflect"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/signaling/wire"
)

// Each request is said as the protocol has it; what comes of it, is passed on as it came.
func TestScreensPinsAndQuality(t *testing.T) {
	within(t, func(t *testing.T, d *desk) {
		call, e := d.join()
		defer call.Close()
		for _, test := range []struct {
			ask  func() error
			want wire.Body
		}{
			{func() error { return call.Screen(t.Context(), true) }, &wire.Self{Screen: new(true)}},
			{func() error { return call.Mute(t.Context(), "p", wire.KindScreen) }, &wire.Mute{Participant: "p", Kind: wire.KindScreen}},
			{func() error { return call.Share(t.Context(), wire.ShareAll) }, &wire.Share{Rule: wire.ShareAll}},
			{func() error { return call.Pin(t.Context(), "p", wire.SourceScreen) }, &wire.Pin{Participant: "p", Source: wire.SourceScreen}},
			{func() error { return call.Unpin(t.Context()) }, &wire.Pin{}},
			{func() error { return call.Quality(t.Context(), wire.ChoiceSaver) }, &wire.Quality{Choice: wire.ChoiceSaver}},
			{func() error { return call.View(t.Context(), wire.Viewed{Publication: "u", Stage: true}) }, &wire.View{Views: wire.List[wire.Viewed]{{Publication: "u", Stage: true}}}},
		} {
			asked := make(chan error)
			go func() { asked <- test.ask() }()
			m := e.hear()
			if !reflect.DeepEqual(m.Body, test.want) {
				t.Errorf("it says %#v, want %#v", m.Body, test.want)
			}
			e.say(m.ID, &wire.OK{})
			if err := <-asked; err != nil {
				t.Error(err)
			}
		}
		for _, want := range []wire.Body{
			&wire.Demand{Source: wire.SourceCamera, Layers: wire.List[int]{0}}, &wire.PicturesPaused{Publications: wire.List[string]{"u"}},
			&wire.LineChanged{Participant: "p", Quality: wire.LineBad}, &wire.Codec{Video: wire.CodecVP9}, &wire.Muted{Kind: wire.KindScreen},
			&wire.Room{Share: wire.ShareAll, Lines: 1080, Pin: wire.Pin{Participant: "p", Source: wire.SourceCamera}},
		} {
			e.say(0, want)
			for got := any(nil); !reflect.DeepEqual(got, want); {
				select {
				case got = <-call.Events():
				case <-time.After(time.Minute):
					t.Fatalf("%#v was not passed on", want)
				}
			}
		}
	})
}

// What pictures are wanted is said again to a server that may have forgotten it, and only what it accepted.
func TestQualityIsSaidAgain(t *testing.T) {
	within(t, func(t *testing.T, d *desk) {
		call, e := d.join()
		defer call.Close()
		choose := func(c wire.Choice, answer wire.Body) {
			asked := make(chan error)
			go func() { asked <- call.Quality(t.Context(), c) }()
			e.say(e.hear().ID, answer)
			<-asked
		}
		choose(wire.ChoiceHigh, &wire.Error{Code: wire.CodeWrongState})
		next := func(what string, want wire.Body) {
			t.Helper()
			if m := e.hear(); !reflect.DeepEqual(m.Body, want) {
				t.Errorf("%s: it says %#v", what, m.Body)
			}
		}
		admitted := &wire.Admitted{Resume: "resume2", State: wire.State{Counsellor: wire.Here}}
		e.say(0, admitted)
		next("nothing was accepted", &wire.Ping{})
		choose(wire.ChoiceSound, &wire.OK{})
		sound := &wire.Quality{Choice: wire.ChoiceSound}
		e.say(0, &wire.WasPutBack{Resume: "resume3", State: admitted.State})
		next("outside", &wire.Ping{})
		e.say(0, admitted)
		next("let in again", sound)
		e.close(wire.CloseGoingAway)
		e = d.next()
		e.welcome(wire.PhaseWaiting, "resume4")
		next("waiting", &wire.Ping{})
		e.close(wire.CloseGoingAway)
		e = d.next()
		e.welcome(wire.PhaseIn, "resume5")
		next("back inside", sound)
	})
}

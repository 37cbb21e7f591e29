package client

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"github.com/anteroom-video/anteroom/signaling/wire"
)

// What a close code means for the call.
func TestEveryEndOfASocket(t *testing.T) {
	for _, c := range []struct {
		code wire.CloseCode
		want error         // the call ends with this; nil when it is resumed
		wait time.Duration // at least before it is
	}{
		{wire.CloseRemoved, ErrRemoved, 0}, {wire.CloseEnded, ErrEnded, 0}, {wire.CloseReplaced, ErrReplaced, 0},
		{wire.CloseGoingAway, nil, 0}, {wire.CloseInternal, nil, 0}, {wire.CloseTooSlow, nil, 0}, {wire.CloseTimeout, nil, 0},
		{wire.CloseNotAuthenticated, nil, 0}, {wire.CloseTooFast, nil, pause},
	} {
		t.Run(c.code.Reason(), func(t *testing.T) {
			within(t, func(t *testing.T, d *desk) {
				call, e := d.join()
				defer call.Close()
				closed := time.Now()
				e.close(c.code)
				if c.want != nil {
					finished(t, call, c.want)
					return
				}
				again := d.next()
				if hello := again.welcome(wire.PhaseWaiting, "resume2"); hello.Resume != "resume1" || hello.Ticket != "" || hello.Fresh {
					t.Errorf("it resumes with %+v", hello)
				}
				if waited := time.Since(closed); waited < c.wait || waited > c.wait+time.Second {
					t.Errorf("it resumed after %v", waited)
				}
				expect[Reconnecting](t, call)
				if back := expect[Reconnected](t, call); back.Kept || back.Welcome.Resume != "resume2" {
					t.Errorf("back with %+v", back)
				}
				d.set(func() {
					if d.tickets != 1 {
						t.Error("it asked for another ticket")
					}
				})
			})
		})
	}
	within(t, func(t *testing.T, d *desk) {
		call, e := d.join()
		e.close(wire.CloseBadMessage)
		if err := expect[Finished](t, call).Err; websocket.CloseStatus(err) != websocket.StatusCode(wire.CloseBadMessage) {
			t.Errorf("finished with %v", err)
		}
		_ = call.Close()
	})
	within(t, func(t *testing.T, d *desk) {
		call, e := d.join()
		e.close(wire.CloseLeft)
		finished(t, call, nil)
	})
}

// What is answered to a resumption decides whether it is tried again, with what, or given up.
func TestEveryAnswerToAResumption(t *testing.T) {
	for _, c := range []struct {
		code   wire.Code
		resume string // what it comes with next; "" when it gives up
		ticket bool   // a new ticket
	}{
		{wire.CodeToken, "", true}, {wire.CodeUnavailable, "resume1", false}, {wire.CodeTooFast, "resume1", false}, {wire.CodeInternal, "resume1", false},
		{wire.CodeLinkInvalid, "", false}, {wire.CodeRoomFull, "", false}, {wire.CodeProof, "", false}, {wire.CodeVersion, "", false},
	} {
		t.Run(string(c.code), func(t *testing.T) {
			within(t, func(t *testing.T, d *desk) {
				call, e := d.join()
				defer call.Close()
				e.close(wire.CloseGoingAway)
				again := d.next()
				again.say(again.hear().ID, &wire.Error{Code: c.code})
				again.close(wire.CloseNotAuthenticated)
				if c.resume == "" && !c.ticket {
					err := expect[Finished](t, call).Err
					if no, ok := errors.AsType[*RequestError](err); !ok || no.Code != c.code {
						t.Errorf("finished with %v", err)
					}
					return
				}
				third := d.next()
				hello := third.welcome(wire.PhaseWaiting, "resume3")
				if hello.Resume != c.resume || (hello.Ticket != "") != c.ticket {
					t.Errorf("next it comes with %+v", hello)
				}
				expect[Reconnected](t, call)
			})
		})
	}
}

// The way to the server may be closed for a while, or for good.
func TestTheWayBack(t *testing.T) {
	within(t, func(t *testing.T, d *desk) {
		call, e := d.join()
		defer call.Close()
		attempts := 0
		d.set(func() {
			d.ws = func() int {
				attempts++
				return []int{http.StatusTooManyRequests, http.StatusServiceUnavailable}[attempts%2]
			}
		})
		e.close(wire.CloseGoingAway)
		time.Sleep(time.Minute)
		synctest.Wait()
		d.set(func() {
			if attempts < 12 || attempts > 40 {
				t.Errorf("%d attempts in a minute", attempts)
			}
			d.ws = func() int { return 0 }
		})
		d.next().welcome(wire.PhaseIn, "resume2")
		expect[Reconnected](t, call)
		if call.Phase() != wire.PhaseIn {
			t.Errorf("the phase is %s", call.Phase())
		}
	})
	within(t, func(t *testing.T, d *desk) {
		call, e := d.join()
		d.set(func() { d.ws = func() int { return http.StatusForbidden } })
		e.close(wire.CloseGoingAway)
		if no, ok := errors.AsType[*HTTPError](expect[Finished](t, call).Err); !ok || no.Status != http.StatusForbidden {
			t.Error("a door that is shut for good is knocked at")
		}
		_ = call.Close()
	})
	within(t, func(t *testing.T, d *desk) { // the token is too old, and the link is dead meanwhile
		call, e := d.join()
		d.set(func() { d.ticket = func() (int, string) { return 404, `{"code":"link_revoked"}` } })
		e.close(wire.CloseGoingAway)
		again := d.next()
		again.say(again.hear().ID, &wire.Error{Code: wire.CodeToken})
		if no, ok := errors.AsType[*HTTPError](expect[Finished](t, call).Err); !ok || no.Code != "link_revoked" {
			t.Errorf("finished with %v", no)
		}
		_ = call.Close()
	})
	within(t, func(t *testing.T, d *desk) { // closed while it looks for a way
		call, e := d.join()
		d.set(func() { d.ws = func() int { return http.StatusBadGateway } })
		e.close(wire.CloseGoingAway)
		time.Sleep(10 * time.Second)
		_ = call.Close()
		finished(t, call, nil)
	})
}

// A seat that could not be resumed is another one, and the newest token counts.
func TestTheNewestTokenCounts(t *testing.T) {
	within(t, func(t *testing.T, d *desk) {
		call, e := d.join()
		defer call.Close()
		e.say(0, &wire.Token{Resume: "resume2"})
		expect[*wire.Token](t, call)
		for _, next := range []struct {
			event  wire.Body
			phase  wire.Phase
			resume string
		}{
			{&wire.Admitted{Resume: "resume3", State: wire.State{Counsellor: wire.Here, Members: wire.List[wire.Member]{}}}, wire.PhaseIn, "resume3"},
			{&wire.WasPutBack{Resume: "resume4", State: wire.State{Counsellor: wire.Here}}, wire.PhaseWaiting, "resume4"},
			{&wire.Declined{}, wire.PhaseDeclined, "resume5"},
		} {
			e.say(0, next.event)
			for {
				if e := <-call.Events(); e.(wire.Body).Type() == next.event.Type() {
					break
				}
			}
			if call.Phase() != next.phase {
				t.Errorf("after %s the phase is %s", next.event.Type(), call.Phase())
			}
			if next.resume == "resume5" {
				next.resume = "resume4" // a decline changes nothing about the seat
			}
			call.DropSocket()
			e = d.next()
			if hello := e.welcome(next.phase, next.resume); hello.Resume != next.resume {
				t.Errorf("after %s it resumes with %s", next.event.Type(), hello.Resume)
			}
			expect[Reconnected](t, call)
		}
		knocked := make(chan error, 1)
		go func() { knocked <- call.Knock(t.Context()) }()
		m := e.hear()
		e.say(m.ID, &wire.OK{})
		if err := <-knocked; err != nil || call.Phase() != wire.PhaseWaiting {
			t.Errorf("knocked: %v, %s", err, call.Phase())
		}
	})
}

// Who says nothing for eight seconds is gone; who answers pings is there.
func TestSilence(t *testing.T) {
	within(t, func(t *testing.T, d *desk) {
		call, e := d.join()
		defer call.Close()
		for range 10 {
			if m := e.hear(); m.Body.Type() != "ping" {
				t.Fatalf("it says %s", m.Body.Type())
			}
			e.say(0, &wire.Pong{})
		}
		began := time.Now()
		again := d.next()
		if silent := time.Since(began); silent < wire.LostAfter || silent > wire.LostAfter+time.Second {
			t.Errorf("the silence was borne for %v", silent)
		}
		again.welcome(wire.PhaseWaiting, "resume2")
		<-e.done
	})
}

// Events that nobody reads end the call; all that came before are there, in order, and nothing after.
func TestUnreadEvents(t *testing.T) {
	within(t, func(t *testing.T, d *desk) {
		call, e := d.join()
		go func() {
			for n := range 2 * EventQueue {
				if e.ws.Write(context.Background(), websocket.MessageText, []byte(`{"type":"room","body":{"held":`+map[bool]string{true: "true", false: "false"}[n%2 == 0]+`,"paused":false}}`)) != nil {
					return
				}
			}
		}()
		<-e.done
		if _, ok := (<-call.Events()).(*wire.Welcome); !ok {
			t.Error("the first event is no welcome")
		}
		for n := range EventQueue - 2 {
			if room, ok := (<-call.Events()).(*wire.Room); !ok || room.Held != (n%2 == 0) {
				t.Fatalf("event %d is %+v", n, room)
			}
		}
		finished(t, call, ErrUnread)
	})
}

func TestWhatIsNotTheProtocol(t *testing.T) {
	within(t, func(t *testing.T, d *desk) {
		call, e := d.join()
		e.raw(`{"type":"news_from_later","body":{"x":1}}`) // a newer server's
		e.say(7, &wire.OK{})                               // a reply to nothing
		e.say(0, &wire.Counsellor{Counsellor: wire.Away})
		expect[*wire.Counsellor](t, call)
		e.raw(`{"type":"room","body":7}`)
		finished(t, call, ErrProtocol)
	})
	within(t, func(t *testing.T, d *desk) { // in answer to hello
		go func() {
			e := d.next()
			e.say(e.hear().ID, &wire.OK{})
		}()
		if _, err := Join(t.Context(), link, d.options()); !errors.Is(err, ErrProtocol) {
			t.Errorf("%v", err)
		}
	})
}

func TestWhereNobodyGetsIn(t *testing.T) {
	within(t, func(t *testing.T, d *desk) {
		d.set(func() { d.ticket = func() (int, string) { return 409, `{"code":"early","opens_at":5}` } })
		_, err := Join(t.Context(), link, d.options())
		if no, ok := errors.AsType[*HTTPError](err); !ok || no.Status != 409 || no.Code != "early" {
			t.Errorf("%v", err)
		}
		d.set(func() { d.ticket = func() (int, string) { return 502, `<html>a proxy's page` } })
		_, err = Join(t.Context(), link, d.options())
		if no, ok := errors.AsType[*HTTPError](err); !ok || no.Status != 502 || no.Code != "" {
			t.Errorf("%v", err)
		}
		d.set(func() { d.ticket = func() (int, string) { return 200, `<html>a captive portal` } })
		if _, err = Join(t.Context(), link, d.options()); err == nil || strings.Contains(err.Error(), "captive") {
			t.Errorf("%v", err)
		}
		d.set(func() { d.ticket = func() (int, string) { return 200, `{"ticket":"ticket"}` } })
		go func() {
			e := d.next()
			e.say(e.hear().ID, &wire.Error{Code: wire.CodeLinkFull})
		}()
		_, err = Join(t.Context(), link, d.options())
		if no, ok := errors.AsType[*RequestError](err); !ok || no.Code != wire.CodeLinkFull {
			t.Errorf("%v", err)
		}
		if _, err = Join(t.Context(), "http://desk/j#short", d.options()); err == nil {
			t.Error("half a link opens")
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err = Join(ctx, link, d.options()); !errors.Is(err, context.DeadlineExceeded) { // nobody says welcome
			t.Errorf("%v", err)
		}
		<-d.next().done
	})
}

// Who is turned out because too many came at once comes again with a new ticket, a few times.
func TestTooManyAtOnce(t *testing.T) {
	within(t, func(t *testing.T, d *desk) {
		for _, times := range []int{2, arrivals} {
			done := make(chan error, 1)
			go func() {
				call, err := Join(t.Context(), link, d.options())
				if err == nil {
					err = call.Close()
				}
				done <- err
			}()
			for range times {
				e := d.next()
				e.hear()
				e.close(wire.CloseTimeout)
			}
			if times < arrivals {
				d.next().welcome(wire.PhaseWaiting, "resume1")
			}
			if err := <-done; (err == nil) != (times < arrivals) {
				t.Errorf("turned out %d times: %v", times, err)
			}
		}
		d.set(func() {
			if tickets := 2 + 1 + arrivals; d.tickets != tickets {
				t.Errorf("it asked for %d tickets, want %d", d.tickets, tickets)
			}
		})
	})
}

// Requests get their own replies, whatever comes between; without a line, or without a reply, they say so.
func TestRequests(t *testing.T) {
	within(t, func(t *testing.T, d *desk) {
		call, e := d.join()
		defer call.Close()
		var asked sync.WaitGroup
		var errs [2]error
		asked.Go(func() { errs[0] = call.Admit(t.Context(), "a") })
		first := e.hear()
		asked.Go(func() { errs[1] = call.Decline(t.Context(), "b") })
		second := e.hear()
		e.say(second.ID, &wire.Error{Code: wire.CodeNotAllowed})
		e.say(0, &wire.Counsellor{Counsellor: wire.Away})
		e.say(first.ID, &wire.OK{})
		asked.Wait()
		no, ok := errs[1].(*RequestError)
		if errs[0] != nil || !ok || no.Code != wire.CodeNotAllowed {
			t.Errorf("%v, %v", errs[0], errs[1])
		}

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := call.MuteAll(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("without a reply: %v", err)
		}
		asked.Go(func() { errs[0] = call.Hold(t.Context(), true) })
		e.hear() // mute_all
		e.hear()
		call.DropSocket()
		asked.Wait()
		if errs[0] != ErrLost {
			t.Errorf("the line was lost: %v", errs[0])
		}
		expect[Reconnecting](t, call)
		for _, err := range []error{call.End(t.Context()), call.SendRaw(t.Context(), nil), call.Self(t.Context(), true, true)} {
			if err != ErrLost {
				t.Errorf("without a line: %v", err)
			}
		}
		if err := call.Leave(t.Context()); err != ErrLost {
			t.Errorf("leaving without a line: %v", err)
		}
		finished(t, call, nil)
	})
}

// However much a program asks for at once, the server is never asked faster than it bears.
func TestPace(t *testing.T) {
	within(t, func(t *testing.T, d *desk) {
		call, e := d.join()
		defer call.Close()
		go func() {
			for m := range e.said {
				e.say(m.ID, &wire.OK{})
			}
		}()
		defer func() { call.Close(); <-e.done; close(e.said) }()
		const requests = 300
		began := time.Now()
		var asked sync.WaitGroup
		for range requests {
			asked.Go(func() {
				if err := call.MuteAll(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		asked.Wait()
		took := time.Since(began)
		if least := (requests - wire.RateBurst) * time.Second / wire.RatePerSecond; took < least || took > 2*least {
			t.Errorf("%d requests took %v, the server allows %v", requests, took, least)
		}
	})
}

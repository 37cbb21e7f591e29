package room

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// diary is everything that a loop did outside, in order. It is the loop's forwarder, its store and all its sinks.
type diary struct {
	mu      sync.Mutex // guards the following fields
	entries []string
	at      []time.Time
	begun   int

	fails   func(entry string) error // what a write, or anything, ends with; may block or panic
	started time.Time
}

func (d *diary) note(format string, args ...any) error {
	entry := fmt.Sprintf(format, args...)
	d.mu.Lock()
	d.entries, d.at = append(d.entries, entry), append(d.at, time.Now())
	fails := d.fails
	d.mu.Unlock()
	if fails != nil {
		return fails(entry)
	}
	return nil
}

func (d *diary) SetFlow(f Flow) { _ = d.note("flow %s %q", f.Participant, f.Group) }
func (d *diary) Pair(b Paired)  { _ = d.note("pair %d", b.Number) }
func (d *diary) Part(b Parted)  { _ = d.note("part %d", b.Number) }

func (d *diary) Drop(p Participant)   { _ = d.note("drop %s", p) }
func (d *diary) pen(name string) *pen { return &pen{d, name} }

// Begin is noted apart: it follows every first admission.
func (d *diary) Begin(context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.begun++
	return nil
}

func (d *diary) Raise(ctx context.Context, p lobby.PersonID, generation uint32) error {
	return d.write(ctx, "raise %s %d", p, generation)
}

func (d *diary) Revoke(ctx context.Context, p lobby.PersonID) error {
	return d.write(ctx, "revoke %s", p)
}

func (d *diary) NoteConsent(ctx context.Context, p lobby.PersonID) error {
	return d.write(ctx, "consented %s", p)
}

func (d *diary) UnlockPIN(ctx context.Context, p lobby.PersonID) error {
	return d.write(ctx, "unlocked %s", p)
}

func (d *diary) Forget(ctx context.Context, p lobby.PersonID) error {
	return d.write(ctx, "forget %s", p)
}

func (d *diary) Delete(ctx context.Context) error { return d.write(ctx, "delete") }

func (d *diary) write(ctx context.Context, format string, args ...any) error {
	err := d.note(format, args...)
	if err == errHangs {
		<-ctx.Done()
		return ctx.Err()
	}
	return err
}

var (
	errStore = errors.New("disk full")
	errHangs = errors.New("hangs until its context ends")
)

type pen struct {
	d    *diary
	name string
}

func (p *pen) Send(b Body)    { _ = p.d.note("%s: %s", p.name, b.eventType()) }
func (p *pen) Close(r Reason) { _ = p.d.note("%s: close %s", p.name, r) }

// read gives what was noted since the last time, and forgets it.
func (d *diary) read() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := strings.Join(d.entries, ", ")
	d.entries, d.at = nil, nil
	return all
}

func (d *diary) fail(f func(entry string) error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fails = f
}

// live is a loop with its diary.
type live struct {
	*Loop
	book *diary
	t    testing.TB
	h    *house // makes hellos
}

func start(t testing.TB) *live {
	t.Helper()
	x := &live{book: &diary{started: time.Now()}, t: t, h: newHouse(t, testConfig())}
	loop, err := NewLoop(LoopConfig{
		Room: testConfig(), Forwarder: x.book, Store: x.book,
		Failed: func(recovered any, _ []byte) { _ = x.book.note("failed: %v", recovered) },
	})
	if err != nil {
		t.Fatal(err)
	}
	x.Loop = loop
	return x
}

func (x *live) must(c Command) {
	x.t.Helper()
	if err := x.Do(context.Background(), c); err != nil {
		x.t.Fatalf("%#v: %v", c, err)
	}
}

// join attaches a sink under the person's name and arrives.
func (x *live) join(a Arrive) {
	x.t.Helper()
	name := strings.TrimPrefix(a.Name.Plain, "name ")
	x.Attach(a.Socket, x.book.pen(name))
	x.must(a)
}

// inside brings in ada, who moderates, and ben, and forgets what was noted.
func (x *live) inside() (ada, ben Arrive) {
	x.t.Helper()
	ada, ben = x.h.account("ada", 1), x.h.client("ben", 2)
	ada.Participant, ben.Participant = "A", "B"
	x.join(ada)
	x.join(ben)
	x.must(Admit{ada.Socket, ben.Participant})
	x.book.read()
	return ada, ben
}

func (x *live) wantNoted(noted string) {
	x.t.Helper()
	if got := x.book.read(); got != noted {
		x.t.Fatalf("noted\n%s, want\n%s", got, noted)
	}
}

func (x *live) stop() {
	x.t.Helper()
	if err := x.Close(context.Background()); err != nil {
		x.t.Fatalf("close: %v", err)
	}
}

// bubble runs f where time passes at once and every goroutine must be gone at the end.
func bubble(t *testing.T, f func(t *testing.T, x *live)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		x := start(t)
		f(t, x)
		x.stop()
		select {
		case <-x.Done():
		default:
			t.Fatal("not done after close")
		}
	})
}

func TestLoopCarriesOut(t *testing.T) {
	bubble(t, func(t *testing.T, x *live) {
		ada, ben := x.h.account("ada", 1), x.h.client("ben", 2)
		ada.Participant, ben.Participant = "A", "B"
		x.join(ada)
		x.wantNoted(`flow A "room", ada: welcome`)
		x.join(ben)
		x.wantNoted(`ben: welcome, ada: waiting`)
		x.must(Admit{ada.Socket, "B"})
		x.wantNoted(`flow B "room", ben: admitted, ada: waiting_gone, ada: member`)
		x.must(Hold{By: ada.Socket, On: true})
		x.wantNoted(`flow B "", ada: room, ben: room, ada: standing, ben: standing`)
		x.must(Hold{By: ada.Socket, On: false})
		x.wantNoted(`ada: room, ben: room, ada: standing, ben: standing, flow B "room"`)
		want(t, "summary", x.Summary(), Summary{Members: 2, Counsellors: []lobby.AccountID{ada.Account}, Talking: true, Status: StatusOpen})
		if err := x.Do(t.Context(), Knock{ben.Socket}); err != ErrWrongState {
			t.Fatal(err)
		}
		x.must(Leave{By: ben.Socket})
		x.wantNoted(`drop B, ben: close left, ada: member_gone`)
		want(t, "stats", x.Stats(), LoopStats{Commands: 7, Refused: 1})
	})
}

// TestLoopSinks: a socket that was closed or detached hears nothing more.
func TestLoopSinks(t *testing.T) {
	bubble(t, func(t *testing.T, x *live) {
		ada, ben := x.inside()
		tab := ben
		tab.Socket, tab.Token = "tab", nil
		x.Attach(tab.Socket, x.book.pen("tab"))
		x.must(tab)
		x.wantNoted(`drop B, flow B "room", ben: replaced, ben: close replaced, tab: welcome`)
		x.Detach(tab.Socket)
		x.must(Mute{ada.Socket, "B", Audio})
		x.wantNoted(`flow B "room", ada: member`)
		want(t, "attached", len(x.sinks), 1)
	})
}

// TestDurableBeforeAcknowledged: media is cut and people are told at once, the acknowledgement waits for the write.
func TestDurableBeforeAcknowledged(t *testing.T) {
	commands := map[string]struct {
		command func(ada Socket) Command
		noted   string
	}{
		"put back": {func(ada Socket) Command { return PutBack{ada, "B"} }, `drop B, ben: put_back, ada: member_gone, ada: waiting, raise person-ben 1`},
		"remove":   {func(ada Socket) Command { return Remove{ada, "B"} }, `drop B, ben: removed, ben: close removed, ada: member_gone, revoke person-ben`},
	}
	for name, c := range commands {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, x *live) {
				ada, _ := x.inside()
				written := make(chan error)
				x.book.fail(func(entry string) error {
					if strings.HasPrefix(entry, "ra") || strings.HasPrefix(entry, "rev") {
						return <-written
					}
					return nil
				})
				done := make(chan error, 1)
				go func() { done <- x.Do(context.Background(), c.command(ada.Socket)) }()
				synctest.Wait()
				x.wantNoted(c.noted)
				select {
				case err := <-done:
					t.Fatalf("acknowledged before the write: %v", err)
				default:
				}
				x.must(Hold{By: ada.Socket, On: true}) // the room goes on meanwhile
				written <- nil
				if err := <-done; err != nil {
					t.Fatal(err)
				}
				want(t, "open", x.Stats().Unsaved, 0)
			})
		})
	}
}

// TestSettled: whoever asks what the store says now may wait for what was decided before, whoever asked for that.
func TestSettled(t *testing.T) {
	bubble(t, func(t *testing.T, x *live) {
		ada, _ := x.inside()
		want(t, "nothing open", x.Settled(t.Context()), nil)
		want(t, "no command", x.Do(t.Context(), nil), error(ErrBadCommand))
		written := make(chan error)
		x.book.fail(func(entry string) error {
			if strings.HasPrefix(entry, "raise") {
				return <-written
			}
			return nil
		})
		done, settled := make(chan error, 1), make(chan error, 1)
		go func() { done <- x.Do(context.Background(), PutBack{ada.Socket, "B"}) }()
		synctest.Wait()
		go func() { settled <- x.Settled(context.Background()) }()
		synctest.Wait()
		want(t, "settled before the write", len(settled), 0)
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		want(t, "waits no longer than it is let", x.Settled(short), context.DeadlineExceeded)
		written <- nil
		want(t, "done", <-done, nil)
		want(t, "settled", <-settled, nil)

		x.book.fail(func(entry string) error {
			if entry == "delete" {
				return <-written
			}
			return nil
		})
		go func() { done <- x.Do(context.Background(), End{ada.Socket}) }()
		synctest.Wait()
		go func() { settled <- x.Settled(context.Background()) }()
		synctest.Wait()
		want(t, "settled before the end is written", len(settled), 0)
		written <- nil
		want(t, "ended", <-done, nil)
		want(t, "settled", <-settled, nil)
	})
}

// TestNotSaved: the first failure is told, and the write is tried again with growing pauses until it succeeds.
func TestNotSaved(t *testing.T) {
	bubble(t, func(t *testing.T, x *live) {
		ada, _ := x.inside()
		x.book.fail(func(entry string) error {
			switch {
			case entry == "revoke person-ben" && time.Since(x.book.started) < time.Minute:
				return errStore
			case entry == "raise person-cleo 1":
				panic("no store at all")
			}
			return nil
		})
		began := time.Now()
		if err := x.Do(t.Context(), Remove{ada.Socket, "B"}); err != ErrNotSaved {
			t.Fatal(err)
		}
		want(t, "waited", time.Since(began), 0)
		want(t, "open", x.Stats().Unsaved, 1)

		// Another write does not wait for this one, and a store that panics fails a write only.
		cleo := x.h.client("cleo", 3)
		cleo.Participant = "C"
		x.join(cleo)
		x.must(Admit{ada.Socket, "C"})
		if err := x.Do(t.Context(), PutBack{ada.Socket, "C"}); err != ErrNotSaved {
			t.Fatal(err)
		}
		x.book.fail(func(entry string) error {
			if entry == "revoke person-ben" && time.Since(x.book.started) < time.Minute {
				return errStore
			}
			return nil
		})
		for time.Since(x.book.started) < 3*time.Minute {
			x.Heard("A")
			time.Sleep(time.Second)
		}
		var pauses []time.Duration
		x.book.mu.Lock()
		last := time.Time{}
		for i, e := range x.book.entries {
			if e == "revoke person-ben" {
				if !last.IsZero() {
					pauses = append(pauses, x.book.at[i].Sub(last))
				}
				last = x.book.at[i]
			}
		}
		x.book.mu.Unlock()
		const ms = time.Millisecond
		want(t, "pauses", pauses, []time.Duration{
			100 * ms, 200 * ms, 400 * ms, 800 * ms, 1600 * ms, 3200 * ms, 6400 * ms, 12800 * ms, 25600 * ms, 30000 * ms,
		})
		want(t, "open", x.Stats().Unsaved, 0)
		want(t, "failed", x.Stats().FailedWrites, 11)
	})
}

// TestStoreHangs: a write that does not come back is given up and tried again, and what piles up meanwhile is bounded.
func TestStoreHangs(t *testing.T) {
	bubble(t, func(t *testing.T, x *live) {
		ada, _ := x.inside()
		x.book.fail(func(entry string) error {
			if strings.HasPrefix(entry, "raise") {
				return errHangs
			}
			return nil
		})
		var waiting sync.WaitGroup
		for range 100 {
			waiting.Go(func() {
				if err := x.Do(context.Background(), PutBack{ada.Socket, "B"}); err != ErrNotSaved {
					t.Errorf("put back: %v", err)
				}
			})
			synctest.Wait()
			x.must(Admit{ada.Socket, "B"})
		}
		want(t, "open", x.Stats().Unsaved, 2)
		began := time.Now()
		waiting.Wait()
		want(t, "given up after", time.Since(began), 2*writeTimeout)
		x.book.fail(nil)
		time.Sleep(writeTimeout + time.Second) // the attempt that is under way still hangs
		want(t, "open", x.Stats().Unsaved, 0)
		if noted := x.book.read(); !strings.HasSuffix(noted, "raise person-ben 100") && !strings.Contains(noted, "raise person-ben 100,") {
			t.Fatalf("the last generation was not written: %s", noted)
		}
	})
}

func TestLoopTimers(t *testing.T) {
	bubble(t, func(t *testing.T, x *live) {
		_, ben := x.inside()
		began := time.Now()
		for time.Since(began) < 30*time.Second {
			x.Heard("A")
			time.Sleep(time.Second)
		}
		x.wantNoted("")
		time.Sleep(LostAfter - time.Second - time.Millisecond)
		x.wantNoted("")
		time.Sleep(time.Millisecond)
		synctest.Wait()
		x.wantNoted(`flow B "", ben: member, ada: room, ben: room, ada: counsellor, ben: counsellor`)
		x.Heard("A")
		synctest.Wait()
		x.wantNoted(`ben: member, ada: room, ben: room, ada: counsellor, ben: counsellor, flow B "room"`)

		time.Sleep(LostAfter)
		synctest.Wait() // the loop's timer is due in this very moment: the pause comes before what is asked next
		x.must(Disconnect{Socket: ben.Socket})
		x.book.read()
		time.Sleep(time.Minute)
		synctest.Wait()
		x.wantNoted(`drop B, ada: member_gone`)
		time.Sleep(4*time.Minute - time.Millisecond)
		want(t, "status", x.Summary().Status, StatusPaused)
		time.Sleep(time.Millisecond)
		<-x.Done()
		x.wantNoted(`drop A, ada: ended, ada: close ended, delete`)
		if err := x.Do(t.Context(), ben); err != ErrEnded {
			t.Fatal(err)
		}
		want(t, "status", x.Summary().Status, StatusEnded)
	})
}

// TestStall: a room that was slow to listen does not take its counsellor for gone.
func TestStall(t *testing.T) {
	bubble(t, func(t *testing.T, x *live) {
		ada, ben := x.inside()
		x.book.fail(func(entry string) error {
			if entry == `flow B "room"` {
				time.Sleep(10 * time.Second)
			}
			return nil
		})
		go func() { _ = x.Do(context.Background(), Self{By: ben.Socket, Audio: new(false), Video: new(false)}) }()
		time.Sleep(9 * time.Second)
		x.Heard("A")
		x.Heard("A")
		time.Sleep(2 * time.Second)
		synctest.Wait()
		want(t, "room", x.Summary().Status, StatusOpen)

		go func() { _ = x.Do(context.Background(), Self{By: ben.Socket, Audio: new(true), Video: new(true)}) }()
		time.Sleep(9 * time.Second)
		go func() { _ = x.Do(context.Background(), Hold{By: ada.Socket, On: false}) }()
		time.Sleep(2 * time.Second)
		synctest.Wait()
		want(t, "room", x.Summary().Status, StatusOpen)
	})
}

// TestQueueFull: requests are refused at once, reports of what is so already wait for their place.
func TestQueueFull(t *testing.T) {
	bubble(t, func(t *testing.T, x *live) {
		ada, ben := x.inside()
		free := make(chan struct{})
		x.book.fail(func(string) error { <-free; return nil })
		var others sync.WaitGroup
		for range QueueLength + 1 {
			others.Go(func() { _ = x.Do(context.Background(), Self{By: ada.Socket, Audio: new(false), Video: new(true)}) })
			synctest.Wait()
		}
		if err := x.Do(t.Context(), Self{By: ada.Socket, Audio: new(true), Video: new(true)}); err != ErrBusy {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := x.Do(ctx, Disconnect{Socket: ben.Socket}); err != context.DeadlineExceeded {
			t.Fatal(err)
		}
		others.Go(func() { x.must(Disconnect{Socket: ben.Socket}) })
		synctest.Wait()
		want(t, "busy", x.Stats().Busy, 1)
		x.book.fail(nil)
		close(free)
		others.Wait()
		want(t, "ben", x.state.seat("B").Socket, "")
	})
}

// TestPanic: a fault ends this room alone.
func TestPanic(t *testing.T) {
	faults := map[string]func(x *live, ada Arrive) error{
		"in the rules": func(x *live, ada Arrive) error {
			synctest.Wait() // until the loop is at rest
			x.state.d.Seats[0] = nil
			return x.Do(context.Background(), Hold{By: ada.Socket, On: true})
		},
		"in the forwarder": func(x *live, ada Arrive) error {
			x.book.fail(func(entry string) error {
				if entry == `flow B ""` || entry == "drop B" {
					panic("media")
				}
				return nil
			})
			return x.Do(context.Background(), Hold{By: ada.Socket, On: true})
		},
		"in a sink": func(x *live, ada Arrive) error {
			x.book.fail(func(entry string) error {
				if strings.HasPrefix(entry, "ben: ") {
					panic("socket")
				}
				return nil
			})
			return x.Do(context.Background(), Hold{By: ada.Socket, On: true})
		},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, x *live) {
				other := start(t)
				other.inside()
				ada, ben := x.inside()
				x.Attach("not yet arrived", x.book.pen("new"))
				if err := fault(x, ada); err != ErrClosed {
					t.Fatal(err)
				}
				<-x.Done()
				x.book.mu.Lock()
				noted := slices.Sorted(slices.Values(x.book.entries))
				x.book.mu.Unlock()
				for _, entry := range []string{"drop A", "drop B", "ada: close internal", "ben: close internal", "new: close internal"} {
					if !slices.Contains(noted, entry) {
						t.Fatalf("no %q in %q", entry, noted)
					}
				}
				if i, ok := slices.BinarySearch(noted, "failed: "); ok || i == len(noted) || !strings.HasPrefix(noted[i], "failed: ") {
					t.Fatalf("not reported: %q", noted)
				}
				if err := x.Do(t.Context(), ben); err != ErrClosed {
					t.Fatal(err)
				}
				want(t, "the other room", other.Summary().Status, StatusOpen)
				other.stop()
			})
		})
	}
}

// TestPanicWhileRemoving: that telling fails does not bring back who was put back.
func TestPanicWhileRemoving(t *testing.T) {
	bubble(t, func(t *testing.T, x *live) {
		ada, _ := x.inside()
		x.book.fail(func(entry string) error {
			if entry == "drop B" {
				panic("media")
			}
			return nil
		})
		if err := x.Do(t.Context(), PutBack{ada.Socket, "B"}); err != ErrClosed {
			t.Fatal(err)
		}
		<-x.Done()
		if noted := x.book.read(); !strings.Contains(noted, "raise person-ben 1") {
			t.Fatalf("not written: %s", noted)
		}
	})
}

// TestClose: commands in the queue are refused, open writes are tried until the context ends.
func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := start(t)
		ada, _ := x.inside()
		busy := make(chan struct{})
		x.book.fail(func(entry string) error {
			if entry == `flow B ""` {
				<-busy
			}
			if entry == "revoke person-ben" {
				return errStore
			}
			return nil
		})
		results := make(chan error, 3)
		go func() { results <- x.Do(context.Background(), Hold{By: ada.Socket, On: true}) }()
		synctest.Wait()
		go func() { results <- x.Do(context.Background(), Remove{ada.Socket, "B"}) }()
		synctest.Wait()
		go func() { x.must(Hold{By: ada.Socket, On: false}) }()
		close(busy)
		if err := errors.Join(<-results, <-results); !errors.Is(err, ErrNotSaved) {
			t.Fatal(err)
		}
		synctest.Wait()

		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began := time.Now()
		if err := x.Close(ctx); err != ErrNotSaved {
			t.Fatal(err)
		}
		want(t, "tried for", time.Since(began), time.Minute)
		if err := x.Close(t.Context()); err != ErrNotSaved { // again
			t.Fatal(err)
		}
		if err := x.Do(t.Context(), ada); err != ErrClosed {
			t.Fatal(err)
		}
		x.Attach("late", x.book.pen("late"))
		x.Heard("A")
	})
}

// TestCloseWhileWriting: who waits for a write when the loop is closed is answered.
func TestCloseWhileWriting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := start(t)
		ada, _ := x.inside()
		x.book.fail(func(entry string) error {
			if entry == "revoke person-ben" {
				return errHangs
			}
			return nil
		})
		result := make(chan error, 1)
		go func() { result <- x.Do(context.Background(), Remove{ada.Socket, "B"}) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := x.Close(ctx); err != ErrNotSaved {
			t.Fatal(err)
		}
		if err := <-result; err != ErrNotSaved {
			t.Fatal(err)
		}
	})
}

// TestEndOfAnEmptyRoom: a loop also ends when there is nobody to tell.
func TestEndOfAnEmptyRoom(t *testing.T) {
	bubble(t, func(t *testing.T, x *live) {
		x.must(EndRoom{})
		<-x.Done()
		x.wantNoted("")
	})
}

func TestLoopConfig(t *testing.T) {
	if _, err := NewLoop(LoopConfig{}); err == nil {
		t.Fatal("a loop without a configuration was made")
	}
}

// TestManyAtOnce: many people who do anything at once, under the race detector.
func TestManyAtOnce(t *testing.T) {
	x := start(t)
	ada, _ := x.inside()
	var people sync.WaitGroup
	var ids atomic.Int64
	for i := range 8 {
		people.Go(func() {
			ctx := context.Background()
			for n := range 50 {
				a := Arrive{
					Socket: Socket(fmt.Sprint("s", ids.Add(1))), Participant: Participant(fmt.Sprint("p", ids.Add(1))),
					Person: lobby.PersonID(fmt.Sprint("person-", i)), Role: lobby.RoleClient, Device: device(byte(n%2 + 1)),
					Platform: Phone, Media: MediaAV,
				}
				x.Attach(a.Socket, x.book.pen("many"))
				_ = x.Do(ctx, a)
				_ = x.Do(ctx, Admit{ada.Socket, a.Participant})
				x.Heard(a.Participant)
				_ = x.Do(ctx, Self{By: a.Socket, Audio: new(n%2 == 0), Video: new(true)})
				_ = x.Do(ctx, Disconnect{Socket: a.Socket})
				x.Detach(a.Socket)
				_ = x.Summary()
			}
		})
	}
	people.Wait()
	x.must(End{ada.Socket})
	<-x.Done()
	x.stop()
}

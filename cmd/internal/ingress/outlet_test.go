package ingress

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

func TestOutlet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at := &net.TCPAddr{Port: 443}
		o := NewOutlet(at)
		if o.Addr() != at {
			t.Errorf("it says it listens on %v", o.Addr())
		}
		// In order, and waited for.
		a, _ := net.Pipe()
		b, _ := net.Pipe()
		go func() {
			for _, c := range []net.Conn{a, b} {
				if !o.offer(t.Context(), c) {
					t.Error("it was not taken")
				}
			}
		}()
		for _, want := range []net.Conn{a, b} {
			if c, err := o.Accept(); c != want || err != nil {
				t.Errorf("%v (%v)", c, err)
			}
		}
		// One that waits learns of the end.
		ended := make(chan error)
		go func() {
			_, err := o.Accept()
			ended <- err
		}()
		synctest.Wait()
		must(t, o.Close())
		must(t, o.Close())
		if err := <-ended; !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	})
}

// A full outlet makes who offers wait, until there is room or one of the two ends.
func TestAFullOutlet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := NewOutlet(nil)
		ctx, cancel := context.WithCancel(t.Context())
		offer := func() chan bool {
			c, _ := net.Pipe()
			taken := make(chan bool, 1)
			go func() { taken <- o.offer(ctx, c) }()
			synctest.Wait()
			return taken
		}
		for range outletQueue {
			if !<-offer() {
				t.Fatal("it was not taken")
			}
		}
		one := offer()
		if len(one) > 0 {
			t.Error("it did not wait")
		}
		if c, err := o.Accept(); err != nil || !<-one {
			t.Errorf("%v (%v), or the next was not taken", c, err)
		}
		two := offer()
		cancel()
		if <-two {
			t.Error("it was taken after its end")
		}
		ctx = t.Context()
		three := offer()
		must(t, o.Close())
		if <-three {
			t.Error("it was taken by an outlet that has closed")
		}
	})
}

// However Close and offers meet, each connection is closed by one of the two.
func TestNothingIsLeftInAClosedOutlet(t *testing.T) {
	for range 2000 {
		o := NewOutlet(nil)
		offered := make(chan []*counted)
		go func() {
			var conns []*counted
			for {
				c := &counted{}
				conns = append(conns, c)
				if !o.offer(t.Context(), c) {
					_ = c.Close() // as TCP does
					offered <- conns
					return
				}
			}
		}()
		for range 3 {
			c, err := o.Accept()
			must(t, err)
			_ = c.Close()
		}
		must(t, o.Close())
		for i, c := range <-offered {
			if n := c.closed.Load(); n != 1 {
				t.Fatalf("connection %d was closed %d times", i, n)
			}
		}
	}
}

// counted counts how often it was closed.
type counted struct {
	net.Conn
	closed atomic.Int32
}

func (c *counted) Close() error {
	c.closed.Add(1)
	return nil
}

func TestAClosedOutletTakesAndGivesNothing(t *testing.T) {
	for range 100 { // select chooses by chance
		o := NewOutlet(nil)
		must(t, o.Close())
		c, _ := net.Pipe()
		if o.offer(t.Context(), c) {
			t.Fatal("it took a connection")
		}
		o.conns <- c
		if _, err := o.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Fatal("it gave one")
		}
	}
}

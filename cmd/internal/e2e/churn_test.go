package e2e

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"github.com/anteroom-video/anteroom/loadtest/media"
	"github.com/anteroom-video/anteroom/signaling/client"
)

// After 200 people have come and gone, each in one of the ways in which people go, every fourth with sound and picture, the node has as
// many goroutines, sockets and media connections as before.
func TestGoroutinesAreBackAfter200Joins(t *testing.T) {
	const atATime, waves = 10, 20
	s := open(t)
	persons := make([]string, 3*atATime) // one person may sign on once a second, ten times in a row
	for i := range persons {
		persons[i] = label(i)
	}
	a := s.invite(persons...)
	counsellor := join(t, a.counsellor)
	wave := func(n int) {
		var all sync.WaitGroup
		for i := range atATime {
			all.Go(func() { comeAndGo(t, counsellor, a.links[(n*atATime+i)%len(a.links)], n*atATime+i) })
		}
		all.Wait()
		eventually(t, patience, "nobody but the counsellor is left", func() bool {
			return s.count("anteroom_media_sessions") == 1 && s.count("anteroom_members")+s.count("anteroom_waiting") == 1 && s.count("anteroom_sockets") == 1
		})
		counsellor.mu.Lock()
		counsellor.events, counsellor.seen = nil, map[uint32]*sight{}
		counsellor.mu.Unlock()
	}
	wave(0) // what is made once and stays is there now
	var before int
	eventually(t, patience, "the goroutines settle", func() bool {
		last := before
		before = runtime.NumGoroutine()
		return before == last
	})
	for n := range waves {
		wave(n + 1)
	}
	if joins := s.count("anteroom_joins_total"); joins < atATime*waves {
		t.Errorf("%d joined", joins)
	}
	now := 0
	eventually(t, patience, "as many goroutines as before", func() bool { now = runtime.NumGoroutine(); return now <= before })
	t.Logf("%d goroutines before, %d after %d joins", before, now, atATime*waves)
}

// comeAndGo joins, is let in, sees the counsellor if he is one of those who have media, and goes.
func comeAndGo(t *testing.T, counsellor *person, link string, n int) {
	seen := make(chan struct{}, 1)
	o := client.Options{Loopback: true, NoMedia: n%4 != 0, OnRTP: func(r client.Received) {
		if m, ok := media.ReadMark(r.Packet.Payload); ok && m.Sender == counsellor.mark {
			select {
			case seen <- struct{}{}:
			default:
			}
		}
	}}
	o.HTTP = fromAddress(fmt.Sprintf("127.0.%d.%d", n/200+1, n%200+1))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	call, err := client.Join(ctx, link, o)
	if err != nil {
		t.Error(err)
		return
	}
	defer call.Close()
	if err := counsellor.Admit(ctx, call.Participant()); err != nil {
		t.Error(err)
		return
	}
	if !o.NoMedia {
		select {
		case <-seen:
		case <-ctx.Done():
			t.Error("he never saw the counsellor")
		}
	}
	switch n / 4 % 3 {
	case 0:
		err = counsellor.PutBack(ctx, call.Participant())
	case 1: // the line is lost and comes back
		call.DropSocket()
		for e := range call.Events() {
			if _, ok := e.(client.Reconnected); ok {
				break
			}
		}
	}
	if err := errors.Join(err, call.Leave(ctx)); err != nil {
		t.Error(err)
	}
}

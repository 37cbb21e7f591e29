package sqlstore_test

import (
	"context"
	"crypto/rand"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/auth"
	"github.com/anteroom-video/anteroom/lobby/sqlstore"
)

// house has n rooms with four persons each; the links' auths are returned.
func house(t testing.TB, dir string, n int) (*sqlstore.Store, *lobby.Service, [][32]byte) {
	t.Helper()
	store, err := sqlstore.Open(context.Background(), sqlstore.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	service, err := lobby.New(store, time.Now, lobby.ShippedPolicies(), auth.NewHasher(0, true))
	if err != nil {
		t.Fatal(err)
	}
	var auths [][32]byte
	for range n {
		room := lobby.NewRoom{Kind: lobby.Once, Title: lobby.Text{Plain: "title"}}
		for range 4 {
			var auth [32]byte
			rand.Read(auth[:])
			p := newPerson("label")
			p.LinkHash = lobby.HashLink(auth)
			room.Persons, auths = append(room.Persons, p), append(auths, auth)
		}
		if _, _, err := service.CreateRoom(context.Background(), lobby.DefaultTenant, "owner", room); err != nil {
			t.Fatal(err)
		}
	}
	return store, service, auths
}

// A link is checked in under a millisecond, known or unknown, also among many rooms. (Thirty times that with the race detector.)
func TestCheckLinkIsFast(t *testing.T) {
	store, service, auths := house(t, newDir(t), 60)
	defer store.Close()
	limit := time.Millisecond
	if raceDetector {
		limit *= 30
	}
	for name, auth := range map[string][32]byte{"known": auths[17], "unknown": {1}} {
		var times []time.Duration
		for range 101 {
			begun := time.Now()
			_, err := service.CheckLink(t.Context(), lobby.DefaultTenant, auth, begun)
			times = append(times, time.Since(begun))
			if (err == nil) != (name == "known") {
				t.Fatal(err)
			}
		}
		slices.Sort(times)
		if median := times[50]; median > limit {
			t.Errorf("%s: median %v", name, median)
		}
	}
}

func BenchmarkCheckLink(b *testing.B) {
	store, service, auths := house(b, filepath.Join(b.TempDir(), "state"), 500)
	defer store.Close()
	for name, auth := range map[string][32]byte{"known": auths[500], "unknown": {1}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_, err := service.CheckLink(context.Background(), lobby.DefaultTenant, auth, time.Now())
				if (err == nil) != (name == "known") {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkOpenNew(b *testing.B) {
	dir := b.TempDir()
	for b.Loop() {
		store, err := sqlstore.Open(context.Background(), sqlstore.Config{Dir: filepath.Join(dir, rand.Text())})
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		store.Close()
		b.StartTimer()
	}
}

func BenchmarkOpenExisting(b *testing.B) {
	dir := filepath.Join(b.TempDir(), "state")
	store, _, _ := house(b, dir, 500)
	store.Close()
	for b.Loop() {
		store, err := sqlstore.Open(context.Background(), sqlstore.Config{Dir: dir})
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		store.Close()
		b.StartTimer()
	}
}

func BenchmarkCreateAndEndRoom(b *testing.B) {
	store, service, _ := house(b, filepath.Join(b.TempDir(), "state"), 100)
	defer store.Close()
	for b.Loop() {
		room, _, err := service.CreateRoom(context.Background(), lobby.DefaultTenant, "owner", lobby.NewRoom{Kind: lobby.Once, Persons: []lobby.NewPerson{newPerson("a")}})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := service.EndRoom(context.Background(), lobby.DefaultTenant, room.ID); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRaiseGeneration(b *testing.B) {
	store, service, _ := house(b, filepath.Join(b.TempDir(), "state"), 100)
	defer store.Close()
	room, persons, err := service.CreateRoom(context.Background(), lobby.DefaultTenant, "owner", lobby.NewRoom{Kind: lobby.Once, Persons: []lobby.NewPerson{newPerson("a")}})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := service.RaiseGeneration(context.Background(), lobby.DefaultTenant, room.ID, persons[0].ID); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRooms(b *testing.B) {
	store, service, _ := house(b, filepath.Join(b.TempDir(), "state"), 100)
	defer store.Close()
	for b.Loop() {
		if list, err := service.Rooms(context.Background(), lobby.DefaultTenant, "owner"); err != nil || len(list) != 100 {
			b.Fatal(len(list), err)
		}
	}
}

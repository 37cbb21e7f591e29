package sqlstore_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/auth"
)

// found returns the files of the folder that contain the canary, and fails if there are no files.
func found(t *testing.T, dir, canary string) (files []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) == 0 {
		t.Fatalf("state folder: %d files, %v", len(entries), err)
	}
	for _, e := range entries {
		content, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(content, []byte(canary)) {
			files = append(files, e.Name())
		}
	}
	return files
}

func newService(t *testing.T, store lobby.Store) *lobby.Service {
	t.Helper()
	s, err := lobby.New(store, time.Now, lobby.ShippedPolicies(), auth.NewHasher(0, true))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newPerson(label string) lobby.NewPerson {
	p := lobby.NewPerson{Role: lobby.RoleClient, Label: lobby.Text{Plain: label}, Lang: "de", NewLink: lobby.NewLink{SealedLink: []byte("Canary-Sealed-Link")}}
	rand.Read(p.LinkHash[:])
	return p
}

// Personal values never lie in a file in clear; after the end of the room nothing of it does, sealed or not.
func TestRoomIsSealedAndErased(t *testing.T) {
	dir := newDir(t)
	store := open(t, dir)
	service := newService(t, store)
	personal := []string{"Canary-Title", "Canary-Label", "Canary-Secret", "Canary-Sealed-Link", "interpreter"}
	person := newPerson("Canary-Label")
	person.Role = lobby.RoleInterpreter
	room, persons, err := service.CreateRoom(t.Context(), lobby.DefaultTenant, "owner", lobby.NewRoom{
		Kind: lobby.Once, Title: lobby.Text{Plain: "Canary-Title"},
		WrappedSecrets: map[lobby.AccountID][]byte{"owner": []byte("Canary-Secret")}, Persons: []lobby.NewPerson{person},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, canary := range personal {
		if files := found(t, dir, canary); len(files) > 0 {
			t.Errorf("%s lies in clear in %v", canary, files)
		}
	}
	// The columns that are not sealed show that the search finds what is there.
	plain := []string{string(room.ID), string(persons[0].ID), string(room.Session), string(person.LinkHash[:])}
	for _, canary := range plain {
		if len(found(t, dir, canary)) == 0 {
			t.Errorf("%q is in no file: the search proves nothing", canary)
		}
	}
	if _, err := service.EndRoom(t.Context(), lobby.DefaultTenant, room.ID); err != nil {
		t.Fatal(err)
	}
	for _, canary := range append(personal, plain...) {
		if files := found(t, dir, canary); len(files) > 0 {
			t.Errorf("%q is still in %v", canary, files)
		}
	}
}

// A replaced link, an ended session of a series, a revoked cookie: what they replaced is gone as well.
func TestReplacedIsErased(t *testing.T) {
	dir := newDir(t)
	store := open(t, dir)
	service := newService(t, store)
	first, second := newPerson("a"), newPerson("b")
	room, persons, err := service.CreateRoom(t.Context(), lobby.DefaultTenant, "owner", lobby.NewRoom{
		Kind: lobby.Series, Policy: "gruppe", Persons: []lobby.NewPerson{first},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found(t, dir, string(first.LinkHash[:]))) == 0 {
		t.Fatal("the search proves nothing")
	}
	if _, err := service.ReplaceLink(t.Context(), lobby.DefaultTenant, "owner", room.ID, persons[0].ID, lobby.NewLink{LinkHash: second.LinkHash, SealedLink: first.SealedLink}); err != nil {
		t.Fatal(err)
	}
	if files := found(t, dir, string(first.LinkHash[:])); len(files) > 0 {
		t.Errorf("the replaced link is still in %v", files)
	}
	if _, err := service.EndRoom(t.Context(), lobby.DefaultTenant, room.ID); err != nil {
		t.Fatal(err)
	}
	for _, canary := range []string{string(second.LinkHash[:]), string(persons[0].ID)} {
		if files := found(t, dir, canary); len(files) > 0 {
			t.Errorf("%q of the ended session is still in %v", canary, files)
		}
	}

	accounts := []auth.Account{{ID: lobby.NewAccountID(), Tenant: lobby.DefaultTenant, Name: "canary-name", DisplayName: "Canary-Display", Hash: "Canary-Hash"}}
	session := auth.Session{ID: rand.Text(), Account: accounts[0].ID, Seen: time.Now(), Expires: time.Now()}
	rand.Read(session.Hash[:])
	update := func(f func(auth.Tx) error) {
		t.Helper()
		if err := store.UpdateAccounts(t.Context(), lobby.DefaultTenant, f); err != nil {
			t.Fatal(err)
		}
	}
	update(func(tx auth.Tx) error {
		return errors.Join(tx.PutAccount(accounts[0]), tx.PutSession(session), tx.PutSetupToken(auth.SetupToken{Name: "canary-token"}))
	})
	for _, canary := range []string{"canary-name", "Canary-Display", "Canary-Hash", "canary-token"} {
		if files := found(t, dir, canary); len(files) > 0 {
			t.Errorf("%q lies in clear in %v", canary, files)
		}
	}
	if len(found(t, dir, session.ID)) == 0 {
		t.Fatal("the search proves nothing")
	}
	update(func(tx auth.Tx) error { return tx.DeleteSession(session.Hash) })
	for _, canary := range []string{session.ID, string(session.Hash[:])} {
		if files := found(t, dir, canary); len(files) > 0 {
			t.Errorf("%q of the ended session is still in %v", canary, files)
		}
	}
}

// Many rooms of all sizes made and deleted in random order, so that pages split and merge: no trace of a deleted one stays
// behind in a page that lives on. The policy's column is not sealed, so this can fail.
func TestErasureUnderChurn(t *testing.T) {
	dir := newDir(t)
	store := open(t, dir)
	random := mathrand.New(mathrand.NewPCG(1, 2))
	var live []lobby.RoomID
	for i := range 400 {
		if len(live) > 0 && random.IntN(100) < 40 {
			at := random.IntN(len(live))
			id := live[at]
			live = append(live[:at], live[at+1:]...)
			if err := store.Update(t.Context(), "t", func(tx lobby.Tx) error { return tx.DeleteRoom(id) }); err != nil {
				t.Fatal(err)
			}
			if i%10 == 0 {
				if files := found(t, dir, string(id)); len(files) > 0 {
					t.Fatalf("step %d: room %q is still in %v", i, id, files)
				}
			}
			continue
		}
		id := lobby.RoomID(fmt.Sprintf("Canary-Room-%04d", i))
		room := lobby.Room{ID: id, Tenant: "t", Owner: "o", Policy: string(id) + string(bytes.Repeat([]byte("x"), random.IntN(700))),
			Title: lobby.Text{Plain: string(bytes.Repeat([]byte("y"), random.IntN(500)))}}
		err := store.Update(t.Context(), "t", func(tx lobby.Tx) error {
			if err := tx.PutRoom(room); err != nil {
				return err
			}
			for k := range random.IntN(5) {
				p := lobby.Person{ID: lobby.PersonID(fmt.Sprintf("%s-person-%d", id, k)), Room: id}
				rand.Read(p.LinkHash[:])
				if err := tx.PutPerson(p); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		live = append(live, id)
	}
	if len(found(t, dir, string(live[0]))) == 0 {
		t.Fatal("the search proves nothing")
	}
	for _, id := range live {
		if err := store.Update(t.Context(), "t", func(tx lobby.Tx) error { return tx.DeleteRoom(id) }); err != nil {
			t.Fatal(err)
		}
	}
	if files := found(t, dir, "Canary-Room-"); len(files) > 0 {
		t.Errorf("rooms are still in %v", files)
	}
}

// Another process that reads keeps the log from being emptied: the deletion is acknowledged as not yet wiped, and wiped later.
func TestErasureWaitsForReaders(t *testing.T) {
	dir := newDir(t)
	store, other := open(t, dir), open(t, dir)
	service := newService(t, store)
	room, _, err := service.CreateRoom(t.Context(), lobby.DefaultTenant, "owner", lobby.NewRoom{Kind: lobby.Once, Persons: []lobby.NewPerson{newPerson("a")}})
	if err != nil {
		t.Fatal(err)
	}
	reading, stop, stopped := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		stopped <- other.View(context.Background(), lobby.DefaultTenant, func(tx lobby.Tx) error {
			_, err := tx.Room(room.ID)
			close(reading)
			<-stop
			return err
		})
	}()
	<-reading
	_, err = service.EndRoom(t.Context(), lobby.DefaultTenant, room.ID)
	if !errors.Is(err, lobby.ErrErasurePending) {
		t.Errorf("while another process reads: %v", err)
	}
	if _, _, err := service.Room(t.Context(), lobby.DefaultTenant, "owner", room.ID); !errors.Is(err, lobby.ErrNotFound) {
		t.Errorf("the room is not deleted: %v", err)
	}
	if len(found(t, dir, string(room.ID))) == 0 {
		t.Error("it is wiped already: the test proves nothing")
	}
	close(stop)
	if err := <-stopped; err != nil {
		t.Fatal(err)
	}
	// Any next write wipes.
	if err := store.SwapSetting(t.Context(), "next", nil, []byte("x")); err != nil {
		t.Fatal(err)
	}
	if files := found(t, dir, string(room.ID)); len(files) > 0 {
		t.Errorf("still in %v", files)
	}
}

// What could not be wiped before a crash is wiped at the next start.
func TestErasureAfterACrash(t *testing.T) {
	dir := newDir(t)
	canary := killWhile(t, dir, "erase")
	store := open(t, dir)
	if err := store.View(t.Context(), lobby.DefaultTenant, func(tx lobby.Tx) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if files := found(t, dir, canary); len(files) > 0 {
		t.Errorf("still in %v", files)
	}
}

// Readers of this process, however many, never keep an erasure pending.
func TestErasureUnderReading(t *testing.T) {
	dir := newDir(t)
	store := open(t, dir)
	service := newService(t, store)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := service.Rooms(context.Background(), lobby.DefaultTenant, "owner"); err != nil {
					t.Errorf("read: %v", err)
					return
				}
			}
		})
	}
	for range 20 {
		room, _, err := service.CreateRoom(t.Context(), lobby.DefaultTenant, "owner", lobby.NewRoom{Kind: lobby.Once, Persons: []lobby.NewPerson{newPerson("a")}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := service.EndRoom(t.Context(), lobby.DefaultTenant, room.ID); err != nil {
			t.Errorf("end: %v", err)
		}
		if files := found(t, dir, string(room.ID)); len(files) > 0 {
			t.Errorf("still in %v", files)
		}
	}
	close(stop)
	wg.Wait()
}

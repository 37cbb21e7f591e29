package storetest

import (
	"errors"
	"reflect"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/auth"
)

func absent(t *testing.T, s Store, id lobby.RoomID) {
	t.Helper()
	view(t, s, func(tx lobby.Tx) error {
		_, err := tx.Room(id)
		want(t, "room that must not be there", err, lobby.ErrNotFound)
		return nil
	})
}

func atomicError(t *testing.T, s Store) {
	room := newRoom("owner")
	own := errors.New("the caller's own")
	err := s.Update(t.Context(), tenant, func(tx lobby.Tx) error {
		if err := tx.PutRoom(room); err != nil {
			return err
		}
		// What was written is seen inside.
		if _, err := tx.Room(room.ID); err != nil {
			t.Errorf("own write: %v", err)
		}
		return own
	})
	want(t, "update", err, own)
	absent(t, s, room.ID)
}

func atomicPanic(t *testing.T, s Store) {
	room := newRoom("owner")
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_ = s.Update(t.Context(), tenant, func(tx lobby.Tx) error {
			_ = tx.PutRoom(room)
			panic("in the caller")
		})
	}()
	absent(t, s, room.ID)
	putRoom(t, s, room) // and the store still works
}

func viewReadOnly(t *testing.T, s Store) {
	room := newRoom("owner")
	account := newAccount("name")
	putRoom(t, s, room)
	view(t, s, func(tx lobby.Tx) error {
		for what, err := range map[string]error{
			"PutRoom":       tx.PutRoom(newRoom("owner")),
			"PutPerson":     tx.PutPerson(newPerson(room.ID)),
			"DeleteRoom":    tx.DeleteRoom(room.ID),
			"DeletePersons": tx.DeletePersons(room.ID),
		} {
			if err == nil {
				t.Errorf("%s in a view was taken", what)
			}
		}
		return nil
	})
	viewAccounts(t, s, func(tx auth.Tx) error {
		_, expired := tx.DeleteExpired(instant(0), instant(0))
		for what, err := range map[string]error{
			"PutAccount":           tx.PutAccount(account),
			"PutSession":           tx.PutSession(auth.Session{Account: account.ID}),
			"DeleteSession":        tx.DeleteSession(auth.TokenHash{}),
			"DeleteSessionsOf":     tx.DeleteSessionsOf(account.ID),
			"DeleteExpired":        expired,
			"PutSetupToken":        tx.PutSetupToken(auth.SetupToken{}),
			"DeleteSetupToken":     tx.DeleteSetupToken(auth.TokenHash{}),
			"DeleteSetupTokensFor": tx.DeleteSetupTokensFor("name"),
		} {
			if err == nil {
				t.Errorf("%s in a view was taken", what)
			}
		}
		return nil
	})
	view(t, s, func(tx lobby.Tx) error {
		rooms, err := tx.RoomsOf("owner")
		if len(rooms) != 1 {
			t.Errorf("a view wrote: %d rooms", len(rooms))
		}
		return err
	})
}

func viewSnapshot(t *testing.T, s Store) {
	room := newRoom("owner")
	putRoom(t, s, room)
	view(t, s, func(tx lobby.Tx) error {
		if _, err := tx.Room(room.ID); err != nil {
			return err
		}
		changed := room
		changed.Session = "changed meanwhile"
		putRoom(t, s, changed)
		got, err := tx.Room(room.ID)
		if got.Session != room.Session {
			t.Error("a view saw a write that came after its first look")
		}
		return err
	})
}

func copies(t *testing.T, s Store) {
	room := newRoom("owner")
	room.Title = lobby.Text{Sealed: []byte{1}}
	room.CoCounsellors = []lobby.AccountID{"co"}
	room.WrappedSecrets = map[lobby.AccountID][]byte{"owner": {1}}
	person := newPerson(room.ID)
	person.Label, person.SealedLink, person.WrappedSecret = lobby.Text{Sealed: []byte{1}}, []byte{1}, []byte{1}
	spoil := func(r lobby.Room, p lobby.Person) {
		r.Title.Sealed[0], r.CoCounsellors[0], r.WrappedSecrets["owner"][0] = 9, "spoilt", 9
		r.WrappedSecrets["other"] = nil
		p.Label.Sealed[0], p.SealedLink[0], p.WrappedSecret[0] = 9, 9, 9
	}
	putRoom(t, s, room)
	putPerson(t, s, person)
	spoil(room, person) // what was put in
	for range 2 {
		view(t, s, func(tx lobby.Tx) error {
			r, err := tx.Room(room.ID)
			if err != nil {
				return err
			}
			p, err := tx.Person(room.ID, person.ID)
			if err != nil {
				return err
			}
			if r.Title.Sealed[0] != 1 || r.CoCounsellors[0] != "co" || !reflect.DeepEqual(r.WrappedSecrets, map[lobby.AccountID][]byte{"owner": {1}}) ||
				p.Label.Sealed[0] != 1 || p.SealedLink[0] != 1 || p.WrappedSecret[0] != 1 {
				t.Error("the store shares memory with its caller")
			}
			spoil(r, p) // what came out
			return nil
		})
	}
}

func concurrentRaise(t *testing.T, s Store) {
	const writers, times = 4, 25
	room := newRoom("owner")
	putRoom(t, s, room)
	person := newPerson(room.ID)
	putPerson(t, s, person)
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for range times {
				err := s.Update(t.Context(), tenant, func(tx lobby.Tx) error {
					p, err := tx.Person(room.ID, person.ID)
					if err != nil {
						return err
					}
					p.Generation++
					runtime.Gosched() // another writer would come in here
					return tx.PutPerson(p)
				})
				if err != nil {
					t.Errorf("raise: %v", err)
				}
			}
		})
		wg.Go(func() { // readers do not disturb
			for range times {
				if err := s.View(t.Context(), tenant, func(tx lobby.Tx) error {
					_, err := tx.Person(room.ID, person.ID)
					return err
				}); err != nil {
					t.Errorf("read: %v", err)
				}
			}
		})
	}
	wg.Wait()
	view(t, s, func(tx lobby.Tx) error {
		p, err := tx.Person(room.ID, person.ID)
		if p.Generation != writers*times {
			t.Errorf("%d raises gave generation %d", writers*times, p.Generation)
		}
		return err
	})
}

func concurrentConflict(t *testing.T, s Store) {
	room := newRoom("owner")
	putRoom(t, s, room)
	link := newPerson(room.ID).LinkHash
	var won atomic.Int32
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			p := newPerson(room.ID)
			p.LinkHash = link
			err := s.Update(t.Context(), tenant, func(tx lobby.Tx) error { return tx.PutPerson(p) })
			if err == nil {
				won.Add(1)
				return
			}
			want(t, "loser", err, lobby.ErrConflict)
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Errorf("%d of 6 got the link", won.Load())
	}
	view(t, s, func(tx lobby.Tx) error {
		persons, err := tx.Persons(room.ID)
		if len(persons) != 1 {
			t.Errorf("%d persons were put", len(persons))
		}
		return err
	})
}

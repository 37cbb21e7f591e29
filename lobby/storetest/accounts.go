package storetest

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/auth"
	"github.com/anteroom-video/anteroom/lobby/auth/passkey"
)

func putAccount(t *testing.T, s Store, accounts ...auth.Account) {
	t.Helper()
	updateAccounts(t, s, func(tx auth.Tx) error {
		for _, a := range accounts {
			if err := tx.PutAccount(a); err != nil {
				return err
			}
		}
		return nil
	})
}

func accountRoundTrip(t *testing.T, s Store) {
	a := newAccount("anna@example.org")
	changed := a
	changed.Disabled, changed.Hash, changed.Name = true, "another", "anna.b@example.org"
	changed.WrappedPrivateKey = []byte{5}
	recoverable := changed
	recoverable.Recovery = auth.Recovery{WrappedPrivateKey: []byte{6, 7}, MadeAt: instant(2)}
	withPasskeys := recoverable
	withPasskeys.Passkeys = []auth.Passkey{
		{ID: "p1", Name: "Telefon", MadeAt: instant(3), Credential: passkey.Credential{ID: []byte{1}, PublicKey: []byte{2}, Count: 7}, WrappedPrivateKey: []byte{8}},
		{ID: "p2", Name: "Schlüssel", MadeAt: instant(4), Credential: passkey.Credential{ID: []byte{3}, PublicKey: []byte{4}, Synced: true}, WrappedPrivateKey: []byte{9}},
	}
	for _, a := range []auth.Account{a, changed, recoverable, withPasskeys, changed} {
		putAccount(t, s, a)
		viewAccounts(t, s, func(tx auth.Tx) error {
			got, err := tx.Account(a.ID)
			if err == nil && !reflect.DeepEqual(got, a) {
				t.Errorf("got  %+v\nwant %+v", got, a)
			}
			named, err2 := tx.AccountByName(a.Name)
			if err2 != nil || named.ID != a.ID {
				t.Errorf("by name: got %v, %v", named.ID, err2)
			}
			return err
		})
	}
	viewAccounts(t, s, func(tx auth.Tx) error {
		_, err := tx.AccountByName(a.Name)
		want(t, "old name", err, lobby.ErrNotFound)
		_, err = tx.AccountByName("")
		want(t, "empty name", err, lobby.ErrNotFound)
		_, err = tx.Account("unknown")
		want(t, "unknown id", err, lobby.ErrNotFound)
		return nil
	})
}

func accountNames(t *testing.T, s Store) {
	a, b, c := newAccount("a"), newAccount("b"), newAccount("c")
	putAccount(t, s, a, b, c)
	put := func(tenant lobby.TenantID, a auth.Account) error {
		return s.UpdateAccounts(t.Context(), tenant, func(tx auth.Tx) error { return tx.PutAccount(a) })
	}
	want(t, "taken name", put(tenant, newAccount("b")), lobby.ErrConflict)
	renamed := c
	renamed.Name = "b"
	want(t, "rename to a taken name", put(tenant, renamed), lobby.ErrConflict)
	putAccount(t, s, a)
	viewAccounts(t, s, func(tx auth.Tx) error {
		all, err := tx.Accounts()
		var names []string
		for _, a := range all {
			names = append(names, a.Name)
		}
		if !slices.Equal(names, []string{"a", "b", "c"}) {
			t.Errorf("order: got %v", names)
		}
		return err
	})
	// Another tenant has its own b, and sees none of these.
	twin := newAccount("b")
	twin.Tenant = "tenant-b"
	if err := put("tenant-b", twin); err != nil {
		t.Errorf("the name in another tenant: %v", err)
	}
	if err := put("tenant-b", a); err == nil {
		t.Error("an account of another tenant was taken")
	}
	err := s.ViewAccounts(t.Context(), "tenant-b", func(tx auth.Tx) error {
		_, err := tx.AccountByName("a")
		want(t, "name of another tenant", err, lobby.ErrNotFound)
		_, err = tx.Account(a.ID)
		want(t, "id of another tenant", err, lobby.ErrNotFound)
		all, err := tx.Accounts()
		if len(all) != 1 {
			t.Errorf("another tenant lists %d accounts", len(all))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	ids, err := s.AccountTenants(t.Context())
	slices.Sort(ids)
	if err != nil || !slices.Equal(ids, []lobby.TenantID{tenant, "tenant-b"}) {
		t.Errorf("tenants: got %v, %v", ids, err)
	}
}

func hash(b byte) auth.TokenHash { return auth.TokenHash{b} }

func newSession(account lobby.AccountID, b byte) auth.Session {
	return auth.Session{ID: string([]byte{'s', b}), Account: account, Hash: hash(b), Created: instant(0), Seen: instant(0), Expires: instant(720)}
}

func sessions(t *testing.T, s Store) {
	a, b := newAccount("a"), newAccount("b")
	putAccount(t, s, a, b)
	first, second, others := newSession(a.ID, 'z'), newSession(a.ID, 'y'), newSession(b.ID, 'x')
	put := func(list ...auth.Session) {
		t.Helper()
		updateAccounts(t, s, func(tx auth.Tx) error {
			for _, session := range list {
				if err := tx.PutSession(session); err != nil {
					return err
				}
			}
			return nil
		})
	}
	put(first, second, others)
	first.Seen = instant(3)
	put(first)
	viewAccounts(t, s, func(tx auth.Tx) error {
		got, err := tx.Session(first.Hash)
		if got != first {
			t.Errorf("got %+v, want %+v", got, first)
		}
		list, err2 := tx.SessionsOf(a.ID)
		if err2 != nil || !slices.Equal(list, []auth.Session{first, second}) {
			t.Errorf("list: got %+v, %v", list, err2)
		}
		_, err3 := tx.Session(hash('?'))
		want(t, "unknown", err3, lobby.ErrNotFound)
		return err
	})
	err := s.UpdateAccounts(t.Context(), tenant, func(tx auth.Tx) error { return tx.PutSession(newSession("unknown", 'n')) })
	want(t, "session of no account", err, lobby.ErrNotFound)
	err = s.UpdateAccounts(t.Context(), "tenant-b", func(tx auth.Tx) error {
		_, err := tx.Session(first.Hash)
		want(t, "in another tenant", err, lobby.ErrNotFound)
		want(t, "for another tenant's account", tx.PutSession(newSession(a.ID, 'm')), lobby.ErrNotFound)
		if err := tx.DeleteSession(second.Hash); err != nil {
			return err
		}
		return tx.DeleteSessionsOf(b.ID)
	})
	if err != nil {
		t.Fatal(err)
	}
	updateAccounts(t, s, func(tx auth.Tx) error { return tx.DeleteSession(first.Hash) })
	updateAccounts(t, s, func(tx auth.Tx) error { return tx.DeleteSession(first.Hash) })
	viewAccounts(t, s, func(tx auth.Tx) error {
		_, err := tx.Session(first.Hash)
		want(t, "deleted", err, lobby.ErrNotFound)
		_, err = tx.Session(second.Hash)
		want(t, "another's delete", err, nil)
		_, err = tx.Session(others.Hash)
		want(t, "another's delete of all", err, nil)
		return nil
	})
	updateAccounts(t, s, func(tx auth.Tx) error { return tx.DeleteSessionsOf(a.ID) })
	viewAccounts(t, s, func(tx auth.Tx) error {
		_, err := tx.Session(second.Hash)
		want(t, "deleted with all", err, lobby.ErrNotFound)
		_, err = tx.Session(others.Hash)
		return err
	})
}

func setupTokens(t *testing.T, s Store) {
	named := auth.SetupToken{Hash: hash(1), Name: "anna@example.org", Expires: instant(5)}
	free := auth.SetupToken{Hash: hash(2), Expires: instant(6)}
	updateAccounts(t, s, func(tx auth.Tx) error {
		if err := tx.PutSetupToken(named); err != nil {
			return err
		}
		return tx.PutSetupToken(free)
	})
	viewAccounts(t, s, func(tx auth.Tx) error {
		for _, wanted := range []auth.SetupToken{named, free} {
			if got, err := tx.SetupToken(wanted.Hash); err != nil || got != wanted {
				t.Errorf("got %+v, %v, want %+v", got, err, wanted)
			}
		}
		_, err := tx.SetupToken(hash(3))
		want(t, "unknown", err, lobby.ErrNotFound)
		return nil
	})
	err := s.UpdateAccounts(t.Context(), "tenant-b", func(tx auth.Tx) error {
		_, err := tx.SetupToken(named.Hash)
		want(t, "in another tenant", err, lobby.ErrNotFound)
		if err := tx.DeleteSetupToken(free.Hash); err != nil {
			return err
		}
		return tx.DeleteSetupTokensFor(named.Name)
	})
	if err != nil {
		t.Fatal(err)
	}
	updateAccounts(t, s, func(tx auth.Tx) error { return tx.DeleteSetupTokensFor(named.Name) })
	viewAccounts(t, s, func(tx auth.Tx) error {
		_, err := tx.SetupToken(named.Hash)
		want(t, "deleted by name", err, lobby.ErrNotFound)
		_, err = tx.SetupToken(free.Hash)
		return err
	})
	updateAccounts(t, s, func(tx auth.Tx) error { return tx.DeleteSetupToken(free.Hash) })
	viewAccounts(t, s, func(tx auth.Tx) error {
		_, err := tx.SetupToken(free.Hash)
		want(t, "deleted", err, lobby.ErrNotFound)
		return nil
	})
	updateAccounts(t, s, func(tx auth.Tx) error {
		return errors.Join(tx.PutSetupToken(named), tx.PutSetupToken(free), tx.DeleteSetupTokensFor(""))
	})
	viewAccounts(t, s, func(tx auth.Tx) error {
		_, err := tx.SetupToken(free.Hash)
		want(t, "those without a name, deleted", err, lobby.ErrNotFound)
		_, err = tx.SetupToken(named.Hash)
		return err
	})
}

func deleteExpired(t *testing.T, s Store) {
	a := newAccount("a")
	putAccount(t, s, a)
	old, idle, live := newSession(a.ID, 1), newSession(a.ID, 2), newSession(a.ID, 3)
	old.Expires, old.Seen = instant(100), instant(99)
	idle.Expires, idle.Seen = instant(500), instant(40)
	live.Expires, live.Seen = instant(500), instant(41)
	updateAccounts(t, s, func(tx auth.Tx) error {
		for _, session := range []auth.Session{old, idle, live} {
			if err := tx.PutSession(session); err != nil {
				return err
			}
		}
		if err := tx.PutSetupToken(auth.SetupToken{Hash: hash(8), Expires: instant(100)}); err != nil {
			return err
		}
		return tx.PutSetupToken(auth.SetupToken{Hash: hash(9), Expires: instant(101)})
	})
	updateAccounts(t, s, func(tx auth.Tx) error {
		n, err := tx.DeleteExpired(instant(100), instant(40))
		if n != 3 {
			t.Errorf("%d rows went, want 3", n)
		}
		return err
	})
	viewAccounts(t, s, func(tx auth.Tx) error {
		list, err := tx.SessionsOf(a.ID)
		if !slices.Equal(list, []auth.Session{live}) {
			t.Errorf("left: %+v", list)
		}
		_, err2 := tx.SetupToken(hash(8))
		want(t, "expired token", err2, lobby.ErrNotFound)
		_, err2 = tx.SetupToken(hash(9))
		want(t, "valid token", err2, nil)
		return err
	})
}

func settings(t *testing.T, s Store) {
	swap := func(old, value []byte) error { return s.SwapSetting(t.Context(), "name", old, value) }
	get := func() []byte {
		t.Helper()
		value, err := s.Setting(t.Context(), "name")
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
	if get() != nil {
		t.Error("a setting that was never set is there")
	}
	want(t, "swap of what is not there", swap([]byte("x"), []byte("y")), lobby.ErrConflict)
	want(t, "first", swap(nil, []byte{1}), nil)
	want(t, "first again", swap(nil, []byte{2}), lobby.ErrConflict)
	want(t, "wrong old value", swap([]byte{3}, []byte{2}), lobby.ErrConflict)
	want(t, "swap", swap([]byte{1}, []byte{2}), nil)
	if !bytes.Equal(get(), []byte{2}) {
		t.Errorf("got %v", get())
	}
	get()[0] = 9
	if !bytes.Equal(get(), []byte{2}) {
		t.Error("the store shares memory with its caller")
	}
	if other, err := s.Setting(t.Context(), "other"); other != nil || err != nil {
		t.Errorf("another name: got %v, %v", other, err)
	}
}

func concurrentSettings(t *testing.T, s Store) {
	var won atomic.Int32
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			err := s.SwapSetting(t.Context(), "first", nil, []byte{byte(i + 1)})
			if err == nil {
				won.Add(1)
				return
			}
			want(t, "loser", err, lobby.ErrConflict)
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Errorf("%d of 6 were first", won.Load())
	}
}

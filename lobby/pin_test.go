package lobby_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/auth"
	"github.com/anteroom-video/anteroom/lobby/memstore"
	"time"
)

func TestNewPIN(t *testing.T) {
	seen, first := map[lobby.PIN]bool{}, [10]int{}
	const drawn = 20_000
	for range drawn {
		pin := lobby.NewPIN()
		if !pin.Valid() {
			t.Fatalf("drew %q", string(pin))
		}
		seen[pin] = true
		first[pin[0]-'0']++
	}
	if len(seen) < drawn*97/100 { // 1.0 % meet another by chance
		t.Errorf("%d of %d are different", len(seen), drawn)
	}
	for digit, n := range first {
		if n < drawn/10*85/100 || n > drawn/10*115/100 { // 7 standard deviations
			t.Errorf("%d begin with %d", n, digit)
		}
	}
	for _, bad := range []lobby.PIN{"", "12345", "1234567", "12345a", "12 456", "\u0661\u0662\u0663"} {
		if bad.Valid() {
			t.Errorf("%q was taken", string(bad))
		}
	}
}

// pinned is a person of a room with a PIN, and what his link gives.
func (h *house) pinned(policy string) (lobby.Access, lobby.Invitation) {
	h.t.Helper()
	p, link := invite(lobby.RoleClient)
	p.PIN = true
	_, made, err := h.CreateRoom(context.Background(), tenant, "anna", lobby.NewRoom{Kind: lobby.Once, Policy: policy, Persons: []lobby.NewPerson{p}})
	if err != nil {
		h.t.Fatal(err)
	}
	access, err := h.CheckLink(context.Background(), tenant, link, h.now)
	if err != nil {
		h.t.Fatal(err)
	}
	return access, made[0]
}

func wrongOf(pin lobby.PIN) lobby.PIN {
	if pin == "000000" {
		return "000001"
	}
	return "000000"
}

func left(err error) int {
	if wrong, ok := errors.AsType[*lobby.PINError](err); ok {
		return wrong.Left
	}
	return -1
}

func TestTryPIN(t *testing.T) {
	h := newHouse(t)
	access, anna := h.pinned("")
	try := func(pin lobby.PIN) error {
		t.Helper()
		now, err := h.PersonAccess(t.Context(), tenant, access.Room.ID, anna.ID)
		if err != nil {
			t.Fatal(err)
		}
		_, err = h.TryPIN(t.Context(), now, pin)
		return err
	}
	if err := try("12345"); !errors.Is(err, lobby.ErrInvalid) {
		t.Errorf("five digits: %v", err)
	}
	if err := try(anna.Told); err != nil {
		t.Errorf("the right one: %v", err)
	}
	for want := lobby.PINTries - 1; want > 1; want-- {
		if err := try(wrongOf(anna.Told)); left(err) != want || !errors.Is(err, lobby.ErrPIN) {
			t.Errorf("a wrong one: %v, %d left, want %d", err, left(err), want)
		}
	}
	if err := try(anna.Told); err != nil {
		t.Errorf("the right one after three: %v", err)
	}
	for want := lobby.PINTries - 1; want >= 0; want-- {
		if err := try(wrongOf(anna.Told)); left(err) != want {
			t.Errorf("anew: %v, want %d left", err, want)
		}
	}
	if err := try(anna.Told); left(err) != 0 {
		t.Errorf("the right one when it is locked: %v", err)
	}
	counsel, err := h.AccountAccess(t.Context(), tenant, access.Room.ID, "anna")
	if err != nil || len(counsel.LockedPINs) != 1 || counsel.LockedPINs[0].ID != anna.ID {
		t.Errorf("who counsels is told of %v, %v", counsel.LockedPINs, err)
	}
	if err := h.UnlockPIN(t.Context(), tenant, access.Room.ID, anna.ID); err != nil {
		t.Fatal(err)
	}
	if err := try(anna.Told); err != nil {
		t.Errorf("unlocked: %v", err)
	}
	if _, err := h.UnlockPersonPIN(t.Context(), tenant, "stranger", access.Room.ID, anna.ID); !errors.Is(err, lobby.ErrNotFound) {
		t.Errorf("unlocked by a stranger: %v", err)
	}
	again, err := h.NewPIN(t.Context(), tenant, "anna", access.Room.ID, anna.ID)
	if err != nil || again.PIN.Serial != 2 || again.Generation != anna.Generation {
		t.Errorf("a new one: %+v, %v", again.PIN, err)
	}
	// What was looked up before it was made is not what is tried.
	if _, err := h.TryPIN(t.Context(), access, again.Told); err != nil {
		t.Errorf("the new one: %v", err)
	}
	if _, err := h.NewPIN(t.Context(), tenant, "stranger", access.Room.ID, anna.ID); !errors.Is(err, lobby.ErrNotFound) {
		t.Errorf("made by a stranger: %v", err)
	}
	if err := h.Revoke(t.Context(), tenant, access.Room.ID, anna.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := h.NewPIN(t.Context(), tenant, "anna", access.Room.ID, anna.ID); !errors.Is(err, lobby.ErrRevoked) {
		t.Errorf("for who was removed: %v", err)
	}
	if _, err := h.TryPIN(t.Context(), access, again.Told); !errors.Is(err, lobby.ErrRevoked) {
		t.Errorf("by who was removed: %v", err)
	}
}

// Any number at once have five wrong ones, whatever the machine does first; what is right after them is not told.
func TestTryPINAtOnce(t *testing.T) {
	service, err := lobby.New(memstore.New(), time.Now, lobby.ShippedPolicies(), auth.NewHasher(0, true))
	if err != nil {
		t.Fatal(err)
	}
	h := &house{Service: service, t: t, now: time.Now()}
	access, anna := h.pinned("")
	var all sync.WaitGroup
	results := make(chan int, 40)
	for range cap(results) {
		all.Go(func() {
			_, err := h.TryPIN(context.Background(), access, wrongOf(anna.Told))
			results <- left(err)
		})
	}
	all.Wait()
	close(results)
	count := map[int]int{}
	for n := range results {
		count[n]++
	}
	for n := 1; n < lobby.PINTries; n++ {
		if count[n] != 1 {
			t.Errorf("%d were told that %d are left", count[n], n)
		}
	}
	if count[0] != cap(results)-lobby.PINTries+1 {
		t.Errorf("%d were locked: %v", count[0], count)
	}
}

// counted counts what is hashed and verified.
type counted struct {
	lobby.Hasher
	verified int
}

func (c *counted) Verify(ctx context.Context, hash string, secret []byte) (bool, error) {
	c.verified++
	return c.Hasher.Verify(ctx, hash, secret)
}

// Right and wrong cost the same: one hash and one write.
func TestPINCostsTheSame(t *testing.T) {
	store := &counting{Store: memstore.New()}
	hasher := &counted{Hasher: auth.NewHasher(0, true)}
	service, err := lobby.New(store, time.Now, lobby.ShippedPolicies(), hasher)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{Service: service, t: t, now: time.Now()}
	access, anna := h.pinned("schutz")
	cost := func(pin lobby.PIN) (int, []string) {
		hasher.verified, store.calls = 0, nil
		_, _ = service.TryPIN(t.Context(), access, pin)
		return hasher.verified, store.calls
	}
	n, calls := cost(anna.Told)
	m, others := cost(wrongOf(anna.Told))
	if n != 1 || m != 1 || len(calls) == 0 || len(calls) != len(others) {
		t.Errorf("the right one: %d hashes, %v; a wrong one: %d, %v", n, calls, m, others)
	}
}

// A room has PINs as its policy says: nobody, who is invited with one, everybody.
func TestPINRules(t *testing.T) {
	h := newHouse(t)
	policies := lobby.ShippedPolicies()
	without := policies[lobby.DefaultPolicy]
	without.Name, without.PIN = "without", lobby.PINOff
	policies["without"] = without
	var err error
	if h.Service, err = lobby.New(h.store, func() time.Time { return h.now }, policies, auth.NewHasher(0, true)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		policy string
		asked  bool
		has    bool
		err    error
	}{
		{"", false, false, nil}, {"", true, true, nil}, {"schutz", false, true, nil}, {"schutz", true, true, nil},
		{"without", false, false, nil}, {"without", true, false, lobby.ErrNotAllowed},
	} {
		p, _ := invite(lobby.RoleClient)
		p.PIN = c.asked
		_, made, err := h.CreateRoom(t.Context(), tenant, "anna", lobby.NewRoom{Kind: lobby.Once, Policy: c.policy, Persons: []lobby.NewPerson{p}})
		if !errors.Is(err, c.err) || err == nil && (made[0].PIN.Set() != c.has || made[0].Told.Valid() != c.has) {
			t.Errorf("%+v: %+v, %v", c, made, err)
		}
		room, _, err := h.CreateRoom(t.Context(), tenant, "anna", lobby.NewRoom{Kind: lobby.Once, Policy: c.policy})
		if err != nil {
			t.Fatal(err)
		}
		later, _ := invite(lobby.RoleClient)
		later.PIN = c.asked
		added, err := h.AddPerson(t.Context(), tenant, "anna", room.ID, later)
		if !errors.Is(err, c.err) || err == nil && (added.PIN.Set() != c.has || added.Told.Valid() != c.has) {
			t.Errorf("later, %+v: %+v, %v", c, added, err)
		}
	}
	for name, p := range lobby.ShippedPolicies() {
		if want := map[bool]lobby.PINRule{true: lobby.PINRequired, false: lobby.PINOffered}[name == "schutz"]; p.PIN != want {
			t.Errorf("%s: %s", name, p.PIN)
		}
	}
}

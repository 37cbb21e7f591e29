package auth

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestHash(t *testing.T) {
	h := NewHasher(0, false)
	auth := [32]byte{1, 2, 3}
	phc, err := h.Hash(t.Context(), auth[:])
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(phc, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("hashed as %s", phc)
	}
	if ok, err := h.Verify(t.Context(), phc, auth[:]); !ok || err != nil {
		t.Errorf("the right one: %v, %v", ok, err)
	}
	if ok, err := h.Verify(t.Context(), phc, append([]byte{1, 2, 4}, make([]byte, 29)...)); ok || err != nil {
		t.Errorf("a wrong one: %v, %v", ok, err)
	}
	again, err := h.Hash(t.Context(), auth[:])
	if err != nil || again == phc {
		t.Errorf("the salt is the same twice, %v", err)
	}
	if ok, err := NewHasher(0, true).Verify(t.Context(), phc, auth[:]); !ok || err != nil {
		t.Errorf("hashed at another cost: %v, %v", ok, err)
	}
}

// What was stored once must open for ever.
func TestStoredHashStaysValid(t *testing.T) {
	const phc = `$argon2id$v=19$m=8,t=1,p=1$PMuxgM3dwhpM2DKU/3UICg$jHC4Pon9/EN+055dOJK62VLsiicnOyIFs/HJARZCc5o`
	h := NewHasher(0, true)
	if ok, err := h.Verify(t.Context(), phc, append([]byte{7}, make([]byte, 31)...)); !ok || err != nil {
		t.Errorf("got %v, %v", ok, err)
	}
	c, salt, sum, err := parsePHC(phc)
	if err != nil || c != h.cost || c.format(salt, sum) != phc {
		t.Errorf("reads as %+v, %v", c, err)
	}
}

func TestNobodysHashNeverMatches(t *testing.T) {
	h := NewHasher(0, true)
	for _, auth := range [][32]byte{{}, {1}} {
		if ok, err := h.Verify(t.Context(), "", auth[:]); ok || err != nil {
			t.Errorf("got %v, %v", ok, err)
		}
	}
	if c, _, _, err := parsePHC(NewHasher(0, false).dummy); err != nil || c != NewHasher(0, false).cost {
		t.Errorf("the dummy costs %+v, %v", c, err)
	}
}

// Hashes run one at a time, a bounded number waits, whoever goes away stops waiting.
func TestHashingIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHasher(1, true)
		done, err := h.turn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		results := make(chan error, queued)
		for range queued {
			go func() {
				_, err := h.Verify(ctx, "", nil)
				results <- err
			}()
		}
		synctest.Wait()
		if _, err := h.Hash(t.Context(), nil); !errors.Is(err, ErrBusy) {
			t.Errorf("over the bound: %v", err)
		}
		for range queued {
			if err := <-results; !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("gone: %v", err)
			}
		}
		done()
		if _, err := h.Hash(t.Context(), nil); err != nil {
			t.Errorf("afterwards: %v", err)
		}
		if len(h.turns)+len(h.queue) != 0 {
			t.Error("a turn was not given back")
		}
	})
}

func TestUnreadableHashes(t *testing.T) {
	good := NewHasher(0, true).dummy
	for _, bad := range []string{
		"x", "$argon2id$", strings.Replace(good, "argon2id", "argon2i", 1), strings.Replace(good, "v=19", "v=16", 1),
		strings.Replace(good, "m=8", "m=99999999", 1), strings.Replace(good, "t=1", "t=0", 1), strings.Replace(good, "t=1", "t=65", 1),
		strings.Replace(good, "p=1", "p=0", 1), good + "A", good[:len(good)-4], good + "$",
	} {
		if ok, err := NewHasher(0, false).Verify(t.Context(), bad, nil); ok || err == nil {
			t.Errorf("%q: %v, %v", bad, ok, err)
		}
	}
}

func FuzzParsePHC(f *testing.F) {
	f.Add(NewHasher(0, false).dummy)
	f.Add("$argon2id$v=19$m=8,t=1,p=1$$")
	f.Fuzz(func(t *testing.T, s string) {
		c, salt, sum, err := parsePHC(s)
		if err == nil && (c.memory > 1<<20 || c.passes > 64 || c.passes == 0 || c.threads == 0 || len(salt) < saltSize || len(sum) != hashSize) {
			t.Errorf("%q gives %+v", s, c)
		}
	})
}

func BenchmarkSignInHash(b *testing.B) {
	h := NewHasher(0, false)
	for b.Loop() {
		if _, err := h.Verify(b.Context(), "", nil); err != nil {
			b.Fatal(err)
		}
	}
}

package sqlstore

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/anteroom-video/anteroom/lobby"
)

// A full disk, as SQLite reports it: the operator reads the sentence, the caller knows that trying later may help.
func TestAFullDiskIsUnavailable(t *testing.T) {
	store, err := Open(t.Context(), Config{Dir: filepath.Join(t.TempDir(), "state")})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	put := func() error {
		return store.Update(t.Context(), "t", func(tx lobby.Tx) error {
			return tx.PutRoom(lobby.Room{ID: "room", Tenant: "t", Title: lobby.Text{Sealed: make([]byte, 1<<16)}})
		})
	}
	limit := func(pages string) {
		if _, err := store.write.Exec(`PRAGMA max_page_count = ` + pages); err != nil {
			t.Fatal(err)
		}
	}
	limit("1") // SQLite takes the size that the file has
	err = put()
	problem, ok := errors.AsType[*ProblemError](err)
	if !ok || problem.Remedy != "free some space" || !errors.Is(err, lobby.ErrUnavailable) {
		t.Errorf("full: %v", err)
	}
	limit("1000000")
	if err := put(); err != nil {
		t.Errorf("with space again: %v", err)
	}
}

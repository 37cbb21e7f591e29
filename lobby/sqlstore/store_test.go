package sqlstore_test

import (
	"flag"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"github.com/anteroom-video/anteroom/lobby/sqlstore"
	"github.com/anteroom-video/anteroom/lobby/storetest"
)

func TestMain(m *testing.M) {
	if raceDetector {
		// SQLite is thirty times slower under the race detector; the model is about order and uniqueness, not about races.
		if err := flag.Set("rapid.checks", "20"); err != nil {
			panic(err)
		}
	}
	goleak.VerifyTestMain(m)
}

func open(t *testing.T, dir string) *sqlstore.Store {
	t.Helper()
	store, err := sqlstore.Open(t.Context(), sqlstore.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return store
}

// newDir returns the path of a state folder that does not exist yet; its key will lie beside it.
func newDir(t *testing.T) string { return filepath.Join(t.TempDir(), "state") }

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Store { return open(t, newDir(t)) })
}

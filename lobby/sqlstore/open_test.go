package sqlstore_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/sqlstore"
)

// tryOpen opens and closes.
func tryOpen(config sqlstore.Config) error {
	store, err := sqlstore.Open(context.Background(), config)
	if err != nil {
		return err
	}
	return store.Close()
}

// made returns the folder of a closed store with one room in it.
func made(t *testing.T) (dir string) {
	t.Helper()
	dir = newDir(t)
	store, err := sqlstore.Open(t.Context(), sqlstore.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	err = store.Update(t.Context(), "t", func(tx lobby.Tx) error {
		return tx.PutRoom(lobby.Room{ID: "room", Tenant: "t", Title: lobby.Text{Plain: "title"}})
	})
	if err := errors.Join(err, store.Close()); err != nil {
		t.Fatal(err)
	}
	return dir
}

func write(t *testing.T, file string, content []byte) {
	t.Helper()
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func query(t *testing.T, file, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec(statement)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestMigration: a file from before a step opens with what it had, and with nothing of what the step brought: no session in it has begun,
// no room in it has a
// rule of its own about pictures, and no account a recovery phrase.
func TestMigration(t *testing.T) {
	for _, undo := range []string{
		`ALTER TABLE rooms DROP COLUMN stand_in; DROP INDEX persons_code; ALTER TABLE persons DROP COLUMN code; ALTER TABLE rooms DROP COLUMN sound_only; ALTER TABLE accounts DROP COLUMN recovery_at; ALTER TABLE rooms DROP COLUMN lines; ALTER TABLE rooms DROP COLUMN begun; PRAGMA user_version = 1`,
		`ALTER TABLE rooms DROP COLUMN stand_in; DROP INDEX persons_code; ALTER TABLE persons DROP COLUMN code; ALTER TABLE rooms DROP COLUMN sound_only; ALTER TABLE accounts DROP COLUMN recovery_at; ALTER TABLE rooms DROP COLUMN lines; PRAGMA user_version = 2`,
		`ALTER TABLE rooms DROP COLUMN stand_in; DROP INDEX persons_code; ALTER TABLE persons DROP COLUMN code; ALTER TABLE rooms DROP COLUMN sound_only; ALTER TABLE accounts DROP COLUMN recovery_at; PRAGMA user_version = 3`,
		`ALTER TABLE rooms DROP COLUMN stand_in; DROP INDEX persons_code; ALTER TABLE persons DROP COLUMN code; ALTER TABLE rooms DROP COLUMN sound_only; PRAGMA user_version = 4`,
		`ALTER TABLE rooms DROP COLUMN stand_in; DROP INDEX persons_code; ALTER TABLE persons DROP COLUMN code; ALTER TABLE rooms DROP COLUMN sound_only; PRAGMA user_version = 5`,
		`ALTER TABLE rooms DROP COLUMN stand_in; DROP INDEX persons_code; ALTER TABLE persons DROP COLUMN code; PRAGMA user_version = 6`,
		`ALTER TABLE rooms DROP COLUMN stand_in; PRAGMA user_version = 8`,
	} {
		dir := made(t)
		query(t, filepath.Join(dir, sqlstore.FileName), undo)
		store, err := sqlstore.Open(t.Context(), sqlstore.Config{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		err = store.Update(t.Context(), "t", func(tx lobby.Tx) error {
			r, err := tx.Room("room")
			if err != nil || r.Begun || r.Lines != 0 || r.SoundOnly || r.StandIn || r.Title.Plain != "title" {
				t.Errorf("%s: %+v, %v", undo, r, err)
			}
			r.Begun, r.StandIn, r.Lines, r.SoundOnly = true, true, 1080, true
			return tx.PutRoom(r)
		})
		if err := errors.Join(err, store.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// What cannot be used is refused with one sentence that names the file and the way out, and is not touched.
func TestProblems(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(t *testing.T) (config sqlstore.Config, file string)
		want  string
	}{
		{"state folder is a file", func(t *testing.T) (sqlstore.Config, string) {
			file := filepath.Join(t.TempDir(), "state")
			write(t, file, []byte("x"))
			return sqlstore.Config{Dir: file}, file
		}, "cannot be used"},
		{"state folder cannot be made", func(t *testing.T) (sqlstore.Config, string) {
			dir := filepath.Join("/proc", "no", "state")
			return sqlstore.Config{Dir: dir, KeyFile: filepath.Join(t.TempDir(), "key")}, dir
		}, "cannot be used"},
		{"store's file is a folder", func(t *testing.T) (sqlstore.Config, string) {
			dir := newDir(t)
			if err := os.MkdirAll(filepath.Join(dir, sqlstore.FileName), 0o700); err != nil {
				t.Fatal(err)
			}
			return sqlstore.Config{Dir: dir}, dir
		}, "cannot be used"},
		{"no database", func(t *testing.T) (sqlstore.Config, string) {
			dir := made(t)
			file := filepath.Join(dir, sqlstore.FileName)
			write(t, file, bytes.Repeat([]byte("not a database "), 500))
			return sqlstore.Config{Dir: dir}, file
		}, "is not a database"},
		{"cut short", func(t *testing.T) (sqlstore.Config, string) {
			dir := made(t)
			file := filepath.Join(dir, sqlstore.FileName)
			write(t, file, read(t, file)[:50])
			return sqlstore.Config{Dir: dir}, file
		}, "is not a database"},
		{"half of it", func(t *testing.T) (sqlstore.Config, string) {
			dir := made(t)
			file := filepath.Join(dir, sqlstore.FileName)
			content := read(t, file)
			write(t, file, content[:len(content)/2])
			return sqlstore.Config{Dir: dir}, file
		}, "is damaged"},
		{"a page overwritten", func(t *testing.T) (sqlstore.Config, string) {
			dir := made(t)
			file := filepath.Join(dir, sqlstore.FileName)
			content := read(t, file)
			for i := 4096; i < 3*4096; i++ {
				content[i] ^= 0x5a
			}
			write(t, file, content)
			return sqlstore.Config{Dir: dir}, file
		}, "is damaged"},
		{"empty", func(t *testing.T) (sqlstore.Config, string) {
			dir := made(t)
			file := filepath.Join(dir, sqlstore.FileName)
			write(t, file, nil)
			return sqlstore.Config{Dir: dir}, file
		}, "is not a database"},
		{"another program's database", func(t *testing.T) (sqlstore.Config, string) {
			dir := newDir(t)
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(dir, sqlstore.FileName)
			query(t, file, `CREATE TABLE notes (text TEXT)`)
			return sqlstore.Config{Dir: dir}, file
		}, "another program"},
		{"another program's database with a mark", func(t *testing.T) (sqlstore.Config, string) {
			dir := newDir(t)
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(dir, sqlstore.FileName)
			query(t, file, `PRAGMA application_id = 7`)
			return sqlstore.Config{Dir: dir}, file
		}, "another program"},
		{"a newer version's", func(t *testing.T) (sqlstore.Config, string) {
			dir := made(t)
			file := filepath.Join(dir, sqlstore.FileName)
			query(t, file, `PRAGMA user_version = 99`)
			return sqlstore.Config{Dir: dir}, file
		}, "newer version of Anteroom (schema 99"},
		{"key is missing", func(t *testing.T) (sqlstore.Config, string) {
			dir := made(t)
			if err := os.Remove(dir + ".key"); err != nil {
				t.Fatal(err)
			}
			return sqlstore.Config{Dir: dir}, dir + ".key"
		}, "is missing"},
		{"another store's key", func(t *testing.T) (sqlstore.Config, string) {
			dir, other := made(t), made(t)
			return sqlstore.Config{Dir: dir, KeyFile: other + ".key"}, filepath.Join(dir, sqlstore.FileName)
		}, "another key"},
		{"no key", func(t *testing.T) (sqlstore.Config, string) {
			dir := made(t)
			write(t, dir+".key", []byte("hello\n"))
			return sqlstore.Config{Dir: dir}, dir + ".key"
		}, "is not a key file"},
		{"key cannot be made", func(t *testing.T) (sqlstore.Config, string) {
			key := "/proc/no/key"
			return sqlstore.Config{Dir: newDir(t), KeyFile: key}, key
		}, "cannot be read or made"},
		{"key inside the state folder", func(t *testing.T) (sqlstore.Config, string) {
			dir := newDir(t)
			return sqlstore.Config{Dir: dir, KeyFile: filepath.Join(dir, "sub", "key")}, filepath.Join(dir, "sub", "key")
		}, "inside the state folder"},
	} {
		t.Run(c.name, func(t *testing.T) {
			config, file := c.spoil(t)
			before, _ := os.ReadFile(file)
			err := tryOpen(config)
			var problem *sqlstore.ProblemError
			if !errors.As(err, &problem) {
				t.Fatalf("got %v", err)
			}
			if problem.File != file || problem.Remedy == "" || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("says %q of %s", err, problem.File)
			}
			if after, _ := os.ReadFile(file); !bytes.Equal(before, after) {
				t.Error("the file was changed")
			}
		})
	}
}

func TestReopened(t *testing.T) {
	dir := made(t)
	for range 3 {
		store := open(t, dir)
		err := store.View(t.Context(), "t", func(tx lobby.Tx) error {
			room, err := tx.Room("room")
			if room.Title.Plain != "title" {
				t.Errorf("got %+v", room)
			}
			return err
		})
		if err := errors.Join(err, store.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// Only the owner reads the files, and the key lies beside the folder.
func TestModes(t *testing.T) {
	dir := newDir(t)
	store := open(t, dir)
	if err := store.SwapSetting(t.Context(), "x", nil, []byte("y")); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(dir + "*")
	if err != nil {
		t.Fatal(err)
	}
	inside, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]os.FileMode{}
	for _, file := range append(files, inside...) {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		seen[filepath.Base(file)] = info.Mode().Perm()
	}
	for name, want := range map[string]os.FileMode{
		"state": 0o700, "state.key": 0o600, sqlstore.FileName: 0o600, sqlstore.FileName + "-wal": 0o600, sqlstore.FileName + "-shm": 0o600,
	} {
		if seen[name] != want {
			t.Errorf("%s: mode %o, want %o", name, seen[name], want)
		}
	}
	if len(seen) != 5 {
		t.Errorf("there are %v", seen)
	}
}

// Folders with any name.
func TestOddPaths(t *testing.T) {
	for _, name := range []string{"a b", "q?x=y&z", "h#x", "100%41", "ünï", "file:x", "+;'\""} {
		dir := filepath.Join(t.TempDir(), name)
		if err := tryOpen(sqlstore.Config{Dir: dir}); err != nil {
			t.Errorf("%q: %v", name, err)
		}
		if _, err := os.Stat(filepath.Join(dir, sqlstore.FileName)); err != nil {
			t.Errorf("%q: the store lies elsewhere: %v", name, err)
		}
	}
}

// Several processes that start at the same moment make one store with one key.
func TestOpenedByManyAtOnce(t *testing.T) {
	dir := newDir(t)
	stores := make([]*sqlstore.Store, 5)
	var wg sync.WaitGroup
	for i := range stores {
		wg.Go(func() {
			var err error
			if stores[i], err = sqlstore.Open(context.Background(), sqlstore.Config{Dir: dir}); err != nil {
				t.Errorf("open: %v", err)
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	if err := stores[0].SwapSetting(t.Context(), "name", nil, []byte("value")); err != nil {
		t.Fatal(err)
	}
	for _, store := range stores {
		if value, err := store.Setting(t.Context(), "name"); err != nil || string(value) != "value" {
			t.Errorf("got %q, %v", value, err)
		}
	}
	for _, store := range stores {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Two processes that write at the same time wait for each other and lose nothing.
func TestWrittenByTwo(t *testing.T) {
	dir := made(t)
	stores := []*sqlstore.Store{open(t, dir), open(t, dir)}
	var wg sync.WaitGroup
	for _, store := range stores {
		wg.Go(func() {
			for range 30 {
				err := store.Update(context.Background(), "t", func(tx lobby.Tx) error {
					room, err := tx.Room("room")
					if err != nil {
						return err
					}
					room.Session += "x"
					return tx.PutRoom(room)
				})
				if err != nil {
					t.Errorf("write: %v", err)
				}
			}
		})
	}
	wg.Wait()
	err := stores[0].View(t.Context(), "t", func(tx lobby.Tx) error {
		room, err := tx.Room("room")
		if len(room.Session) != 60 {
			t.Errorf("60 writes left %d", len(room.Session))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A writer that waits for another one gives up when its caller does, and has written nothing.
func TestWaitingWriterGivesUp(t *testing.T) {
	store := open(t, newDir(t))
	writing, stop, stopped := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		stopped <- store.Update(context.Background(), "t", func(lobby.Tx) error {
			close(writing)
			<-stop
			return nil
		})
	}()
	<-writing
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	err := store.Update(ctx, "t", func(lobby.Tx) error {
		t.Error("two write at the same time")
		return nil
	})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	close(stop)
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

// Who can write the file but has no key cannot put one row's sealed value into another.
func TestSealedValuesCannotBeMoved(t *testing.T) {
	dir := newDir(t)
	store := open(t, dir)
	for _, id := range []lobby.RoomID{"one", "two"} {
		if err := store.Update(t.Context(), "t", func(tx lobby.Tx) error {
			return tx.PutRoom(lobby.Room{ID: id, Tenant: "t", Title: lobby.Text{Plain: string(id)}})
		}); err != nil {
			t.Fatal(err)
		}
	}
	query(t, filepath.Join(dir, sqlstore.FileName), `UPDATE rooms SET sealed = (SELECT sealed FROM rooms WHERE id = 'one') WHERE id = 'two'`)
	err := store.View(t.Context(), "t", func(tx lobby.Tx) error {
		if _, err := tx.Room("one"); err != nil {
			t.Errorf("untouched: %v", err)
		}
		_, err := tx.Room("two")
		return err
	})
	if err == nil || errors.Is(err, lobby.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

// A closed store refuses and does not hang.
func TestClosed(t *testing.T) {
	dir := made(t)
	store, err := sqlstore.Open(t.Context(), sqlstore.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	nothing := func(lobby.Tx) error { return nil }
	if store.View(t.Context(), "t", nothing) == nil || store.Update(t.Context(), "t", nothing) == nil {
		t.Error("a closed store works")
	}
}

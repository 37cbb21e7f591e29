package sqlstore

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/anteroom-video/anteroom/lobby"
)

// FileName is the name of the store's file in the state folder.
const FileName = "anteroom.db"

// keyCheck is the setting whose sealed value tells the right key from another.
const keyCheck = "key check"

// checkUpTo is the largest file, in bytes, that is checked page by page when it is opened (1 to 4 ms per MiB; 2 MiB are
// about 1,200 rooms). Damage in larger ones shows when the page is read.
const checkUpTo = 2 << 20

// busyTimeout is how long a statement waits for another process.
const busyTimeout = 5 * time.Second

// Config says where a store lies.
type Config struct {
	// Dir is the state folder; it is made if it is missing (mode 0700). The store's file in it is [FileName].
	Dir string
	// KeyFile is the file with the key, made if it is missing together with the store (mode 0600). It must not lie in Dir,
	// which gets copied into backups. Empty: the name of Dir with ".key" added, beside it.
	KeyFile string
}

// Store implements lobby.Store, auth.Store and token.Settings. It is safe for concurrent use, also by several processes.
type Store struct {
	file string
	// read has a few connections, which see what is committed; write has one.
	read, write *sql.DB
	// turn holds one element while a transaction writes, so that waiting for it obeys the caller's context.
	turn   chan struct{}
	sealer *sealer
	// unwiped is true while something erased is still in the log. Guarded by turn.
	unwiped bool
}

// Open opens the store, and makes it if the folder has none. A store that cannot be used is a [ProblemError].
func Open(ctx context.Context, config Config) (*Store, error) {
	dir, err := filepath.Abs(config.Dir)
	if err != nil {
		return nil, fmt.Errorf("sqlstore: %w", err)
	}
	keyFile := config.KeyFile
	if keyFile == "" {
		keyFile = dir + ".key"
	}
	if keyFile, err = filepath.Abs(keyFile); err != nil {
		return nil, fmt.Errorf("sqlstore: %w", err)
	}
	if rel, err := filepath.Rel(dir, keyFile); err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return nil, &ProblemError{File: keyFile, Problem: "(the store's key file) lies inside the state folder, where backups would take it along",
			Remedy: "name a place outside " + dir}
	}
	file := filepath.Join(dir, FileName)
	exists, err := look(dir, file)
	if err != nil {
		return nil, err
	}
	k, err := loadKeys(keyFile, !exists)
	if err != nil {
		return nil, err
	}
	sealer, err := newSealer(k)
	if err != nil {
		return nil, fmt.Errorf("sqlstore: %w", err)
	}
	if !exists {
		if err := create(ctx, dir, file, sealer); err != nil {
			return nil, err
		}
	}
	// A log that is there already may hold what a process erased and was killed before it could wipe.
	log, err := os.Stat(file + "-wal")
	s := &Store{file: file, sealer: sealer, turn: make(chan struct{}, 1), unwiped: err == nil && log.Size() > 0}
	if s.write, err = s.connect(1, "immediate", "synchronous(FULL)"); err != nil {
		return nil, err
	}
	if s.read, err = s.connect(4, "deferred", "synchronous(FULL)", "query_only(ON)"); err != nil {
		return nil, errors.Join(err, s.write.Close())
	}
	if err := s.check(ctx, keyFile); err != nil {
		return nil, errors.Join(err, s.read.Close(), s.write.Close())
	}
	return s, nil
}

// unusable is a state folder that cannot be used.
func unusable(dir string, err error) error {
	return &ProblemError{File: dir, Problem: "(the state folder) cannot be used", Err: err,
		Remedy: "make it a folder that this user can write, or name another one"}
}

// look makes the folder, reports whether the store is there, and refuses files that are not ours before anything writes
// to them.
func look(dir, file string) (exists bool, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return false, unusable(dir, err)
	}
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, unusable(dir, err)
	}
	defer f.Close()
	header := make([]byte, headerSize)
	n, err := io.ReadFull(f, header)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return false, unusable(dir, err)
	}
	return true, ours(file, header[:n])
}

// create makes a new store. It is made aside, without waiting for the disk, and appears whole or not at all; when another
// process makes one in the same moment, one of the two stays.
func create(ctx context.Context, dir, file string, sealer *sealer) error {
	temp, err := os.CreateTemp(dir, ".anteroom-new-*")
	if err != nil {
		return unusable(dir, err)
	}
	defer os.Remove(temp.Name())
	s := &Store{file: temp.Name(), sealer: sealer, turn: make(chan struct{}, 1)}
	if s.write, err = s.connect(1, "immediate", "synchronous(OFF)"); err != nil {
		return errors.Join(err, temp.Close())
	}
	err = s.migrate(ctx)
	if err == nil {
		_, err = s.write.ExecContext(ctx, `INSERT INTO settings (name, sealed) VALUES (?, ?)`, keyCheck,
			sealer.seal(settingPlace(keyCheck), []byte("anteroom")))
	}
	if err = errors.Join(err, s.write.Close(), temp.Sync(), temp.Close()); err != nil {
		return unusable(dir, err)
	}
	if err := os.Link(temp.Name(), file); err != nil && !errors.Is(err, fs.ErrExist) {
		return unusable(dir, err)
	}
	if err := syncDir(dir); err != nil {
		return unusable(dir, err)
	}
	return nil
}

// headerSize is the size of the header of an SQLite file (sqlite.org/fileformat.html, section 1.3).
const headerSize = 100

// ours reports what speaks against a file being ours, from its header alone: opening it would already change it.
func ours(file string, header []byte) error {
	if len(header) < headerSize || !bytes.HasPrefix(header, []byte("SQLite format 3\x00")) {
		return &ProblemError{File: file, Problem: "is not a database, or its beginning is damaged",
			Remedy: "restore a backup, or move it away to begin with an empty store"}
	}
	if binary.BigEndian.Uint32(header[68:]) != applicationID {
		return &ProblemError{File: file, Problem: "is the database of another program",
			Remedy: "move it away, or name another state folder"}
	}
	return nil
}

func (s *Store) connect(connections int, lock string, pragmas ...string) (*sql.DB, error) {
	query := url.Values{"_txlock": {lock}, "_defensive": {"1"}, "_pragma": append([]string{
		fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()),
		"journal_mode(WAL)", "secure_delete(ON)", "foreign_keys(ON)",
		// Sorting must not put rows into a temporary file.
		"temp_store(MEMORY)", "cache_size(-1000)", "trusted_schema(OFF)",
	}, pragmas...)}
	dsn := "file:" + (&url.URL{Path: s.file}).EscapedPath() + "?" + query.Encode()
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, s.fault(err)
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, nil
}

// check brings the file to the present schema and tries the key.
func (s *Store) check(ctx context.Context, keyFile string) error {
	var version int
	if err := s.write.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&version); err != nil {
		return s.fault(err)
	}
	if version > len(migrations()) {
		return &ProblemError{File: s.file, Problem: fmt.Sprintf("was written by a newer version of Anteroom (schema %d, this one knows %d)", version, len(migrations())),
			Remedy: "install that version again, or restore a backup made with this one"}
	}
	if err := s.integrity(ctx); err != nil {
		return err
	}
	if version < len(migrations()) {
		if err := s.migrate(ctx); err != nil {
			return err
		}
	}
	if err := s.checkKey(ctx, keyFile); err != nil {
		return err
	}
	if s.unwiped {
		// Another process that reads is no reason not to start: the next write tries again.
		if err := s.wipe(); err != nil && !errors.Is(err, lobby.ErrErasurePending) {
			return err
		}
	}
	return nil
}

// integrity looks for damaged pages in small files.
func (s *Store) integrity(ctx context.Context) error {
	info, err := os.Stat(s.file)
	if err != nil || info.Size() > checkUpTo {
		return err
	}
	var verdict string
	if err := s.write.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&verdict); err != nil {
		return s.fault(err)
	}
	if verdict != "ok" {
		return s.damaged(errors.New(verdict))
	}
	return nil
}

// migrate makes the steps that the file has not had, all or none.
func (s *Store) migrate(ctx context.Context) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return s.fault(err)
	}
	defer tx.Rollback()
	// Asked again inside: another process may have done it meanwhile.
	var version int
	if err := tx.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&version); err != nil {
		return s.fault(err)
	}
	for _, step := range migrations()[min(version, len(migrations())):] {
		if _, err := tx.ExecContext(ctx, step); err != nil {
			return s.fault(err)
		}
	}
	mark := fmt.Sprintf(`PRAGMA application_id = %d; PRAGMA user_version = %d`, applicationID, len(migrations()))
	if _, err := tx.ExecContext(ctx, mark); err != nil {
		return s.fault(err)
	}
	return s.fault(tx.Commit())
}

// checkKey compares the key with the one that the store was made with.
func (s *Store) checkKey(ctx context.Context, keyFile string) error {
	value, err := s.Setting(ctx, keyCheck)
	if errors.Is(err, errSealed) {
		return &ProblemError{File: s.file, Problem: "was made with another key than that in " + keyFile, Err: err,
			Remedy: "put the key file back that belongs to it, or move the store's files away to begin with an empty store"}
	}
	if err == nil && value == nil {
		return s.damaged(errors.New("there is no key check"))
	}
	return err
}

// Close closes the store; what is still to be wiped from the log is wiped. It waits for transactions that run.
func (s *Store) Close() error {
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	err := s.read.Close()
	if s.unwiped {
		err = errors.Join(err, s.wipe())
	}
	return errors.Join(err, s.write.Close())
}

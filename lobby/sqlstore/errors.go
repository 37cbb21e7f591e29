package sqlstore

import (
	"database/sql"
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/anteroom-video/anteroom/lobby"
)

// ProblemError is a store that cannot be used as it is: one sentence for the operator.
type ProblemError struct {
	// File is what the problem is with.
	File string
	// Problem is what is wrong with it, and Remedy what to do.
	Problem, Remedy string
	// Err is the cause, if there is one.
	Err error
}

func (e *ProblemError) Error() string {
	return fmt.Sprintf("%s %s: %s", e.File, e.Problem, e.Remedy)
}

func (e *ProblemError) Unwrap() error { return e.Err }

// fault turns an error of SQLite into what the caller can act on.
func (s *Store) fault(err error) error {
	var code *sqlite.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return lobby.ErrNotFound
	case !errors.As(err, &code):
		return err
	}
	switch code.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return lobby.ErrConflict
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return lobby.ErrNotFound
	}
	// The lower byte is the class of the error (sqlite.org/rescode.html).
	switch code.Code() & 0xff {
	case sqlite3.SQLITE_NOTADB:
		return &ProblemError{File: s.file, Problem: "is not a database, or its first page is damaged", Err: err,
			Remedy: "restore a backup, or move it away to begin with an empty store"}
	case sqlite3.SQLITE_CORRUPT:
		return s.damaged(err)
	case sqlite3.SQLITE_FULL:
		return &ProblemError{File: s.file, Problem: "cannot grow because the disk is full", Remedy: "free some space", Err: unavailable(err)}
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return &ProblemError{File: s.file, Problem: "cannot be written", Err: unavailable(err),
			Remedy: "make the file and its folder writable for this user, or name another state folder"}
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return &ProblemError{File: s.file, Problem: "is locked by another process", Remedy: "end the other process", Err: unavailable(err)}
	case sqlite3.SQLITE_IOERR:
		return unavailable(err)
	}
	return err
}

// unavailable marks what passes when somebody has seen to the disk.
func unavailable(err error) error { return fmt.Errorf("%w: %w", lobby.ErrUnavailable, err) }

func (s *Store) damaged(err error) error {
	return &ProblemError{File: s.file, Problem: "is damaged", Err: err,
		Remedy: "restore a backup, or move it away to begin with an empty store"}
}

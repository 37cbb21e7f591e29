package sqlstore

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/auth"
)

// errReadOnly is what a write in a View returns.
var errReadOnly = errors.New("sqlstore: a view cannot write")

// wipeWithin is how long wiping waits for readers of another process before it gives up until the next write.
const wipeWithin = 2 * time.Second

// tx is one transaction in one tenant; it implements lobby.Tx and auth.Tx.
type tx struct {
	s        *Store
	ctx      context.Context
	sql      *sql.Tx
	tenant   lobby.TenantID
	readOnly bool
	// erased: something personal was deleted or overwritten, so the log must be emptied.
	erased bool
}

// View implements lobby.Store.
func (s *Store) View(ctx context.Context, tenant lobby.TenantID, f func(lobby.Tx) error) error {
	return s.view(ctx, tenant, func(x *tx) error { return f(x) })
}

// Update implements lobby.Store.
func (s *Store) Update(ctx context.Context, tenant lobby.TenantID, f func(lobby.Tx) error) error {
	return s.update(ctx, tenant, func(x *tx) error { return f(x) })
}

// ViewAccounts implements auth.Store.
func (s *Store) ViewAccounts(ctx context.Context, tenant lobby.TenantID, f func(auth.Tx) error) error {
	return s.view(ctx, tenant, func(x *tx) error { return f(x) })
}

// UpdateAccounts implements auth.Store.
func (s *Store) UpdateAccounts(ctx context.Context, tenant lobby.TenantID, f func(auth.Tx) error) error {
	return s.update(ctx, tenant, func(x *tx) error { return f(x) })
}

// Tenants implements lobby.Store.
func (s *Store) Tenants(ctx context.Context) ([]lobby.TenantID, error) {
	return s.tenants(ctx, `SELECT DISTINCT tenant FROM rooms`)
}

// AccountTenants implements auth.Store.
func (s *Store) AccountTenants(ctx context.Context) ([]lobby.TenantID, error) {
	return s.tenants(ctx, `SELECT tenant FROM accounts UNION SELECT tenant FROM setup_tokens`)
}

func (s *Store) tenants(ctx context.Context, query string) (list []lobby.TenantID, err error) {
	err = s.view(ctx, "", func(x *tx) error {
		list, err = collect(x, func(r row) (t lobby.TenantID, err error) { return t, r.Scan(&t) }, query)
		return err
	})
	return list, err
}

// Setting implements token.Settings.
func (s *Store) Setting(ctx context.Context, name string) (value []byte, err error) {
	err = s.view(ctx, "", func(x *tx) error {
		value, err = x.setting(name)
		return err
	})
	return value, err
}

// SwapSetting implements token.Settings.
func (s *Store) SwapSetting(ctx context.Context, name string, old, value []byte) error {
	return s.update(ctx, "", func(x *tx) error {
		have, err := x.setting(name)
		if err != nil {
			return err
		}
		if (have == nil) != (old == nil) || !bytes.Equal(have, old) {
			return lobby.ErrConflict
		}
		x.erased = old != nil
		return x.exec(`INSERT INTO settings (name, sealed) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed`,
			name, s.sealer.seal(settingPlace(name), value))
	})
}

func settingPlace(name string) place { return place{table: "settings", row: name} }

// setting returns the value, or nil when there is none.
func (x *tx) setting(name string) ([]byte, error) {
	var sealed []byte
	err := x.one(`SELECT sealed FROM settings WHERE name = ?`, name).Scan(&sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, x.s.fault(err)
	}
	return x.s.sealer.open(settingPlace(name), sealed)
}

// view runs f on one snapshot. Statements here take microseconds: they run to their end, and the context is asked before.
func (s *Store) view(ctx context.Context, tenant lobby.TenantID, f func(*tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	x := &tx{s: s, ctx: context.WithoutCancel(ctx), tenant: tenant, readOnly: true}
	var err error
	if x.sql, err = s.read.BeginTx(x.ctx, nil); err != nil {
		return s.fault(err)
	}
	defer x.sql.Rollback()
	return f(x)
}

// update runs f and commits. Once it began, the context no longer matters: whether it was committed must not depend on
// when a browser went away.
func (s *Store) update(ctx context.Context, tenant lobby.TenantID, f func(*tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	x := &tx{s: s, ctx: context.WithoutCancel(ctx), tenant: tenant}
	var err error
	if x.sql, err = s.write.BeginTx(x.ctx, nil); err != nil {
		return s.fault(err)
	}
	defer x.sql.Rollback()
	if err := f(x); err != nil {
		return err
	}
	if err := x.sql.Commit(); err != nil {
		return s.fault(err)
	}
	s.unwiped = s.unwiped || x.erased
	if s.unwiped {
		return s.wipe()
	}
	return nil
}

// wipe empties the log, which still has the pages from before an erasure. The caller has the turn.
func (s *Store) wipe() error {
	ctx, cancel := context.WithTimeout(context.Background(), wipeWithin)
	defer cancel()
	for {
		busy, err := s.truncate()
		if err == nil && !busy {
			s.unwiped = false
			return nil
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			return errors.Join(lobby.ErrErasurePending, err)
		}
	}
}

// truncate tries once, and reports whether somebody still reads from the log. SQLite's own waiting for him would hold all
// writers for the whole busy timeout, so it is switched off.
func (s *Store) truncate() (busy bool, err error) {
	if _, err := s.write.Exec(`PRAGMA busy_timeout = 0`); err != nil {
		return false, err
	}
	var logged, moved int
	err = s.write.QueryRow(`PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &logged, &moved)
	_, err2 := s.write.Exec(fmt.Sprintf(`PRAGMA busy_timeout = %d`, busyTimeout.Milliseconds()))
	return busy, errors.Join(err, err2)
}

// row is what can be scanned.
type row interface{ Scan(...any) error }

func (x *tx) one(query string, args ...any) *sql.Row {
	return x.sql.QueryRowContext(x.ctx, query, args...)
}

// collect returns what scan makes of each row.
func collect[T any](x *tx, scan func(row) (T, error), query string, args ...any) ([]T, error) {
	rows, err := x.sql.QueryContext(x.ctx, query, args...)
	if err != nil {
		return nil, x.s.fault(err)
	}
	defer rows.Close()
	var list []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, x.s.fault(err)
		}
		list = append(list, v)
	}
	return list, x.s.fault(rows.Err())
}

// exec runs a statement that writes.
func (x *tx) exec(query string, args ...any) error {
	_, err := x.affect(query, args...)
	return err
}

// erase runs a statement that deletes, and returns how many rows went.
func (x *tx) erase(query string, args ...any) (int, error) {
	n, err := x.affect(query, args...)
	x.erased = x.erased || n > 0
	return n, err
}

func (x *tx) affect(query string, args ...any) (int, error) {
	if x.readOnly {
		return 0, errReadOnly
	}
	result, err := x.sql.ExecContext(x.ctx, query, args...)
	if err != nil {
		return 0, x.s.fault(err)
	}
	n, err := result.RowsAffected()
	return int(n), x.s.fault(err)
}

// millis is how a time is kept: ms since the epoch, 0 for none.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// instant is the time that millis keeps.
func instant(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

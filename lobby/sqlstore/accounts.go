package sqlstore

import (
	"errors"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/auth"
	"github.com/anteroom-video/anteroom/lobby/auth/passkey"
)

// accountSecrets is what is sealed of an account.
type accountSecrets struct {
	Name              string           `json:"name"`
	DisplayName       string           `json:"display_name"`
	PublicKey         []byte           `json:"public_key"`
	WrappedPrivateKey []byte           `json:"wrapped_private_key"`
	Hash              string           `json:"hash"`
	RecoveryKey       []byte           `json:"recovery_key,omitempty"`
	Passkeys          []passkeySecrets `json:"passkeys,omitempty"`
}

// passkeySecrets is a passkey as it is sealed.
type passkeySecrets struct {
	ID                string             `json:"id"`
	Name              string             `json:"name"`
	MadeAt            int64              `json:"made_at"`
	Credential        passkey.Credential `json:"credential"`
	WrappedPrivateKey []byte             `json:"wrapped_private_key"`
}

const accountColumns = `id, disabled, created_at, recovery_at, sealed`

func (x *tx) accountPlace(id lobby.AccountID) place { return place{"accounts", x.tenant, string(id)} }

func (x *tx) scanAccount(r row) (auth.Account, error) {
	a := auth.Account{Tenant: x.tenant}
	var created, recovery int64
	var sealed []byte
	if err := r.Scan(&a.ID, &a.Disabled, &created, &recovery, &sealed); err != nil {
		return auth.Account{}, x.s.fault(err)
	}
	a.CreatedAt = instant(created)
	var secrets accountSecrets
	if err := x.s.sealer.openJSON(x.accountPlace(a.ID), sealed, &secrets); err != nil {
		return auth.Account{}, err
	}
	a.Name, a.DisplayName, a.Hash = secrets.Name, secrets.DisplayName, secrets.Hash
	a.PublicKey, a.WrappedPrivateKey = secrets.PublicKey, secrets.WrappedPrivateKey
	a.Recovery = auth.Recovery{WrappedPrivateKey: secrets.RecoveryKey, MadeAt: instant(recovery)}
	for _, p := range secrets.Passkeys {
		a.Passkeys = append(a.Passkeys, auth.Passkey{
			ID: p.ID, Name: p.Name, MadeAt: instant(p.MadeAt), Credential: p.Credential, WrappedPrivateKey: p.WrappedPrivateKey,
		})
	}
	return a, nil
}

// Account implements auth.Tx.
func (x *tx) Account(id lobby.AccountID) (auth.Account, error) {
	return x.scanAccount(x.one(`SELECT `+accountColumns+` FROM accounts WHERE tenant = ? AND id = ?`, x.tenant, id))
}

// AccountByName implements auth.Tx.
func (x *tx) AccountByName(name string) (auth.Account, error) {
	return x.scanAccount(x.one(`SELECT `+accountColumns+` FROM accounts WHERE tenant = ? AND name = ?`,
		x.tenant, x.s.sealer.blind("accounts", x.tenant, name)))
}

// Accounts implements auth.Tx.
func (x *tx) Accounts() ([]auth.Account, error) {
	return collect(x, x.scanAccount, `SELECT `+accountColumns+` FROM accounts WHERE tenant = ? ORDER BY place`, x.tenant)
}

// PutAccount implements auth.Tx.
func (x *tx) PutAccount(a auth.Account) error {
	if a.Tenant != x.tenant {
		return errors.New("sqlstore: an account of another tenant")
	}
	secrets := accountSecrets{a.Name, a.DisplayName, a.PublicKey, a.WrappedPrivateKey, a.Hash, a.Recovery.WrappedPrivateKey, nil}
	for _, p := range a.Passkeys {
		secrets.Passkeys = append(secrets.Passkeys, passkeySecrets{p.ID, p.Name, millis(p.MadeAt), p.Credential, p.WrappedPrivateKey})
	}
	sealed, err := x.s.sealer.sealJSON(x.accountPlace(a.ID), secrets)
	if err != nil {
		return err
	}
	name := x.s.sealer.blind("accounts", x.tenant, a.Name)
	recovery := millis(a.Recovery.MadeAt)
	// What is replaced here is an old password's hash or a key.
	n, err := x.erase(`UPDATE accounts SET name = ?, disabled = ?, created_at = ?, recovery_at = ?, sealed = ? WHERE tenant = ? AND id = ?`,
		name, a.Disabled, millis(a.CreatedAt), recovery, sealed, x.tenant, a.ID)
	if err != nil || n > 0 {
		return err
	}
	return x.exec(`INSERT INTO accounts (tenant, id, name, disabled, created_at, recovery_at, sealed) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		x.tenant, a.ID, name, a.Disabled, millis(a.CreatedAt), recovery, sealed)
}

const sessionColumns = `hash, id, account, created_at, seen_at, expires_at`

func (x *tx) scanSession(r row) (auth.Session, error) {
	var s auth.Session
	var hash []byte
	var created, seen, expires int64
	if err := r.Scan(&hash, &s.ID, &s.Account, &created, &seen, &expires); err != nil {
		return auth.Session{}, x.s.fault(err)
	}
	copy(s.Hash[:], hash)
	s.Created, s.Seen, s.Expires = instant(created), instant(seen), instant(expires)
	return s, nil
}

// Session implements auth.Tx.
func (x *tx) Session(hash auth.TokenHash) (auth.Session, error) {
	return x.scanSession(x.one(`SELECT `+sessionColumns+` FROM sessions WHERE tenant = ? AND hash = ?`, x.tenant, hash[:]))
}

// SessionsOf implements auth.Tx.
func (x *tx) SessionsOf(account lobby.AccountID) ([]auth.Session, error) {
	return collect(x, x.scanSession, `SELECT `+sessionColumns+` FROM sessions WHERE tenant = ? AND account = ? ORDER BY place`, x.tenant, account)
}

// PutSession implements auth.Tx.
func (x *tx) PutSession(s auth.Session) error {
	return x.exec(`INSERT INTO sessions (tenant, hash, id, account, created_at, seen_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (tenant, hash) DO UPDATE SET id = excluded.id, account = excluded.account, created_at = excluded.created_at,
		seen_at = excluded.seen_at, expires_at = excluded.expires_at`,
		x.tenant, s.Hash[:], s.ID, s.Account, millis(s.Created), millis(s.Seen), millis(s.Expires))
}

// DeleteSession implements auth.Tx.
func (x *tx) DeleteSession(hash auth.TokenHash) error {
	_, err := x.erase(`DELETE FROM sessions WHERE tenant = ? AND hash = ?`, x.tenant, hash[:])
	return err
}

// DeleteSessionsOf implements auth.Tx.
func (x *tx) DeleteSessionsOf(account lobby.AccountID) error {
	_, err := x.erase(`DELETE FROM sessions WHERE tenant = ? AND account = ?`, x.tenant, account)
	return err
}

// DeleteExpired implements auth.Tx.
func (x *tx) DeleteExpired(now, idle time.Time) (int, error) {
	sessions, err := x.erase(`DELETE FROM sessions WHERE tenant = ? AND (expires_at <= ? OR seen_at <= ?)`,
		x.tenant, now.UnixMilli(), idle.UnixMilli())
	if err != nil {
		return 0, err
	}
	tokens, err := x.erase(`DELETE FROM setup_tokens WHERE tenant = ? AND expires_at <= ?`, x.tenant, now.UnixMilli())
	return sessions + tokens, err
}

func tokenPlace(tenant lobby.TenantID, hash auth.TokenHash) place {
	return place{"setup_tokens", tenant, string(hash[:])}
}

// SetupToken implements auth.Tx.
func (x *tx) SetupToken(hash auth.TokenHash) (auth.SetupToken, error) {
	t := auth.SetupToken{Hash: hash}
	var expires int64
	var sealed []byte
	err := x.one(`SELECT expires_at, sealed FROM setup_tokens WHERE tenant = ? AND hash = ?`, x.tenant, hash[:]).Scan(&expires, &sealed)
	if err != nil {
		return auth.SetupToken{}, x.s.fault(err)
	}
	t.Expires = instant(expires)
	name, err := x.s.sealer.open(tokenPlace(x.tenant, hash), sealed)
	t.Name = string(name)
	return t, err
}

// PutSetupToken implements auth.Tx.
func (x *tx) PutSetupToken(t auth.SetupToken) error {
	return x.exec(`INSERT INTO setup_tokens (tenant, hash, name, expires_at, sealed) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (tenant, hash) DO UPDATE SET name = excluded.name, expires_at = excluded.expires_at, sealed = excluded.sealed`,
		x.tenant, t.Hash[:], x.s.sealer.blind("setup_tokens", x.tenant, t.Name), millis(t.Expires),
		x.s.sealer.seal(tokenPlace(x.tenant, t.Hash), []byte(t.Name)))
}

// DeleteSetupToken implements auth.Tx.
func (x *tx) DeleteSetupToken(hash auth.TokenHash) error {
	_, err := x.erase(`DELETE FROM setup_tokens WHERE tenant = ? AND hash = ?`, x.tenant, hash[:])
	return err
}

// DeleteSetupTokensFor implements auth.Tx.
func (x *tx) DeleteSetupTokensFor(name string) error {
	_, err := x.erase(`DELETE FROM setup_tokens WHERE tenant = ? AND name = ?`, x.tenant, x.s.sealer.blind("setup_tokens", x.tenant, name))
	return err
}

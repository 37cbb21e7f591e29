package sqlstore

// applicationID marks the file as ours (PRAGMA application_id): "AnRm".
const applicationID = 0x416e526d

// migrations lead from an empty file to the present schema, one step each; a file's user_version says how many it has
// had. A step that was released is never changed.
//
// What tells something about a person is in the sealed column of its row. Times are ms since the epoch, 0 for none. place
// is the order in which rows were made.
func migrations() []string {
	return []string{`
CREATE TABLE settings (
	name   TEXT PRIMARY KEY,
	sealed BLOB NOT NULL
) STRICT;

CREATE TABLE rooms (
	place      INTEGER PRIMARY KEY,
	tenant     TEXT NOT NULL,
	id         TEXT NOT NULL,
	owner      TEXT NOT NULL,
	kind       TEXT NOT NULL,
	policy     TEXT NOT NULL,
	starts_at  INTEGER NOT NULL,
	ends_at    INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	session    TEXT NOT NULL,
	sealed     BLOB NOT NULL, -- roomSecrets
	UNIQUE (tenant, id)
) STRICT;
CREATE INDEX rooms_owner ON rooms (tenant, owner);
CREATE INDEX rooms_expiry ON rooms (tenant, expires_at);

CREATE TABLE co_counsellors (
	room    INTEGER NOT NULL REFERENCES rooms (place) ON DELETE CASCADE,
	rank    INTEGER NOT NULL,
	account TEXT NOT NULL,
	PRIMARY KEY (room, rank)
) STRICT, WITHOUT ROWID;
CREATE INDEX co_counsellors_account ON co_counsellors (account);

CREATE TABLE persons (
	place      INTEGER PRIMARY KEY,
	room       INTEGER NOT NULL REFERENCES rooms (place) ON DELETE CASCADE,
	tenant     TEXT NOT NULL,
	id         TEXT NOT NULL,
	link       BLOB NOT NULL, -- SHA-256 of the link's auth
	generation INTEGER NOT NULL,
	revoked    INTEGER NOT NULL,
	sealed     BLOB NOT NULL, -- personSecrets
	UNIQUE (tenant, id),
	UNIQUE (tenant, link)
) STRICT;
CREATE INDEX persons_room ON persons (room);

CREATE TABLE accounts (
	place      INTEGER PRIMARY KEY,
	tenant     TEXT NOT NULL,
	id         TEXT NOT NULL,
	name       BLOB NOT NULL, -- keyed hash
	disabled   INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	sealed     BLOB NOT NULL, -- accountSecrets
	UNIQUE (tenant, id),
	UNIQUE (tenant, name)
) STRICT;

CREATE TABLE sessions (
	place      INTEGER PRIMARY KEY,
	tenant     TEXT NOT NULL,
	hash       BLOB NOT NULL, -- SHA-256 of the cookie's value
	id         TEXT NOT NULL,
	account    TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	seen_at    INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	UNIQUE (tenant, hash),
	FOREIGN KEY (tenant, account) REFERENCES accounts (tenant, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX sessions_account ON sessions (tenant, account);

CREATE TABLE setup_tokens (
	tenant     TEXT NOT NULL,
	hash       BLOB NOT NULL, -- SHA-256 of the token
	name       BLOB NOT NULL, -- keyed hash of the name it is for
	expires_at INTEGER NOT NULL,
	sealed     BLOB NOT NULL, -- the name
	PRIMARY KEY (tenant, hash)
) STRICT, WITHOUT ROWID;
`, `
ALTER TABLE rooms ADD COLUMN begun INTEGER NOT NULL DEFAULT 0;
`, `
ALTER TABLE rooms ADD COLUMN lines INTEGER NOT NULL DEFAULT 0; -- 0: the policy's
`, `
ALTER TABLE accounts ADD COLUMN recovery_at INTEGER NOT NULL DEFAULT 0; -- when the recovery phrase was made
`, `
-- What is sealed of accounts may have passkeys from here on; a program that does not know them would drop them.
`, `
ALTER TABLE rooms ADD COLUMN sound_only INTEGER NOT NULL DEFAULT 0;
`, `
ALTER TABLE persons ADD COLUMN code BLOB; -- SHA-256 of what the link's code gives; NULL: there is none
CREATE UNIQUE INDEX persons_code ON persons (tenant, code);
`, `
-- What is sealed of persons may have a wording and a consent in writing from here on; a program that does not know them would drop them.
`, `
ALTER TABLE rooms ADD COLUMN stand_in INTEGER NOT NULL DEFAULT 0;
`}
}

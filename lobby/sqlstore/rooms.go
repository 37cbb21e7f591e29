package sqlstore

import (
	"bytes"
	"errors"
	"maps"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
)

// roomSecrets is what is sealed of a room.
type roomSecrets struct {
	Title          lobby.Text                 `json:"title"`
	WrappedSecrets map[lobby.AccountID][]byte `json:"wrapped_secrets,omitempty"`
}

// personSecrets is what is sealed of a person.
type personSecrets struct {
	Role          lobby.Role    `json:"role"`
	Label         lobby.Text    `json:"label"`
	Lang          string        `json:"lang,omitempty"`
	Wording       lobby.Wording `json:"wording,omitempty"`
	Consent       bool          `json:"consent,omitempty"` // in writing
	SealedLink    []byte        `json:"sealed_link,omitempty"`
	WrappedSecret []byte        `json:"wrapped_secret,omitempty"`
}

const roomColumns = `place, id, owner, kind, policy, lines, sound_only, starts_at, ends_at, created_at, expires_at, session, begun, stand_in, sealed`

const personColumns = `p.id, r.id, p.link, p.code, p.generation, p.revoked, p.sealed`

// roomRow is a room and its place, which the rows that belong to it refer to.
type roomRow struct {
	place int64
	room  lobby.Room
}

func (x *tx) scanRoom(r row) (roomRow, error) {
	var rr roomRow
	var starts, ends, created, expires int64
	var sealed []byte
	room := &rr.room
	err := r.Scan(&rr.place, &room.ID, &room.Owner, &room.Kind, &room.Policy, &room.Lines, &room.SoundOnly, &starts, &ends, &created, &expires, &room.Session, &room.Begun, &room.StandIn, &sealed)
	if err != nil {
		return roomRow{}, x.s.fault(err)
	}
	room.Tenant = x.tenant
	room.StartsAt, room.EndsAt, room.CreatedAt, room.ExpiresAt = instant(starts), instant(ends), instant(created), instant(expires)
	var secrets roomSecrets
	if err := x.s.sealer.openJSON(x.roomPlace(room.ID), sealed, &secrets); err != nil {
		return roomRow{}, err
	}
	room.Title, room.WrappedSecrets = secrets.Title, secrets.WrappedSecrets
	return rr, nil
}

func (x *tx) roomPlace(id lobby.RoomID) place     { return place{"rooms", x.tenant, string(id)} }
func (x *tx) personPlace(id lobby.PersonID) place { return place{"persons", x.tenant, string(id)} }

// Room implements lobby.Tx.
func (x *tx) Room(id lobby.RoomID) (lobby.Room, error) {
	rr, err := x.room(id)
	return rr.room, err
}

func (x *tx) room(id lobby.RoomID) (roomRow, error) {
	rr, err := x.scanRoom(x.one(`SELECT `+roomColumns+` FROM rooms WHERE tenant = ? AND id = ?`, x.tenant, id))
	if err != nil {
		return roomRow{}, err
	}
	return rr, x.addCoCounsellors(&rr)
}

func (x *tx) addCoCounsellors(rr *roomRow) (err error) {
	rr.room.CoCounsellors, err = collect(x, func(r row) (a lobby.AccountID, err error) { return a, r.Scan(&a) },
		`SELECT account FROM co_counsellors WHERE room = ? ORDER BY rank`, rr.place)
	return err
}

// RoomsOf implements lobby.Tx.
func (x *tx) RoomsOf(account lobby.AccountID) ([]lobby.Room, error) {
	return x.rooms(`tenant = ?1 AND (owner = ?2 OR place IN (SELECT room FROM co_counsellors WHERE account = ?2))`, x.tenant, account)
}

// Begun implements lobby.Tx. It is asked once in the life of a process, and so has no index.
func (x *tx) Begun() ([]lobby.Room, error) { return x.rooms(`tenant = ? AND begun`, x.tenant) }

// rooms returns those of which the condition is true, in the order in which they were made.
func (x *tx) rooms(condition string, args ...any) ([]lobby.Room, error) {
	rows, err := collect(x, x.scanRoom, `SELECT `+roomColumns+` FROM rooms WHERE `+condition+` ORDER BY place`, args...)
	if err != nil {
		return nil, err
	}
	rooms := make([]lobby.Room, len(rows))
	for i := range rows {
		if err := x.addCoCounsellors(&rows[i]); err != nil {
			return nil, err
		}
		rooms[i] = rows[i].room
	}
	return rooms, nil
}

// PutRoom implements lobby.Tx.
func (x *tx) PutRoom(r lobby.Room) error {
	if x.readOnly {
		return errReadOnly
	}
	if r.Tenant != x.tenant {
		return errors.New("sqlstore: a room of another tenant")
	}
	old, err := x.room(r.ID)
	if err != nil && !errors.Is(err, lobby.ErrNotFound) {
		return err
	}
	if err == nil && !(old.room.Title.Equal(r.Title) && maps.EqualFunc(old.room.WrappedSecrets, r.WrappedSecrets, bytes.Equal)) {
		x.erased = true
	}
	sealed, err := x.s.sealer.sealJSON(x.roomPlace(r.ID), roomSecrets{r.Title, r.WrappedSecrets})
	if err != nil {
		return err
	}
	var at int64
	err = x.one(`INSERT INTO rooms (tenant, id, owner, kind, policy, lines, sound_only, starts_at, ends_at, created_at, expires_at, session, begun, stand_in, sealed)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (tenant, id) DO UPDATE SET owner = excluded.owner, kind = excluded.kind, policy = excluded.policy,
		lines = excluded.lines, sound_only = excluded.sound_only, starts_at = excluded.starts_at, ends_at = excluded.ends_at, created_at = excluded.created_at,
		expires_at = excluded.expires_at, session = excluded.session, begun = excluded.begun, stand_in = excluded.stand_in, sealed = excluded.sealed RETURNING place`,
		x.tenant, r.ID, r.Owner, r.Kind, r.Policy, r.Lines, r.SoundOnly, millis(r.StartsAt), millis(r.EndsAt), millis(r.CreatedAt),
		millis(r.ExpiresAt), r.Session, r.Begun, r.StandIn, sealed).Scan(&at)
	if err != nil {
		return x.s.fault(err)
	}
	if err := x.exec(`DELETE FROM co_counsellors WHERE room = ?`, at); err != nil {
		return err
	}
	for rank, account := range r.CoCounsellors {
		if err := x.exec(`INSERT INTO co_counsellors (room, rank, account) VALUES (?, ?, ?)`, at, rank, account); err != nil {
			return err
		}
	}
	return nil
}

// DeleteRoom implements lobby.Tx. Persons and co-counsellors go with the room.
func (x *tx) DeleteRoom(id lobby.RoomID) error {
	n, err := x.erase(`DELETE FROM rooms WHERE tenant = ? AND id = ?`, x.tenant, id)
	if err == nil && n == 0 {
		return lobby.ErrNotFound
	}
	return err
}

// Expired implements lobby.Tx.
func (x *tx) Expired(now time.Time) ([]lobby.RoomID, error) {
	return collect(x, func(r row) (id lobby.RoomID, err error) { return id, r.Scan(&id) },
		`SELECT id FROM rooms WHERE tenant = ? AND expires_at <= ?`, x.tenant, now.UnixMilli())
}

func (x *tx) scanPerson(r row) (lobby.Person, error) {
	var p lobby.Person
	var link, code, sealed []byte
	if err := r.Scan(&p.ID, &p.Room, &link, &code, &p.Generation, &p.Revoked, &sealed); err != nil {
		return lobby.Person{}, x.s.fault(err)
	}
	copy(p.LinkHash[:], link)
	copy(p.CodeHash[:], code)
	var secrets personSecrets
	if err := x.s.sealer.openJSON(x.personPlace(p.ID), sealed, &secrets); err != nil {
		return lobby.Person{}, err
	}
	p.Role, p.Label, p.Lang = secrets.Role, secrets.Label, secrets.Lang
	p.Wording, p.ConsentInWriting = secrets.Wording, secrets.Consent
	p.SealedLink, p.WrappedSecret = secrets.SealedLink, secrets.WrappedSecret
	return p, nil
}

// Persons implements lobby.Tx.
func (x *tx) Persons(room lobby.RoomID) ([]lobby.Person, error) {
	return collect(x, x.scanPerson, `SELECT `+personColumns+` FROM persons p JOIN rooms r ON r.place = p.room
		WHERE r.tenant = ? AND r.id = ? ORDER BY p.place`, x.tenant, room)
}

// Person implements lobby.Tx.
func (x *tx) Person(room lobby.RoomID, id lobby.PersonID) (lobby.Person, error) {
	return x.scanPerson(x.one(`SELECT `+personColumns+` FROM persons p JOIN rooms r ON r.place = p.room
		WHERE p.tenant = ? AND p.id = ? AND r.id = ?`, x.tenant, id, room))
}

// PutPerson implements lobby.Tx.
func (x *tx) PutPerson(p lobby.Person) error {
	rr, err := x.room(p.Room)
	if err != nil {
		return err
	}
	sealed, err := x.s.sealer.sealJSON(x.personPlace(p.ID), personSecrets{p.Role, p.Label, p.Lang, p.Wording, p.ConsentInWriting, p.SealedLink, p.WrappedSecret})
	if err != nil {
		return err
	}
	switch old, err := x.Person(p.Room, p.ID); {
	case errors.Is(err, lobby.ErrNotFound):
	case err != nil:
		return err
	case old.LinkHash != p.LinkHash || old.CodeHash != p.CodeHash || !old.Label.Equal(p.Label) || !bytes.Equal(old.SealedLink, p.SealedLink) ||
		!bytes.Equal(old.WrappedSecret, p.WrappedSecret):
		x.erased = true
	}
	n, err := x.affect(`UPDATE persons SET link = ?, code = ?, generation = ?, revoked = ?, sealed = ? WHERE tenant = ? AND id = ? AND room = ?`,
		p.LinkHash[:], codeColumn(p), p.Generation, p.Revoked, sealed, x.tenant, p.ID, rr.place)
	if err != nil || n > 0 {
		return err
	}
	return x.exec(`INSERT INTO persons (room, tenant, id, link, code, generation, revoked, sealed) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		rr.place, x.tenant, p.ID, p.LinkHash[:], codeColumn(p), p.Generation, p.Revoked, sealed)
}

// DeletePersons implements lobby.Tx.
func (x *tx) DeletePersons(room lobby.RoomID) error {
	_, err := x.erase(`DELETE FROM persons WHERE room = (SELECT place FROM rooms WHERE tenant = ? AND id = ?)`, x.tenant, room)
	return err
}

// codeColumn is NULL for none, of which there may be any number.
func codeColumn(p lobby.Person) []byte {
	if p.CodeHash == (lobby.LinkHash{}) {
		return nil
	}
	return p.CodeHash[:]
}

// Link implements lobby.Tx.
func (x *tx) Link(hash lobby.LinkHash) (lobby.Link, error) { return x.found("link", hash) }

// Code implements lobby.Tx.
func (x *tx) Code(hash lobby.LinkHash) (lobby.Link, error) { return x.found("code", hash) }

func (x *tx) found(column string, hash lobby.LinkHash) (lobby.Link, error) {
	link := lobby.Link{Hash: hash}
	var starts, ends int64
	err := x.one(`SELECT r.id, p.id, r.starts_at, r.ends_at FROM persons p JOIN rooms r ON r.place = p.room
		WHERE p.tenant = ? AND p.`+column+` = ?`, x.tenant, hash[:]).Scan(&link.Room, &link.Person, &starts, &ends)
	if err != nil {
		return lobby.Link{}, x.s.fault(err)
	}
	link.StartsAt, link.EndsAt = instant(starts), instant(ends)
	return link, nil
}

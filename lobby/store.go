package lobby

import (
	"context"
	"time"
)

// Store keeps rooms and persons durably. It is implemented by memstore (tests, throw-away nodes) and sqlstore; both pass
// storetest. A store keeps no rules: it does not know who may do what.
type Store interface {
	// View runs f on one consistent picture of the tenant. f may only read.
	View(ctx context.Context, tenant TenantID, f func(Tx) error) error
	// Update runs f as one transaction: all of its writes or none (when f returns an error, or the process dies). When it
	// returns nil the writes are durable. Updates of one tenant run as if one after the other; f may be run again after
	// a conflict, so it must not have effects besides its writes. f must not call the store but through its Tx.
	// Returns [ErrErasurePending] when the writes are durable but what they erased is still in the files.
	Update(ctx context.Context, tenant TenantID, f func(Tx) error) error
	// Tenants returns the tenants that have a room, in any order.
	Tenants(ctx context.Context) ([]TenantID, error)
}

// Tx is one transaction in one tenant: it cannot see or touch another's rows. Values that go in and out are copies.
// Look-ups that find nothing return [ErrNotFound].
type Tx interface {
	// Room returns one room.
	Room(RoomID) (Room, error)
	// RoomsOf returns the rooms that the account owns or is co-counsellor of, in the order in which they were made.
	RoomsOf(AccountID) ([]Room, error)
	// PutRoom makes the room or replaces it. Its Tenant must be the transaction's.
	PutRoom(Room) error
	// DeleteRoom deletes the room, its persons and links, physically. [ErrNotFound] when there is none.
	DeleteRoom(RoomID) error
	// Expired returns the rooms whose ExpiresAt is not after now, in any order.
	Expired(now time.Time) ([]RoomID, error)
	// Begun returns the rooms whose session has begun, in any order.
	Begun() ([]Room, error)

	// Persons returns the persons of a room in the order in which they were put first.
	Persons(RoomID) ([]Person, error)
	// Person returns one person of a room.
	Person(RoomID, PersonID) (Person, error)
	// PutPerson makes the person or replaces it. [ErrConflict] when another person of the tenant has the same LinkHash or
	// CodeHash (unless it is zero), or the same ID in another room; [ErrNotFound] when there is no such room.
	PutPerson(Person) error
	// DeletePersons deletes all persons of a room and their links, physically.
	DeletePersons(RoomID) error
	// Link finds the link with this hash. It reads no more than is needed to refuse it, so that an unknown and an expired link cost the same.
	Link(LinkHash) (Link, error)
	// Code is Link for the link's code. The zero hash finds nothing.
	Code(LinkHash) (Link, error)
}

// Link is what a store knows about a link before anybody may use it.
type Link struct {
	Hash             LinkHash // by which it was found
	Room             RoomID
	Person           PersonID
	StartsAt, EndsAt time.Time
}

// Package sqlstore keeps rooms, accounts and settings in one SQLite file so that what was acknowledged survives a power
// cut, and what was deleted cannot be found in the file any more.
//
// The contract:
//
//   - Durable: write-ahead log with synchronous=FULL; a transaction that returned is on the disk.
//   - Erased: secure_delete overwrites what is deleted, and after every erasure the log, which still has the old pages,
//     is emptied before the call returns ([lobby.ErrErasurePending] when another process prevents it).
//   - Sealed: names, labels, titles, links, wrapped keys and signing keys are AES-256-GCM ciphertexts under a key that lies
//     outside the state folder; names are found by HMAC. Who has the folder alone has random identifiers, roles'
//     hashes and times.
//   - A store that cannot be used is refused with one sentence that names the file and the way out ([ProblemError]).
//
// It is the only package that imports SQL.
package sqlstore

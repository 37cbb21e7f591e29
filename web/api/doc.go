// Package api is what the pages ask the server over HTTP: sign in, make rooms and invitations, and turn a link into a ticket for
// the live room.
//
// **Looking changes nothing**: GET has no effects, and checking a link has none either; previews and mail scanners may do it as
// often as they like.
//
// **No oracle**: a room of somebody else is not found; a link that never was and one that has expired give the same answer after
// the same work.
//
// **Strict**: a body is one JSON object of at most 64 KiB with the fields that openapi.yaml documents, each once, and nothing else.
// Errors are codes, never sentences.
//
// **From our pages alone**: requests that another site makes a browser send are refused before anything is looked at.
//
// openapi.yaml beside this file documents every route and status; a test holds both to each other.
package api

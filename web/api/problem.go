package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/auth"
	"github.com/anteroom-video/anteroom/lobby/receipt"
	"github.com/anteroom-video/anteroom/lobby/token"
)

// problem is an answer that is an error: a status, a code, and what the client can do with it.
type problem struct {
	status  int
	Code    string `json:"code"`
	Field   string `json:"field,omitempty"`    // of the body, that was refused
	OpensAt int64  `json:"opens_at,omitempty"` // ms: when the link begins to work
	retry   time.Duration
}

func (p problem) Error() string { return p.Code }

var (
	errNoRoute         = problem{status: http.StatusNotFound, Code: "not_found"}
	errCrossOrigin     = problem{status: http.StatusForbidden, Code: "not_allowed"}
	errTooFast         = problem{status: http.StatusTooManyRequests, Code: "too_fast", retry: 5 * time.Second}
	errUnauthenticated = problem{status: http.StatusUnauthorized, Code: "unauthenticated"}
	errMediaType       = problem{status: http.StatusUnsupportedMediaType, Code: "bad_request"}
	errNoCounsellor    = problem{status: http.StatusNotFound, Code: "no_counsellor"}
	errTooLarge        = problem{status: http.StatusRequestEntityTooLarge, Code: "bad_request"}
)

// badRequest refuses a body for one of its fields; empty: for its shape.
func badRequest(field string) problem {
	return problem{status: http.StatusBadRequest, Code: "bad_request", Field: field}
}

// problemOf is the one place where errors become statuses and codes.
func problemOf(err error) problem {
	if p, ok := errors.AsType[problem](err); ok {
		return p
	}
	if early, ok := errors.AsType[*lobby.EarlyError](err); ok {
		return problem{status: http.StatusConflict, Code: "early", OpensAt: early.OpensAt.UnixMilli()}
	}
	if soon, ok := errors.AsType[*auth.TooSoonError](err); ok {
		return problem{status: http.StatusTooManyRequests, Code: "too_fast", retry: soon.After}
	}
	if invalid, ok := errors.AsType[*lobby.InvalidError](err); ok {
		return badRequest(invalid.Field)
	}
	for _, known := range []struct {
		err    error
		answer problem
	}{
		{lobby.ErrLinkInvalid, problem{status: http.StatusNotFound, Code: "link_invalid"}},
		{lobby.ErrRevoked, problem{status: http.StatusNotFound, Code: "link_revoked"}},
		{lobby.ErrNotFound, problem{status: http.StatusNotFound, Code: "not_found"}},
		{lobby.ErrConflict, problem{status: http.StatusConflict, Code: "conflict"}},
		{lobby.ErrNoPolicy, problem{status: http.StatusConflict, Code: "no_policy"}},
		{lobby.ErrTooMany, problem{status: http.StatusConflict, Code: "room_full"}},
		{lobby.ErrNotOwner, problem{status: http.StatusForbidden, Code: "not_owner"}},
		{lobby.ErrRunning, problem{status: http.StatusConflict, Code: "running"}},
		{lobby.ErrNotAllowed, problem{status: http.StatusForbidden, Code: "not_allowed"}},
		{auth.ErrUnauthenticated, errUnauthenticated},
		{auth.ErrPassword, problem{status: http.StatusForbidden, Code: "password"}},
		{auth.ErrPasskey, problem{status: http.StatusForbidden, Code: "passkey"}},
		{auth.ErrNoPasskeys, problem{status: http.StatusForbidden, Code: "not_allowed"}},
		{auth.ErrSetupToken, problem{status: http.StatusForbidden, Code: "token"}},
		{auth.ErrInvalid, badRequest("")},
		{auth.ErrBusy, problem{status: http.StatusServiceUnavailable, Code: "unavailable", retry: 2 * time.Second}},
		{lobby.ErrUnavailable, problem{status: http.StatusServiceUnavailable, Code: "unavailable", retry: 10 * time.Second}},
		{receipt.ErrNone, errNoRoute},
		{receipt.ErrNotYet, problem{status: http.StatusServiceUnavailable, Code: "unavailable", retry: time.Second}},
		{token.ErrProof, badRequest("device")},
	} {
		if errors.Is(err, known.err) {
			return known.answer
		}
	}
	return problem{status: http.StatusInternalServerError, Code: "internal"}
}

func (p problem) write(w http.ResponseWriter) {
	if p.retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(max(1, int((p.retry+time.Second-1)/time.Second))))
	}
	respond(w, p.status, p)
}

func refuse(w http.ResponseWriter, p problem) { p.write(w) }

// respond writes a status and a JSON body; nil is no body.
func respond(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Cache-Control", "no-store")
	if body == nil {
		w.WriteHeader(status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body) // an error is a browser that went away
}

package control

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/auth"
)

// maxMessage bounds a request and an answer.
const maxMessage = 1 << 20

// Handler serves the operations: POST /<operation> with a JSON value, answered with one.
func (o *Operations) Handler() http.Handler {
	mux := http.NewServeMux()
	serve(mux, "service", o.service)
	serve(mux, "counsellor/add", o.addCounsellor)
	serve(mux, "counsellor/reset", o.resetCounsellor)
	serve(mux, "counsellor/disable", o.disableCounsellor)
	serve(mux, "counsellor/get", o.counsellor)
	serve(mux, "counsellor/list", o.counsellors)
	serve(mux, "policy/list", o.policies)
	serve(mux, "room/create", o.createRoom)
	serve(mux, "room/list", o.rooms)
	serve(mux, "room/end", o.endRoom)
	serve(mux, "room/hand-over", o.handOver)
	serve(mux, "receipt/key", o.receiptKey)
	serve(mux, "status", o.status)
	serve(mux, "rehearse", o.rehearse)
	serve(mux, "media", o.media)
	return mux
}

func serve[In, Out any](mux *http.ServeMux, name string, f func(context.Context, In) (Out, error)) {
	mux.HandleFunc("POST /"+name, func(w http.ResponseWriter, r *http.Request) {
		var in In
		dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxMessage))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&in); err != nil {
			answer(w, http.StatusBadRequest, failure{Code: "invalid", Message: "the command and the node are of different versions: " + err.Error()})
			return
		}
		out, err := f(r.Context(), in)
		if err != nil {
			answer(w, http.StatusUnprocessableEntity, failure{codeOf(err), err.Error()})
			return
		}
		answer(w, http.StatusOK, out)
	})
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}

// failure is an error on its way through the socket. The message is for the operator, who may see what a client may not.
type failure struct{ Code, Message string }

// ErrNoCounsellor: nobody is called so, or the account is disabled.
var ErrNoCounsellor = errors.New("no such counsellor")

// codes are the errors that a command tells apart.
func codes() []struct {
	code string
	err  error
} {
	return []struct {
		code string
		err  error
	}{
		{"not_found", lobby.ErrNotFound},
		{"conflict", lobby.ErrConflict},
		{"not_allowed", lobby.ErrNotAllowed},
		{"running", lobby.ErrRunning},
		{"no_counsellor", ErrNoCounsellor},
		{"too_many", lobby.ErrTooMany},
		{"invalid", lobby.ErrInvalid},
		{"invalid", auth.ErrInvalid},
	}
}

func codeOf(err error) string {
	for _, c := range codes() {
		if errors.Is(err, c.err) {
			return c.code
		}
	}
	return "internal"
}

// remoteError is an error that came through the socket: it says what the other side said and is what it was there.
type remoteError struct {
	message string
	is      error
}

func (e *remoteError) Error() string { return e.message }
func (e *remoteError) Unwrap() error { return e.is }

func (f failure) err() error {
	for _, c := range codes() {
		if c.code == f.Code {
			return &remoteError{f.Message, c.err}
		}
	}
	return errors.New(f.Message)
}

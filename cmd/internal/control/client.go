package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/receipt"
)

// Client asks for operations: of a running node, or of a store in this process. Close it when done.
type Client struct {
	http   *http.Client
	close  func() error
	origin string // what was said for links; "": what the node says
}

// overSocket is a client of the node that serves the socket.
func overSocket(path string) *Client {
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}}
	return &Client{http: &http.Client{Transport: transport}, close: func() error { transport.CloseIdleConnections(); return nil }}
}

// inProcess is a client of a handler in the same process.
func inProcess(h http.Handler, closing func() error) *Client {
	return &Client{http: &http.Client{Transport: direct{h}}, close: closing}
}

// Close ends the connection, or closes the store.
func (c *Client) Close() error { return c.close() }

// Service asks for what deriving and links need.
func (c *Client) Service(ctx context.Context) (Service, error) {
	s, err := call[Service](ctx, c, "service", struct{}{})
	if c.origin != "" {
		s.Origin = c.origin
	}
	return s, err
}

// Origin is what links begin with. Error: ErrNoOrigin.
func (c *Client) Origin(ctx context.Context) (string, error) {
	s, err := c.Service(ctx)
	if err == nil && s.Origin == "" {
		err = ErrNoOrigin
	}
	return s.Origin, err
}

// AddCounsellor makes an account, or without keys a one-time link to make it with. Errors: lobby.ErrConflict (the name is taken), ErrNoOrigin.
func (c *Client) AddCounsellor(ctx context.Context, in Credentials) (Counsellor, error) {
	return c.withCredentials(ctx, "counsellor/add", in)
}

// ResetCounsellor gives an account new keys, or without them a one-time link for choosing a password, and ends its sessions. Errors:
// lobby.ErrNotFound, ErrNoOrigin.
func (c *Client) ResetCounsellor(ctx context.Context, in Credentials) (Counsellor, error) {
	return c.withCredentials(ctx, "counsellor/reset", in)
}

// withCredentials makes sure that a link leads somewhere before anything is changed for it.
func (c *Client) withCredentials(ctx context.Context, name string, in Credentials) (out Counsellor, err error) {
	if in.Keys == nil {
		if in.Origin, err = c.Origin(ctx); err != nil {
			return out, err
		}
	}
	return call[Counsellor](ctx, c, name, in)
}

// DisableCounsellor ends an account's sessions and lets it sign in no more.
func (c *Client) DisableCounsellor(ctx context.Context, name string) (Counsellor, error) {
	return call[Counsellor](ctx, c, "counsellor/disable", Credentials{Name: name})
}

// Counsellor is an account by its name. Error: lobby.ErrNotFound.
func (c *Client) Counsellor(ctx context.Context, name string) (Counsellor, error) {
	return call[Counsellor](ctx, c, "counsellor/get", Credentials{Name: name})
}

// Counsellors are all accounts in the order in which they were made.
func (c *Client) Counsellors(ctx context.Context) ([]Counsellor, error) {
	return call[[]Counsellor](ctx, c, "counsellor/list", struct{}{})
}

// Policies are those that rooms may have.
func (c *Client) Policies(ctx context.Context) (lobby.Catalogue, error) {
	return call[lobby.Catalogue](ctx, c, "policy/list", struct{}{})
}

// CreateRoom makes a room with its invitations.
func (c *Client) CreateRoom(ctx context.Context, in NewRoom) (Room, error) {
	return call[Room](ctx, c, "room/create", in)
}

// Rooms are a counsellor's rooms, or with an empty name everybody's, in the order in which they were made.
func (c *Client) Rooms(ctx context.Context, counsellor string) ([]Room, error) {
	return call[[]Room](ctx, c, "room/list", Credentials{Name: counsellor})
}

// EndRoom ends a room for everybody and deletes it, unless it is a series, and waits for the receipt where a session was live. Error: lobby.ErrNotFound.
func (c *Client) EndRoom(ctx context.Context, id lobby.RoomID) (Ended, error) {
	return call[Ended](ctx, c, "room/end", id)
}

// HandOver gives a room that is not running to another counsellor. Errors: ErrNoCounsellor, lobby.ErrNotFound (no such room), lobby.ErrRunning,
// lobby.ErrNotAllowed (the policy has no co-counsellors, so the first cannot stay).
func (c *Client) HandOver(ctx context.Context, in HandOver) (HandedOver, error) {
	return call[HandedOver](ctx, c, "room/hand-over", in)
}

// ReceiptKey is what verifies this installation's receipts.
func (c *Client) ReceiptKey(ctx context.Context) (receipt.PublicKey, error) {
	return call[receipt.PublicKey](ctx, c, "receipt/key", struct{}{})
}

func call[Out any](ctx context.Context, c *Client, name string, in any) (out Out, err error) {
	body, err := json.Marshal(in)
	if err != nil {
		return out, err
	}
	// The host is never looked up: the transport knows one place only.
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://node/"+name, bytes.NewReader(body))
	if err != nil {
		return out, err
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return out, fmt.Errorf("asking the node: %w", err)
	}
	defer resp.Body.Close()
	answer := json.NewDecoder(io.LimitReader(resp.Body, maxMessage))
	if resp.StatusCode == http.StatusOK {
		return out, answer.Decode(&out)
	}
	var f failure
	if err := answer.Decode(&f); err != nil {
		return out, errors.New("the node that runs is of another version and does not know this command")
	}
	return out, f.err()
}

// direct is a transport to a handler in the same process.
type direct struct{ handler http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	w := &collected{header: http.Header{}, status: http.StatusOK}
	d.handler.ServeHTTP(w, r)
	return &http.Response{
		StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: w.header,
		Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()), Request: r,
	}, nil
}

type collected struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *collected) Header() http.Header         { return w.header }
func (w *collected) WriteHeader(status int)      { w.status = status }
func (w *collected) Write(b []byte) (int, error) { return w.body.Write(b) }

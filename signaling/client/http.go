package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"time"

	"github.com/anteroom-video/anteroom/signaling/client/circle"
	"github.com/anteroom-video/anteroom/signaling/client/credential"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// maxAnswer bounds the body of an HTTP answer, in bytes.
const maxAnswer = 1 << 20

// HTTPError is a refusal of the HTTP interface.
type HTTPError struct {
	Status int
	Code   string // as in web/api/openapi.yaml; "" when the answer was not the interface's
	Left   int    // wrong PINs that may still be typed, of the code pin_wrong
}

func (e *HTTPError) Error() string {
	return fmt.Sprintf("client: the server answered %d %s", e.Status, e.Code)
}

// answerWithin bounds how long a server that took a connection may be silent.
const answerWithin = 15 * time.Second

// server is one server's HTTP interface.
type server struct {
	base string // without a slash at the end
	http *http.Client
	rest func() // closes connections that are not in use, where they are our own
}

func newServer(base string, o Options) (*server, error) {
	s := &server{base: strings.TrimRight(base, "/"), rest: func() {}}
	if o.HTTP == nil {
		// HTTP/1.1 alone: the websocket then goes over the connection on which the ticket came.
		own := &http.Transport{Proxy: http.ProxyFromEnvironment, IdleConnTimeout: 30 * time.Second, Protocols: new(http.Protocols), ResponseHeaderTimeout: answerWithin}
		own.Protocols.SetHTTP1(true)
		s.http, s.rest = &http.Client{Transport: own}, own.CloseIdleConnections
	} else {
		callers := *o.HTTP // stays as it is
		s.http = &callers
	}
	if s.http.Jar == nil {
		jar, err := cookiejar.New(nil)
		if err != nil {
			return nil, fmt.Errorf("client: making a cookie jar: %w", err)
		}
		s.http.Jar = jar
	}
	return s, nil
}

// call sends a request of /api/v1 and decodes the answer into out, unless that is nil.
func (s *server) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("client: encoding %s %s: %w", method, path, err)
		}
		body = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, s.base+"/api/v1"+path, body)
	if err != nil {
		return fmt.Errorf("client: %s %s: %w", method, path, err)
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := s.http.Do(req)
	if err != nil {
		return fmt.Errorf("client: %s %s: %w", method, path, err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("client: reading the answer to %s %s: %w", method, path, err)
	}
	if resp.StatusCode >= 300 {
		var refusal struct {
			Code string `json:"code"`
			Left int    `json:"left"`
		}
		// An answer that is not ours (a proxy's page) has no code; the status says enough.
		if json.Unmarshal(data, &refusal) != nil {
			refusal.Code = ""
		}
		return &HTTPError{Status: resp.StatusCode, Code: refusal.Code, Left: refusal.Left}
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(data, out); err != nil {
		return fmt.Errorf("client: decoding the answer to %s %s: %w", method, path, err)
	}
	return nil
}

// LinkState is what the server says of a link without anything being changed by it.
type LinkState struct {
	Status   string `json:"status"` // "open" or "early"
	Role     string `json:"role"`
	Lang     string `json:"lang"`
	Service  string `json:"service"`   // its name
	StartsAt int64  `json:"starts_at"` // ms since the Unix epoch, 0 for none
	OpensAt  int64  `json:"opens_at"`
	Now      int64  `json:"now"`
	Consent  string `json:"consent"` // "click" or "none"
	PIN      bool   `json:"pin"`     // six digits are asked for
}

// Service is the counselling service as every page shows it.
type Service struct {
	Tenant  string `json:"tenant"`
	Name    string `json:"name"`
	Phone   string `json:"phone"`
	Lang    string `json:"lang"`
	Version string `json:"version"`
}

// CheckLink asks what a link leads to. A link that leads nowhere gives an [*HTTPError] with the code link_invalid or link_revoked.
func CheckLink(ctx context.Context, link string, o Options) (LinkState, error) {
	base, secret, err := credential.ParseLink(link)
	if err != nil {
		return LinkState{}, err
	}
	s, err := newServer(base, o)
	if err != nil {
		return LinkState{}, err
	}
	auth := secret.Auth()
	defer s.rest()
	var state LinkState
	err = s.call(ctx, http.MethodPost, "/links/check", map[string]wire.Bytes{"auth": auth[:]}, &state)
	return state, err
}

// entry is how one comes into a room.
type entry struct {
	ticket  ticketSource
	secrets circle.Secrets // to be proven to the others of a sealed call
}

// ticketSource gives a fresh join ticket for a device.
type ticketSource func(ctx context.Context, device []byte) (string, error)

type ticketAnswer struct {
	Ticket string `json:"ticket"`
}

// linkTicket shows the PIN, where there is one, before each ticket.
func (s *server) linkTicket(secret credential.LinkSecret, pin string) ticketSource {
	return func(ctx context.Context, device []byte) (string, error) {
		auth := secret.Auth()
		in := struct {
			Auth   wire.Bytes `json:"auth"`
			Device wire.Bytes `json:"device"`
			PIN    string     `json:"pin,omitempty"`
			Pass   string     `json:"pass,omitempty"`
		}{Auth: auth[:], Device: device, PIN: pin}
		if pin != "" {
			var shown struct{ Pass string }
			if err := s.call(ctx, http.MethodPost, "/links/pin", in, &shown); err != nil {
				return "", err
			}
			in.PIN, in.Pass = "", shown.Pass
		}
		var answer ticketAnswer
		err := s.call(ctx, http.MethodPost, "/links/join", in, &answer)
		return answer.Ticket, err
	}
}

func (s *server) roomTicket(room string) ticketSource {
	return func(ctx context.Context, device []byte) (string, error) {
		var answer ticketAnswer
		err := s.call(ctx, http.MethodPost, "/rooms/"+room+"/ticket", map[string]wire.Bytes{"device": device}, &answer)
		return answer.Ticket, err
	}
}

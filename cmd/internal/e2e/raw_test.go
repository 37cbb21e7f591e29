package e2e

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/anteroom-video/anteroom/signaling/client/credential"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// page is a tab without a client behind it: it says what a test wants it to say, with tokens that no client would use any more.
type page struct {
	// unasked: the person has agreed to nothing.
	unasked bool
	pin     string // "": the person has none
	t       testing.TB
	s       *site
	secret  credential.LinkSecret
	device  credential.Device
	http    *http.Client
}

// newPage has a link open on a device of its own. From is the address that it comes from, as 127.0.0.2.
func newPage(s *site, link, from string) *page {
	s.t.Helper()
	_, secret, err := credential.ParseLink(link)
	must(s.t, err)
	device, err := credential.NewDevice()
	must(s.t, err)
	return &page{t: s.t, s: s, secret: secret, device: device, http: fromAddress(from)}
}

// fromAddress makes a client that comes from an address of this machine.
func fromAddress(ip string) *http.Client {
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(ip)}}
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: dialer.DialContext}}
}

// ticket asks for a join ticket.
func (p *page) ticket() string {
	p.t.Helper()
	pass := ""
	if p.pin != "" {
		pass = p.post("/links/pin", "pin", p.pin).Pass
	}
	answer := p.post("/links/join", "pass", pass)
	if answer.Ticket == "" {
		p.t.Fatalf("no ticket: %s", answer.Code)
	}
	return answer.Ticket
}

// aboutLink is what is answered about a link.
type aboutLink struct {
	Ticket, Pass, Code string
	Left               int
}

// post asks about the link, for this device, with one more field unless it is "".
func (p *page) post(path, field, value string) (answer aboutLink) {
	p.t.Helper()
	auth := p.secret.Auth()
	in := map[string]any{"auth": wire.Bytes(auth[:]), "device": wire.Bytes(p.device.Public())}
	if value != "" {
		in[field] = value
	}
	body, err := json.Marshal(in)
	must(p.t, err)
	resp, err := p.http.Post(p.s.node.Origin()+"/api/v1"+path, "application/json", bytes.NewReader(body))
	must(p.t, err)
	defer resp.Body.Close()
	must(p.t, json.NewDecoder(resp.Body).Decode(&answer))
	return answer
}

// dial opens a websocket and says nothing.
func (p *page) dial() *websocket.Conn {
	p.t.Helper()
	ws, err := p.tryDial()
	must(p.t, err)
	return ws
}

func (p *page) tryDial() (*websocket.Conn, error) {
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	ws, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(p.s.node.Origin(), "http")+"/ws", &websocket.DialOptions{HTTPClient: p.http})
	if err != nil {
		return nil, err
	}
	ws.SetReadLimit(wire.MaxLargeMessage)
	p.t.Cleanup(func() { _ = ws.CloseNow() })
	return ws, nil
}

// signOn says hello with a ticket or a resume token and gives the answer.
func (p *page) signOn(hello wire.Hello) (*websocket.Conn, wire.Body) {
	p.t.Helper()
	ws := p.dial()
	proof, err := p.device.Prove(hello.Ticket + hello.Resume)
	must(p.t, err)
	if !p.unasked {
		hello.Consent = make(wire.Bytes, sha256.Size)
	}
	hello.Version, hello.Proof, hello.Device, hello.Media = wire.Version, proof, wire.Phone, wire.MediaNone
	p.say(ws, wire.Message{ID: 1, Body: &hello})
	return ws, p.hear(ws, func(m wire.Message) bool { return m.ID == 1 })
}

// helloWith says a hello with a field that no hello has.
func (p *page) helloWith(ws *websocket.Conn, field string) *wire.Welcome {
	p.t.Helper()
	ticket := p.ticket()
	proof, err := p.device.Prove(ticket)
	must(p.t, err)
	data, err := wire.Encode(wire.Message{ID: 1, Body: &wire.Hello{
		Version: wire.Version, Ticket: ticket, Proof: proof, Device: wire.Phone, Media: wire.MediaNone, Consent: make(wire.Bytes, sha256.Size),
	}})
	must(p.t, err)
	said := strings.Replace(string(data), `"version"`, field+`,"version"`, 1)
	must(p.t, ws.Write(p.t.Context(), websocket.MessageText, []byte(said)))
	welcome, ok := p.hear(ws, func(m wire.Message) bool { return m.ID == 1 }).(*wire.Welcome)
	if !ok {
		p.t.Fatal("no welcome")
	}
	return welcome
}

func (p *page) say(ws *websocket.Conn, m wire.Message) {
	p.t.Helper()
	data, err := wire.Encode(m)
	must(p.t, err)
	must(p.t, ws.Write(p.t.Context(), websocket.MessageText, data))
}

// hear waits for the message that is meant.
func (p *page) hear(ws *websocket.Conn, is func(wire.Message) bool) wire.Body {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	for {
		_, data, err := ws.Read(ctx)
		must(p.t, err)
		m, err := wire.DecodeUpdate(data)
		must(p.t, err)
		if is(m) {
			return m.Body
		}
	}
}

// phaseBy signs on and says which phase that led to, or with which code it was refused.
func (p *page) phaseBy(resume string) string {
	p.t.Helper()
	ws, answer := p.signOn(wire.Hello{Resume: resume})
	_ = ws.CloseNow()
	switch a := answer.(type) {
	case *wire.Welcome:
		return string(a.Phase)
	case *wire.Error:
		return "refused: " + string(a.Code)
	}
	return "?"
}

package doctor

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/coder/websocket"

	"github.com/anteroom-video/anteroom/cmd/internal/config"
)

// mostOff is how far a clock may be off: tickets of a minute and certificates bear that.
const mostOff = 5 * time.Second

// client forgets its connections. It trusts what the examination trusts, and anybody for a node that is for trying out.
func (e *examination) client() *http.Client {
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: e.tls()}}
}

func (e *examination) tls() *tls.Config {
	return &tls.Config{RootCAs: e.roots, InsecureSkipVerify: e.Config.TLS == config.TLSDev}
}

// site tries the pages and the websocket as a browser does: through the public address.
func (e *examination) site(ctx context.Context) {
	if !e.running("pages") {
		e.skip("websocket", "no node answers on the state folder")
		return
	}
	do := "see that " + e.status.Origin + " leads to this machine; some routers lead nobody back inside: then try it from another network"
	if e.Config.TLS == config.TLSOff && strings.HasPrefix(e.status.Origin, "https:") {
		do = fmt.Sprintf("see that the proxy hands %s on to %s", e.status.Origin, e.status.Pages)
	}
	if err := e.page(ctx, e.status.Origin); err != nil {
		e.fail("pages", do, "%s: %v", e.status.Origin, err)
		e.skip("websocket", "pages do not come")
		return
	}
	e.ok("pages", "%s answers, as this machine sees it", e.status.Origin)
	if err := e.websocket(ctx, e.status.Origin); err != nil {
		e.fail("websocket", "let what stands in front pass websockets on (/ws: the headers Upgrade and Connection, HTTP/1.1), and hand the Host header on", "%v", err)
		return
	}
	e.ok("websocket", "it opens at %s/ws", e.status.Origin)
}

// page asks for something that only an Anteroom answers.
func (e *examination) page(ctx context.Context, origin string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, origin+"/api/v1/service", nil)
	if err != nil {
		return err
	}
	resp, err := e.client().Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var said struct{ Name, Version string }
	body := json.NewDecoder(io.LimitReader(resp.Body, 1<<16))
	if resp.StatusCode != http.StatusOK || body.Decode(&said) != nil || said.Version == "" {
		return fmt.Errorf("what answers is no Anteroom (%s)", resp.Status)
	}
	if said.Version != e.status.Version || said.Name != e.status.Service {
		return fmt.Errorf("another Anteroom answers (%s, version %s)", said.Name, said.Version)
	}
	return nil
}

func (e *examination) websocket(ctx context.Context, origin string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(origin, "http")+"/ws", &websocket.DialOptions{
		HTTPClient: e.client(), HTTPHeader: http.Header{"Origin": {origin}},
	})
	if err != nil {
		return err
	}
	return conn.CloseNow()
}

// clock compares this machine's with another one's.
func (e *examination) clock(ctx context.Context) {
	const check = "clock"
	from := e.ClockURL
	if from == "" {
		from = e.Config.ACMEDirectory
	}
	if from == "" {
		e.skip(check, "there is nothing to compare it with; name a web server with --clock-url")
		return
	}
	off, err := e.clockOff(ctx, from)
	switch {
	case err != nil && e.ClockURL == "":
		e.warn(check, "let the node reach its CA, or certificates are not renewed; for the clock another server can be named with --clock-url", "%s cannot be asked for the time: %v", from, err)
	case err != nil:
		e.warn(check, "name another server with --clock-url", "%s cannot be asked for the time: %v", from, err)
	case off.Abs() > mostOff:
		e.warn(check, "let it be set from the network (timedatectl set-ntp true)", "it is off by %v, compared with %s", off.Round(time.Second), from)
	default:
		e.ok(check, "it differs from that of %s by less than %v", from, off.Abs().Truncate(time.Second)+time.Second)
	}
}

// clockOff is how far this clock is ahead. The other one says whole seconds, of which the middle is taken.
func (e *examination) clockOff(ctx context.Context, from string) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodHead, from, nil)
	if err != nil {
		return 0, err
	}
	outside := e.client()
	outside.Transport.(*http.Transport).Proxy = http.ProxyFromEnvironment // as the node asks its CA
	before := e.Now()
	resp, err := outside.Do(r)
	if err != nil {
		return 0, err
	}
	resp.Body.Close()
	date, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		return 0, fmt.Errorf("it says no date")
	}
	took := e.Now().Sub(before)
	return before.Add(took / 2).Sub(date.Add(time.Second / 2)), nil
}

package node

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/anteroom-video/anteroom/cmd/internal/config"
	"github.com/anteroom-video/anteroom/cmd/internal/control"
	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/auth"
	"github.com/anteroom-video/anteroom/lobby/sqlstore"
)

// Certmagic keeps one goroutine per CA and account for as long as the process lives, which bounds how often it asks.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/caddyserver/certmagic.(*RingBufferRateLimiter).loop"))
}

// settings are those of a node on free ports of this machine.
func settings(t *testing.T) config.Config {
	t.Helper()
	dir := t.TempDir()
	c := config.Defaults(false)
	c.Listen, c.AdminListen, c.MediaPort = "127.0.0.1:0", "127.0.0.1:0", 0
	c.StateDir, c.StoreKey = filepath.Join(dir, "s"), filepath.Join(dir, "key")
	return c
}

func options() Options {
	return Options{Version: "v0", Logger: slog.New(slog.DiscardHandler), Auth: auth.Config{Cheap: true}}
}

func start(t *testing.T, c config.Config) *Node {
	t.Helper()
	n, err := Start(t.Context(), c, options())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, n) })
	return n
}

func stop(t *testing.T, n *Node) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := n.Close(ctx); err != nil {
		t.Error(err)
	}
}

// client forgets its connections, so that none outlives a test.
func client(config *tls.Config) *http.Client {
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: config, ForceAttemptHTTP2: true}}
}

func get(t *testing.T, url string) (*http.Response, string) {
	t.Helper()
	resp, err := client(nil).Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

func TestThreeNodesInOneProcess(t *testing.T) {
	var nodes []*Node
	for i := range 3 {
		c := settings(t)
		c.ServiceName = fmt.Sprint("service ", i)
		nodes = append(nodes, start(t, c))
	}
	for i, n := range nodes {
		if _, body := get(t, n.Origin()+"/api/v1/service"); !strings.Contains(body, fmt.Sprintf(`"name":"service %d"`, i)) {
			t.Errorf("node %d says %s", i, body)
		}
		resp, body := get(t, n.Origin()+"/j")
		if resp.StatusCode != 200 || !strings.Contains(body, "app.js") || !strings.Contains(resp.Header.Get("Content-Security-Policy"), "connect-src 'self' ws://"+strings.TrimPrefix(n.Origin(), "http://")) {
			t.Errorf("node %d: %d %v", i, resp.StatusCode, resp.Header)
		}
		if resp, body := get(t, n.AdminURL()+"/healthz"); resp.StatusCode != 200 {
			t.Errorf("node %d is not healthy: %s", i, body)
		}
		link, err := n.FirstSetupLink(t.Context())
		if err != nil || !strings.HasPrefix(link, n.Origin()+"/setup#") {
			t.Errorf("node %d: %q %v", i, link, err)
		}
		if again, err := n.FirstSetupLink(t.Context()); err != nil || again == link {
			t.Errorf("node %d gives one link twice: %v", i, err)
		}
		c, err := control.Reach(t.Context(), control.Place{StateDir: n.config.StateDir, Logger: options().Logger})
		if err != nil {
			t.Fatal(err)
		}
		if service, err := c.Service(t.Context()); err != nil || service.Origin != n.Origin() {
			t.Errorf("node %d: %+v %v", i, service, err)
		}
		c.Close()
	}
	stop(t, nodes[0])
	if _, err := client(nil).Get(nodes[0].Origin()); err == nil {
		t.Error("a stopped node still serves")
	}
	if resp, _ := get(t, nodes[1].Origin()+"/j"); resp.StatusCode != 200 {
		t.Error("stopping one node stopped another")
	}
}

func TestMetricsNameWhatIsCounted(t *testing.T) {
	n := start(t, settings(t))
	get(t, n.Origin()+"/api/v1/rooms/AAAAAAAAAAAAAAAAAAAAAAAAAA")
	_, text := get(t, n.AdminURL()+"/metrics")
	for _, want := range []string{
		"anteroom_media_datagrams_total 0", "anteroom_resumes_total 0", "anteroom_members 0", "anteroom_waited_seconds_count 0", "anteroom_media_latency_seconds_count 0",
		`anteroom_http_requests_total{route="/api/v1/rooms/{room}",status="4xx"} 1`, `anteroom_build_info{version="v0"} 1`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("/metrics lacks %s", want)
		}
	}
	if strings.Contains(text, "AAAAAAAA") {
		t.Error("a room's id is in the metrics")
	}
}

func TestAccountsSurviveARestart(t *testing.T) {
	c := settings(t)
	first := start(t, c)
	if _, err := first.auth.NewSetup(t.Context(), lobby.DefaultTenant, ""); err != nil {
		t.Fatal(err)
	}
	account, err := first.auth.CreateAccount(t.Context(), lobby.DefaultTenant, auth.Credentials{Name: "ada", Auth: [32]byte{1}, PublicKey: point(t), WrappedPrivateKey: []byte("x")})
	if err != nil {
		t.Fatal(err)
	}
	stop(t, first)
	second := start(t, c)
	if got, err := second.auth.AccountByName(t.Context(), lobby.DefaultTenant, "ada"); err != nil || got.ID != account.ID {
		t.Errorf("%v %v", got, err)
	}
	if link, err := second.FirstSetupLink(t.Context()); err != nil || link != "" {
		t.Errorf("a link for the first account where there is one: %q %v", link, err)
	}
}

// What cannot be started is said in one sentence that names the thing and the way out, and nothing is left running (goleak).
func TestWhatCannotBeStarted(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := taken.Addr().(*net.TCPAddr).Port
	udp, err := net.ListenUDP("udp", &net.UDPAddr{})
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	dir := t.TempDir()
	file := func(name, content string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, test := range map[string]struct {
		change func(*config.Config)
		want   []string
	}{
		"occupied port": {func(c *config.Config) { c.Listen = taken.Addr().String() },
			[]string{"pages cannot listen on " + taken.Addr().String(), "address already in use", "stop the other program", "--listen"}},
		"occupied admin port": {func(c *config.Config) { c.AdminListen = taken.Addr().String() },
			[]string{"health and metrics cannot listen on", "address already in use", "--admin-listen"}},
		"occupied media port": {func(c *config.Config) { c.MediaPort = uint16(port) },
			[]string{fmt.Sprintf("media cannot listen on port %d", port), "address already in use", "--media-port"}},
		"occupied media port, UDP alone": {func(c *config.Config) { c.MediaPort = uint16(udp.LocalAddr().(*net.UDPAddr).Port) },
			[]string{"media cannot listen on port", "address already in use", "--media-port"}},
		"strange address": {func(c *config.Config) { c.Listen = "192.0.2.77:0" },
			[]string{"pages cannot listen on 192.0.2.77:0", "this machine has no such address"}},
		"state folder is a file": {func(c *config.Config) { c.StateDir = file("folder", "") },
			[]string{filepath.Join(dir, "folder"), "cannot be written", "--state-dir"}},
		"damaged store": {func(c *config.Config) {
			if err := os.MkdirAll(c.StateDir, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(c.StateDir, sqlstore.FileName), []byte(strings.Repeat("damaged ", 1000)), 0o600); err != nil {
				t.Fatal(err)
			}
		}, []string{sqlstore.FileName, "restore a backup"}},
		"wrong key": {func(c *config.Config) { c.StoreKey = file("no-key", "hello") }, []string{"no-key", "is not a key file"}},
		"no certificate": {func(c *config.Config) {
			c.TLS, c.TLSCert, c.TLSKey, c.PublicURL = config.TLSFiles, filepath.Join(dir, "none.pem"), filepath.Join(dir, "none.key"), "https://h"
		}, []string{"the TLS certificate " + filepath.Join(dir, "none.pem"), "no such file", "--tls-cert"}},
		"no PEM": {func(c *config.Config) {
			c.TLS, c.TLSCert, c.TLSKey, c.PublicURL = config.TLSFiles, file("a.pem", "x"), file("b.pem", "y"), "https://h"
		}, []string{"a.pem", "PEM", "belong together"}},
		"no client there": {func(c *config.Config) { c.WebDir = filepath.Join(dir, "nowhere") }, []string{"the web client in", "--web-dir"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := settings(t)
			test.change(&c)
			n, err := Start(t.Context(), c, options())
			if err == nil {
				stop(t, n)
				t.Fatal("it started")
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("more than one sentence: %v", err)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q is not in: %v", want, err)
				}
			}
		})
	}
}

func TestTwoNodesCannotShareAFolder(t *testing.T) {
	c := settings(t)
	start(t, c)
	if _, err := Start(t.Context(), c, options()); !errors.Is(err, control.ErrInUse) {
		t.Errorf("%v", err)
	}
}

func TestAdminCanBeOff(t *testing.T) {
	c := settings(t)
	c.AdminListen = config.AdminOff
	if n := start(t, c); n.AdminURL() != "" {
		t.Errorf("%q", n.AdminURL())
	}
}

func TestAPanicEndsOneRequest(t *testing.T) {
	var log bytes.Buffer
	n := &Node{log: slog.New(slog.NewTextHandler(&log, nil))}
	server := httptest.NewServer(n.guarded(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("Frau M.") })))
	defer server.Close()
	if resp, _ := get(t, server.URL); resp.StatusCode != 500 {
		t.Errorf("answered %d", resp.StatusCode)
	}
	if n.panics.Load() != 1 || !strings.Contains(log.String(), "TestAPanicEndsOneRequest") || strings.Contains(log.String(), "Frau M.") {
		t.Errorf("%d counted, logged: %s", n.panics.Load(), log.String())
	}
}

// A node that stops says first that it is not ready; while calls are told to resume elsewhere, pages are still served.
func TestStopping(t *testing.T) {
	n := start(t, settings(t))
	status := func(url string) int {
		resp, _ := get(t, url)
		return resp.StatusCode
	}
	if got := status(n.AdminURL() + "/readyz"); got != 200 {
		t.Errorf("before: readyz %d", got)
	}
	seen := false
	last := len(n.closers) - 1 // it makes the node not ready; what runs next ends the calls
	n.closers = slices.Insert(n.closers, last, func(context.Context) error {
		seen = true
		if ready, page := status(n.AdminURL()+"/readyz"), status(n.Origin()+"/j"); ready != 503 || page != 200 {
			t.Errorf("while stopping: readyz %d, page %d", ready, page)
		}
		return nil
	})
	stop(t, n)
	stop(t, n) // again is no error
	if !seen {
		t.Error("it stopped without what it was to do")
	}
}

package node

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	pion "github.com/pion/turn/v4"
	"golang.org/x/net/dns/dnsmessage"

	"github.com/anteroom-video/anteroom/cmd/internal/config"
	"github.com/anteroom-video/anteroom/cmd/internal/doctor"
	"github.com/anteroom-video/anteroom/turn"
)

const (
	acmeHost = "talk.example.org"
	// pebbleVersion is Let's Encrypt's CA for tests; it is built, not imported, so that go.mod names what the product needs.
	pebbleVersion = "github.com/letsencrypt/pebble/v2/cmd/pebble@v2.10.3"
	soon          = 30 * time.Second
)

// pebble is a CA in a process of its own, that reaches every name on this machine at one port.
type pebble struct {
	directory string
	root      string         // a PEM file: of its directory, and of what it issues
	issued    *x509.CertPool // roots of what it issues
}

// startPebble starts a CA that comes to port for its challenges.
func startPebble(t *testing.T, port int, validity time.Duration) pebble {
	t.Helper()
	dir := t.TempDir()
	install := exec.Command("go", "install", pebbleVersion)
	install.Dir, install.Env = dir, append(os.Environ(), "GOBIN="+dir, "GOFLAGS=")
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("building %s: %v\n%s", pebbleVersion, err, out)
	}
	own, err := selfSigned(dir, []string{"127.0.0.1"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Join(dir, "root.pem")
	if err := os.WriteFile(root, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: own.Certificate[0]}), 0o600); err != nil {
		t.Fatal(err)
	}
	at, management := freeAddress(t), freeAddress(t)
	settings, err := json.Marshal(map[string]any{"pebble": map[string]any{
		"listenAddress": at, "managementListenAddress": management, "certificate": filepath.Join(dir, selfSignedName), "privateKey": filepath.Join(dir, selfSignedName),
		"httpPort": 1, "tlsPort": port, "keyAlgorithm": "ecdsa", "retryAfter": map[string]int{"authz": 1, "order": 1},
		"profiles": map[string]any{"default": map[string]any{"description": "of this test", "validityPeriod": int(validity.Seconds())}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "pebble.json"), settings, 0o600); err != nil {
		t.Fatal(err)
	}
	ca := exec.Command(filepath.Join(dir, "pebble"), "-config", filepath.Join(dir, "pebble.json"), "-dnsserver", everyNameHere(t))
	ca.Env = append(os.Environ(), "PEBBLE_VA_NOSLEEP=1", "PEBBLE_WFE_NONCEREJECT=0")
	var said bytes.Buffer
	ca.Stdout, ca.Stderr = &said, &said
	if err := ca.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = ca.Process.Kill()
		_ = ca.Wait()
		if t.Failed() {
			t.Logf("the CA says:\n%.3000s", said.String())
		}
	})
	p := pebble{directory: "https://" + at + "/dir", root: root, issued: x509.NewCertPool()}
	trusting := client(&tls.Config{InsecureSkipVerify: true})
	within(t, "the CA answers", func() bool {
		resp, err := trusting.Get("https://" + management + "/roots/0")
		if err != nil {
			return false
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil || !p.issued.AppendCertsFromPEM(text) {
			return false
		}
		both := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: own.Certificate[0]}), text...)
		return os.WriteFile(root, both, 0o600) == nil
	})
	return p
}

func within(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(soon); !so(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// everyNameHere is a DNS server, over TCP as pebble asks it, for which every name is this machine's.
func everyNameHere(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer conn.Close()
				_ = conn.SetDeadline(time.Now().Add(soon))
				for resolve(conn) == nil {
				}
			})
		}
	})
	t.Cleanup(func() { l.Close(); wg.Wait() })
	return l.Addr().String()
}

// resolve answers one question (RFC 7766 section 8: a length before each message).
func resolve(conn net.Conn) error {
	var length [2]byte
	if _, err := io.ReadFull(conn, length[:]); err != nil {
		return err
	}
	b := make([]byte, binary.BigEndian.Uint16(length[:]))
	if _, err := io.ReadFull(conn, b); err != nil {
		return err
	}
	var m dnsmessage.Message
	if err := m.Unpack(b); err != nil || len(m.Questions) != 1 {
		return errors.New("no question")
	}
	m.Header.Response, m.Header.RecursionAvailable, m.Additionals = true, true, nil
	if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
		m.Answers = []dnsmessage.Resource{{
			Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 1}, Body: &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}},
		}}
	}
	answer, err := m.Pack()
	if err != nil {
		return err
	}
	_, err = conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...))
	return err
}

// lines is a log that can be read while it is written.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// automatic are the settings of a node that gets its certificate from a CA, on a port that is known before.
func automatic(t *testing.T) (c config.Config, port int) {
	t.Helper()
	c = settings(t)
	c.Listen = freeAddress(t)
	_, number, err := net.SplitHostPort(c.Listen)
	if err != nil {
		t.Fatal(err)
	}
	if port, err = strconv.Atoi(number); err != nil {
		t.Fatal(err)
	}
	c.TLS, c.PublicURL = config.TLSAuto, "https://"+net.JoinHostPort(acmeHost, number)
	return c, port
}

func startLogged(t *testing.T, c config.Config, timing acmeTiming) (*Node, *lines) {
	t.Helper()
	log := &lines{}
	o := options()
	o.Logger, o.acme = slog.New(slog.NewTextHandler(log, nil)), timing
	n, err := Start(t.Context(), c, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop(t, n)
		if t.Failed() {
			t.Logf("the node says:\n%.3000s", log)
		}
	})
	return n, log
}

func impatient(int, bool) time.Duration { return 50 * time.Millisecond }

// served is the certificate that a client of the pages is shown, when it trusts it.
func served(c config.Config, trusted *x509.CertPool) (*x509.Certificate, error) {
	conn, err := tls.Dial("tcp", c.Listen, &tls.Config{ServerName: acmeHost, RootCAs: trusted, NextProtos: []string{"h2", "http/1.1"}})
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0], nil
}

func TestACertificateFromACA(t *testing.T) {
	c, port := automatic(t)
	ca := startPebble(t, port, 90*24*time.Hour)
	c.ACMEDirectory, c.ACMERoot, c.ACMEEmail = ca.directory, ca.root, "post@example.org"
	n, log := startLogged(t, c, acmeTiming{retry: impatient})
	within(t, "a certificate", func() bool { return strings.Contains(log.String(), "the TLS certificate is in use") })
	first, err := served(c, ca.issued)
	if err != nil {
		t.Fatal(err)
	}
	if s := n.Certificate(); s.Problem != "" || !s.Until.Equal(first.NotAfter) {
		t.Errorf("%+v, served until %v", s, first.NotAfter)
	}
	if got := n.tcp.Stats(); got.Unknown > 1 { // certmagic looks whether the port is open
		t.Errorf("what a CA asks counts as unknown: %+v", got)
	}
	if strings.Contains(log.String(), "post@example.org") {
		t.Errorf("an address is in the log:\n%s", log)
	}

	// Pages, by HTTP/2.
	pages := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: ca.issued},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, c.Listen)
		}}}
	resp, err := pages.Get(n.Origin() + "/j")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 200 || resp.ProtoMajor != 2 || resp.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("%s %d %v", resp.Proto, resp.StatusCode, resp.Header)
	}

	// TURN over TLS with the same certificate.
	conn, err := tls.Dial("tcp", c.Listen, &tls.Config{ServerName: acmeHost, RootCAs: ca.issued})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	grant := n.relay.Grant(turn.Scope{Call: "a", Person: "b"})
	defer grant.Close()
	relay, err := pion.NewClient(&pion.ClientConfig{
		STUNServerAddr: c.Listen, TURNServerAddr: c.Listen, Conn: pion.NewSTUNConn(conn), Username: grant.Username, Password: grant.Password,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer relay.Close()
	if err := relay.Listen(); err != nil {
		t.Fatal(err)
	}
	relayed, err := relay.Allocate()
	if err != nil {
		t.Fatal(err)
	}
	if err := relayed.Close(); err != nil {
		t.Error(err)
	}

	// Whoever comes as a CA without being asked gets nothing, and others are served on.
	if _, err := tls.Dial("tcp", c.Listen, &tls.Config{ServerName: acmeHost, InsecureSkipVerify: true, NextProtos: []string{"acme-tls/1"}}); err == nil {
		t.Error("a challenge is answered that nobody waits for")
	}

	// The doctor finds it where it is served, and where it is kept.
	certificate := func() doctor.Finding {
		findings := doctor.Examine(t.Context(), doctor.Patient{Config: c})
		return findings[slices.IndexFunc(findings, func(f doctor.Finding) bool { return f.Check == "certificate" })]
	}
	if f := certificate(); f.Result != doctor.OK || !strings.Contains(f.Said, "served at "+c.Listen) {
		t.Errorf("%+v", f)
	}
	stop(t, n)
	if f := certificate(); f.Result != doctor.OK || !strings.Contains(f.Said, filepath.Join(c.StateDir, acmeFolder)) {
		t.Errorf("%+v", f)
	}

	// The certificate outlives a restart, without another order.
	again, _ := startLogged(t, c, acmeTiming{})
	within(t, "the kept certificate", func() bool {
		kept, err := served(c, ca.issued)
		return err == nil && kept.SerialNumber.Cmp(first.SerialNumber) == 0
	})
	if info, err := os.Stat(filepath.Join(c.StateDir, acmeFolder)); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v %v", info, err)
	}
	stop(t, again)
}

// A certificate that runs out is renewed while pages are served, and nobody has to do anything.
func TestACertificateIsRenewed(t *testing.T) {
	c, port := automatic(t)
	ca := startPebble(t, port, 9*time.Second)
	c.ACMEDirectory, c.ACMERoot = ca.directory, ca.root
	_, log := startLogged(t, c, acmeTiming{retry: impatient, look: 200 * time.Millisecond})
	var first *x509.Certificate
	within(t, "a certificate", func() (ok bool) {
		var err error
		first, err = served(c, ca.issued)
		return err == nil
	})
	within(t, "another certificate", func() bool {
		now, err := served(c, ca.issued)
		return err == nil && now.SerialNumber.Cmp(first.SerialNumber) != 0
	})
	within(t, "it is said", func() bool { return strings.Contains(log.String(), "the TLS certificate was renewed") })
}

// Without its CA a node runs, says what is wrong, and goes on asking.
func TestACAThatGivesNothing(t *testing.T) {
	for name, test := range map[string]struct {
		ca   func(t *testing.T, c *config.Config)
		want string
	}{
		"not there": {func(t *testing.T, c *config.Config) { c.ACMEDirectory = "https://" + freeAddress(t) + "/dir" }, "the CA cannot be asked: connection refused"},
		"not trusted": {func(t *testing.T, c *config.Config) {
			s := httptest.NewUnstartedServer(http.NotFoundHandler())
			s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
			s.StartTLS()
			t.Cleanup(s.Close)
			c.ACMEDirectory = s.URL
		}, "certificate signed by unknown authority"},
		"refuses": {func(t *testing.T, c *config.Config) {
			// It comes to a port where nobody answers for this name.
			_, port := automatic(t)
			ca := startPebble(t, port, time.Hour)
			c.ACMEDirectory, c.ACMERoot = ca.directory, ca.root
		}, "the CA refuses it: "},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := automatic(t)
			test.ca(t, &c)
			tries := make(chan bool, 1)
			n, log := startLogged(t, c, acmeTiming{retry: func(failures int, refused bool) time.Duration {
				if failures == 2 {
					tries <- refused
					return time.Hour // which stopping does not wait for
				}
				return time.Millisecond
			}})
			select {
			case refused := <-tries:
				if refused != (name == "refuses") {
					t.Errorf("refused: %v", refused)
				}
			case <-time.After(soon):
				t.Fatalf("it does not try again:\n%s", log)
			}
			if s := n.Certificate(); !s.Until.IsZero() || !strings.Contains(s.Problem, test.want) {
				t.Errorf("%+v", s)
			}
			within(t, "it is said", func() bool {
				return strings.Contains(log.String(), test.want) && strings.Contains(log.String(), "there is no TLS certificate yet")
			})
			if resp, body := get(t, n.AdminURL()+"/healthz"); resp.StatusCode != 200 {
				t.Errorf("media does not run: %s", body)
			}
			if _, err := served(c, nil); err == nil {
				t.Error("a certificate out of nowhere")
			}
			start := time.Now()
			stop(t, n)
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("stopping took %v", took)
			}
		})
	}
}

func TestPatience(t *testing.T) {
	var in time.Duration
	for failures := 1; failures <= 5; failures++ {
		in += patient(failures, true)
		if failures == 4 && in > time.Hour || failures == 5 && in < time.Hour {
			t.Errorf("%d tries in %v", failures+1, in)
		}
	}
	if patient(99, true) != time.Hour || patient(1, false) != time.Minute || patient(99, false) != 5*time.Minute {
		t.Error(patient(99, true), patient(1, false), patient(99, false))
	}
}

func TestARootThatIsNone(t *testing.T) {
	c, _ := automatic(t)
	c.ACMERoot = filepath.Join(t.TempDir(), "root.pem")
	for _, text := range []string{"", "no PEM"} {
		if text != "" {
			if err := os.WriteFile(c.ACMERoot, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		var wrong *StartError
		if n, err := Start(t.Context(), c, options()); !errors.As(err, &wrong) || !strings.Contains(fmt.Sprint(err), "--acme-root") {
			if n != nil {
				stop(t, n)
			}
			t.Errorf("%q: %v", text, err)
		}
	}
}

package node

import (
	"crypto/ecdh"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/cmd/internal/config"
)

func point(t *testing.T) []byte {
	t.Helper()
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key.PublicKey().Bytes()
}

func TestSelfSigned(t *testing.T) {
	c := settings(t)
	c.TLS, c.Listen = config.TLSDev, "0.0.0.0:0"
	n := start(t, c)
	if !strings.HasPrefix(n.Origin(), "https://") {
		t.Fatal(n.Origin())
	}
	var seen []*x509.Certificate
	insecure := client(&tls.Config{InsecureSkipVerify: true})
	for _, address := range n.Addresses() {
		if strings.Contains(address, "[") {
			continue // it listens on IPv4 alone
		}
		resp, err := insecure.Get(address + "/j")
		if err != nil {
			// The machine's own name may not be known to its resolver.
			if strings.Contains(err.Error(), "lookup") || strings.Contains(err.Error(), "refused") {
				continue
			}
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.ProtoMajor != 2 {
			t.Errorf("pages come by %s", resp.Proto)
		}
		if resp.Header.Get("Strict-Transport-Security") != "" {
			t.Error("a certificate for trying out must not bind browsers to TLS")
		}
		if err := resp.TLS.PeerCertificates[0].VerifyHostname(resp.Request.URL.Hostname()); err != nil {
			t.Error(err)
		}
		seen = append(seen, resp.TLS.PeerCertificates[0])
	}
	if len(seen) == 0 {
		t.Fatal("no address could be reached")
	}
	// A websocket needs HTTP/1.1, which the listener speaks with those who ask for it.
	conn, err := tls.Dial("tcp", strings.TrimPrefix(n.Addresses()[len(n.Addresses())-1], "https://"), &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}})
	if err != nil {
		conn, err = tls.Dial("tcp", "127.0.0.1"+n.Origin()[strings.LastIndex(n.Origin(), ":"):], &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}})
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := conn.ConnectionState().NegotiatedProtocol; got != "http/1.1" {
		t.Errorf("negotiated %q", got)
	}
	conn.Close()

	// Kept, so that a browser has to be convinced once; made anew when it does not name an address or has run out.
	certificate := func(hosts []string, now time.Time) []byte {
		t.Helper()
		kept, err := selfSigned(c.StateDir, hosts, now)
		if err != nil {
			t.Fatal(err)
		}
		return kept.Certificate[0]
	}
	now := time.Now()
	first := certificate([]string{"localhost"}, now)
	if string(first) != string(seen[0].Raw) {
		t.Error("the certificate was not kept")
	}
	if string(certificate([]string{"192.0.2.1", "localhost"}, now)) == string(first) {
		t.Error("a certificate for other addresses was kept")
	}
	second := certificate([]string{"localhost"}, now)
	if string(certificate([]string{"localhost"}, now.Add(selfSignedLife))) == string(second) {
		t.Error("a certificate that has run out was kept")
	}
	if info, err := os.Stat(filepath.Join(c.StateDir, selfSignedName)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
}

// newFiles writes a fresh certificate and its key as an operator would.
func newFiles(t *testing.T, dir string) (cert, key string, raw []byte) {
	t.Helper()
	pair, err := selfSigned(t.TempDir(), []string{"h"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: pair.Certificate[0]}, key: {Type: "PRIVATE KEY", Bytes: der}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key, pair.Certificate[0]
}

func TestFilesAreReadAgainWhenTheyChange(t *testing.T) {
	dir := t.TempDir()
	cert, key, first := newFiles(t, dir)
	now := time.Now()
	f, err := fromFiles(cert, key, func() time.Time { return now }, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	serves := func(want []byte) {
		t.Helper()
		got, err := f.certificate(nil)
		if err != nil || string(got.Certificate[0]) != string(want) {
			t.Errorf("another certificate is served: %v", err)
		}
	}
	serves(first)
	if err := os.WriteFile(key, []byte("half written"), 0o600); err != nil {
		t.Fatal(err)
	}
	now = now.Add(reloadEvery)
	serves(first) // new files that cannot be used change nothing
	_, _, second := newFiles(t, dir)
	serves(first) // not yet looked again
	now = now.Add(reloadEvery)
	serves(second)
}

func TestServingFromFiles(t *testing.T) {
	c := settings(t)
	c.TLS, c.PublicURL = config.TLSFiles, "https://beratung.example.org"
	c.TLSCert, c.TLSKey, _ = newFiles(t, t.TempDir())
	n := start(t, c)
	if n.Origin() != c.PublicURL {
		t.Error(n.Origin())
	}
	resp, err := client(&tls.Config{InsecureSkipVerify: true}).Get(n.Addresses()[0])
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.Header.Get("Strict-Transport-Security") == "" {
		t.Error("a real certificate, and browsers are not bound to it")
	}
}

func TestClientAddress(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, c := range []struct {
		remote    string
		forwarded []string
		want      string
	}{
		{"192.0.2.1:5", nil, "192.0.2.1"},
		{"192.0.2.1:5", []string{"198.51.100.9"}, "192.0.2.1"}, // not a proxy: what it says is nothing
		{"10.0.0.1:5", nil, "10.0.0.1"},
		{"10.0.0.1:5", []string{"198.51.100.9"}, "198.51.100.9"},
		{"10.0.0.1:5", []string{"1.2.3.4, 198.51.100.9"}, "198.51.100.9"}, // the first was written by the client
		{"10.0.0.1:5", []string{"198.51.100.9, 10.0.0.2"}, "198.51.100.9"},
		{"10.0.0.1:5", []string{"198.51.100.9", "10.0.0.2"}, "198.51.100.9"},
		{"10.0.0.1:5", []string{"rubbish"}, "10.0.0.1"},
		{"10.0.0.1:5", []string{"198.51.100.9, rubbish"}, "10.0.0.1"},
		{"[fd00::1]:5", []string{"2001:db8::7"}, "2001:db8::7"},
		{"[::ffff:10.0.0.1]:5", []string{"::ffff:198.51.100.9"}, "198.51.100.9"},
		{"[fe80::1%eth0]:5", nil, "fe80::1"},
	} {
		r := &http.Request{RemoteAddr: c.remote, Header: http.Header{"X-Forwarded-For": c.forwarded}}
		if got := clientAddress(trusted)(r); got.String() != c.want {
			t.Errorf("%s %q: %s, want %s", c.remote, c.forwarded, got, c.want)
		}
	}
	if got := clientAddress(trusted)(&http.Request{RemoteAddr: "@"}); got.IsValid() {
		t.Errorf("%v", got)
	}
}

package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/cmd/internal/doctor"
)

// examined is what `doctor --json` promises to scripts.
type examined struct {
	Healthy  bool
	Findings []finding
}

type finding struct{ Check, Result, Said, Do string }

// doctor runs the command and reads what it found; the exit code says whether something failed.
func (p *place) doctor(args ...string) examined {
	p.t.Helper()
	c := p.command(append([]string{"doctor", "--json"}, args...)...) // a process of its own, which trusts what its environment names
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	failed := c.Run() != nil
	var r examined
	dec := json.NewDecoder(&out)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&r); err != nil {
		p.t.Fatalf("%v\n%s", err, errs.String())
	}
	want := 0
	if slices.ContainsFunc(r.Findings, func(f finding) bool { return f.Result == string(doctor.Fail) }) {
		want = exitFailed
	}
	if got := c.ProcessState.ExitCode(); got != want || failed == r.Healthy || failed && !strings.Contains(errs.String(), "something must be done") {
		p.t.Errorf("exit code %d, healthy %v, want %d\n%s", got, r.Healthy, want, errs.String())
	}
	return r
}

// found checks a finding of a check.
func (r examined) found(t *testing.T, check string, result doctor.Result, words ...string) {
	t.Helper()
	said := ""
	for _, f := range r.Findings {
		if f.Check != check {
			continue
		}
		said += f.Result + ": " + f.Said + " → " + f.Do + "\n"
		if f.Result == string(result) && !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(f.Said+" → "+f.Do, w) }) {
			return
		}
	}
	t.Errorf("%s: want %s with %q, found\n%s", check, result, words, said)
}

func (r examined) has(check string, result doctor.Result) bool {
	return slices.ContainsFunc(r.Findings, func(f finding) bool {
		return f.Check == check && f.Result == string(result)
	})
}

// certified writes a certificate for an address of this machine, and the CA that gave it.
func certified(t *testing.T, host string, until time.Time) (chain, key, root string) {
	t.Helper()
	signer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	from := until.Add(-90 * 24 * time.Hour)
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "CA of a test"}, NotBefore: from, NotAfter: until.Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), NotBefore: from, NotAfter: until, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	if ip := net.ParseIP(host); ip != nil {
		leaf.IPAddresses = []net.IP{ip}
	} else {
		leaf.DNSNames = []string{host}
	}
	write := func(name, kind string, der []byte, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	der, err := x509.CreateCertificate(rand.Reader, ca, ca, signer.Public(), signer)
	root = write("root.pem", "CERTIFICATE", der, err)
	der, err = x509.CreateCertificate(rand.Reader, leaf, ca, signer.Public(), signer)
	chain = write("chain.pem", "CERTIFICATE", der, err)
	der, err = x509.MarshalPKCS8PrivateKey(signer)
	return chain, write("key.pem", "PRIVATE KEY", der, err), root
}

// secured makes the place one with TLS, at an address of this machine.
func (p *place) secured(chain, key, root string) {
	p.url = "https://127.0.0.1:" + p.port()
	p.environ = append(p.environ, "ANTEROOM_TLS=files", "ANTEROOM_TLS_CERT="+chain, "ANTEROOM_TLS_KEY="+key, "ANTEROOM_PUBLIC_URL="+p.url, "SSL_CERT_FILE="+root)
}

func (p *place) port() string { return p.url[strings.LastIndex(p.url, ":")+1:] }

// A node as it should be: every check is made, and none finds anything.
func TestTheDoctorOfAHealthyNode(t *testing.T) {
	p := newPlace(t)
	p.secured(certified(t, "127.0.0.1", time.Now().Add(80*24*time.Hour)))
	before := p.doctor()
	before.found(t, "certificate", doctor.OK, "chain.pem", "79 days left")
	before.found(t, "pages port", doctor.OK, "free")
	before.found(t, "node", doctor.Skip)
	before.found(t, "TURN over TLS", doctor.Skip)

	p.serve()
	r := p.doctor("--clock-url", p.admin+"/readyz")
	if !r.Healthy {
		t.Error("it is not healthy")
	}
	// These are the machine's own.
	machine := []string{"UDP buffers", "open files"}
	for _, f := range r.Findings {
		if f.Result != string(doctor.OK) && !slices.Contains(machine, f.Check) {
			t.Errorf("%+v", f)
		}
	}
	for _, check := range []string{
		"settings", "state folder", "store key", "node", "pages port", "admin port", "media port", "certificate", "public address", "clock",
		"pages", "websocket", "STUN over UDP", "TURN over UDP", "TURN over TCP", "TURN over TLS", "media",
	} {
		r.found(t, check, doctor.OK)
	}
	r.found(t, "certificate", doctor.OK, "served at")
	r.found(t, "TURN over TLS", doctor.OK, "127.0.0.1:"+p.port())

	// For people: a line for each, and nothing beside.
	out, err := p.command("doctor").Output()
	if err != nil {
		t.Error(err)
	}
	for line := range strings.Lines(string(out)) {
		if word, _, _ := strings.Cut(line, " "); !slices.Contains([]string{"ok", "warn", "skip"}, word) {
			t.Errorf("it says %q", line)
		}
	}
}

func TestTheDoctorOfANodeThatIsIll(t *testing.T) {
	t.Run("settings", func(t *testing.T) {
		p := newPlace(t)
		r := p.doctor("--tls", "on", "--log-level", "loud")
		r.found(t, "settings", doctor.Fail, `--tls: tls cannot be "on"`)
		r.found(t, "settings", doctor.Fail, "--log-level")
		if len(r.Findings) != 2 {
			t.Errorf("%+v", r.Findings)
		}
		p.environ = append(p.environ, "ANTEROOM_LISEN=x")
		p.doctor().found(t, "settings", doctor.Warn, "ANTEROOM_LISEN")
		p.doctor("--config", "none.yaml").found(t, "settings", doctor.Fail, "no such file", "--config")
		if r := p.run("", "doctor", "--clock-url", "example"); r.code != exitUsage {
			t.Errorf("exit code %d: %s", r.code, r.err)
		}
	})
	t.Run("occupied ports", func(t *testing.T) {
		p := newPlace(t)
		l, err := net.Listen("tcp", "127.0.0.1:"+p.port())
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		p.doctor().found(t, "pages port", doctor.Fail, "address already in use", "--listen")
	})
	t.Run("expired", func(t *testing.T) {
		p := newPlace(t)
		p.secured(certified(t, "127.0.0.1", time.Now().Add(-time.Hour)))
		p.doctor().found(t, "certificate", doctor.Fail, "ran out")
		p.serve() // it starts all the same
		r := p.doctor()
		r.found(t, "certificate", doctor.Fail, "served at", "ran out")
		r.found(t, "pages", doctor.Fail, "expired")
		r.found(t, "websocket", doctor.Skip)
		r.found(t, "TURN over TLS", doctor.Fail, "expired")
		r.found(t, "TURN over UDP", doctor.OK)
	})
	t.Run("another name", func(t *testing.T) {
		p := newPlace(t)
		p.secured(certified(t, "talk.example.org", time.Now().Add(80*24*time.Hour)))
		p.doctor().found(t, "certificate", doctor.Fail, "it is not for 127.0.0.1")
	})
	t.Run("nobody trusts it", func(t *testing.T) {
		p := newPlace(t)
		chain, key, _ := certified(t, "127.0.0.1", time.Now().Add(80*24*time.Hour))
		_, _, another := certified(t, "127.0.0.1", time.Now().Add(80*24*time.Hour))
		p.secured(chain, key, another)
		p.doctor().found(t, "certificate", doctor.Fail, "will not trust it")
	})
	t.Run("no CA", func(t *testing.T) {
		p := newPlace(t)
		ports := freePorts(t, 1)
		p.environ = append(p.environ, "ANTEROOM_TLS=auto", "ANTEROOM_PUBLIC_URL=https://talk.invalid:"+p.port(), "ANTEROOM_ACME_DIRECTORY=https://127.0.0.1:"+ports[0]+"/dir")
		s := p.serve()
		if !strings.Contains(s.banner, "Certificate   is being asked for") {
			t.Errorf("it says\n%s", s.banner)
		}
		r := p.doctor()
		for end := time.Now().Add(10 * time.Second); r.has("certificate", doctor.Warn) && time.Now().Before(end); { // it is just being asked for
			r = p.doctor()
		}
		r.found(t, "certificate", doctor.Fail, "the CA cannot be asked: connection refused")
		r.found(t, "clock", doctor.Warn, "let the node reach its CA")
		r.found(t, "public address", doctor.Fail, "talk.invalid in the DNS")
		r.found(t, "media", doctor.OK)
	})
	t.Run("media leads nowhere", func(t *testing.T) {
		p := newPlace(t)
		p.environ = append(p.environ, "ANTEROOM_MEDIA_IPS=127.0.0.1,192.0.2.7") // of no network (RFC 5737)
		p.serve()
		r := p.doctor()
		r.found(t, "STUN over UDP", doctor.Warn, "but not everywhere that clients are told: 192.0.2.7", "--media-ips")
		r.found(t, "TURN over UDP", doctor.Warn, "192.0.2.7")
		r.found(t, "media", doctor.OK)
	})
	t.Run("no answer over UDP", func(t *testing.T) {
		p := newPlace(t)
		p.environ = append(p.environ, "ANTEROOM_MEDIA_IPS=192.0.2.7")
		p.serve()
		r := p.doctor()
		r.found(t, "STUN over UDP", doctor.Fail, "192.0.2.7", "open or forward the port")
		r.found(t, "TURN over UDP", doctor.Fail, "192.0.2.7")
	})
	t.Run("a proxy that passes no websockets", func(t *testing.T) {
		p := newPlace(t)
		node := &url.URL{Scheme: "http", Host: "localhost:" + p.port()}
		proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(node)
			r.Out.Header.Del("Upgrade")
			r.Out.Header.Del("Connection")
		}})
		defer proxy.Close()
		p.environ = append(p.environ, "ANTEROOM_PUBLIC_URL="+proxy.URL)
		p.serve()
		r := p.doctor()
		r.found(t, "pages", doctor.OK, proxy.URL)
		r.found(t, "websocket", doctor.Fail, "Upgrade")
		r.found(t, "public address", doctor.OK)
	})
	t.Run("another server answers", func(t *testing.T) {
		p := newPlace(t)
		other := httptest.NewServer(http.NotFoundHandler())
		defer other.Close()
		p.environ = append(p.environ, "ANTEROOM_PUBLIC_URL="+other.URL)
		p.serve()
		r := p.doctor()
		r.found(t, "pages", doctor.Fail, "no Anteroom")
		r.found(t, "websocket", doctor.Skip)
	})
	t.Run("other settings than the node's", func(t *testing.T) {
		p := newPlace(t)
		p.serve()
		ports := freePorts(t, 2)
		r := p.doctor("--listen", "localhost:"+ports[0], "--media-port", ports[1])
		r.found(t, "node", doctor.Warn, p.url)
		r.found(t, "pages port", doctor.Warn, "start the node again")
		r.found(t, "media port", doctor.Warn, ports[1])
	})
}

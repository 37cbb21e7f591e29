package doctor

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"github.com/anteroom-video/anteroom/cmd/internal/config"
	"github.com/anteroom-video/anteroom/cmd/internal/control"
	"github.com/anteroom-video/anteroom/lobby/sqlstore"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func examine() *examination {
	return &examination{Patient: Patient{Config: config.Defaults(false), Now: time.Now}}
}

// found checks that the last finding is such a one.
func (e *examination) found(t *testing.T, check string, r Result, words ...string) {
	t.Helper()
	if len(e.findings) == 0 {
		t.Fatal("nothing was found")
	}
	f := e.findings[len(e.findings)-1]
	if f.Check != check || f.Result != r {
		t.Errorf("found %+v, want %s of %s", f, r, check)
	}
	for _, w := range words {
		if !strings.Contains(f.Said+" → "+f.Do, w) {
			t.Errorf("%q is not in: %s → %s", w, f.Said, f.Do)
		}
	}
	if (r == Warn || r == Fail) && f.Do == "" {
		t.Errorf("it says nothing to do: %+v", f)
	}
}

func TestTheStateFolder(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	open := filepath.Join(dir, "open")
	if err := os.Mkdir(open, 0o755); err != nil {
		t.Fatal(err)
	}
	type want struct {
		result Result
		words  string
	}
	folders := map[string]want{
		filepath.Join(dir, "to", "come"): {Skip, "anteroom serve makes it"},
		file:                             {Fail, "it is a file"},
		open:                             {Warn, "chmod 700"},
	}
	if runtime.GOOS == "linux" {
		folders["/proc/self/task"] = want{Fail, "cannot be written"} // where not even root can
	}
	for folder, want := range folders {
		e := examine()
		e.Config.StateDir = folder
		e.state()
		e.findings = slices.DeleteFunc(e.findings, func(f Finding) bool { return f.Check == "store key" })
		e.found(t, "state folder", want.result, want.words)
	}
	left, err := os.ReadDir(open)
	if err != nil || len(left) > 0 {
		t.Errorf("it leaves %v %v", left, err)
	}

	// A store without its key is lost.
	store := filepath.Join(dir, "store")
	if err := os.Mkdir(store, 0o700); err != nil {
		t.Fatal(err)
	}
	e := examine()
	e.Config.StateDir, e.Config.StoreKey = store, filepath.Join(dir, "key")
	e.state()
	e.found(t, "store key", Skip, "no store yet")
	if err := os.WriteFile(filepath.Join(store, sqlstore.FileName), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	e.state()
	e.found(t, "store key", Fail, "no such file", "--store-key")
	if err := os.WriteFile(e.Config.StoreKey, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	e.state()
	e.found(t, "store key", Warn, "chmod 600")
	if err := os.Chmod(e.Config.StoreKey, 0o600); err != nil {
		t.Fatal(err)
	}
	e.state()
	e.found(t, "store key", OK)
}

// A folder whose owner hangs: it has the lock and no socket.
func TestAFolderThatIsHeld(t *testing.T) {
	e := examine()
	e.Config.StateDir = t.TempDir()
	e.find(t.Context())
	e.found(t, "node", Skip, "none runs")
	held, err := control.Own(e.Config.StateDir)
	if err != nil {
		t.Fatal(err)
	}
	e.find(t.Context())
	e.found(t, "node", Fail, "does not answer")
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	e.find(t.Context())
	e.found(t, "node", Skip, "none runs")
}

func TestPorts(t *testing.T) {
	e := examine()
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()
	udp, err := net.ListenPacket("udp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	e.free(t.Context(), "pages port", "listen", tcp.Addr().String(), "tcp")
	e.found(t, "pages port", Fail, "address already in use", "ss -lntup", "--listen")
	e.free(t.Context(), "media port", "media-port", net.JoinHostPort("", strconv.Itoa(udp.LocalAddr().(*net.UDPAddr).Port)), "udp", "tcp")
	e.found(t, "media port", Fail, "UDP", "--media-port")
	e.free(t.Context(), "pages port", "listen", "192.0.2.7:0", "tcp")
	e.found(t, "pages port", Fail, "cannot assign")
	e.free(t.Context(), "pages port", "listen", "127.0.0.1:0", "tcp")
	e.found(t, "pages port", OK)
	e.held("pages port", "listen", ":443", "[::]:443")
	e.found(t, "pages port", OK)
	e.held("pages port", "listen", ":443", "[::]:8443")
	e.found(t, "pages port", Warn, "[::]:8443", "start the node again")
}

func TestBuffersAndFiles(t *testing.T) {
	e := examine()
	e.judgeBuffers(sizes{212992, 4 << 20}, 4<<20)
	e.found(t, "UDP buffers", Warn, "net.core.rmem_max grants 212992", "sysctl -w net.core.rmem_max=4194304,")
	e.judgeBuffers(sizes{4 << 20, 4 << 20}, 4<<20)
	e.found(t, "UDP buffers", OK)
	// The system is really asked: no system grants so much.
	granted, err := bufferSizes(1 << 30)
	if err != nil || granted.in >= 1<<30 || granted.in < 1024 || granted.out < 1024 {
		t.Errorf("%+v %v", granted, err)
	}

	e.status = &control.Status{OpenFiles: 1024}
	e.files()
	e.found(t, "open files", Warn, "1024", "LimitNOFILE=65536")
	e.status.OpenFiles = 65536
	e.files()
	e.found(t, "open files", OK)
	e.status = nil
	var own unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &own); err != nil {
		t.Fatal(err)
	}
	e.files()
	want := OK
	if own.Cur < enoughFiles {
		want = Warn
	}
	e.found(t, "open files", want, strconv.FormatUint(own.Cur, 10), "no node runs")
}

// issued is a certificate for talk.example.org that a CA of the test gave.
func issued(t *testing.T, from, until time.Time, names ...string) (leaf *x509.Certificate, roots *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "CA"}, NotBefore: from.Add(-time.Hour), NotAfter: until.Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	one := &x509.Certificate{SerialNumber: big.NewInt(2), NotBefore: from, NotAfter: until, DNSNames: names, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	for _, template := range []*x509.Certificate{ca, one} {
		der, err := x509.CreateCertificate(rand.Reader, template, ca, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		if leaf, err = x509.ParseCertificate(der); err != nil {
			t.Fatal(err)
		}
		if template == ca {
			roots = x509.NewCertPool()
			roots.AddCert(leaf)
		}
	}
	return leaf, roots
}

func TestCertificates(t *testing.T) {
	const day = 24 * time.Hour
	now := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		from, until time.Duration
		host        string
		untrusted   bool
		result      Result
		words       string
	}{
		"fresh":             {-day, 89 * day, "talk.example.org", false, OK, "89 days left"},
		"another name":      {-day, 89 * day, "www.example.org", false, Fail, "it is not for talk.example.org"},
		"expired":           {-90 * day, -day, "talk.example.org", false, Fail, "it ran out on 2026-10-31"},
		"of the future":     {day, 89 * day, "talk.example.org", false, Fail, "set the clock"},
		"nobody's":          {-day, 89 * day, "talk.example.org", true, Fail, "browsers will not trust it"},
		"soon over":         {-80 * day, 10 * day, "talk.example.org", false, Warn, "see why it was not renewed"},
		"short and fresh":   {-day, 5 * day, "talk.example.org", false, OK, "5 days left"},
		"short, soon over":  {-5 * day, day, "talk.example.org", false, Warn, "24 hours left"},
		"one for all names": {-day, 89 * day, "*.example.org", false, OK, ""},
	} {
		t.Run(name, func(t *testing.T) {
			leaf, roots := issued(t, now.Add(test.from), now.Add(test.until), test.host)
			e := examine()
			e.Config.PublicURL, e.Now, e.roots = "https://talk.example.org", func() time.Time { return now }, roots
			if test.untrusted {
				e.roots = x509.NewCertPool()
			}
			e.judge([]*x509.Certificate{leaf}, "here")
			e.found(t, "certificate", test.result, test.words)
		})
	}
}

func TestWhatIsSaidWithoutACertificate(t *testing.T) {
	e := examine()
	e.Config.TLS, e.Config.PublicURL, e.Config.StateDir = config.TLSAuto, "https://talk.example.org", t.TempDir()
	e.certificate(t.Context())
	e.found(t, "certificate", Skip, "anteroom serve asks the CA for it")
	e.status = &control.Status{}
	e.certificate(t.Context())
	e.found(t, "certificate", Warn, "the CA is being asked")
	e.status.Certificate.Problem = "the CA refuses it: no way (x)"
	e.certificate(t.Context())
	e.found(t, "certificate", Fail, "the CA refuses it: no way (x)", "443")
	e.status = nil
	e.Config.TLS, e.Config.TLSCert, e.Config.TLSKey = config.TLSFiles, "none.pem", "none.key"
	e.certificate(t.Context())
	e.found(t, "certificate", Fail, "no such file")
	e.Config.TLS = config.TLSDev
	e.certificate(t.Context())
	e.found(t, "certificate", Warn, "self-signed")
	e.Config.ACMERoot = "none.pem"
	e.trust()
	e.found(t, "CA root", Fail, "--acme-root")
}

func TestPublicAddress(t *testing.T) {
	a := func(s ...string) (out []netip.Addr) {
		for _, one := range s {
			out = append(out, netip.MustParseAddr(one))
		}
		return out
	}
	own := a("127.0.0.1", "10.0.0.5", "203.0.113.7")
	for name, test := range map[string]struct {
		resolved, media []netip.Addr
		tls             config.TLSMode
		result          Result
		words           []string
	}{
		"this machine":             {a("203.0.113.7"), nil, config.TLSAuto, OK, []string{"443/TCP and 3478/UDP"}},
		"behind NAT, told":         {a("198.51.100.9"), a("198.51.100.9"), config.TLSAuto, OK, []string{"must lead from there to this machine"}},
		"behind NAT, not told":     {a("198.51.100.9"), nil, config.TLSFiles, Warn, []string{"--media-ips 198.51.100.9", "forward 443/TCP and 3478/UDP"}},
		"behind NAT, other told":   {a("198.51.100.9"), a("198.51.100.8"), config.TLSFiles, Warn, []string{"--media-ips 198.51.100.9"}},
		"media goes elsewhere":     {a("203.0.113.7"), a("198.51.100.9"), config.TLSAuto, Warn, []string{"send media to 198.51.100.9"}},
		"one of two":               {a("203.0.113.7", "2001:db8::7"), nil, config.TLSAuto, Warn, []string{"2001:db8::7"}},
		"a proxy, media told":      {a("198.51.100.9"), a("203.0.113.7"), config.TLSOff, Warn, []string{"if that is the proxy", "3478/UDP and 3478/TCP"}},
		"a proxy, media not known": {a("198.51.100.9"), nil, config.TLSOff, Warn, []string{"--media-ips"}},
	} {
		t.Run(name, func(t *testing.T) {
			e := examine()
			e.Config.PublicURL, e.Config.TLS, e.Config.MediaIPs = "https://talk.example.org", test.tls, test.media
			e.judgeAddress("talk.example.org", test.resolved, own)
			e.found(t, "public address", test.result, test.words...)
		})
	}
	e := examine()
	e.address(t.Context())
	e.found(t, "public address", Skip, "no --public-url")
	e.Config.PublicURL = "https://nowhere.invalid" // RFC 6761 section 6.4
	e.address(t.Context())
	e.found(t, "public address", Fail, "enter nowhere.invalid in the DNS")
	e.Config.PublicURL = "https://127.0.0.1"
	e.address(t.Context())
	e.found(t, "public address", OK, "which this machine has")
}

func TestTheClock(t *testing.T) {
	off := time.Duration(0)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", time.Now().Add(off).UTC().Format(http.TimeFormat))
	}))
	defer server.Close()
	e := examine()
	e.clock(t.Context())
	e.found(t, "clock", Skip, "nothing to compare it with")
	e.ClockURL = server.URL
	e.clock(t.Context())
	e.found(t, "clock", OK)
	for _, off = range []time.Duration{time.Minute, -time.Minute} {
		e.clock(t.Context())
		e.found(t, "clock", Warn, "is off by", "set-ntp")
	}
	server.Close()
	e.clock(t.Context())
	e.found(t, "clock", Warn, "cannot be asked")
	e.ClockURL, e.Config.ACMEDirectory = "", server.URL
	e.clock(t.Context())
	e.found(t, "clock", Warn, "let the node reach its CA")
}

// Without a node nothing that needs one is said to be right.
func TestNothingIsClaimedOfANodeThatDoesNotRun(t *testing.T) {
	c := config.Defaults(false)
	c.StateDir, c.Listen, c.AdminListen, c.MediaPort = t.TempDir(), "127.0.0.1:0", "127.0.0.1:0", 0
	var seen []Finding
	findings := Examine(t.Context(), Patient{Config: c, Each: func(f Finding) { seen = append(seen, f) }})
	if !slices.Equal(findings, seen) {
		t.Error("not everything was told at once")
	}
	for _, check := range []string{"node", "pages", "websocket", "STUN over UDP", "TURN over UDP", "TURN over TCP", "TURN over TLS", "media"} {
		i := slices.IndexFunc(findings, func(f Finding) bool { return f.Check == check })
		if i < 0 || findings[i].Result != Skip {
			t.Errorf("%s: %+v", check, findings)
		}
	}
}

func TestSilenceIsSaid(t *testing.T) {
	socket, err := net.ListenPacket("udp", "127.0.0.1:0") // it never answers
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	if err := mapped(t.Context(), socket.LocalAddr().String()); !errors.Is(err, errSilence) {
		t.Error(err)
	}
	if err := rehearse(t.Context(), [2]control.Credential{}, connections("127.0.0.1:1", nil)); err == nil {
		t.Error("a relay where nobody listens")
	}
}

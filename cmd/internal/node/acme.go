package node

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/caddyserver/certmagic"
	"github.com/mholt/acmez/v3"
	"github.com/mholt/acmez/v3/acme"
	"go.uber.org/zap"

	"github.com/anteroom-video/anteroom/cmd/internal/config"
	"github.com/anteroom-video/anteroom/cmd/internal/control"
)

// acmeFolder is where, in the state folder, the certificate, its key and the account with the CA are kept.
const acmeFolder = "acme"

// acmeTiming is when something is asked of a CA; tests are less patient.
type acmeTiming struct {
	// retry is how long to wait after that many failures in a row, of which the last was a refusal or not.
	retry func(failures int, refused bool) time.Duration
	// look is how often it is looked whether the certificate has to be renewed.
	look time.Duration
}

// patient asks at most five times in the first hour when the CA refuses, which is what Let's Encrypt bears for one name. Whoever cannot
// be reached counts nothing.
func patient(failures int, refused bool) time.Duration {
	waits := []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour}
	if !refused {
		return min(time.Duration(failures)*time.Minute, 5*time.Minute)
	}
	return waits[min(failures, len(waits))-1]
}

// acmeCertificate is a certificate that the node gets from a CA, and renews, by itself (RFC 8555): it shows that it has the name by
// answering at the port of the pages (RFC 8737).
type acmeCertificate struct {
	host   string
	logger *slog.Logger
	timing acmeTiming
	cache  *certmagic.Cache
	magic  *certmagic.Config
	stop   context.CancelFunc
	done   chan struct{}

	// mu guards the following field.
	mu      sync.Mutex
	problem string // why there is no certificate, or no newer one; "": all is well
}

// fromCA asks for a certificate in the background, for as long as it takes; until there is one, handshakes fail. The node listens
// at the address already. Close it.
func fromCA(c config.Config, at *net.TCPAddr, timing acmeTiming, logger *slog.Logger) (*acmeCertificate, error) {
	var roots *x509.CertPool // nil: the system's
	if c.ACMERoot != "" {
		text, err := os.ReadFile(c.ACMERoot)
		roots = x509.NewCertPool()
		if err == nil && !roots.AppendCertsFromPEM(text) {
			err = errors.New("it holds no certificate in PEM")
		}
		if err != nil {
			return nil, &StartError{Thing: "the CA's root certificate " + c.ACMERoot + " cannot be used", Reason: err, Way: "name its file with --acme-root"}
		}
	}
	if timing.retry == nil {
		timing.retry = patient
	}
	a := &acmeCertificate{host: c.Host(), logger: logger, timing: timing, done: make(chan struct{})}
	// What certmagic logs names e-mail and internet addresses. What an operator needs is said here.
	silent := zap.NewNop()
	a.cache = certmagic.NewCache(certmagic.CacheOptions{
		GetConfigForCert:   func(certmagic.Certificate) (*certmagic.Config, error) { return a.magic, nil },
		RenewCheckInterval: timing.look, Logger: silent,
	})
	settings := certmagic.Config{
		Storage: newACMEStore(filepath.Join(c.StateDir, acmeFolder)), Logger: silent, OnEvent: a.event,
		// As with tls: files, whoever comes by another name or none gets the one certificate there is.
		DefaultServerName: a.host, FallbackServerName: a.host,
		// Asking a third party for each certificate at each start is not worth what it tells; Let's Encrypt has ended it.
		OCSP: certmagic.OCSPConfig{DisableStapling: true},
	}
	a.magic = certmagic.New(a.cache, settings)
	issuer := certmagic.NewACMEIssuer(a.magic, certmagic.ACMEIssuer{
		CA: c.ACMEDirectory, Email: c.ACMEEmail, Agreed: true, TrustedRoots: roots, Logger: silent,
		DisableHTTPChallenge: true, DisableDistributedSolvers: true,
		// Where the node listens already, so that certmagic does not.
		ListenHost: listenHost(at), AltTLSALPNPort: at.Port,
	})
	a.magic.Issuers = []certmagic.Issuer{issuer}
	// The first certificate is asked for without certmagic's retries, whose waits begin long and cannot be ended, and without its
	// questions to a person at a terminal.
	settings.Issuers = []certmagic.Issuer{mute{issuer}}
	first := certmagic.New(a.cache, settings)
	ctx, stop := context.WithCancel(context.Background())
	a.stop = stop
	go a.obtain(ctx, first)
	return a, nil
}

func listenHost(at *net.TCPAddr) string {
	if at.IP.IsUnspecified() {
		return ""
	}
	return at.IP.String()
}

// mute is an issuer that asks nobody at a terminal.
type mute struct{ *certmagic.ACMEIssuer }

// PreCheck implements certmagic.PreChecker.
func (m mute) PreCheck(ctx context.Context, names []string, _ bool) error {
	return m.ACMEIssuer.PreCheck(ctx, names, false)
}

// obtain takes the certificate that is kept, or tries until it gets one. Renewals after that are certmagic's.
func (a *acmeCertificate) obtain(ctx context.Context, first *certmagic.Config) {
	defer close(a.done)
	for failures := 1; ; failures++ {
		err := first.ManageSync(ctx, []string{a.host})
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			a.setProblem("")
			a.logger.Info("the TLS certificate is in use", "until", a.until().Format(time.DateOnly))
			return
		}
		if !a.until().IsZero() {
			return // the kept one could not be renewed yet, of which event has heard; certmagic goes on
		}
		said, refused := explainCA(err)
		a.setProblem(said)
		wait := a.timing.retry(failures, refused)
		a.logger.Error("there is no TLS certificate yet, and pages cannot be opened without; it is tried again", "err", said, "in", wait)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
	}
}

// explainCA is what an operator needs of an error: the CA's own words where it has said something.
func explainCA(err error) (said string, refused bool) {
	if problem, ok := errors.AsType[acme.Problem](err); ok {
		return fmt.Sprintf("the CA refuses it: %s (%s)", problem.Detail, problem.Type), true
	}
	return "the CA cannot be asked: " + cause(err).Error(), false
}

// event hears of renewals, which certmagic does by itself.
func (a *acmeCertificate) event(_ context.Context, name string, data map[string]any) error {
	if renewal, ok := data["renewal"].(bool); !ok || !renewal {
		return nil
	}
	switch name {
	case "cert_obtained":
		a.setProblem("")
		a.logger.Info("the TLS certificate was renewed")
	case "cert_failed":
		err, ok := data["error"].(error)
		if !ok {
			err = errors.New("the reason is unknown")
		}
		said, _ := explainCA(err)
		a.setProblem(said)
		a.logger.Warn("the TLS certificate could not be renewed; the old one stays in use, and it is tried again", "err", said, "until", a.until().Format(time.DateOnly))
	}
	return nil
}

func (a *acmeCertificate) setProblem(said string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.problem = said
}

// until is when the certificate runs out; zero without one.
func (a *acmeCertificate) until() (last time.Time) {
	for _, c := range a.cache.AllMatchingCertificates(a.host) {
		if c.Leaf != nil && c.Leaf.NotAfter.After(last) {
			last = c.Leaf.NotAfter
		}
	}
	return last
}

// state is what an operator may be told.
func (a *acmeCertificate) state() control.Certificate {
	a.mu.Lock()
	defer a.mu.Unlock()
	return control.Certificate{Until: a.until(), Problem: a.problem}
}

// tlsConfig is that of the pages, and answers the CA as well.
func (a *acmeCertificate) tlsConfig() *tls.Config {
	c := tlsConfig(a.magic.GetCertificate)
	c.NextProtos = append(c.NextProtos, acmez.ACMETLS1Protocol)
	return c
}

// close ends what is asked for and waits for it.
func (a *acmeCertificate) close() {
	a.stop()
	<-a.done
	a.cache.Stop()
}

// acmeStore keeps files. The state folder is this process's alone, so that its locks need none, and none is left when it is killed.
type acmeStore struct {
	certmagic.FileStorage

	// mu guards the following field.
	mu    sync.Mutex
	locks map[string]chan struct{} // who can send has the lock
}

func newACMEStore(path string) *acmeStore {
	return &acmeStore{FileStorage: certmagic.FileStorage{Path: path}, locks: map[string]chan struct{}{}}
}

func (s *acmeStore) lock(name string) chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.locks[name] == nil {
		s.locks[name] = make(chan struct{}, 1)
	}
	return s.locks[name]
}

// Lock implements certmagic.Locker.
func (s *acmeStore) Lock(ctx context.Context, name string) error {
	select {
	case s.lock(name) <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Unlock implements certmagic.Locker.
func (s *acmeStore) Unlock(_ context.Context, name string) error {
	select {
	case <-s.lock(name):
		return nil
	default:
		return fmt.Errorf("%s is not locked", name)
	}
}

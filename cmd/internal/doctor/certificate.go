package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/anteroom-video/anteroom/cmd/internal/config"
)

// renewBefore is how long before its end a certificate should have been renewed, or a quarter of its life if that is less.
const renewBefore = 14 * 24 * time.Hour

// trust reads the root of a CA of one's own, beside those of the system.
func (e *examination) trust() {
	if e.Config.ACMERoot == "" {
		return
	}
	const check = "CA root"
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	text, err := os.ReadFile(e.Config.ACMERoot)
	if err == nil && !roots.AppendCertsFromPEM(text) {
		err = errors.New("it holds no certificate in PEM")
	}
	if err != nil {
		e.fail(check, "name its file with --acme-root", "%s cannot be used: %v", e.Config.ACMERoot, cause(err))
		return
	}
	e.roots = roots
	e.ok(check, "%s is a certificate; devices of clients must trust it too", e.Config.ACMERoot)
}

// certificate looks at the one that the node serves, or would.
func (e *examination) certificate(ctx context.Context) {
	const check = "certificate"
	c := e.Config
	switch {
	case c.TLS == config.TLSOff:
		e.skip(check, "tls is off; where a proxy has it, the check of the pages tells of it")
		return
	case c.TLS == config.TLSDev:
		e.warn(check, "for clients use --tls auto or --tls files", "it is self-signed, for trying out: browsers warn of it")
		return
	case e.status != nil && c.TLS == config.TLSAuto && e.status.Certificate.Until.IsZero():
		said, do := e.status.Certificate.Problem, "the host name must lead to this machine, and port 443 be open to the CA; the node tries again by itself"
		if said == "" {
			e.warn(check, "wait a minute and ask again", "there is none yet; the CA is being asked")
			return
		}
		e.fail(check, do, "there is none: %s", said)
		return
	}
	chain, from, err := e.chain(ctx)
	switch {
	case errors.Is(err, os.ErrNotExist) && c.TLS == config.TLSAuto:
		e.skip(check, "there is none yet; anteroom serve asks the CA for it")
		return
	case err != nil:
		e.fail(check, "see that certificate and key are PEM, belong together and can be read by this user", "%s: %v", from, cause(err))
		return
	}
	e.judge(chain, from)
	if e.status != nil && e.status.Certificate.Problem != "" {
		e.warn("renewal", "the host name must lead to this machine, and port 443 be open to the CA; the node tries again by itself", "the last one failed: %s", e.status.Certificate.Problem)
	}
}

// chain is the certificate with those that it stands on, and where it was found.
func (e *examination) chain(ctx context.Context) (chain []*x509.Certificate, from string, err error) {
	c := e.Config
	if e.status != nil {
		from = "served at " + e.status.Pages
		chain, err = servedChain(ctx, here(e.status.Pages), c.Host())
		return chain, from, err
	}
	cert, key := c.TLSCert, c.TLSKey
	if c.TLS == config.TLSAuto {
		// As certmagic lays them down, below the CA's name.
		kept, err := filepath.Glob(filepath.Join(c.StateDir, "acme", "certificates", "*", c.Host(), c.Host()+".crt"))
		if err != nil || len(kept) == 0 {
			return nil, "", os.ErrNotExist
		}
		cert = kept[0]
		key = cert[:len(cert)-len(".crt")] + ".key"
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, cert, err
	}
	for _, der := range pair.Certificate {
		one, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, cert, err
		}
		chain = append(chain, one)
	}
	return chain, cert, nil
}

// servedChain is what is shown to who asks for host, whether it can be trusted or not.
func servedChain(ctx context.Context, address, host string) ([]*x509.Certificate, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	// It is looked at afterwards; nothing is sent over this connection.
	dialer := tls.Dialer{Config: &tls.Config{ServerName: host, InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}}}
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return conn.(*tls.Conn).ConnectionState().PeerCertificates, nil
}

// here is an address of this machine at which who listens on address can be reached.
func here(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return net.JoinHostPort(host, port)
}

// judge says whether browsers take a certificate.
func (e *examination) judge(chain []*x509.Certificate, from string) {
	const check = "certificate"
	now, leaf, host := e.Now(), chain[0], e.Config.Host()
	if err := leaf.VerifyHostname(host); err != nil {
		e.fail(check, "get one for "+host+", or set --public-url to the name that it has", "%s: it is not for %s (%v)", from, host, err)
		return
	}
	day := leaf.NotAfter.Format(time.DateOnly)
	if now.After(leaf.NotAfter) {
		e.fail(check, "renew it", "%s: it ran out on %s", from, day)
		return
	}
	if now.Before(leaf.NotBefore) {
		e.fail(check, "set the clock, or wait", "%s: it is valid from %v on", from, leaf.NotBefore.Format(time.DateTime))
		return
	}
	under := x509.NewCertPool()
	for _, c := range chain[1:] {
		under.AddCert(c)
	}
	if _, err := leaf.Verify(x509.VerifyOptions{DNSName: host, Roots: e.roots, Intermediates: under, CurrentTime: now}); err != nil {
		do := "let --tls-cert hold the whole chain (fullchain.pem); a CA of your own must be trusted by this system and by the devices of clients"
		if len(chain) > 1 {
			do = "take one from a CA that browsers trust; a CA of your own must be trusted by this system and by the devices of clients"
		}
		e.fail(check, do, "%s: browsers will not trust it (%v)", from, err)
		return
	}
	left := leaf.NotAfter.Sub(now)
	said := fmt.Sprintf("%s: for %s, until %s (%s left)", from, host, day, remaining(left))
	if left < min(renewBefore, leaf.NotAfter.Sub(leaf.NotBefore)/4) {
		do := "see why it was not renewed"
		if e.Config.TLS == config.TLSFiles {
			do += "; the node reads the files again by itself"
		}
		e.warn(check, do, "%s", said)
		return
	}
	e.ok(check, "%s", said)
}

func remaining(d time.Duration) string {
	if d < 48*time.Hour {
		return fmt.Sprintf("%d hours", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

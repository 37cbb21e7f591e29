package node

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// reloadEvery is how often the files of a certificate are looked at, at most.
const reloadEvery = 10 * time.Second

// files is a certificate from two files that somebody else renews.
type files struct {
	cert, key string
	clock     func() time.Time
	logger    *slog.Logger

	// mu guards the following fields.
	mu      sync.Mutex
	current *tls.Certificate
	stamp   string // sizes and times of the files that current was read from
	looked  time.Time
}

// fromFiles reads a certificate and keeps up with its files.
func fromFiles(cert, key string, clock func() time.Time, logger *slog.Logger) (*files, error) {
	f := &files{cert: cert, key: key, clock: clock, logger: logger, looked: clock()}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		way := "check that the files are PEM, belong together, and that this user may read them"
		if errors.Is(err, fs.ErrNotExist) {
			way = "name the files with --tls-cert and --tls-key"
		}
		return nil, &StartError{Thing: fmt.Sprintf("the TLS certificate %s with key %s cannot be used", cert, key), Reason: err, Way: way}
	}
	f.current, f.stamp = &pair, f.look()
	return f, nil
}

// look tells whether the files are others than before, without reading them.
func (f *files) look() string {
	stamp := ""
	for _, name := range []string{f.cert, f.key} {
		if info, err := os.Stat(name); err == nil {
			stamp += fmt.Sprintf("%d %d ", info.Size(), info.ModTime().UnixNano())
		}
	}
	return stamp
}

// certificate is the present one, for tls.Config. New files that cannot be used are refused, with the old one kept.
func (f *files) certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.clock()
	if now.Sub(f.looked) < reloadEvery {
		return f.current, nil
	}
	f.looked = now
	if stamp := f.look(); stamp != f.stamp {
		pair, err := tls.LoadX509KeyPair(f.cert, f.key)
		if err != nil { // perhaps only one of the two is renewed yet
			f.logger.Warn("the new TLS certificate cannot be used; the old one stays", "err", err)
			return f.current, nil
		}
		f.current, f.stamp = &pair, stamp
		f.logger.Info("the TLS certificate was renewed")
	}
	return f.current, nil
}

const (
	selfSignedName = "dev-tls.pem"
	// selfSignedLife is what phones accept of a certificate that somebody installed (825 days on iOS).
	selfSignedLife = 820 * 24 * time.Hour
)

// selfSigned is a certificate for trying out, kept in the state folder so that a browser has to be convinced once. It is made
// anew when it has run out or does not name an address that the machine has now.
func selfSigned(stateDir string, hosts []string, now time.Time) (tls.Certificate, error) {
	path := filepath.Join(stateDir, selfSignedName)
	if kept, err := tls.LoadX509KeyPair(path, path); err == nil && covers(kept.Leaf, hosts, now) {
		return kept, nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("making a certificate: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("making a certificate: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "Anteroom, for trying out"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(selfSignedLife),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true,
	}
	for _, host := range hosts {
		if addr, err := netip.ParseAddr(host); err == nil {
			template.IPAddresses = append(template.IPAddresses, addr.AsSlice())
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("making a certificate: %w", err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("making a certificate: %w", err)
	}
	var out bytes.Buffer
	pem.Encode(&out, &pem.Block{Type: "CERTIFICATE", Bytes: der})
	pem.Encode(&out, &pem.Block{Type: "PRIVATE KEY", Bytes: encoded})
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		return tls.Certificate{}, &StartError{Thing: "the self-signed certificate cannot be kept in " + path, Reason: err, Way: "give this user the state folder"}
	}
	return tls.X509KeyPair(out.Bytes(), out.Bytes())
}

func covers(leaf *x509.Certificate, hosts []string, now time.Time) bool {
	return now.After(leaf.NotBefore) && now.Add(24*time.Hour).Before(leaf.NotAfter) &&
		!slices.ContainsFunc(hosts, func(host string) bool { return leaf.VerifyHostname(host) != nil })
}

// ownHosts are the names and addresses under which this machine may be opened, in the order in which they are worth trying from
// another device: addresses in its networks first, localhost last.
func ownHosts() []string {
	var hosts, local []string
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		addrs = nil // localhost is left
	}
	for _, a := range addrs {
		network, ok := a.(*net.IPNet)
		if !ok {
			continue
		}
		addr, ok := netip.AddrFromSlice(network.IP)
		if addr = addr.Unmap(); !ok || addr.IsLinkLocalUnicast() {
			continue
		}
		if addr.IsLoopback() {
			local = append(local, addr.String())
		} else {
			hosts = append(hosts, addr.String())
		}
	}
	if name, err := os.Hostname(); err == nil && name != "" && name != "localhost" {
		hosts = append(hosts, name)
	}
	return slices.Concat(hosts, []string{"localhost"}, local)
}

// tlsConfig is what every listener with TLS has: HTTP/2 for pages, HTTP/1.1 for websockets.
func tlsConfig(certificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)) *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: certificate, NextProtos: []string{"h2", "http/1.1"}}
}

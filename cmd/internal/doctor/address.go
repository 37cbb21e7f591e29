package doctor

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/anteroom-video/anteroom/cmd/internal/config"
)

// address looks where the public address leads to, and whether clients are told the same for media.
func (e *examination) address(ctx context.Context) {
	const check = "public address"
	host := e.Config.Host()
	if host == "" {
		e.skip(check, "there is no --public-url; without one the node is for this machine or network alone")
		return
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	resolved, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		e.fail(check, "enter "+host+" in the DNS (A, and AAAA where there is IPv6) with the address under which others reach this machine", "%s is not found: %v", host, err)
		return
	}
	own, err := net.InterfaceAddrs()
	if err != nil {
		e.skip(check, "the addresses of this machine cannot be read: %v", err)
		return
	}
	e.judgeAddress(host, unmapped(resolved), prefixes(own))
}

func unmapped(addrs []netip.Addr) (out []netip.Addr) {
	for _, a := range addrs {
		if a = a.Unmap(); !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out
}

func prefixes(addrs []net.Addr) (out []netip.Addr) {
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			out = append(out, p.Addr().Unmap())
		}
	}
	return out
}

func (e *examination) judgeAddress(host string, resolved, own []netip.Addr) {
	const check = "public address"
	var here, told, elsewhere []netip.Addr
	for _, a := range resolved {
		switch {
		case slices.Contains(e.Config.MediaIPs, a):
			told = append(told, a)
		case slices.Contains(own, a):
			here = append(here, a)
		default:
			elsewhere = append(elsewhere, a)
		}
	}
	opens := e.opens()
	switch {
	case len(elsewhere) > 0 && e.Config.TLS == config.TLSOff:
		e.warn(check, "if that is the proxy, see that --media-ips names the address under which others reach this machine, and open or forward "+opens,
			"%s is %s, which is not this machine", host, list(elsewhere))
	case len(elsewhere) > 0:
		e.warn(check, fmt.Sprintf("behind NAT: --media-ips %s, and forward %s to this machine; else correct the DNS", commas(elsewhere), opens),
			"%s is %s, which this machine does not have and clients are not told of for media", host, list(elsewhere))
	case len(here) > 0 && len(e.Config.MediaIPs) > 0:
		e.warn(check, "name it in --media-ips, or take it out of the DNS", "%s is %s, which this machine has, but clients are told to send media to %s", host, list(here), list(e.Config.MediaIPs))
	case len(told) > 0:
		e.ok(check, "%s is %s, which clients are told for media too; %s must lead from there to this machine", host, list(told), opens)
	default:
		e.ok(check, "%s is %s, which this machine has; a firewall must let %s in", host, list(here), opens)
	}
}

// opens are the ports that others must reach.
func (e *examination) opens() string {
	pages := "443/TCP"
	if u, err := url.Parse(e.Config.PublicURL); err == nil && u.Port() != "" {
		pages = u.Port() + "/TCP"
	}
	media := e.Config.MediaPort
	if e.status != nil {
		media = e.status.MediaPort
	}
	if e.Config.TLS == config.TLSOff { // the proxy has the pages
		return fmt.Sprintf("%d/UDP and %d/TCP", media, media)
	}
	return fmt.Sprintf("%s and %d/UDP", pages, media)
}

func texts(addrs []netip.Addr) (out []string) {
	for _, a := range addrs {
		out = append(out, a.String())
	}
	return out
}

func list(addrs []netip.Addr) string   { return strings.Join(texts(addrs), " and ") }
func commas(addrs []netip.Addr) string { return strings.Join(texts(addrs), ",") }

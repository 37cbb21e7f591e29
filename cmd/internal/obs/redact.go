package obs

import (
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"regexp"
	"strings"
)

const withheld = "[withheld]"

// personal are the attribute keys whose values are never written. A key matches by any of its words: "peer_name" is a name.
var personal = map[string]bool{
	"account": true, "auth": true, "authorization": true, "candidate": true, "chat": true, "cookie": true, "device": true,
	"email": true, "fragment": true, "label": true, "link": true, "name": true, "participant": true, "password": true,
	"person": true, "phone": true, "proof": true, "query": true, "referer": true, "resume": true, "sdp": true, "secret": true,
	"text": true, "ticket": true, "title": true, "token": true, "ua": true, "uri": true, "url": true, "user": true,
}

var (
	// Dotted quads become their /24.
	ipv4 = regexp.MustCompile(`\b(\d{1,3}\.\d{1,3}\.\d{1,3})\.\d{1,3}\b`)
	// Everything that could be an IPv6 address; netip decides whether it is one. It becomes its /48.
	ipv6 = regexp.MustCompile(`[0-9A-Fa-f]*:[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*(%[0-9A-Za-z]+)?`)
	// What follows the # of an address is a link's secret or a one-time token.
	fragment = regexp.MustCompile(`#[0-9A-Za-z_-]{8,}`)
	// Random ids, keys and tokens in base64url or base32: long, with capitals in them. Long Go names are caught too and may be.
	opaque = regexp.MustCompile(`[0-9A-Za-z_-]{22,}`)
)

// Redact shortens IP addresses in a text (to /24 and /48) and withholds what looks like a secret.
func Redact(s string) string {
	s = fragment.ReplaceAllString(s, "#"+withheld)
	s = opaque.ReplaceAllStringFunc(s, func(run string) string {
		if strings.ContainsAny(run, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
			return withheld
		}
		return run
	})
	s = ipv6.ReplaceAllStringFunc(s, func(run string) string {
		addr, err := netip.ParseAddr(strings.TrimRight(run, ":."))
		if err != nil {
			// "read udp 2001:db8::1.": a full stop or a colon may belong to the sentence.
			return run
		}
		return ShortAddr(addr)
	})
	return ipv4.ReplaceAllString(s, "$1.*")
}

// ShortAddr is an address without what tells one household from the next: the /24 of IPv4, the /48 of IPv6.
func ShortAddr(addr netip.Addr) string {
	addr = addr.Unmap()
	if addr.Is4() {
		b := addr.As4()
		return fmt.Sprintf("%d.%d.%d.*", b[0], b[1], b[2])
	}
	prefix, err := addr.WithZone("").Prefix(48)
	if err != nil { // the zero Addr
		return withheld
	}
	return strings.TrimSuffix(prefix.Addr().String(), "::") + "::*"
}

// redact is the handler's hook for every attribute, the message included.
func redact(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey) {
		return a
	}
	if isPersonal(a.Key) {
		return slog.String(a.Key, withheld)
	}
	switch a.Value.Kind() {
	case slog.KindString:
		a.Value = slog.StringValue(redactKey(a.Key, a.Value.String()))
	case slog.KindAny:
		a.Value = slog.StringValue(redactAny(a.Key, a.Value.Any()))
	}
	return a
}

func isPersonal(key string) bool {
	for word := range strings.FieldsFuncSeq(strings.ToLower(key), func(r rune) bool { return r == '_' || r == '-' || r == '.' }) {
		if personal[word] {
			return true
		}
	}
	return false
}

// redactKey leaves the long names of a stack trace, which holds no text from outside.
func redactKey(key, s string) string {
	if key == "stack" {
		return s
	}
	return Redact(s)
}

func redactAny(key string, v any) string {
	switch v := v.(type) {
	case netip.Addr:
		return ShortAddr(v)
	case netip.AddrPort:
		return ShortAddr(v.Addr())
	case net.IP:
		addr, _ := netip.AddrFromSlice(v)
		return ShortAddr(addr)
	case error:
		return Redact(v.Error())
	case []byte:
		return redactKey(key, string(v))
	default:
		return Redact(fmt.Sprint(v))
	}
}

package web

import (
	"net/http"
	"regexp"
	"strings"
)

// permissions is what pages may use of the device: what a call needs, in this origin alone. Firefox and Safari ignore it.
const permissions = "camera=(self), microphone=(self), display-capture=(self), autoplay=(self), fullscreen=(self), screen-wake-lock=(self), " +
	"clipboard-write=(self), clipboard-read=(), geolocation=(), payment=(), usb=(), serial=(), hid=(), midi=(), " +
	"accelerometer=(), gyroscope=(), magnetometer=()"

// hostName is a Host header that can stand in a policy: letters, digits, dots, hyphens, a port, or an IPv6 address.
var hostName = regexp.MustCompile(`^(?:[0-9A-Za-z.-]+|\[[0-9A-Fa-f:]+\])(?::[0-9]{1,5})?$`)

// policy is the content security policy (CSP level 3) of every response: this origin, no inline code, no eval, nothing in frames;
// texts can reach the page as text alone (Trusted Types, with no policy that could make anything else of them but one: it gives the address of
// the worker that seals and opens frames, whatever it is asked for).
//
// Safari before 16 does not count the websocket of the same host as 'self', so it is named.
func policy(host string, secure bool) string {
	connect := "'self'"
	if hostName.MatchString(host) {
		scheme := "ws://"
		if secure {
			scheme = "wss://"
		}
		connect += " " + scheme + host
	}
	return strings.Join([]string{
		"default-src 'none'",
		"script-src 'self'",
		"style-src 'self'",
		"img-src 'self' blob: data:",
		"media-src 'self' blob: mediastream:",
		"connect-src " + connect,
		"worker-src 'self'",
		"manifest-src 'self'",
		"frame-ancestors 'none'",
		"base-uri 'none'",
		"form-action 'self'",
		"require-trusted-types-for 'script'",
		"trusted-types anteroom",
	}, "; ")
}

// Secured puts the security headers on every answer of next. With https, browsers are told for two years never to come without
// it (RFC 6797); leave that out where the certificate is for trying out.
func Secured(next http.Handler, https, strictTransport bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy(r.Host, https))
		h.Set("Permissions-Policy", permissions)
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY") // for browsers without frame-ancestors
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Origin-Agent-Cluster", "?1")
		h.Set("X-Robots-Tag", "noindex, nofollow, noarchive")
		h.Set("Cache-Control", "no-store") // assets say otherwise
		if https && strictTransport {
			h.Set("Strict-Transport-Security", "max-age=63072000")
		}
		next.ServeHTTP(w, r)
	})
}

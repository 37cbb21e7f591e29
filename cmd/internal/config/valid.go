package config

import (
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// valid tells whether the value that c holds for a key is one that the key allows, whatever the other keys are.
func valid(key string, c Config) bool {
	switch key {
	case "listen":
		return isAddress(c.Listen)
	case "admin_listen":
		return c.AdminListen == AdminOff || isAddress(c.AdminListen)
	case "public_url":
		return isOrigin(c.PublicURL)
	case "tls":
		return c.TLS == TLSAuto || c.TLS == TLSFiles || c.TLS == TLSDev || c.TLS == TLSOff
	case "media_ips":
		return !slices.ContainsFunc(c.MediaIPs, func(ip netip.Addr) bool { return ip.IsUnspecified() || ip.IsMulticast() || ip.Zone() != "" })
	case "state_dir", "store_key", "tls_cert", "tls_key", "acme_root", "policies", "web_dir":
		return isPath(configPath(key, c))
	case "acme_directory":
		u, err := url.Parse(c.ACMEDirectory)
		return err == nil && u.Scheme == "https" && u.Host != "" && u.User == nil
	case "acme_email":
		return isEmail(c.ACMEEmail)
	case "service_name":
		return isLine(c.ServiceName, 80)
	case "service_phone":
		return isPhone(c.ServicePhone)
	case "service_privacy":
		return isLine(c.ServicePrivacy, 200)
	case "service_survey":
		u, err := url.Parse(c.ServiceSurvey)
		return err == nil && u.Scheme == "https" && u.Host != "" && u.User == nil && len(c.ServiceSurvey) <= 500
	case "service_helplines":
		return len(c.ServiceHelplines) <= 8 && !slices.ContainsFunc(c.ServiceHelplines, func(s string) bool { return !isHelpline(s) })
	case "service_lang":
		return len(c.ServiceLang) == 2 && strings.Trim(c.ServiceLang, "abcdefghijklmnopqrstuvwxyz") == ""
	case "service_exit":
		u, err := url.Parse(c.ServiceExit)
		return err == nil && u.Scheme == "https" && u.Host != "" && u.User == nil && !strings.ContainsAny(c.ServiceExit, " \t") && isLine(c.ServiceExit, 200)
	case "log_level":
		return c.LogLevel == "debug" || c.LogLevel == "info" || c.LogLevel == "warn" || c.LogLevel == "error"
	case "log_format":
		return c.LogFormat == LogText || c.LogFormat == LogJSON
	default: // media_port and trusted_proxies: whatever their types can hold
		return true
	}
}

// checkTogether finds what is wrong with keys that are each right by themselves.
func checkTogether(c Config, sources map[string]string) (problems []error) {
	wrong := func(key, message string) {
		problems = append(problems, Problem{Source: sources[key], Key: key, Message: message})
	}
	if c.TLS == TLSFiles && (c.TLSCert == "" || c.TLSKey == "") {
		wrong("tls", "files needs both tls_cert and tls_key")
	}
	if c.TLS != TLSFiles && c.TLSCert != "" {
		wrong("tls_cert", "has an effect with tls: files alone, and tls is "+string(c.TLS))
	}
	if c.TLS != TLSFiles && c.TLSKey != "" {
		wrong("tls_key", "has an effect with tls: files alone, and tls is "+string(c.TLS))
	}
	for _, key := range []string{"acme_directory", "acme_email", "acme_root"} {
		if c.TLS != TLSAuto && sources[key] != "" {
			wrong(key, "has an effect with tls: auto alone, and tls is "+string(c.TLS))
		}
	}
	if (c.TLS == TLSFiles || c.TLS == TLSAuto) && c.PublicURL == "" {
		wrong("public_url", "is needed with tls: "+string(c.TLS)+", because links name it; allowed is "+allowed("public_url"))
	} else if c.TLS == TLSAuto && !isCertifiable(c.Host(), c.ACMEDirectory != LetsEncrypt) {
		wrong("public_url", "needs a host name of the public DNS with tls: auto, such as talk.example.org: the CA certifies no "+c.Host())
	}
	if c.TLS != TLSOff && c.PublicURL != "" && !strings.HasPrefix(c.PublicURL, "https:") {
		wrong("public_url", "must begin with https:// when tls is "+string(c.TLS))
	}
	if inside(c.StateDir, c.StoreKey) {
		wrong("store_key", "lies in state_dir, which gets copied into backups; the key must lie elsewhere")
	}
	if host, _, err := net.SplitHostPort(c.Listen); c.TLS == TLSOff && c.PublicURL == "" && (err != nil || !isLoopback(host)) {
		wrong("public_url", "is needed when listen is not localhost and tls is off: it is the https address of the proxy in front")
	}
	return problems
}

// isCertifiable tells whether a host is one that a CA can look up and reach. A CA of one's own may know names of the inner network.
func isCertifiable(host string, own bool) bool {
	return isHostName(host) && (own || strings.Contains(host, ".") && !strings.HasSuffix("."+host, ".localhost") && !strings.HasSuffix(host, ".local"))
}

// isEmail allows what CAs do: one plain address.
func isEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Name == "" && a.Address == s
}

func isAddress(s string) bool {
	host, port, err := net.SplitHostPort(s)
	if err != nil || !isPort(port) {
		return false
	}
	if _, err := netip.ParseAddr(host); err == nil || host == "" {
		return true
	}
	return isHostName(host)
}

func isPort(s string) bool {
	_, err := strconv.ParseUint(s, 10, 16)
	return err == nil
}

// isHostName is RFC 1123 section 2.1: letters, digits and hyphens between dots. A name of digits alone would be an address.
func isHostName(s string) bool {
	letters := false
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, c := range []byte(label) {
			switch {
			case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '-':
				letters = true
			case c < '0' || c > '9':
				return false
			}
		}
	}
	return letters && len(s) <= 253
}

func isOrigin(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.User != nil || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.ForceQuery || strings.Contains(s, "#") {
		return false
	}
	if port := u.Port(); strings.HasSuffix(u.Host, ":") || port != "" && !isPort(port) {
		return false
	}
	if _, err := netip.ParseAddr(u.Hostname()); err != nil && !isHostName(u.Hostname()) {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname())
}

func configPath(key string, c Config) string {
	field, _ := c.field(key)
	return field.String()
}

func inside(folder, file string) bool {
	rel, err := filepath.Rel(filepath.Clean(folder), filepath.Clean(file))
	return err == nil && filepath.IsLocal(rel)
}

func isPath(s string) bool { return s != "" && !strings.ContainsRune(s, 0) }

func isPhone(s string) bool { return len(s) <= 40 && strings.Trim(s, "0123456789 +()/-") == "" }

// isHelpline allows NAME: NUMBER.
func isHelpline(s string) bool {
	name, phone, named := strings.Cut(s, ":")
	phone = strings.TrimSpace(phone)
	return named && isLine(strings.TrimSpace(name), 60) && phone != "" && isPhone(phone)
}

func isLine(s string, runes int) bool {
	return utf8.ValidString(s) && s != "" && utf8.RuneCountInString(s) <= runes && strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) < 0
}

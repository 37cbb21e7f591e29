// Package config reads how an operator wants a node to run, and refuses what it cannot mean.
//
// **One order**: defaults, then the file, then the environment, then flags; the later wins. Every key has the same word in all
// three: media_port, ANTEROOM_MEDIA_PORT, --media-port.
//
// **Nothing is guessed.** A key that does not exist or a value that cannot be is refused before anything starts, with its name,
// where it stands (file and line, variable or flag) and what is allowed. All that is wrong is said at once.
//
// **At most 25 keys**, all documented in anteroom.yaml beside this file, which a test holds complete and valid.
package config

import (
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"reflect"
	"strings"
)

// Config is a node's configuration: a value, checked once at the door.
//
// The env tag names the key (in lower case in the file); allowed is what a refusal says.
type Config struct {
	Listen           string         `env:"LISTEN" allowed:"HOST:PORT, such as 127.0.0.1:8080 or :443" help:"where pages, API and websocket are served"`
	PublicURL        string         `env:"PUBLIC_URL" allowed:"https://HOST[:PORT] without a path (http only for localhost: browsers give no camera otherwise)" help:"the address that people open, which stands in every link"`
	StateDir         string         `env:"STATE_DIR" allowed:"the path of a folder" help:"the folder for everything that is kept: the store and, with --tls auto or dev, the certificate"`
	StoreKey         string         `env:"STORE_KEY" allowed:"the path of a file outside state_dir" help:"the file with the key that the store's personal data is sealed with (default: state_dir with .key added)"`
	MediaPort        uint16         `env:"MEDIA_PORT" allowed:"a port from 0 to 65535 (0: any free one)" help:"the UDP port for picture and sound; with tls: off also TCP of the same number, for networks that block UDP"`
	MediaIPs         []netip.Addr   `env:"MEDIA_IPS" allowed:"a list of IP addresses, such as 203.0.113.7" help:"the addresses that clients are told to send media to (default: the machine's own)"`
	AdminListen      string         `env:"ADMIN_LISTEN" allowed:"HOST:PORT, or off" help:"where health, metrics and profiling are served; keep it on loopback"`
	TLS              TLSMode        `env:"TLS" allowed:"auto, files, dev or off" help:"auto: from a CA by ACME; files: from tls_cert and tls_key; dev: self-signed; off: behind a proxy or on localhost"`
	TLSCert          string         `env:"TLS_CERT" allowed:"the path of a PEM file (with tls: files)" help:"the certificate and its chain; read again when it changes"`
	TLSKey           string         `env:"TLS_KEY" allowed:"the path of a PEM file (with tls: files)" help:"the certificate's private key"`
	ACMEDirectory    string         `env:"ACME_DIRECTORY" allowed:"an https:// address (with tls: auto)" help:"the CA's directory (default: Let's Encrypt); using it accepts the CA's terms"`
	ACMEEmail        string         `env:"ACME_EMAIL" allowed:"one e-mail address (with tls: auto)" help:"where the CA writes when something is wrong with the certificate"`
	ACMERoot         string         `env:"ACME_ROOT" allowed:"the path of a PEM file (with tls: auto)" help:"the root certificate of a CA of one's own"`
	TrustedProxies   []netip.Prefix `env:"TRUSTED_PROXIES" allowed:"a list of networks, such as 10.0.0.0/8" help:"the proxies whose X-Forwarded-For is believed when requests are counted"`
	ServiceName      string         `env:"SERVICE_NAME" allowed:"1 to 80 printable characters" help:"the counselling service's name, as every page shows it"`
	ServicePhone     string         `env:"SERVICE_PHONE" allowed:"up to 40 of digits, spaces and + ( ) / -" help:"the number to call when something does not work"`
	ServiceLang      string         `env:"SERVICE_LANG" allowed:"a language of two letters, such as de or en" help:"the language of pages for those whose link names none"`
	ServicePrivacy   string         `env:"SERVICE_PRIVACY" allowed:"1 to 200 printable characters" help:"whom counsellors tell of an incident: the data-protection contact, with telephone or e-mail"`
	ServiceSurvey    string         `env:"SERVICE_SURVEY" allowed:"an https:// address" help:"a questionnaire that the page at the end offers; nothing about the person goes there"`
	ServiceHelplines []string       `env:"SERVICE_HELPLINES" allowed:"up to 8 of NAME: NUMBER" help:"whom to call at any hour, on the page at the end (default: the German ones)"`
	Policies         string         `env:"POLICIES" allowed:"the path of a YAML file (see policies.yaml beside the sample)" help:"the service's own policies, and which its counsellors choose from"`
	ServiceExit      string         `env:"SERVICE_EXIT" allowed:"an https:// address, up to 200 characters" help:"where the quick exit of protected rooms leads: a page that is harmless in everybody's eyes"`
	LogLevel         LogLevel       `env:"LOG_LEVEL" allowed:"debug, info, warn or error" help:"how much is logged"`
	LogFormat        LogFormat      `env:"LOG_FORMAT" allowed:"text or json" help:"text for people, json for programs"`
	WebDir           string         `env:"WEB_DIR" allowed:"the path of a folder" help:"serve the web client from this folder, for those who work on it"`
}

// TLSMode says where the certificate comes from.
type TLSMode string

// The ways to TLS.
const (
	TLSAuto  TLSMode = "auto"
	TLSFiles TLSMode = "files"
	TLSDev   TLSMode = "dev"
	TLSOff   TLSMode = "off"
)

// LogLevel is how much is logged.
type LogLevel string

// Level is the level as slog knows it.
func (l LogLevel) Level() slog.Level {
	switch l {
	case "debug":
		return slog.LevelDebug
	case "warn":
		return slog.LevelWarn
	case "error":
		return slog.LevelError
	default:
		return slog.LevelInfo
	}
}

// LogFormat is how a log line is written.
type LogFormat string

// The formats of log lines.
const (
	LogText LogFormat = "text"
	LogJSON LogFormat = "json"
)

// LetsEncrypt is the directory of the CA that tls: auto asks when no other one is named (RFC 8555 section 7.1.1).
const LetsEncrypt = "https://acme-v02.api.letsencrypt.org/directory"

// AdminOff is the admin_listen that opens no admin listener.
const AdminOff = "off"

// Defaults are the values of a node that nobody configured. With dev it is one for trying out and for working on the code:
// on localhost, with its state in a folder of the working directory.
func Defaults(dev bool) Config {
	c := Config{
		StateDir:    "/var/lib/anteroom",
		MediaPort:   3478,
		AdminListen: "127.0.0.1:9090",
		TLS:         TLSOff,
		ServiceName: "Anteroom",
		ServiceLang: "de", ServiceExit: "https://www.dwd.de/",
		LogLevel:  "info",
		LogFormat: LogText,
	}
	if dev {
		c.StateDir = filepath.Join("var", "state")
	}
	return c
}

// derive fills in what follows from other keys and was not said. It runs after everything was read.
func (c *Config) derive() {
	if c.Listen == "" {
		switch c.TLS {
		case TLSAuto, TLSFiles:
			c.Listen = ":443"
		case TLSDev:
			c.Listen = ":8443"
		default:
			c.Listen = defaultListen
		}
	}
	if c.ACMEDirectory == "" && c.TLS == TLSAuto {
		c.ACMEDirectory = LetsEncrypt
	}
	if c.StoreKey == "" {
		c.StoreKey = strings.TrimRight(c.StateDir, "/") + ".key"
	}
}

// defaultListen is where a node listens of which nobody said anything.
const defaultListen = "localhost:8080"

// Unplaced reports that nothing was said of where the node can be reached: another part of its configuration may say it elsewhere.
func (c Config) Unplaced() bool { return c.PublicURL == "" && c.Listen == defaultListen }

// Origin is the address that people open, when it is configured or follows from where the node listens; port 0 in Listen and
// the machine's name under TLS are known to the node alone. It has no slash at the end.
func (c Config) Origin() (origin string, known bool) {
	if c.PublicURL != "" {
		return strings.TrimRight(c.PublicURL, "/"), true
	}
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil || port == "0" || c.TLS != TLSOff {
		return "", false
	}
	return "http://" + net.JoinHostPort(host, port), true
}

// Host is the host of the address that people open, as public_url names it; empty where none is named.
func (c Config) Host() string {
	u, err := url.Parse(c.PublicURL)
	if err != nil {
		return "" // refused at the door
	}
	return strings.ToLower(u.Hostname())
}

// Key is one key for those who make flags and documents of it.
type Key struct {
	Name    string // as in the file
	Allowed string
	Help    string
}

// Env is the key's environment variable.
func (k Key) Env() string { return envPrefix + strings.ToUpper(k.Name) }

// Flag is the key's flag, without the dashes in front.
func (k Key) Flag() string { return strings.ReplaceAll(k.Name, "_", "-") }

// Keys are all keys in the order of Config.
func Keys() []Key {
	var keys []Key
	for field := range reflect.TypeFor[Config]().Fields() {
		keys = append(keys, Key{
			Name:    strings.ToLower(field.Tag.Get("env")),
			Allowed: field.Tag.Get("allowed"),
			Help:    field.Tag.Get("help"),
		})
	}
	return keys
}

// field is where c keeps the key's value.
func (c *Config) field(key string) (value reflect.Value, known bool) {
	for field, value := range reflect.ValueOf(c).Elem().Fields() {
		if strings.ToLower(field.Tag.Get("env")) == key {
			return value, true
		}
	}
	return reflect.Value{}, false
}

// isLoopback tells whether a host is this machine, for which browsers allow camera and microphone without TLS.
func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

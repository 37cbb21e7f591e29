package config

import (
	"errors"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestTheSampleIsCompleteAndValid(t *testing.T) {
	c, warnings, err := Load(Input{File: "anteroom.yaml"})
	if err != nil || warnings != nil {
		t.Fatalf("%v %v", err, warnings)
	}
	text, err := os.ReadFile("anteroom.yaml")
	if err != nil {
		t.Fatal(err)
	}
	l, _ := readFile("anteroom.yaml", text)
	for _, key := range Keys() {
		if _, ok := l.values[key.Name]; !ok {
			t.Errorf("the sample does not show %s", key.Name)
		}
	}
	want := Config{
		Listen: ":443", PublicURL: "https://beratung.example.org", StateDir: "/var/lib/anteroom", StoreKey: "/var/lib/anteroom.key", MediaPort: 3478,
		MediaIPs: []netip.Addr{netip.MustParseAddr("203.0.113.7"), netip.MustParseAddr("2001:db8::7")}, AdminListen: "127.0.0.1:9090",
		TLS: TLSFiles, TLSCert: "/etc/anteroom/fullchain.pem", TLSKey: "/etc/anteroom/privkey.pem",
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")},
		ServiceName:    "Beratungsstelle Mitte", ServicePhone: "+49 30 123456-0", ServiceLang: "de", ServiceExit: "https://www.dwd.de/",
		ServicePrivacy: "Datenschutz: Frau Beispiel, 030 123456-9, datenschutz@example.org", ServiceSurvey: "https://umfrage.example.org/beratung",
		ServiceHelplines: []string{"Notruf: 112", "TelefonSeelsorge: 0800 111 0 111"}, LogLevel: "info", LogFormat: LogJSON,
	}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got  %+v\nwant %+v", c, want)
	}
}

func TestEveryKeyIsDocumentedAndThereAreFew(t *testing.T) {
	keys := Keys()
	if len(keys) > 25 {
		t.Errorf("%d keys; 25 is the limit", len(keys))
	}
	for _, k := range keys {
		if k.Name == "" || k.Allowed == "" || k.Help == "" {
			t.Errorf("%+v lacks its name, what is allowed or its help", k)
		}
	}
}

func TestDefaultsAreValid(t *testing.T) {
	for _, dev := range []bool{false, true} {
		c, _, err := Load(Input{Dev: dev})
		if err != nil {
			t.Errorf("dev %v: %v", dev, err)
		}
		if origin, known := c.Origin(); !known || origin != "http://localhost:8080" {
			t.Errorf("dev %v: origin %q, %v", dev, origin, known)
		}
	}
}

// Whoever says nothing of a node's place may have said it elsewhere.
func TestUnplaced(t *testing.T) {
	for variable, want := range map[string]bool{"": true, "ANTEROOM_LOG_LEVEL=warn": true, "ANTEROOM_LISTEN=localhost:1": false, "ANTEROOM_PUBLIC_URL=https://h": false} {
		c, _, err := Load(Input{Environ: []string{variable}})
		if err != nil || c.Unplaced() != want {
			t.Errorf("%s: %v, %v", variable, c.Unplaced(), err)
		}
	}
}

func TestTheLaterPlaceWins(t *testing.T) {
	file := write(t, "media_port: 1\nservice_name: file\nservice_phone: 030123\nlog_level: warn\ntls: off\n")
	c, _, err := Load(Input{
		File:    file,
		Environ: []string{"ANTEROOM_MEDIA_PORT=2", "ANTEROOM_SERVICE_NAME=environment", "ANTEROOM_LOG_LEVEL=", "OTHER=x"},
		Flags:   map[string]string{"media_port": "3"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.MediaPort != 3 || c.ServiceName != "environment" || c.LogLevel.Level() != slog.LevelWarn {
		t.Errorf("%+v", c)
	}
	if c.ServicePhone != "030123" {
		t.Errorf("the number's zero is gone: %q", c.ServicePhone)
	}
}

func TestTheFileMayComeFromTheEnvironment(t *testing.T) {
	c, _, err := Load(Input{Environ: []string{"ANTEROOM_CONFIG=" + write(t, "service_name: there\n")}})
	if err != nil || c.ServiceName != "there" {
		t.Errorf("%q, %v", c.ServiceName, err)
	}
	if _, _, err := Load(Input{File: filepath.Join(t.TempDir(), "none.yaml")}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that does not exist: %v", err)
	}
}

func TestWhatIsWrongIsSaidWithItsPlace(t *testing.T) {
	for name, test := range map[string]struct {
		file    string
		environ []string
		flags   map[string]string
		want    []string // in the error
	}{
		"unknown key":      {file: "tls: off\nlistn: x\n", want: []string{`line 2: there is no key "listn"; allowed are listen, public_url`}},
		"hyphens":          {file: "media-port: 1\n", want: []string{`line 1: there is no key "media-port"; it is written media_port`}},
		"wrong type":       {file: "\n\nmedia_port: many\n", want: []string{`line 3: media_port cannot be "many": allowed is a port`}},
		"too large":        {file: "media_port: 65536\n", want: []string{`line 1: media_port cannot be "65536"`}},
		"nothing":          {file: "listen:\n", want: []string{`line 1: listen: allowed is HOST:PORT`}},
		"a mapping":        {file: "tls:\n  mode: off\n", want: []string{`line 1: tls: allowed is auto`}},
		"a list in a list": {file: "media_ips: [[127.0.0.1]]\n", want: []string{`line 1: media_ips: allowed is a list`}},
		"an alias":         {file: "listen: &a 127.0.0.1:80\nadmin_listen: *a\n", want: []string{`line 1: listen`, `line 2: admin_listen`}},
		"wrong word":       {file: "tls: on\n", want: []string{`line 1: tls cannot be "on": allowed is auto, files, dev or off`}},
		"twice":            {file: "tls: off\ntls: off\n", want: []string{`line 2:`, `"tls"`}},
		"not YAML":         {file: "tls: off\n\t: [\n", want: []string{`line 2:`}},
		"only text":        {file: "hello\n", want: []string{`line 1: a configuration is lines of the form key: value`}},
		"two documents":    {file: "tls: off\n---\ntls: off\n", want: []string{`several documents`}},
		"all at once":      {file: "tls: x\nlog_level: y\n", want: []string{"line 1: tls", "line 2: log_level"}},
		"overridden":       {file: "log_level: y\n", environ: []string{"ANTEROOM_LOG_LEVEL=info"}, want: []string{"line 1: log_level"}},
		"environment": {environ: []string{"ANTEROOM_MEDIA_IPS=127.0.0.1,nowhere"},
			want: []string{`environment variable ANTEROOM_MEDIA_IPS: media_ips cannot be "127.0.0.1,nowhere": allowed is a list`}},
		"flag":                    {flags: map[string]string{"log_format": "xml"}, want: []string{`flag --log-format: log_format cannot be "xml": allowed is text or json`}},
		"no port":                 {file: "listen: localhost\n", want: []string{`listen cannot be "localhost"`}},
		"http":                    {file: "public_url: http://beratung.example.org\n", want: []string{`public_url cannot be`}},
		"path":                    {file: "public_url: https://beratung.example.org/x\n", want: []string{`public_url cannot be`}},
		"user":                    {file: "public_url: https://a@beratung.example.org\n", want: []string{`public_url cannot be`}},
		"unspecified":             {file: "media_ips: [0.0.0.0]\n", want: []string{`media_ips cannot be "0.0.0.0"`}},
		"exit in the clear":       {file: "service_exit: http://weather.example/\n", want: []string{`service_exit cannot be "http://weather.example/"`}},
		"exit that is code":       {file: "service_exit: javascript:alert(1)\n", want: []string{`service_exit cannot be`}},
		"phone":                   {file: "service_phone: call me\n", want: []string{`service_phone cannot be "call me"`}},
		"name":                    {file: "service_name: \"a\\u202Eb\"\n", want: []string{`service_name cannot be`}},
		"survey without https":    {file: "service_survey: http://umfrage\n", want: []string{`service_survey cannot be`}},
		"helpline":                {file: "service_helplines: [\"Notruf\"]\n", want: []string{`service_helplines cannot be`}},
		"language":                {file: "service_lang: deutsch\n", want: []string{`service_lang cannot be`}},
		"half a pair":             {file: "tls: files\npublic_url: https://h\ntls_cert: a.pem\n", want: []string{`line 1: tls: files needs both`}},
		"idle files":              {file: "tls_cert: a.pem\ntls_key: b.pem\n", want: []string{"line 1: tls_cert: has an effect with tls: files alone", "line 2: tls_key"}},
		"no address":              {file: "listen: 0.0.0.0:8080\n", want: []string{`public_url: is needed when listen is not localhost`}},
		"files without address":   {file: "tls: files\ntls_cert: a\ntls_key: b\n", want: []string{`public_url: is needed with tls: files`}},
		"auto without address":    {file: "tls: auto\n", want: []string{`public_url: is needed with tls: auto`}},
		"auto for an address":     {file: "tls: auto\npublic_url: https://192.0.2.1\n", want: []string{`line 2: public_url: needs a host name of the public DNS with tls: auto`, "certifies no 192.0.2.1"}},
		"auto for this machine":   {file: "tls: auto\npublic_url: https://localhost\n", want: []string{`line 2: public_url: needs a host name`}},
		"auto for a short name":   {file: "tls: auto\npublic_url: https://talk\n", want: []string{`line 2: public_url: needs a host name`}},
		"own CA for an address":   {file: "tls: auto\nacme_directory: https://ca/\npublic_url: https://192.0.2.1\n", want: []string{`line 3: public_url: needs a host name`}},
		"auto and files":          {file: "tls: auto\npublic_url: https://talk.example.org\ntls_cert: a.pem\n", want: []string{`line 3: tls_cert: has an effect with tls: files alone, and tls is auto`}},
		"a CA for nothing":        {file: "acme_directory: https://ca\nacme_email: a@b.example\nacme_root: r.pem\n", want: []string{"line 1: acme_directory: has an effect with tls: auto alone, and tls is off", "line 2: acme_email", "line 3: acme_root"}},
		"an open CA":              {file: "tls: auto\nacme_directory: http://ca\n", want: []string{`line 2: acme_directory cannot be "http://ca"`}},
		"two addresses":           {file: "tls: auto\nacme_email: \"a@b.example, c@d.example\"\n", want: []string{`line 2: acme_email cannot be`}},
		"key among what it opens": {file: "state_dir: /s\nstore_key: /s/x/key\n", want: []string{`line 2: store_key: lies in state_dir`}},
		"http with TLS":           {file: "tls: dev\npublic_url: http://localhost\n", want: []string{`line 2: public_url: must begin with https://`}},
	} {
		t.Run(name, func(t *testing.T) {
			in := Input{Environ: test.environ, Flags: test.flags}
			if test.file != "" {
				in.File = write(t, test.file)
			}
			c, _, err := Load(in)
			if err == nil {
				t.Fatalf("accepted as %+v", c)
			}
			if !reflect.DeepEqual(c, Config{}) {
				t.Errorf("a refused configuration came back: %+v", c)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q is not in:\n%v", want, err)
				}
			}
		})
	}
}

func TestStrangeVariablesAreNamedAndNotRefused(t *testing.T) {
	_, warnings, err := Load(Input{Environ: []string{"ANTEROOM_PORT=tcp://10.0.0.1:80", "ANTEROOM_LISEN=x", "HOME=/"}})
	if err != nil {
		t.Fatal(err)
	}
	if len(warnings) != 2 || !strings.Contains(warnings[0], "ANTEROOM_LISEN") || !strings.Contains(warnings[1], "ANTEROOM_PORT") {
		t.Errorf("%q", warnings)
	}
}

// Whoever asks for a certificate says a name, and nothing else is needed.
func TestAutoNeedsOneName(t *testing.T) {
	c, _, err := Load(Input{Environ: []string{"ANTEROOM_TLS=auto", "ANTEROOM_PUBLIC_URL=https://Talk.Example.org"}})
	if err != nil || c.Listen != ":443" || c.Host() != "talk.example.org" || c.ACMEDirectory != LetsEncrypt {
		t.Errorf("%+v %v", c, err)
	}
	c, _, err = Load(Input{Environ: []string{"ANTEROOM_TLS=auto", "ANTEROOM_PUBLIC_URL=https://talk", "ANTEROOM_ACME_DIRECTORY=https://ca.internal:9000/acme"}})
	if err != nil || c.ACMEDirectory != "https://ca.internal:9000/acme" {
		t.Errorf("%+v %v", c, err)
	}
}

func TestOrigin(t *testing.T) {
	for want, c := range map[string]Config{
		"https://h":             {PublicURL: "https://h/", Listen: ":443", TLS: TLSFiles},
		"http://127.0.0.1:8080": {Listen: "127.0.0.1:8080", TLS: TLSOff},
		"http://[::1]:1":        {Listen: "[::1]:1", TLS: TLSOff},
	} {
		if got, known := c.Origin(); !known || got != want {
			t.Errorf("%+v: %q, %v; want %q", c, got, known, want)
		}
	}
	for _, c := range []Config{{Listen: "localhost:0", TLS: TLSOff}, {Listen: ":8443", TLS: TLSDev}} {
		if got, known := c.Origin(); known {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

// Whatever a file holds: a configuration or problems, and each problem has its place.
func FuzzFile(f *testing.F) {
	sample, err := os.ReadFile("anteroom.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{string(sample), "tls: off", "- a", "a: &x [*x]", "? a\n: b", "tls: !!str off", "{tls: off}", "tls: >\n off\n", "%YAML 1.2\n---\n", "<<: *a", "\"tls\": 'off'"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		l, problems := readFile("f", text)
		for _, err := range problems {
			if p, ok := errors.AsType[Problem](err); !ok || p.Source == "" || p.Message == "" {
				t.Errorf("%q gives a problem without place or words: %#v", text, err)
			}
		}
		c := Defaults(false)
		for _, err := range l.apply(&c, map[string]string{}) {
			if p, ok := errors.AsType[Problem](err); !ok || p.Key == "" {
				t.Errorf("%q gives a problem without key: %#v", text, err)
			}
		}
		for key := range l.values {
			if !slices.ContainsFunc(Keys(), func(k Key) bool { return k.Name == key }) {
				t.Errorf("%q sets %q, which is no key", text, key)
			}
		}
	})
}

func write(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "anteroom.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

package node

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"testing"

	"github.com/anteroom-video/anteroom/cmd/internal/config"
)

// What networks are asked to let through is what browsers are told, however the node is reached, and nothing more is said.
func TestNodesAreListedAsTheyAreReached(t *testing.T) {
	cert, key, _ := newFiles(t, t.TempDir())
	const path = "/.well-known/anteroom/nodes.json"
	for name, test := range map[string]struct {
		change func(*config.Config)
		want   string // with the media port and the pages' port
	}{
		"with its certificate": {
			func(c *config.Config) {
				c.TLS, c.TLSCert, c.TLSKey, c.PublicURL = config.TLSFiles, cert, key, "https://talk.example.org"
			},
			`{"nodes":[{"name":"talk.example.org","addresses":["203.0.113.7","2001:db8::7"],"url":"https://talk.example.org","transports":[` +
				`{"purpose":"pages","protocol":"tcp","port":443,"addresses":["talk.example.org"],"tls":true,"needed":"required"},` +
				`{"purpose":"media","protocol":"udp","port":MEDIA,"addresses":["203.0.113.7","2001:db8::7"],"tls":false,"needed":"better"},` +
				`{"purpose":"media","protocol":"tcp","port":443,"addresses":["203.0.113.7","2001:db8::7"],"tls":false,"needed":"better"},` +
				`{"purpose":"relay","protocol":"tcp","port":443,"addresses":["talk.example.org"],"tls":true,"needed":"required"}]}]}`,
		},
		"with its certificate, at another port": {
			func(c *config.Config) {
				c.TLS, c.TLSCert, c.TLSKey, c.PublicURL = config.TLSFiles, cert, key, "https://talk.example.org:8443/"
			},
			`{"nodes":[{"name":"talk.example.org","addresses":["203.0.113.7","2001:db8::7"],"url":"https://talk.example.org:8443","transports":[` +
				`{"purpose":"pages","protocol":"tcp","port":8443,"addresses":["talk.example.org"],"tls":true,"needed":"required"},` +
				`{"purpose":"media","protocol":"udp","port":MEDIA,"addresses":["203.0.113.7","2001:db8::7"],"tls":false,"needed":"better"},` +
				`{"purpose":"media","protocol":"tcp","port":8443,"addresses":["203.0.113.7","2001:db8::7"],"tls":false,"needed":"better"},` +
				`{"purpose":"relay","protocol":"tcp","port":8443,"addresses":["talk.example.org"],"tls":true,"needed":"required"}]}]}`,
		},
		"behind a proxy": {
			func(c *config.Config) { c.PublicURL = "https://talk.example.org" },
			`{"nodes":[{"name":"talk.example.org","addresses":["203.0.113.7","2001:db8::7"],"url":"https://talk.example.org","transports":[` +
				`{"purpose":"pages","protocol":"tcp","port":443,"addresses":["talk.example.org"],"tls":true,"needed":"required"},` +
				`{"purpose":"media","protocol":"udp","port":MEDIA,"addresses":["203.0.113.7","2001:db8::7"],"tls":false,"needed":"better"},` +
				`{"purpose":"media","protocol":"tcp","port":MEDIA,"addresses":["203.0.113.7","2001:db8::7"],"tls":false,"needed":"required"}]}]}`,
		},
		"on this machine alone": {
			func(*config.Config) {},
			`{"nodes":[{"name":"127.0.0.1","addresses":["203.0.113.7","2001:db8::7"],"url":"http://127.0.0.1:PAGES","transports":[` +
				`{"purpose":"pages","protocol":"tcp","port":PAGES,"addresses":["127.0.0.1"],"tls":false,"needed":"required"},` +
				`{"purpose":"media","protocol":"udp","port":MEDIA,"addresses":["203.0.113.7","2001:db8::7"],"tls":false,"needed":"better"},` +
				`{"purpose":"media","protocol":"tcp","port":MEDIA,"addresses":["203.0.113.7","2001:db8::7"],"tls":false,"needed":"required"}]}]}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := settings(t)
			c.MediaIPs = []netip.Addr{netip.MustParseAddr("203.0.113.7"), netip.MustParseAddr("2001:db8::7")}
			test.change(&c)
			n := start(t, c)
			resp, err := client(&tls.Config{InsecureSkipVerify: true}).Get(n.Addresses()[0] + path)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			want := strings.NewReplacer("MEDIA", fmt.Sprint(n.MediaPort()), "PAGES", fmt.Sprint(n.publicPort())).Replace(test.want) + "\n"
			if string(body) != want {
				t.Errorf("got  %swant %s", body, want)
			}
			if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "application/json" || resp.Header.Get("Cache-Control") != "public, max-age=60" ||
				resp.Header.Get("Access-Control-Allow-Origin") != "" || resp.Header.Get("Set-Cookie") != "" {
				t.Errorf("%d %v", resp.StatusCode, resp.Header)
			}
		})
	}
}

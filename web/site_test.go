package web

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
)

func serve(t *testing.T, c Config) (*httptest.Server, *http.Client) {
	t.Helper()
	site, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	site.Routes(mux)
	server := httptest.NewServer(Secured(mux, true, true))
	t.Cleanup(server.Close)
	return server, &http.Client{Transport: &http.Transport{DisableCompression: true}}
}

func get(t *testing.T, client *http.Client, url string, headers ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

var reference = regexp.MustCompile(`(?:href|src)="([^"]*)"`)

func TestPagesNameAssetsThatAreThere(t *testing.T) {
	server, client := serve(t, Config{Service: "Beratung <Mitte>", Phone: "030 1", Lang: "de"})
	for path, entry := range map[string]string{"/": "portal.js", "/setup": "portal.js", "/j": "app.js", "/network": "office.js", "/netz": "office.js"} {
		resp, html := get(t, client, server.URL+path)
		if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/html; charset=utf-8" || resp.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %v", path, resp.StatusCode, resp.Header)
		}
		if !strings.Contains(html, "Beratung &lt;Mitte&gt;") || !strings.Contains(html, `<html lang="de">`) {
			t.Errorf("%s: %s", path, html)
		}
		var scripts int
		for _, match := range reference.FindAllStringSubmatch(html, -1) {
			if match[1] == "data:," {
				continue
			}
			if !strings.HasPrefix(match[1], "/a/") {
				t.Errorf("%s names %s", path, match[1])
			}
			asset, _ := get(t, client, server.URL+match[1])
			if asset.StatusCode != 200 || asset.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" {
				t.Errorf("%s: %d %v", match[1], asset.StatusCode, asset.Header)
			}
			if strings.Count(match[1], "/") == 3 && strings.HasSuffix(match[1], "/"+entry) {
				scripts++
			}
		}
		if scripts != 2 { // as modulepreload and as script
			t.Errorf("%s does not run %s", path, entry)
		}
	}
}

// Who looks at a person's screen reads nothing of counselling in the tab, from the first byte on; its code changes that where the link says that it may.
func TestThePageOfALinkHasANeutralTitle(t *testing.T) {
	for lang, want := range map[string]string{"de": "Notizen", "en": "Notes"} {
		site, err := New(Config{Service: "Lindenhof", Lang: lang})
		if err != nil {
			t.Fatal(err)
		}
		mux := http.NewServeMux()
		site.Routes(mux)
		for path, title := range map[string]string{"/j": want, "/": "Anteroom"} {
			w := httptest.NewRecorder()
			mux.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
			page := w.Body.String()
			if !strings.Contains(page, "<title>"+title+"</title>") || !strings.Contains(page, `<link rel="icon" href="data:,">`) {
				t.Errorf("%s in %s: %s", path, lang, page)
			}
		}
	}
}

func TestSecurityHeadersAreOnEveryAnswer(t *testing.T) {
	server, client := serve(t, Config{})
	for _, path := range []string{"/", "/j", "/setup", "/network", "/robots.txt", "/nowhere", "/a/0/x.js"} {
		resp, _ := get(t, client, server.URL+path)
		csp := resp.Header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'",
			"form-action 'self'", "require-trusted-types-for 'script'", "connect-src 'self' wss://127.0.0.1:"} {
			if !strings.Contains(csp, want) {
				t.Errorf("%s: the policy lacks %s: %s", path, want, csp)
			}
		}
		if strings.Contains(csp, "unsafe") || strings.Contains(csp, "*") || strings.Contains(csp, "wss: ") {
			t.Errorf("%s: the policy is loose: %s", path, csp)
		}
		for name, want := range map[string]string{
			"Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
			"X-Robots-Tag": "noindex, nofollow, noarchive", "Strict-Transport-Security": "max-age=63072000", "Cache-Control": "no-store",
		} {
			if got := resp.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
		if !strings.Contains(resp.Header.Get("Permissions-Policy"), "camera=(self)") || resp.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s: %v", path, resp.Header)
		}
	}
}

func TestPolicyTakesNoStrangeHost(t *testing.T) {
	for _, host := range []string{"", "a b", "a;script-src *", "a,b", "evil/", "[::1", "a:b:c"} {
		if got := policy(host, true); strings.Contains(got, "wss") {
			t.Errorf("%q: %s", host, got)
		}
	}
	for _, host := range []string{"host.example", "localhost:8080", "[::1]:8080", "192.0.2.1"} {
		if got := policy(host, false); !strings.Contains(got, "connect-src 'self' ws://"+host+";") {
			t.Errorf("%q: %s", host, got)
		}
	}
}

func TestStrictTransportOnlyWhereItIsMeant(t *testing.T) {
	for _, c := range []struct{ https, strict bool }{{false, true}, {true, false}} {
		w := httptest.NewRecorder()
		Secured(http.NotFoundHandler(), c.https, c.strict).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		if got := w.Header().Get("Strict-Transport-Security"); got != "" {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

func TestAssets(t *testing.T) {
	server, client := serve(t, Config{})
	_, html := get(t, client, server.URL+"/j")
	prefix := regexp.MustCompile(`/a/[0-9a-f]{16}/`).FindString(html)
	if prefix == "" {
		t.Fatal(html)
	}
	plain, text := get(t, client, server.URL+prefix+"third_party/preact.js")
	if plain.StatusCode != 200 || plain.Header.Get("Content-Type") != "text/javascript; charset=utf-8" || plain.Header.Get("Content-Encoding") != "" {
		t.Errorf("%d %v", plain.StatusCode, plain.Header)
	}
	source, err := os.ReadFile("static/third_party/preact.js")
	if err != nil {
		t.Fatal(err)
	}
	if text != string(source) {
		t.Error("what is served is not what is written")
	}
	zipped, body := get(t, client, server.URL+prefix+"third_party/preact.js", "Accept-Encoding", "zstd, gzip;q=0.5")
	if zipped.Header.Get("Content-Encoding") != "gzip" || zipped.Header.Get("Vary") != "Accept-Encoding" || len(body) > len(text)/2 {
		t.Errorf("%d of %d bytes, %v", len(body), len(text), zipped.Header)
	}
	unzip, err := gzip.NewReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if content, err := io.ReadAll(unzip); err != nil || string(content) != text {
		t.Errorf("the compressed file is another: %v", err)
	}
	smaller, brotlied := get(t, client, server.URL+prefix+"third_party/preact.js", "Accept-Encoding", "gzip, br")
	if content, err := io.ReadAll(brotli.NewReader(strings.NewReader(brotlied))); err != nil || string(content) != text ||
		smaller.Header.Get("Content-Encoding") != "br" || len(brotlied) >= len(body) {
		t.Errorf("%d bytes, %v: %v", len(brotlied), smaller.Header, err)
	}
	for _, path := range []string{prefix + "third_party/preact.d.ts", prefix + "third_party/README.md", prefix + "../site.go", prefix + "ui", prefix,
		"/a/0000000000000000/third_party/preact.js", "/static/third_party/preact.js", "/page.html"} {
		if resp, _ := get(t, client, server.URL+path); resp.StatusCode != 404 || resp.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %v", path, resp.StatusCode, resp.Header)
		}
	}
	post, err := client.Post(server.URL+"/j", "text/plain", nil)
	if err != nil {
		t.Fatal(err)
	}
	post.Body.Close()
	if post.StatusCode != http.StatusNotFound {
		t.Errorf("POST /j: %d", post.StatusCode)
	}
}

func TestAcceptEncoding(t *testing.T) {
	for value, want := range map[string]bool{"gzip": true, "br, gzip": true, "gzip;q=0": false, "gzip; q=0.0": false, "gzip;q=0.1": true, "": false, "deflate": false, "x-gzip": false} {
		if got := accepts([]string{value}, "gzip"); got != want {
			t.Errorf("%q: %v", value, got)
		}
	}
}

func TestAFolderIsServedAsItIsNow(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("app.js", "import './b.js';\n")
	write("b.js", "1")
	server, client := serve(t, Config{Dir: folder})
	_, before := get(t, client, server.URL+"/j")
	if !strings.Contains(before, `/b.js">`) {
		t.Error(before)
	}
	write("b.js", "2")
	_, after := get(t, client, server.URL+"/j")
	if before == after {
		t.Error("the page still names the old file")
	}
	old := regexp.MustCompile(`/a/[0-9a-f]{16}/`).FindString(before)
	if resp, text := get(t, client, server.URL+old+"b.js"); text != "2" || resp.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%q %v", text, resp.Header)
	}
	if _, err := New(Config{Dir: filepath.Join(folder, "none")}); err == nil {
		t.Error("a folder that is not there was taken")
	}
}

func TestModules(t *testing.T) {
	a := func(text string) *asset { return &asset{content: []byte(text)} }
	tree := &tree{files: map[string]*asset{
		"app.js": a("/**\n * import x from './comment.js'\n * @typedef {import('./type.js').T} T\n */\nimport './a/one.js';\nimport {\n  b,\n  c as d,\n} from './two.js';\n" +
			"export const x = './no.js';\nexport { y } from \"./three.js\";\nconst lazy = () => import('./lazy.js');\n"),
		"a/one.js": a("import * as two from '../two.js';\nexport * from './four.js';\n"),
		"two.js":   a("import './app.js';\n"),
	}}
	want := []string{"app.js", "a/one.js", "two.js", "three.js", "a/four.js"}
	if got := tree.modules("app.js"); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// BenchmarkFirstPage is what the first request of a new process waits for, BenchmarkPage every other.
func BenchmarkFirstPage(b *testing.B) {
	for b.Loop() {
		site, err := New(Config{})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := site.render(joinPage()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPage(b *testing.B) {
	site, err := New(Config{})
	if err != nil {
		b.Fatal(err)
	}
	mux := http.NewServeMux()
	site.Routes(mux)
	h := Secured(mux, true, true)
	for b.Loop() {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", "/j", nil))
		if w.Code != 200 {
			b.Fatal(w.Code)
		}
	}
}

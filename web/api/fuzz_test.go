package api

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

// strangers are the routes that anybody may ask.
func strangers(a *API) (all []route) {
	for _, r := range a.routes() {
		if !r.signedIn {
			all = append(all, r)
		}
	}
	return all
}

// Whatever a stranger sends, to whatever he may ask: the answer is one of the interface's, never a fault, and opens nothing.
func FuzzStrangers(f *testing.F) {
	x := newFixture(f)
	routes := strangers(x.api)
	for i := range routes {
		for _, body := range []string{
			"", "{}", `{"auth":"` + b64(random(32)) + `"}`, `{"code":"` + b64(random(32)) + `"}`, `{"auth":"` + b64(random(32)) + `","device":"` + b64(point()) + `"}`,
			`{"token":"` + b64(random(32)) + `"}`, `{"name":"ada","auth":"` + b64(random(32)) + `"}`, `{"auth":null,"code":[]}`, `{"token":"\u0000"}`, "\xff",
		} {
			f.Add(uint8(i), body, "application/json", "anteroom=x")
		}
	}
	n := uint32(0)
	f.Fuzz(func(t *testing.T, i uint8, body, contentType, cookie string) {
		r := routes[int(i)%len(routes)]
		n++
		x.from = netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)})
		req := httptest.NewRequest(r.method, origin+Prefix+r.path, strings.NewReader(body))
		req.Header.Set("Content-Type", contentType)
		req.Header.Set("Cookie", cookie)
		w := httptest.NewRecorder()
		x.handler.ServeHTTP(w, req)
		resp := w.Result()
		raw, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		var p problem
		switch status := resp.StatusCode; {
		case status >= 500 && status != http.StatusServiceUnavailable:
			t.Fatalf("%s %q: %d %s", r.path, body, status, raw)
		case status >= 400:
			if err := json.Unmarshal(raw, &p); err != nil || p.Code == "" || strings.Contains(string(raw), "Canary") {
				t.Fatalf("%s %q: %d %s", r.path, body, status, raw)
			}
		case r.path != "/service" && r.path != "/session/challenge" && r.method != http.MethodDelete:
			t.Fatalf("%s %q: %d %s", r.path, body, status, raw)
		}
	})
}

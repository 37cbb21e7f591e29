package api

import (
	"strings"
	"testing"

	"github.com/anteroom-video/anteroom/lobby/auth"
	"github.com/anteroom-video/anteroom/lobby/auth/passkey/passkeytest"
)

const host = "beratung.example.org"

func TestAPasskeyIsAddedSignsInAndIsRemoved(t *testing.T) {
	f := newFixture(t)
	account, ada := f.counsellor("ada")
	_, bea := f.counsellor("bea")
	device := passkeytest.New(t, origin, host)
	list := func(cookie [2]string) []any {
		return f.want(200, "GET", "/account/passkeys", nil, cookie[0], cookie[1])["passkeys"].([]any)
	}
	wish := f.newPasskey(ada, device)
	made := f.want(201, "POST", "/account/passkeys", wish, ada[0], ada[1])
	if got := list(ada); len(got) != 1 || got[0].(object)["id"] != made["id"] || made["name"] != "Telefon" || made["made_at"] != float64(f.now.UnixMilli()) {
		t.Errorf("%v, %v", made, got)
	}
	if got := list(bea); len(got) != 0 {
		t.Errorf("somebody else has %v", got)
	}
	known := f.want(200, "POST", "/account/passkeys/challenge", nil, ada[0], ada[1])
	if got := known["known"].([]any); len(got) != 1 || got[0] != b64(device.ID) || known["host"] != host {
		t.Errorf("%v", known)
	}

	resp := f.ask("POST", "/session/passkey", f.signed(device))
	answer := readObject(t, resp)
	if resp.StatusCode != 200 || answer["passkey_key"] != wish["wrapped_private_key"] || answer["account"].(object)["id"] != string(account.ID) {
		t.Fatalf("%d %v", resp.StatusCode, answer)
	}
	cookie := cookieOf(resp)
	if cookie == nil || !cookie.Secure || !cookie.HttpOnly || cookie.SameSite != 3 {
		t.Fatalf("%v", cookie)
	}
	f.want(200, "GET", "/session", nil, "Cookie", cookie.Name+"="+cookie.Value)

	path := "/account/passkeys/" + made["id"].(string)
	f.want(404, "DELETE", path, nil, bea[0], bea[1])
	f.want(401, "DELETE", path, nil)
	f.want(204, "DELETE", path, nil, ada[0], ada[1])
	f.want(404, "DELETE", path, nil, ada[0], ada[1])
	f.want(401, "POST", "/session/passkey", f.signed(device))
}

func TestPasskeysThatAreNoneAreRefusedWithCodes(t *testing.T) {
	f := newFixture(t)
	_, ada := f.counsellor("ada")
	_, bea := f.counsellor("bea")
	device := passkeytest.New(t, origin, host)
	for what, try := range map[string]struct {
		status int
		code   string
		change func(object)
	}{
		"wrong password":    {403, "password", func(o object) { o["auth"] = b64(random(32)) }},
		"old challenge":     {403, "passkey", func(o object) { o["challenge"] = b64(random(32)) }},
		"no attestation":    {403, "passkey", func(o object) { o["attestation"] = "" }},
		"other client":      {403, "passkey", func(o object) { o["client_data"] = b64([]byte("{}")) }},
		"no name":           {400, "bad_request", func(o object) { o["name"] = "" }},
		"long name":         {400, "bad_request", func(o object) { o["name"] = strings.Repeat("x", auth.MaxPasskeyName+1) }},
		"no key":            {400, "bad_request", func(o object) { delete(o, "wrapped_private_key") }},
		"long key":          {400, "bad_request", func(o object) { o["wrapped_private_key"] = b64(random(auth.MaxWrappedKey + 1)) }},
		"short challenge":   {400, "bad_request", func(o object) { o["challenge"] = "AAAA" }},
		"what the PRF gave": {400, "bad_request", func(o object) { o["prf"] = b64(random(32)) }},
	} {
		body := f.newPasskey(ada, device)
		try.change(body)
		if got := f.want(try.status, "POST", "/account/passkeys", body, ada[0], ada[1]); got["code"] != try.code {
			t.Errorf("%s: %v", what, got)
		}
	}
	// Made for one account and brought to another.
	if got := f.want(403, "POST", "/account/passkeys", f.newPasskey(ada, device), bea[0], bea[1]); got["code"] != "passkey" {
		t.Errorf("somebody else's: %v", got)
	}
	f.want(201, "POST", "/account/passkeys", f.newPasskey(ada, device), ada[0], ada[1])
	signed := f.signed(device)
	f.want(200, "POST", "/session/passkey", signed)
	if got := f.want(401, "POST", "/session/passkey", signed); got["code"] != "unauthenticated" {
		t.Errorf("a second time: %v", got)
	}
	device.Unverified = true
	f.want(401, "POST", "/session/passkey", f.signed(device))
}

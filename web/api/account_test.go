package api

import (
	"testing"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/auth"
)

func TestARecoveryPhraseIsKeptAndRemoved(t *testing.T) {
	f := newFixture(t)
	_, ada := f.counsellor("ada")
	_, bea := f.counsellor("bea")
	password := b64(append([]byte{1, 2, 3}, make([]byte, 29)...))
	body := object{"auth": password, "wrapped_private_key": b64(random(90))}
	account := func(cookie [2]string) object {
		return f.want(200, "GET", "/session", nil, cookie[0], cookie[1])["account"].(object)
	}
	if _, there := account(ada)["recovery_at"]; there {
		t.Error("a new account has a phrase")
	}
	made := f.want(200, "PUT", "/account/recovery", body, ada[0], ada[1])["account"].(object)
	if made["recovery_at"] != float64(f.now.UnixMilli()) || account(ada)["recovery_at"] != made["recovery_at"] {
		t.Errorf("%v", made)
	}
	if _, there := account(bea)["recovery_at"]; there {
		t.Error("another account has it")
	}
	if got := f.want(403, "PUT", "/account/recovery", object{"auth": b64(random(32)), "wrapped_private_key": b64(random(90))}, ada[0], ada[1]); got["code"] != "password" {
		t.Errorf("a wrong password: %v", got)
	}
	f.want(401, "PUT", "/account/recovery", body)
	f.want(401, "DELETE", "/account/recovery", nil)
	for _, wrong := range []object{
		{"auth": password}, {"auth": password, "wrapped_private_key": b64(random(auth.MaxWrappedKey + 1))},
		{"auth": "short", "wrapped_private_key": b64(random(90))}, {"auth": password, "wrapped_private_key": "not base64!"},
	} {
		if got := f.want(400, "PUT", "/account/recovery", wrong, ada[0], ada[1]); got["code"] != "bad_request" {
			t.Errorf("%v: %v", wrong, got)
		}
	}
	f.want(204, "DELETE", "/account/recovery", nil, bea[0], bea[1])
	if account(ada)["recovery_at"] != made["recovery_at"] {
		t.Error("another account's phrase was removed")
	}
	for range 2 {
		f.want(204, "DELETE", "/account/recovery", nil, ada[0], ada[1])
	}
	if _, there := account(ada)["recovery_at"]; there {
		t.Error("it is still there")
	}
}

// A new password with the phrase: the same key pair, the same rooms, the same phrase. Without it: none of them.
func TestANewPasswordKeepsTheKeyPair(t *testing.T) {
	for _, same := range []bool{true, false} {
		f := newFixture(t)
		_, cookie := f.counsellor("ada")
		wrapped := b64(random(90))
		f.want(200, "PUT", "/account/recovery", object{"auth": b64(append([]byte{1, 2, 3}, make([]byte, 29)...)), "wrapped_private_key": wrapped}, cookie[0], cookie[1])
		before := f.want(200, "GET", "/session", nil, cookie[0], cookie[1])["account"].(object)
		token, err := f.auth.NewReset(t.Context(), lobby.DefaultTenant, "ada")
		if err != nil {
			t.Fatal(err)
		}
		purpose := f.want(200, "POST", "/setup/check", object{"token": token})
		if purpose["name"] != "ada" || purpose["public_key"] != before["public_key"] || purpose["recovery_key"] != wrapped {
			t.Errorf("%v", purpose)
		}
		body := object{"token": token, "name": "ada", "auth": b64(random(32)), "public_key": b64(point()), "wrapped_private_key": b64(random(90))}
		if same {
			body["public_key"] = purpose["public_key"]
		}
		after := f.want(201, "POST", "/setup", body)["account"].(object)
		if _, phrase := after["recovery_at"]; phrase != same || after["id"] != before["id"] || (after["public_key"] == before["public_key"]) != same {
			t.Errorf("same %v: %v", same, after)
		}
		if got := f.want(403, "POST", "/setup/check", object{"token": token}); got["code"] != "token" {
			t.Errorf("a used token: %v", got)
		}
	}
}

func TestWhatANewAccountsLinkTells(t *testing.T) {
	f := newFixture(t)
	for name, want := range map[string]any{"": nil, "Bea": "bea"} {
		token, err := f.auth.NewSetup(t.Context(), lobby.DefaultTenant, name)
		if err != nil {
			t.Fatal(err)
		}
		got := f.want(200, "POST", "/setup/check", object{"token": token})
		if got["name"] != want || len(got) > 1 || want == nil && len(got) != 0 {
			t.Errorf("%q: %v", name, got)
		}
	}
}

package api

import (
	"bytes"
	"testing"

	"github.com/anteroom-video/anteroom/lobby"
)

// A room goes to a colleague whom the list names; the answer to what is not possible says why, and a stranger learns nothing.
func TestHandOver(t *testing.T) {
	f := newFixture(t)
	_, ada := f.counsellor("ada")
	bea, beas := f.counsellor("bea")
	_, carl := f.counsellor("carl")
	client, own := invite("client", "M."), invite("counsellor", "")
	path, _ := f.room(ada, client, own)
	sealed := random(190)

	colleagues := f.want(200, "GET", "/counsellors", nil, ada[0], ada[1])["counsellors"].([]any)
	if len(colleagues) != 2 || colleagues[0].(object)["id"] != string(bea.ID) || !bytes.Equal(bytesOf(t, colleagues[0].(object)["public_key"]), bea.PublicKey) {
		t.Fatalf("colleagues: %v", colleagues)
	}
	f.want(401, "GET", "/counsellors", nil)

	to := object{"to": bea.ID, "keep": true, "wrapped_secret": b64(sealed)}
	refused := func(status int, code string, body object, who [2]string) {
		t.Helper()
		if got := f.want(status, "POST", path+"/hand-over", body, who[0], who[1]); got["code"] != code {
			t.Errorf("%v: got %v, want %s", body, got, code)
		}
	}
	refused(404, "not_found", to, carl)
	refused(404, "not_found", object{"to": "nobody"}, carl) // and not whether there is such a colleague
	f.want(401, "POST", path+"/hand-over", to)
	refused(404, "no_counsellor", object{"to": "nobody"}, ada)
	f.live.state.Members = 1
	refused(409, "running", to, ada)
	f.live.state.Members = 0
	if _, err := f.auth.Disable(t.Context(), lobby.DefaultTenant, "carl"); err != nil {
		t.Fatal(err)
	}
	refused(404, "no_counsellor", object{"to": colleagues[1].(object)["id"]}, ada)
	if got := f.want(200, "GET", "/counsellors", nil, ada[0], ada[1])["counsellors"].([]any); len(got) != 1 {
		t.Errorf("with a disabled one: %v", got)
	}
	if len(f.live.handed) != 0 {
		t.Errorf("told: %v", f.live.handed)
	}

	f.want(204, "POST", path+"/hand-over", to, ada[0], ada[1])
	if len(f.live.handed) != 1 || f.live.handed[0].Room.Owner != bea.ID || len(f.live.handed[0].Revoked) != 1 {
		t.Errorf("told: %+v", f.live.handed)
	}
	room := f.want(200, "GET", path, nil, beas[0], beas[1])
	if room["role"] != "counsellor" || room["stand_in"] != true || !bytes.Equal(bytesOf(t, room["wrapped_secret"]), sealed) {
		t.Errorf("the stand-in's room: %v", room)
	}
	if got := f.want(200, "GET", path, nil, ada[0], ada[1]); got["role"] != "co-counsellor" {
		t.Errorf("for the first: %v", got)
	}
	f.want(200, "POST", "/links/check", object{"auth": client.auth})
	if got := f.want(404, "POST", "/links/check", object{"auth": own.auth}); got["code"] != "link_revoked" {
		t.Errorf("the first one's own link: %v", got)
	}
	refused(403, "not_owner", to, ada)

	f.want(204, "POST", path+"/hand-over", object{"to": f.want(200, "GET", "/session", nil, ada[0], ada[1])["account"].(object)["id"], "keep": false}, beas[0], beas[1])
	f.want(404, "GET", path, nil, beas[0], beas[1])
	refused(404, "not_found", to, beas)
	f.want(200, "DELETE", path, nil, ada[0], ada[1])
	refused(404, "not_found", to, ada)
}

// What somebody else has wrapped for an account, it may keep as wrapped by itself; for itself alone.
func TestKeepSecret(t *testing.T) {
	f := newFixture(t)
	_, ada := f.counsellor("ada")
	bea, beas := f.counsellor("bea")
	path, _ := f.room(ada)
	own := random(125)
	f.want(404, "PUT", path+"/secret", object{"wrapped_secret": b64(own)}, beas[0], beas[1])
	f.want(204, "POST", path+"/hand-over", object{"to": bea.ID, "keep": true, "wrapped_secret": b64(random(190))}, ada[0], ada[1])
	before := f.want(200, "GET", path, nil, ada[0], ada[1])["wrapped_secret"]
	if got := f.want(200, "PUT", path+"/secret", object{"wrapped_secret": b64(own)}, beas[0], beas[1]); !bytes.Equal(bytesOf(t, got["wrapped_secret"]), own) {
		t.Errorf("kept: %v", got)
	}
	if got := f.want(200, "GET", path, nil, ada[0], ada[1]); got["wrapped_secret"] != before {
		t.Error("the other's was changed")
	}
	for _, wrong := range []object{{"wrapped_secret": ""}, {"wrapped_secret": b64(random(lobby.MaxWrappedSecret + 1))}} {
		f.want(400, "PUT", path+"/secret", wrong, beas[0], beas[1])
	}
}

// A client can invite nobody: without a session there is nothing, and another counsellor's finds no such room. Those who moderate are told of who is invited.
func TestInvitingIsForTheRoomsCounsellors(t *testing.T) {
	f := newFixture(t)
	_, ada := f.counsellor("ada")
	_, bea := f.counsellor("bea")
	client := invite("client", "M.")
	path, _ := f.room(ada, client)
	guest := invite("companion", "B.").json
	for _, header := range [][2]string{{"X-Nothing", "1"}, {"Authorization", "Bearer " + client.auth}, {"Cookie", "__Host-anteroom=" + client.auth}} {
		if got := f.want(401, "POST", path+"/persons", guest, header[0], header[1]); got["code"] != "unauthenticated" {
			t.Errorf("%v: %v", header, got)
		}
	}
	f.want(404, "POST", path+"/persons", guest, bea[0], bea[1])
	if len(f.live.invited) != 0 {
		t.Errorf("told of %v", f.live.invited)
	}
	person := f.want(201, "POST", path+"/persons", guest, ada[0], ada[1])
	if len(f.live.invited) != 1 || string(f.live.invited[0]) != person["id"] {
		t.Errorf("told of %v, want %v", f.live.invited, person["id"])
	}
}

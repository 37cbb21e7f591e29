package api

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/auth"
	"github.com/anteroom-video/anteroom/lobby/memstore"
)

func TestService(t *testing.T) {
	f := newFixture(t)
	got := f.want(200, "GET", "/service", nil)
	want := object{"tenant": "default", "name": "Beratung Mitte", "phone": "030 1", "lang": "de", "version": "v0", "privacy": "", "survey": "",
		"helplines": []any{object{"name": "Notruf", "phone": "112"}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
}

func TestSetupMakesOneAccountAndSignsIn(t *testing.T) {
	f := newFixture(t)
	setup, err := f.auth.NewSetup(t.Context(), lobby.DefaultTenant, "")
	if err != nil {
		t.Fatal(err)
	}
	body := object{"token": setup, "name": " Ada ", "display_name": "Ada L.", "auth": b64(random(32)), "public_key": b64(point()), "wrapped_private_key": b64(random(90))}
	resp := f.ask("POST", "/setup", body)
	if resp.StatusCode != 201 {
		t.Fatal(resp.StatusCode)
	}
	cookie := cookieOf(resp)
	if cookie == nil || !cookie.Secure || !cookie.HttpOnly || cookie.SameSite != 3 || cookie.Path != "/" || cookie.Domain != "" || cookie.MaxAge != 12*60*60 {
		t.Fatalf("%v", cookie)
	}
	header := [2]string{"Cookie", cookie.Name + "=" + cookie.Value}
	account := f.want(200, "GET", "/session", nil, header[0], header[1])["account"].(object)
	if account["name"] != "ada" || account["display_name"] != "Ada L." || account["public_key"] != body["public_key"] || account["wrapped_private_key"] != body["wrapped_private_key"] {
		t.Errorf("%v", account)
	}
	if got := f.want(403, "POST", "/setup", body); got["code"] != "token" {
		t.Errorf("a used token: %v", got)
	}
	f.want(200, "POST", "/session", object{"name": "ADA", "auth": body["auth"]})
	f.want(204, "DELETE", "/session", nil, header[0], header[1])
	f.want(401, "GET", "/session", nil, header[0], header[1])
}

func TestCookieOnLocalhostIsNamedForIt(t *testing.T) {
	if got := newCookie("http://localhost:8080"); got != (cookie{"anteroom_dev", false}) {
		t.Errorf("%+v", got)
	}
}

func TestSignInTellsNothing(t *testing.T) {
	f := newFixture(t)
	f.counsellor("ada")
	wrong := f.want(401, "POST", "/session", object{"name": "ada", "auth": b64(random(32))})
	f.from = netip.MustParseAddr("192.0.2.2")
	unknown := f.want(401, "POST", "/session", object{"name": "nobody", "auth": b64(random(32))})
	if !reflect.DeepEqual(wrong, unknown) {
		t.Errorf("a wrong password gives %v, an unknown name %v", wrong, unknown)
	}
	for _, cookie := range []string{"", "__Host-anteroom=", "__Host-anteroom=AAAAAAAAAAAAAAAAAAAAAAAAAA", "anteroom_dev=x"} {
		f.want(401, "GET", "/rooms", nil, "Cookie", cookie)
	}
}

func TestRoomsAndInvitations(t *testing.T) {
	f := newFixture(t)
	account, cookie := f.counsellor("ada")
	client, interpreter := invite("client", "Frau M."), invite("interpreter", "")
	body := newRoom(client, interpreter)
	body["title"] = object{"sealed": b64([]byte("sealed title"))}
	body["starts_at"] = f.now.Add(time.Hour).UnixMilli()
	created := f.want(201, "POST", "/rooms", body, cookie[0], cookie[1])
	path := "/rooms/" + created["id"].(string)
	for name, want := range map[string]any{
		"title": body["title"], "kind": "once", "policy": lobby.DefaultPolicy, "wrapped_secret": body["wrapped_secret"],
		"starts_at": float64(body["starts_at"].(int64)), "created_at": float64(f.now.UnixMilli()),
		"live": object{"waiting": 0.0, "members": 0.0, "state": "idle"},
	} {
		if !reflect.DeepEqual(created[name], want) {
			t.Errorf("%s is %v, want %v", name, created[name], want)
		}
	}
	first := created["persons"].([]any)[0].(object)
	if first["role"] != "client" || !reflect.DeepEqual(first["label"], object{"plain": "Frau M."}) || first["sealed_link"] != client.json["sealed_link"] || first["revoked"] != false {
		t.Errorf("%v", first)
	}
	if _, there := first["link_auth"]; there {
		t.Error("the hash of a link goes back to the browser")
	}

	f.live.state = State{Members: 1, Waiting: 1, Is: "open", WaitingPersons: []lobby.PersonID{lobby.PersonID(first["id"].(string))}}
	listed := f.want(200, "GET", "/rooms", nil, cookie[0], cookie[1])["rooms"].([]any)[0].(object)
	if !reflect.DeepEqual(listed["live"], object{"waiting": 1.0, "members": 1.0, "state": "open"}) || listed["persons"].([]any)[0].(object)["waiting"] != true {
		t.Errorf("%v", listed)
	}

	added := f.want(201, "POST", path+"/persons", invite("companion", "Herr B.").json, cookie[0], cookie[1])
	if added["role"] != "companion" || added["waiting"] != false {
		t.Errorf("%v", added)
	}
	if got := f.want(409, "POST", path+"/persons", client.json, cookie[0], cookie[1]); got["code"] != "conflict" {
		t.Errorf("a link twice: %v", got)
	}

	_, other := f.counsellor("bea")
	for _, try := range [][2]string{{"GET", path}, {"DELETE", path}, {"DELETE", path + "/persons/" + first["id"].(string)}} {
		if got := f.want(404, try[0], try[1], nil, other[0], other[1]); got["code"] != "not_found" {
			t.Errorf("%s of somebody else's: %v", try[0], got)
		}
	}
	f.want(404, "POST", path+"/ticket", object{"device": b64(point())}, other[0], other[1])
	if got := f.want(200, "GET", "/rooms", nil, other[0], other[1]); len(got["rooms"].([]any)) != 0 {
		t.Errorf("%v", got)
	}

	ticket := f.want(200, "POST", path+"/ticket", object{"device": b64(point())}, cookie[0], cookie[1])["ticket"].(string)
	if got, err := f.tokens.VerifyTicket(ticket); err != nil || got.Account != account.ID || got.Role != lobby.RoleCounsellor || got.Person != "" {
		t.Errorf("%+v %v", got, err)
	}

	f.live.promise = "TOKEN"
	if got := f.want(200, "DELETE", path, nil, cookie[0], cookie[1]); got["receipt"] != "TOKEN" {
		t.Errorf("for the receipt of the session that was live: %v", got)
	}
	if len(f.live.ended) != 1 {
		t.Errorf("the live room was ended %d times", len(f.live.ended))
	}
	f.want(404, "GET", path, nil, cookie[0], cookie[1])
	f.pass(time.Hour)
	if got := f.want(404, "POST", "/links/check", object{"auth": client.auth}); got["code"] != "link_invalid" {
		t.Errorf("a link of a deleted room: %v", got)
	}
}

func TestOtherSitesAreRefused(t *testing.T) {
	f := newFixture(t)
	_, cookie := f.counsellor("ada")
	for _, headers := range [][]string{
		{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}, {"Sec-Fetch-Site", "cross-site", "Origin", "null"},
	} {
		headers = append(headers, cookie[:]...)
		if got := f.want(403, "POST", "/rooms", newRoom(), headers...); got["code"] != "not_allowed" {
			t.Errorf("%v: %v", headers, got)
		}
	}
	for _, site := range []string{"cross-site", "same-site"} {
		f.want(403, "GET", "/session", nil, "Sec-Fetch-Site", site, cookie[0], cookie[1])
	}
	for _, headers := range [][]string{{"Sec-Fetch-Site", "same-origin"}, {"Origin", origin}, {}} {
		headers = append(headers, cookie[:]...)
		f.want(201, "POST", "/rooms", newRoom(), headers...)
	}
}

func TestBodiesAreStrict(t *testing.T) {
	f := newFixture(t)
	auth := b64(random(32))
	for name, body := range map[string]string{
		"nothing": "", "a list": "[]", "a word": `"auth"`, "null": "null", "cut": `{"auth":"` + auth, "trailing": `{"auth":"` + auth + `"} {}`,
		"unknown field": `{"auth":"` + auth + `","more":1}`, "twice": `{"auth":"` + auth + `","auth":"` + auth + `"}`, "another case": `{"AUTH":"` + auth + `"}`, "a digit": `{"auth":"` + auth + `","auth2":1}`,
		"wrong type": `{"auth":7}`, "short": `{"auth":"AAAA"}`, "padded": `{"auth":"` + auth + `="}`, "line break": `{"auth":"` + auth[:20] + `\n` + auth[20:] + `"}`,
		"not UTF-8": "{\"auth\":\"\xff\"}", "spare bits": `{"auth":"` + auth[:42] + `B"}`, "deep": strings.Repeat(`{"auth":`, 40) + "1" + strings.Repeat("}", 40),
	} {
		if got := f.want(400, "POST", "/links/check", body); got["code"] != "bad_request" {
			t.Errorf("%s: %v", name, got)
		}
	}
	f.want(413, "POST", "/links/check", `{"auth":"`+strings.Repeat("A", 70_000)+`"}`)
	f.from = netip.MustParseAddr("192.0.2.50")
	for _, media := range []string{"text/plain", "application/x-www-form-urlencoded", "", "application/json; charset=utf-16", "application/json; charset="} {
		f.want(415, "POST", "/links/check", `{"auth":"`+auth+`"}`, "Content-Type", media)
	}
	for _, media := range []string{"application/json; charset=utf-8", "application/json;charset=UTF-8"} {
		f.want(404, "POST", "/links/check", `{"auth":"`+auth+`"}`, "Content-Type", media)
	}
}

// encoding/json folds U+017F to s and U+212A to k: another spelling must not be a second "persons".
func TestKeysHaveOneSpelling(t *testing.T) {
	f := newFixture(t)
	_, cookie := f.counsellor("ada")
	room := newRoom()
	room["perſons"] = []object{invite("client", "").json}
	if got := f.want(400, "POST", "/rooms", room, cookie[0], cookie[1]); got["code"] != "bad_request" {
		t.Errorf("%v", got)
	}
	person := invite("client", "").json
	person["sealed_lin\u212a"] = person["sealed_link"]
	f.want(400, "POST", "/rooms", newRoom(invitation{json: person}), cookie[0], cookie[1])
}

func TestWhatIsOutOfBoundsIsNamed(t *testing.T) {
	f := newFixture(t)
	_, cookie := f.counsellor("ada")
	with := func(change func(room, person object)) object {
		p := invite("client", "")
		room := newRoom(p)
		change(room, p.json)
		return room
	}
	for want, body := range map[string]object{
		"kind":           with(func(r, _ object) { r["kind"] = "forever" }),
		"title":          with(func(r, _ object) { r["title"] = object{"plain": strings.Repeat("x", 513)} }),
		"label":          with(func(_, p object) { p["label"] = object{"plain": "a", "sealed": "YWE"} }),
		"role":           with(func(_, p object) { p["role"] = "admin" }),
		"lang":           with(func(_, p object) { p["lang"] = "not a language" }),
		"wording":        with(func(_, p object) { p["wording"] = "loud" }),
		"link_auth":      with(func(_, p object) { delete(p, "link_auth") }),
		"sealed_link":    with(func(_, p object) { p["sealed_link"] = b64(random(300)) }),
		"wrapped_secret": with(func(r, _ object) { delete(r, "wrapped_secret") }),
		"ends_at": with(func(r, _ object) {
			r["starts_at"], r["ends_at"] = f.now.Add(2*time.Hour).UnixMilli(), f.now.Add(time.Hour).UnixMilli()
		}),
	} {
		if got := f.want(400, "POST", "/rooms", body, cookie[0], cookie[1]); got["field"] != want {
			t.Errorf("%s: %v", want, got)
		}
	}
}

// The room's secret goes by a co-counsellor's link, to whoever has the link, and to nobody else.
func TestSecretByALink(t *testing.T) {
	f := newFixture(t)
	_, cookie := f.counsellor("ada")
	colleague, client, secret := invite("co-counsellor", ""), invite("client", ""), b64(random(60))
	colleague.json["wrapped_secret"] = secret
	path, room := f.room(cookie, colleague, client)
	if _, shown := room["persons"].([]any)[0].(object)["wrapped_secret"]; shown {
		t.Error("shown to the counsellor, whose page has no use for it")
	}
	wrapped := func(of invitation, want any) {
		t.Helper()
		if got := f.want(200, "POST", "/links/check", object{"auth": of.auth}); got["wrapped_secret"] != want {
			t.Errorf("got %v, want %v", got["wrapped_secret"], want)
		}
	}
	wrapped(colleague, secret)
	wrapped(client, nil)

	put := func(status, at int, l invitation, secret string) object {
		t.Helper()
		body := object{"link_auth": l.json["link_auth"], "sealed_link": l.json["sealed_link"]}
		if secret != "" {
			body["wrapped_secret"] = secret
		}
		return f.want(status, "PUT", personPath(path, room, at)+"/link", body, cookie[0], cookie[1])
	}
	next, last, long := invite("co-counsellor", ""), invite("co-counsellor", ""), b64(random(513))
	for at, secret := range map[int]string{0: long, 1: b64(random(60))} {
		if got := put(400, at, next, secret); got["field"] != "wrapped_secret" {
			t.Errorf("%v", got)
		}
	}
	again := b64(random(60))
	put(200, 0, next, again)
	wrapped(next, again)
	put(200, 0, last, "")
	wrapped(last, nil)
	for role, secret := range map[string]string{"co-counsellor": long, "client": secret, "counsellor": secret} {
		p := invite(role, "")
		p.json["wrapped_secret"] = secret
		if got := f.want(400, "POST", path+"/persons", p.json, cookie[0], cookie[1]); got["field"] != "wrapped_secret" {
			t.Errorf("%s: %v", role, got)
		}
	}
}

func TestTimesThatNoCalendarShowsAreRefused(t *testing.T) {
	f := newFixture(t)
	_, cookie := f.counsellor("ada")
	for _, field := range []string{"starts_at", "ends_at"} {
		for _, ms := range []int64{math.MaxInt64, math.MinInt64, -1, 1, 8_640_000_000_000_001, f.now.AddDate(11, 0, 0).UnixMilli()} {
			body := newRoom()
			body[field] = ms
			if got := f.want(400, "POST", "/rooms", body, cookie[0], cookie[1]); got["field"] != field {
				t.Errorf("%s %d: %v", field, ms, got)
			}
		}
	}
}

// fullStore can be read, not written.
type fullStore struct{ auth.Store }

func (fullStore) UpdateAccounts(context.Context, lobby.TenantID, func(auth.Tx) error) error {
	return fmt.Errorf("the disk is full: %w", lobby.ErrUnavailable)
}

func TestSignInWithAFullDiskIsUnavailable(t *testing.T) {
	f := newFixture(t)
	clock := func() time.Time { return f.now }
	store := memstore.New()
	c := f.credentials("ada")
	if _, err := auth.New(store, clock, auth.Config{Cheap: true}).CreateAccount(t.Context(), lobby.DefaultTenant, c); err != nil {
		t.Fatal(err)
	}
	f.api.Auth = auth.New(fullStore{store}, clock, auth.Config{Cheap: true})
	if got := f.want(503, "POST", "/session", object{"name": "ada", "auth": b64(c.Auth[:])}); got["code"] != "unavailable" {
		t.Errorf("%v", got)
	}
	f.want(401, "POST", "/session", object{"name": "ada", "auth": b64(random(32))})
}

func TestUnknownPathsAndMetrics(t *testing.T) {
	f := newFixture(t)
	for _, try := range [][2]string{{"GET", "/nowhere"}, {"PATCH", "/rooms"}, {"GET", "/links/check"}, {"POST", "/rooms/x"}} {
		if got := f.want(404, try[0], try[1], nil); got["code"] != "not_found" {
			t.Errorf("%v: %v", try, got)
		}
	}
	f.observed = nil
	f.want(401, "GET", "/rooms/secretroomid", nil)
	if fmt.Sprint(f.observed) != "[/api/v1/rooms/{room}]" {
		t.Errorf("counted as %v", f.observed)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"kind":"once","persons":[{"role":"client","label":{"plain":"a"},"link_auth":"AAAA"}],"starts_at":1}`))
	f.Add([]byte(`{"a":1,"a":2}`))
	f.Add([]byte(`{"A":{}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var room struct {
			Kind    string      `json:"kind"`
			Title   text        `json:"title"`
			Starts  int64       `json:"starts_at"`
			Persons []newPerson `json:"persons"`
		}
		err := decode(raw, &room)
		if err != nil && problemOf(err).status != 400 {
			t.Errorf("%q: %v", raw, err)
		}
		if err == nil && (!json.Valid(raw) || raw[0] == '[') {
			t.Errorf("%q was taken", raw)
		}
	})
}

// Counsellors choose from what their service offers, and from nothing else; what a room is under when it names nothing is the first.
func TestPolicies(t *testing.T) {
	f := newFixture(t)
	_, cookie := f.counsellor("ada")
	own, err := lobby.ShippedPolicies()["schule"].Copy("gymnasium", "Gymnasium Nord").With("end_after", "3m")
	if err != nil {
		t.Fatal(err)
	}
	if got := f.want(200, "GET", "/policies", nil, cookie[:]...)["policies"].([]any)[0].(object); got["name"] != lobby.DefaultPolicy || got["title"] != nil || len(got["locks"].([]any)) != 0 {
		t.Errorf("the first of a service that has decided nothing is %v", got)
	}
	f.api.Policies.Policies["gymnasium"] = own
	f.api.Policies.Offered = []string{"gymnasium", "gruppe"}
	f.want(401, "GET", "/policies", nil)
	list := f.want(200, "GET", "/policies", nil, cookie[:]...)["policies"].([]any)
	first := list[0].(object)
	columns := first["columns"].(object)
	if len(list) != 2 || first["name"] != "gymnasium" || first["title"] != "Gymnasium Nord" || columns["end_after_ms"] != 180_000.0 ||
		columns["chat"] != "counsellors" || columns["series"] != false || !slices.Contains(first["locks"].([]any), any("chat")) {
		t.Errorf("offered are %v", list)
	}
	room := newRoom()
	room["policy"] = "schutz"
	if got := f.want(409, "POST", "/rooms", room, cookie[:]...); got["code"] != "no_policy" {
		t.Errorf("a room under what is not offered: %v", got)
	}
}

// A room whose policy was taken out of the configuration is listed as such, opens to nobody and can be deleted.
func TestARoomWithoutItsPolicy(t *testing.T) {
	f := newFixture(t)
	_, cookie := f.counsellor("ada")
	client := invite("client", "")
	body := newRoom(client)
	body["policy"] = "jobcenter"
	made := f.want(201, "POST", "/rooms", body, cookie[:]...)
	if made["no_policy"] != nil {
		t.Errorf("it has its policy: %v", made)
	}
	f.lose("jobcenter")
	path := "/rooms/" + made["id"].(string)
	if list := f.want(200, "GET", "/rooms", nil, cookie[:]...)["rooms"].([]any); list[0].(object)["no_policy"] != true {
		t.Errorf("listed as %v", list)
	}
	for what, got := range map[string]object{
		"a room":        f.want(409, "POST", "/rooms", body, cookie[:]...),
		"an invitation": f.want(409, "POST", path+"/persons", invite("client", "").json, cookie[:]...),
		"a ticket":      f.want(409, "POST", path+"/ticket", object{"device": b64(point())}, cookie[:]...),
		"a link":        f.want(409, "POST", "/links/check", object{"auth": client.auth}),
	} {
		if got["code"] != "no_policy" {
			t.Errorf("%s: %v", what, got)
		}
	}
	f.want(200, "DELETE", path, nil, cookie[:]...)
}

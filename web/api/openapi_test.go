package api

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/auth"
	"github.com/anteroom-video/anteroom/lobby/auth/passkey/passkeytest"
)

// document is openapi.yaml, read as what it is: maps and lists.
type document struct {
	t    *testing.T
	root object
}

func readDocument(t *testing.T) document {
	t.Helper()
	raw, err := os.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var root object
	if err := yaml.Unmarshal(raw, &root); err != nil {
		t.Fatal(err)
	}
	return document{t, root}
}

// follow replaces a reference by what it names.
func (d document) follow(node object) object {
	for {
		ref, ok := node["$ref"].(string)
		if !ok {
			return node
		}
		var at any = d.root
		for part := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
			at = at.(object)[part]
		}
		if at == nil {
			d.t.Fatalf("openapi.yaml has no %s", ref)
		}
		node = at.(object)
	}
}

// answers are the documented statuses of a route with their schemas; nil for none.
func (d document) answers(route string) map[int]object {
	method, path, _ := strings.Cut(route, " ")
	operation, ok := d.root["paths"].(object)[path].(object)[strings.ToLower(method)].(object)
	if !ok {
		return nil
	}
	answers := map[int]object{}
	for status, response := range operation["responses"].(object) {
		code, err := strconv.Atoi(status)
		if err != nil {
			d.t.Fatalf("%s documents status %q", route, status)
		}
		answers[code] = nil
		if content, ok := d.follow(response.(object))["content"].(object); ok {
			answers[code] = content["application/json"].(object)["schema"].(object)
		}
	}
	return answers
}

// check holds a value to a schema, as far as openapi.yaml uses JSON Schema.
func (d document) check(where string, schema object, v any) {
	schema = d.follow(schema)
	if allowed, ok := schema["enum"].([]any); ok && !slices.Contains(allowed, v) {
		d.t.Errorf("%s is %v, documented are %v", where, v, allowed)
	}
	if types, several := schema["type"].([]any); several {
		if !slices.Contains(types, any(jsonType(v))) {
			d.t.Errorf("%s is %v, documented are %v", where, v, types)
		}
		return
	}
	switch schema["type"] {
	case "object":
		o, ok := v.(object)
		if !ok {
			d.t.Errorf("%s is %v, documented is an object", where, v)
			return
		}
		properties, _ := schema["properties"].(object)
		required, _ := schema["required"].([]any)
		for _, name := range required {
			if _, there := o[name.(string)]; !there {
				d.t.Errorf("%s lacks %s", where, name)
			}
		}
		for name, value := range o {
			property, ok := properties[name].(object)
			if !ok {
				property, ok = schema["additionalProperties"].(object)
			}
			if !ok {
				d.t.Errorf("%s has %s, which is not documented", where, name)
				continue
			}
			d.check(where+"."+name, property, value)
		}
	case "array":
		list, ok := v.([]any)
		if !ok {
			d.t.Errorf("%s is %v, documented is a list", where, v)
		}
		for i, item := range list {
			d.check(fmt.Sprintf("%s[%d]", where, i), schema["items"].(object), item)
		}
	case "string":
		s, ok := v.(string)
		if pattern, has := schema["pattern"].(string); !ok || has && !regexp.MustCompile(pattern).MatchString(s) {
			d.t.Errorf("%s is %v, which is not as documented", where, v)
		}
	case "integer":
		if n, ok := v.(float64); !ok || n != math.Trunc(n) {
			d.t.Errorf("%s is %v, documented is an integer", where, v)
		}
	case "boolean":
		if _, ok := v.(bool); !ok {
			d.t.Errorf("%s is %v, documented is true or false", where, v)
		}
	default:
		d.t.Errorf("%s: the schema %v says nothing that is checked", where, schema)
	}
}

// jsonType names what a value is, as JSON Schema does.
func jsonType(v any) string {
	switch v := v.(type) {
	case bool:
		return "boolean"
	case string:
		return "string"
	case float64:
		if v == math.Trunc(v) {
			return "integer"
		}
	case []any:
		return "array"
	}
	return "unknown"
}

func readObject(t *testing.T, resp *http.Response) object {
	t.Helper()
	var o object
	if err := json.NewDecoder(resp.Body).Decode(&o); err != nil {
		t.Fatal(err)
	}
	return o
}

// busyStore answers as auth does when more sign-ins wait than can be checked.
type busyStore struct{ auth.Store }

func (busyStore) ViewAccounts(context.Context, lobby.TenantID, func(auth.Tx) error) error {
	return auth.ErrBusy
}

func TestEveryRouteIsDocumentedAndTheOtherWayRound(t *testing.T) {
	d := readDocument(t)
	routes := map[string]bool{}
	for _, r := range newFixture(t).api.routes() {
		routes[r.method+" "+r.path] = true
	}
	documented := map[string]bool{}
	for path, item := range d.root["paths"].(object) {
		if _, elsewhere := item.(object)["servers"]; elsewhere { // the node's own, which cmd/internal/node tests
			continue
		}
		for method := range item.(object) {
			if method != "parameters" {
				documented[strings.ToUpper(method)+" "+path] = true
			}
		}
	}
	if !maps.Equal(routes, documented) {
		t.Errorf("served: %v\ndocumented: %v", slices.Sorted(maps.Keys(routes)), slices.Sorted(maps.Keys(documented)))
	}
}

// Every documented status of every route is brought about once, and its body held to the documented schema; a status that comes
// and is not documented fails too.
func TestEveryDocumentedStatus(t *testing.T) {
	d := readDocument(t)
	seen := map[string]map[int]bool{}
	device := b64(point())
	tooLarge := `{"name":"` + strings.Repeat("x", 70_000) + `"}`

	// send asks once, on a fixture of its own, and notes what came.
	send := func(route string, prepare func(f *fixture) (path string, body any, headers []string)) {
		t.Helper()
		f := newFixture(t)
		path, body, headers := prepare(f)
		method, _, _ := strings.Cut(route, " ")
		resp := f.ask(method, path, body, headers...)
		schema, documented := d.answers(route)[resp.StatusCode]
		if !documented {
			t.Errorf("%s answers %d, which is not documented", route, resp.StatusCode)
			return
		}
		if seen[route] == nil {
			seen[route] = map[int]bool{}
		}
		seen[route][resp.StatusCode] = true
		if schema != nil {
			d.check(fmt.Sprintf("%s %d", route, resp.StatusCode), schema, readObject(t, resp))
		} else if resp.ContentLength > 0 {
			t.Errorf("%s %d has a body", route, resp.StatusCode)
		}
	}
	// plain is a request that needs nothing prepared but, perhaps, somebody signed in.
	plain := func(route string, signedIn bool, body any, headers ...string) {
		t.Helper()
		send(route, func(f *fixture) (string, any, []string) {
			_, path, _ := strings.Cut(route, " ")
			path = strings.NewReplacer("{room}", "AAAA", "{person}", "BBBB", "{passkey}", "CCCC").Replace(path)
			if signedIn {
				_, cookie := f.counsellor("ada")
				headers = append(headers, cookie[:]...)
			}
			return path, body, headers
		})
	}
	// inRoom is a request about a room that exists.
	inRoom := func(route string, body any, change func(f *fixture, room object, client invitation)) {
		t.Helper()
		send(route, func(f *fixture) (string, any, []string) {
			_, cookie := f.counsellor("ada")
			client := invite("client", "M.")
			roomPath, room := f.room(cookie, client)
			if change != nil {
				change(f, room, client)
			}
			_, path, _ := strings.Cut(route, " ")
			path = strings.Replace(path, "/rooms/{room}/persons/{person}", personPath(roomPath, room, 0), 1)
			path = strings.Replace(path, "/rooms/{room}", roomPath, 1)
			if body == "client" {
				return path, client.json, cookie[:]
			}
			return path, body, cookie[:]
		})
	}
	exhaust := func(route string, body any) {
		t.Helper()
		send(route, func(f *fixture) (string, any, []string) {
			for f.api.wrongLinks.allow(f.from, f.now) || f.api.sessions.allow(f.from, f.now) {
			}
			_, path, _ := strings.Cut(route, " ")
			return path, body, nil
		})
	}

	// What every route with a body, or for counsellors alone, has in common.
	for _, r := range newFixture(t).api.routes() {
		route := r.method + " " + r.path
		if r.signedIn {
			plain(route, false, object{})
		}
		if r.method == "POST" || r.method == "PUT" {
			plain(route, r.signedIn, object{"nothing": "here"})
			plain(route, r.signedIn, tooLarge)
			plain(route, r.signedIn, object{}, "Content-Type", "text/plain")
		}
		if r.limit != nil {
			exhaust(route, object{})
		}
	}

	for _, route := range []string{"POST /links/check", "POST /links/join"} {
		body := object{"auth": b64(random(32))}
		if route == "POST /links/join" {
			body["device"] = b64(point())
		}
		exhaust(route, body)
	}

	plain("GET /service", false, nil)

	setup := func(name, token string) object {
		return object{"token": token, "name": name, "auth": b64(random(32)), "public_key": b64(point()), "wrapped_private_key": b64(random(80))}
	}
	plain("POST /setup", false, setup("ada", "unknown"))
	for _, name := range []string{"ada", "bea"} {
		send("POST /setup", func(f *fixture) (string, any, []string) {
			f.counsellor("ada")
			token, err := f.auth.NewSetup(t.Context(), lobby.DefaultTenant, "")
			if err != nil {
				t.Fatal(err)
			}
			return "/setup", setup(name, token), nil
		})
	}
	plain("POST /setup/check", false, object{"token": "unknown"})
	send("POST /setup/check", func(f *fixture) (string, any, []string) {
		f.counsellor("ada")
		token, err := f.auth.NewReset(t.Context(), lobby.DefaultTenant, "ada")
		if err != nil {
			t.Fatal(err)
		}
		return "/setup/check", object{"token": token}, nil
	})
	signIn := object{"name": "ada", "auth": b64(append([]byte{1, 2, 3}, make([]byte, 29)...))}
	plain("POST /session", true, signIn)
	plain("POST /session", false, signIn)
	send("POST /session", func(f *fixture) (string, any, []string) {
		f.api.Auth = auth.New(busyStore{}, f.api.Clock, auth.Config{Cheap: true})
		return "/session", signIn, nil
	})
	plain("GET /session", true, nil)
	plain("DELETE /session", true, nil)

	const passkeys, challenge, byPasskey = "POST /account/passkeys", "POST /account/passkeys/challenge", "POST /session/passkey"
	for _, route := range []string{"GET /account/passkeys", challenge, "DELETE /account/passkeys/{passkey}"} {
		plain(route, true, nil)
	}
	plain("POST /session/challenge", false, nil)
	// A passkey is added twice, signs in, is removed; with something wrong in it, it does not.
	for route, again := range map[string]bool{passkeys: true, byPasskey: false, "DELETE /account/passkeys/{passkey}": false} {
		for _, wrong := range []bool{false, true} {
			send(route, func(f *fixture) (string, any, []string) {
				_, cookie := f.counsellor("ada")
				device := passkeytest.New(t, origin, "beratung.example.org")
				wish := f.newPasskey(cookie, device)
				if route == passkeys && wrong {
					wish["client_data"] = b64([]byte("{}"))
					return "/account/passkeys", wish, cookie[:]
				}
				made := f.want(201, "POST", "/account/passkeys", wish, cookie[0], cookie[1])
				switch {
				case again:
					return "/account/passkeys", f.newPasskey(cookie, device), cookie[:]
				case route == byPasskey:
					signed := f.signed(device)
					if wrong {
						signed["signature"] = b64(random(70))
					}
					return "/session/passkey", signed, nil
				}
				return "/account/passkeys/" + made["id"].(string), nil, cookie[:]
			})
		}
	}
	send(passkeys, func(f *fixture) (string, any, []string) {
		_, cookie := f.counsellor("ada")
		return "/account/passkeys", f.newPasskey(cookie, passkeytest.New(t, origin, "beratung.example.org")), cookie[:]
	})
	for _, route := range []string{challenge, "POST /session/challenge", byPasskey} {
		send(route, func(f *fixture) (string, any, []string) {
			_, cookie := f.counsellor("ada")
			signed := f.signed(passkeytest.New(t, origin, "beratung.example.org"))
			f.auth = f.withoutPasskeys()
			f.api.Auth = f.auth
			_, path, _ := strings.Cut(route, " ")
			if route == byPasskey {
				return path, signed, nil
			}
			return path, nil, cookie[:]
		})
	}
	plain("PUT /account/recovery", true, object{"auth": signIn["auth"], "wrapped_private_key": b64(random(80))})
	plain("PUT /account/recovery", true, object{"auth": b64(random(32)), "wrapped_private_key": b64(random(80))})
	plain("DELETE /account/recovery", true, nil)

	plain("GET /policies", true, nil)
	plain("GET /rooms", true, nil)
	plain("POST /rooms", true, newRoom(invite("client", "a")))
	plain("POST /rooms", true, func() object { r := newRoom(); r["kind"], r["policy"] = "series", "schule"; return r }())
	plain("POST /rooms", true, newRoom(slices.Repeat([]invitation{invite("client", "")}, 33)...))
	for _, route := range []string{"GET /rooms/{room}", "DELETE /rooms/{room}", "DELETE /rooms/{room}/persons/{person}"} {
		plain(route, true, nil)
		inRoom(route, nil, nil)
	}

	const persons, link = "POST /rooms/{room}/persons", "PUT /rooms/{room}/persons/{person}/link"
	plain(persons, true, invite("client", "").json)
	inRoom(persons, invite("companion", "b").json, nil)
	inRoom(persons, "client", nil)
	send(persons, func(f *fixture) (string, any, []string) {
		_, cookie := f.counsellor("ada")
		room := newRoom()
		room["policy"] = "schule"
		made := f.want(201, "POST", "/rooms", room, cookie[0], cookie[1])
		return "/rooms/" + made["id"].(string) + "/persons", invite("co-counsellor", "").json, cookie[:]
	})
	newLink := object{"link_auth": b64(random(32)), "sealed_link": b64(random(40))}
	plain(link, true, newLink)
	inRoom(link, newLink, nil)
	inRoom(link, newLink, func(f *fixture, room object, _ invitation) {
		id := room["persons"].([]any)[0].(object)["id"].(string)
		if err := f.lobby.Revoke(t.Context(), lobby.DefaultTenant, lobby.RoomID(room["id"].(string)), lobby.PersonID(id)); err != nil {
			t.Fatal(err)
		}
	})
	plain("GET /counsellors", true, nil)
	const secret, handOver = "PUT /rooms/{room}/secret", "POST /rooms/{room}/hand-over"
	plain(secret, true, object{"wrapped_secret": b64(random(125))})
	inRoom(secret, object{"wrapped_secret": b64(random(125))}, nil)
	plain(handOver, true, object{"to": "CCCC"})
	for _, keep := range []bool{false, true} {
		for _, members := range []int{0, 1} {
			send(handOver, func(f *fixture) (string, any, []string) {
				_, cookie := f.counsellor("ada")
				bea, _ := f.counsellor("bea")
				room := newRoom()
				room["policy"] = "schule"
				made := f.want(201, "POST", "/rooms", room, cookie[0], cookie[1])
				f.live.state.Members = members
				return "/rooms/" + made["id"].(string) + "/hand-over", object{"to": bea.ID, "keep": keep}, cookie[:]
			})
		}
	}
	const ticket = "POST /rooms/{room}/ticket"
	plain(ticket, true, object{"device": device})
	inRoom(ticket, object{"device": device}, nil)

	// The policy of a room was taken out of the configuration.
	for _, route := range []string{ticket, "POST /links/check", "POST /links/join"} {
		send(route, func(f *fixture) (string, any, []string) {
			_, cookie := f.counsellor("ada")
			client := invite("client", "")
			room := newRoom(client)
			room["policy"] = "jobcenter"
			made := f.want(201, "POST", "/rooms", room, cookie[0], cookie[1])
			f.lose("jobcenter")
			switch route {
			case ticket:
				return "/rooms/" + made["id"].(string) + "/ticket", object{"device": device}, cookie[:]
			case "POST /links/check":
				return "/links/check", object{"auth": client.auth}, nil
			}
			return "/links/join", object{"auth": client.auth, "device": device}, nil
		})
	}

	plain("POST /receipts", false, object{"token": "unknown"})
	exhaust("POST /receipts", object{"token": "unknown"})
	for _, made := range []bool{false, true} {
		send("POST /receipts", func(f *fixture) (string, any, []string) {
			slip := f.desk.Open(f.now)
			if made {
				slip.Fill(f.receipt())
			}
			return "/receipts", object{"token": slip.Promise()}, nil
		})
	}

	for _, route := range []string{"POST /links/check", "POST /links/join"} {
		body := object{"auth": b64(random(32))}
		if route == "POST /links/join" {
			body["device"] = device
		}
		plain(route, false, body)
		for _, starts := range []time.Duration{0, 3 * time.Hour} {
			send(route, func(f *fixture) (string, any, []string) {
				_, cookie := f.counsellor("ada")
				client := invite("client", "")
				room := newRoom(client)
				if starts > 0 {
					room["starts_at"] = f.now.Add(starts).UnixMilli()
				}
				f.want(201, "POST", "/rooms", room, cookie[0], cookie[1])
				body := maps.Clone(body)
				body["auth"] = client.auth
				_, path, _ := strings.Cut(route, " ")
				return path, body, nil
			})
		}
	}

	for _, r := range newFixture(t).api.routes() {
		route := r.method + " " + r.path
		for status := range d.answers(route) {
			if !seen[route][status] {
				t.Errorf("%s documents %d, which was not brought about", route, status)
			}
		}
	}
}

package api

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/sqlstore"
)

// uninvited are links, or codes, that are worth nothing, by why: nobody can tell one from another.
type uninvited map[string]string

// uninvitedOf makes them on a store as nodes have it: what is not there, and what is there and must not be told, costs what it costs in service.
func uninvitedOf(t *testing.T) (f *fixture, links, codes uninvited) {
	t.Helper()
	store, err := sqlstore.Open(t.Context(), sqlstore.Config{Dir: filepath.Join(t.TempDir(), "state")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	f = newFixtureOn(t, store)
	_, cookie := f.counsellor("ada")
	links, codes = uninvited{}, uninvited{}
	add := func(why string, change func(path string, room object)) {
		t.Helper()
		client := invite("client", "A")
		code := client.typeable()
		body := newRoom(client)
		starts := f.now
		if why == "expired" {
			starts = starts.Add(-24 * time.Hour)
		}
		body["starts_at"] = starts.UnixMilli()
		room := f.want(201, "POST", "/rooms", body, cookie[0], cookie[1])
		if change != nil {
			change("/rooms/"+room["id"].(string), room)
		}
		links[why], codes[why] = client.auth, code
	}
	add("expired", nil)
	add("of a room that was deleted", func(path string, _ object) { f.want(200, "DELETE", path, nil, cookie[0], cookie[1]) })
	add("of a room that has ended", func(_ string, room object) {
		if _, err := f.lobby.EndRoom(t.Context(), lobby.DefaultTenant, lobby.RoomID(room["id"].(string))); err != nil {
			t.Fatal(err)
		}
	})
	add("replaced", func(path string, room object) {
		next := invite("client", "")
		next.typeable()
		delete(next.json, "role")
		delete(next.json, "label")
		f.want(200, "PUT", personPath(path, room, 0)+"/link", next.json, cookie[0], cookie[1])
	})
	add("in force", nil) // of others, among whom it is looked for
	delete(links, "in force")
	delete(codes, "in force")
	for _, all := range []uninvited{links, codes} {
		all["unknown"] = b64(random(32))
	}
	links["of another kind"], codes["of another kind"] = codes["expired"], links["expired"]
	return f, links, codes
}

// everyOther gives requests an address each, as slowly as all guesses together may come.
func (f *fixture) everyOther(i int) {
	f.from = netip.AddrFrom4([4]byte{198, 18, byte(i >> 8), byte(i)})
	f.pass(time.Second)
}

// T-01: whatever is wrong with a link or a code, the answer is the same to the byte: status, headers and their values, body.
func TestAnswersToTheUninvitedAreOne(t *testing.T) {
	f, links, codes := uninvitedOf(t)
	type answer struct {
		status int
		header http.Header
		body   string
	}
	i := 0
	for field, all := range map[string]uninvited{"auth": links, "code": codes} {
		for _, route := range []string{"/links/check", "/links/join"} {
			answers := map[string]answer{}
			for why, secret := range all {
				body := object{field: secret}
				if route == "/links/join" {
					body["device"] = b64(point())
				}
				f.everyOther(i)
				i++
				resp := f.ask("POST", route, body)
				raw, err := io.ReadAll(resp.Body)
				if err != nil {
					t.Fatal(err)
				}
				answers[why] = answer{resp.StatusCode, resp.Header, string(raw)}
			}
			want := answers["unknown"]
			if want.status != 404 || want.body != `{"code":"link_invalid"}`+"\n" {
				t.Errorf("%s %s: %+v", route, field, want)
			}
			for why, got := range answers {
				if !reflect.DeepEqual(got, want) {
					t.Errorf("%s %s %s: %+v\nunknown: %+v", route, field, why, got, want)
				}
			}
		}
	}
}

// apart is how far the medians of two kinds may be apart: less than any network adds by itself, from one request to the next. Where everything takes
// many times as long, under the race detector, it is a fifth of an answer.
const apart = 100 * time.Microsecond

// Nobody learns from how long an answer takes whether a link or a code was ever one. A node that took 300 µs longer for one of them is found out.
func TestAnswersToTheUninvitedTakeAsLong(t *testing.T) {
	f, links, codes := uninvitedOf(t)
	n := 0
	measure := func(field string, all uninvited, later string, by time.Duration) map[string]time.Duration {
		whys := []string{}
		for why := range all {
			whys = append(whys, why)
		}
		took := map[string][]time.Duration{}
		for range 250 {
			rand.Shuffle(len(whys), func(i, j int) { whys[i], whys[j] = whys[j], whys[i] })
			for _, why := range whys {
				f.everyOther(n)
				n++
				body := fmt.Sprintf(`{%q:%q}`, field, all[why])
				began := time.Now()
				resp := f.ask("POST", "/links/check", body)
				for why == later && time.Since(began) < by {
				}
				took[why] = append(took[why], time.Since(began))
				if resp.StatusCode != 404 {
					t.Fatalf("%s: %d", why, resp.StatusCode)
				}
			}
		}
		medians := map[string]time.Duration{}
		for why, all := range took {
			slices.Sort(all)
			medians[why] = all[len(all)/2]
		}
		return medians
	}
	for field, all := range map[string]uninvited{"auth": links, "code": codes} {
		medians := measure(field, all, "", 0)
		t.Logf("%s: %v", field, medians)
		bound := max(apart, medians["unknown"]/5)
		for why, m := range medians {
			if d := (m - medians["unknown"]).Abs(); d > bound {
				t.Errorf("%s %s: half of them take %v, of the unknown ones %v", field, why, m, medians["unknown"])
			}
		}
		delayed := measure(field, all, "expired", medians["expired"]+3*bound)
		if d := delayed["expired"] - delayed["unknown"]; d <= bound {
			t.Errorf("%s: a delay of %v is not seen: %v", field, 3*bound, delayed)
		}
	}
}

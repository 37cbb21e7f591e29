package lobby_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/memstore"
)

func TestCreatedRoomIsAsAsked(t *testing.T) {
	h := newHouse(t)
	p, _ := invite(lobby.RoleInterpreter)
	p.SealedLink = []byte{1, 2}
	asked := lobby.NewRoom{
		Title: lobby.Text{Sealed: []byte{9}}, Kind: lobby.Series, Policy: "jobcenter", Lines: 1080,
		StartsAt: h.now.Add(time.Hour), EndsAt: h.now.Add(2 * time.Hour),
		CoCounsellors: []lobby.AccountID{"ben"}, WrappedSecrets: map[lobby.AccountID][]byte{"anna": {1}, "ben": {2}},
		Persons: []lobby.NewPerson{p},
	}
	made, persons, err := h.CreateRoom(t.Context(), tenant, "anna", asked)
	if err != nil {
		t.Fatal(err)
	}
	if made.ID == "" || made.Session == "" || made.Tenant != tenant || made.Owner != "anna" || made.Policy != "jobcenter" || made.Lines != 1080 ||
		made.Kind != lobby.Series || !made.CreatedAt.Equal(h.now) || !made.Title.Equal(asked.Title) {
		t.Errorf("made %+v", made)
	}
	if got := persons[0]; got.Role != p.Role || !got.Label.Equal(p.Label) || got.Lang != "de" || got.LinkHash != p.LinkHash ||
		!slices.Equal(got.SealedLink, p.SealedLink) || got.Room != made.ID || got.Revoked || got.Generation != 0 {
		t.Errorf("invited %+v", got)
	}
	for _, account := range []lobby.AccountID{"anna", "ben"} {
		room, list, err := h.Room(t.Context(), tenant, account, made.ID)
		if err != nil || !reflect.DeepEqual(room, made) || !reflect.DeepEqual(list, []lobby.Person{persons[0].Person}) {
			t.Errorf("%s reads %+v, %+v, %v", account, room, list, err)
		}
		rosters, err := h.Rooms(t.Context(), tenant, account)
		if err != nil || len(rosters) != 1 || !reflect.DeepEqual(rosters[0], lobby.Roster{Room: made, Persons: []lobby.Person{persons[0].Person}}) {
			t.Errorf("%s lists %+v, %v", account, rosters, err)
		}
	}
	second, _, err := h.CreateRoom(t.Context(), tenant, "anna", lobby.NewRoom{Kind: lobby.Once})
	if err != nil || second.Policy != lobby.DefaultPolicy || second.Lines != 0 || second.ID == made.ID || second.Session == made.Session {
		t.Errorf("a second room: %+v, %v", second, err)
	}
}

func TestCreateRoomRefuses(t *testing.T) {
	long := strings.Repeat("x", lobby.MaxText+1)
	start := time.Date(2030, 5, 6, 10, 0, 0, 0, time.UTC)
	many := func(n int) (list []lobby.NewPerson) {
		for range n {
			p, _ := invite(lobby.RoleClient)
			list = append(list, p)
		}
		return list
	}
	person := func(change func(*lobby.NewPerson)) []lobby.NewPerson {
		p, _ := invite(lobby.RoleClient)
		change(&p)
		return []lobby.NewPerson{p}
	}
	roles := func(roles ...lobby.Role) (list []lobby.NewPerson) {
		for _, role := range roles {
			p, _ := invite(role)
			list = append(list, p)
		}
		return list
	}
	marked := func(who ...lobby.Role) []lobby.NewPerson {
		list := roles(who...)
		for i := range list {
			list[i].MayModerate = true
		}
		return list
	}
	twice := many(1)
	twice = append(twice, twice[0])
	for _, c := range []struct {
		name string
		n    lobby.NewRoom
		want error // nil: accepted
	}{
		{"nothing special", lobby.NewRoom{}, nil},
		{"unknown kind", lobby.NewRoom{Kind: "weekly"}, lobby.ErrInvalid},
		{"unknown policy", lobby.NewRoom{Policy: "none"}, lobby.ErrNoPolicy},
		{"long title", lobby.NewRoom{Title: lobby.Text{Plain: long}}, lobby.ErrInvalid},
		{"longest title", lobby.NewRoom{Title: lobby.Text{Plain: long[1:]}}, nil},
		{"long sealed title", lobby.NewRoom{Title: lobby.Text{Sealed: []byte(long)}}, lobby.ErrInvalid},
		{"title in both forms", lobby.NewRoom{Title: lobby.Text{Plain: "a", Sealed: []byte("b")}}, lobby.ErrInvalid},
		{"title that is no text", lobby.NewRoom{Title: lobby.Text{Plain: "\xff"}}, lobby.ErrInvalid},
		{"720 lines", lobby.NewRoom{Lines: 720}, nil},
		{"1080 lines", lobby.NewRoom{Lines: 1080}, nil},
		{"lines in between", lobby.NewRoom{Lines: 900}, lobby.ErrInvalid},
		{"fewer lines than none", lobby.NewRoom{Lines: -720}, lobby.ErrInvalid},
		{"end before beginning", lobby.NewRoom{StartsAt: start, EndsAt: start}, lobby.ErrInvalid},
		{"in nine years", lobby.NewRoom{StartsAt: start.AddDate(9, 0, 0), EndsAt: start.AddDate(9, 0, 1)}, nil},
		{"begins in eleven years", lobby.NewRoom{StartsAt: start.AddDate(11, 0, 0)}, lobby.ErrInvalid},
		{"ends in eleven years", lobby.NewRoom{EndsAt: start.AddDate(11, 0, 0)}, lobby.ErrInvalid},
		{"began in 2000", lobby.NewRoom{StartsAt: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)}, nil},
		{"began in 1999", lobby.NewRoom{StartsAt: time.Date(1999, 12, 31, 23, 59, 59, 0, time.UTC)}, lobby.ErrInvalid},
		{"ended in 1999", lobby.NewRoom{EndsAt: time.Date(1999, 12, 31, 23, 59, 59, 0, time.UTC)}, lobby.ErrInvalid},
		{"series under schule", lobby.NewRoom{Kind: lobby.Series, Policy: "schule"}, lobby.ErrNotAllowed},
		{"series under schutz", lobby.NewRoom{Kind: lobby.Series, Policy: "schutz"}, lobby.ErrNotAllowed},
		{"series under gruppe", lobby.NewRoom{Kind: lobby.Series, Policy: "gruppe"}, nil},
		{"co-counsellor under schule", lobby.NewRoom{Policy: "schule", CoCounsellors: []lobby.AccountID{"ben"}}, lobby.ErrNotAllowed},
		{"co-counsellor's link under schule", lobby.NewRoom{Policy: "schule", Persons: roles(lobby.RoleCoCounsellor)}, lobby.ErrNotAllowed},
		{"own link under schule", lobby.NewRoom{Policy: "schule", Persons: roles(lobby.RoleCounsellor)}, nil},
		{"two counsellors' links under schule", lobby.NewRoom{Policy: "schule", Persons: roles(lobby.RoleCounsellor, lobby.RoleCounsellor)}, lobby.ErrNotAllowed},
		{"who may moderate", lobby.NewRoom{Persons: marked(lobby.RoleInterpreter, lobby.RoleSpecialist, lobby.RoleCompanion)}, nil},
		{"a client who may moderate", lobby.NewRoom{Persons: marked(lobby.RoleClient)}, lobby.ErrInvalid},
		{"a co-counsellor who may moderate", lobby.NewRoom{Persons: marked(lobby.RoleCoCounsellor)}, lobby.ErrInvalid},
		{"who may moderate under schule", lobby.NewRoom{Policy: "schule", Persons: marked(lobby.RoleCompanion)}, lobby.ErrNotAllowed},
		{"who may moderate under schutz", lobby.NewRoom{Policy: "schutz", Persons: marked(lobby.RoleCompanion)}, lobby.ErrNotAllowed},
		{"who may moderate under jobcenter", lobby.NewRoom{Policy: "jobcenter", Persons: marked(lobby.RoleCompanion)}, lobby.ErrNotAllowed},
		{"who may moderate under gruppe", lobby.NewRoom{Policy: "gruppe", Persons: marked(lobby.RoleCompanion)}, lobby.ErrNotAllowed},
		{"all roles", lobby.NewRoom{Persons: roles(lobby.Roles()...)}, nil},
		{"owner as co-counsellor", lobby.NewRoom{CoCounsellors: []lobby.AccountID{"anna"}}, lobby.ErrInvalid},
		{"co-counsellor twice", lobby.NewRoom{CoCounsellors: []lobby.AccountID{"ben", "ben"}}, lobby.ErrInvalid},
		{"co-counsellor without name", lobby.NewRoom{CoCounsellors: []lobby.AccountID{""}}, lobby.ErrInvalid},
		{"nine co-counsellors", lobby.NewRoom{CoCounsellors: []lobby.AccountID{"1", "2", "3", "4", "5", "6", "7", "8", "9"}}, lobby.ErrTooMany},
		{"secret of a stranger", lobby.NewRoom{WrappedSecrets: map[lobby.AccountID][]byte{"ben": {1}}}, lobby.ErrInvalid},
		{"empty secret", lobby.NewRoom{WrappedSecrets: map[lobby.AccountID][]byte{"anna": {}}}, lobby.ErrInvalid},
		{"long secret", lobby.NewRoom{WrappedSecrets: map[lobby.AccountID][]byte{"anna": make([]byte, lobby.MaxWrappedSecret+1)}}, lobby.ErrInvalid},
		{"most persons", lobby.NewRoom{Persons: many(lobby.MaxPersons)}, nil},
		{"too many persons", lobby.NewRoom{Persons: many(lobby.MaxPersons + 1)}, lobby.ErrTooMany},
		{"unknown role", lobby.NewRoom{Persons: roles("admin")}, lobby.ErrInvalid},
		{"no link", lobby.NewRoom{Persons: person(func(p *lobby.NewPerson) { p.LinkHash = lobby.LinkHash{} })}, lobby.ErrInvalid},
		{"long label", lobby.NewRoom{Persons: person(func(p *lobby.NewPerson) { p.Label.Plain = long })}, lobby.ErrInvalid},
		{"long sealed link", lobby.NewRoom{Persons: person(func(p *lobby.NewPerson) { p.SealedLink = []byte(long) })}, lobby.ErrInvalid},
		{"secret by the link of a co-counsellor", lobby.NewRoom{Persons: person(func(p *lobby.NewPerson) {
			p.Role, p.WrappedSecret = lobby.RoleCoCounsellor, make([]byte, lobby.MaxWrappedSecret)
		})}, nil},
		{"long secret by a link", lobby.NewRoom{Persons: person(func(p *lobby.NewPerson) {
			p.Role, p.WrappedSecret = lobby.RoleCoCounsellor, make([]byte, lobby.MaxWrappedSecret+1)
		})}, lobby.ErrInvalid},
		{"secret by the link of a client", lobby.NewRoom{Persons: person(func(p *lobby.NewPerson) { p.WrappedSecret = []byte{1} })}, lobby.ErrInvalid},
		{"no language", lobby.NewRoom{Persons: person(func(p *lobby.NewPerson) { p.Lang = "" })}, nil},
		{"German that says du", lobby.NewRoom{Persons: person(func(p *lobby.NewPerson) { p.Lang = "de-x-du" })}, nil},
		{"simple German", lobby.NewRoom{Persons: person(func(p *lobby.NewPerson) { p.Lang = "de-x-einfach" })}, nil},
		{"no language tag", lobby.NewRoom{Persons: person(func(p *lobby.NewPerson) { p.Lang = "<script>" })}, lobby.ErrInvalid},
		{"one link twice", lobby.NewRoom{Persons: twice}, lobby.ErrConflict},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t)
			if c.n.Kind == "" {
				c.n.Kind = lobby.Once
			}
			_, _, err := h.CreateRoom(t.Context(), tenant, "anna", c.n)
			wantErr(t, "create", err, c.want)
			rooms, err := h.Rooms(t.Context(), tenant, "anna")
			if err != nil || (len(rooms) == 1) != (c.want == nil) {
				t.Errorf("%d rooms are there, %v", len(rooms), err)
			}
		})
	}
	h := newHouse(t)
	if _, _, err := h.CreateRoom(t.Context(), tenant, "", lobby.NewRoom{Kind: lobby.Once}); !errors.Is(err, lobby.ErrInvalid) {
		t.Errorf("a room of nobody: %v", err)
	}
	_, _, err := h.CreateRoom(t.Context(), tenant, "anna", lobby.NewRoom{Kind: lobby.Once, Lines: 1081})
	if invalid, ok := errors.AsType[*lobby.InvalidError](err); !ok || invalid.Field != "lines" {
		t.Errorf("1081 lines: %v", err)
	}
}

func TestErrorsCarryNoValues(t *testing.T) {
	h := newHouse(t)
	secret := strings.Repeat("Canary", 100)
	_, _, err := h.CreateRoom(t.Context(), tenant, "anna", lobby.NewRoom{Kind: lobby.Once, Title: lobby.Text{Plain: secret}})
	var invalid *lobby.InvalidError
	if !errors.As(err, &invalid) || invalid.Field != "title" || strings.Contains(err.Error(), "Canary") {
		t.Errorf("got %v", err)
	}
}

// R-013, T-27: to everybody who may not open it, a room is not there, whatever is tried.
func TestStrangersFindNothing(t *testing.T) {
	h := newHouse(t)
	room, person, auth := h.room(lobby.NewRoom{CoCounsellors: []lobby.AccountID{"ben"}})
	n, _ := invite(lobby.RoleClient)
	type who struct {
		tenant  lobby.TenantID
		account lobby.AccountID
	}
	for _, w := range []who{{tenant, "carla"}, {tenant, ""}, {"other", "anna"}, {"other", "ben"}} {
		_, _, err := h.Room(t.Context(), w.tenant, w.account, room.ID)
		wantErr(t, "read", err, lobby.ErrNotFound)
		_, err = h.AccountAccess(t.Context(), w.tenant, room.ID, w.account)
		wantErr(t, "enter", err, lobby.ErrNotFound)
		_, err = h.AddPerson(t.Context(), w.tenant, w.account, room.ID, n)
		wantErr(t, "invite", err, lobby.ErrNotFound)
		_, err = h.ReplaceLink(t.Context(), w.tenant, w.account, room.ID, person.ID, lobby.NewLink{LinkHash: n.LinkHash})
		wantErr(t, "replace the link", err, lobby.ErrNotFound)
		wantErr(t, "revoke", h.RevokePerson(t.Context(), w.tenant, w.account, room.ID, person.ID), lobby.ErrNotFound)
		wantErr(t, "delete", h.DeleteRoom(t.Context(), w.tenant, w.account, room.ID), lobby.ErrNotFound)
		if list, err := h.Rooms(t.Context(), w.tenant, w.account); err != nil || len(list) != 0 {
			t.Errorf("%v lists %d rooms, %v", w, len(list), err)
		}
	}
	_, err := h.PersonAccess(t.Context(), "other", room.ID, person.ID)
	wantErr(t, "person from another tenant", err, lobby.ErrNotFound)
	_, err = h.RaiseGeneration(t.Context(), "other", room.ID, person.ID)
	wantErr(t, "raise from another tenant", err, lobby.ErrNotFound)
	wantErr(t, "revoke from another tenant", h.Revoke(t.Context(), "other", room.ID, person.ID), lobby.ErrNotFound)
	_, err = h.EndRoom(t.Context(), "other", room.ID)
	wantErr(t, "end from another tenant", err, lobby.ErrNotFound)
	_, err = h.CheckLink(t.Context(), "other", auth, h.now)
	wantErr(t, "link at another tenant", err, lobby.ErrLinkInvalid)

	_, persons, err := h.Room(t.Context(), tenant, "ben", room.ID)
	if err != nil || len(persons) != 1 || persons[0].Revoked || persons[0].Generation != 0 || persons[0].LinkHash != person.LinkHash {
		t.Errorf("the room was touched: %+v, %v", persons, err)
	}
}

func TestAccountAccess(t *testing.T) {
	h := newHouse(t)
	room, _, _ := h.room(lobby.NewRoom{CoCounsellors: []lobby.AccountID{"ben"}})
	for account, role := range map[lobby.AccountID]lobby.Role{"anna": lobby.RoleCounsellor, "ben": lobby.RoleCoCounsellor} {
		access, err := h.AccountAccess(t.Context(), tenant, room.ID, account)
		if err != nil || access.Role != role || access.Account != account || access.Person.ID != "" ||
			access.Room.ID != room.ID || access.Policy.Name != lobby.DefaultPolicy {
			t.Errorf("%s: %+v, %v", account, access, err)
		}
	}
}

// A store that cannot write does not keep a counsellor out.
func TestUseWithoutADisk(t *testing.T) {
	h := newHouse(t)
	own, _ := invite(lobby.RoleCounsellor)
	room, _, _ := h.room(lobby.NewRoom{Persons: []lobby.NewPerson{own}})
	_, persons, _ := h.Room(t.Context(), tenant, "anna", room.ID)
	h.now = h.now.AddDate(0, 0, 10)
	h.store.fail = errors.New("disk gone")
	if _, err := h.AccountAccess(t.Context(), tenant, room.ID, "anna"); err != nil {
		t.Errorf("account: %v", err)
	}
	if _, err := h.PersonAccess(t.Context(), tenant, room.ID, persons[1].ID); err != nil {
		t.Errorf("link of a counsellor: %v", err)
	}
}

func TestPolicies(t *testing.T) {
	if _, err := lobby.New(memstore.New(), time.Now, lobby.Policies{}, nil); err == nil {
		t.Error("a table without the default policy was taken")
	}
	broken := lobby.ShippedPolicies()
	broken["x"] = lobby.Policy{Name: "x"}
	if _, err := lobby.New(memstore.New(), time.Now, broken, nil); err == nil {
		t.Error("an incomplete policy was taken")
	}
	for what, change := range map[string]func(*lobby.Policy){
		"nobody said who may share":  func(p *lobby.Policy) { p.Share = "" },
		"an unknown rule":            func(p *lobby.Policy) { p.Share = "all" },
		"no lines":                   func(p *lobby.Policy) { p.Lines = 0 },
		"lines in between":           func(p *lobby.Policy) { p.Lines = 900 },
		"no rule of names":           func(p *lobby.Policy) { p.Names = "" },
		"muted before the first":     func(p *lobby.Policy) { p.MutedFrom = -1 },
		"open for less than no time": func(p *lobby.Policy) { p.StayOpen = -1 },
		"open for a day":             func(p *lobby.Policy) { p.StayOpen = 24 * time.Hour },
	} {
		broken := lobby.ShippedPolicies()
		p := broken["schule"]
		change(&p)
		broken["schule"] = p
		if _, err := lobby.New(memstore.New(), time.Now, broken, nil); err == nil {
			t.Errorf("%s: a policy was taken", what)
		}
	}
	shipped := lobby.ShippedPolicies()
	shipped["schule"] = lobby.Policy{}
	if lobby.ShippedPolicies()["schule"].Name == "" {
		t.Error("one caller's table is another's")
	}
	shipped = lobby.ShippedPolicies()
	for _, name := range []string{"schule", "schutz"} {
		if p, ok := shipped[name]; !ok || p.Reentry != 0 || p.SeriesAllowed || p.LinksSurvive || p.CoCounsellors || !p.ConsentRequired {
			t.Errorf("%s: %+v", name, p)
		}
	}
	for name, want := range map[string]lobby.ShareRule{
		"schule": lobby.ShareCounsellors, "gruppe": lobby.ShareCounsellors, "schutz": lobby.ShareCounsellors,
		"jobcenter": lobby.ShareOnRequest, "erziehungsberatung": lobby.ShareOnRequest,
	} {
		if p := shipped[name]; p.Share != want || p.Lines != 720 {
			t.Errorf("%s: share %q, %d lines", name, p.Share, p.Lines)
		}
	}
	for name, want := range map[string]lobby.NameRule{
		"schule": lobby.NamesInitials, "jobcenter": lobby.NamesReference, "erziehungsberatung": lobby.NamesFree, "gruppe": lobby.NamesFirst, "schutz": lobby.NamesNone,
	} {
		locked := slices.Contains(shipped[name].Locks, "names")
		if p := shipped[name]; p.Names != want || locked != (name == "schule" || name == "schutz") {
			t.Errorf("%s: names %q, locked %v", name, p.Names, locked)
		}
	}
	for name, p := range shipped {
		// No room stays open without its counsellor before a service has decided so.
		if want := map[bool]int{true: 1, false: 4}[name == "gruppe"]; p.MutedFrom != want || p.StayOpen != 0 {
			t.Errorf("%s: muted from %d, stays open %v", name, p.MutedFrom, p.StayOpen)
		}
	}
	if p, ok := shipped[lobby.DefaultPolicy]; !ok || p.Reentry != 10*time.Minute || !p.LinksSurvive || p.WaitingPerLink != 3 || p.WaitingPerRoom != 20 {
		t.Errorf("default: %+v", p)
	}
}

// A room whose policy is no longer configured opens to nobody, and can still be ended and deleted.
func TestLostPolicy(t *testing.T) {
	h := newHouse(t)
	room, person, auth := h.room(lobby.NewRoom{Kind: lobby.Series, Policy: "jobcenter"})
	policies := lobby.ShippedPolicies()
	delete(policies, "jobcenter")
	without, err := lobby.New(h.store, func() time.Time { return h.now }, policies, nil)
	if err != nil {
		t.Fatal(err)
	}
	another, _ := invite(lobby.RoleClient)
	for what, try := range map[string]func() error{
		"a link":    func() error { _, err := without.CheckLink(t.Context(), tenant, auth, h.now); return err },
		"a person":  func() error { _, err := without.PersonAccess(t.Context(), tenant, room.ID, person.ID); return err },
		"an owner":  func() error { _, err := without.AccountAccess(t.Context(), tenant, room.ID, "anna"); return err },
		"a new one": func() error { _, err := without.AddPerson(t.Context(), tenant, "anna", room.ID, another); return err },
		"a room": func() error {
			_, _, err := without.CreateRoom(t.Context(), tenant, "anna", lobby.NewRoom{Kind: lobby.Once, Policy: "jobcenter"})
			return err
		},
	} {
		if err := try(); !errors.Is(err, lobby.ErrNoPolicy) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if list, err := without.Rooms(t.Context(), tenant, "anna"); err != nil || len(list) != 1 {
		t.Errorf("listed %v, %v", list, err)
	}
	if ended, err := without.EndRoom(t.Context(), tenant, room.ID); err != nil || ended.Persons != 0 {
		t.Errorf("ended %+v, %v", ended, err)
	}
	if err := without.DeleteRoom(t.Context(), tenant, "anna", room.ID); err != nil {
		t.Errorf("delete: %v", err)
	}
}

package room

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
)

// TestBadCommands: what is missing or over its bound is refused by Apply, EncodeCommand and DecodeCommand alike.
func TestBadCommands(t *testing.T) {
	long := strings.Repeat("x", MaxID+1)
	bad := map[string]func(a *Arrive){
		"no socket":            func(a *Arrive) { a.Socket = "" },
		"a long socket":        func(a *Arrive) { a.Socket = Socket(long) },
		"no participant":       func(a *Arrive) { a.Participant = "" },
		"a long participant":   func(a *Arrive) { a.Participant = Participant(long) },
		"not UTF-8":            func(a *Arrive) { a.Participant = "\xff" },
		"nobody":               func(a *Arrive) { a.Person = "" },
		"two at once":          func(a *Arrive) { a.Account = "account" },
		"a long person":        func(a *Arrive) { a.Person = lobby.PersonID(long) },
		"a long account":       func(a *Arrive) { a.Person, a.Account, a.Role = "", lobby.AccountID(long), lobby.RoleCounsellor },
		"a client's account":   func(a *Arrive) { a.Person, a.Account = "", "account" },
		"no role":              func(a *Arrive) { a.Role = "" },
		"an unknown role":      func(a *Arrive) { a.Role = "owner" },
		"no device":            func(a *Arrive) { a.Device = Device{} },
		"a generation":         func(a *Arrive) { a.Generation = maxGeneration + 1 },
		"no session":           func(a *Arrive) { a.Token = &Token{} },
		"a long session":       func(a *Arrive) { a.Token = &Token{Session: long} },
		"a long label":         func(a *Arrive) { a.Label.Plain = strings.Repeat("x", lobby.MaxText+1) },
		"a label in two forms": func(a *Arrive) { a.Label = lobby.Text{Plain: "x", Sealed: []byte("x")} },
		"a long name":          func(a *Arrive) { a.Name.Sealed = make([]byte, lobby.MaxText+1) },
		"a long language":      func(a *Arrive) { a.Lang = strings.Repeat("x", MaxLang+1) },
		"a broken language":    func(a *Arrive) { a.Lang = "\xff" },
		"a long sealed link":   func(a *Arrive) { a.SealedLink = make([]byte, lobby.MaxSealedLink+1) },
		"no platform":          func(a *Arrive) { a.Platform = "" },
		"an open consent":      func(a *Arrive) { a.Consent = ConsentOpen },
		"a client's mark":      func(a *Arrive) { a.MayModerate = true },
		"no media":             func(a *Arrive) { a.Media = "screen" },
	}
	h := newHouse(t, testConfig())
	for name, change := range bad {
		t.Run(name, func(t *testing.T) {
			a := h.client("ben", 1)
			change(&a)
			if _, err := h.do(a); err != ErrBadCommand {
				t.Errorf("apply: %v", err)
			}
			if _, err := EncodeCommand(a); err != ErrBadCommand {
				t.Errorf("encode: %v", err)
			}
			raw, err := encode(tagged{Type: a.commandType()}, a)
			if err != nil {
				t.Fatal(err)
			}
			if c, err := DecodeCommand(raw); err == nil && !strings.Contains(string(raw), `\ufffd`) {
				t.Errorf("decoded to %#v", c)
			}
		})
	}
	h.must(h.client("ben", 1))
	socket, id := Socket(long), Participant(long)
	for _, c := range []Command{
		Disconnect{}, Heard{}, Leave{}, Knock{}, Admit{}, Decline{}, PutBack{}, Promote{}, Promote{By: "x"}, Remove{}, Self{}, Self{By: "x"}, Mute{}, MuteAll{}, Hold{}, Hold{By: "x", Consultation: true}, ReserveVideo{}, ReserveVideo{By: "x"}, Share{}, PinFor{},
		End{}, RemovePerson{}, ReplaceLink{}, ReplaceLink{Person: "x"}, ReplaceLink{"x", maxGeneration + 1}, Admit{By: "x"}, Decline{By: "x"}, PutBack{By: "x"}, Remove{By: "x"}, Mute{By: "x"},
		Divide{}, Divide{By: "x", Groups: 1}, Divide{By: "x", Groups: MaxGroups + 1}, Divide{"x", 2, []Place{{"", 1}}}, Divide{"x", 2, []Place{{"y", 3}}}, Divide{"x", 2, []Place{{"y", -1}}}, Divide{"x", 2, []Place{{"y", 1}, {"y", 2}}}, Divide{"x", 2, make([]Place, MaxMembers+1)}, Recall{}, EnterGroup{}, EnterGroup{"x", MaxGroups + 1}, EnterGroup{"x", -1},
		Mute{By: "x", Participant: "y"}, Share{By: "x"}, Share{"x", ShareNobody}, PinFor{"x", Pin{"y", "microphone"}}, PinFor{"x", Pin{Source: SourceCamera}}, ShowCard{}, ShowCard{By: "x"}, ShowCard{"x", "sleeve"}, ShowCard{Card: CardRules},
		PinFor{"x", Pin{id, SourceCamera}}, SayCompany{}, SayCompany{"x", "crowded"}, Colleague{}, NoteConsent{}, NoteConsent{By: "x"}, Withdraw{}, Withdraw{"x", id},
		Write{By: "x"}, Write{"x", "y", Note{From: ByPerson, Plain: "z"}}, Write{By: "x", Note: Note{From: ByCounsellor, Plain: "z"}}, Write{By: "x", Note: Note{From: ByPerson, Plain: " "}},
		Write{By: "x", Note: Note{From: ByPerson, Plain: strings.Repeat("ä", MaxNote+1)}}, Write{By: "x", Note: Note{From: ByPerson, Sealed: make([]byte, MaxSealedNote+1)}},
		Write{By: "x", Note: Note{From: ByPerson, Plain: "z", Sealed: []byte("z")}}, Write{By: "x", Note: Note{From: "nobody", Plain: "z"}}, Admit{socket, "x"}, Admit{"x", id}, nil,
	} {
		h.refuse(c, ErrBadCommand)
	}
	for _, raw := range []string{
		``, `{}`, `null`, `{"type":"arrive"}`, `{"type":"open","body":{}}`, `{"type":"leave","body":{"by":7}}`,
		`{"type":"arrive","body":{"device":"AAAA"}}`, `{"type":"leave","body":{"by":"x"}} {}`,
	} {
		if c, err := DecodeCommand([]byte(raw)); err == nil {
			t.Errorf("%s decoded to %#v", raw, c)
		}
	}
	for _, raw := range []string{``, `{}`, `{"type":"open","body":{}}`, `{"type":"flow","body":[]}`} {
		if e, err := DecodeEvent([]byte(raw)); err == nil {
			t.Errorf("%s decoded to %#v", raw, e)
		}
	}
	if _, err := EncodeEvent(Event{}); err == nil {
		t.Error("an event without a body was encoded")
	}
}

// TestOtherVersions: a node of another version may add fields.
func TestOtherVersions(t *testing.T) {
	c, err := DecodeCommand([]byte(`{"type":"hold","version":9,"body":{"by":"s","on":true,"until":5}}`))
	if want := (Hold{By: "s", On: true}); err != nil || c != want {
		t.Fatalf("%#v, %v", c, err)
	}
}

// TestFormat keeps the format of what crosses between nodes: a change here is a change for nodes that are running.
func TestFormat(t *testing.T) {
	h := newHouse(t, pairedConfig())
	ada, ben := h.account("ada", 1), h.client("ben", 2)
	ben.Token, ben.Label = &Token{Session: session, Generation: 0, Admitted: false}, lobby.Text{Sealed: []byte("sealed")}
	cleo := h.client("cleo", 3)
	cleo.Consent = ""
	igor := h.link("igor", 4, lobby.RoleInterpreter)
	var got bytes.Buffer
	write := func(raw []byte, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		got.Write(append(raw, '\n'))
	}
	for _, c := range []Command{
		ada, ben, SayCompany{ben.Socket, Accompanied}, Write{By: ben.Socket, Note: Note{From: ByPerson, Sealed: []byte("note")}},
		Write{ada.Socket, ben.Participant, Note{From: ByCounsellor, Plain: "gleich"}}, Colleague{ada.Socket, true}, Elsewhere{true}, Admit{ada.Socket, ben.Participant}, Mute{ada.Socket, ben.Participant, Audio}, Share{ada.Socket, ShareAll}, Self{By: ben.Socket, Screen: new(true)},
		PinFor{ada.Socket, Pin{ben.Participant, SourceScreen}}, RaiseHand{ben.Socket, true}, Lock{ada.Socket, true}, LowerHand{ada.Socket, ben.Participant}, ShowCard{ada.Socket, CardRules}, ReserveVideo{ada.Socket, ben.Participant}, Divide{ada.Socket, 2, []Place{{ben.Participant, 2}}}, EnterGroup{ada.Socket, 2}, Recall{ada.Socket}, Hold{By: ada.Socket, On: true}, Incident{ada.Socket, true}, Incident{ada.Socket, false},
		PutBack{ada.Socket, ben.Participant}, Decline{ada.Socket, ben.Participant}, Leave{ben.Socket, true}, Lock{ada.Socket, false}, cleo, NoteConsent{ada.Socket, cleo.Participant}, Withdraw{By: cleo.Socket},
		igor, Admit{ada.Socket, igor.Participant}, Promote{ada.Socket, igor.Participant, true}, Promote{By: ada.Socket, Participant: igor.Participant}, Leave{By: ada.Socket},
		Invite{"person-dora", lobby.RoleCompanion, lobby.Text{Plain: "Dora"}}, StandIn{}, RemovePerson{ben.Person}, EndRoom{},
	} {
		write(EncodeCommand(c))
		for _, e := range h.must(c) {
			write(EncodeEvent(e))
		}
		write(h.freeze(), nil)
		h.now = h.now.Add(time.Second)
	}
	const file = "testdata/format.jsonl"
	if os.Getenv("ANTEROOM_GOLDEN") != "" {
		if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(kept, got.Bytes()) {
		t.Fatalf("the format has changed; when that is meant, write %s anew with ANTEROOM_GOLDEN=1\ngot\n%s", file, got.Bytes())
	}
}

func TestUnsoundStates(t *testing.T) {
	config := `"config":{"session":"s","reentry":0,"end_after":1,"waiting_per_link":1,"waiting_per_room":1,"share":"on_request","lines":720,"peer_to_peer":"relay","chat":"all"}`
	seat := func(more string) string {
		return `{"id":"p","person":"b","role":"client","device":"` + string(must(device(1).MarshalText())) + `","state":"waiting","socket":"s"` + more + `}`
	}
	known := `,"persons":{"b":{"generation":0,"bound":"` + string(must(Device{}.MarshalText())) + `"}}`
	protected := strings.Replace(config, `"chat":"all"`, `"chat":"all","quick_exit":true`, 1)
	dividable := strings.Replace(config, `"chat":"all"`, `"chat":"all","groups":true`, 1)
	exit := `{"participant":"p","person":"b","role":"client","label":{},"name":{},"at":1}`
	if err := json.Unmarshal([]byte(`{`+protected+`,"exits":[`+exit+`]}`), new(State)); err != nil {
		t.Fatal(err)
	}
	sound := `{` + config + `,"seats":[` + seat("") + `]` + known + `}`
	if err := json.Unmarshal([]byte(sound), new(State)); err != nil {
		t.Fatal(err)
	}
	for name, raw := range map[string]string{
		"no configuration":    `{}`,
		"never ends":          `{` + strings.Replace(config, `"end_after":1`, `"end_after":0`, 1) + `}`,
		"negative re-entry":   `{` + strings.Replace(config, `"reentry":0`, `"reentry":-1`, 1) + `}`,
		"nobody may wait":     `{` + strings.Replace(config, `"waiting_per_link":1`, `"waiting_per_link":0`, 1) + `}`,
		"no rule to share":    `{` + strings.Replace(config, `"share":"on_request"`, `"share":"all"`, 1) + `}`,
		"no chat rule":        `{` + strings.Replace(config, `"chat":"all"`, `"chat":"some"`, 1) + `}`,
		"no lines":            `{` + strings.Replace(config, `"lines":720`, `"lines":721`, 1) + `}`,
		"open and locked":     `{` + strings.Replace(config, `"on_request"`, `"counsellors"`, 1) + `,"share_open":true}`,
		"a screen outside":    `{` + config + `,"share_open":true,"seats":[` + seat(`,"on":{"screen":true}`) + `]` + known + `}`,
		"a screen by no rule": `{` + config + `,"seats":[` + seat(`,"state":"admitted","on":{"screen":true}`) + `]` + known + `}`,
		"two screens": `{` + config + `,"share_open":true,"seats":[` + seat(`,"state":"admitted","on":{"screen":true}`) + `,` +
			seat(`,"state":"admitted","id":"q","socket":"t","on":{"screen":true}`) + `]` + known + `}`,
		"a pin of nobody":                           `{` + config + `,"pin":{"participant":"p","source":"camera"}}`,
		"a pin of who waits":                        `{` + config + `,"seats":[` + seat("") + `]` + known + `,"pin":{"participant":"p","source":"camera"}}`,
		"a pin of no screen":                        `{` + config + `,"seats":[` + seat(`,"state":"admitted"`) + `]` + known + `,"pin":{"participant":"p","source":"screen"}}`,
		"a reserved camera that nobody may reserve": `{` + config + `,"seats":[` + seat(`,"on":{"video_reserved":true}`) + `]` + strings.Replace(known, `"generation":0`, `"video_reserved":true`, 1) + `}`,
		"a camera reserved on one device":           `{` + strings.Replace(config, `"lines"`, `"camera_check":true,"lines"`, 1) + `,"seats":[` + seat(`,"on":{"video_reserved":true}`) + `]` + known + `}`,
		"moderation by no policy":                   `{` + config + `,"seats":[` + seat(`,"role":"companion","may_moderate":true,"state":"admitted","promoted":true`) + `]` + known + `}`,
		"moderation without a mark":                 `{` + strings.Replace(config, `"lines"`, `"delegation":true,"lines"`, 1) + `,"seats":[` + seat(`,"role":"companion","state":"admitted","promoted":true`) + `]` + known + `}`,
		"moderation from outside":                   `{` + strings.Replace(config, `"lines"`, `"delegation":true,"lines"`, 1) + `,"seats":[` + seat(`,"role":"companion","may_moderate":true,"promoted":true`) + `]` + known + `}`,
		"a client's mark":                           `{` + config + `,"seats":[` + seat(`,"may_moderate":true`) + `]` + known + `}`,
		"a consultation of nobody":                  `{` + config + `,"held":true,"consultation":true,"seats":[` + seat("") + `]` + known + `}`,
		"a pinned microphone":                       `{` + config + `,"seats":[` + seat(`,"state":"admitted"`) + `]` + known + `,"pin":{"participant":"p","source":"microphone"}}`,
		"one group":                                 `{` + dividable + `,"groups":1}`,
		"nine groups":                               `{` + dividable + `,"groups":9}`,
		"groups by no rule":                         `{` + config + `,"groups":2}`,
		"groups and a pin":                          `{` + dividable + `,"groups":2,"pin":{"participant":"p","source":"camera"},"seats":[` + seat(`,"state":"admitted"`) + `]` + known + `}`,
		"in no group":                               `{` + dividable + `,"groups":2,"seats":[` + seat(`,"state":"admitted","group":3`) + `]` + known + `}`,
		"outside in a group":                        `{` + dividable + `,"groups":2,"seats":[` + seat(`,"group":1`) + `]` + known + `}`,
		"left no group":                             `{` + dividable + `,"persons":{"b":{"group":1}}}`,
		"a card of no sort":                         `{` + config + `,"shown":{"card":"sleeve","number":1}}`,
		"a card without end":                        `{` + config + `,"shown":{"card":"rules","number":0}}`,
		"an exit by no rule":                        `{` + config + `,"exits":[` + exit + `]}`,
		"an exit of nobody":                         `{` + protected + `,"exits":[` + strings.Replace(exit, `"person":"b"`, `"person":""`, 1) + `]}`,
		"a counsellor's exit":                       `{` + protected + `,"exits":[` + strings.Replace(exit, "client", "counsellor", 1) + `]}`,
		"two exits of one":                          `{` + protected + `,"exits":[` + exit + `,` + exit + `]}`,
		"a note of nobody":                          `{` + config + `,"seats":[` + seat(`,"notes":[{"plain":"x"}]`) + `]` + known + `}`,
		"a note inside":                             `{` + config + `,"seats":[` + seat(`,"state":"admitted","notes":[{"from":"person","plain":"x"}]`) + `]` + known + `}`,
		"a company of many":                         `{` + config + `,"seats":[` + seat(`,"company":"crowded"`) + `]` + known + `}`,
		"an unknown consent":                        `{` + config + `,"seats":[` + seat(`,"consent":"open"`) + `]` + known + `}`,
		"no seat":                                   `{` + config + `,"seats":[null]}`,
		"a stranger":                                `{` + config + `,"seats":[` + seat("") + `]}`,
		"no record":                                 `{` + config + `,"persons":{"b":null}}`,
		"one id twice":                              `{` + config + `,"seats":[` + seat("") + `,` + seat(`,"socket":"t"`) + `]` + known + `}`,
		"one socket twice":                          `{` + config + `,"seats":[` + seat("") + `,` + seat(`,"id":"q"`) + `]` + known + `}`,
		"nowhere":                                   `{` + config + `,"seats":[` + seat(`,"state":"left"`) + `]` + known + `}`,
		"in without a line":                         `{` + config + `,"seats":[` + seat(`,"state":"admitted","socket":""`) + `]` + known + `}`,
		"away with a line":                          `{` + config + `,"seats":[` + seat(`,"state":"reconnecting"`) + `]` + known + `}`,
		"an account waits":                          `{` + config + `,"seats":[` + seat(`,"person":"","account":"a"`) + `]` + known + `}`,
		"somebody after all":                        `{` + config + `,"over":true,"seats":[` + seat("") + `]` + known + `}`,
		"a removed person":                          `{` + config + `,"seats":[` + seat("") + `]` + strings.Replace(known, `"generation":0`, `"removed":true`, 1) + `}`,
		"a short device":                            `{` + config + `,"seats":[` + seat(`,"device":"AAAA"`) + `]` + known + `}`,
		"not base64":                                `{` + config + `,"seats":[` + seat(`,"device":"?"`) + `]` + known + `}`,
		"two in a frozen room": `{` + config + `,"frozen":true,"pair":{"number":1,"of":["p","q"]},"seats":[` + seat(`,"state":"admitted"`) + `,` +
			seat(`,"state":"admitted","id":"q","socket":"t"`) + `]` + known + `}`,
		"frozen by somebody, and open": `{` + config + `,"frozen_by":"p"}`,
		"a consent text by its words":  `{` + config + `,"attended":{"texts":["Zm9v"]}}`,
		"nobody was inside":            `{` + config + `,"attended":{"people":[{"role":"client"}]}}`,
	} {
		s := must(New(testConfig()))
		before := *s
		if err := json.Unmarshal([]byte(raw), s); err == nil || !reflect.DeepEqual(before, *s) {
			t.Errorf("%s: read", name)
		}
	}
	if _, err := New(Config{}); err == nil {
		t.Error("a room without a configuration was made")
	}
}

func TestConfigForShippedPolicies(t *testing.T) {
	for _, p := range lobby.ShippedPolicies() {
		if _, err := New(ConfigFor(lobby.Room{Session: "session"}, p)); err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
	}
}

// What a room says of its pictures comes before what its policy says.
func TestConfigForLines(t *testing.T) {
	for _, c := range []struct{ room, policy, want int }{{0, 720, 720}, {0, 1080, 1080}, {720, 1080, 720}, {1080, 720, 1080}} {
		p := lobby.ShippedPolicies()[lobby.DefaultPolicy]
		p.Lines = c.policy
		if s := must(New(ConfigFor(lobby.Room{Session: "session", Lines: c.room}, p))); s.d.Config.Lines != c.want {
			t.Errorf("room %d, policy %d: got %d lines, want %d", c.room, c.policy, s.d.Config.Lines, c.want)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// FuzzDecodeCommand: whatever comes, decoding neither panics nor gives a command that a room stumbles over, and what was
// decoded is written and read again as the same.
func FuzzDecodeCommand(f *testing.F) {
	h := newHouse(f, testConfig())
	ada, ben := h.inside()
	for _, c := range []Command{
		h.client("cleo", 3), h.account("bea", 4), h.again(ben), Disconnect{Socket: ben.Socket}, Heard{ada.Participant}, Leave{By: ben.Socket}, Leave{ben.Socket, true}, Knock{ben.Socket},
		Admit{ada.Socket, ben.Participant}, Decline{ada.Socket, ben.Participant}, PutBack{ada.Socket, ben.Participant},
		Remove{ada.Socket, ben.Participant}, Self{By: ben.Socket, Audio: new(true), Video: new(false)}, Self{By: ben.Socket, Video: new(true)}, Mute{ada.Socket, ben.Participant, Video}, MuteAll{ada.Socket},
		Self{By: ada.Socket, Screen: new(true)}, Self{By: ben.Socket, Connection: Interrupted}, Mute{ada.Socket, ada.Participant, Screen}, Share{ada.Socket, ShareAll},
		Lock{ada.Socket, true}, RaiseHand{ben.Socket, true}, LowerHand{ada.Socket, ben.Participant}, LowerHand{By: ada.Socket}, LeaveOpen{ada.Socket, time.Minute},
		Divide{ada.Socket, 2, []Place{{ben.Participant, 1}}}, Recall{ada.Socket}, EnterGroup{ada.Socket, 1},
		PinFor{ada.Socket, Pin{ben.Participant, SourceCamera}}, PinFor{By: ada.Socket}, ShowCard{ada.Socket, CardPeople},
		ReserveVideo{ada.Socket, ben.Participant}, Self{By: ben.Socket, Unreserve: true}, Hold{By: ada.Socket, On: true, Consultation: true},
		Promote{ada.Socket, ben.Participant, true}, Hold{By: ada.Socket, On: true}, End{ada.Socket}, RemovePerson{ben.Person}, ReplaceLink{ben.Person, 1}, Invite{ben.Person, lobby.RoleClient, lobby.Text{Plain: "Ben"}}, StandIn{}, EndRoom{}, Tick{},
	} {
		f.Add(must(EncodeCommand(c)))
	}
	for _, a := range theAsked() {
		f.Add(must(EncodeCommand(a.make(ada.Socket, ben.Participant, ben.Participant))))
	}
	f.Add([]byte(`{"type":"arrive","body":null}`))
	room := h.freeze()
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := DecodeCommand(raw)
		if err != nil {
			return
		}
		again, err := DecodeCommand(must(EncodeCommand(c)))
		if err != nil || !reflect.DeepEqual(again, c) {
			t.Fatalf("%#v came back as %#v (%v)", c, again, err)
		}
		var s State
		if err := json.Unmarshal(room, &s); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Apply(c, h.now); err != nil {
			if raw := must(json.Marshal(&s)); !bytes.Equal(raw, room) {
				t.Fatalf("%#v was refused (%v) and changed the room", c, err)
			}
		}
		if raw := must(json.Marshal(&s)); json.Unmarshal(raw, new(State)) != nil {
			t.Fatalf("%#v left an unsound state: %s", c, raw)
		}
	})
}

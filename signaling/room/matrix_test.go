package room

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
)

// TestMatrix holds what the room answers to everybody in every situation, and what follows when it is done, to testdata/matrix.txt:
// whatever is asked, by whomever, wherever he and the room stand, has an answer that somebody has read.
func TestMatrix(t *testing.T) {
	var out strings.Builder
	out.WriteString(matrixHead)
	followed := consequences{}
	t.Run("by who asks", func(t *testing.T) { askers(t, &out, followed) })
	t.Run("by who is meant", func(t *testing.T) { targets(t, &out, followed) })
	followed.write(&out)

	const file = "testdata/matrix.txt"
	if os.Getenv("ANTEROOM_GOLDEN") != "" {
		if err := os.WriteFile(file, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if kept, got := strings.Split(string(kept), "\n"), strings.Split(out.String(), "\n"); !slices.Equal(kept, got) {
		for i := range min(len(kept), len(got)) {
			if kept[i] != got[i] {
				t.Fatalf("line %d of %s: when the change is meant, write it anew with ANTEROOM_GOLDEN=1\nwas %s\nis  %s", i+1, file, kept[i], got[i])
			}
		}
		t.Fatalf("%s has %d lines, not %d: when that is meant, write it anew with ANTEROOM_GOLDEN=1", file, len(kept), len(got))
	}
}

const matrixHead = `What the room answers, to whom, where. Made by TestMatrix; read a change of it before keeping it.

In the room are ada, a counsellor, ben, a client whom she has let in, and wil, a client who waits; "self" is who asks. Where a request names
somebody, it is ben, and to be let in or declined wil. Links of specialists, interpreters and companions were marked: "promoted" is who was lent moderation; out is in front of the door, with a locked PIN. Frozen: ada has reported an incident. Divided: there are two groups, and ben is in the second. Paused: ada has left, and who asks is no counsellor who is heard.
Consulted: ada and her colleague cleo speak among themselves. Left open: ada has gone and said for how long. Who asks has been replaced by another page of his,
or was lost for too long (expired), or has withdrawn his consent, or nobody has ever come by his socket (unknown).
A refused request has changed nothing and told nobody anything. "-": nobody can stand there.

`

// asked is a request of a participant, by the name that it has in the table.
type asked struct {
	name string
	make func(by Socket, ben, wil Participant) Command
}

// names reports whether this request names somebody.
func (a asked) names() bool {
	return !reflect.DeepEqual(a.make("by", "ben", "wil"), a.make("by", "another", "another"))
}

// theAsked are one request of each kind.
func theAsked() []asked {
	return []asked{
		{"admit", func(by Socket, _, wil Participant) Command { return Admit{by, wil} }},
		{"decline", func(by Socket, _, wil Participant) Command { return Decline{by, wil} }},
		{"put_back", func(by Socket, ben, _ Participant) Command { return PutBack{by, ben} }},
		{"remove", func(by Socket, ben, _ Participant) Command { return Remove{by, ben} }},
		{"withdraw other", func(by Socket, ben, _ Participant) Command { return Withdraw{by, ben} }},
		{"promote", func(by Socket, ben, _ Participant) Command { return Promote{by, ben, true} }},
		{"take back", func(by Socket, ben, _ Participant) Command { return Promote{By: by, Participant: ben} }},
		{"mute audio", func(by Socket, ben, _ Participant) Command { return Mute{by, ben, Audio} }},
		{"mute screen", func(by Socket, ben, _ Participant) Command { return Mute{by, ben, Screen} }},
		{"pin camera", func(by Socket, ben, _ Participant) Command { return PinFor{by, Pin{ben, SourceCamera}} }},
		{"pin screen", func(by Socket, ben, _ Participant) Command { return PinFor{by, Pin{ben, SourceScreen}} }},
		{"unpin", func(by Socket, _, _ Participant) Command { return PinFor{By: by} }},
		{"groups", func(by Socket, ben, _ Participant) Command { return Divide{by, 2, []Place{{ben, 1}}} }},
		{"recall", func(by Socket, _, _ Participant) Command { return Recall{by} }},
		{"enter_group", func(by Socket, _, _ Participant) Command { return EnterGroup{by, 1} }},
		{"mute_all", func(by Socket, _, _ Participant) Command { return MuteAll{by} }},
		{"hold", func(by Socket, _, _ Participant) Command { return Hold{By: by, On: true} }},
		{"go on", func(by Socket, _, _ Participant) Command { return Hold{By: by} }},
		{"share all", func(by Socket, _, _ Participant) Command { return Share{by, ShareAll} }},
		{"share close", func(by Socket, _, _ Participant) Command { return Share{by, ShareCounsellors} }},
		{"reserve_video", func(by Socket, ben, _ Participant) Command { return ReserveVideo{by, ben} }},
		{"show_video", func(by Socket, _, _ Participant) Command { return Self{By: by, Unreserve: true} }},
		{"consult", func(by Socket, _, _ Participant) Command { return Hold{By: by, On: true, Consultation: true} }},
		{"card", func(by Socket, _, _ Participant) Command { return ShowCard{by, CardRules} }},
		{"lock", func(by Socket, _, _ Participant) Command { return Lock{by, true} }},
		{"unlock", func(by Socket, _, _ Participant) Command { return Lock{By: by} }},
		{"hand up", func(by Socket, _, _ Participant) Command { return RaiseHand{by, true} }},
		{"hand down", func(by Socket, _, _ Participant) Command { return RaiseHand{By: by} }},
		{"lower_hand", func(by Socket, ben, _ Participant) Command { return LowerHand{by, ben} }},
		{"lower all", func(by Socket, _, _ Participant) Command { return LowerHand{By: by} }},
		{"leave_open", func(by Socket, _, _ Participant) Command { return LeaveOpen{by, time.Minute} }},
		{"incident", func(by Socket, _, _ Participant) Command { return Incident{by, true} }},
		{"incident over", func(by Socket, _, _ Participant) Command { return Incident{By: by} }},
		{"unlock_pin", func(by Socket, _, _ Participant) Command { return UnlockPIN{by, "person-out"} }},
		{"note_consent", func(by Socket, _, wil Participant) Command { return NoteConsent{by, wil} }},
		{"colleague", func(by Socket, _, _ Participant) Command { return Colleague{by, true} }},
		{"note to", func(by Socket, _, wil Participant) Command {
			return Write{by, wil, Note{From: ByCounsellor, Plain: "x"}}
		}},
		{"note", func(by Socket, _, _ Participant) Command {
			return Write{By: by, Note: Note{From: ByPerson, Plain: "x"}}
		}},
		{"company", func(by Socket, _, _ Participant) Command { return SayCompany{by, Alone} }},
		{"withdraw", func(by Socket, _, _ Participant) Command { return Withdraw{By: by} }},
		{"end", func(by Socket, _, _ Participant) Command { return End{by} }},
		{"self off", func(by Socket, _, _ Participant) Command { return Self{By: by, Audio: new(false)} }},
		{"self on", func(by Socket, _, _ Participant) Command { return Self{By: by, Audio: new(true)} }},
		{"self screen", func(by Socket, _, _ Participant) Command { return Self{By: by, Screen: new(true)} }},
		{"self connection", func(by Socket, _, _ Participant) Command { return Self{By: by, Connection: Interrupted} }},
		{"knock", func(by Socket, _, _ Participant) Command { return Knock{by} }},
		{"forecast", func(by Socket, _, _ Participant) Command { return Foresee{by, OutlookGood} }},
		{"leave", func(by Socket, _, _ Participant) Command { return Leave{By: by} }},
	}
}

// Where somebody and the room can stand.
var (
	personStates = []string{"waiting", "declined", "admitted", "reconnecting", "put_back", "removed", "withdrawn", "replaced", "expired", "unknown", "promoted"}
	roomStates   = []string{"open", "locked", "held", "consulted", "frozen", "divided", "paused", "left_open", "ended"}
)

// situation is a room in which everybody stands somewhere.
type situation struct {
	frozen    []byte
	now       time.Time
	self      Arrive
	ada       Arrive
	ben, wil  Participant
	audiences map[Socket]string
}

// situate makes one; false where nobody can stand so.
func situate(t *testing.T, role lobby.Role, person, room string) (situation, bool) {
	config := testConfig()
	config.StayOpen = 20 * time.Minute
	h := newHouse(t, config)
	ada, ben, wil := h.account("ada", 1), h.client("ben", 2), h.client("wil", 3)
	out := NotePIN{Invitee{Person: "person-out", Role: lobby.RoleClient}, true}
	for _, c := range []Command{ada, ben, wil, Admit{ada.Socket, ben.Participant}, out} {
		h.must(c)
	}
	self := h.link("self", 4, role)
	s := situation{self: self, ada: ada, ben: ben.Participant, wil: wil.Participant, audiences: map[Socket]string{ada.Socket: "ada", ben.Socket: "ben", wil.Socket: "wil", self.Socket: "self"}}
	if role.Moderates() && (person == "waiting" || person == "declined") {
		h.must(h.link("self", 5, role)) // whose other device is in: this one has to be let in
	}
	if person == "unknown" {
		s.self.Socket = "socket-unknown"
	} else {
		h.must(self)
	}
	if !role.Moderates() && person != "waiting" && person != "declined" && person != "unknown" {
		h.must(Admit{ada.Socket, self.Participant})
	}
	switch person {
	case "declined":
		h.must(Decline{ada.Socket, self.Participant})
	case "reconnecting":
		h.must(Disconnect{Socket: self.Socket})
	case "promoted":
		if _, err := h.do(Promote{ada.Socket, self.Participant, true}); err != nil {
			return s, false
		}
	case "removed":
		if _, err := h.do(Remove{ada.Socket, self.Participant}); err != nil {
			return s, false
		}
	case "put_back":
		if _, err := h.do(PutBack{ada.Socket, self.Participant}); err != nil {
			return s, false
		}
	case "withdrawn":
		if _, err := h.do(Withdraw{By: self.Socket}); err != nil {
			return s, false
		}
	case "replaced":
		h.must(h.again(self))
	case "expired":
		h.must(Disconnect{Socket: self.Socket})
		h.wait(SeatGrace+time.Second, ada.Participant, ben.Participant)
		if h.s.seat(self.Participant) != nil {
			return s, false
		}
	}
	switch room {
	case "locked":
		h.must(Lock{ada.Socket, true})
	case "held":
		h.must(Hold{By: ada.Socket, On: true})
	case "consulted":
		cleo := h.link("cleo", 6, lobby.RoleCoCounsellor)
		h.must(cleo)
		s.audiences[cleo.Socket] = "cleo"
		h.must(Hold{By: ada.Socket, On: true, Consultation: true})
	case "frozen":
		h.must(Incident{ada.Socket, true})
	case "divided":
		h.must(Divide{ada.Socket, 2, []Place{{ben.Participant, 2}}})
	case "paused":
		h.must(Leave{By: ada.Socket})
		if role.Moderates() && person == "reconnecting" {
			h.wait(LostAfter)
		}
		if !h.s.room().Paused {
			return s, false
		}
	case "left_open":
		if _, err := h.do(LeaveOpen{ada.Socket, config.StayOpen}); err != nil {
			return s, false
		}
	case "ended":
		h.must(End{ada.Socket})
	}
	s.frozen, s.now = h.freeze(), h.now.Add(KnockAgainAfter) // so that who was declined may knock
	return s, true
}

// ask has the room of this situation answer, and gives what follows when it does as asked.
func (s situation) ask(t *testing.T, c Command) (answer, effect string) {
	var room State
	if err := json.Unmarshal(s.frozen, &room); err != nil {
		t.Fatal(err)
	}
	events, err := room.Apply(c, s.now)
	if err == nil {
		return "done", s.tell(events)
	}
	var refusal Refusal
	after, _ := json.Marshal(&room)
	if !errors.As(err, &refusal) || len(events) > 0 || string(after) != string(s.frozen) {
		t.Fatalf("%#v is refused with %v, and something follows: %v", c, err, events)
	}
	return string(refusal), ""
}

// tell writes down what follows: what is told to whom, and what is done.
func (s situation) tell(events []Event) string {
	var all []string
	for _, e := range events {
		what := e.Body.eventType()
		switch b := e.Body.(type) {
		case Flow:
			group := b.Group
			if group == "" {
				group = "nobody"
			}
			what = fmt.Sprintf("flow of %s to %s", s.name(b.Participant), group)
		case Drop:
			what = fmt.Sprintf("drop %s", s.name(b.Participant))
		case Durable:
			what = fmt.Sprintf("write %s", b.Op)
		case Close:
			what = fmt.Sprintf("close %s", b.Reason)
		}
		var to []string
		for _, socket := range e.To {
			if name, known := s.audiences[socket]; known {
				to = append(to, name)
			}
		}
		if len(to) > 0 {
			slices.Sort(to)
			what += " > " + strings.Join(to, " ")
		}
		all = append(all, what)
	}
	if len(all) == 0 {
		return "nothing follows"
	}
	return strings.Join(all, "; ")
}

func (s situation) name(p Participant) string {
	for _, x := range []struct {
		id   Participant
		name string
	}{{s.self.Participant, "self"}, {s.ada.Participant, "ada"}, {s.ben, "ben"}, {s.wil, "wil"}} {
		if x.id == p {
			return x.name
		}
	}
	return "another"
}

// askers writes what who asks is answered, by his role, where he stands and how the room does.
func askers(t *testing.T, out *strings.Builder, followed consequences) {
	all := tables{}
	for _, role := range lobby.Roles() {
		for _, room := range roomStates {
			all.add(role, room, table(t, theAsked(), role, room, func(s situation, a asked) Command {
				return a.make(s.self.Socket, s.ben, s.wil)
			}, followed, ""))
		}
	}
	all.write(out, "Who asks is")
}

// targets writes what those who moderate are answered, by the role of whom they mean and where he stands, in the rooms in which ada is.
func targets(t *testing.T, out *strings.Builder, followed consequences) {
	all := tables{}
	for _, role := range lobby.Roles() {
		for _, room := range []string{"open", "locked", "held", "consulted", "frozen", "divided"} {
			all.add(role, room, table(t, slices.DeleteFunc(theAsked(), func(a asked) bool { return !a.names() }), role, room, func(s situation, a asked) Command {
				return a.make(s.ada.Socket, s.self.Participant, s.self.Participant)
			}, followed, " by ada, of self"))
		}
	}
	all.write(out, "Ada asks, and who is meant is")
}

// table asks everything of everybody with this role in a room like this.
func table(t *testing.T, all []asked, role lobby.Role, room string, ask func(situation, asked) Command, followed consequences, how string) (rows grid) {
	for _, person := range personStates {
		s, possible := situate(t, role, person, room)
		for _, a := range all {
			answer, effect := "-", ""
			if possible {
				answer, effect = s.ask(t, ask(s, a))
				followed.note(a.name+how, effect, place{role, person, room})
			}
			rows.add(a.name, answer)
		}
	}
	return rows
}

// grid is a table: a row for each request, in their order, a cell for each state.
type grid []row

type row struct {
	name  string
	cells []string
}

func (g *grid) add(name, cell string) {
	for i := range *g {
		if (*g)[i].name == name {
			(*g)[i].cells = append((*g)[i].cells, cell)
			return
		}
	}
	*g = append(*g, row{name, []string{cell}})
}

// tables are those of roles and rooms; who has the same shares one.
type tables []*shared

type shared struct {
	of   map[lobby.Role][]string // rooms
	grid grid
}

func (all *tables) add(role lobby.Role, room string, g grid) {
	for _, other := range *all {
		if fmt.Sprint(other.grid) == fmt.Sprint(g) || other.grid.only("ended") && g.only("ended") {
			other.of[role] = append(other.of[role], room)
			return
		}
	}
	*all = append(*all, &shared{map[lobby.Role][]string{role: {room}}, g})
}

// title names the roles, those with the same rooms together.
func (one *shared) title() string {
	var parts []string
	last := ""
	for _, role := range lobby.Roles() {
		rooms := one.of[role]
		if rooms == nil {
			continue
		}
		if in := " (" + strings.Join(rooms, ", ") + ")"; in == last {
			parts[len(parts)-1] = strings.TrimSuffix(parts[len(parts)-1], in) + ", " + string(role) + in
		} else {
			parts, last = append(parts, string(role)+in), in
		}
	}
	return strings.Join(parts, "; ")
}

// only says that there is one answer to everything, wherever somebody can stand.
func (g grid) only(answer string) bool {
	return !slices.ContainsFunc(g, func(r row) bool {
		return slices.ContainsFunc(r.cells, func(cell string) bool { return cell != answer && cell != "-" })
	})
}

func (all tables) write(out *strings.Builder, title string) {
	line := func(name string, cells []string) {
		text := fmt.Sprintf("%-16s", name)
		for _, cell := range cells {
			text += fmt.Sprintf("%-13s", cell)
		}
		out.WriteString(strings.TrimRight(text, " ") + "\n")
	}
	for _, one := range all {
		fmt.Fprintf(out, "## %s: %s\n\n", title, one.title())
		if one.grid.only("ended") {
			line("everything", []string{"ended"})
		} else {
			line("", personStates)
			for _, r := range one.grid {
				line(r.name, r.cells)
			}
		}
		out.WriteString("\n")
	}
}

// consequences are what follows, by request and effect, with the situations in which it does.
type consequences map[string]map[string][]place

type place struct {
	role         lobby.Role
	person, room string
}

func (e consequences) note(request, effect string, at place) {
	if effect == "" {
		return
	}
	if e[request] == nil {
		e[request] = map[string][]place{}
	}
	e[request][effect] = append(e[request][effect], at)
}

func (e consequences) write(out *strings.Builder) {
	out.WriteString("# What follows, where it is done\n")
	for _, request := range slices.Sorted(maps.Keys(e)) {
		fmt.Fprintf(out, "\n## %s\n", request)
		for _, effect := range slices.Sorted(maps.Keys(e[request])) {
			fmt.Fprintf(out, "\n%s\n", effect)
			for _, line := range together(e[request][effect]) {
				fmt.Fprintf(out, "    %s\n", line)
			}
		}
	}
}

// together names the places with the same rooms in one line.
func together(places []place) (lines []string) {
	for _, person := range personStates {
		rooms := map[lobby.Role]string{}
		for _, at := range places {
			if at.person == person {
				rooms[at.role] = strings.TrimPrefix(rooms[at.role]+", "+at.room, ", ")
			}
		}
		roles := map[string][]string{}
		for _, role := range lobby.Roles() {
			if rooms[role] != "" {
				roles[rooms[role]] = append(roles[rooms[role]], string(role))
			}
		}
		for _, in := range slices.Sorted(maps.Keys(roles)) {
			lines = append(lines, fmt.Sprintf("%s %s: %s", person, strings.Join(roles[in], ", "), in))
		}
	}
	return lines
}

package room

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/anteroom-video/anteroom/lobby"
)

// What is added to the protocol or to the room must be in the tables and in the generator of this package: these tests read the
// source for what there is, so that nothing is left out by being forgotten.

// becomes are the commands that a participant's messages become. nil: it never reaches the room.
var becomes = map[string]Command{
	"hello": Arrive{}, "leave": Leave{}, "leave_open": LeaveOpen{}, "end": End{}, "withdraw": Withdraw{},
	"knock": Knock{}, "forecast": Foresee{}, "company": SayCompany{}, "note": Write{}, "colleague": Colleague{}, "note_consent": NoteConsent{},
	"admit": Admit{}, "decline": Decline{}, "put_back": PutBack{}, "remove": Remove{},
	"self": Self{}, "mute": Mute{}, "mute_all": MuteAll{}, "reserve_video": ReserveVideo{}, "promote": Promote{}, "unlock_pin": UnlockPIN{}, "raise_hand": RaiseHand{}, "lower_hand": LowerHand{},
	"hold": Hold{}, "groups": Divide{}, "enter_group": EnterGroup{}, "recall": Recall{}, "incident": Incident{}, "lock": Lock{}, "share": Share{}, "pin": PinFor{}, "card": ShowCard{},
	// Of the socket, of the media engine, or from page to page; signaling.TestRequestsByRoleAndPhase has them.
	"ping": nil, "offer": nil, "slots_ack": nil, "view": nil, "quality": nil, "line_check": nil, "pair_signal": nil, "pair_shown": nil, "sealed": nil,
}

// unasked are the commands that nobody's message becomes, and hello's, whose ways in TestReentry, TestSameDevice and the property test have.
var unasked = []Command{Arrive{}, Disconnect{}, Heard{}, Elsewhere{}, RemovePerson{}, ReplaceLink{}, NotePIN{}, Invite{}, StandIn{}, EndRoom{}, Tick{}}

// Every message that a participant can send, and every command that one becomes, is asked in the matrix of everybody everywhere.
func TestMatrixIsComplete(t *testing.T) {
	in := map[string]bool{}
	for _, a := range theAsked() {
		in[fmt.Sprintf("%T", a.make("s", "b", "w"))] = true
	}
	for _, c := range unasked {
		in[fmt.Sprintf("%T", c)] = true
	}
	messages := messageTypes(t)
	for _, m := range messages {
		c, known := becomes[m]
		if !known {
			t.Errorf("it is not said what command the message %s becomes", m)
		} else if c != nil && !in[fmt.Sprintf("%T", c)] {
			t.Errorf("the matrix has no row for the message %s", m)
		}
	}
	for m := range becomes {
		if !slices.Contains(messages, m) {
			t.Errorf("there is no message %s", m)
		}
	}
	by := map[string]bool{}
	for _, c := range becomes {
		by[fmt.Sprintf("%T", c)] = true
	}
	for _, c := range commandsOfThePackage(t) {
		if !in["room."+c] {
			t.Errorf("the matrix asks no %s", c)
		}
		if !by["room."+c] && !slices.ContainsFunc(unasked, func(u Command) bool { return fmt.Sprintf("%T", u) == "room."+c }) {
			t.Errorf("no message becomes %s", c)
		}
	}
}

// Every column of the matrix is one in which somebody can stand, and every room one that there can be.
func TestMatrixHasNoEmptyState(t *testing.T) {
	for _, person := range personStates {
		if !slices.ContainsFunc(lobby.Roles(), func(role lobby.Role) bool {
			_, possible := situate(t, role, person, "open")
			return possible
		}) {
			t.Errorf("nobody is ever %s", person)
		}
	}
	for _, room := range roomStates {
		if _, possible := situate(t, "client", "admitted", room); !possible {
			t.Errorf("no room is ever %s", room)
		}
	}
}

// The generator of the property test draws every command that there is; TestProperties itself fails when one of them never succeeds.
func TestEveryCommandIsDrawn(t *testing.T) {
	var listed []string
	for _, c := range commands() {
		listed = append(listed, strings.TrimPrefix(fmt.Sprintf("%T", c), "room."))
	}
	there := commandsOfThePackage(t)
	for _, c := range there {
		if !slices.Contains(listed, c) {
			t.Errorf("the property test does not know %s", c)
		}
	}
	if len(listed) != len(there) {
		t.Errorf("the property test knows %d commands, there are %d", len(listed), len(there))
	}
}

// messageTypes are what a participant can send.
func messageTypes(t *testing.T) []string {
	t.Helper()
	source, err := os.ReadFile("../wire/message.go")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(source), "func request(")
	list, _, _ = strings.Cut(list, "\n}\n")
	return found(t, list, `case "(\w+)":`)
}

// commandsOfThePackage are the types that implement Command.
func commandsOfThePackage(t *testing.T) []string {
	t.Helper()
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, f := range files {
		if strings.HasSuffix(f.Name(), ".go") && !strings.HasSuffix(f.Name(), "_test.go") {
			source, err := os.ReadFile(f.Name())
			if err != nil {
				t.Fatal(err)
			}
			all.Write(source)
		}
	}
	return found(t, all.String(), `\nfunc \((?:\w+ )?\*?(\w+)\) commandType\(\) string`)
}

// found are the words of a source that stand where the pattern has its group, each once.
func found(t *testing.T, source, pattern string) []string {
	t.Helper()
	in := map[string]bool{}
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(source, -1) {
		in[m[1]] = true
	}
	if len(in) < 20 {
		t.Fatalf("only %d of %s are found: the source is not read as it is written", len(in), pattern)
	}
	return slices.Sorted(maps.Keys(in))
}

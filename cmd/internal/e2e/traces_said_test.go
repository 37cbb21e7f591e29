package e2e

import (
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/anteroom-video/anteroom/signaling/client"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// said is one request of somebody.
type said struct {
	by   *person
	what wire.Body
	// want is what it is refused with; "" when it is done.
	want wire.Code
}

// cast are those who say everything.
type cast struct {
	counsellor, colleague, anna *person // are in
	waits, goes, withdraws      *person // wait
}

// everything is one of each request, with what people write in each that has words. Those of an admission and the end are the test's own.
func (c *canaries) everything(k cast) []said {
	text := func(words string) string { c.add("what was written", words); return words }
	bytes := func(words string) wire.Bytes { c.addSecret("what was sealed", []byte(words)); return wire.Bytes(words) }
	counsellor, colleague, anna := k.counsellor.Participant(), k.colleague.Participant(), k.anna.Participant()
	return []said{
		// In the waiting room.
		{k.waits, &wire.WriteNote{Plain: text("Canary bin im Bus")}, ""},
		{k.waits, &wire.WriteNote{Plain: text("Canary zu schnell")}, wire.CodeTooFast},
		{k.goes, &wire.WriteNote{Sealed: bytes("Canary note, sealed by who waits")}, ""},
		{k.counsellor, &wire.WriteNote{To: k.waits.Participant(), Plain: text("Canary gleich sind Sie dran")}, ""},
		{k.colleague, &wire.WriteNote{To: k.goes.Participant(), Sealed: bytes("Canary note, sealed by a counsellor")}, ""},
		{k.waits, &wire.SayCompany{Company: wire.Alone}, ""},
		{k.counsellor, &wire.Colleague{On: true}, ""},
		{k.counsellor, &wire.NoteConsent{Participant: k.waits.Participant()}, wire.CodeWrongState}, // it is given
		{k.waits, &wire.LineCheck{}, ""},
		{k.waits, &wire.Forecast{Outlook: wire.OutlookSound}, ""},
		{k.waits, &wire.Knock{}, wire.CodeWrongState},
		{k.waits, &wire.View{Views: wire.List[wire.Viewed]{{Publication: text("Canary-view"), Width: 1, Height: 1}}}, wire.CodeWrongState},
		{k.goes, &wire.Leave{Quick: true}, ""},
		{k.withdraws, &wire.Withdraw{}, ""},
		// In the conversation. What is chatted, handed over and signed is all of it sealed by the pages.
		{k.anna, &wire.SendSealed{To: counsellor, Sealed: bytes("Canary chat, or a file, or the silent sign")}, ""},
		{k.colleague, &wire.SendSealed{To: anna, Sealed: bytes("Canary answer")}, ""},
		{k.anna, &wire.RaiseHand{Up: true}, ""},
		{k.counsellor, &wire.LowerHand{Participant: anna}, ""},
		{k.counsellor, &wire.ShowCard{Card: wire.CardRules}, ""},
		{k.counsellor, &wire.Share{Rule: wire.ShareAll}, ""},
		{k.counsellor, &wire.Pin{Participant: anna, Source: wire.SourceCamera}, ""},
		{k.counsellor, &wire.ReserveVideo{Participant: anna}, ""},
		{k.anna, &wire.Self{VideoReserved: new(false)}, ""},
		{k.counsellor, &wire.Lock{On: true}, ""},
		{k.counsellor, &wire.Lock{}, ""},
		{k.counsellor, &wire.Mute{Participant: colleague, Kind: wire.KindVideo}, ""},
		{k.counsellor, &wire.MuteAll{}, ""},
		{k.anna, &wire.Self{Audio: new(true)}, ""},
		{k.colleague, &wire.Self{Video: new(true)}, ""},
		{k.anna, &wire.Quality{Choice: wire.ChoiceSaver}, ""},
		{k.anna, &wire.Quality{Choice: wire.ChoiceAuto}, ""},
		{k.counsellor, &wire.Hold{On: true, Consultation: true}, ""},
		{k.counsellor, &wire.Hold{}, ""},
		{k.counsellor, &wire.Groups{Groups: 2, Places: []wire.Place{{Participant: anna, Group: 1}}}, ""},
		{k.counsellor, &wire.EnterGroup{Group: 1}, ""},
		{k.counsellor, &wire.Recall{}, ""},
		{k.counsellor, &wire.Promote{Participant: anna, On: true}, wire.CodeNotAllowed},
		{k.counsellor, &wire.UnlockPIN{Person: text("Canary-person")}, wire.CodeNotFound},
		{k.counsellor, &wire.Incident{On: true}, ""},
		{k.counsellor, &wire.Incident{}, ""},
		{k.anna, &wire.PairSignal{Pair: text("Canary-pair"), Description: &wire.Description{Type: "offer", SDP: text("v=0 Canary of an address 198.51.100.77")}}, wire.CodeBadMessage},
		{k.anna, &wire.PairShown{Pair: "Canary-pair"}, wire.CodeWrongState},
		{k.waits, &wire.Offer{Generation: 1, SDP: "v=0\r\no=" + text("Canary offer") + "\r\n", Lines: wire.List[wire.Line]{{Mid: "0", Use: wire.UseMicrophone}}}, wire.CodeWrongState},
		{k.anna, &wire.SlotsAck{Seq: 1 << 40}, ""},
		{k.anna, &wire.Ping{}, ""},
		{k.counsellor, &wire.LeaveOpen{ForMS: 1000}, wire.CodeNotAllowed},
		{k.anna, &wire.Hello{Version: wire.Version, Ticket: text("Canary-ticket"), Proof: bytes("Canary proof"), Lang: text("de-canary"), Device: wire.Phone, Media: wire.MediaAV, Consent: bytes("Canary consent text"), Identity: bytes("Canary identity")}, wire.CodeWrongState},
	}
}

// say says all of it, one after the other.
func say(t *testing.T, all []said) {
	t.Helper()
	types := map[string]bool{"admit": true, "decline": true, "put_back": true, "remove": true, "end": true} // the test's own
	for _, s := range all {
		types[s.what.Type()] = true
		_, err := s.by.Request(s.by.ctx(), s.what)
		var refusal *client.RequestError
		switch {
		case s.want == "" && err == nil, errors.As(err, &refusal) && refusal.Code == s.want:
		default:
			t.Errorf("%s: %v, want %q", s.what.Type(), err, s.want)
		}
	}
	// What is new in the protocol is said here too, or nobody looks for what it leaves behind.
	source, err := os.ReadFile("../../../signaling/wire/message.go")
	must(t, err)
	_, list, _ := strings.Cut(string(source), "func request(")
	list, _, _ = strings.Cut(list, "\n}\n")
	names := regexp.MustCompile(`case "(\w+)":`).FindAllStringSubmatch(list, -1)
	if len(names) < 20 {
		t.Fatalf("message.go names %d requests", len(names))
	}
	for _, name := range names {
		if !types[name[1]] {
			t.Errorf("nobody says %s", name[1])
		}
	}
}

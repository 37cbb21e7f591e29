package room

import (
	"errors"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/anteroom-video/anteroom/lobby"
)

// maxGeneration leaves room for every raise that can happen: a generation never wraps to one that was worth something.
const maxGeneration = 1 << 31

// check refuses commands whose fields are missing or over their bounds, whoever made them.
func check(c Command) error {
	ok := true
	switch c := c.(type) {
	case Arrive:
		ok = c.ok()
	case Disconnect:
		ok = validID(c.Socket)
	case Heard:
		ok = validID(c.Participant)
	case Leave:
		ok = validID(c.By)
	case Foresee:
		ok = validID(c.By) && (c.Outlook == OutlookGood || c.Outlook == OutlookSound || c.Outlook == OutlookWeak)
	case Knock:
		ok = validID(c.By)
	case SayCompany:
		ok = validID(c.By) && (c.Company == Alone || c.Company == Accompanied)
	case Write:
		ok = validID(c.By) && c.Note.ok() && (c.Participant == "") == (c.Note.From == ByPerson) && (c.Participant == "" || validID(c.Participant))
	case Colleague:
		ok = validID(c.By)
	case NoteConsent:
		ok = validID(c.By) && validID(c.Participant)
	case Withdraw:
		ok = validID(c.By) && (c.Participant == "" || validID(c.Participant))
	case Elsewhere:
	case Admit:
		ok = validID(c.By) && validID(c.Participant)
	case Decline:
		ok = validID(c.By) && validID(c.Participant)
	case PutBack:
		ok = validID(c.By) && validID(c.Participant)
	case Remove:
		ok = validID(c.By) && validID(c.Participant)
	case Self:
		ok = validID(c.By) && (c.Audio != nil || c.Video != nil || c.Screen != nil || c.Connection != "" || c.Unreserve) &&
			slices.Contains([]Connection{"", OK, Reconnecting, Interrupted}, c.Connection)
	case Mute:
		ok = validID(c.By) && validID(c.Participant) && (c.Kind == Audio || c.Kind == Video || c.Kind == Screen)
	case MuteAll:
		ok = validID(c.By)
	case Promote:
		ok = validID(c.By) && validID(c.Participant)
	case ReserveVideo:
		ok = validID(c.By) && validID(c.Participant)
	case Hold:
		ok = validID(c.By) && (c.On || !c.Consultation)
	case Lock:
		ok = validID(c.By)
	case Divide:
		ok = validID(c.By) && c.ok()
	case Recall:
		ok = validID(c.By)
	case EnterGroup:
		ok = validID(c.By) && c.Group >= 0 && c.Group <= MaxGroups
	case Incident:
		ok = validID(c.By)
	case RaiseHand:
		ok = validID(c.By)
	case LowerHand:
		ok = validID(c.By) && (c.Participant == "" || validID(c.Participant))
	case LeaveOpen:
		ok = validID(c.By) && c.For >= time.Millisecond && c.For <= lobby.MaxStayOpen
	case Share:
		ok = validID(c.By) && (c.Rule == ShareCounsellors || c.Rule == ShareAll)
	case PinFor:
		ok = validID(c.By) && (c.Pin == Pin{} || c.Pin.ok())
	case ShowCard:
		ok = validID(c.By) && c.Card.ok()
	case End:
		ok = validID(c.By)
	case NotePIN:
		ok = c.ok()
	case UnlockPIN:
		ok = validID(c.By) && validID(c.Person)
	case RemovePerson:
		ok = validID(c.Person)
	case ReplaceLink:
		ok = validID(c.Person) && c.Generation > 0 && c.Generation <= maxGeneration
	case Invite:
		ok = validID(c.Person) && c.Role.Valid() && c.Label.Valid()
	case StandIn, EndRoom, Tick:
	default:
		ok = false
	}
	if !ok {
		return ErrBadCommand
	}
	return nil
}

func (a Arrive) ok() bool {
	switch {
	case !validID(a.Socket), !validID(a.Participant):
	case (a.Person == "") == (a.Account == ""):
	case a.Person != "" && !validID(a.Person), a.Account != "" && !validID(a.Account):
	case !a.Role.Valid(), a.Account != "" && !a.Role.Moderates(), a.MayModerate && !a.Role.Lendable():
	case a.Device == Device{}:
	case a.Generation > maxGeneration:
	case a.Token != nil && !validID(a.Token.Session):
	case !a.Label.Valid(), !a.Name.Valid(), len(a.Lang) > MaxLang, !utf8.ValidString(a.Lang), len(a.Identity) > MaxIdentity,
		len(a.SealedLink) > lobby.MaxSealedLink, len(a.ConsentText) > 0 && len(a.ConsentText) != ConsentText:
	case a.Platform != Phone && a.Platform != Tablet && a.Platform != Computer:
	case a.Media != MediaAV && a.Media != MediaAudio && a.Media != MediaNone:
	case a.Consent != "" && a.Consent != ConsentGiven && a.Consent != ConsentWritten:
	default:
		return true
	}
	return false
}

// ok reports whether it names groups that there can be, and each member once.
func (c Divide) ok() bool {
	if c.Groups < MinGroups || c.Groups > MaxGroups || len(c.Places) > MaxMembers {
		return false
	}
	named := map[Participant]bool{}
	for _, p := range c.Places {
		if !validID(p.Participant) || named[p.Participant] || p.Group < 0 || p.Group > c.Groups {
			return false
		}
		named[p.Participant] = true
	}
	return true
}

// validID accepts 1 to MaxID bytes of UTF-8: what is not UTF-8 would come back from JSON as something else.
func validID[T ~string](id T) bool {
	return id != "" && len(id) <= MaxID && utf8.ValidString(string(id))
}

// check refuses states that no room can be in, so that a damaged one is not run.
func (d *data) check() error {
	if err := d.Config.check(); err != nil {
		return err
	}
	ids, sockets := map[Participant]bool{}, map[Socket]bool{}
	for _, x := range d.Seats {
		switch {
		case x == nil, !validID(x.ID), !x.Role.Valid(), (x.Person == "") == (x.Account == ""):
			return errors.New("a seat without a person")
		case ids[x.ID], x.Socket != "" && sockets[x.Socket]:
			return errors.New("two seats with one id or socket")
		case x.Account != "" && !x.inside():
			return errors.New("a signed-in counsellor who waits")
		case x.Person != "" && (d.Persons[x.Person] == nil || d.Persons[x.Person].Removed):
			return errors.New("a seat of an unknown or removed person")
		}
		if x.Claimed != "" && x.Claimed != Reconnecting && x.Claimed != Interrupted {
			return errors.New("a seat whose line is unknown")
		}
		if !x.checkConsent() || !x.checkReception() {
			return errors.New("a seat whose consent, company or notes are none that can be")
		}
		if x.On.Video && d.Config.SoundOnly {
			return errors.New("a camera where there is sound alone")
		}
		switch x.State {
		case lobby.Waiting, lobby.Declined:
		case lobby.Admitted:
			if x.Socket == "" {
				return errors.New("a connected seat without a socket")
			}
		case lobby.Reconnecting:
			if x.Socket != "" {
				return errors.New("a reconnecting seat with a socket")
			}
		default:
			return errors.New("a seat that is nowhere")
		}
		ids[x.ID], sockets[x.Socket] = true, true
	}
	for _, err := range []error{d.checkScreens(), d.checkLock(), d.checkHands(), d.checkOpen(), d.checkPromoted(), d.checkGroups()} {
		if err != nil {
			return err
		}
	}
	if err := d.checkExits(); err != nil {
		return err
	}
	if err := d.checkInvitees(); err != nil {
		return err
	}
	if err := d.Attended.check(); err != nil {
		return err
	}
	if d.Frozen && d.Pair != nil || !d.Frozen && d.FrozenBy != "" || len(d.FrozenBy) > MaxID {
		return errors.New("a frozen room in which two are connected, or one that somebody froze and is not")
	}
	if !d.Shown.ok() {
		return errors.New("a card that there is not")
	}
	if err := d.checkReserved(); err != nil {
		return err
	}
	if d.Consultation && (!d.Held || d.moderators() < 2) {
		return errors.New("a consultation of nobody, or in a room that goes on")
	}
	if d.Pair != nil && (d.Config.PeerToPeer == lobby.PeerToPeerOff || !d.isInside(d.Pair.Of[0]) || !d.isInside(d.Pair.Of[1]) || d.Pair.Of[0] == d.Pair.Of[1]) {
		return errors.New("a pair of people who are not in")
	}
	for _, p := range d.Persons {
		if p == nil {
			return errors.New("a person without a record")
		}
	}
	if d.Over && len(d.Seats) > 0 {
		return errors.New("somebody in a room that is over")
	}
	return nil
}

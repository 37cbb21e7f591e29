package api

import (
	"errors"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/token"
)

// linkView is what the page of a link shows before anything is agreed to.
type linkView struct {
	Status   string     `json:"status"` // open, early
	Service  string     `json:"service"`
	Role     lobby.Role `json:"role"`
	Lang     string     `json:"lang"`
	StartsAt int64      `json:"starts_at,omitempty"`
	OpensAt  int64      `json:"opens_at,omitempty"`
	Now      int64      `json:"now"`
	Consent  string     `json:"consent"` // click, none
	// Wording is in which words the page asks for it; missing: as everybody is asked.
	Wording lobby.Wording `json:"wording,omitempty"`
	// ConsentText is what is asked in the service's own words, by language or register; missing: as shipped.
	ConsentText map[string]string `json:"consent_text,omitempty"`
	// SealedOnly: a browser that cannot encrypt end to end need not knock.
	SealedOnly bool `json:"sealed_only,omitempty"`
	// QuickExit is where the quick exit of every screen leads; missing where there is none.
	QuickExit string `json:"quick_exit,omitempty"`
	// NeutralTitle: title and icon of the page say nothing of counselling.
	NeutralTitle bool `json:"neutral_title,omitempty"`
	// SoundOnly: no camera need be asked for.
	SoundOnly bool `json:"sound_only,omitempty"`
	// PIN: a device needs a pass to join, and gets it for the six digits.
	PIN bool `json:"pin,omitempty"`
	// WrappedSecret is the room's secret of a co-counsellor, readable with the link's: his page introduces itself by it.
	WrappedSecret blob `json:"wrapped_secret,omitempty"`
}

// shown is what somebody shows at the door: what his link derives, or what the code gives that he typed.
type shown struct {
	Auth hash `json:"auth"`
	Code hash `json:"code"`
}

// link looks a link up. Too many wrong ones from an address are slowed; a right one passes whatever its neighbours tried.
func (a *API) link(c *call, s shown) (lobby.Access, error) {
	if (s.Auth == hash{}) == (s.Code == hash{}) {
		return lobby.Access{}, badRequest("auth")
	}
	if s.Auth == (hash{}) {
		return a.code(c, s.Code)
	}
	access, err := a.Lobby.CheckLink(c.ctx(), a.Tenant, s.Auth, c.now)
	if errors.Is(err, lobby.ErrLinkInvalid) && !a.wrongLinks.allow(c.from, c.now) {
		return lobby.Access{}, errTooFast
	}
	return access, err
}

func (a *API) checkLink(c *call) (any, error) {
	var in shown
	if err := c.body(&in); err != nil {
		return nil, err
	}
	access, err := a.link(c, in)
	early := errors.Is(err, lobby.ErrEarly)
	if err != nil && !early {
		return nil, err
	}
	opens, _ := access.Room.Window()
	view := linkView{
		Status: "open", Service: a.Service.Name, Role: access.Role, Lang: access.Person.Lang,
		StartsAt: millis(access.Room.StartsAt), OpensAt: millis(opens), Now: millis(c.now), Consent: "none",
		SealedOnly: access.Policy.SealedOnly, SoundOnly: access.Room.SoundOnly, WrappedSecret: access.Person.WrappedSecret,
		PIN: access.Person.PIN.Set(),
	}
	if early {
		view.Status = "early"
	}
	if access.Policy.ConsentRequired && !access.Role.Moderates() && !access.Person.ConsentInWriting {
		view.Consent, view.Wording = "click", access.Person.Wording
		view.ConsentText = access.Policy.ConsentTexts[access.Person.Wording]
	}
	// Who works there needs neither.
	if !access.Role.Moderates() {
		view.NeutralTitle = access.Policy.NeutralTitle
		if access.Policy.QuickExit {
			view.QuickExit = a.Service.QuickExit
		}
	}
	return view, nil
}

func (a *API) joinLink(c *call) (any, error) {
	var in struct {
		shown
		Device string `json:"device"`
		Pass   string `json:"pass"`
	}
	if err := c.body(&in); err != nil {
		return nil, err
	}
	device, err := token.ParseDevice(in.Device)
	if err != nil {
		return nil, err
	}
	access, err := a.link(c, in.shown)
	if err == nil && a.Live.Settled(c.ctx(), access.Room.ID) {
		// Who left a moment ago has another generation now, and a ticket of the one before would be refused.
		access, err = a.link(c, in.shown)
	}
	if err != nil {
		return nil, err
	}
	if access.Person.PIN.Set() {
		if pass, err := a.Tokens.VerifyPass(in.Pass); err != nil || pass != a.passOf(access, device) {
			return nil, errPINNeeded
		}
	}
	return a.ticket(access, device)
}

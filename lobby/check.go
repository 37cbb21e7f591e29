package lobby

import (
	"slices"
	"time"

	"golang.org/x/text/language"
)

// earliest and plannedAhead bound an appointment: every calendar can show it, and every room expires.
var earliest = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

const plannedAhead = 10 * 366 * 24 * time.Hour

// plannable reports whether t is none, or a time that an appointment may have.
func plannable(t, now time.Time) bool {
	return t.IsZero() || !t.Before(earliest) && !t.After(now.Add(plannedAhead))
}

// check reports the first thing that is wrong with what was asked for.
func (n NewRoom) check(owner AccountID, policy Policy, now time.Time) error {
	switch {
	case owner == "":
		return &InvalidError{"owner"}
	case !n.Title.Valid():
		return &InvalidError{"title"}
	case n.Kind != Once && n.Kind != Series:
		return &InvalidError{"kind"}
	case n.Kind == Series && !policy.SeriesAllowed:
		return ErrNotAllowed
	case n.Lines != 0 && !ValidLines(n.Lines):
		return &InvalidError{"lines"}
	case !plannable(n.StartsAt, now):
		return &InvalidError{"starts_at"}
	case !plannable(n.EndsAt, now):
		return &InvalidError{"ends_at"}
	case !n.EndsAt.IsZero() && !n.StartsAt.IsZero() && !n.EndsAt.After(n.StartsAt):
		return &InvalidError{"ends_at"}
	case len(n.CoCounsellors) > MaxCoCounsellors:
		return ErrTooMany
	case len(n.CoCounsellors) > 0 && !policy.CoCounsellors:
		return ErrNotAllowed
	}
	entitled := append([]AccountID{owner}, n.CoCounsellors...)
	for i, account := range entitled {
		if account == "" || slices.Contains(entitled[:i], account) {
			return &InvalidError{"co_counsellors"}
		}
	}
	for account, secret := range n.WrappedSecrets {
		if !slices.Contains(entitled, account) || len(secret) == 0 || len(secret) > MaxWrappedSecret {
			return &InvalidError{"wrapped_secret"}
		}
	}
	persons := make([]Person, len(n.Persons))
	for i, p := range n.Persons {
		if err := p.check(); err != nil {
			return err
		}
		persons[i] = Person{Role: p.Role, MayModerate: p.MayModerate}
	}
	return policy.fits(persons)
}

// check reports the first thing that is wrong with one person.
func (n NewPerson) check() error {
	switch {
	case !n.Role.Valid():
		return &InvalidError{"role"}
	case !n.Label.Valid():
		return &InvalidError{"label"}
	case !validLang(n.Lang):
		return &InvalidError{"lang"}
	case !n.Wording.Valid():
		return &InvalidError{"wording"}
	case n.MayModerate && !n.Role.Lendable():
		return &InvalidError{"may_moderate"}
	}
	return n.NewLink.check(n.Role)
}

// check reports the first thing that is wrong with a link of somebody in this role.
func (n NewLink) check(role Role) error {
	switch {
	case n.LinkHash == LinkHash{}:
		return &InvalidError{"link_auth"}
	case n.CodeHash != LinkHash{} && role.Moderates():
		return &InvalidError{"code_auth"} // who moderates waits for nobody: 60 bits are too few for that
	case len(n.SealedLink) > MaxSealedLink:
		return &InvalidError{"sealed_link"}
	case len(n.WrappedSecret) > MaxWrappedSecret, len(n.WrappedSecret) > 0 && role != RoleCoCounsellor:
		return &InvalidError{"wrapped_secret"}
	}
	return nil
}

func (n NewPerson) person(room RoomID) Person {
	p := Person{ID: newPersonID(), Room: room, Role: n.Role, Label: n.Label, Lang: n.Lang, Wording: n.Wording, ConsentInWriting: n.ConsentInWriting, MayModerate: n.MayModerate}
	p.take(n.NewLink)
	return p
}

// take gives the person this link, with all that hangs on it.
func (p *Person) take(n NewLink) {
	p.LinkHash, p.CodeHash, p.SealedLink, p.WrappedSecret = n.LinkHash, n.CodeHash, slices.Clone(n.SealedLink), slices.Clone(n.WrappedSecret)
}

// fits reports whether a room under this policy may have these persons.
func (p Policy) fits(persons []Person) error {
	if len(persons) > MaxPersons {
		return ErrTooMany
	}
	if !p.Delegates() && slices.ContainsFunc(persons, func(person Person) bool { return person.MayModerate && !person.Revoked }) {
		return ErrNotAllowed
	}
	if p.CoCounsellors {
		return nil
	}
	own := 0
	for _, person := range persons {
		switch person.Role {
		case RoleCoCounsellor:
			return ErrNotAllowed
		case RoleCounsellor:
			if own++; own > 1 {
				return ErrNotAllowed
			}
		}
	}
	return nil
}

// validLang accepts an empty string and well-formed BCP 47 tags.
func validLang(tag string) bool {
	if len(tag) > 35 {
		return false
	}
	if tag == "" {
		return true
	}
	_, err := language.Raw.Parse(tag)
	return err == nil
}

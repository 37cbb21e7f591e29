package circle

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/anteroom-video/anteroom/signaling/client/credential"
)

const (
	// statementsKept is how many are kept, statementsEach of one author: more than a room has people, put back, removed and loaded anew.
	statementsKept = 1024
	statementsEach = 256
	// speakersMost is who speaks for the room: more than one has counsellors and their devices.
	speakersMost = 64
	// statementsTold is how many of them one message has: the server hands on 40 KiB, and one is 590 bytes of it sealed.
	statementsTold = 64
	// settled is how long a speaker who was put out is still believed to have put out the other before: clocks may differ, but nobody is to wait and put
	// back his own.
	settled = time.Minute
)

var errWordless = errors.New("circle: a statement that does not count")

type entry struct {
	statement
	signed *Signed
	at     time.Time // it came
}

type pair struct{ by, subject string }

// voice is somebody whose word counts: whether that is known, and whether it is merely lent to him.
type voice struct{ verified, lent bool }

// statements is what has been stated by those whose word counts.
type statements struct {
	// accepted are those who speak for the room by themselves; true where that is known, false where it was merely said first.
	accepted map[string]bool
	all      map[pair]*entry  // the newest of each author about each subject
	count    map[string]voice // what counting gave last; nil where something is new since
}

func newStatements() *statements {
	return &statements{accepted: map[string]bool{}, all: map[pair]*entry{}}
}

func (s *statements) accept(device string, verified bool) {
	s.accepted[device] = verified || s.accepted[device]
	s.count = nil
}

// doubt takes everybody but one for nobody who speaks for the room by himself.
func (s *statements) doubt(but string) {
	maps.DeleteFunc(s.accepted, func(device string, _ bool) bool { return device != but })
	s.count = nil
}

// hear takes statements, in any order; what others sign than those whose word counts is not looked at. True where anything was not known.
func (s *statements) hear(all []*Signed, now time.Time) (news bool) {
	var rest []*entry
	for _, signed := range all {
		if stated, ok := readStatement(signed); ok {
			rest = append(rest, &entry{stated, signed, now})
		}
	}
	// Each round may bring in somebody whose word counts from then on.
	for more := true; more; {
		more = false
		count := s.counting()
		rest = slices.DeleteFunc(rest, func(e *entry) bool {
			if _, ok := count[e.by]; !ok && !s.ofSpeakers(e, count) {
				return false
			}
			if s.take(e) {
				more, news = true, true
			}
			return true
		})
	}
	return news
}

// ofSpeakers reports whether somebody who is accepted says it of another. That is kept in any order: the earlier word decides, and may come later. Not for
// ever: whoever was put out may put back his clock.
func (s *statements) ofSpeakers(said *entry, count map[string]voice) bool {
	_, by := s.accepted[said.by]
	_, subject := s.accepted[said.subject]
	if !by || !subject {
		return false
	}
	for _, e := range s.all {
		if isHis(&e.statement, count) && e.subject == said.by && !e.in && said.at.Sub(e.at) > settled {
			return false
		}
	}
	return true
}

func (s *statements) take(e *entry) bool {
	at := pair{e.by, e.subject}
	known := s.all[at]
	if known != nil && !e.newer(&known.statement) {
		return false
	}
	point, err := credential.Decode(e.by)
	if err != nil {
		return false
	}
	signature, err := credential.Decode(e.signed.Signature)
	if err != nil || !credential.VerifyDevice(point, []byte(e.signed.Statement), signature) {
		return false
	}
	if known == nil && !s.room(e.by) {
		return false
	}
	s.all[at], s.count = e, nil
	return true
}

// room makes a place for another statement of an author, of whose own the oldest gives way, an "out" before an "in". False where there is none.
func (s *statements) room(by string) bool {
	var his []*entry
	for _, e := range s.all {
		if e.by == by {
			his = append(his, e)
		}
	}
	if len(his) >= statementsEach {
		oldest := slices.MinFunc(his, func(a, b *entry) int {
			if a.in != b.in {
				if b.in {
					return -1
				}
				return 1
			}
			return cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(a.subject, b.subject))
		})
		delete(s.all, pair{oldest.by, oldest.subject})
		return true
	}
	if len(s.all) < statementsKept {
		return true
	}
	count := s.counting()
	maps.DeleteFunc(s.all, func(at pair, _ *entry) bool {
		_, ok := count[at.by]
		return !ok
	})
	return len(s.all) < statementsKept
}

// say signs that somebody is in or out.
func (s *statements) say(own *Own, about statement, now time.Time) (*Signed, error) {
	about.number = now.UnixMilli()
	if last := s.about(about.subject, s.counting(), ""); last != nil {
		about.number = max(about.number, last.number+1)
	}
	about.number = min(about.number, maxNumber) // where an "out" still counts
	text := about.text()
	signature, err := own.device.Sign([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("circle: a statement: %w", err)
	}
	signed := &Signed{Statement: text, By: name(own.public.Device), Signature: credential.Encode(signature)}
	if !s.hear([]*Signed{signed}, now) {
		return nil, errWordless
	}
	return signed, nil
}

// counting gives whose statements count, not to be changed.
func (s *statements) counting() map[string]voice {
	if s.count == nil {
		s.count = s.weigh()
	}
	return s.count
}

func (s *statements) weigh() map[string]voice {
	count := map[string]voice{}
	for device, verified := range s.accepted {
		count[device] = voice{verified: verified}
	}
	// Of two who put each other out the first one did: by then the other's word counted no more.
	for out := s.firstOut(count); out != nil; out = s.firstOut(count) {
		delete(count, out.subject)
	}
	subjects := s.subjects(func(e *entry) bool { return e.speaks })
	for more := true; more && len(count) < speakersMost; {
		more = false
		for _, subject := range subjects {
			about := s.about(subject, count, subject)
			if about == nil || !about.in || !about.speaks {
				continue
			}
			verified := about.verified && count[about.by].verified
			if known, ok := count[subject]; ok && (known.verified || !verified) {
				continue
			}
			count[subject], more = voice{verified: verified}, true
		}
	}
	s.lend(count)
	return count
}

// lend comes last, so that nobody to whom moderation is lent has a say in who speaks, or lends it further.
func (s *statements) lend(count map[string]voice) {
	speaking := maps.Clone(count)
	for _, subject := range s.subjects(func(e *entry) bool { return e.lent }) {
		if _, ok := count[subject]; ok || len(count) >= speakersMost {
			continue
		}
		if about := s.about(subject, speaking, ""); about != nil && about.in && about.lent {
			count[subject] = voice{verified: about.verified && speaking[about.by].verified, lent: true}
		}
	}
}

// isHis reports whether it is its author's to say: to whom moderation is lent says who is in and out, and nothing of whose word counts.
func isHis(said *statement, count map[string]voice) bool {
	his, ok := count[said.by]
	if !ok || !his.lent {
		return ok
	}
	_, counts := count[said.subject]
	return !counts && !said.speaks && !said.lent && !speaker(said.role)
}

// may reports whether it would count if somebody said it.
func (s *statements) may(by string, about statement) bool {
	about.by = by
	return isHis(&about, s.counting())
}

// firstOut gives the earliest "out" of somebody whose word counts for itself, for everybody the same; nil for none.
func (s *statements) firstOut(count map[string]voice) (first *statement) {
	for device := range count {
		about := s.about(device, count, device)
		if about == nil || about.in {
			continue
		}
		if first == nil || cmp.Or(cmp.Compare(about.number, first.number), cmp.Compare(about.subject, first.subject)) < 0 {
			first = about
		}
	}
	return first
}

// subjects gives those of whom such a thing was said, always in the same order: what follows from it is not to change from one look to the next.
func (s *statements) subjects(such func(*entry) bool) []string {
	var all []string
	for at, e := range s.all {
		if such(e) {
			all = append(all, at.subject)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// isVoid reports whether it is what somebody said of another speaker before he was let in anew: by then he was out himself, and it must not count now.
func (s *statements) isVoid(said *statement, count map[string]voice) bool {
	if _, ok := s.accepted[said.subject]; !ok || said.in {
		return false
	}
	for _, e := range s.all {
		if v, ok := count[e.by]; ok && !v.lent && e.subject == said.by && e.by != said.by && e.in && e.number > said.number {
			return true
		}
	}
	return false
}

// about gives what counts of a subject, of what is alike the word of the first author by name; the word of but is left out.
func (s *statements) about(subject string, count map[string]voice, but string) *statement {
	var best *statement
	for _, e := range s.all {
		if e.subject != subject || e.by == but || !isHis(&e.statement, count) {
			continue
		}
		if (e.newer(best) || !best.newer(&e.statement) && e.by < best.by) && !s.isVoid(&e.statement, count) {
			best = &e.statement
		}
	}
	return best
}

// of gives what counts of a device, verified only where its author is known too; nil where nobody who counts has spoken of it.
func (s *statements) of(device string) *statement {
	count := s.counting()
	about := s.about(device, count, "")
	if about == nil {
		return nil
	}
	found := *about
	found.verified = found.verified && count[found.by].verified
	return &found
}

func (s *statements) counts(device string) bool {
	_, ok := s.counting()[device]
	return ok
}

// isLent reports whether they count because moderation is lent to it.
func (s *statements) isLent(device string) bool { return s.counting()[device].lent }

// everybody gives what counts of every device.
func (s *statements) everybody() (all []statement) {
	for _, subject := range s.subjects(func(*entry) bool { return true }) {
		if about := s.of(subject); about != nil {
			all = append(all, *about)
		}
	}
	return all
}

// ofSeat gives what counts of devices that had this seat.
func (s *statements) ofSeat(participant string) []statement {
	return slices.DeleteFunc(s.everybody(), func(about statement) bool { return about.participant != participant })
}

// told is what counts, for somebody else: of the devices that are here first, then the newest, as much as one message holds. Who is not in is told of his
// own device, alone, and of who speaks for the room, and of nobody else who was here; alone is "" for who is in.
func (s *statements) told(here map[string]bool, alone string) []*Signed {
	count := s.counting()
	var all []*entry
	for _, e := range s.all {
		_, speaks := s.accepted[e.subject]
		speaks = speaks || count[e.subject].lent
		if isHis(&e.statement, count) && (alone == "" || e.subject == alone || speaks) {
			all = append(all, e)
		}
	}
	slices.SortFunc(all, func(a, b *entry) int {
		if here[a.subject] != here[b.subject] {
			if here[a.subject] {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(b.number, a.number), cmp.Compare(a.subject, b.subject), cmp.Compare(a.by, b.by))
	})
	signed := make([]*Signed, 0, min(len(all), statementsTold))
	for _, e := range all[:cap(signed)] {
		signed = append(signed, e.signed)
	}
	return signed
}

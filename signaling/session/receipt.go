package session

import (
	"encoding/base64"
	"log/slog"
	"sync"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/receipt"
	"github.com/anteroom-video/anteroom/signaling/room"
)

// Receipts is what receipts are made with.
type Receipts struct {
	Signer *receipt.Signer
	Desk   *receipt.Desk
	// Software is the version of this server.
	Software string
}

// proof is what a live room keeps for its receipt. Its lock is held for memory only.
type proof struct {
	host      *Host
	policy    string
	pseudonym string

	mu     sync.Mutex // guards the following fields
	slip   *receipt.Slip
	record *room.Record // nil: the room has not ended
	left   *lobby.Ended // nil: what was known of it is not deleted yet, as far as this room knows
	at     time.Time    // when it was
}

func newProof(h *Host, policy string) *proof {
	return &proof{host: h, policy: policy, pseudonym: receipt.NewPseudonym()}
}

// over notes that the room has ended.
func (p *proof) over(r room.Record) {
	if p.host.Receipts == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.record, p.slip = &r, p.host.Receipts.Desk.Open(p.host.Clock())
}

// promise gives the token for the receipt to somebody who was in; "" where there is none.
func (p *proof) promise(wasIn bool) string {
	p.mu.Lock()
	slip := p.slip
	p.mu.Unlock()
	if slip == nil || !wasIn {
		return ""
	}
	return slip.Promise()
}

// wiped notes that what was kept durably is deleted, and what is left.
func (p *proof) wiped(left lobby.Ended) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.left == nil {
		p.left, p.at = &left, p.host.Clock()
	}
}

// prove makes the receipt, if the room has ended and is deleted, and forgets what it was made of.
func (p *proof) prove() {
	p.mu.Lock()
	record, left, slip, at := p.record, p.left, p.slip, p.at
	p.record, p.left = nil, nil // the slip may be promised to whoever asked for the end, until the desk forgets it
	p.mu.Unlock()
	if record == nil || left == nil {
		return
	}
	signed, err := p.host.Receipts.Signer.Sign(p.receipt(*record, *left, at))
	if err != nil {
		p.host.Logger.Error("receipt not made", slog.String("error", err.Error()))
		return
	}
	slip.Fill(signed)
}

func (p *proof) receipt(record room.Record, left lobby.Ended, at time.Time) receipt.Receipt {
	r := receipt.Receipt{
		Version: receipt.Version, Pseudonym: p.pseudonym, Software: p.host.Receipts.Software, Policy: p.policy,
		Ended: receipt.Rounded(time.UnixMilli(record.Ended)), Restarted: record.Restarted, People: map[string]int{},
	}
	if record.Began != 0 {
		began := receipt.Rounded(time.UnixMilli(record.Began))
		r.Began = &began
	}
	for _, hash := range record.Texts {
		r.ConsentTexts = append(r.ConsentTexts, base64.RawURLEncoding.EncodeToString(hash))
	}
	for role, n := range record.People {
		r.People[string(role)] = n
	}
	gone := []string{"messages", "participants", "waiting_list", "media"}
	switch {
	case left.Deleted:
		gone = receipt.Kinds()
	case left.Persons == 0:
		gone = append(gone, "persons", "links")
		r.Stays = []receipt.Stay{{What: receipt.StaysRoom, Why: receipt.BecauseSeries}}
	default:
		r.Stays = []receipt.Stay{
			{What: receipt.StaysRoom, Why: receipt.BecauseSeries},
			{What: receipt.StaysPersons, Count: left.Persons, Why: receipt.BecauseSeries},
			{What: receipt.StaysLinks, Count: left.Persons, Why: receipt.BecauseSeries},
		}
	}
	if left.Copies {
		r.Stays = append(r.Stays, receipt.Stay{What: receipt.StaysCopies, Why: receipt.BecauseBusy})
	}
	for _, what := range gone {
		r.Deleted = append(r.Deleted, receipt.Deleted{What: what, At: receipt.Rounded(at)})
	}
	return r
}

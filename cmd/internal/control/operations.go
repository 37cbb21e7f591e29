package control

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/auth"
	"github.com/anteroom-video/anteroom/lobby/receipt"
)

// Operations are what can be asked. They are the node's own, or stand on a store without a node.
type Operations struct {
	Tenant lobby.TenantID
	Lobby  *lobby.Service
	Auth   *auth.Service
	// Policies are what rooms may have.
	Policies lobby.Catalogue
	// Origin is the address that people open; links begin with it. "": it is not known.
	Origin string
	// ReceiptKey verifies the receipts of deleted sessions, Receipts is where they wait; nil without a node.
	ReceiptKey receipt.PublicKey
	Receipts   *receipt.Desk
	// Live ends what is live; nil without a node.
	Live Live
	// Node tells of the node; nil without one.
	Node   Node
	Logger *slog.Logger
}

// Live is what is asked of the live rooms.
type Live interface {
	// EndRoom ends a room that is ended in the store already, for everybody in it and waiting for it; left is what the store kept. The promise
	// gives the receipt; it is "" where no session was live. None is no error.
	EndRoom(ctx context.Context, room lobby.RoomID, left lobby.Ended) (promise string, err error)
	// Occupied reports whether somebody is in the room.
	Occupied(lobby.RoomID) bool
	// HandOver tells those who wait of a stand-in who has the room in the store already, and puts out who lost it. No live room is no error.
	HandOver(context.Context, lobby.HandedOver) error
	// SignOut ends the live presence of an account. None is no error.
	SignOut(context.Context, lobby.AccountID) error
}

// Certificate is a TLS certificate that the node gets by itself.
type Certificate struct {
	// Until is when it runs out; zero: there is none yet.
	Until time.Time `json:",omitzero"`
	// Problem is why there is none, or no newer one; "": all is well.
	Problem string `json:",omitempty"`
}

// Service says what the command needs for deriving and for links.
type Service struct {
	Tenant lobby.TenantID
	Origin string
}

func (o *Operations) service(context.Context, struct{}) (Service, error) {
	return Service{o.Tenant, o.Origin}, nil
}

// Credentials is a counsellor's account as the command line makes it. With Keys zero it is only a name, whose owner chooses the
// password with a one-time link.
type Credentials struct {
	Name, DisplayName string
	Keys              *Keys
	// Origin is what that link begins with; the client fills it in.
	Origin string `json:",omitempty"`
}

// Keys are derived from a password.
type Keys struct {
	Auth              [32]byte
	PublicKey         []byte
	WrappedPrivateKey []byte
}

func (c Credentials) auth() auth.Credentials {
	return auth.Credentials{
		Name: c.Name, DisplayName: c.DisplayName, Auth: c.Keys.Auth, PublicKey: c.Keys.PublicKey, WrappedPrivateKey: c.Keys.WrappedPrivateKey,
	}
}

// Counsellor is an account. SetupLink is set when its owner has to choose a password with it.
type Counsellor struct {
	ID          lobby.AccountID `json:"id,omitempty"`
	Name        string          `json:"name"`
	DisplayName string          `json:"display_name,omitempty"`
	Disabled    bool            `json:"disabled"`
	CreatedAt   time.Time       `json:"created_at,omitzero"`
	PublicKey   []byte          `json:"public_key,omitempty"`
	SetupLink   string          `json:"setup_link,omitempty"`
}

func counsellorOf(a auth.Account) Counsellor {
	return Counsellor{ID: a.ID, Name: a.Name, DisplayName: a.DisplayName, Disabled: a.Disabled, CreatedAt: a.CreatedAt, PublicKey: a.PublicKey}
}

func (c Credentials) setupLink(token string) string { return c.Origin + "/setup#" + token }

func (o *Operations) addCounsellor(ctx context.Context, c Credentials) (Counsellor, error) {
	if c.Keys == nil {
		token, err := o.Auth.NewSetup(ctx, o.Tenant, c.Name)
		return Counsellor{Name: c.Name, SetupLink: c.setupLink(token)}, err
	}
	account, err := o.Auth.CreateAccount(ctx, o.Tenant, c.auth())
	return counsellorOf(account), err
}

func (o *Operations) resetCounsellor(ctx context.Context, c Credentials) (Counsellor, error) {
	if c.Keys == nil {
		token, err := o.Auth.NewReset(ctx, o.Tenant, c.Name)
		if err = o.settled(err); err != nil {
			return Counsellor{}, err
		}
		account, err := o.Auth.AccountByName(ctx, o.Tenant, c.Name)
		if err != nil {
			return Counsellor{}, err
		}
		reset := counsellorOf(account)
		reset.SetupLink = c.setupLink(token)
		return reset, o.signOut(ctx, account.ID)
	}
	account, err := o.Auth.Reset(ctx, o.Tenant, c.auth())
	if err = o.settled(err); err != nil {
		return Counsellor{}, err
	}
	return counsellorOf(account), o.signOut(ctx, account.ID)
}

func (o *Operations) disableCounsellor(ctx context.Context, c Credentials) (Counsellor, error) {
	account, err := o.Auth.Disable(ctx, o.Tenant, c.Name)
	if err = o.settled(err); err != nil {
		return Counsellor{}, err
	}
	return counsellorOf(account), o.signOut(ctx, account.ID)
}

func (o *Operations) signOut(ctx context.Context, account lobby.AccountID) error {
	if o.Live == nil {
		return nil
	}
	return o.Live.SignOut(ctx, account)
}

func (o *Operations) counsellor(ctx context.Context, c Credentials) (Counsellor, error) {
	account, err := o.Auth.AccountByName(ctx, o.Tenant, c.Name)
	return counsellorOf(account), err
}

func (o *Operations) counsellors(ctx context.Context, _ struct{}) ([]Counsellor, error) {
	accounts, err := o.Auth.Accounts(ctx, o.Tenant)
	list := make([]Counsellor, 0, len(accounts))
	for _, a := range accounts {
		list = append(list, counsellorOf(a))
	}
	return list, err
}

// NewRoom is a room as the command line makes it.
type NewRoom struct {
	Counsellor       string // the name of the account that it belongs to
	Title            string
	Kind             lobby.Kind
	Policy           string // "": the first that is offered
	Lines            int    // of a camera's picture at most; 0: the policy's
	SoundOnly        bool
	StartsAt, EndsAt time.Time
	WrappedSecret    []byte
	Persons          []NewPerson
}

// NewPerson is an invitation.
type NewPerson struct {
	Role       lobby.Role
	Label      string
	Lang       string
	LinkHash   [32]byte
	CodeHash   [32]byte // zero: nobody can type it
	SealedLink []byte
}

// Room is a room without what is known of its people.
type Room struct {
	ID         lobby.RoomID `json:"room"`
	Counsellor string       `json:"counsellor"`
	Kind       lobby.Kind   `json:"kind"`
	Policy     string       `json:"policy"`
	Lines      int          `json:"lines,omitzero"` // of a camera's picture at most; 0: the policy's
	SoundOnly  bool         `json:"sound_only,omitzero"`
	Persons    int          `json:"persons"`
	StartsAt   time.Time    `json:"starts_at,omitzero"`
	EndsAt     time.Time    `json:"ends_at,omitzero"`
	CreatedAt  time.Time    `json:"created_at"`
}

func roomOf(r lobby.Room, counsellor string, persons int) Room {
	return Room{r.ID, counsellor, r.Kind, r.Policy, r.Lines, r.SoundOnly, persons, r.StartsAt, r.EndsAt, r.CreatedAt}
}

func (o *Operations) policies(context.Context, struct{}) (lobby.Catalogue, error) {
	return o.Policies, nil
}

func (o *Operations) createRoom(ctx context.Context, n NewRoom) (Room, error) {
	account, err := o.Auth.AccountByName(ctx, o.Tenant, n.Counsellor)
	if err != nil {
		return Room{}, err
	}
	if account.Disabled {
		return Room{}, fmt.Errorf("the account is disabled: %w", lobby.ErrNotAllowed)
	}
	if n.Policy == "" {
		n.Policy = o.Policies.Offered[0]
	}
	room := lobby.NewRoom{
		Title: lobby.Text{Plain: n.Title}, Kind: n.Kind, Policy: n.Policy, Lines: n.Lines, SoundOnly: n.SoundOnly, StartsAt: n.StartsAt, EndsAt: n.EndsAt,
		WrappedSecrets: map[lobby.AccountID][]byte{account.ID: n.WrappedSecret},
	}
	for _, p := range n.Persons {
		room.Persons = append(room.Persons, lobby.NewPerson{
			Role: p.Role, Label: lobby.Text{Plain: p.Label}, Lang: p.Lang, NewLink: lobby.NewLink{LinkHash: p.LinkHash, CodeHash: p.CodeHash, SealedLink: p.SealedLink},
		})
	}
	made, persons, err := o.Lobby.CreateRoom(ctx, o.Tenant, account.ID, room)
	return roomOf(made, account.Name, len(persons)), err
}

// rooms are those of one counsellor, or with no name of all.
func (o *Operations) rooms(ctx context.Context, c Credentials) ([]Room, error) {
	accounts, err := o.Auth.Accounts(ctx, o.Tenant)
	if c.Name != "" {
		var account auth.Account
		account, err = o.Auth.AccountByName(ctx, o.Tenant, c.Name)
		accounts = []auth.Account{account}
	}
	if err != nil {
		return nil, err
	}
	list := []Room{}
	for _, a := range accounts {
		rosters, err := o.Lobby.Rooms(ctx, o.Tenant, a.ID)
		if err != nil {
			return nil, err
		}
		for _, r := range rosters {
			if r.Room.Owner == a.ID || c.Name != "" {
				list = append(list, roomOf(r.Room, a.Name, len(r.Persons)))
			}
		}
	}
	slices.SortStableFunc(list, func(a, b Room) int { return a.CreatedAt.Compare(b.CreatedAt) })
	return list, nil
}

// Ended says what is left of a room.
type Ended struct {
	ID lobby.RoomID `json:"room"`
	// Deleted: nothing. Otherwise it is a series, which waits for its next session with Persons still invited.
	Deleted bool `json:"deleted"`
	Persons int  `json:"persons"`
	// Receipt is of the session that was live; nil where none was, or where it was not made in time.
	Receipt *receipt.Signed `json:"receipt,omitempty"`
}

// receiptWithin is how long the receipt of a room that was ended is waited for: what is deleted is deleted within this time.
const receiptWithin = 5 * time.Second

// endRoom ends the room in the store, so that nobody can come back to it, then for those who are in it.
func (o *Operations) endRoom(ctx context.Context, id lobby.RoomID) (Ended, error) {
	ended, err := o.Lobby.EndRoom(ctx, o.Tenant, id)
	if err = o.settled(err); err != nil {
		return Ended{}, err
	}
	out := Ended{ID: id, Deleted: ended.Deleted, Persons: ended.Persons}
	if o.Live == nil {
		return out, nil
	}
	promise, err := o.Live.EndRoom(ctx, id, ended)
	if err != nil || promise == "" {
		return out, err
	}
	waiting, cancel := context.WithTimeout(ctx, receiptWithin)
	defer cancel()
	if signed, err := o.Receipts.Wait(waiting, promise, time.Now); err == nil {
		out.Receipt = &signed
	}
	return out, nil
}

// HandOver gives a room to another counsellor, by his name.
type HandOver struct {
	Room lobby.RoomID
	To   string
	Keep bool // the first stays as co-counsellor
}

// HandedOver says who has the room.
type HandedOver struct {
	ID         lobby.RoomID `json:"room"`
	Counsellor string       `json:"counsellor"`
	// First is who had it before, by name; "" where the account is not there any more. Kept: he stays as co-counsellor.
	First string `json:"first,omitempty"`
	Kept  bool   `json:"kept"`
	// Revoked is how many links of the first counsellor himself are worth nothing any more.
	Revoked int `json:"revoked"`
	// Verified: the stand-in has the room's secret. Nobody here knows it, so he has it only if he was a co-counsellor of the room.
	Verified bool `json:"verified"`
}

// handOver gives a room that is not running to a stand-in, whosever it is.
func (o *Operations) handOver(ctx context.Context, h HandOver) (HandedOver, error) {
	to, err := o.Auth.AccountByName(ctx, o.Tenant, h.To)
	if errors.Is(err, lobby.ErrNotFound) || err == nil && to.Disabled {
		return HandedOver{}, fmt.Errorf("there is no counsellor called so who can sign in: %w", ErrNoCounsellor)
	}
	if err != nil {
		return HandedOver{}, err
	}
	if o.Live != nil && o.Live.Occupied(h.Room) {
		return HandedOver{}, fmt.Errorf("somebody is in it: %w", lobby.ErrRunning)
	}
	done, err := o.Lobby.HandOverAnyRoom(ctx, o.Tenant, h.Room, lobby.HandOver{To: to.ID, Keep: h.Keep})
	if err = o.settled(err); err != nil {
		return HandedOver{}, err
	}
	if o.Live != nil {
		if err := o.Live.HandOver(ctx, done); err != nil {
			return HandedOver{}, err
		}
	}
	out := HandedOver{ID: h.Room, Counsellor: to.Name, Kept: h.Keep, Revoked: len(done.Revoked), Verified: len(done.Room.WrappedSecrets[to.ID]) > 0}
	if first, err := o.Auth.Account(ctx, o.Tenant, done.From); err == nil {
		out.First = first.Name
	}
	return out, nil
}

func (o *Operations) receiptKey(context.Context, struct{}) (receipt.PublicKey, error) {
	return o.ReceiptKey, nil
}

// settled takes the one error that is none for who asked: the deletion is durable, and the store wipes old copies with its next
// write or when it is closed.
func (o *Operations) settled(err error) error {
	if errors.Is(err, lobby.ErrErasurePending) {
		o.Logger.Warn("deleted data is not wiped from the disk yet", "err", err)
		return nil
	}
	return err
}

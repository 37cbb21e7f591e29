package main

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/anteroom-video/anteroom/cmd/internal/control"
	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/signaling/client/credential"
)

func (p *program) room() *cobra.Command {
	c := group("room", "Administer rooms")
	s := p.addSettings(c, "state_dir", "store_key", "public_url", "policies")
	c.AddCommand(p.roomCreate(s), p.roomList(s), p.roomHandOver(s), p.roomEnd(s))
	return c
}

// roomFlags are what `room create` takes.
type roomFlags struct {
	counsellor, policy, lines, title, lang, startsAt, endsAt string
	persons                                                  []string
	series, soundOnly, json                                  bool
}

// invitation is one person's link, as it is printed.
type invitation struct {
	Role  lobby.Role `json:"role"`
	Label string     `json:"label"`
	Link  string     `json:"link"`
	// Code is what can be typed at /code instead; "" for who moderates.
	Code string `json:"code,omitempty"`
}

// created is what `room create --json` prints; scripts rely on it.
type created struct {
	Room           lobby.RoomID `json:"room"`
	CounsellorLink string       `json:"counsellor_link"`
	Persons        []invitation `json:"persons"`
}

func (p *program) roomCreate(s *settings) *cobra.Command {
	c := &cobra.Command{
		Use:   "create --counsellor NAME [--person ROLE:LABEL …]",
		Short: "Make a room and print one link per person",
		Long: `Make a room and print one link per person, and one for the counsellor, who can also sign in and find the room in the list.

Roles are client, companion, interpreter, specialist (of another service, who admits nobody), co-counsellor and counsellor. A label is what the counsellor calls the person; made here it is
kept as it is, made in a browser it is sealed. Links are secrets: whoever has one can knock with it. So is the code beside a link, which its person can type at /code of your address.`,
		Example: "  anteroom room create --counsellor ada --person 'client:Frau M.' --person interpreter:Dari",
		Args:    cobra.NoArgs,
	}
	var f roomFlags
	flags := c.Flags()
	flags.StringVar(&f.counsellor, "counsellor", "", "the name of the account that the room belongs to (needed)")
	flags.StringArrayVar(&f.persons, "person", nil, "ROLE:LABEL of an invited person; may come several times")
	flags.StringVar(&f.policy, "policy", "", "the room's rules, as anteroom policy list names them (default: the first that is offered)")
	flags.StringVar(&f.lines, "lines", "", "the most lines of a camera's picture, 720 or 1080 (default: the policy's)")
	flags.BoolVar(&f.soundOnly, "sound-only", false, "nobody's camera: a conversation by sound, as on the telephone")
	flags.StringVar(&f.title, "title", "", "for counsellors")
	flags.StringVar(&f.lang, "lang", "", "the language of the invited persons' pages, such as de")
	flags.StringVar(&f.startsAt, "starts-at", "", "the appointment, as 2026-11-30T14:00 or with a zone; links open half an hour before")
	flags.StringVar(&f.endsAt, "ends-at", "", "when links stop working (default: 4 hours after the start)")
	flags.BoolVar(&f.series, "series", false, "for more than one session")
	flags.BoolVar(&f.json, "json", false, "for programs")
	c.RunE = func(c *cobra.Command, _ []string) error {
		room, invitations, err := f.newRoom()
		if err != nil {
			return err
		}
		return p.with(c.Context(), s, false, func(client *control.Client) error {
			out, err := f.create(c, client, room, invitations)
			if err != nil {
				return err
			}
			if f.json {
				return p.printJSON(out)
			}
			return p.printCreated(out)
		})
	}
	return c
}

// newRoom reads the flags. The first invitation is the counsellor's own.
func (f roomFlags) newRoom() (control.NewRoom, []invitation, error) {
	if f.counsellor == "" {
		return control.NewRoom{}, nil, usageError("--counsellor NAME is needed: the account that the room belongs to")
	}
	room := control.NewRoom{Counsellor: f.counsellor, Title: f.title, Kind: lobby.Once, Policy: f.policy, SoundOnly: f.soundOnly}
	if f.series {
		room.Kind = lobby.Series
	}
	if f.lines != "" {
		// What is no number is read as 0, which is no size either.
		if room.Lines, _ = strconv.Atoi(f.lines); !lobby.ValidLines(room.Lines) {
			return room, nil, usageError(fmt.Sprintf("--lines %s: a camera's picture has at most 720 or 1080 lines", printable(f.lines)))
		}
	}
	invitations := []invitation{{Role: lobby.RoleCounsellor}}
	for _, person := range f.persons {
		role, label, ok := strings.Cut(person, ":")
		if !ok || !lobby.Role(role).Valid() {
			return room, nil, usageError(fmt.Sprintf("--person %s: it is ROLE:LABEL, with one of the roles %v", printable(person), lobby.Roles()))
		}
		invitations = append(invitations, invitation{Role: lobby.Role(role), Label: label})
	}
	var err error
	if room.StartsAt, err = readTime("--starts-at", f.startsAt); err == nil {
		room.EndsAt, err = readTime("--ends-at", f.endsAt)
	}
	return room, invitations, err
}

// readTime takes RFC 3339, or the same without a zone for a time of this machine.
func readTime(flag, s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02T15:04:05"} {
		if t, err := time.ParseInLocation(layout, s, time.Local); err == nil {
			return t, nil
		}
	}
	return time.Time{}, usageError(fmt.Sprintf("%s %s: a time is written 2006-01-02T15:04, or with a zone 2006-01-02T15:04:05+01:00", flag, printable(s)))
}

// create makes the secrets as a counsellor's browser would: the links' and the room's, which is wrapped for the account, so that its
// owner can show the links again.
func (f roomFlags) create(c *cobra.Command, client *control.Client, room control.NewRoom, invitations []invitation) (created, error) {
	origin, err := client.Origin(c.Context())
	if err != nil {
		return created{}, err
	}
	account, err := client.Counsellor(c.Context(), room.Counsellor)
	if err != nil {
		if errors.Is(err, lobby.ErrNotFound) {
			return created{}, explain(err, "there is no counsellor called %s; whoever was added must first open the link and choose a password", printable(room.Counsellor))
		}
		return created{}, err
	}
	policies, err := client.Policies(c.Context())
	if err != nil {
		return created{}, err
	}
	if _, known := policies.Policies[room.Policy]; !known && room.Policy != "" {
		return created{}, usageError(fmt.Sprintf("--policy %s: there is none such; allowed are %s", printable(room.Policy), strings.Join(slices.Sorted(maps.Keys(policies.Policies)), ", ")))
	}
	secret := credential.NewRoomSecret()
	if room.WrappedSecret, err = secret.Wrap(account.PublicKey); err != nil {
		return created{}, err
	}
	invitations[0].Label = account.DisplayName
	for i, person := range invitations {
		link := credential.NewLinkSecret()
		invitations[i].Link = link.Link(origin)
		invited := control.NewPerson{Role: person.Role, Label: person.Label, Lang: f.lang, LinkHash: link.AuthHash(), SealedLink: secret.SealLink(link)}
		if !person.Role.Moderates() {
			code := link.Code()
			invitations[i].Code, invited.CodeHash = code.Show(), code.AuthHash()
		}
		room.Persons = append(room.Persons, invited)
	}
	made, err := client.CreateRoom(c.Context(), room)
	if errors.Is(err, lobby.ErrNotAllowed) {
		return created{}, explain(err, "the policy %s does not allow such a room, or the account is disabled", cmp.Or(room.Policy, policies.Offered[0]))
	}
	return created{made.ID, invitations[0].Link, invitations[1:]}, err
}

func (p *program) printCreated(out created) error {
	fmt.Fprintf(p.out, "Room %s\n\n", out.Room)
	rows := [][]string{{"counsellor", "", out.CounsellorLink, ""}}
	for _, person := range out.Persons {
		rows = append(rows, []string{string(person.Role), person.Label, person.Link, person.Code})
	}
	return p.table(rows)
}

func (p *program) roomList(s *settings) *cobra.Command {
	c := &cobra.Command{Use: "list", Short: "List the rooms, without titles and people", Args: cobra.NoArgs}
	counsellor := c.Flags().String("counsellor", "", "of this account alone")
	asJSON := c.Flags().Bool("json", false, "for programs")
	c.RunE = func(c *cobra.Command, _ []string) error {
		return p.with(c.Context(), s, false, func(client *control.Client) error {
			list, err := client.Rooms(c.Context(), *counsellor)
			if err != nil {
				return noCounsellor(*counsellor, err)
			}
			if *asJSON {
				return p.printJSON(list)
			}
			rows := [][]string{{"ROOM", "COUNSELLOR", "KIND", "POLICY", "INVITED", "STARTS", "MADE"}}
			for _, r := range list {
				starts := "any time"
				if !r.StartsAt.IsZero() {
					starts = r.StartsAt.Local().Format("2006-01-02 15:04")
				}
				rows = append(rows, []string{string(r.ID), r.Counsellor, string(r.Kind), r.Policy, strconv.Itoa(r.Persons), starts, r.CreatedAt.Local().Format("2006-01-02")})
			}
			return p.table(rows)
		})
	}
	return c
}

func (p *program) roomEnd(s *settings) *cobra.Command {
	c := &cobra.Command{
		Use:   "end ROOM",
		Short: "End a room for everybody and delete it",
		Long: `End a room for everybody in it and waiting for it, and delete what is known about it. A series is kept for its next session.

Where a session was live it prints the receipt of the deletion, with --json as it is signed: keep that as a file for anteroom receipt verify.`,
		Args: cobra.ExactArgs(1),
	}
	asJSON := c.Flags().Bool("json", false, "for programs")
	c.RunE = func(c *cobra.Command, args []string) error {
		return p.with(c.Context(), s, false, func(client *control.Client) error {
			ended, err := client.EndRoom(c.Context(), lobby.RoomID(args[0]))
			if errors.Is(err, lobby.ErrNotFound) {
				return explain(err, "there is no room %s", printable(args[0]))
			}
			if err != nil {
				return err
			}
			if *asJSON {
				return p.printJSON(ended)
			}
			sentence := "The room is ended and deleted."
			if !ended.Deleted {
				sentence = fmt.Sprintf("The session is ended; %d persons stay invited to the next.", ended.Persons)
			}
			if _, err = fmt.Fprintln(p.out, sentence); err != nil || ended.Receipt == nil {
				return err
			}
			fmt.Fprintln(p.out)
			return p.printReceipt(ended.Receipt.Receipt)
		})
	}
	return c
}

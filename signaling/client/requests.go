package client

import (
	"context"
	"maps"
	"slices"

	"github.com/anteroom-video/anteroom/signaling/wire"
)

// Request sends any request and waits for its reply. Errors: [*RequestError] when the server refused, [ErrLost].
func (c *Call) Request(ctx context.Context, body wire.Body) (wire.Message, error) {
	k := c.line()
	if k == nil {
		return wire.Message{}, ErrLost
	}
	return k.request(ctx, body)
}

// SendRaw writes a text message as it is, at once. Errors: [ErrLost].
func (c *Call) SendRaw(ctx context.Context, data []byte) error {
	k := c.line()
	if k == nil {
		return ErrLost
	}
	return k.writeRaw(ctx, data)
}

func (c *Call) do(ctx context.Context, body wire.Body) error {
	_, err := c.Request(ctx, body)
	return err
}

// Leave ends the own presence and waits until all of the call has ended, which it has also when an error says that the server may not know.
func (c *Call) Leave(ctx context.Context) error {
	err := c.do(ctx, &wire.Leave{})
	c.end(ErrLeft)
	<-c.done
	return err
}

// Knock asks again after having been declined.
func (c *Call) Knock(ctx context.Context) error {
	err := c.do(ctx, &wire.Knock{})
	if err == nil {
		c.knocked()
	}
	return err
}

// knocked notes that a declined person waits again, unless more than that has happened since.
func (c *Call) knocked() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.phase == wire.PhaseDeclined {
		c.phase = wire.PhaseWaiting
	}
}

// Self says what of the own sound and picture is switched on.
func (c *Call) Self(ctx context.Context, audio, video bool) error {
	return c.do(ctx, &wire.Self{Audio: &audio, Video: &video})
}

// Screen begins and ends sharing the screen, its picture and its sound. Who may, says the room's rule: see [Call.Share].
func (c *Call) Screen(ctx context.Context, on bool) error {
	return c.do(ctx, &wire.Self{Screen: &on})
}

// Quality says what the call wants to receive of the pictures. What was accepted is said again whenever the server may have
// forgotten it. Who is not in is refused with wrong_state.
func (c *Call) Quality(ctx context.Context, choice wire.Choice) error {
	err := c.do(ctx, &wire.Quality{Choice: choice})
	if err == nil {
		c.mu.Lock()
		c.choice = choice
		c.mu.Unlock()
	}
	return err
}

// View says how large publications are shown.
func (c *Call) View(ctx context.Context, views ...wire.Viewed) error {
	return c.do(ctx, &wire.View{Views: views})
}

// Admit lets a waiting participant in. In a sealed call that is stated to those who are in, of exactly the device that the last *wire.Waiting of him
// showed. Errors: [ErrUnseen] where none came.
func (c *Call) Admit(ctx context.Context, participant string) error {
	if err := c.sealing.admit(participant); err != nil {
		return err
	}
	return c.do(ctx, &wire.Admit{Participant: participant})
}

// Decline leaves a waiting participant outside.
func (c *Call) Decline(ctx context.Context, participant string) error {
	if err := c.do(ctx, &wire.Decline{Participant: participant}); err != nil {
		return err
	}
	c.sealing.dismiss(participant)
	return nil
}

// PutBack sends a member back to the waiting room.
func (c *Call) PutBack(ctx context.Context, participant string) error {
	c.sealing.dismiss(participant)
	return c.do(ctx, &wire.PutBack{Participant: participant})
}

// Remove ends a member's presence and revokes his link.
func (c *Call) Remove(ctx context.Context, participant string) error {
	c.sealing.dismiss(participant)
	return c.do(ctx, &wire.Remove{Participant: participant})
}

// Mute switches a member's sound or picture off, or ends his sharing.
func (c *Call) Mute(ctx context.Context, participant string, kind wire.Kind) error {
	return c.do(ctx, &wire.Mute{Participant: participant, Kind: kind})
}

// MuteAll switches off everybody's sound but that of those who moderate.
func (c *Call) MuteAll(ctx context.Context) error { return c.do(ctx, &wire.MuteAll{}) }

// Hold stops, and lets go on, all forwarding to and from those who do not moderate. In a sealed call the key is theirs alone from the *wire.Room that says so.
func (c *Call) Hold(ctx context.Context, on bool) error { return c.do(ctx, &wire.Hold{On: on}) }

// Incident reports one: nothing passes between anybody until [Call.IncidentOver]. What a note about it may say comes back.
func (c *Call) Incident(ctx context.Context) (*wire.IncidentNoted, error) {
	m, err := c.Request(ctx, &wire.Incident{On: true})
	if err != nil {
		return nil, err
	}
	noted, ok := m.Body.(*wire.IncidentNoted)
	if !ok {
		return nil, ErrProtocol
	}
	return noted, nil
}

// IncidentOver lets the room go on.
func (c *Call) IncidentOver(ctx context.Context) error { return c.do(ctx, &wire.Incident{}) }

// Consult is a Hold in which those who moderate speak among themselves. It takes two of them; Hold ends it.
func (c *Call) Consult(ctx context.Context) error {
	return c.do(ctx, &wire.Hold{On: true, Consultation: true})
}

// Promote lends moderation to a member of whom the server says that it may be. In a sealed call that is stated once the server has done it.
func (c *Call) Promote(ctx context.Context, participant string) error {
	if err := c.do(ctx, &wire.Promote{Participant: participant, On: true}); err != nil {
		return err
	}
	c.sealing.promote(participant, true)
	return nil
}

// TakeBack takes moderation back. In a sealed call that is stated before the server is asked.
func (c *Call) TakeBack(ctx context.Context, participant string) error {
	c.sealing.promote(participant, false)
	return c.do(ctx, &wire.Promote{Participant: participant})
}

// ReserveVideo makes a member's camera one for those who moderate alone, until he himself says [Call.Unreserve].
func (c *Call) ReserveVideo(ctx context.Context, participant string) error {
	return c.do(ctx, &wire.ReserveVideo{Participant: participant})
}

// Unreserve shows the own camera to all again.
func (c *Call) Unreserve(ctx context.Context) error {
	return c.do(ctx, &wire.Self{VideoReserved: new(false)})
}

// Divide opens that many small groups in the room, or changes those that run: each who is named is in his group then, 0 being the main room. In a sealed
// call each group has its own key from the *wire.Grouped and *wire.Member that say so.
func (c *Call) Divide(ctx context.Context, groups int, places ...wire.Place) error {
	return c.do(ctx, &wire.Groups{Groups: groups, Places: places})
}

// EnterGroup goes into a group, or with 0 back to the main room.
func (c *Call) EnterGroup(ctx context.Context, group int) error {
	return c.do(ctx, &wire.EnterGroup{Group: group})
}

// Recall brings everybody back to the main room.
func (c *Call) Recall(ctx context.Context) error { return c.do(ctx, &wire.Recall{}) }

// Lock closes the room to whoever is not in, or opens it again.
func (c *Call) Lock(ctx context.Context, on bool) error { return c.do(ctx, &wire.Lock{On: on}) }

// Hand puts the own hand up or down.
func (c *Call) Hand(ctx context.Context, up bool) error { return c.do(ctx, &wire.RaiseHand{Up: up}) }

// LowerHand puts a member's hand down, or everybody's for "".
func (c *Call) LowerHand(ctx context.Context, participant string) error {
	return c.do(ctx, &wire.LowerHand{Participant: participant})
}

// Share says who may share a screen: [wire.ShareCounsellors] or [wire.ShareAll].
func (c *Call) Share(ctx context.Context, rule wire.ShareRule) error {
	return c.do(ctx, &wire.Share{Rule: rule})
}

// Pin shows a member's camera or screen first to everybody.
func (c *Call) Pin(ctx context.Context, participant string, source wire.Source) error {
	return c.do(ctx, &wire.Pin{Participant: participant, Source: source})
}

// Unpin shows nothing in particular.
func (c *Call) Unpin(ctx context.Context) error { return c.do(ctx, &wire.Pin{}) }

// End ends the room for all. The call is over then, with [ErrEnded].
func (c *Call) End(ctx context.Context) error { return c.do(ctx, &wire.End{}) }

// Publications is what others publish now, in no order.
func (c *Call) Publications() []wire.Publication {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Collect(maps.Values(c.published))
}

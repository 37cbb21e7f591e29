package lobby

import (
	"context"
	"log/slog"
	"maps"
	"slices"
)

// HandOver gives a room that is not running to a stand-in.
type HandOver struct {
	// To is the account of the stand-in, who becomes the room's counsellor. The caller knows that it exists and is not disabled.
	To AccountID
	// Keep: the first stays, as co-counsellor; otherwise the room is gone for him.
	Keep bool
	// WrappedSecret is the room's secret for the stand-in's account; empty where whoever hands it over does not know it. What the
	// stand-in has of it already is kept then.
	WrappedSecret []byte
}

// LogValue keeps what was asked for out of every log.
func (h HandOver) LogValue() slog.Value { return slog.StringValue("[hand-over]") }

// HandedOver is a room after it was handed over.
type HandedOver struct {
	Room Room
	// From is the account that it belonged to.
	From AccountID
	// Revoked are the persons whose links are worth nothing any more: those of the first counsellor himself. All other links stay good.
	Revoked []PersonID
}

// HandOverRoom hands over a room of this account: [ErrNotOwner] where it may only open it. Other errors: [ErrNotFound], [ErrRunning],
// [ErrNotAllowed] (the policy has no co-counsellors, so the first cannot stay), [ErrTooMany], [InvalidError]. The caller has looked
// whether somebody is in the live room, and puts out of it who lost it.
func (s *Service) HandOverRoom(ctx context.Context, tenant TenantID, account AccountID, id RoomID, h HandOver) (HandedOver, error) {
	return s.handOver(ctx, tenant, h, func(tx Tx) (Room, error) {
		room, err := roomFor(tx, account, id)
		if err == nil && room.Owner != account {
			return Room{}, ErrNotOwner
		}
		return room, err
	})
}

// HandOverAnyRoom is [Service.HandOverRoom] for whoever runs the service: by the command line, or as an administrator of the tenant where there are such.
func (s *Service) HandOverAnyRoom(ctx context.Context, tenant TenantID, id RoomID, h HandOver) (HandedOver, error) {
	return s.handOver(ctx, tenant, h, func(tx Tx) (Room, error) { return tx.Room(id) })
}

func (s *Service) handOver(ctx context.Context, tenant TenantID, h HandOver, find func(Tx) (Room, error)) (HandedOver, error) {
	var done HandedOver
	err := s.store.Update(ctx, tenant, func(tx Tx) error {
		room, err := find(tx)
		if err != nil {
			return err
		}
		done = HandedOver{From: room.Owner}
		if done.Room, err = room.handedOver(h, s.policies[room.Policy]); err != nil {
			return err
		}
		if err := tx.PutRoom(done.Room); err != nil {
			return err
		}
		persons, err := tx.Persons(room.ID)
		for _, p := range persons {
			if err == nil && p.Role == RoleCounsellor && !p.Revoked {
				done.Revoked = append(done.Revoked, p.ID)
				err = revoke(tx, room.ID, p.ID)
			}
		}
		return err
	})
	return done, doing("hand the room over", err)
}

// handedOver is the room as its stand-in has it.
func (r Room) handedOver(h HandOver, policy Policy) (Room, error) {
	switch {
	case r.Begun:
		return Room{}, ErrRunning
	case h.To == "" || h.To == r.Owner:
		return Room{}, &InvalidError{"to"}
	case len(h.WrappedSecret) > MaxWrappedSecret:
		return Room{}, &InvalidError{"wrapped_secret"}
	case h.Keep && !policy.CoCounsellors:
		return Room{}, ErrNotAllowed
	}
	first := r.Owner
	r.Owner, r.StandIn = h.To, true
	r.WrappedSecrets = maps.Clone(r.WrappedSecrets)
	if r.WrappedSecrets == nil {
		r.WrappedSecrets = map[AccountID][]byte{}
	}
	r.CoCounsellors = slices.DeleteFunc(slices.Clone(r.CoCounsellors), func(a AccountID) bool { return a == h.To })
	if h.Keep {
		r.CoCounsellors = append(r.CoCounsellors, first)
	} else {
		delete(r.WrappedSecrets, first)
	}
	if len(r.CoCounsellors) > MaxCoCounsellors {
		return Room{}, ErrTooMany
	}
	if len(h.WrappedSecret) > 0 {
		r.WrappedSecrets[h.To] = slices.Clone(h.WrappedSecret)
	}
	return r, nil
}

// KeepSecret keeps the room's secret as the account itself has wrapped it, in place of what somebody else had wrapped for it.
func (s *Service) KeepSecret(ctx context.Context, tenant TenantID, account AccountID, id RoomID, wrapped []byte) (Room, error) {
	if len(wrapped) == 0 || len(wrapped) > MaxWrappedSecret {
		return Room{}, &InvalidError{"wrapped_secret"}
	}
	var room Room
	err := s.store.Update(ctx, tenant, func(tx Tx) (err error) {
		if room, err = roomFor(tx, account, id); err != nil {
			return err
		}
		room.WrappedSecrets = maps.Clone(room.WrappedSecrets)
		if room.WrappedSecrets == nil {
			room.WrappedSecrets = map[AccountID][]byte{}
		}
		room.WrappedSecrets[account] = slices.Clone(wrapped)
		return tx.PutRoom(room)
	})
	return room, doing("keep the room's secret", err)
}

package lobby

import (
	"context"
	"errors"
	"time"
)

// Swept is a room that [Service.Sweep] deleted.
type Swept struct {
	Tenant TenantID
	Room   RoomID
}

// Sweep deletes every room whose time is over (see window.go) and returns what it deleted, so that the caller can end
// what is still live of it. It goes on after an error with one tenant and returns the errors joined.
func (s *Service) Sweep(ctx context.Context, now time.Time) ([]Swept, error) {
	tenants, err := s.store.Tenants(ctx)
	if err != nil {
		return nil, doing("list the tenants", err)
	}
	var swept []Swept
	var errs []error
	for _, tenant := range tenants {
		due, err := s.sweepTenant(ctx, tenant, now)
		for _, id := range due {
			swept = append(swept, Swept{tenant, id})
		}
		errs = append(errs, err)
	}
	return swept, doing("sweep", errors.Join(errs...))
}

func (s *Service) sweepTenant(ctx context.Context, tenant TenantID, now time.Time) ([]RoomID, error) {
	var due []RoomID
	look := func(tx Tx) (err error) {
		due, err = tx.Expired(now)
		return err
	}
	// Looking first keeps the writer free: most sweeps find nothing.
	if err := s.store.View(ctx, tenant, look); err != nil || len(due) == 0 {
		return nil, err
	}
	err := s.store.Update(ctx, tenant, func(tx Tx) error {
		if err := look(tx); err != nil {
			return err
		}
		for _, id := range due {
			if err := tx.DeleteRoom(id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil && !errors.Is(err, ErrErasurePending) {
		return nil, err
	}
	return due, err
}

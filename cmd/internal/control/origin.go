package control

import (
	"context"
	"errors"
	"fmt"

	"github.com/anteroom-video/anteroom/lobby/token"
)

// ErrNoOrigin: a link is wanted, and nobody has said yet what links begin with.
var ErrNoOrigin = errors.New("the address that people open is not known, and links begin with it: name it with --public-url, or start the node once, which keeps it")

// originSetting is the setting with the address that the node had when it ran last. It lies in the store and so goes where the accounts go.
const originSetting = "origin"

// KeepOrigin keeps the address that people open for commands that run while the node does not.
func KeepOrigin(ctx context.Context, s token.Settings, origin string) error {
	kept, err := s.Setting(ctx, originSetting)
	if err == nil && string(kept) != origin {
		err = s.SwapSetting(ctx, originSetting, kept, []byte(origin))
	}
	if err != nil {
		return fmt.Errorf("keeping the address for links: %w", err)
	}
	return nil
}

// origin is what links begin with when no node runs: what was said, or what the node kept, or what may be assumed.
func (p Place) origin(ctx context.Context, s token.Settings) (string, error) {
	if p.Origin != "" {
		return p.Origin, nil
	}
	kept, err := s.Setting(ctx, originSetting)
	if err != nil || kept != nil {
		return string(kept), err
	}
	return p.Assumed, nil
}

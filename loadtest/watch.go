package loadtest

import (
	"context"
	"fmt"

	"github.com/anteroom-video/anteroom/loadtest/scenario"
	"github.com/anteroom-video/anteroom/signaling/client"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// Sizes of tiles, in lines.
const (
	largeTile = 720
	midTile   = 360
	smallTile = 180
	// midPeople is up to how many people a grid's tiles are of middle size.
	midPeople = 4
)

// watch chooses what to see after something happened.
func (p *person) watch(ctx context.Context, event client.Event) {
	var dominant string
	if speaker, ok := event.(*wire.Speaker); ok {
		if p.run.scenario.View != scenario.ViewSpeaker {
			return
		}
		dominant = speaker.Dominant
	}
	var views []wire.Viewed
	for _, one := range p.call.Publications() {
		lines := p.tile(one, dominant)
		if lines > 0 {
			views = append(views, wire.Viewed{Publication: one.Publication, Width: lines * 16 / 9, Height: lines})
		}
	}
	if err := p.call.View(ctx, views...); err != nil && ctx.Err() == nil {
		p.run.failed(fmt.Errorf("choosing what to watch: %w", err))
	}
}

// tile is how large a publication is shown, in lines; 0 for what has no picture.
func (p *person) tile(one wire.Publication, dominant string) int {
	switch {
	case one.Source == wire.SourceScreen:
		return p.run.scenario.Screen.Lines
	case one.Source != wire.SourceCamera:
		return 0
	}
	switch p.run.scenario.View {
	case scenario.ViewGrid:
		if p.run.scenario.Persons <= midPeople {
			return midTile
		}
		return smallTile
	case scenario.ViewSpeaker:
		if one.Participant == dominant || p.run.scenario.Persons == 2 {
			return largeTile
		}
		return smallTile
	}
	return largeTile
}

package e2e

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/rtp"

	"github.com/anteroom-video/anteroom/loadtest/media"
	"github.com/anteroom-video/anteroom/signaling/client"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// shows sends a layer's frames until the context ends; a key frame whenever one is wanted. All layers together are far less than a line is taken
// to carry before it is known: what is looked at is not how a busy machine measures its lines.
func shows(ctx context.Context, sender *client.Sender, lines int) {
	picture := &media.Picture{Width: lines * 16 / 9, Height: lines, FrameBytes: lines, PacketBytes: 300}
	number, timestamp, key := uint16(0xffe0), uint32(0xffff_0000), true // both wrap around soon
	for tick := time.NewTicker(50 * time.Millisecond); ; {
		payloads := picture.Frame(key)
		key = false
		timestamp += 4500
		for i, payload := range payloads {
			number++
			_ = sender.WriteRTP(&rtp.Packet{
				Header: rtp.Header{Version: 2, Marker: i == len(payloads)-1, SequenceNumber: number, Timestamp: timestamp}, Payload: slices.Clone(payload),
			})
		}
		select {
		case <-ctx.Done():
			tick.Stop()
			return
		case <-sender.KeyframeWanted():
			key = true
		case <-tick.C:
		}
	}
}

// The layer follows the tile, and a layer that nobody watches is said to be so until somebody does again.
func TestLayersFollowTiles(t *testing.T) {
	t.Parallel()
	s := open(t)
	a := s.invite("Anna")
	counsellor := join(t, a.counsellor, func(o *client.Options) { o.Simulcast = true })
	counsellor.stop() // it sends layers and nothing else
	var height atomic.Int32
	anna := join(t, a.links[0], func(o *client.Options) {
		o.OnRTP = func(r client.Received) {
			b := r.Packet.Payload
			// A key frame says its size (RFC 6386 section 9.1), after a descriptor with a picture id of 15 bits.
			if r.Kind == wire.KindVideo && len(b) > 14 && b[0]&0x10 != 0 && b[4]&1 == 0 {
				height.Store(int32(binary.LittleEndian.Uint16(b[12:])))
			}
		}
	})
	anna.stop()
	counsellor.admits(anna)
	sending, stop := context.WithCancel(t.Context())
	var senders sync.WaitGroup
	defer senders.Wait()
	defer stop()
	layers := counsellor.Layers()
	equal(t, "layers", len(layers), 3)
	for i, lines := range []int{180, 360, 720} {
		senders.Go(func() { shows(sending, layers[i], lines) })
	}
	// look shows the counsellor's camera with so many lines until something is so. The connection that it comes by may be made anew
	// meanwhile, and with it the publication.
	look := func(lines int, what string, so func() bool) {
		t.Helper()
		var viewed string
		eventually(t, patience, fmt.Sprintf("%d lines: %s", lines, what), func() bool {
			for _, p := range anna.Publications() {
				if p.Source == wire.SourceCamera && p.Publication != viewed {
					viewed = p.Publication
					must(t, anna.View(anna.ctx(), wire.Viewed{Publication: viewed, Width: lines * 16 / 9, Height: lines}))
				}
			}
			return viewed != "" && so()
		})
	}
	for _, lines := range []int{180, 720, 360, 720} {
		look(lines, "the layer follows", func() bool { return height.Load() == int32(lines) })
	}
	look(180, "the upper layers are not watched", func() bool {
		return layers[0].Watched() && !layers[1].Watched() && !layers[2].Watched()
	})
	look(720, "the large layer is watched again", func() bool { return layers[2].Watched() && height.Load() == 720 })
}

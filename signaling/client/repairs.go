package client

import (
	"slices"

	"github.com/pion/interceptor"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

// repairs makes an interceptor that names the repairs of a layer as RFC 8852 wants it: Pion repeats a packet with the extensions that it
// had, and a receiver would take the repeated rid for a new stream of that layer.
type repairs struct{}

func (repairs) NewInterceptor(string) (interceptor.Interceptor, error) { return &repairNames{}, nil }

type repairNames struct{ interceptor.NoOp }

func (*repairNames) BindLocalStream(info *interceptor.StreamInfo, next interceptor.RTPWriter) interceptor.RTPWriter {
	id := func(uri string) uint8 {
		i := slices.IndexFunc(info.RTPHeaderExtensions, func(e interceptor.RTPHeaderExtension) bool { return e.URI == uri })
		if i < 0 {
			return 0
		}
		return uint8(info.RTPHeaderExtensions[i].ID)
	}
	rid, repaired := id(ridURI), id(repairedRIDURI)
	if info.MimeType != webrtc.MimeTypeVP8 || rid == 0 || repaired == 0 {
		return next
	}
	return interceptor.RTPWriterFunc(func(h *rtp.Header, payload []byte, a interceptor.Attributes) (int, error) {
		if name := h.GetExtension(rid); name != nil && h.SSRC == info.SSRCRetransmission {
			renamed := h.Clone() // the original may be repeated again
			if err := renamed.DelExtension(rid); err != nil {
				return 0, err
			}
			if err := renamed.SetExtension(repaired, name); err != nil {
				return 0, err
			}
			h = &renamed
		}
		return next.Write(h, payload, a)
	})
}

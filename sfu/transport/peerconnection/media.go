package peerconnection

import (
	"slices"
	"strings"

	"github.com/pion/webrtc/v4"

	"github.com/anteroom-video/anteroom/sfu/transport"
	"github.com/anteroom-video/anteroom/sfu/transport/offer"
)

// mimeTypeRED is that of RFC 2198 for sound; Pion has no word for it.
const mimeTypeRED = "audio/red"

// newMediaEngine registers what package offer accepts. The payload types are ours for want of an offer; an answer
// takes those of the offer.
func newMediaEngine() (*webrtc.MediaEngine, error) {
	m := &webrtc.MediaEngine{}
	codecs := []struct {
		kind  webrtc.RTPCodecType
		codec webrtc.RTPCodecParameters
	}{
		{webrtc.RTPCodecTypeAudio, webrtc.RTPCodecParameters{
			PayloadType: 111,
			RTPCodecCapability: webrtc.RTPCodecCapability{
				MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2,
				SDPFmtpLine: offer.OpusParameters, RTCPFeedback: feedback(offer.AudioFeedback()),
			},
		}},
		{webrtc.RTPCodecTypeVideo, webrtc.RTPCodecParameters{
			PayloadType: 96,
			RTPCodecCapability: webrtc.RTPCodecCapability{
				MimeType: webrtc.MimeTypeVP8, ClockRate: 90000, RTCPFeedback: feedback(offer.VideoFeedback()),
			},
		}},
		{webrtc.RTPCodecTypeAudio, webrtc.RTPCodecParameters{
			PayloadType:        63,
			RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: mimeTypeRED, ClockRate: 48000, Channels: 2},
		}},
		{webrtc.RTPCodecTypeVideo, webrtc.RTPCodecParameters{
			PayloadType: 98,
			RTPCodecCapability: webrtc.RTPCodecCapability{
				MimeType: webrtc.MimeTypeVP9, ClockRate: 90000, SDPFmtpLine: offer.VP9Parameters,
				RTCPFeedback: feedback(offer.VideoFeedback()),
			},
		}},
		{webrtc.RTPCodecTypeVideo, webrtc.RTPCodecParameters{
			PayloadType: 99,
			RTPCodecCapability: webrtc.RTPCodecCapability{
				MimeType: webrtc.MimeTypeRTX, ClockRate: 90000, SDPFmtpLine: "apt=98",
			},
		}},
		{webrtc.RTPCodecTypeVideo, webrtc.RTPCodecParameters{
			PayloadType: 97,
			RTPCodecCapability: webrtc.RTPCodecCapability{
				MimeType: webrtc.MimeTypeRTX, ClockRate: 90000, SDPFmtpLine: "apt=96",
			},
		}},
	}
	for _, c := range codecs {
		if err := m.RegisterCodec(c.codec, c.kind); err != nil {
			return nil, err
		}
	}
	for _, e := range offer.Known() {
		for _, kind := range []transport.Kind{transport.Audio, transport.Video} {
			if !slices.Contains(e.Kinds, kind) {
				continue
			}
			err := m.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: e.URI}, kindOf(kind))
			if err != nil {
				return nil, err
			}
		}
	}
	return m, nil
}

func feedback(list []string) []webrtc.RTCPFeedback {
	var f []webrtc.RTCPFeedback
	for _, s := range list {
		kind, parameter, _ := strings.Cut(s, " ")
		f = append(f, webrtc.RTCPFeedback{Type: kind, Parameter: parameter})
	}
	return f
}

func kindOf(k transport.Kind) webrtc.RTPCodecType {
	if k == transport.Video {
		return webrtc.RTPCodecTypeVideo
	}
	return webrtc.RTPCodecTypeAudio
}

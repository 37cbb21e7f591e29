package client

import (
	"errors"
	"fmt"
	"io"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/interceptor/pkg/nack"
	"github.com/pion/interceptor/pkg/report"
	"github.com/pion/interceptor/pkg/twcc"
	"github.com/pion/logging"
	"github.com/pion/webrtc/v4"
)

// Header extensions that the client offers (RFC 8843 section 15, RFC 8852, RFC 6464, draft-holmer-rmcat-transport-wide-cc-extensions-01).
const (
	midURI         = "urn:ietf:params:rtp-hdrext:sdes:mid"
	ridURI         = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
	repairedRIDURI = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
	audioLevelURI  = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
	transportCCURI = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
)

// RED (RFC 2198), for which Pion has no word.
const (
	mimeTypeRED    = "audio/red"
	payloadTypeRED = 63
)

// newAPI registers the short list that the protocol names, and Pion's own loss recovery and feedback.
func newAPI(o Options) (*webrtc.API, error) {
	engine := &webrtc.MediaEngine{}
	feedback := []webrtc.RTCPFeedback{{Type: "nack"}, {Type: "nack", Parameter: "pli"}, {Type: "transport-cc"}}
	codecs := []struct {
		kind  webrtc.RTPCodecType
		codec webrtc.RTPCodecParameters
	}{
		{webrtc.RTPCodecTypeAudio, webrtc.RTPCodecParameters{PayloadType: 111, RTPCodecCapability: webrtc.RTPCodecCapability{
			MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2, SDPFmtpLine: "minptime=10;useinbandfec=1", RTCPFeedback: feedback[2:]}}},
		{webrtc.RTPCodecTypeVideo, webrtc.RTPCodecParameters{PayloadType: 96, RTPCodecCapability: webrtc.RTPCodecCapability{
			MimeType: webrtc.MimeTypeVP8, ClockRate: 90000, RTCPFeedback: feedback}}},
		{webrtc.RTPCodecTypeVideo, webrtc.RTPCodecParameters{PayloadType: 97, RTPCodecCapability: webrtc.RTPCodecCapability{
			MimeType: webrtc.MimeTypeRTX, ClockRate: 90000, SDPFmtpLine: "apt=96"}}},
	}
	if o.RED {
		// The first is what is preferred.
		red := webrtc.RTPCodecParameters{PayloadType: payloadTypeRED, RTPCodecCapability: webrtc.RTPCodecCapability{
			MimeType: mimeTypeRED, ClockRate: 48000, Channels: 2, SDPFmtpLine: "111/111", RTCPFeedback: feedback[2:]}}
		if err := engine.RegisterCodec(red, webrtc.RTPCodecTypeAudio); err != nil {
			return nil, fmt.Errorf("client: registering RED: %w", err)
		}
	}
	for _, c := range codecs {
		if err := engine.RegisterCodec(c.codec, c.kind); err != nil {
			return nil, fmt.Errorf("client: registering %s: %w", c.codec.MimeType, err)
		}
	}
	for _, extension := range []struct {
		uri   string
		kinds []webrtc.RTPCodecType
	}{
		{midURI, []webrtc.RTPCodecType{webrtc.RTPCodecTypeAudio, webrtc.RTPCodecTypeVideo}},
		{transportCCURI, []webrtc.RTPCodecType{webrtc.RTPCodecTypeAudio, webrtc.RTPCodecTypeVideo}},
		{ridURI, []webrtc.RTPCodecType{webrtc.RTPCodecTypeVideo}},
		{repairedRIDURI, []webrtc.RTPCodecType{webrtc.RTPCodecTypeVideo}},
		{audioLevelURI, []webrtc.RTPCodecType{webrtc.RTPCodecTypeAudio}},
	} {
		for _, kind := range extension.kinds {
			if err := engine.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: extension.uri}, kind); err != nil {
				return nil, fmt.Errorf("client: registering a header extension: %w", err)
			}
		}
	}
	registry, err := newRegistry()
	if err != nil {
		return nil, fmt.Errorf("client: making the interceptors: %w", err)
	}
	settings := webrtc.SettingEngine{LoggerFactory: silent{}}
	settings.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	settings.SetIncludeLoopbackCandidate(o.Loopback)
	if o.Net != nil {
		settings.SetNet(o.Net)
	}
	settings.DisableCloseByDTLS(o.Rogue) // the server's goodbye is not listened to
	return webrtc.NewAPI(webrtc.WithMediaEngine(engine), webrtc.WithInterceptorRegistry(registry), webrtc.WithSettingEngine(settings)), nil
}

// silent keeps Pion from writing to the program's standard error: what matters of it the program is told.
type silent struct{}

func (silent) NewLogger(string) logging.LeveledLogger {
	return logging.NewDefaultLeveledLoggerForScope("", logging.LogLevelDisabled, io.Discard)
}

// newRegistry has what answers to requests for lost packets, reports, and tells what came of each packet. The requests are [nacks]' own.
func newRegistry() (*interceptor.Registry, error) {
	answers, err1 := nack.NewResponderInterceptor(nack.WithResponderLoggerFactory(silent{}))
	received, err2 := report.NewReceiverInterceptor(report.WithReceiverLoggerFactory(silent{}))
	sent, err3 := report.NewSenderInterceptor(report.WithSenderLoggerFactory(silent{}))
	feedback, err4 := twcc.NewSenderInterceptor(twcc.WithLoggerFactory(silent{}))
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return nil, err
	}
	registry := &interceptor.Registry{}
	registry.Add(repairs{}) // the first sees what the others send
	for _, one := range []interceptor.Factory{answers, received, sent, feedback} {
		registry.Add(one)
	}
	return registry, nil
}

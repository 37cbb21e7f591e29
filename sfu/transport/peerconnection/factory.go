package peerconnection

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/webrtc/v4"

	"github.com/anteroom-video/anteroom/sfu/transport"
	"github.com/anteroom-video/anteroom/sfu/transport/icemux"
)

// Config of a Factory.
type Config struct {
	// Socket carries all UDP; the Factory owns it. See [icemux.OpenUDP].
	Socket icemux.Socket
	// TCP takes ICE-TCP connections; nil for none. The Factory owns it.
	TCP net.Listener
	// IPs are told to clients; empty for those of Socket or, if it is unspecified, of the network interfaces.
	IPs []netip.Addr
	// Logger, or nil.
	Logger *slog.Logger
}

// Factory makes PeerConnections on one UDP and one TCP port.
type Factory struct {
	config       Config
	udp          *icemux.UDP
	tcp          *icemux.TCP
	media        *webrtc.MediaEngine
	net          loopback
	logs         logs
	certificates certificates
	panics       atomic.Uint64
	garbled      atomic.Uint64
}

// New serves on the sockets of c.
func New(c Config) (*Factory, error) {
	if c.Socket == nil {
		return nil, errors.New("peerconnection: no socket")
	}
	media, err := newMediaEngine()
	if err != nil {
		return nil, err
	}
	labels, err := newLoopback()
	if err != nil {
		return nil, err
	}
	f := &Factory{config: c, media: media, net: labels, logs: logs{to: c.Logger}}
	f.udp = icemux.NewUDP(c.Socket, f.fault)
	if c.TCP != nil {
		f.tcp = icemux.NewTCP(c.TCP, f.fault)
	}
	return f, nil
}

// MediaAddr is the address of the UDP socket.
func (f *Factory) MediaAddr() netip.AddrPort { return f.udp.LocalAddr() }

// Told are the UDP addresses that clients are told to send to.
func (f *Factory) Told() []netip.AddrPort {
	var told []netip.AddrPort
	for _, ip := range f.told() {
		told = append(told, netip.AddrPortFrom(ip, f.udp.LocalAddr().Port()))
	}
	return told
}

// Receive takes a datagram as though it had come to the UDP socket. It does not keep b.
func (f *Factory) Receive(b []byte, from netip.AddrPort) { f.udp.Receive(b, from) }

// Stats returns the counts at the sockets so far.
func (f *Factory) Stats() transport.Stats {
	u := f.udp.Stats()
	s := transport.Stats{
		Datagrams: u.Datagrams, Media: u.Media, Unknown: u.Unknown, Overflow: u.Overflow + u.TooLong,
		Control: u.Control, Garbled: f.garbled.Load(), Panics: f.panics.Load(),
	}
	if f.tcp != nil {
		t := f.tcp.Stats()
		s.TCPRefused = t.Refused
		s.Overflow += t.Overflow
		s.Control += t.Control
	}
	return s
}

// fault counts a panic and logs where it was. Its value may hold anything and is not logged.
func (f *Factory) fault(any) {
	f.panics.Add(1)
	if f.config.Logger != nil {
		f.config.Logger.Error("media transport: a fault", "stack", string(debug.Stack()))
	}
}

// Close closes the ports.
func (f *Factory) Close() error {
	err := f.udp.Close()
	if f.tcp != nil {
		err = errors.Join(err, f.tcp.Close())
	}
	return err
}

const (
	// replayWindow of SRTP in packets: at 5 Mbit/s about four seconds. Pion's default of 64 takes late packets for
	// replayed ones after a tenth of a second.
	replayWindow = 2048
	// handshake is how long DTLS may take once ICE has connected.
	handshake = 15 * time.Second
	// repeat is when what was lost of DTLS is first sent again; the time doubles. ICE has proved the address, and Pion's second
	// is long where one packet in five is lost: browsers wait 50 ms.
	repeat = 100 * time.Millisecond
	// Silence that counts as disconnected, and as failed; and the pause between our own connectivity checks.
	disconnected, failed, keepAlive = 5 * time.Second, 20 * time.Second, 2 * time.Second
	receiveMTU                      = 1600
)

// connection makes a PeerConnection whose opened packets go to p.
func (f *Factory) connection(p *peer) (*webrtc.PeerConnection, error) {
	certificate, err := f.certificates.at(time.Now())
	if err != nil {
		return nil, err
	}
	var s webrtc.SettingEngine
	s.LoggerFactory = peerLogs{&f.logs, p.unread}
	s.BufferFactory = p.buffer
	s.SetICEUDPMux(f.udp)
	networks := []webrtc.NetworkType{webrtc.NetworkTypeUDP4, webrtc.NetworkTypeUDP6}
	if f.tcp != nil {
		s.SetICETCPMux(f.tcp)
		networks = append(networks, webrtc.NetworkTypeTCP4, webrtc.NetworkTypeTCP6)
	}
	s.SetNetworkTypes(networks)
	s.SetNet(f.net)
	s.SetIncludeLoopbackCandidate(true)
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	s.SetRemoteIPFilter(reachable)
	s.SetICETimeouts(disconnected, failed, keepAlive)
	s.SetICEBindingRequestHandler(p.follow)
	if err := s.SetAnsweringDTLSRole(webrtc.DTLSRoleServer); err != nil {
		return nil, err
	}
	s.SetSRTPProtectionProfiles(
		dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AEAD_AES_256_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80,
	)
	// The cookie exchange guards against senders of forged addresses; ICE has proved the address already.
	s.SetDTLSInsecureSkipHelloVerify(true)
	s.SetDTLSConnectContextMaker(func() (context.Context, func()) {
		return context.WithTimeout(context.Background(), handshake)
	})
	s.SetDTLSRetransmissionInterval(repeat)
	s.DisableCloseByDTLS(true)
	s.SetSRTPReplayProtectionWindow(replayWindow)
	s.SetSRTCPReplayProtectionWindow(replayWindow)
	s.SetReceiveMTU(receiveMTU)
	api := webrtc.NewAPI(
		webrtc.WithSettingEngine(s),
		webrtc.WithMediaEngine(f.media),
		webrtc.WithInterceptorRegistry(&interceptor.Registry{}),
	)
	return api.NewPeerConnection(webrtc.Configuration{
		Certificates:  []webrtc.Certificate{certificate},
		BundlePolicy:  webrtc.BundlePolicyMaxBundle,
		RTCPMuxPolicy: webrtc.RTCPMuxPolicyRequire,
		SDPSemantics:  webrtc.SDPSemanticsUnifiedPlan,
	})
}

// reachable says whether checks may be sent to an address.
func reachable(ip net.IP) bool {
	return !ip.IsUnspecified() && !ip.IsMulticast() && !ip.Equal(net.IPv4bcast)
}

// New makes a Transport; its PeerConnection comes with the first offer.
func (f *Factory) New(h transport.Handler) (transport.Transport, error) {
	return newPeer(f, h), nil
}

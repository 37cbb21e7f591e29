//go:build browsers

package peerconnection_test

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/pion/rtcp"

	"github.com/anteroom-video/anteroom/sfu/codec"
	"github.com/anteroom-video/anteroom/sfu/transport"
	"github.com/anteroom-video/anteroom/sfu/transport/icemux"
	"github.com/anteroom-video/anteroom/sfu/transport/peerconnection"
)

// The captures that sfu/codec and sfu/bwe are tested with are written anew by `go test -tags browsers -run Browser -update`.
var update = flag.Bool("update", false, "write the captures of sfu/codec and sfu/bwe anew")

const chromium = "/usr/bin/chromium-headless-shell"

// sending sends a camera of 1280 by 720 with the layers of one of our two ways: three streams of VP8, or one of VP9 with three spatial layers.
const sending = `<!DOCTYPE html><title>capture</title><script type="module">
const vp9 = location.search === '?VP9';
const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 1280, height: 720 } });
const pc = new RTCPeerConnection();
const codec = RTCRtpSender.getCapabilities('video').codecs.find(({ mimeType, sdpFmtpLine = 'profile-id=0' }) => mimeType === (vp9 ? 'video/VP9' : 'video/VP8') && /profile-id=0/.test(sdpFmtpLine));
const sendEncodings = vp9 ? [{ codec, scalabilityMode: 'L3T3_KEY', maxBitrate: 2_000_000 }]
  : ['q', 'h', 'f'].map((rid, i) => ({ rid, scaleResolutionDownBy: 4 >> i, maxBitrate: 60_000 * 4 ** i }));
const transceiver = pc.addTransceiver(stream.getVideoTracks()[0], { direction: 'sendonly', sendEncodings });
transceiver.setCodecPreferences([codec, ...RTCRtpSender.getCapabilities('video').codecs.filter(({ mimeType }) => /rtx|VP8/.test(mimeType))]);
transceiver.setHeaderExtensionsToNegotiate?.(transceiver.getHeaderExtensionsToNegotiate().map((e) => ({ ...e, direction: /dependency-descriptor/.test(e.uri) ? 'sendrecv' : e.direction })));
await pc.setLocalDescription();
const answer = await (await fetch('/offer', { method: 'POST', body: JSON.stringify({ sdp: pc.localDescription.sdp, mid: transceiver.mid }) })).text();
await pc.setRemoteDescription({ type: 'answer', sdp: answer });
</script>`

// capture is what one packet of a real browser says.
type capture struct {
	codec      transport.Codec
	layer      int
	seq        uint16
	payload    []byte
	descriptor []byte
}

type recorder struct {
	mu       sync.Mutex
	captures []capture
}

func (r *recorder) RTP(p *transport.Received) {
	if p.Line != 0 || p.RTX || len(p.Payload) == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.captures = append(r.captures, capture{p.Codec, p.Layer, p.SequenceNumber, slices.Clone(p.Payload), slices.Clone(p.Descriptor)})
}

func (*recorder) RTCP(rtcp.Packet, time.Time) {}
func (*recorder) State(transport.State)       {}

func (r *recorder) all() []capture { r.mu.Lock(); defer r.mu.Unlock(); return slices.Clone(r.captures) }

// What a real browser sends is understood, and its payload and its Dependency Descriptor say the same.
func TestBrowserIsUnderstood(t *testing.T) {
	for _, name := range []string{"VP8", "VP9"} {
		t.Run(name, func(t *testing.T) {
			captures := record(t, name)
			if len(captures) < 200 {
				t.Fatalf("%d packets", len(captures))
			}
			layers, keys, described := map[[2]uint8]int{}, 0, 0
			structures := map[int]*codec.Structure{}
			for i, c := range captures {
				spatial, temporal, timed, key, err := said(c)
				if err != nil {
					t.Fatalf("packet %d: %v: %x", i, err, c.payload[:min(len(c.payload), 20)])
				}
				layers[[2]uint8{spatial, temporal}]++
				if key {
					keys++
				}
				if c.descriptor == nil {
					continue
				}
				described++
				if structures[c.layer] == nil {
					structures[c.layer] = &codec.Structure{}
				}
				d, err := codec.ParseDescriptor(c.descriptor, structures[c.layer])
				if err != nil {
					t.Fatalf("packet %d: descriptor %x: %v", i, c.descriptor, err)
				}
				if timed && d.Temporal != temporal || name == "VP9" && d.Spatial != spatial || key && !d.Keyframe {
					t.Fatalf("packet %d: the payload says layer %d.%d, key frame %v; the descriptor %+v; % x", i, spatial, temporal, key, d, c.payload[:12])
				}
			}
			t.Logf("%d packets, %d with a descriptor, %d key frames, by layer %v", len(captures), described, keys, layers)
			if keys == 0 || len(layers) < 2 {
				t.Errorf("%d key frames, layers %v", keys, layers)
			}
			if *update {
				write(t, name, captures)
			}
		})
	}
}

// said gives what a payload says; timed: of the temporal layer, too.
func said(c capture) (spatial, temporal uint8, timed, key bool, err error) {
	if c.codec == transport.VP9 {
		d, err := codec.ParseVP9(c.payload)
		return d.SID, d.TID, true, d.Keyframe, err
	}
	d, err := codec.ParseVP8(c.payload)
	return uint8(c.layer), d.TID, d.HasTID, d.Keyframe, err
}

// record lets a browser send for some seconds.
func record(t *testing.T, name string) []capture {
	t.Helper()
	var r recorder
	browse(t, sending, name, &r, transport.Camera, func(answer string, _ netip.AddrPort) string { return answer })
	seen := map[uint8]bool{}
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		captures := r.all()
		for _, c := range captures {
			spatial, _, _, _, _ := said(c)
			seen[spatial] = true
		}
		if len(captures) > 300 && seen[1] {
			return captures
		}
	}
	return r.all()
}

// browse opens a page in a browser until the test ends. The page posts an offer of one line, and gets the answer as change
// makes it, which is told where our socket is.
func browse(t *testing.T, page, query string, h transport.Handler, use transport.Use, change func(answer string, socket netip.AddrPort) string) transport.Transport {
	t.Helper()
	var address netip.Addr
	for _, a := range addresses(t) {
		address = a
	}
	socket, err := icemux.OpenUDP(netip.AddrPortFrom(netip.IPv4Unspecified(), 0), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	at := netip.AddrPortFrom(address, socket.LocalAddr().(*net.UDPAddr).AddrPort().Port())
	f, err := peerconnection.New(peerconnection.Config{Socket: socket, IPs: []netip.Addr{address}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	tr, err := f.New(h)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tr.Close() })
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, page)
	})
	mux.HandleFunc("POST /offer", func(w http.ResponseWriter, req *http.Request) {
		var offer struct{ SDP, Mid string }
		if err := json.NewDecoder(req.Body).Decode(&offer); err != nil {
			t.Error(err)
		}
		answer, err := tr.Answer(context.WithoutCancel(req.Context()), transport.Offer{SDP: offer.SDP, Lines: []transport.Line{{Mid: offer.Mid, Use: use}}})
		if err != nil {
			t.Error(err)
		}
		_, _ = io.WriteString(w, change(answer, at))
	})
	site := httptest.NewServer(mux)
	t.Cleanup(site.Close)
	browsing, stop := context.WithCancel(context.Background())
	browser := exec.CommandContext(browsing, chromium, "--no-sandbox", "--disable-gpu", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
		"--user-data-dir="+t.TempDir(), "--remote-debugging-port=0", strings.Replace(site.URL, "127.0.0.1", "localhost", 1)+"/?"+query)
	// A browser is many processes: all of them end.
	browser.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	browser.Cancel = func() error { return syscall.Kill(-browser.Process.Pid, syscall.SIGKILL) }
	browser.WaitDelay = 5 * time.Second
	if err := browser.Start(); err != nil {
		stop()
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(); _ = browser.Wait() })
	return tr
}

// addresses are this machine's own, of the fourth version, loopback first.
func addresses(t *testing.T) []netip.Addr {
	t.Helper()
	all, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	var found []netip.Addr
	for _, a := range all {
		if prefix, err := netip.ParsePrefix(a.String()); err == nil && prefix.Addr().Is4() {
			found = append(found, prefix.Addr())
		}
	}
	return found
}

// write keeps the beginnings of packets: one line each, with layer, payload and descriptor.
func write(t *testing.T, name string, captures []capture) {
	t.Helper()
	var text strings.Builder
	fmt.Fprintf(&text, "# What a Chromium sent, written by TestBrowserIsUnderstood: layer, beginning of the payload, Dependency Descriptor.\n")
	for _, c := range captures[:min(len(captures), 400)] {
		fmt.Fprintf(&text, "%d %s %s\n", c.layer, hex.EncodeToString(c.payload[:min(len(c.payload), 48)]), hex.EncodeToString(c.descriptor))
	}
	file := filepath.Join("..", "..", "codec", "testdata", "chromium-"+strings.ToLower(name)+".txt")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

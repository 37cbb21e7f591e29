package offer_test

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/anteroom-video/anteroom/sfu/transport"
	"github.com/anteroom-video/anteroom/sfu/transport/offer"
)

// browserOffer is what a browser really wrote: microphone, camera in three layers, and pairs of slots.
func browserOffer(tb testing.TB, name string) transport.Offer {
	tb.Helper()
	b, err := os.ReadFile("testdata/" + name + ".sdp")
	if err != nil {
		tb.Fatal(err)
	}
	o := transport.Offer{SDP: string(b)}
	for i := range strings.Count(o.SDP, "\nm=") {
		l := transport.Line{Mid: fmt.Sprint(i), Use: transport.SlotAudio, Slot: (i - 2) / 2}
		switch {
		case i == 0:
			l = transport.Line{Mid: "0", Use: transport.Microphone}
		case i == 1:
			l = transport.Line{Mid: "1", Use: transport.Camera}
		case i%2 == 1:
			l.Use = transport.SlotVideo
		}
		o.Lines = append(o.Lines, l)
	}
	return o
}

var browsers = []string{"chromium-0", "chromium-1", "firefox-0", "firefox-1"}

func TestBrowsersAreUnderstood(t *testing.T) {
	for _, name := range browsers {
		d, err := offer.Parse(browserOffer(t, name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if d.Opus == 0 || d.VP8 == 0 || d.RTX == 0 {
			t.Errorf("%s: payload types %+v", name, d.PayloadTypes)
		}
		if e := d.Extensions; e.MID == 0 || e.RID == 0 || e.RepairedRID == 0 || e.AudioLevel == 0 || e.TransportCC == 0 {
			t.Errorf("%s: extensions %+v", name, e)
		}
		if !slices.Equal(d.Lines[1].RIDs, []string{"q", "h", "f"}) {
			t.Errorf("%s: layers %v", name, d.Lines[1].RIDs)
		}
		if len(d.Lines[0].Sources) == 0 {
			t.Errorf("%s: no declared source of the microphone", name)
		}
	}
}

func TestWhatIsWrittenAnewIsUnderstoodTheSame(t *testing.T) {
	for _, name := range browsers {
		o := browserOffer(t, name)
		d, err := offer.Parse(o)
		if err != nil {
			t.Fatal(err)
		}
		again, err := offer.Parse(transport.Offer{SDP: d.String(), Lines: o.Lines})
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, d)
		}
		if again.String() != d.String() || again.PayloadTypes != d.PayloadTypes || again.Extensions != d.Extensions ||
			again.Fingerprint != d.Fingerprint || again.UsernameFragment != d.UsernameFragment {
			t.Errorf("%s changed:\n%s", name, again)
		}
		// Each line answers with extensions that it was offered, and no others.
		was, is := strings.Split(o.SDP, "\nm="), strings.Split(d.String(), "\nm=")
		for i := range is {
			for _, m := range regexp.MustCompile(`a=extmap:(\d+) (\S+)`).FindAllStringSubmatch(is[i], -1) {
				if !regexp.MustCompile(`a=extmap:` + m[1] + `(/\w+)? ` + regexp.QuoteMeta(m[2])).MatchString(was[i]) {
					t.Errorf("%s line %d: %s was not offered", name, i-1, m[0])
				}
			}
		}
	}
}

func TestAddressesAndUnknownWordsGoNoFurther(t *testing.T) {
	o := browserOffer(t, "chromium-0")
	o.SDP = strings.Replace(o.SDP, "a=mid:0\r\n", "a=mid:0\r\na=candidate:1 1 udp 2122260223 10.1.2.3 5000 typ host\r\n"+
		"a=x-unknown:10.9.9.9\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abc\r\n", 1)
	d, err := offer.Parse(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"10.1.2.3", "10.9.9.9", "candidate", "x-unknown", "crypto", "a=ssrc", "msid", "H264", "red/90000"} {
		if strings.Contains(d.String(), word) {
			t.Errorf("%s went on", word)
		}
	}
}

func TestREDAndVP9CountWhereEveryLineHasThem(t *testing.T) {
	o := browserOffer(t, "chromium-1")
	d, err := offer.Parse(o)
	if err != nil {
		t.Fatal(err)
	}
	if d.RED != 63 || d.VP9 != 98 || d.VP9RTX != 99 || d.Descriptor == 0 {
		t.Errorf("Chromium's %+v %+v", d.PayloadTypes, d.Extensions)
	}
	// RED is preferred to plain Opus, and says what is in it; VP8 to VP9.
	for _, line := range []string{"SAVPF 63 111\r\n", "a=fmtp:63 111/111\r\n", "SAVPF 96 97 98 99\r\n", "a=fmtp:98 profile-id=0\r\n", "a=fmtp:99 apt=98\r\n"} {
		if !strings.Contains(d.String(), line) {
			t.Errorf("no %q in\n%s", line, d)
		}
	}
	if d, err := offer.Parse(browserOffer(t, "firefox-1")); err != nil || d.RED != 0 || d.VP9 == 0 {
		t.Errorf("Firefox's %v %+v", err, d.PayloadTypes)
	}
	for old, gone := range map[string]func(offer.PayloadTypes) bool{
		"a=rtpmap:63 red/48000/2": func(p offer.PayloadTypes) bool { return p.RED == 0 && p.Opus != 0 },
		"a=fmtp:63 111/111":       func(p offer.PayloadTypes) bool { return p.RED == 0 },
		"a=rtpmap:98 VP9/90000":   func(p offer.PayloadTypes) bool { return p.VP9 == 0 && p.VP9RTX == 0 && p.VP8 != 0 },
		"a=fmtp:99 apt=98":        func(p offer.PayloadTypes) bool { return p.VP9 == 98 && p.VP9RTX == 0 },
	} {
		changed := o
		at := strings.LastIndex(o.SDP, old)
		if at < 0 {
			t.Fatalf("no %s", old)
		}
		changed.SDP = o.SDP[:at] + "a=x-unknown:1" + o.SDP[at+len(old):]
		again, err := offer.Parse(changed)
		if err != nil || !gone(again.PayloadTypes) {
			t.Errorf("one line without %s: %v %+v", old, err, again.PayloadTypes)
		}
		// What the connection speaks does not change in its life.
		if err := again.Extends(d); err == nil {
			t.Errorf("a later offer without %s was taken", old)
		}
	}
}

func TestWhatIsNotInTheContractIsRefused(t *testing.T) {
	sdp := func(old, new string) func(transport.Offer) transport.Offer {
		return func(o transport.Offer) transport.Offer {
			if !strings.Contains(o.SDP, old) {
				panic(old)
			}
			o.SDP = strings.Replace(o.SDP, old, new, 1)
			return o
		}
	}
	all := func(pattern, new string) func(transport.Offer) transport.Offer {
		return func(o transport.Offer) transport.Offer {
			o.SDP = regexp.MustCompile(pattern).ReplaceAllString(o.SDP, new)
			return o
		}
	}
	lines := func(change func([]transport.Line) []transport.Line) func(transport.Offer) transport.Offer {
		return func(o transport.Offer) transport.Offer {
			o.Lines = change(slices.Clone(o.Lines))
			return o
		}
	}
	set := func(i int, l transport.Line) func(transport.Offer) transport.Offer {
		return lines(func(all []transport.Line) []transport.Line { all[i] = l; return all })
	}
	for name, spoil := range map[string]func(transport.Offer) transport.Offer{
		"empty":                 func(transport.Offer) transport.Offer { return transport.Offer{} },
		"too large":             func(o transport.Offer) transport.Offer { o.SDP += strings.Repeat("a=x\r\n", 60000); return o },
		"not a description":     sdp("v=0\r\n", "v=x\r\n"),
		"a line not described":  lines(func(l []transport.Line) []transport.Line { return l[:3] }),
		"a line described more": lines(func(l []transport.Line) []transport.Line { return append(l, l[0]) }),
		"65 lines": func(o transport.Offer) transport.Offer {
			for len(o.Lines) < 65 {
				o.SDP += "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
				o.Lines = append(o.Lines, transport.Line{Mid: fmt.Sprint(len(o.Lines)), Use: transport.SlotAudio, Slot: len(o.Lines)})
			}
			return o
		},
		"unknown use":               set(0, transport.Line{Mid: "0", Use: 77}),
		"two cameras":               set(0, transport.Line{Mid: "0", Use: transport.Camera}),
		"the camera as sound":       set(1, transport.Line{Mid: "1", Use: transport.ScreenAudio}),
		"a slot that sends":         set(0, transport.Line{Mid: "0", Use: transport.SlotAudio, Slot: 3}),
		"a sender that is a slot":   set(2, transport.Line{Mid: "2", Use: transport.ScreenAudio}),
		"a negative slot":           set(2, transport.Line{Mid: "2", Use: transport.SlotAudio, Slot: -1}),
		"a slot beyond the pool":    set(2, transport.Line{Mid: "2", Use: transport.SlotAudio, Slot: offer.MaxSlots}),
		"a camera with a slot":      set(1, transport.Line{Mid: "1", Use: transport.Camera, Slot: 1}),
		"another mid":               set(2, transport.Line{Mid: "9", Use: transport.SlotAudio}),
		"a mid twice":               set(2, transport.Line{Mid: "0", Use: transport.SlotAudio}),
		"a mid that is no token":    set(2, transport.Line{Mid: "a b", Use: transport.SlotAudio}),
		"a long mid":                set(2, transport.Line{Mid: strings.Repeat("a", 17), Use: transport.SlotAudio}),
		"a mid twice in the offer":  sdp("a=mid:2\r\n", "a=mid:0\r\n"),
		"inactive":                  sdp("a=sendonly", "a=inactive"),
		"both ways":                 sdp("a=sendonly", "a=sendrecv"),
		"two directions":            sdp("a=sendonly", "a=sendonly\r\na=recvonly"),
		"no direction":              sdp("a=recvonly\r\n", ""),
		"a rejected line":           sdp("m=audio 9", "m=audio 0"),
		"a data channel":            sdp("m=audio 9 UDP/TLS/RTP/SAVPF", "m=application 9 UDP/DTLS/SCTP"),
		"plain RTP":                 sdp("UDP/TLS/RTP/SAVPF", "RTP/AVP"),
		"no bundle":                 all(`a=group:BUNDLE[^\r]*\r\n`, ""),
		"a bundle without a line":   sdp("a=group:BUNDLE 0 1 2 3", "a=group:BUNDLE 0 1 2"),
		"a bundle of strangers":     sdp("a=group:BUNDLE 0 1 2 3", "a=group:BUNDLE 0 1 2 7"),
		"two bundles":               sdp("a=group:BUNDLE 0 1 2 3", "a=group:BUNDLE 0 1 2 3\r\na=group:BUNDLE 0 1 2 3"),
		"no rtcp-mux":               sdp("a=rtcp-mux\r\n", ""),
		"no ufrag":                  all(`a=ice-ufrag:[^\r]*\r\n`, ""),
		"no password":               all(`a=ice-pwd:[^\r]*\r\n`, ""),
		"another ufrag in one line": sdp("a=ice-ufrag:", "a=ice-ufrag:x"),
		"a short password":          all(`a=ice-pwd:[^\r]*`, "a=ice-pwd:short"),
		"a password of odd letters": all(`a=ice-pwd:[^\r]*`, "a=ice-pwd:aaaaaaaaaaaaaaaaaaaaaa<>"),
		"no fingerprint":            all(`a=fingerprint:[^\r]*\r\n`, ""),
		"an old hash":               all(`a=fingerprint:sha-256`, "a=fingerprint:sha-1"),
		"a fingerprint cut short":   all(`a=fingerprint:sha-256 (.{40})[^\r]*`, "a=fingerprint:sha-256 $1"),
		"a fingerprint of no hex":   all(`a=fingerprint:sha-256 ..`, "a=fingerprint:sha-256 ZZ"),
		"the server as DTLS client": all(`a=setup:actpass`, "a=setup:passive"),
		"no setup":                  all(`a=setup:actpass\r\n`, ""),
		"ice-lite":                  sdp("s=-\r\n", "s=-\r\na=ice-lite\r\n"),
		"no Opus":                   all(`opus/48000/2`, "opus/16000"),
		"no VP8":                    all(`VP8/90000`, "VP9/90000"),
		"a payload type of RTCP":    all(`\b111\b`, "72"),
		"a payload type too large":  all(`\b111\b`, "300"),
		"a fourth layer":            sdp("a=rid:q send\r\n", "a=rid:q send\r\na=rid:x send\r\n"),
		"a layer twice":             sdp("a=rid:h send\r\n", "a=rid:q send\r\n"),
		"a layer that receives":     sdp("a=rid:h send", "a=rid:h recv"),
		"a layer of odd letters":    all(`a=rid:h send`, "a=rid:h-1 send"),
		"layers without simulcast":  all(`a=simulcast:[^\r]*\r\n`, ""),
		"simulcast of strangers":    all(`a=simulcast:[^\r]*`, "a=simulcast:send q;h;x"),
		"alternatives of layers":    all(`a=simulcast:[^\r]*`, "a=simulcast:send q;h,f"),
		"layers both ways":          all(`a=simulcast:[^\r]*`, "a=simulcast:send q;h;f recv q"),
		"an extension id twice": func(o transport.Offer) transport.Offer {
			o.SDP = regexp.MustCompile(`a=extmap:\d+(/\w+)? urn:ietf:params:rtp-hdrext:sdes:mid`).ReplaceAllString(o.SDP,
				"a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid")
			return o
		},
		"an extension with two ids": func(o transport.Offer) transport.Offer {
			at := strings.LastIndex(o.SDP, "urn:ietf:params:rtp-hdrext:sdes:mid")
			begin := strings.LastIndex(o.SDP[:at], "a=extmap:")
			o.SDP = o.SDP[:begin] + "a=extmap:13 " + o.SDP[at:]
			return o
		},
		"an extension without a number": all(`a=extmap:\d+ urn:ietf:params:rtp-hdrext:sdes:mid`, "a=extmap:x urn:ietf:params:rtp-hdrext:sdes:mid"),
		"an ssrc of two lines": func(o transport.Offer) transport.Offer {
			o.SDP = strings.Replace(o.SDP, "a=mid:1\r\n", "a=mid:1\r\na=ssrc:77 cname:x\r\n", 1)
			o.SDP = strings.Replace(o.SDP, "a=mid:0\r\n", "a=mid:0\r\na=ssrc:77 cname:x\r\n", 1)
			return o
		},
		"many ssrcs": func(o transport.Offer) transport.Offer {
			var b strings.Builder
			for i := range 20 {
				fmt.Fprintf(&b, "a=ssrc:%d cname:x\r\n", 1000+i)
			}
			o.SDP = strings.Replace(o.SDP, "a=mid:0\r\n", "a=mid:0\r\n"+b.String(), 1)
			return o
		},
		"sound without its level":  all(`a=extmap:\d+ urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n`, ""),
		"an ssrc without a number": sdp("a=mid:0\r\n", "a=mid:0\r\na=ssrc:x cname:x\r\n"),
	} {
		if d, err := offer.Parse(spoil(browserOffer(t, "chromium-0"))); !errors.Is(err, transport.ErrBadOffer) {
			t.Errorf("%s: %v, %v", name, d, err)
		}
	}
}

func TestThePoolOnlyGrows(t *testing.T) {
	parse := func(o transport.Offer) *offer.Description {
		t.Helper()
		d, err := offer.Parse(o)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, browser := range []string{"chromium", "firefox"} {
		// Taken from one connection; Chromium begins each with the same credentials only within it.
		small, large := parse(browserOffer(t, browser+"-0")), parse(browserOffer(t, browser+"-1"))
		if err := large.Extends(small); err != nil {
			t.Errorf("%s: %v", browser, err)
		}
		if err := large.Extends(large); err != nil {
			t.Errorf("%s: the same again: %v", browser, err)
		}
		if err := small.Extends(large); !errors.Is(err, transport.ErrBadOffer) {
			t.Errorf("%s: lines taken away: %v", browser, err)
		}
		for name, change := range map[string]func(*offer.Description){
			"certificate":  func(d *offer.Description) { d.Fingerprint = "sha-256 AA" },
			"payload type": func(d *offer.Description) { d.VP8++ },
			"extension":    func(d *offer.Description) { d.MID++ },
			"use":          func(d *offer.Description) { d.Lines[0].Use = transport.ScreenAudio },
			"mid":          func(d *offer.Description) { d.Lines[2].Mid = "x" },
			"slot":         func(d *offer.Description) { d.Lines[2].Slot = 9 },
			"layers":       func(d *offer.Description) { d.Lines[1].RIDs = []string{"q"} },
		} {
			d := parse(browserOffer(t, browser+"-1"))
			change(d)
			if err := d.Extends(small); !errors.Is(err, transport.ErrBadOffer) {
				t.Errorf("%s: another %s: %v", browser, name, err)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range browsers {
		f.Add(browserOffer(f, name).SDP)
	}
	f.Fuzz(func(t *testing.T, sdp string) {
		o := browserOffer(t, "chromium-0")
		o.SDP = sdp
		n := strings.Count(sdp, "\nm=")
		for len(o.Lines) < n && n <= offer.MaxLines {
			o.Lines = append(o.Lines, transport.Line{Mid: fmt.Sprint(len(o.Lines)), Use: transport.SlotAudio, Slot: len(o.Lines)})
		}
		if n < len(o.Lines) {
			o.Lines = o.Lines[:n]
		}
		d, err := offer.Parse(o)
		if err != nil {
			if !errors.Is(err, transport.ErrBadOffer) {
				t.Fatalf("another error: %v", err)
			}
			return
		}
		again, err := offer.Parse(transport.Offer{SDP: d.String(), Lines: o.Lines})
		if err != nil {
			t.Fatalf("what was written anew is refused: %v\n%s", err, d)
		}
		if again.String() != d.String() {
			t.Fatalf("not the same when written twice:\n%s\n%s", d, again)
		}
	})
}

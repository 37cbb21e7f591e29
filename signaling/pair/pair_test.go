package pair

import (
	"net/netip"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var relay = netip.MustParseAddr("192.0.2.1")

func relayed(a netip.AddrPort) bool { return a.Addr() == relay }

const chromium = "v=0\r\no=- 5151 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n" +
	"m=audio 54321 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 203.0.113.9\r\na=rtcp:9 IN IP4 203.0.113.9\r\n" +
	"a=candidate:1 1 udp 2122260223 10.0.0.7 54321 typ host generation 0\r\na=candidate:2 1 udp 2 5e1c.local 5 typ host\r\na=end-of-candidates\r\n" +
	"a=ice-ufrag:abcd\r\na=ice-pwd:0123456789abcdef01234567\r\na=fingerprint:sha-256 AA:BB\r\na=mid:0\r\n"

func TestADescriptionNamesNoAddress(t *testing.T) {
	got, err := Description(chromium)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"203.0.113.9", "10.0.0.7", "127.0.0.1", ".local", "a=candidate", "end-of-candidates"} {
		if strings.Contains(got, secret) {
			t.Errorf("%q is in it", secret)
		}
	}
	for _, kept := range []string{"o=- 5151 2 IN IP4 0.0.0.0\r\n", "c=IN IP4 0.0.0.0\r\n", "a=ice-ufrag:abcd\r\n", "a=fingerprint:sha-256 AA:BB\r\n", "a=mid:0\r\n", "m=audio 54321 "} {
		if !strings.Contains(got, kept) {
			t.Errorf("%q is missing", kept)
		}
	}
	if again, err := Description(got); err != nil || again != got {
		t.Errorf("cleaned twice it is another: %v", err)
	}
}

func TestDescriptionsThatAreNone(t *testing.T) {
	for _, bad := range []string{
		"", "v=0", "v=0\r\n", "v=0\n", "hello\r\n", "v=0\r\nnonsense\r\n", "v=0\r\n\r\n", "v=0\r\no=1 2 3\r\n", "v=0\r\no=- a 2 IN IP4 1.2.3.4\r\n",
		"v=0\r\na=x\nc=IN IP4 1.2.3.4\r\n", "v=0\r\na=x\rc=IN IP4 1.2.3.4\r\n",
	} {
		if got, err := Description(bad); err == nil && bad != "v=0\r\n" {
			t.Errorf("%q became %q", bad, got)
		}
	}
}

func TestCandidates(t *testing.T) {
	for text, want := range map[string]string{
		"": "",
		"candidate:842163049 1 udp 41885439 192.0.2.1 50001 typ relay raddr 203.0.113.9 rport 4711 generation 0 ufrag abcd network-id 1 network-cost 10": "candidate:842163049 1 udp 41885439 192.0.2.1 50001 typ relay raddr 0.0.0.0 rport 0 generation 0 ufrag abcd network-id 1 network-cost 10",
		"candidate:1 1 UDP 92217086 192.0.2.1 50002 typ relay raddr 10.0.0.7 rport 9":                                                                    "candidate:1 1 UDP 92217086 192.0.2.1 50002 typ relay raddr 0.0.0.0 rport 0",
		"candidate:1 1 udp 1 192.0.2.1 50002 typ relay ufrag 203.0.113.9":                                                                                "candidate:1 1 udp 1 192.0.2.1 50002 typ relay raddr 0.0.0.0 rport 0",
	} {
		if got, err := Candidate(text, relayed); err != nil || got != want {
			t.Errorf("%q became %q (%v)", text, got, err)
		}
	}
	for _, bad := range []string{
		"candidate:1 1 udp 2122260223 10.0.0.7 54321 typ host", "candidate:1 1 udp 1685987071 203.0.113.9 54321 typ srflx raddr 10.0.0.7 rport 5",
		"candidate:1 1 udp 1 203.0.113.9 54321 typ relay", "candidate:1 1 udp 1 5e1c.local 54321 typ host", "candidate:1 1 udp 1 5e1c.local 54321 typ relay",
		"candidate:1 1 tcp 1 192.0.2.1 9 typ relay tcptype active", "candidate:1 1 udp 1 ::ffff:192.0.2.1 5 typ relay", "candidate:1 1 udp 1 192.0.2.1 x typ relay",
		"candidate:10.0.0.7 1 udp 1 192.0.2.1 5 typ relay", "candidate:1 10.0.0.7 udp 1 192.0.2.1 5 typ relay", "candidate:1 1 udp 10.0.0.7 192.0.2.1 5 typ relay",
		"a=candidate:1 1 udp 1 192.0.2.1 5 typ relay", "candidate:", "1 1 udp 1 192.0.2.1 5 typ relay",
	} {
		if got, err := Candidate(bad, relayed); err == nil {
			t.Errorf("%q became %q", bad, got)
		}
	}
}

var address = regexp.MustCompile(`\d+\.\d+\.\d+\.\d+|[0-9a-fA-F]*:[0-9a-fA-F]*:[0-9a-fA-F:.]+|[0-9a-f-]+\.local`)

// Whatever words a candidate is put together of, no address comes out but the relay's own and the unspecified one.
func TestNoCandidateNamesAnAddress(t *testing.T) {
	words := []string{
		"candidate:1", "1", "udp", "tcp", "41885439", "192.0.2.1", "10.0.0.7", "fe80::1", "2001:db8::7", "5e1c.local", "50001", "typ", "relay", "host", "raddr", "rport",
		"generation", "ufrag", "network-id", "10.1.2.3", "abcd", "tcptype", "candidate:10.0.0.7", "extension",
	}
	passed := 0
	rapid.Check(t, func(t *rapid.T) {
		text := "candidate:1 1 udp 1 192.0.2.1 50001 typ relay"
		if rapid.Bool().Draw(t, "any") {
			text = rapid.SampledFrom(words).Draw(t, "first")
		}
		for _, w := range rapid.SliceOfN(rapid.SampledFrom(words), 0, 10).Draw(t, "words") {
			text += " " + w
		}
		got, err := Candidate(text, relayed)
		if err != nil {
			return
		}
		passed++
		for _, found := range address.FindAllString(got, -1) {
			if found != "192.0.2.1" && found != "0.0.0.0" {
				t.Fatalf("%q became %q", text, got)
			}
		}
	})
	if passed == 0 {
		t.Error("none passed")
	}
}

func FuzzDescription(f *testing.F) {
	f.Add(chromium)
	f.Fuzz(func(t *testing.T, sdp string) {
		got, err := Description(sdp)
		if err != nil {
			return
		}
		if strings.Contains(got, "a=candidate") || len(got) > len(sdp)+64*strings.Count(sdp, "\r\n") {
			t.Errorf("%q became %q", sdp, got)
		}
		if again, err := Description(got); err != nil || again != got {
			t.Errorf("%q cleaned twice: %q, %v", sdp, again, err)
		}
	})
}

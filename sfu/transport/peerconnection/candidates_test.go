package peerconnection_test

import (
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtcp"

	"github.com/anteroom-video/anteroom/sfu/sfutest"
	"github.com/anteroom-video/anteroom/sfu/transport"
	"github.com/anteroom-video/anteroom/sfu/transport/icemux"
	"github.com/anteroom-video/anteroom/sfu/transport/peerconnection"
)

type deaf struct{}

func (deaf) RTP(*transport.Received)     {}
func (deaf) RTCP(rtcp.Packet, time.Time) {}
func (deaf) State(transport.State)       {}

// told are the addresses in an answer of a factory, as "protocol address port", in order of priority.
func told(t *testing.T, f *peerconnection.Factory) (list []string) {
	t.Helper()
	tr, err := f.New(deaf{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tr.Close() }()
	offer, err := sfutest.NewClient(t, sfutest.Options{Microphone: true, Pairs: 1}).Offer()
	if err != nil {
		t.Fatal(err)
	}
	answer, err := tr.Answer(t.Context(), offer)
	if err != nil {
		t.Fatal(err)
	}
	last := ""
	for _, m := range regexp.MustCompile(`a=candidate:\S+ 1 (\S+) (\d+) (\S+) (\d+) typ host( tcptype passive)?\r`).FindAllStringSubmatch(answer, -1) {
		if (m[1] == "tcp") != (m[5] != "") {
			t.Errorf("candidate %q", m[0])
		}
		if last != "" && m[2] >= last {
			t.Errorf("priority %s after %s", m[2], last)
		}
		last = m[2]
		list = append(list, strings.Join([]string{m[1], m[3], m[4]}, " "))
	}
	if strings.Count(answer, "candidate:") != len(list) {
		t.Errorf("other candidates in %s", answer)
	}
	return list
}

func TestClientsAreToldWhereToSend(t *testing.T) {
	open := func(at string, ips []netip.Addr, tcp bool) (*peerconnection.Factory, string, string) {
		t.Helper()
		socket, err := icemux.OpenUDP(netip.MustParseAddrPort(at), 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		c := peerconnection.Config{Socket: socket, IPs: ips}
		tcpPort := ""
		if tcp {
			if c.TCP, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
				t.Fatal(err)
			}
			_, tcpPort, _ = net.SplitHostPort(c.TCP.Addr().String())
		}
		f, err := peerconnection.New(c)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Close() })
		_, port, _ := net.SplitHostPort(f.MediaAddr().String())
		return f, port, tcpPort
	}
	f, port, _ := open("127.0.0.1:0", nil, false)
	if got := told(t, f); !slices.Equal(got, []string{"udp 127.0.0.1 " + port}) {
		t.Errorf("loopback: %v", got)
	}
	public := []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")}
	f, port, tcp := open("[::]:0", public, true)
	want := []string{"udp 192.0.2.1 " + port, "udp 2001:db8::1 " + port, "tcp 192.0.2.1 " + tcp, "tcp 2001:db8::1 " + tcp}
	if got := told(t, f); !slices.Equal(got, want) {
		t.Errorf("configured: %v", got)
	}
	f, _, _ = open("0.0.0.0:0", nil, false)
	got := told(t, f)
	if len(got) == 0 {
		t.Error("a wildcard tells nothing")
	}
	for _, c := range got {
		ip := netip.MustParseAddr(strings.Fields(c)[1])
		if ip.IsUnspecified() || ip.IsLoopback() && len(got) > 1 || !ip.Is4() {
			t.Errorf("a wildcard tells %v", got)
		}
	}
}

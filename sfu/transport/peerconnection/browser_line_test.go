//go:build browsers

package peerconnection_test

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtcp"

	"github.com/anteroom-video/anteroom/loadtest/impair"
	"github.com/anteroom-video/anteroom/sfu/transport"
)

// receiving takes one picture.
const receiving = `<!DOCTYPE html><title>line</title><script type="module">
const pc = new RTCPeerConnection();
const transceiver = pc.addTransceiver('video', { direction: 'recvonly' });
await pc.setLocalDescription();
const answer = await (await fetch('/offer', { method: 'POST', body: JSON.stringify({ sdp: pc.localDescription.sdp, mid: transceiver.mid }) })).text();
await pc.setRemoteDescription({ type: 'answer', sdp: answer });
</script>`

// reports keeps when each packet came, as a browser reports it, in microseconds of its clock.
type reports struct {
	mu        sync.Mutex
	connected chan struct{}
	arrived   map[uint16]int64
	reference int64
}

func (*reports) RTP(*transport.Received) {}

func (r *reports) State(s transport.State) {
	if s == transport.Connected {
		close(r.connected)
	}
}

func (r *reports) RTCP(p rtcp.Packet, _ time.Time) {
	f, ok := p.(*rtcp.TransportLayerCC)
	if !ok {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	at, n, deltas := int64(f.ReferenceTime)*64_000, f.BaseSequenceNumber, f.RecvDeltas
	status := func(symbol uint16) {
		if symbol == rtcp.TypeTCCPacketReceivedSmallDelta || symbol == rtcp.TypeTCCPacketReceivedLargeDelta {
			at += deltas[0].Delta
			deltas = deltas[1:]
			r.arrived[n] = at
		}
		n++
	}
	for _, chunk := range f.PacketChunks {
		switch c := chunk.(type) {
		case *rtcp.RunLengthChunk:
			for range c.RunLength {
				status(c.PacketStatusSymbol)
			}
		case *rtcp.StatusVectorChunk:
			for _, symbol := range c.SymbolList {
				status(symbol)
			}
		}
	}
}

// A real browser reports a line that becomes thin: 800 kbit/s are sent, whatever it says, on one that falls from 3 Mbit/s
// to 400 kbit/s.
func TestBrowserReportsItsLine(t *testing.T) {
	const (
		length, thins  = 12 * time.Second, 6 * time.Second
		bytes, packets = 1000, 3 // of each picture
		interval       = 33 * time.Millisecond
		overhead       = 72 // of a packet on the wire, as the engine counts it
	)
	r := reports{connected: make(chan struct{}), arrived: map[uint16]int64{}}
	line := impair.Settings{Rate: 3_000_000, Queue: time.Second, Delay: 35 * time.Millisecond}
	var relay *impair.Relay
	tr := browse(t, receiving, "", &r, transport.SlotVideo, func(answer string, socket netip.AddrPort) string {
		var err error
		if relay, err = impair.Listen(netip.AddrPortFrom(socket.Addr(), 0).String(), socket, line); err != nil {
			t.Error(err)
			return ""
		}
		ctx, stop := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() { defer close(done); _ = relay.Run(ctx) }()
		t.Cleanup(func() { stop(); <-done })
		port := func(a netip.AddrPort) string { return fmt.Sprintf(" %d typ", a.Port()) }
		return strings.ReplaceAll(answer, port(socket), port(relay.Addr()))
	})
	select {
	case <-r.connected:
	case <-time.After(20 * time.Second):
		t.Fatal("no connection")
	}
	stream, ok := tr.Stream(0, transport.Video)
	if !ok || !tr.FeedsBack() {
		t.Fatal("a stream, and reports of it, were not negotiated")
	}
	var sent []time.Duration
	payload := append([]byte{0x10}, make([]byte, bytes-1)...)
	pictures := time.NewTicker(interval)
	defer pictures.Stop()
	start := time.Now()
	for thin := false; time.Since(start) < length; <-pictures.C {
		if !thin && time.Since(start) >= thins {
			thin, line.Rate = true, 400_000
			relay.Change(line)
		}
		for i := range packets {
			n := uint16(len(sent))
			sent = append(sent, time.Since(start))
			p := transport.Packet{Payload: payload, Timestamp: uint32(90 * time.Since(start).Milliseconds()), Seq: n, Marker: i == packets-1, Codec: transport.VP8, TransportSeq: n}
			if err := stream.SendRTP(&p); err != nil {
				t.Fatal(err)
			}
		}
		tr.Flush()
	}
	time.Sleep(2 * time.Second) // the queue's second, and the report
	r.mu.Lock()
	defer r.mu.Unlock()
	var text strings.Builder
	text.WriteString("# What a Chromium reported of a line that falls from 3 Mbit/s to 400 kbit/s after 6 s, written by TestBrowserReportsItsLine.\nsent_us,arrived_us,bytes\n")
	first, late, lost := r.arrived[0], 0, 0
	for n, at := range sent {
		came, arrived := "", r.arrived[uint16(n)]
		if arrived != 0 {
			came = fmt.Sprint(arrived - first + 1) // zero is for never
		} else {
			lost++
		}
		if delay := time.Duration(arrived-first)*time.Microsecond - at; arrived != 0 && delay > 500*time.Millisecond {
			late++
		}
		fmt.Fprintf(&text, "%d,%s,%d\n", at.Microseconds(), came, bytes+overhead)
	}
	t.Logf("%d packets, %d over half a second late, %d lost", len(sent), late, lost)
	if first == 0 || late < 100 || lost < 100 || lost > len(sent)/2 {
		t.Error("not what was done to the line")
	}
	if *update {
		if err := os.WriteFile(filepath.Join("..", "..", "bwe", "testdata", "chromium.csv"), []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

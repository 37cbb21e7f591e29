package sfu_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtcp"

	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/sfu/sfutest"
)

// What a sender is told of his loss is what the network lost, whether or not it came in the end: a retransmission is a packet
// of another stream (RFC 4588 section 4).
func TestLossIsReportedBeforeRepair(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fakes := &sfutest.Fakes{}
		server, err := sfu.New(sfu.Config{Transports: fakes})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = server.Close(t.Context()) }()
		bob := sfutest.JoinFake(t, fakes, server.Room("room", nil), "bob", 1, false)
		vp8 := sfutest.NewVP8(2, 1, 640, 360)
		for i := range 100 {
			p := vp8.Frame(i == 0, 1)[0]
			bob.InjectAt(sfutest.FakeCamera, 0, p, i%10 == 9, time.Now()) // each tenth comes as an answer to a request
			time.Sleep(40 * time.Millisecond)
		}
		var last rtcp.ReceptionReport
		for _, p := range bob.RTCP() {
			if r, ok := p.(*rtcp.ReceiverReport); ok && len(r.Reports) > 0 {
				last = r.Reports[0]
			}
		}
		if share := float64(last.FractionLost) / 256; share < 0.07 || share > 0.13 || last.TotalLost < 5 || last.TotalLost > 10 {
			t.Errorf("%.2f were lost, %d in all, it is reported; a tenth was", share, last.TotalLost)
		}
	})
}

// Who neither sends nor is sent anything hears of the server twice a second, from which he knows that the way to it stands.
func TestABeatTwiceASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fakes := &sfutest.Fakes{}
		server, err := sfu.New(sfu.Config{Transports: fakes})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = server.Close(t.Context()) }()
		bob := sfutest.JoinFake(t, fakes, server.Room("room", nil), "bob", 1, false)
		const beat = 500 * time.Millisecond
		time.Sleep(2*beat + 10*time.Millisecond) // between two of them
		bob.RTCP()
		for i := range 20 {
			time.Sleep(beat)
			if told := bob.RTCP(); len(told) != 1 {
				t.Fatalf("in half second %d he was told %v, want one thing", i, told)
			}
		}
	})
}

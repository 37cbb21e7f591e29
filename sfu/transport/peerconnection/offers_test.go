package peerconnection_test

import (
	"errors"
	"fmt"
	"regexp"
	"testing"

	"github.com/anteroom-video/anteroom/sfu/sfutest"
	"github.com/anteroom-video/anteroom/sfu/transport"
)

var ufrag = regexp.MustCompile(`a=ice-ufrag:\S+`)

// TestOffersBeforeAConnectionAreBounded: who offers and never connects gets the same answer to the same offer, and
// answers to a few others.
func TestOffersBeforeAConnectionAreBounded(t *testing.T) {
	sfutest.NoLeaks(t)
	f := open(t, "127.0.0.1:0")
	defer func() { _ = f.Close() }()
	tr, err := f.New(deaf{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tr.Close() }()
	offer, err := sfutest.NewClient(t, sfutest.Options{Microphone: true, Pairs: 1}).Offer()
	if err != nil {
		t.Fatal(err)
	}
	first, err := tr.Answer(t.Context(), offer)
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if again, err := tr.Answer(t.Context(), offer); err != nil || again != first {
			t.Fatalf("the same offer: %v, the same answer %t", err, again == first)
		}
	}
	taken := 1
	for i := range 100 {
		other := offer
		other.SDP = ufrag.ReplaceAllString(offer.SDP, fmt.Sprintf("a=ice-ufrag:other%d", i))
		_, err := tr.Answer(t.Context(), other)
		if err == nil {
			taken++
		} else if !errors.Is(err, transport.ErrTooManyOffers) {
			t.Fatal(err)
		}
	}
	if taken != 16 {
		t.Errorf("%d offers taken", taken)
	}
}

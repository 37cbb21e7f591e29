package signaling_test

import (
	"testing"

	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// reoffer offers and gives the media session that there is then.
func (h *house) reoffer(p *peer, generation int) *media {
	h.t.Helper()
	if a, ok := p.ask(&wire.Offer{Generation: generation, SDP: "again"}).(*wire.Answer); !ok {
		h.t.Fatalf("generation %d: got %#v", generation, a)
	}
	return h.engine.has(h.t, p)
}

func (m *media) chosen() sfu.Choice {
	m.engine.mu.Lock()
	defer m.engine.mu.Unlock()
	return m.choice
}

// What somebody wants to receive holds from before the first offer over generations, until he is outside.
func TestQuality(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	anna.ok(&wire.Quality{Choice: wire.ChoiceSaver})
	first := h.offer(anna)
	equal(t, "said before", first.chosen(), sfu.ChoiceSaver)
	anna.ok(&wire.Quality{Choice: wire.ChoiceSound})
	equal(t, "said now", first.chosen(), sfu.ChoiceSound)
	anna.drop()
	anna = anna.comeBack(false)
	equal(t, "over a lost socket", h.reoffer(anna, 2).chosen(), sfu.ChoiceSound)
	counsellor.ok(&wire.PutBack{Participant: anna.id()})
	anna.refused(&wire.Quality{Choice: wire.ChoiceHigh}, wire.CodeWrongState)
	counsellor.admit(anna)
	equal(t, "let in again", h.offer(anna).chosen(), sfu.Choice(""))
}

// What is said of views and of the browser reaches the engine whole.
func TestStageAndSVC(t *testing.T) {
	h := newHouse(t)
	_, anna := h.call()
	anna.ask(&wire.Offer{Generation: 1, SDP: "one", SVC: true, Lines: wire.List[wire.Line]{{Mid: "4", Use: wire.UseScreen}}})
	m := h.engine.has(t, anna)
	anna.ask(&wire.Offer{Generation: 1, SDP: "two"})
	equal(t, "offers", m.offers, []sfu.Offer{{SDP: "one", SVC: true, Lines: []sfu.Line{{Mid: "4", Use: "screen"}}}, {SDP: "two", Lines: []sfu.Line{}}})
	anna.ok(&wire.View{Views: wire.List[wire.Viewed]{{Publication: "u1", Width: 2, Height: 1, Stage: true}, {Publication: "u2"}}})
	equal(t, "views", m.views, []sfu.View{{Publication: "u1", Width: 2, Height: 1, Stage: true}, {Publication: "u2"}})
}

// adapts checks that exactly this is told of the present media session, in this order.
func (p *peer) adapts(what string, want ...wire.Body) {
	p.t.Helper()
	var got []wire.Body
	for range want {
		m := p.take(isAdaptation)
		if m == nil {
			p.t.Fatalf("%s: told %+v, want %+v", what, got, want)
		}
		got = append(got, m.Body)
	}
	equal(p.t, what, got, want)
	none[*wire.Demand](p)
	none[*wire.PicturesPaused](p)
	none[*wire.Codec](p)
}

func isAdaptation(m wire.Message) bool {
	switch m.Body.(type) {
	case *wire.Demand, *wire.PicturesPaused, *wire.Codec:
		return true
	}
	return false
}

// Demand, paused pictures and codec are of one media session: told after its answer, again with every answer and every
// welcome that keeps it, and no more when there is another.
func TestAdaptation(t *testing.T) {
	h := newHouse(t)
	_, anna := h.call()
	h.engine.set(func() { h.engine.answering, h.engine.answered = make(chan struct{}), make(chan struct{}) })
	anna.put(wire.Message{ID: 100, Body: &wire.Offer{Generation: 1, SDP: "slow"}})
	<-h.engine.answering
	m := h.engine.has(t, anna)
	layers := []int{0, 1}
	m.handler.Demand("camera", layers)
	layers[0] = 7 // the engine's own
	m.handler.PicturesPaused([]string{"u2"})
	m.handler.Codec("vp9")
	close(h.engine.answered)
	if first := anna.take(func(m wire.Message) bool { return m.ID == 100 || isAdaptation(m) }); first == nil || first.ID != 100 {
		t.Errorf("before the answer came %+v", first)
	}
	camera := &wire.Demand{Source: wire.SourceCamera, Layers: wire.List[int]{0, 1}}
	paused, vp9 := &wire.PicturesPaused{Publications: wire.List[string]{"u2"}}, &wire.Codec{Video: wire.CodecVP9}
	anna.adapts("after it", camera, paused, vp9)

	m.handler.Demand("screen", nil)
	screen := &wire.Demand{Source: wire.SourceScreen, Layers: wire.List[int]{}}
	anna.adapts("at once", screen)
	m.handler.Demand("camera", []int{2})
	camera = &wire.Demand{Source: wire.SourceCamera, Layers: wire.List[int]{2}}
	m.handler.PicturesPaused(nil)
	anna.adapts("changed", camera, &wire.PicturesPaused{Publications: wire.List[string]{}})

	h.reoffer(anna, 1)
	anna.adapts("after another answer", camera, screen, vp9)
	anna.drop()
	m.handler.Codec("vp8")
	anna = anna.comeBack(false)
	equal(t, "media kept", anna.self.Kept, true)
	vp8 := &wire.Codec{Video: wire.CodecVP8}
	anna.adapts("after a lost socket", camera, screen, vp8)

	second := h.reoffer(anna, 2)
	m.handler.Demand("camera", []int{0})
	anna.adapts("of another session nothing yet")
	second.handler.PicturesPaused([]string{"u3"})
	anna.adapts("of the new one", &wire.PicturesPaused{Publications: wire.List[string]{"u3"}})
	anna = anna.comeBack(true)
	anna.adapts("on a new page nothing")
}

// lineOf waits for the next word about somebody's line.
func (p *peer) lineOf(of *peer, want wire.LineQuality) {
	p.t.Helper()
	equal(p.t, "line", expect[*wire.LineChanged](p), &wire.LineChanged{Participant: of.id(), Quality: want})
}

// How good a line is, those who moderate are told, of everybody else.
func TestLines(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	cara := h.join("cara", newDevice(t))
	waiting := h.join("cara", newDevice(t)) // moderates, and is not in
	ben := h.join("ben", newDevice(t))
	own, hers := h.offer(counsellor), h.offer(anna)
	hers.handler.Line(sfu.LineBad)
	counsellor.lineOf(anna, wire.LineBad)
	cara.lineOf(anna, wire.LineBad)
	hers.handler.Line(sfu.LineBad) // no news
	own.handler.Line(sfu.LineMid)
	cara.lineOf(counsellor, wire.LineMid)
	for _, p := range []*peer{counsellor, anna, ben, cara, waiting} {
		none[*wire.LineChanged](p)
	}

	own.handler.Line(sfu.LineGood)
	cara.lineOf(counsellor, wire.LineGood)
	cara.drop()
	cara = cara.comeBack(false)
	cara.lineOf(anna, wire.LineBad)
	other := h.counsel()
	other.lineOf(anna, wire.LineBad)
	counsellor.admit(waiting)
	waiting.lineOf(anna, wire.LineBad)
	for _, p := range []*peer{counsellor, other} {
		none[*wire.LineChanged](p)
	}

	// Another media session begins anew, and what the old one says late is not heard.
	again := h.reoffer(anna, 2)
	counsellor.lineOf(anna, wire.LineGood)
	other.lineOf(anna, wire.LineGood)
	hers.handler.Line(sfu.LineMid)
	again.handler.Line(sfu.LineMid)
	counsellor.lineOf(anna, wire.LineMid)
	counsellor.ok(&wire.PutBack{Participant: anna.id()})
	counsellor.lineOf(anna, wire.LineGood)
	counsellor.admit(anna)
	h.offer(anna)
	none[*wire.LineChanged](counsellor)
}

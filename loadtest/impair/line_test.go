package impair

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var begin = time.Unix(1000, 0)

// Whatever the line is: nothing arrives before it was sent and was under way for the delay, nothing overtakes, no more than
// the rate carries, and the same again gives the same.
func TestLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Settings{
			Loss:   rapid.Float64Range(0, 1).Draw(t, "loss"),
			Delay:  time.Duration(rapid.IntRange(0, 200).Draw(t, "delay")) * time.Millisecond,
			Jitter: time.Duration(rapid.IntRange(0, 50).Draw(t, "jitter")) * time.Millisecond,
			Rate:   rapid.IntRange(0, 5_000_000).Draw(t, "rate"),
			Queue:  time.Duration(rapid.IntRange(1, 1000).Draw(t, "queue")) * time.Millisecond,
		}
		one, two := NewLine(s, 7), NewLine(s, 7)
		now, last := begin, begin
		carried := 0
		for range rapid.IntRange(1, 200).Draw(t, "packets") {
			now = now.Add(time.Duration(rapid.IntRange(0, 20).Draw(t, "gap")) * time.Millisecond)
			bytes := rapid.IntRange(1, 1500).Draw(t, "bytes")
			at, ok := one.Send(bytes, now)
			again, okAgain := two.Send(bytes, now)
			if !at.Equal(again) || ok != okAgain {
				t.Fatal("not the same again")
			}
			if !ok {
				continue
			}
			if at.Before(now.Add(s.Delay)) || at.Before(last) {
				t.Fatalf("sent at %v, arrives %v, the one before %v", now, at, last)
			}
			if s.Rate > 0 && at.Sub(now) > s.Delay+s.Jitter+s.Queue+time.Duration(float64(8*bytes)/float64(s.Rate)*float64(time.Second))+s.Jitter {
				t.Fatalf("waited %v", at.Sub(now))
			}
			last = at
			carried += bytes
		}
		if took := last.Sub(begin); s.Rate > 0 && float64(8*carried) > float64(s.Rate)*took.Seconds()*1.001+8 {
			t.Fatalf("%d bytes in %v over %d bit/s", carried, took, s.Rate)
		}
	})
}

func TestLossIsWhatWasAskedFor(t *testing.T) {
	l, lost := NewLine(Settings{Loss: 0.05}, 1), 0
	for i := range 20_000 {
		if _, ok := l.Send(100, begin.Add(time.Duration(i)*time.Millisecond)); !ok {
			lost++
		}
	}
	if lost < 800 || lost > 1200 {
		t.Errorf("%d of 20,000 were lost", lost)
	}
}

func TestSettingsByName(t *testing.T) {
	var s Settings
	for name, value := range map[string]string{"loss": "5%", "delay": "50ms", "jitter": "3ms", "rate": "300k", "queue": "1s"} {
		if err := s.Set(name, value); err != nil {
			t.Error(err)
		}
	}
	if want := (Settings{0.05, 50 * time.Millisecond, 3 * time.Millisecond, 300_000, time.Second}); s != want {
		t.Errorf("%+v", s)
	}
	for _, bad := range [][2]string{{"loss", "150%"}, {"loss", "NaN"}, {"loss", "x"}, {"delay", "-1s"}, {"delay", "2h"}, {"rate", "fast"}, {"rate", "-3"}, {"colour", "red"}} {
		if err := s.Set(bad[0], bad[1]); err == nil {
			t.Errorf("%v was taken", bad)
		}
	}
}

func TestSettingsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ms := func(name string) time.Duration {
			return time.Duration(rapid.IntRange(0, 60_000).Draw(t, name)) * time.Millisecond
		}
		want := Settings{
			Loss: rapid.Float64Range(0, 1).Draw(t, "loss"), Rate: rapid.IntRange(0, 10_000_000_000).Draw(t, "rate"),
			Delay: ms("delay"), Jitter: ms("jitter"), Queue: ms("queue"),
		}
		data, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got Settings
		if err := json.Unmarshal(data, &got); err != nil || got != want {
			t.Fatalf("%s: %+v, %v; want %+v", data, got, err, want)
		}
	})
	for _, wrong := range []string{`{"loss":5}`, `{"loss":"200%"}`, `{"colour":"red"}`, `[]`} {
		var s Settings
		if json.Unmarshal([]byte(wrong), &s) == nil {
			t.Errorf("accepted %s", wrong)
		}
	}
}

package auth

import (
	"testing"
	"time"
)

// However many are asked for, memory has an end, and what is forgotten is not good.
func TestChallengesAreBounded(t *testing.T) {
	now := time.Unix(0, 0)
	c := newChallenges()
	var given []Challenge
	for range maxChallenges + 500 {
		given = append(given, c.give("t", "", now))
	}
	if len(c.open) != maxChallenges {
		t.Fatalf("%d are open", len(c.open))
	}
	good := 0
	for _, one := range given {
		if c.take(one, "t", "", now) {
			good++
		}
	}
	if good != maxChallenges || len(c.open) != 0 {
		t.Errorf("%d were good, %d are left", good, len(c.open))
	}
	c.give("t", "", now)
	c.drop(now.Add(ChallengeLife - 1))
	if len(c.open) != 1 {
		t.Error("one was dropped before its time")
	}
	c.drop(now.Add(ChallengeLife))
	if len(c.open) != 0 {
		t.Error("one was not dropped")
	}
}

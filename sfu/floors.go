package sfu

import (
	"slices"
	"sync"
	"time"

	"github.com/anteroom-video/anteroom/sfu/speaker"
	"github.com/anteroom-video/anteroom/sfu/transport"
)

// floors are who speaks in a room, group by group: who is heard in one is nothing to another. Safe for concurrent use.
type floors struct {
	mu sync.Mutex // guards the following field

	of map[uint32]*floor // by the number of the group
}

// floor is who speaks in one group.
type floor struct {
	detector *speaker.Detector[string]
	loudest  []string // who is heard where not everybody can be; of the room's goroutine
	name     string   // of the group, once anything was told of it
}

// floorChange is what is to be told of a group.
type floorChange struct {
	group    string
	dominant string
	speaking []string
}

// level notes how loud a session's microphone is, where it may be heard now: who was muted or moved meanwhile must not come back.
func (f *floors) level(s *Session, level uint8, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	at := s.gate.load()
	if !at.out(transport.Microphone) {
		return
	}
	x := f.of[at.group()]
	if x == nil {
		x = &floor{detector: speaker.New[string]()}
		f.of[at.group()] = x
	}
	x.detector.Level(s.participant, level, now)
}

// remove forgets somebody who was muted, moved or is gone.
func (f *floors) remove(participant string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, x := range f.of {
		x.detector.Remove(participant)
	}
}

// clear forgets everybody.
func (f *floors) clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.of = map[uint32]*floor{}
}

// decide gives what changed. names are the groups that there are, by number; of others nobody speaks any more.
func (f *floors) decide(names map[uint32]string, now time.Time) (changes []floorChange) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for group, x := range f.of {
		if names[group] != "" {
			continue
		}
		delete(f.of, group)
		if x.name != "" {
			changes = append(changes, floorChange{group: x.name})
		}
	}
	for group, x := range f.of {
		if change, changed := x.detector.Decide(now); changed {
			x.name = names[group]
			changes = append(changes, floorChange{x.name, change.Dominant, change.Speaking})
		}
	}
	return changes
}

// heard reports whether somebody is among those whom a group that is too large for everybody hears. A group that nobody was heard in hears all.
func (f *floors) heard(group uint32, participant string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	x := f.of[group]
	return x == nil || slices.Contains(x.loudest, participant)
}

// listen finds the loudest of each group.
func (f *floors) listen(now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, x := range f.of {
		x.loudest = x.detector.Loudest(x.loudest[:0], topVoices, now)
	}
}

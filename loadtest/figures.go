package loadtest

import (
	"slices"
	"sync"
	"time"

	"github.com/anteroom-video/anteroom/loadtest/media"
	"github.com/anteroom-video/anteroom/loadtest/report"
)

// figures is what is known of a test so far.
type figures struct {
	mu sync.Mutex // guards the following
	// people who are in.
	people []*person
	// left is what those had who went since the last look.
	left   collected
	errors map[string]int
	// Joins that were begun, and that led to media of others.
	begun, joined int
	// What those took whom a counsellor let in, from their beginning and from his click.
	joins, admissions []time.Duration
}

// collected is what people sent and received between two looks.
type collected struct {
	sent            uint64
	opened, dropped uint64 // frames, where they are sealed
	came            media.Interval
}

func (c *collected) add(o collected) {
	c.sent += o.sent
	c.opened += o.opened
	c.dropped += o.dropped
	c.came.Add(o.came)
}

func (f *figures) failed(cause string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.errors[cause]++
}

// joining notes that somebody begins to join.
func (f *figures) joining() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.begun++
}

// interrupted notes that a join came to no end because the test did.
func (f *figures) interrupted() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.begun--
}

// entered notes somebody who is in a room.
func (f *figures) entered(p *person) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.people = append(f.people, p)
}

// arrived notes that somebody has the media of others.
func (f *figures) arrived(p *person) {
	first, ok := p.probe.FirstAt()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.joined++
	if ok && p.admitted > 0 {
		f.joins, f.admissions = append(f.joins, first-p.began), append(f.admissions, first-p.admitted)
	}
}

// went takes leave of somebody.
func (f *figures) went(p *person) {
	last := p.collect()
	f.mu.Lock()
	defer f.mu.Unlock()
	if i := slices.Index(f.people, p); i >= 0 {
		f.people = slices.Delete(f.people, i, i+1)
		f.left.add(last)
	}
}

// collect gives what happened since the last look.
func (f *figures) collect() collected {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.left
	f.left = collected{}
	for _, p := range f.people {
		c.add(p.collect())
	}
	return c
}

// progress says how many of the joins led to media.
func (f *figures) progress() (joined int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.joined
}

// into writes what is known of joins and errors into a result.
func (f *figures) into(result *report.Result) {
	f.mu.Lock()
	defer f.mu.Unlock()
	result.Joins, result.Joined, result.Errors = f.begun, f.joined, f.errors
	result.JoinToMedia, result.AdmitToMedia = report.Of(f.joins), report.Of(f.admissions)
}

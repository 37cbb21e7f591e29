package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/anteroom-video/anteroom/loadtest"
)

// plainEvery is how often a line is written where there is no terminal.
const plainEvery = 10 * time.Second

// progress shows where a load test stands: on a terminal as a bar that moves, elsewhere as a line now and then.
type progress struct {
	w        io.Writer
	name     string
	terminal bool

	mu sync.Mutex // guards the following
	// said is when the last plain line was written, since the beginning of the measurement; joined what it said.
	said   time.Duration
	joined int
}

func newProgress(w io.Writer, name string) *progress {
	file, ok := w.(*os.File)
	return &progress{w: w, name: name, terminal: ok && term.IsTerminal(int(file.Fd())), said: -plainEvery, joined: -1}
}

const barWidth = 24

func (p *progress) tell(now loadtest.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	share := float64(now.Joined) / float64(max(now.Joins, 1))
	text := fmt.Sprintf("%d of %d in", now.Joined, now.Joins)
	if s := now.Second; s != nil {
		share = now.Done.Seconds() / now.Whole.Seconds()
		text = fmt.Sprintf("%.0f of %.0f s   latency p50 %.1f ms, p99 %.1f ms   loss %.2f %%   %.1f Mbit/s",
			now.Done.Seconds(), now.Whole.Seconds(), s.Latency.P50, s.Latency.P99, 100*s.Loss(), s.Bitrate()/1e6)
		if s.Server != nil {
			text += fmt.Sprintf("   server %.0f %%", 100*s.Server.CPU)
		}
	}
	if p.terminal {
		full := min(int(share*barWidth), barWidth)
		fmt.Fprintf(p.w, "\r\x1b[K%s [%s%s] %s", p.name, strings.Repeat("#", full), strings.Repeat(".", barWidth-full), text)
		if now.Second != nil && now.Done >= now.Whole {
			fmt.Fprintln(p.w)
		}
		return
	}
	if now.Second == nil && now.Joined == p.joined {
		return
	}
	// What would come within a second before the end waits for it.
	if now.Second != nil && now.Done < now.Whole && (now.Done-p.said < plainEvery || now.Whole-now.Done < time.Second) {
		return
	}
	p.joined = now.Joined
	if now.Second != nil {
		p.said = now.Done
	}
	fmt.Fprintf(p.w, "%s: %s\n", p.name, text)
}

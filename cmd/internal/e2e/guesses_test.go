package e2e

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/cmd/internal/config"
	"github.com/anteroom-video/anteroom/signaling/client"
	"github.com/anteroom-video/anteroom/signaling/client/credential"
)

// attempt is one way of guessing.
type attempt struct {
	name  string
	field string // of the body: auth of a link, code
	many  bool   // from a network each; else all from one address
}

var attempts = []attempt{
	{"links from one address", "auth", false},
	{"links from a network each", "auth", true},
	{"codes from one address", "code", false},
	{"codes from a network each", "code", true},
}

// looked is how many guesses may be looked at in this time.
func (a attempt) looked(in time.Duration) int {
	seconds := in.Seconds() + 1
	switch {
	case a.field == "auth" && a.many:
		return -1 // 2^128 are too many for any number of addresses, and a right one must not be refused for its neighbours
	case a.field == "auth":
		return 12 + int(seconds/5)
	case a.many:
		return 200 + int(20*seconds)
	}
	return 10 + int(seconds/10)
}

// T-01: at full speed none is right, no more are looked at than may be, memory stays bounded, and who has a link comes in meanwhile, within the
// time that is measured. A million of each kind are BenchmarkAMillionGuesses.
func TestGuesses(t *testing.T) {
	s := open(t, behindAProxy)
	s.codes = true
	for _, a := range attempts {
		t.Run(a.name, func(t *testing.T) {
			r := guess(t, s, a, 12_000/slowdown)
			t.Log(r)
			if r.looked == 0 || r.slowest > slowdown*bearableJoin {
				t.Errorf("%d were looked at, the slowest of those who joined took %v", r.looked, r.slowest)
			}
		})
	}
}

// bearableJoin is how long a person may take to come into the waiting room meanwhile: the machine is the attacker's too.
const bearableJoin = 3 * time.Second

// BenchmarkAMillionGuesses are a million of each kind. `make bench` runs it once.
func BenchmarkAMillionGuesses(b *testing.B) {
	for _, a := range attempts {
		b.Run(strings.ReplaceAll(a.name, " ", "_"), func(b *testing.B) {
			s := open(b, behindAProxy)
			s.codes = true
			for b.Loop() {
				r := guess(b, s, a, 1_000_000)
				b.Log(r)
				b.ReportMetric(float64(r.guesses)/r.took.Seconds(), "guesses/s")
				b.ReportMetric(float64(r.looked), "looked-at")
				b.ReportMetric(float64(r.grown)/(1<<20), "MB-grown")
				b.ReportMetric(float64(r.median.Milliseconds()), "ms-join-median")
				b.ReportMetric(float64(r.slowest.Milliseconds()), "ms-join-slowest")
			}
		})
	}
}

// behindAProxy believes this machine which address a request comes from, so that one machine can have as many as it likes.
func behindAProxy(c *config.Config) {
	c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
}

// guessed is what came of it.
type guessed struct {
	guesses, looked, refused int
	took                     time.Duration
	joined                   int
	median, slowest          time.Duration // of those who joined by their links meanwhile
	typed, typedIn           int           // tries of somebody who types the right code at an address of his own, and how many got him in
	afterwards               time.Duration // until he is in when it is over
	grown                    int64         // bytes that are held more than before, at most
}

func (g guessed) String() string {
	return fmt.Sprintf("%d guesses in %v, %.0f a second: %d looked at, %d refused; beside them %d joined by link, median %v, slowest %v; %d of %d tries with the right code got in, afterwards within %v; %.1f MB more at most",
		g.guesses, g.took.Round(time.Millisecond), float64(g.guesses)/g.took.Seconds(), g.looked, g.refused, g.joined, g.median.Round(time.Millisecond), g.slowest.Round(time.Millisecond),
		g.typedIn, g.typed, g.afterwards.Round(time.Millisecond), float64(g.grown)/(1<<20))
}

// guess guesses so often, at full speed, and checks what holds of any number of guesses.
func guess(t testing.TB, s *site, a attempt, guesses int) (r guessed) {
	t.Helper()
	const rooms, guessers = 10, 4
	var links []string
	for range rooms {
		links = append(links, s.invite("Anna", "Ben").links...)
	}
	code := typedCode(t, links[0])
	before := held()
	done := make(chan struct{})
	var beside sync.WaitGroup
	var joins []time.Duration
	beside.Go(func() { // each by a link of his own, so that only the guesses can be in his way
		for i := 0; ; i++ {
			began := time.Now()
			call, err := client.Join(context.Background(), links[i%len(links)], client.Options{NoMedia: true, HTTP: fromAddress("127.0.0.8")})
			if err != nil {
				t.Errorf("somebody with a link does not come in: %v", err)
				return
			}
			joins = append(joins, time.Since(began))
			_ = call.Leave(context.Background())
			select {
			case <-done:
				return
			case <-time.After(100 * time.Millisecond):
			}
		}
	})
	types := func() int {
		resp, err := fromAddress("127.0.0.9").Post(s.node.Origin()+"/api/v1/links/check", "application/json", strings.NewReader(`{"code":"`+code+`"}`))
		if err != nil {
			t.Error(err)
			return 0
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	beside.Go(func() {
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for {
			r.typed++
			switch status := types(); status {
			case http.StatusOK:
				r.typedIn++
			case http.StatusTooManyRequests:
			default:
				t.Errorf("the right code is answered %d", status)
			}
			select {
			case <-done:
				return
			case <-tick.C:
				if r.typed%10 == 0 { // it stops the node for a moment
					r.grown = max(r.grown, held()-before)
				}
			}
		}
	})

	began := time.Now()
	var mu sync.Mutex
	var all sync.WaitGroup
	counts := map[int]int{}
	for g := range guessers {
		all.Go(func() {
			mine, err := s.guesser(a, g).guess(guesses / guessers)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			for status, n := range mine {
				counts[status] += n
			}
		})
	}
	all.Wait()
	r.took = time.Since(began)
	close(done)
	beside.Wait()
	over := time.Now()
	eventually(t, patience, "who types the right code is in afterwards", func() bool { return types() == http.StatusOK })
	r.afterwards = time.Since(over)
	r.grown = max(r.grown, held()-before)

	r.guesses, r.looked, r.refused = guesses, counts[http.StatusNotFound], counts[http.StatusTooManyRequests]
	if r.looked+r.refused != guesses {
		t.Errorf("guesses were answered with %v", counts)
	}
	if most := a.looked(r.took); most >= 0 && r.looked > most {
		t.Errorf("%d guesses were looked at in %v, at most %d may be", r.looked, r.took, most)
	}
	// Each limiter remembers 65,536 addresses; a hundred bytes each, and what the runtime has not yet given back.
	if bound := int64(64 << 20); r.grown > bound {
		t.Errorf("%d MB more are held", r.grown>>20)
	}
	slices.Sort(joins)
	if r.joined = len(joins); r.joined == 0 {
		t.Fatal("nobody joined beside the guesses")
	}
	r.median, r.slowest = joins[len(joins)/2], joins[len(joins)-1]
	if a.field == "auth" || !a.many {
		if r.typedIn != r.typed {
			t.Errorf("of %d tries with the right code %d got in", r.typed, r.typedIn)
		}
	}
	return r
}

// held is the memory in use that is reachable, or was a moment ago.
func held() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// codeOf is what a page sends that the link's code was typed into.
func typedCode(t testing.TB, link string) string {
	t.Helper()
	_, secret, err := credential.ParseLink(link)
	must(t, err)
	auth := secret.Code().Auth()
	return base64.RawURLEncoding.EncodeToString(auth[:])
}

// guesser sends guesses over one connection as fast as they go.
type guesser struct {
	attempt
	address string
	number  uint32
	next    uint32
}

func (s *site) guesser(a attempt, number int) *guesser {
	return &guesser{attempt: a, address: strings.TrimPrefix(s.node.Origin(), "http://"), number: uint32(number)}
}

// guess sends so many, fifty at a time without waiting for answers, and counts the answers by status.
func (g *guesser) guess(guesses int) (map[int]int, error) {
	counts := map[int]int{}
	conn, err := net.Dial("tcp", g.address)
	if err != nil {
		return counts, err
	}
	defer conn.Close()
	answers := bufio.NewReaderSize(conn, 64<<10)
	var batch bytes.Buffer
	for left := guesses; left > 0; {
		n := min(left, 50)
		left -= n
		batch.Reset()
		for range n {
			batch.Write(g.request())
		}
		if _, err := conn.Write(batch.Bytes()); err != nil {
			return counts, err
		}
		for range n {
			status, err := skip(answers)
			if err != nil {
				return counts, err
			}
			counts[status]++
		}
	}
	return counts, nil
}

// request is one guess.
func (g *guesser) request() []byte {
	var secret [32]byte
	rand.Read(secret[:])
	body := fmt.Sprintf(`{%q:%q}`, g.field, base64.RawURLEncoding.EncodeToString(secret[:]))
	from := "192.0.2.1"
	if g.many {
		var a [16]byte
		a[0], a[1] = 0x20, 0x01
		binary.BigEndian.PutUint32(a[2:], g.number<<28|g.next) // a /48 network for each
		g.next++
		from = netip.AddrFrom16(a).String()
	}
	return fmt.Appendf(nil, "POST /api/v1/links/check HTTP/1.1\r\nHost: %s\r\nX-Forwarded-For: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", g.address, from, len(body), body)
}

// skip reads one answer over and gives its status.
func skip(r *bufio.Reader) (status int, err error) {
	length := 0
	for first := true; ; first = false {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		text := strings.TrimSpace(string(line))
		if first {
			_, number, _ := strings.Cut(text, " ")
			if status, err = strconv.Atoi(number[:3]); err != nil {
				return 0, err
			}
		} else if text == "" {
			break
		} else if name, value, _ := strings.Cut(text, ": "); name == "Content-Length" {
			if length, err = strconv.Atoi(value); err != nil {
				return 0, err
			}
		}
	}
	_, err = r.Discard(length)
	return status, err
}

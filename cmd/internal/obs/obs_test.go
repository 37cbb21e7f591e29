package obs

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"pgregory.net/rapid"
)

func TestRedact(t *testing.T) {
	for in, want := range map[string]string{
		"read udp 192.0.2.7:3478: refused":                             "read udp 192.0.2.*:3478: refused",
		"peer 2001:db8:1:2:3:4:5:6 gone":                               "peer 2001:db8:1::* gone",
		"dial [2001:db8::7]:443: timeout":                              "dial [2001:db8::*]:443: timeout",
		"fe80::1%eth0":                                                 "fe80::*",
		"::ffff:192.0.2.7":                                             "192.0.2.*",
		"10:20:30 o'clock":                                             "10:20:30 o'clock",
		"https://host/j#AAAAAAAAAAAAAAAAAAAAAA is no link":             "https://host/j#[withheld] is no link",
		"bad ticket eyJhbGciOiJFZERTQSJ9.e30.c2lnAAAAAAAAAAAAAAAAAAAA": "bad ticket eyJhbGciOiJFZERTQSJ9.e30.[withheld]",
		"room MZXW6YTBOI5GK4TFMZXW6YTBOI is full":                      "room [withheld] is full",
		"open /var/lib/anteroom/store.db: permission denied":           "open /var/lib/anteroom/store.db: permission denied",
		"": "",
	} {
		if got := Redact(in); got != want {
			t.Errorf("Redact(%q)\n got %q\nwant %q", in, got, want)
		}
	}
}

func TestNoAddressSurvives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var addr netip.Addr
		if rapid.Bool().Draw(t, "v4") {
			addr = netip.AddrFrom4([4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "bytes")))
		} else {
			addr = netip.AddrFrom16([16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "bytes")))
		}
		port := rapid.Uint16().Draw(t, "port")
		format := rapid.SampledFrom([]string{"%s", "from %s.", "read udp %s->[::]:1: reset", "(%s)", "addr=%s,"}).Draw(t, "format")
		for _, text := range []string{addr.String(), netip.AddrPortFrom(addr, port).String(), addr.StringExpanded()} {
			if got := Redact(fmt.Sprintf(format, text)); strings.Contains(got, text) {
				t.Fatalf("%q came through in %q", text, got)
			}
		}
	})
}

// secretive holds a person's name in a type that forgot to redact itself.
type secretive struct{ Peer net.Addr }

func TestLogsCarryNoPersonalData(t *testing.T) {
	for _, json := range []bool{false, true} {
		var out bytes.Buffer
		log := NewLogger(&out, slog.LevelDebug, json)
		log = log.With("client_addr", netip.MustParseAddr("203.0.113.77"))
		log.WithGroup("room").Info("from 203.0.113.77",
			"name", "Ada Canary", "peer_label", []byte("Canary"), "link", "https://h/j#x",
			"err", fmt.Errorf("joining: %w", errors.New("dial 203.0.113.77:1: no route to Q0FOQVJZQ0FOQVJZQ0FOQVJZ")),
			"at", netip.MustParseAddrPort("203.0.113.77:9"), "ip", net.IPv4(203, 0, 113, 77), "raw", []byte("203.0.113.77"),
			"struct", secretive{&net.UDPAddr{IP: net.IPv4(203, 0, 113, 77), Port: 1}},
			slog.Group("inner", "token", "Canary"), "count", 3)
		got := out.String()
		for _, leak := range []string{"Canary", "113.77", "Q0FO", "h/j"} {
			if strings.Contains(got, leak) {
				t.Errorf("json %v: %q is in the log: %s", json, leak, got)
			}
		}
		for _, kept := range []string{"203.0.113.*", "no route", "count", "3"} {
			if !strings.Contains(got, kept) {
				t.Errorf("json %v: %q is missing from the log: %s", json, kept, got)
			}
		}
	}
}

func TestLogLevel(t *testing.T) {
	var out bytes.Buffer
	log := NewLogger(&out, slog.LevelWarn, false)
	log.Info("quiet")
	log.Warn("loud")
	if got := out.String(); strings.Contains(got, "quiet") || !strings.Contains(got, "loud") {
		t.Error(got)
	}
}

func TestAdmin(t *testing.T) {
	var health error
	ready := true
	metrics := NewMetrics("v0")
	metrics.Register([]Family{{Name: "anteroom_rooms", Help: "Rooms.", Gauge: true}, {Name: "anteroom_dropped_total", Help: "Drops.", Labels: []string{"reason"}}},
		func() [][]Sample { return [][]Sample{{{Value: 2}}, {{1, []string{"late"}}, {4, []string{"muted"}}}} })
	metrics.RegisterHistogram("anteroom_wait_seconds", "Waits.", func() Histogram {
		return Histogram{Bounds: []time.Duration{time.Second, time.Minute}, Counts: []uint64{1, 2, 4}, Sum: 5 * time.Minute}
	})
	metrics.Request("/api/v1/rooms/{room}", 404, time.Millisecond)
	server := httptest.NewServer(Admin{
		Metrics: metrics, Logger: slog.New(slog.DiscardHandler), Ready: func() bool { return ready },
		Health: func(ctx context.Context) error {
			if _, bounded := ctx.Deadline(); !bounded {
				return errors.New("no deadline")
			}
			return health
		},
	}.Handler())
	defer server.Close()

	get := func(path string, status int) string {
		t.Helper()
		resp, err := http.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var body bytes.Buffer
		body.ReadFrom(resp.Body)
		if resp.StatusCode != status {
			t.Errorf("GET %s: %d, want %d: %s", path, resp.StatusCode, status, body.String())
		}
		return body.String()
	}
	var status struct{ Status string }
	if err := json.Unmarshal([]byte(get("/healthz", 200)), &status); err != nil || status.Status != "ok" {
		t.Errorf("%v %v", status, err)
	}
	get("/readyz", 200)
	health, ready = errors.New("no media"), false
	get("/healthz", 503)
	get("/readyz", 503)
	text := get("/metrics", 200)
	for _, want := range []string{
		"anteroom_rooms 2", `anteroom_wait_seconds_bucket{le="60"} 3`, `anteroom_wait_seconds_bucket{le="+Inf"} 7`, "anteroom_wait_seconds_sum 300",
		`anteroom_dropped_total{reason="muted"} 4`, `anteroom_build_info{version="v0"} 1`, "go_goroutines", "process_resident_memory_bytes",
		`anteroom_http_requests_total{route="/api/v1/rooms/{room}",status="4xx"} 1`, `anteroom_http_request_seconds_count{route="/api/v1/rooms/{room}"} 1`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("/metrics lacks %s", want)
		}
	}
	get("/debug/pprof/goroutine?debug=1", 200)
	if problems, err := testutil.GatherAndLint(metrics.registry); err != nil || len(problems) > 0 {
		t.Errorf("%v %v", problems, err)
	}
}

func FuzzRedact(f *testing.F) {
	f.Add("2001:db8::1 1.2.3.4 #AAAAAAAAAA")
	f.Fuzz(func(t *testing.T, s string) {
		once := Redact(s)
		if twice := Redact(once); len(s) < 1000 && twice != once {
			t.Errorf("redacting %q again changes it: %q, %q", s, once, twice)
		}
	})
}

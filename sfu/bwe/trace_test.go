package bwe

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/pion/interceptor/pkg/twcc"
)

// A trace is what happened to each packet of a call: when it was sent, when it came (by whatever clock; empty: never)
// and its size on the wire. It is a CSV file with the columns sent_us, arrived_us, bytes, in the order of sending; lines
// that begin with # are comments. Of those in testdata chromium.csv is what a real browser reported (a test of
// sfu/transport/peerconnection writes it), the others were made by the simulated line (BWE_RECORD=1 makes them again); a
// trace that was captured on another line can be put beside them.
type trace []traced

type traced struct {
	sent, arrived int64
	came          bool
	bytes         int
}

func readTrace(r io.Reader) (trace, error) {
	c := csv.NewReader(r)
	c.Comment, c.FieldsPerRecord = '#', 3
	rows, err := c.ReadAll()
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 || strings.Join(rows[0], ",") != "sent_us,arrived_us,bytes" {
		return nil, fmt.Errorf("columns are not sent_us, arrived_us, bytes")
	}
	var all trace
	for i, row := range rows[1:] {
		var p traced
		if p.sent, err = strconv.ParseInt(row[0], 10, 64); err != nil {
			return nil, err
		}
		if p.came = row[1] != ""; p.came {
			if p.arrived, err = strconv.ParseInt(row[1], 10, 64); err != nil {
				return nil, err
			}
		}
		if p.bytes, err = strconv.Atoi(row[2]); err != nil || p.bytes <= 0 || p.bytes > 65_535 {
			return nil, fmt.Errorf("row %d: %q bytes", i+1, row[2])
		}
		if i > 0 && p.sent < all[i-1].sent {
			return nil, fmt.Errorf("row %d was sent before the one above", i+1)
		}
		all = append(all, p)
	}
	return all, nil
}

// replay plays a trace with feedback each 70 ms. What was sent is as it was, whatever the estimator says.
func (all trace) replay(t *testing.T, way int64) log {
	t.Helper()
	e := New(Config{Start: 1_000_000})
	recorder := twcc.NewRecorder(1)
	start := all[0].sent
	offset := int64(100) * second // arrival times from before the first are fine
	var course log
	var underway []traced
	sent := 0
	for now := start; sent < len(all) || now < all[len(all)-1].sent+second; now += millisecond {
		for ; sent < len(all) && all[sent].sent <= now; sent++ {
			e.Sent(Packet{Seq: uint16(sent), Bytes: all[sent].bytes}, at(all[sent].sent))
			p := all[sent]
			p.bytes = sent // its number from here on
			if p.came {
				underway = append(underway, p)
			}
		}
		for len(underway) > 0 && underway[0].arrived-all[0].arrived+all[0].sent+way <= now {
			recorder.Record(2, uint16(underway[0].bytes), underway[0].arrived+offset)
			underway = underway[1:]
		}
		if (now-start)%(70*millisecond) == 0 {
			for _, p := range recorder.BuildFeedbackPacket() {
				if err := e.Feedback(overTheWire(t, p), at(now+way)); err != nil {
					t.Fatal(err)
				}
			}
		}
		if (now-start)%(20*millisecond) == 0 {
			e.Tick(at(now))
			course = append(course, sample{at: now - start, target: float64(e.Target()), told: e.Queueing().Microseconds(), loss: e.Loss()})
		}
		if sent == len(all) && len(underway) == 0 && now > all[len(all)-1].sent+second {
			break
		}
	}
	return course
}

func TestTraces(t *testing.T) {
	recordings := map[string]call{
		// 800 kbit/s through Wi-Fi of 3 Mbit/s.
		"wifi.csv": {wire: wire{rate: steadily(3e6), delay: 10 * millisecond, jitter: wifi(8*millisecond, 60*millisecond), loss: randomly(0.01)},
			need: func(int64) int { return 800_000 }},
		// 800 kbit/s through a mobile network that falls to 400 kbit/s after 6 s, with a queue of a second.
		"mobile.csv": {wire: wire{rate: stepping(3e6, 6*second, 400e3), queue: second, delay: 35 * millisecond},
			need: func(int64) int { return 800_000 }},
	}
	if os.Getenv("BWE_RECORD") != "" {
		for name, c := range recordings {
			writeTrace(t, name, c)
		}
	}
	files, err := filepath.Glob("testdata/*.csv")
	if err != nil || len(files) < len(recordings) {
		t.Fatal(files, err)
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			file, err := os.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			all, err := readTrace(file)
			if err != nil {
				t.Fatal(err)
			}
			l := all.replay(t, 20*millisecond)
			switch filepath.Base(name) {
			case "wifi.csv":
				if least := l.between(3*second, 12*second).least(); least < 700_000 {
					t.Errorf("takes jitter for a thin line: %.0f", least)
				}
			case "mobile.csv", "chromium.csv": // the same line, simulated and real
				if before := l.between(3*second, 6*second).least(); before < 700_000 {
					t.Errorf("%.0f on the fast line", before)
				}
				under := l.between(6*second, 12*second).first(func(s sample) bool { return s.target < 400_000 })
				if under > 7*second {
					t.Errorf("under the line at %d ms", under/millisecond)
				}
				most := int64(0)
				for _, s := range l.between(6*second, 12*second) {
					most = max(most, s.told)
				}
				if most < 500*millisecond {
					t.Errorf("tells a queue of %d ms", most/millisecond)
				}
			default:
				for _, s := range l {
					if s.target < 30_000 || s.target > 20_000_000 {
						t.Fatalf("%+v", s)
					}
				}
			}
		})
	}
}

// writeTrace makes a trace of a call in which the target is fixed: else there would be no queue to see.
func writeTrace(t *testing.T, name string, c call) {
	t.Helper()
	c.config = Config{Start: 800_000, Min: 800_000, Max: 800_000}
	var all trace
	c.trace = func(p parcel, arrived int64) {
		all = append(all, traced{sent: p.sentAt, arrived: arrived, came: arrived != 0, bytes: p.bytes})
	}
	c.run(t, 1, 12*second)
	slices.SortStableFunc(all, func(a, b traced) int { return cmp.Compare(a.sent, b.sent) })
	var b strings.Builder
	b.WriteString("# Made by the simulated line of this package's tests.\nsent_us,arrived_us,bytes\n")
	for _, p := range all {
		arrived := ""
		if p.came {
			arrived = strconv.FormatInt(p.arrived, 10)
		}
		fmt.Fprintf(&b, "%d,%s,%d\n", p.sent, arrived, p.bytes)
	}
	if err := os.WriteFile(filepath.Join("testdata", name), []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

package codec

import (
	"bufio"
	"encoding/hex"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// captured is the beginning of one packet that a real browser sent, and its Dependency Descriptor. The files are written by
// sfu/transport/peerconnection's TestBrowserIsUnderstood, which checks the present browser as well.
type captured struct {
	layer               int
	payload, descriptor []byte
}

func captures(tb testing.TB, name string) (all []captured) {
	tb.Helper()
	file, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		fields := strings.Split(lines.Text(), " ")
		layer, err1 := strconv.Atoi(fields[0])
		payload, err2 := hex.DecodeString(fields[1])
		descriptor, err3 := hex.DecodeString(fields[2])
		if err1 != nil || err2 != nil || err3 != nil {
			tb.Fatal(lines.Text())
		}
		all = append(all, captured{layer, payload, descriptor})
	}
	if len(all) < 100 {
		tb.Fatalf("%d packets in %s", len(all), name)
	}
	return all
}

// What a browser's payloads say and what its descriptors say is the same, in every packet.
func TestCapturesAgree(t *testing.T) {
	t.Run("VP8", func(t *testing.T) {
		structures, keys := map[int]*Structure{}, 0
		for i, c := range captures(t, "chromium-vp8.txt") {
			if structures[c.layer] == nil {
				structures[c.layer] = &Structure{}
			}
			p, err := ParseVP8(c.payload)
			if err != nil {
				t.Fatalf("packet %d: %v", i, err)
			}
			d, err := ParseDescriptor(c.descriptor, structures[c.layer])
			if err != nil {
				t.Fatalf("packet %d: %v", i, err)
			}
			if p.FrameStart != d.StartOfFrame || p.Keyframe != d.Keyframe || p.HasTID && p.TID != d.Temporal {
				t.Fatalf("packet %d: %+v and %+v", i, p, d)
			}
			if p.Keyframe {
				keys++
				if d.Size != (Resolution{p.Width, p.Height}) {
					t.Errorf("packet %d: %d×%d and %v", i, p.Width, p.Height, d.Size)
				}
			}
		}
		if keys == 0 {
			t.Error("no key frame")
		}
	})
	t.Run("VP9", func(t *testing.T) {
		var s Structure
		keys, upper := 0, 0
		for i, c := range captures(t, "chromium-vp9.txt") {
			p, err := ParseVP9(c.payload)
			if err != nil {
				t.Fatalf("packet %d: %v", i, err)
			}
			d, err := ParseDescriptor(c.descriptor, &s)
			if err != nil {
				t.Fatalf("packet %d: %v", i, err)
			}
			if p.Begin != d.StartOfFrame || p.End != d.EndOfFrame || p.SID != d.Spatial || p.TID != d.Temporal || p.Keyframe != d.Keyframe {
				t.Fatalf("packet %d: %+v and %+v", i, p, d)
			}
			if p.Keyframe {
				keys++
			}
			if p.SID > 0 {
				upper++
			}
		}
		if keys == 0 || upper == 0 {
			t.Errorf("%d key frames, %d packets above the lowest layer", keys, upper)
		}
	})
}

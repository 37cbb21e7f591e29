package archtest

import (
	"strings"
	"testing"
)

// leaves are pure: bytes and time in, decisions out.
var leaves = []string{"sfu/seqmap", "sfu/cache", "sfu/codec", "sfu/layer", "sfu/speaker", "sfu/bwe", "sfu/alloc", "sfu/quality"}

// arrow says what packages must not need. Paths of ours are without the module's.
type arrow struct {
	from  []string
	never []string
	// far: not even through others. Otherwise their own imports alone count.
	far bool
	why string
}

var arrows = []arrow{
	{
		from: []string{"sfu/..."}, never: []string{"lobby/...", "signaling/...", "web/...", "cmd/...", "loadtest/..."}, far: true,
		why: "media knows no names, roles or accounts: what it does not know it cannot leak or get wrong",
	},
	{
		from: []string{"turn/..."}, never: []string{"sfu/...", "lobby/...", "signaling/...", "web/...", "cmd/...", "loadtest/..."}, far: true,
		why: "a relay knows sessions by credential alone",
	},
	{
		from: []string{"lobby/..."}, never: []string{"sfu/...", "turn/...", "signaling/...", "web/...", "cmd/...", "loadtest/..."}, far: true,
		why: "the domain knows no packets and no sockets",
	},
	{
		from: []string{"lobby/receipt"}, never: []string{"lobby", "lobby/auth/...", "lobby/token", "lobby/sqlstore", "lobby/memstore", "net", "net/http", "os", "log/slog"},
		why: "a receipt knows nobody: numbers, times and words are given to it, and it goes nowhere by itself",
	},
	{
		from: leaves, never: []string{"net", "net/http", "github.com/pion/webrtc/v4/..."}, far: true,
		why: "the leaves of sfu are tested by the hour in a millisecond: no network, no WebRTC",
	},
	{
		from: leaves, never: []string{"os", "io/fs", "log", "log/slog", "context"},
		why: "the leaves of sfu decide; they read no file, write no log and wait for nothing",
	},
	{
		from:  []string{"addr"},
		never: []string{"sfu/...", "turn/...", "lobby/...", "signaling/...", "web/...", "cmd/...", "loadtest/...", "net", "net/http", "os"}, far: true,
		why: "everything that counts by address stands on it: it may stand on nothing of ours, and is a rule, not a connection",
	},
	{
		from:  []string{"...", "!sfu/transport/peerconnection", "!sfu/health", "!sfu/transport/transporttest", "!sfu/sfutest", "!signaling/client/..."},
		never: []string{"github.com/pion/webrtc/v4/...", "github.com/pion/ice/v4/..."},
		why:   "the engine stands on package transport: only what implements it, and clients, know Pion's connections",
	},
	{
		from: []string{"signaling/wire"}, never: []string{"sfu/...", "lobby/...", "signaling/room", "signaling/conn", "signaling/session", "net", "net/http"}, far: true,
		why: "the messages are shared by server, client and load test",
	},
	{
		from: []string{"signaling/conn"}, never: []string{"sfu/...", "lobby/...", "signaling/room", "signaling/session"}, far: true,
		why: "a socket carries bytes without meaning",
	},
	{
		from: []string{"signaling/room"}, never: []string{"sfu/...", "signaling/conn", "signaling/session", "github.com/coder/websocket/...", "net", "net/http"}, far: true,
		why: "the live room is a state machine: no sockets and no media, so that its commands can cross nodes",
	},
	{
		from: []string{"signaling/..."}, never: []string{"web/...", "cmd/...", "loadtest/..."}, far: true,
		why: "signalling stands below the pages",
	},
	{
		from: []string{"signaling/client/..."}, never: []string{"sfu/...", "lobby/...", "signaling", "signaling/room", "signaling/conn", "signaling/session"}, far: true,
		why: "the client is what others are given: it knows the server by its documents alone",
	},
	{
		from: []string{"signaling/client/credential"}, never: []string{"net", "net/http", "os", "sfu/...", "lobby/...", "signaling/..."},
		why: "derivations talk to nobody",
	},
	{
		from: []string{"loadtest/..."}, never: []string{"sfu/...", "lobby/...", "web/...", "signaling", "signaling/room", "signaling/conn", "signaling/session", "cmd/..."}, far: true,
		why: "the load test is a black-box client; a verdict on ourselves must not come from inside",
	},
	{
		from: []string{"web/..."}, never: []string{"sfu/...", "signaling/...", "turn/...", "cmd/...", "loadtest/..."}, far: true,
		why: "pages and API speak to the live rooms through interfaces of their own",
	},
	{
		from: []string{"web"}, never: []string{"lobby/..."}, far: true,
		why: "a page is the same for everybody",
	},
	{
		from: []string{"cmd/internal/node"}, never: []string{"signaling/client/frame", "signaling/client/sealer", "signaling/client/circle", "signaling/client"}, far: true,
		why: "the server has no code to open an encrypted frame, nor to take part in a call",
	},
	{
		from: []string{"...", "!cmd/anteroom", "!cmd/internal/node", "!cmd/internal/e2e"}, never: []string{"cmd/internal/node"},
		why: "the composition root knows everything and is known by the command alone",
	},
	{
		from: []string{"...", "!lobby/sqlstore"}, never: []string{"database/sql", "database/sql/driver", "modernc.org/sqlite/...", "github.com/jackc/pgx/..."},
		why: "only sqlstore speaks SQL",
	},
	{
		from: []string{"...", "!signaling/cluster/natsbus", "!cmd/internal/node"}, never: []string{"github.com/nats-io/..."},
		why: "the bus is a seam",
	},
	{
		from:  []string{"cmd/internal/node", "sfu/...", "!sfu/sfutest", "signaling/...", "!signaling/client/...", "turn/...", "lobby/...", "web/..."},
		never: recorders, far: true,
		why: "never records: the server has no code that writes media into a file",
	},
}

// recorders are packages that make files or streams of media, or decode it.
var recorders = []string{
	"github.com/pion/webrtc/v4/pkg/media/ivfwriter", "github.com/pion/webrtc/v4/pkg/media/oggwriter", "github.com/pion/webrtc/v4/pkg/media/h264writer",
	"github.com/pion/webrtc/v4/pkg/media/h265writer", "github.com/pion/webrtc/v4/pkg/media/rtpdump", "github.com/pion/webrtc/v4/pkg/media/samplebuilder",
	"github.com/pion/mediadevices/...", "github.com/at-wat/ebml-go/...", "github.com/asticode/go-astiav/...", "github.com/yapingcat/gomedia/...",
	"github.com/bluenviron/mediacommon/...", "github.com/bluenviron/gortsplib/...", "github.com/yutopp/go-rtmp/...", "github.com/abema/go-mp4/...",
	"github.com/Eyevinn/mp4ff/...", "github.com/hraban/opus/...", "gopkg.in/hraban/opus.v2/...", "golang.org/x/image/vp8",
}

func TestArrows(t *testing.T) {
	for _, a := range arrows {
		each(t, a.from, func(p pkg) {
			needs := p.Imports
			if a.far {
				needs = p.Deps
			}
			for _, need := range needs {
				short := strings.TrimPrefix(need, module+"/")
				if matches(short, a.never) && short != p.path() {
					t.Errorf("%s needs %s\n\tbut %s", p.path(), short, a.why)
				}
			}
		})
	}
}

// A rule that no package falls under holds nothing. Packages that are still to come are named here.
func TestEveryArrowHasItsPackage(t *testing.T) {
	future := []string{"signaling/cluster/natsbus"}
	for _, a := range arrows {
		for _, pattern := range a.from {
			name := strings.TrimPrefix(pattern, "!")
			if matches(strings.TrimSuffix(name, "/..."), future) || name == "..." {
				continue
			}
			found := false
			each(t, []string{name}, func(pkg) { found = true })
			if !found {
				t.Errorf("no package is called %s", name)
			}
		}
	}
}

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		path     string
		patterns []string
		want     bool
	}{
		{"sfu", []string{"sfu"}, true}, {"sfu/cache", []string{"sfu"}, false}, {"sfu/cache", []string{"sfu/..."}, true}, {"sfu", []string{"sfu/..."}, true},
		{"sfutest", []string{"sfu/..."}, false}, {"a", []string{"...", "!a"}, false}, {"b", []string{"...", "!a"}, true}, {"sfu/x", []string{"sfu/...", "!sfu/x"}, false},
	} {
		if got := matches(c.path, c.patterns); got != c.want {
			t.Errorf("%s in %v: %v", c.path, c.patterns, got)
		}
	}
}

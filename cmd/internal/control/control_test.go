package control

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/auth"
	"github.com/anteroom-video/anteroom/lobby/sqlstore"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func place(t *testing.T) Place {
	t.Helper()
	dir := t.TempDir()
	return Place{
		StateDir: filepath.Join(dir, "state"), StoreKey: filepath.Join(dir, "key"), Tenant: lobby.DefaultTenant,
		Assumed: "https://h", Logger: slog.New(slog.DiscardHandler), Fresh: true,
	}
}

func reach(t *testing.T, p Place) *Client {
	t.Helper()
	c, err := Reach(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// live remembers what of the live rooms was ended.
type live struct {
	rooms    []lobby.RoomID
	accounts []lobby.AccountID
	occupied lobby.RoomID
	handed   []lobby.HandedOver
}

func (l *live) EndRoom(_ context.Context, id lobby.RoomID, _ lobby.Ended) (string, error) {
	l.rooms = append(l.rooms, id)
	return "", nil
}
func (l *live) Occupied(id lobby.RoomID) bool { return l.occupied == id }
func (l *live) HandOver(_ context.Context, h lobby.HandedOver) error {
	l.handed = append(l.handed, h)
	return nil
}
func (l *live) SignOut(_ context.Context, id lobby.AccountID) error {
	l.accounts = append(l.accounts, id)
	return nil
}

// serve runs what a node runs of this package, until the test ends or stop is called.
func serveNode(t *testing.T, p Place) (ended *live, stop func()) {
	t.Helper()
	folder, err := Own(p.StateDir)
	if err != nil {
		t.Fatal(err)
	}
	store, err := sqlstore.Open(t.Context(), sqlstore.Config{Dir: p.StateDir, KeyFile: p.StoreKey})
	if err != nil {
		t.Fatal(err)
	}
	rooms, err := lobby.New(store, time.Now, lobby.ShippedPolicies())
	if err != nil {
		t.Fatal(err)
	}
	if err := KeepOrigin(t.Context(), store, "https://node"); err != nil {
		t.Fatal(err)
	}
	l, err := folder.Listen()
	if err != nil {
		t.Fatal(err)
	}
	ended = &live{}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() {
		served <- Serve(ctx, l, &Operations{
			Tenant: p.Tenant, Lobby: rooms, Auth: auth.New(store, time.Now, auth.Config{Cheap: true}), Origin: "https://node", Live: ended, Policies: lobby.ShippedCatalogue(), Logger: p.Logger,
		})
	}()
	stop = func() {
		cancel()
		if err := errors.Join(<-served, store.Close(), folder.Close()); err != nil {
			t.Error(err)
		}
	}
	return ended, stop
}

func keys() *Keys {
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	return &Keys{Auth: [32]byte{1}, PublicKey: key.PublicKey().Bytes(), WrappedPrivateKey: []byte("wrapped")}
}

func newRoom(counsellor string) NewRoom {
	return NewRoom{
		Counsellor: counsellor, Kind: lobby.Once, WrappedSecret: []byte("sealed"),
		Persons: []NewPerson{{Role: lobby.RoleClient, Label: "Frau M.", LinkHash: sha256.Sum256([]byte(rand.Text())), SealedLink: []byte("link")}},
	}
}

// The same operations, whichever way they are reached.
func TestOperations(t *testing.T) {
	for name, withNode := range map[string]bool{"of a node": true, "on the store": false} {
		t.Run(name, func(t *testing.T) {
			p := place(t)
			ended := &live{}
			if withNode {
				var stop func()
				ended, stop = serveNode(t, p)
				defer stop()
			}
			c := reach(t, p)
			defer c.http.CloseIdleConnections()
			ctx := t.Context()

			service, err := c.Service(ctx)
			if err != nil || service.Tenant != "default" || service.Origin != map[bool]string{true: "https://node", false: "https://h"}[withNode] {
				t.Errorf("%+v %v", service, err)
			}
			ada, err := c.AddCounsellor(ctx, Credentials{Name: " Ada ", DisplayName: "Ada L.", Keys: keys()})
			if err != nil || ada.Name != "ada" || ada.ID == "" || ada.SetupLink != "" {
				t.Fatalf("%+v %v", ada, err)
			}
			if _, err := c.AddCounsellor(ctx, Credentials{Name: "ADA", Keys: keys()}); !errors.Is(err, lobby.ErrConflict) {
				t.Errorf("the same name again: %v", err)
			}
			if _, err := c.AddCounsellor(ctx, Credentials{Name: "", Keys: keys()}); !errors.Is(err, lobby.ErrInvalid) {
				t.Errorf("no name: %v", err)
			}
			bea, err := c.AddCounsellor(ctx, Credentials{Name: "bea"})
			if err != nil || !strings.HasPrefix(bea.SetupLink, service.Origin+"/setup#") || len(bea.SetupLink) < 40 {
				t.Errorf("%+v %v", bea, err)
			}
			list, err := c.Counsellors(ctx)
			if err != nil || len(list) != 1 || list[0].Name != "ada" || list[0].Disabled {
				t.Errorf("%+v %v", list, err)
			}

			asked := newRoom("ada")
			asked.Lines = 1080
			room, err := c.CreateRoom(ctx, asked)
			if err != nil || room.Counsellor != "ada" || room.Persons != 1 || room.Policy != lobby.DefaultPolicy || room.Lines != 1080 {
				t.Fatalf("%+v %v", room, err)
			}
			if _, err := c.CreateRoom(ctx, newRoom("nobody")); !errors.Is(err, lobby.ErrNotFound) {
				t.Errorf("a room of nobody: %v", err)
			}
			forbidden := newRoom("ada")
			forbidden.Kind, forbidden.Policy = lobby.Series, "schule"
			if _, err := c.CreateRoom(ctx, forbidden); !errors.Is(err, lobby.ErrNotAllowed) {
				t.Errorf("a room that the policy forbids: %v", err)
			}
			between := newRoom("ada")
			between.Lines = 900
			if _, err := c.CreateRoom(ctx, between); !errors.Is(err, lobby.ErrInvalid) || !strings.Contains(err.Error(), "lines") {
				t.Errorf("a room of 900 lines: %v", err)
			}
			for _, counsellor := range []string{"", "ada"} {
				if rooms, err := c.Rooms(ctx, counsellor); err != nil || len(rooms) != 1 || rooms[0].ID != room.ID || rooms[0].Lines != 1080 {
					t.Errorf("%+v %v", rooms, err)
				}
			}
			if _, err := c.HandOver(ctx, HandOver{Room: room.ID, To: "nobody"}); !errors.Is(err, ErrNoCounsellor) {
				t.Errorf("handed to nobody: %v", err)
			}
			if _, err := c.HandOver(ctx, HandOver{Room: room.ID, To: "ada"}); !errors.Is(err, lobby.ErrInvalid) {
				t.Errorf("handed to whose it is: %v", err)
			}
			if end, err := c.EndRoom(ctx, room.ID); err != nil || !end.Deleted {
				t.Errorf("%+v %v", end, err)
			}
			if _, err := c.EndRoom(ctx, room.ID); !errors.Is(err, lobby.ErrNotFound) {
				t.Errorf("ended twice: %v", err)
			}

			reset, err := c.ResetCounsellor(ctx, Credentials{Name: "ada"})
			if err != nil || reset.SetupLink == "" {
				t.Errorf("%+v %v", reset, err)
			}
			if disabled, err := c.DisableCounsellor(ctx, "ada"); err != nil || !disabled.Disabled {
				t.Errorf("%+v %v", disabled, err)
			}
			if _, err := c.CreateRoom(ctx, newRoom("ada")); !errors.Is(err, lobby.ErrNotAllowed) {
				t.Errorf("a room of a disabled account: %v", err)
			}
			if again, err := c.ResetCounsellor(ctx, Credentials{Name: "ada", Keys: keys()}); err != nil || again.Disabled {
				t.Errorf("%+v %v", again, err)
			}
			if withNode && (!slices.Equal(ended.rooms, []lobby.RoomID{room.ID}) || !slices.Equal(ended.accounts, []lobby.AccountID{ada.ID, ada.ID, ada.ID})) {
				t.Errorf("live: %+v", ended)
			}
		})
	}
}

// Links begin with what was said, or with what the node says, or with what it kept when it ran last, or with what may be assumed.
func TestOrigin(t *testing.T) {
	p := place(t)
	p.Assumed = ""
	begins := func(p Place, want string) {
		t.Helper()
		c, err := Reach(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { // not later: one process at a time has the store
			c.http.CloseIdleConnections()
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}()
		if origin, err := c.Origin(t.Context()); origin != want || errors.Is(err, ErrNoOrigin) != (want == "") {
			t.Errorf("%+v: links begin with %q, want %q: %v", p, origin, want, err)
		}
		for _, ask := range []func(context.Context, Credentials) (Counsellor, error){c.AddCounsellor, c.ResetCounsellor} {
			made, err := ask(t.Context(), Credentials{Name: "ada"})
			if want == "" && !errors.Is(err, ErrNoOrigin) || want != "" && !strings.HasPrefix(made.SetupLink, want+"/setup#") && !errors.Is(err, lobby.ErrNotFound) {
				t.Errorf("%+v: %+v %v", p, made, err)
			}
		}
	}
	assumed, said := p, p
	assumed.Assumed, said.Origin = "http://localhost:1", "https://said"
	begins(p, "")
	begins(assumed, "http://localhost:1")
	begins(said, "https://said")
	_, stop := serveNode(t, p)
	begins(p, "https://node")
	begins(assumed, "https://node")
	begins(said, "https://said")
	stop()
	begins(p, "https://node")
	begins(assumed, "https://node")
	begins(said, "https://said")
}

func TestOneOwner(t *testing.T) {
	p := place(t)
	folder, err := Own(p.StateDir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Own(p.StateDir); !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), p.StateDir) || !strings.Contains(err.Error(), "--state-dir") {
		t.Errorf("owned twice: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := Reach(ctx, p); !errors.Is(err, ErrInUse) {
		t.Errorf("a store behind its owner's back: %v", err)
	}
	// The command that came too early is answered as soon as the node has its socket, or has gone.
	reached := make(chan error, 1)
	go func() {
		c, err := Reach(t.Context(), p)
		if err == nil {
			_, err = c.Counsellors(t.Context())
			err = errors.Join(err, c.Close())
		}
		reached <- err
	}()
	if err := folder.Close(); err != nil {
		t.Error(err)
	}
	if err := <-reached; err != nil {
		t.Error(err)
	}
}

func TestASocketLeftBehindIsNoHindrance(t *testing.T) {
	p := place(t)
	if err := os.MkdirAll(p.StateDir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(p.StateDir, socketName), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, stop := serveNode(t, p)
	info, err := os.Stat(filepath.Join(p.StateDir, socketName))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	c := reach(t, p)
	if _, err := c.Counsellors(t.Context()); err != nil {
		t.Error(err)
	}
	c.http.CloseIdleConnections()
	stop()
	if _, err := os.Stat(filepath.Join(p.StateDir, socketName)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is still there: %v", err)
	}
}

func TestFoldersThatCannotBeUsed(t *testing.T) {
	p := place(t)
	p.Fresh = false
	if _, err := Reach(t.Context(), p); !errors.Is(err, ErrNoStore) || !strings.Contains(err.Error(), "holds no store") {
		t.Errorf("no store: %v", err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Own(file); err == nil || !strings.Contains(err.Error(), file) || !strings.Contains(err.Error(), "cannot be written") {
		t.Errorf("a file for a folder: %v", err)
	}
	long, err := Own(filepath.Join(t.TempDir(), strings.Repeat("x", 120)))
	if err != nil {
		t.Fatal(err)
	}
	defer long.Close()
	if _, err := long.Listen(); err == nil || !strings.Contains(err.Error(), "too long") {
		t.Errorf("a long path: %v", err)
	}
}

func TestAnotherVersionsCommandIsRefused(t *testing.T) {
	c := inProcess((&Operations{}).Handler(), func() error { return nil })
	if _, err := call[struct{}](t.Context(), c, "no/such", 1); err == nil || !strings.Contains(err.Error(), "another version") {
		t.Errorf("%v", err)
	}
	if _, err := call[struct{}](t.Context(), c, "room/create", map[string]int{"Unknown": 1}); err == nil || !strings.Contains(err.Error(), "different versions") {
		t.Errorf("%v", err)
	}
}

// What only a node can tell is not made up by a store.
func TestOnlyANodeTellsOfItself(t *testing.T) {
	p := place(t)
	if c, err := Running(t.Context(), p.StateDir); c != nil || err != nil {
		t.Errorf("where there is nothing: %v %v", c, err)
	}
	c := reach(t, p)
	if _, err := c.Status(t.Context()); err == nil {
		t.Error("a store has a status")
	}
	if _, err := c.Rehearse(t.Context()); err == nil {
		t.Error("a store has a relay")
	}
	if err := c.Media(t.Context()); err == nil {
		t.Error("a store has media")
	}
	// This process has the folder and serves no socket.
	if c, err := Running(t.Context(), p.StateDir); c != nil || !errors.Is(err, ErrInUse) {
		t.Errorf("where a process has it: %v %v", c, err)
	}
}

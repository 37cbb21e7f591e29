package sqlstore_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/sqlstore"
)

// childEnv tells this test binary to be the process that is killed.
const childEnv = "ANTEROOM_TEST_CHILD"

// TestChild is not a test: it writes until it is killed, and says after each write that it was acknowledged.
func TestChild(t *testing.T) {
	what, dir, ok := strings.Cut(os.Getenv(childEnv), ":")
	if !ok {
		return
	}
	store, err := sqlstore.Open(context.Background(), sqlstore.Config{Dir: dir})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	put := func(id lobby.RoomID) {
		room := lobby.Room{ID: id, Tenant: lobby.DefaultTenant, Owner: "owner", Title: lobby.Text{Plain: string(id)}}
		if err := store.Update(context.Background(), lobby.DefaultTenant, func(tx lobby.Tx) error { return tx.PutRoom(room) }); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
	}
	if what == "erase" {
		put("Canary-Erased-Room")
		// A reader keeps the log from being emptied: the process dies between deleting and wiping.
		reader, err := sqlstore.Open(context.Background(), sqlstore.Config{Dir: dir})
		if err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		_ = reader.View(context.Background(), lobby.DefaultTenant, func(tx lobby.Tx) error {
			_, _ = tx.Room("Canary-Erased-Room")
			go func() {
				_ = store.Update(context.Background(), lobby.DefaultTenant, func(tx lobby.Tx) error { return tx.DeleteRoom("Canary-Erased-Room") })
			}()
			for {
				gone := store.View(context.Background(), lobby.DefaultTenant, func(tx lobby.Tx) error {
					_, err := tx.Room("Canary-Erased-Room")
					return err
				}) != nil
				if gone {
					fmt.Println("Canary-Erased-Room")
					select {}
				}
			}
		})
	}
	for i := 0; ; i++ {
		id := lobby.RoomID(fmt.Sprintf("room-%d", i))
		put(id)
		fmt.Println(id)
	}
}

// killWhile lets another process write to the store and kills it (SIGKILL) after a while. It returns the last line that the
// process said.
func killWhile(t *testing.T, dir, what string) (last string) {
	t.Helper()
	lines := 40
	if what == "erase" {
		lines = 1
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestChild$")
	cmd.Env = append(os.Environ(), childEnv+"="+what+":"+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	deadline := time.AfterFunc(30*time.Second, func() { _ = cmd.Process.Kill() })
	defer deadline.Stop()
	scanner := bufio.NewScanner(out)
	for range lines {
		if !scanner.Scan() {
			break
		}
		last = scanner.Text()
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	// What it had said before it died counts as well.
	for scanner.Scan() {
		if strings.HasPrefix(scanner.Text(), "room-") {
			last = scanner.Text()
		}
	}
	_ = cmd.Wait()
	if last == "" || strings.HasPrefix(last, "error") {
		t.Fatalf("the other process said %q", last)
	}
	return last
}

// Every write that was acknowledged before a kill -9 is there afterwards, readable with the same key, several times over.
func TestKilledProcessLosesNothing(t *testing.T) {
	dir := newDir(t)
	for range 3 {
		last := killWhile(t, dir, "write")
		var n int
		if _, err := fmt.Sscanf(last, "room-%d", &n); err != nil {
			t.Fatalf("%q: %v", last, err)
		}
		store := open(t, dir)
		err := store.View(t.Context(), lobby.DefaultTenant, func(tx lobby.Tx) error {
			for i := range n + 1 {
				id := lobby.RoomID(fmt.Sprintf("room-%d", i))
				if room, err := tx.Room(id); err != nil || room.Title.Plain != string(id) {
					t.Errorf("%s was acknowledged: %+v, %v", id, room, err)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/cmd/internal/config"
	"github.com/anteroom-video/anteroom/signaling/client"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// Whoever starts a node reads what its pages lack for clients.
func TestTheBannerSaysWhatTheServiceLacks(t *testing.T) {
	for _, c := range []struct{ name, phone, say string }{
		{"Anteroom", "", "--service-name and --service-phone"},
		{"Anteroom", "030 1", "set --service-name"},
		{"Lindenhof", "", "Lindenhof, without a telephone number for clients yet: set --service-phone"},
		{"Lindenhof", "030 1", "Lindenhof, 030 1"},
	} {
		if got := service(config.Config{ServiceName: c.name, ServicePhone: c.phone}); !strings.HasSuffix(got, c.say) {
			t.Errorf("%q %q: %s", c.name, c.phone, got)
		}
	}
}

// The way of the README: a node, an account, a room, and both sides in it; then the node is told to stop.
func TestServe(t *testing.T) {
	p := newPlace(t)
	s := p.serve("--log-level", "debug")
	if !strings.Contains(s.banner, p.url) || !strings.Contains(s.banner, p.admin+"/healthz") || strings.Contains(s.banner, "/setup#") {
		t.Errorf("it says:\n%s", s.banner)
	}
	p.counsellor("ada")
	made := p.room("--person", "client:Frau M.", "--person", "interpreter:Dari: Hr. A.")
	if len(made.Persons) != 2 || made.Persons[0].Role != "client" || made.Persons[0].Label != "Frau M." || made.Persons[1].Label != "Dari: Hr. A." ||
		!strings.HasPrefix(made.Persons[0].Link, p.url+"/j#") || !strings.HasPrefix(made.CounsellorLink, p.url+"/j#") {
		t.Fatalf("%+v", made)
	}
	ctx := within(t, 20*time.Second)
	options := client.Options{NoMedia: true}
	if state, err := client.CheckLink(ctx, made.Persons[0].Link, options); err != nil || state.Status != "open" || state.Role != "client" || state.Service != "Anteroom" {
		t.Errorf("the link: %+v %v", state, err)
	}
	counsellor, err := client.Join(ctx, made.CounsellorLink, options)
	if err != nil {
		t.Fatal(err)
	}
	defer counsellor.Close()
	if counsellor.Role() != wire.RoleCounsellor || counsellor.Phase() != wire.PhaseIn {
		t.Errorf("the counsellor's link gives %s, %s", counsellor.Role(), counsellor.Phase())
	}
	person, err := client.Join(ctx, made.Persons[0].Link, options)
	if err != nil {
		t.Fatal(err)
	}
	defer person.Close()
	if person.Phase() != wire.PhaseWaiting {
		t.Fatalf("a client's link gives %s", person.Phase())
	}
	if err := counsellor.Admit(ctx, person.Participant()); err != nil {
		t.Fatal(err)
	}
	for person.Phase() != wire.PhaseIn {
		select {
		case event := <-person.Events():
			if over, ok := event.(client.Finished); ok {
				t.Fatal(over.Err)
			}
		case <-ctx.Done():
			t.Fatal("not admitted")
		}
	}
	// The password opens the same account: what the command derived is what a browser derives.
	account, err := client.SignIn(ctx, p.url, "ADA", password, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	again, err := account.JoinRoom(ctx, made.Room, options)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()

	if limits, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", s.Process.Pid)); err == nil {
		if !strings.Contains(strings.Join(strings.Fields(string(limits)), " "), "Max core file size 0 0") {
			t.Errorf("core dumps are not off:\n%s", limits)
		}
	}

	// With people in the call it stops at once, and well.
	start := time.Now()
	s.stop(t, syscall.SIGTERM)
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("stopping took %v", took)
	}
	if _, err := os.Stat(filepath.Join(p.state, "anteroom.sock")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket is left: %v", err)
	}
	if text := s.log.String(); strings.Contains(text, "Frau M.") || strings.Contains(text, "ada") || strings.Contains(text, "127.0.0.1") || strings.Contains(text, "panic") {
		t.Errorf("the log holds what it must not:\n%s", text)
	}
}

func TestDevPrintsALinkForTheFirstAccount(t *testing.T) {
	p := newPlace(t)
	ports := freePorts(t, 3)
	p.environ = nil // as a newcomer has it, but for the ports
	p.state = filepath.Join("var", "state")
	s := p.command("serve", "--dev", "--listen", "localhost:"+ports[0], "--admin-listen", "127.0.0.1:"+ports[1], "--media-port", ports[2])
	out, err := s.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	defer s.Wait()
	defer s.Process.Signal(syscall.SIGTERM)
	text := ""
	buffer := make([]byte, 4096)
	for !strings.Contains(text, "/setup#") || !strings.HasSuffix(text, "\n\n") {
		n, err := out.Read(buffer)
		text += string(buffer[:n])
		if err != nil {
			t.Fatalf("%v:\n%s", err, text)
		}
	}
	if !strings.Contains(text, "http://localhost:"+ports[0]+"/setup#") {
		t.Errorf("it says:\n%s", text)
	}
	resp, err := http.Get("http://localhost:" + ports[0] + "/setup")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 200 {
		t.Errorf("/setup answers %d", resp.StatusCode)
	}
	if _, err := os.Stat(filepath.Join(s.Dir, "var", "state", "anteroom.db")); err != nil {
		t.Error(err)
	}
}

// What was acknowledged survives kill -9, and so does the node's place: socket and lock of the dead are no hindrance.
func TestKilledAndStartedAgain(t *testing.T) {
	p := newPlace(t)
	s := p.serve()
	p.counsellor("ada")
	made := p.room("--person", "client:M.")
	if err := s.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	s.wait()
	// Without a node the commands open the store themselves.
	if out := p.ok("", "room", "list", "--json"); !strings.Contains(out, made.Room) {
		t.Errorf("the room is gone: %s", out)
	}
	s = p.serve()
	person, err := client.Join(within(t, 10*time.Second), made.Persons[0].Link, client.Options{NoMedia: true})
	if err != nil {
		t.Fatal(err)
	}
	defer person.Close()
	if person.Phase() != wire.PhaseWaiting {
		t.Errorf("after the restart the link gives %s", person.Phase())
	}
	s.stop(t, os.Interrupt)
}

func TestOccupiedPort(t *testing.T) {
	p := newPlace(t)
	l, err := net.Listen("tcp", strings.TrimPrefix(strings.Replace(p.url, "localhost", "127.0.0.1", 1), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	r := p.run("", "serve")
	if r.code != exitFailed || strings.Count(r.err, "\n") != 1 || !strings.Contains(r.err, "anteroom: pages cannot listen on localhost:") || !strings.Contains(r.err, "--listen") {
		t.Errorf("exit code %d:\n%s", r.code, r.err)
	}
	if strings.Contains(r.out, "ready") {
		t.Error(r.out)
	}
}

func TestASecondNodeOnTheSameFolder(t *testing.T) {
	p := newPlace(t)
	p.serve()
	ports := freePorts(t, 2)
	r := p.run("", "serve", "--listen", "localhost:"+ports[0], "--admin-listen", "off", "--media-port", ports[1])
	if r.code != exitFailed || !strings.Contains(r.err, "belongs to another anteroom process") {
		t.Errorf("exit code %d:\n%s", r.code, r.err)
	}
}

func TestConfigurationErrors(t *testing.T) {
	p := newPlace(t)
	file := filepath.Join(t.TempDir(), "anteroom.yaml")
	if err := os.WriteFile(file, []byte("listn: x\nlog_level: loud\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := p.run("", "serve", "--config", file, "--tls", "on")
	if r.code != exitUsage {
		t.Errorf("exit code %d", r.code)
	}
	for _, want := range []string{
		"anteroom: " + file + ` line 1: there is no key "listn"`, "anteroom: " + file + ` line 2: log_level cannot be "loud"`, `anteroom: flag --tls: tls cannot be "on"`,
	} {
		if !strings.Contains(r.err, want) {
			t.Errorf("%q is not in:\n%s", want, r.err)
		}
	}
}

func TestAdminListener(t *testing.T) {
	p := newPlace(t)
	p.serve("--log-format", "json")
	for path, want := range map[string]string{"/healthz": "ok", "/readyz": "ready"} {
		resp, err := http.Get(p.admin + path)
		if err != nil {
			t.Fatal(err)
		}
		var said struct{ Status string }
		if err := json.NewDecoder(resp.Body).Decode(&said); err != nil || said.Status != want {
			t.Errorf("%s: %d %+v %v", path, resp.StatusCode, said, err)
		}
		resp.Body.Close()
	}
}

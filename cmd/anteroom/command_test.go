package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// runAsCommand makes the test's binary run the command itself, so that processes can be started, signalled and killed.
const runAsCommand = "RUN_AS_ANTEROOM"

func TestMain(m *testing.M) {
	if os.Getenv(runAsCommand) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

const password = "correct horse battery staple"

// place is a node's settings: ports of its own, a folder of its own.
type place struct {
	t       *testing.T
	environ []string
	url     string
	admin   string
	state   string
}

func newPlace(t *testing.T) *place {
	t.Helper()
	dir := t.TempDir()
	ports := freePorts(t, 3)
	p := &place{
		t: t, url: "http://localhost:" + ports[0], admin: "http://127.0.0.1:" + ports[1], state: filepath.Join(dir, "state"),
	}
	p.environ = []string{
		"ANTEROOM_LISTEN=localhost:" + ports[0], "ANTEROOM_STATE_DIR=" + p.state, "ANTEROOM_STORE_KEY=" + filepath.Join(dir, "key"),
		"ANTEROOM_ADMIN_LISTEN=127.0.0.1:" + ports[1], "ANTEROOM_MEDIA_PORT=" + ports[2], "ANTEROOM_MEDIA_IPS=127.0.0.1",
	}
	return p
}

// freePorts are ports that nobody listens on, all different. They are below those that a kernel gives away by itself: commands run for seconds
// before the node takes them, and somebody who asked for any port would have them by then.
func freePorts(t testing.TB, n int) (ports []string) {
	t.Helper()
	const lowest, below, tries = 12_000, 32_000, 1000
	for range tries {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", lowest+rand.IntN(below-lowest)))
		if err != nil {
			continue
		}
		defer l.Close()
		if ports = append(ports, strconv.Itoa(l.Addr().(*net.TCPAddr).Port)); len(ports) == n {
			return ports
		}
	}
	t.Fatal("no port is free")
	return nil
}

// command is a process of the command.
func (p *place) command(args ...string) *exec.Cmd {
	exe, err := os.Executable()
	if err != nil {
		p.t.Fatal(err)
	}
	c := exec.Command(exe, args...)
	c.Env = append([]string{runAsCommand + "=1", "PATH=" + os.Getenv("PATH"), "GORACE=" + os.Getenv("GORACE")}, p.environ...)
	c.Dir = p.t.TempDir()
	return c
}

// result is what a command said and how it ended.
type result struct {
	out, err string
	code     int
}

// run runs a command to its end, in this process.
func (p *place) run(in string, args ...string) result {
	p.t.Helper()
	var out, errs bytes.Buffer
	command := program{in: strings.NewReader(in), out: &out, err: &errs, environ: p.environ}
	code := command.run(p.t.Context(), args)
	return result{out.String(), errs.String(), code}
}

// ok runs a command that must succeed, and returns what it printed.
func (p *place) ok(in string, args ...string) string {
	p.t.Helper()
	r := p.run(in, args...)
	if r.code != 0 {
		p.t.Fatalf("anteroom %v: exit code %d\n%s%s", args, r.code, r.out, r.err)
	}
	return r.out
}

// server is a running `anteroom serve`.
type server struct {
	*exec.Cmd
	banner string
	log    *bytes.Buffer
	ended  chan error
}

// serve starts a node and returns when it says that it is ready.
func (p *place) serve(args ...string) *server {
	p.t.Helper()
	return p.start(p.command(append([]string{"serve"}, args...)...))
}

// start starts a process that is a node, and returns when it says that it is ready.
func (p *place) start(c *exec.Cmd) *server {
	p.t.Helper()
	s := &server{Cmd: c, log: &bytes.Buffer{}, ended: make(chan error, 1)}
	s.Stderr = s.log
	out, err := s.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := s.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { s.Process.Kill(); s.wait() })
	lines := bufio.NewReader(out)
	for !strings.Contains(s.banner, "  State") {
		line, err := lines.ReadString('\n')
		s.banner += line
		if err != nil {
			s.Wait()
			p.t.Fatalf("anteroom serve ended:\n%s%s", s.banner, s.log)
		}
	}
	// What follows the first lines comes without waiting; the rest is read until the process ends.
	rest := make(chan string, 1)
	go func() {
		more, _ := io.ReadAll(lines)
		rest <- string(more)
		s.ended <- s.Cmd.Wait()
	}()
	return s
}

// wait returns how the process ended, or an error after a while.
func (s *server) wait() error {
	select {
	case err := <-s.ended:
		s.ended <- err
		return err
	case <-time.After(20 * time.Second):
		return errors.New("the process does not end")
	}
}

// stop ends the process by a signal and demands that it ends well.
func (s *server) stop(t *testing.T, signal os.Signal) {
	t.Helper()
	if err := s.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	if err := s.wait(); err != nil {
		t.Errorf("after %v: %v\n%s", signal, err, s.log)
	}
}

func (p *place) counsellor(name string) {
	p.t.Helper()
	p.ok(password+"\n", "counsellor", "add", name, "--password-stdin")
}

// links is what `room create --json` promises to scripts.
type links struct {
	Room           string `json:"room"`
	CounsellorLink string `json:"counsellor_link"`
	Persons        []struct{ Role, Label, Link, Code, Person, PIN string }
}

func (p *place) room(args ...string) links {
	p.t.Helper()
	out := p.ok("", append([]string{"room", "create", "--counsellor", "ada", "--json"}, args...)...)
	var l links
	dec := json.NewDecoder(strings.NewReader(out))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&l); err != nil {
		p.t.Fatalf("%s: %v", out, err)
	}
	return l
}

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

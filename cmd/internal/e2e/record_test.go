package e2e

import (
	"bufio"
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/loadtest/media"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// touched finds in a trace the calls that can make a file or change one: by opening it for writing, or by name.
var (
	opened  = regexp.MustCompile(`\b(?:open|openat|openat2)\((?:AT_FDCWD(?:<[^>]*>)?, |\d+<([^>]*)>, )?"([^"]*)", (?:\{flags=)?([A-Z_|0-9]+).* = (-?\d+)`)
	changed = regexp.MustCompile(`\b(creat|mknod|mknodat|rename|renameat|renameat2|link|linkat|symlink|symlinkat|truncate|memfd_create)\((.*)\) = (-?\d+)`)
	quoted  = regexp.MustCompile(`"([^"]*)"`)
)

// writes are the files that a traced process opened for writing or made.
func writes(trace, dir string) (paths []string) {
	absolute := func(path string) string {
		if filepath.IsAbs(path) {
			return path
		}
		return filepath.Join(dir, path)
	}
	for line := range strings.Lines(trace) {
		if m := opened.FindStringSubmatch(line); m != nil && !strings.HasPrefix(m[4], "-") {
			if strings.Contains(m[3], "O_WRONLY") || strings.Contains(m[3], "O_RDWR") || strings.Contains(m[3], "O_CREAT") || strings.Contains(m[3], "O_TMPFILE") {
				paths = append(paths, absolute(m[2]))
			}
		} else if m := changed.FindStringSubmatch(line); m != nil && !strings.HasPrefix(m[3], "-") {
			for _, path := range quoted.FindAllStringSubmatch(m[2], -1) {
				paths = append(paths, absolute(path[1]))
			}
		}
	}
	return paths
}

func TestTheTraceIsRead(t *testing.T) {
	trace := `12 openat(AT_FDCWD, "/etc/hosts", O_RDONLY|O_CLOEXEC) = 3
12 openat(AT_FDCWD, "/no/where", O_WRONLY|O_CREAT, 0600) = -1 ENOENT (No such file or directory)
openat(AT_FDCWD, "/tmp/record.webm", O_RDWR|O_CREAT|O_CLOEXEC, 0644) = 7
13 openat(AT_FDCWD, "relative", O_WRONLY|O_CLOEXEC) = 8
13 memfd_create("recording", MFD_CLOEXEC) = 9
14 renameat(AT_FDCWD, "/tmp/a", AT_FDCWD, "/tmp/b") = 0
14 open("/dev/null", O_RDWR) = 3
14 readlinkat(AT_FDCWD, "/proc/self/exe", "/bin/anteroom", 128) = 13
`
	want := []string{"/tmp/record.webm", "/w/relative", "/w/recording", "/tmp/a", "/tmp/b", "/dev/null"}
	if got := writes(trace, "/w"); strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("found %v, want %v", got, want)
	}
}

// traceTo are strace's arguments for a trace of every call that takes a path or makes a file without one, a file per thread.
func traceTo(trace string) []string {
	return []string{"-ff", "--seccomp-bpf", "-s", "4096", "-o", trace, "-e", "trace=%file,memfd_create,creat,mknod,mknodat"}
}

// strayed says how many files a traced process that worked in a folder wrote in its state folder, and which elsewhere.
func strayed(t *testing.T, trace, work, state string) (inside int, outside []string) {
	t.Helper()
	traces, err := filepath.Glob(trace + ".*")
	must(t, err)
	var text []byte
	for _, path := range traces {
		one, err := os.ReadFile(path)
		must(t, err)
		text = append(text, one...)
	}
	for _, path := range writes(string(text), work) {
		switch {
		case strings.HasPrefix(path, state+"/"):
			inside++
		case path == state+".key", strings.HasPrefix(path, filepath.Join(filepath.Dir(state), ".anteroom-key-")): // the store's key, beside the folder
		case path == "/dev/null":
		default:
			outside = append(outside, path)
		}
	}
	return inside, outside
}

// A program that records would be found: whatever way it makes its file, in the state folder's neighbourhood too.
func TestARecorderIsFound(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	state, work := filepath.Join(dir, "state"), filepath.Join(dir, "work")
	for _, folder := range []string{state, work} {
		must(t, os.Mkdir(folder, 0o700))
	}
	for i, record := range []struct{ script, file string }{
		{"echo x >call.webm", "call.webm"},
		{"echo x >>call.webm", "call.webm"},
		{"echo x >$STATE/a; mv $STATE/a call.webm", "call.webm"},
		{"echo x >$STATE/b; ln $STATE/b call.ogg", "call.ogg"},
		{"cp /etc/hostname ../state.webm", "../state.webm"},
		{"cd /; echo x >$WORK/call.webm", "call.webm"},
		{"mkfifo pipe", "pipe"},
		{"(sleep 0.01; echo x >child.webm) & wait", "child.webm"}, // a process of its own
	} {
		trace := filepath.Join(dir, "trace"+strconv.Itoa(i))
		c := exec.Command("strace", append(traceTo(trace), "sh", "-c", "echo x >$STATE/store; "+record.script)...)
		c.Dir, c.Env = work, []string{"PATH=" + os.Getenv("PATH"), "STATE=" + state, "WORK=" + work}
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v %s", record.script, err, out)
		}
		inside, outside := strayed(t, trace, work, state)
		want := filepath.Join(work, record.file)
		if inside == 0 || !slices.ContainsFunc(outside, func(path string) bool { return filepath.Clean(path) == want }) {
			t.Errorf("%s: in the folder %d, outside %v", record.script, inside, outside)
		}
		_ = os.Remove(want)
	}
}

// Never records: the program as it is shipped, traced from its start over a call to its end, opens no file for writing outside its state
// folder but the key beside it, and nothing of what was said and shown is in the state folder.
func TestNothingIsRecorded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	binary := filepath.Join(dir, "anteroom")
	if out, err := exec.Command("go", "build", "-o", binary, "github.com/anteroom-video/anteroom/cmd/anteroom").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	state, work, trace := filepath.Join(dir, "state"), filepath.Join(dir, "work"), filepath.Join(dir, "trace")
	must(t, os.Mkdir(work, 0o700))
	ports := freePorts(t, 3)
	environ := []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + work, "TMPDIR=" + work,
		"ANTEROOM_LISTEN=127.0.0.1:" + ports[0], "ANTEROOM_STATE_DIR=" + state, "ANTEROOM_ADMIN_LISTEN=127.0.0.1:" + ports[1],
		"ANTEROOM_MEDIA_PORT=" + ports[2], "ANTEROOM_MEDIA_IPS=127.0.0.1", "ANTEROOM_LOG_LEVEL=debug",
	}
	run := func(in string, args ...string) *exec.Cmd {
		c := exec.Command(args[0], args[1:]...)
		c.Env, c.Dir, c.Stdin = environ, work, strings.NewReader(in)
		return c
	}
	// One trace per thread: in a common one calls are cut in two.
	serve := run("", append(append([]string{"strace"}, traceTo(trace)...), binary, "serve")...)
	out, err := serve.StdoutPipe()
	must(t, err)
	var log journal
	serve.Stderr = &log
	if err := serve.Start(); errors.Is(err, exec.ErrNotFound) {
		t.Fatal("strace is needed: apt-get install strace")
	} else if err != nil {
		t.Fatal(err)
	}
	stopped := make(chan error, 1)
	lines := bufio.NewScanner(out)
	for lines.Scan() && !strings.Contains(lines.Text(), "  State") {
	}
	go func() {
		for lines.Scan() {
		}
		stopped <- serve.Wait()
	}()
	stop := func() {
		// strace passes no signal on: the traced process is told itself.
		pid := traced(t, serve.Process.Pid)
		must(t, syscall.Kill(pid, syscall.SIGTERM))
		select {
		case err := <-stopped:
			if err != nil {
				t.Errorf("it ended with %v:\n%s", err, log.String())
			}
		case <-time.After(patience):
			_ = serve.Process.Kill()
			t.Fatal("it does not stop")
		}
	}
	ended := false
	t.Cleanup(func() {
		if !ended {
			_ = syscall.Kill(traced(t, serve.Process.Pid), syscall.SIGKILL)
			<-stopped
		}
	})

	command := func(in string, args ...string) []byte {
		t.Helper()
		c := run(in, append([]string{binary}, args...)...)
		c.Stderr = &log
		text, err := c.Output()
		if err != nil {
			t.Fatalf("anteroom %v: %v\n%s", args, err, log.String())
		}
		return text
	}
	command(password+"\n", "counsellor", "add", name, "--password-stdin")
	var made struct {
		Room           string
		CounsellorLink string `json:"counsellor_link"`
		Persons        []struct{ Link string }
	}
	must(t, json.Unmarshal(command("", "room", "create", "--counsellor", name, "--person", "client:Anna", "--person", "co-counsellor:Cara",
		"--person", "client:Waits", "--person", "client:Goes", "--person", "client:Withdraws", "--json"), &made))
	counsellor, anna, colleague := join(t, made.CounsellorLink), join(t, made.Persons[0].Link), join(t, made.Persons[1].Link)
	waits, goes, withdraws := join(t, made.Persons[2].Link), join(t, made.Persons[3].Link), join(t, made.Persons[4].Link)
	counsellor.admits(anna)
	meet(counsellor, anna, colleague)
	written := &canaries{of: map[string]string{}}
	say(t, written.everything(cast{counsellor, colleague, anna, waits, goes, withdraws}))
	must(t, counsellor.Mute(counsellor.ctx(), anna.Participant(), wire.KindAudio))
	must(t, counsellor.PutBack(counsellor.ctx(), anna.Participant()))
	counsellor.admits(anna)
	counsellor.gets(anna, picture) // her sound is still off
	if resp, err := http.Get("http://127.0.0.1:" + ports[1] + "/healthz"); err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("health: %v %v", resp, err)
	} else {
		resp.Body.Close()
	}
	http.DefaultClient.CloseIdleConnections()
	must(t, counsellor.End(counsellor.ctx()))
	for _, p := range []*person{counsellor, anna, colleague, waits, goes, withdraws} {
		p.end()
	}
	ended = true
	stop()

	// What every picture shows, whatever mark it bears.
	pictures := (&media.Picture{Width: 320, Height: 180, FrameBytes: 300, PacketBytes: 300}).Frame(true)[0][4:100]
	inside, outside := strayed(t, trace, work, state)
	for _, path := range outside {
		t.Errorf("it wrote to %s", path)
	}
	if inside == 0 {
		t.Error("not even the store was written to: the trace is not read")
	}
	shown := &canaries{of: map[string]string{string(media.Sound()[:40]): "sound", string(pictures): "a picture"}}
	if found := filesWith(t, state, shown); len(found) > 0 {
		t.Errorf("what was shown is in the state folder: %v", found)
	}
	if found := filesWith(t, state, written); len(found) > 0 {
		t.Errorf("what was written is in the state folder: %v", found)
	}
	if found := written.in([]byte(log.String())); len(found) > 0 {
		t.Errorf("what was written is in the log: %v", found)
	}
	var left []string
	must(t, filepath.WalkDir(work, func(path string, entry fs.DirEntry, err error) error {
		if path != work {
			left = append(left, path)
		}
		return err
	}))
	if len(left) > 0 {
		t.Errorf("it left %v", left)
	}
}

// traced finds the process that strace started.
func traced(t *testing.T, strace int) int {
	t.Helper()
	id := strconv.Itoa(strace)
	text, err := os.ReadFile("/proc/" + id + "/task/" + id + "/children")
	must(t, err)
	children := strings.Fields(string(text))
	if len(children) != 1 {
		t.Fatalf("strace has the children %v", children)
	}
	pid, err := strconv.Atoi(children[0])
	must(t, err)
	return pid
}

// freePorts are ports that nobody listens on, all different.
func freePorts(t *testing.T, n int) (ports []string) {
	t.Helper()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		must(t, err)
		defer l.Close()
		ports = append(ports, strconv.Itoa(l.Addr().(*net.TCPAddr).Port))
	}
	return ports
}

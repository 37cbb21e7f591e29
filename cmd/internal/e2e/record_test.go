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
	// Every call that takes a path or makes a file without one. One trace per thread: in a common one calls are cut in two.
	serve := run("", "strace", "-ff", "--seccomp-bpf", "-s", "4096", "-o", trace, "-e", "trace=%file,memfd_create,creat,mknod,mknodat", binary, "serve")
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
	must(t, json.Unmarshal(command("", "room", "create", "--counsellor", name, "--person", "client:Anna", "--json"), &made))
	counsellor, anna := join(t, made.CounsellorLink), join(t, made.Persons[0].Link)
	counsellor.admits(anna)
	meet(counsellor, anna)
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
	anna.end()
	counsellor.end()
	ended = true
	stop()

	traces, err := filepath.Glob(trace + ".*")
	must(t, err)
	var text []byte
	for _, path := range traces {
		one, err := os.ReadFile(path)
		must(t, err)
		text = append(text, one...)
	}
	// What every picture shows, whatever mark it bears.
	pictures := (&media.Picture{Width: 320, Height: 180, FrameBytes: 300, PacketBytes: 300}).Frame(true)[0][4:100]
	inside := 0
	for _, path := range writes(string(text), work) {
		switch {
		case strings.HasPrefix(path, state+"/"):
			inside++
		case path == state+".key", strings.HasPrefix(path, filepath.Join(dir, ".anteroom-key-")): // the store's key, beside the folder
		case path == "/dev/null":
		default:
			t.Errorf("it wrote to %s", path)
		}
	}
	if inside == 0 {
		t.Error("not even the store was written to: the trace is not read")
	}
	shown := &canaries{of: map[string]string{string(media.Sound()[:40]): "sound", string(pictures): "a picture"}}
	if found := filesWith(t, state, shown); len(found) > 0 {
		t.Errorf("what was shown is in the state folder: %v", found)
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

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// opened matches what strace writes of a call that opens or makes a file: the call, the path, the rest.
var opened = regexp.MustCompile(`(open|openat|openat2|creat|mkdir|mkdirat|rename|renameat|renameat2|link|linkat|symlink|symlinkat|mknod|mknodat|truncate)\((?:AT_FDCWD[^,]*, |\d+[^,]*, )?"([^"]*)"(.*)`)

// Promise 1: a call leaves nothing outside the state folder. The node is traced while people meet and send picture and sound to each
// other, and every file that it opens for writing is looked at.
func TestACallWritesNothingOutsideTheStateFolder(t *testing.T) {
	p := newPlace(t)
	trace := filepath.Join(t.TempDir(), "trace")
	node := p.command("serve")
	node.Path = "/usr/bin/strace"
	node.Args = append([]string{"strace", "-D", "-f", "-q", "--seccomp-bpf", "-s", "512", "-o", trace,
		"-e", "trace=/^(open|creat|mkdir|rename|link|symlink|mknod|truncate)"}, node.Args...)
	s := p.start(node)
	if out := p.ok("", "loadtest", p.url, "--duration", "1s"); !strings.Contains(out, "2 of 2") {
		t.Fatal(out)
	}
	s.stop(t, syscall.SIGTERM)
	text := ended(t, trace)
	allowed := func(path string) bool {
		key := filepath.Join(filepath.Dir(p.state), "key")
		return path == p.state || strings.HasPrefix(path, p.state+"/") || path == key || path == os.DevNull ||
			filepath.Dir(path) == filepath.Dir(key) && strings.HasPrefix(filepath.Base(path), ".anteroom-key-") // the key on its way
	}
	inside := 0
	for line := range strings.Lines(text) {
		match := opened.FindStringSubmatch(line)
		if match == nil {
			continue
		}
		call, path, rest := match[1], match[2], match[3]
		if strings.HasPrefix(call, "open") && !strings.Contains(rest, "O_WRONLY") && !strings.Contains(rest, "O_RDWR") && !strings.Contains(rest, "O_CREAT") {
			continue
		}
		if !allowed(path) {
			t.Errorf("the node wrote outside its state folder: %s", strings.TrimSpace(line))
		} else {
			inside++
		}
	}
	if inside < 3 {
		t.Errorf("only %d files were seen being written: the trace does not see the node", inside)
	}
}

// ended reads a trace once strace has noted the end of the node, which it does a moment later.
func ended(t *testing.T, trace string) string {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; {
		text, err := os.ReadFile(trace)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "+++ exited with 0 +++") {
			return string(text)
		}
		if time.Now().After(deadline) {
			t.Fatal("the trace does not end")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

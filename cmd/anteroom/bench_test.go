package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// BenchmarkReady starts the real binary and asks for the first page until it comes: the time that a restart costs people, from the
// moment in which the system is told to start the program. DESIGN section 16 asks for 50 ms.
func BenchmarkReady(b *testing.B) {
	binary := filepath.Join(b.TempDir(), "anteroom")
	if out, err := exec.Command("go", "build", "-trimpath", "-o", binary, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	for name, fresh := range map[string]bool{"empty folder": true, "existing store": false} {
		b.Run(name, func(b *testing.B) {
			dir := b.TempDir()
			start := func() (time.Duration, int) {
				if fresh {
					dir = b.TempDir()
				}
				return timeToFirstPage(b, binary, dir)
			}
			start()
			var took []time.Duration
			var memory int
			for b.Loop() {
				ready, rss := start()
				took, memory = append(took, ready), max(memory, rss)
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms-p50")
			b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "ms-p95")
			b.ReportMetric(float64(memory)/1024, "MiB-resident")
			b.ReportMetric(0, "ns/op") // it would count the stopping too
		})
	}
}

// timeToFirstPage also gives the memory that the process then has, in KiB; 0 where /proc does not say it.
func timeToFirstPage(b *testing.B, binary, dir string) (ready time.Duration, rss int) {
	b.Helper()
	address := "127.0.0.1:" + freePorts(b, 1)[0]
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	node := exec.Command(binary, "serve")
	node.Env = []string{
		"ANTEROOM_LISTEN=" + address, "ANTEROOM_STATE_DIR=" + filepath.Join(dir, "s"), "ANTEROOM_ADMIN_LISTEN=127.0.0.1:0", "ANTEROOM_MEDIA_PORT=0",
		"ANTEROOM_LOG_LEVEL=warn",
	}
	node.Stderr = os.Stderr
	begin := time.Now()
	if err := node.Start(); err != nil {
		b.Fatal(err)
	}
	defer node.Wait()
	defer node.Process.Signal(syscall.SIGTERM)
	for time.Since(begin) < 10*time.Second {
		resp, err := client.Get("http://" + address + "/j")
		if err == nil {
			resp.Body.Close()
			ready = time.Since(begin)
			return ready, resident(node.Process.Pid)
		}
		time.Sleep(time.Millisecond / 2) // not to take the core that the node starts on
	}
	b.Fatal("no page came")
	return 0, 0
}

func resident(pid int) (kib int) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if _, err := fmt.Sscanf(line, "VmRSS: %d kB", &kib); err == nil {
			return kib
		}
	}
	return 0
}

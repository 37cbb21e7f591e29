package loadtest

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"golang.org/x/sys/unix"

	"github.com/anteroom-video/anteroom/loadtest/report"
)

// server reads a server's metrics.
type server struct {
	url  string
	http *http.Client
}

// usage is what programs had used of the machine at one time.
type usage struct {
	own    time.Duration // processor time of this program
	server time.Duration // of the server; negative where it is not known
	memory float64       // the server's resident set, in bytes
}

// newServer looks whether metrics can be read; nil where there is no URL.
func newServer(ctx context.Context, url string) (*server, error) {
	if url == "" {
		return nil, nil
	}
	s := &server{url: url, http: &http.Client{Timeout: look}}
	if _, _, err := s.read(ctx); err != nil {
		return nil, fmt.Errorf("reading the server's metrics: %w", err)
	}
	return s, nil
}

// read gives processor time and memory, as every program with Prometheus' process collector names them.
func (s *server) read(ctx context.Context) (cpu time.Duration, memory float64, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, nil)
	if err != nil {
		return 0, 0, err
	}
	response, err := s.http.Do(request)
	if err != nil {
		return 0, 0, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return 0, 0, fmt.Errorf("%s answers %s", s.url, response.Status)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(response.Body)
	if err != nil {
		return 0, 0, err
	}
	seconds, bytes := families["process_cpu_seconds_total"], families["process_resident_memory_bytes"]
	if len(seconds.GetMetric()) != 1 || len(bytes.GetMetric()) != 1 {
		return 0, 0, fmt.Errorf("%s does not say what the process uses", s.url)
	}
	cpu = time.Duration(seconds.GetMetric()[0].GetCounter().GetValue() * float64(time.Second))
	return cpu, bytes.GetMetric()[0].GetGauge().GetValue(), nil
}

// usage reads what can be read.
func (r *run) usage(ctx context.Context) usage {
	u := usage{server: -1}
	var own unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &own) == nil {
		u.own = time.Duration(own.Utime.Nano() + own.Stime.Nano())
	}
	if r.server == nil || ctx.Err() != nil {
		return u
	}
	cpu, memory, err := r.server.read(ctx)
	if err != nil {
		r.failed(fmt.Errorf("reading the server's metrics: %w", err))
		return u
	}
	u.server, u.memory = cpu, memory
	return u
}

// between writes what was used since an earlier time into a second.
func (u usage) between(earlier usage, took time.Duration, second *report.Second) {
	second.OwnCPU = (u.own - earlier.own).Seconds() / took.Seconds()
	if u.server >= 0 && earlier.server >= 0 {
		second.Server = &report.Usage{CPU: (u.server - earlier.server).Seconds() / took.Seconds(), Memory: u.memory}
	}
}

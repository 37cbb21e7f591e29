package obs

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics is a node's registry. Parts that count do so in fields of their own; what they counted is read when it is asked for.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

// NewMetrics makes the registry of a node of this version.
func NewMetrics(version string) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "anteroom_http_requests_total", Help: "Requests by route template and status class.",
		}, []string{"route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "anteroom_http_request_seconds", Help: "Time to answer by route template, websockets apart.",
			Buckets: []float64{.001, .005, .025, .1, .5, 2.5},
		}, []string{"route"}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "anteroom_build_info", Help: "1, with the version that runs.", ConstLabels: prometheus.Labels{"version": version},
	})
	build.Set(1)
	m.registry.MustRegister(m.requests, m.seconds, build, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Sample is one value read at one moment.
type Sample struct {
	Value  float64
	Labels []string // values, in the order of the family's label names
}

// Family is one metric that is read from a part when it is asked for.
type Family struct {
	Name, Help string
	Labels     []string // names; their values come from tables in the code, never from outside
	Gauge      bool     // may fall; otherwise it counts
}

// Register adds metrics whose samples read gives, in the order of families, at every scrape. It panics when a name is taken.
func (m *Metrics) Register(families []Family, read func() [][]Sample) {
	c := &source{read: read}
	for _, f := range families {
		kind := prometheus.CounterValue
		if f.Gauge {
			kind = prometheus.GaugeValue
		}
		c.kinds = append(c.kinds, kind)
		c.descriptions = append(c.descriptions, prometheus.NewDesc(f.Name, f.Help, f.Labels, nil))
	}
	m.registry.MustRegister(c)
}

// Histogram is a distribution of durations that a part has counted: Counts[i] took at most Bounds[i] and more than the bound
// before; the last of Counts, one more than Bounds, took longer than all.
type Histogram struct {
	Bounds []time.Duration
	Counts []uint64
	Sum    time.Duration
}

// RegisterHistogram adds a distribution, in seconds, that read gives at every scrape. It panics when the name is taken.
func (m *Metrics) RegisterHistogram(name, help string, read func() Histogram) {
	m.registry.MustRegister(&distribution{prometheus.NewDesc(name, help, nil, nil), read})
}

// Request counts one answered request. Route is the template ("/api/v1/rooms/{room}"), never the address.
func (m *Metrics) Request(route string, status int, took time.Duration) {
	m.requests.WithLabelValues(route, statusClass(status)).Inc()
	m.seconds.WithLabelValues(route).Observe(took.Seconds())
}

func statusClass(status int) string {
	switch {
	case status < 200:
		return "1xx"
	case status < 300:
		return "2xx"
	case status < 400:
		return "3xx"
	case status < 500:
		return "4xx"
	default:
		return "5xx"
	}
}

// Handler answers scrapes.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// source is a prometheus.Collector over one function.
type source struct {
	descriptions []*prometheus.Desc
	kinds        []prometheus.ValueType
	read         func() [][]Sample
}

func (s *source) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range s.descriptions {
		ch <- d
	}
}

func (s *source) Collect(ch chan<- prometheus.Metric) {
	for i, samples := range s.read() {
		for _, sample := range samples {
			ch <- prometheus.MustNewConstMetric(s.descriptions[i], s.kinds[i], sample.Value, sample.Labels...)
		}
	}
}

// distribution is a prometheus.Collector over one function.
type distribution struct {
	description *prometheus.Desc
	read        func() Histogram
}

func (d *distribution) Describe(ch chan<- *prometheus.Desc) { ch <- d.description }

func (d *distribution) Collect(ch chan<- prometheus.Metric) {
	h := d.read()
	total := uint64(0)
	buckets := make(map[float64]uint64, len(h.Bounds))
	for i, n := range h.Counts {
		total += n
		if i < len(h.Bounds) {
			buckets[h.Bounds[i].Seconds()] = total
		}
	}
	ch <- prometheus.MustNewConstHistogram(d.description, total, h.Sum.Seconds(), buckets)
}

package obs

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/pprof"
	"time"
)

// healthTimeout bounds one media round trip.
const healthTimeout = 3 * time.Second

// Admin says what the admin listener asks the node.
type Admin struct {
	Metrics *Metrics
	Logger  *slog.Logger
	// Health sends media through the node to itself.
	Health func(context.Context) error
	// Ready tells whether the node takes new people: it does from the moment it listens until it begins to stop.
	Ready func() bool
}

// Handler serves /healthz, /readyz, /metrics and /debug/pprof/.
func (a Admin) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", a.healthz)
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if !a.Ready() {
			answer(w, http.StatusServiceUnavailable, "stopping", 0)
			return
		}
		answer(w, http.StatusOK, "ready", 0)
	})
	mux.Handle("GET /metrics", a.Metrics.Handler())
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}

func (a Admin) healthz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), healthTimeout)
	defer cancel()
	start := time.Now()
	if err := a.Health(ctx); err != nil {
		a.Logger.Error("the media round trip failed", "err", err)
		answer(w, http.StatusServiceUnavailable, "media does not come through; the log says why", time.Since(start))
		return
	}
	answer(w, http.StatusOK, "ok", time.Since(start))
}

// answer writes what monitors read: a status and, for health, how long the round trip took.
func answer(w http.ResponseWriter, status int, text string, took time.Duration) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(struct {
		Status  string `json:"status"`
		MediaMS int64  `json:"media_ms,omitempty"`
	}{text, took.Milliseconds()})
}

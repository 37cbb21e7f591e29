package obs

import (
	"io"
	"log/slog"
)

// NewLogger writes lines of text, or of JSON, from level on, redacted. There is no access log.
func NewLogger(w io.Writer, level slog.Level, json bool) *slog.Logger {
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: redact}
	if json {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

package peerconnection

import (
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pion/logging"
)

// logEvery is the least time between two messages of Pion's, so that nobody can fill a disk with bad packets.
const logEvery = time.Second

// logs makes loggers for Pion that pass warnings and errors on as debug messages. Arguments carry addresses,
// descriptions and keys: the scope and the format are all that is logged.
type logs struct {
	to         *slog.Logger
	last       atomic.Int64
	suppressed atomic.Uint64
}

func (l *logs) NewLogger(scope string) logging.LeveledLogger { return scoped{l, scope} }

func (l *logs) write(scope, format string) {
	if l.to == nil {
		return
	}
	now, last := time.Now().UnixNano(), l.last.Load()
	if now-last < int64(logEvery) || !l.last.CompareAndSwap(last, now) {
		l.suppressed.Add(1)
		return
	}
	l.to.Debug("pion", "scope", scope, "format", format, "suppressed", l.suppressed.Swap(0))
}

type scoped struct {
	*logs
	scope string
}

func (scoped) Trace(string)          {}
func (scoped) Tracef(string, ...any) {}
func (scoped) Debug(string)          {}
func (scoped) Debugf(string, ...any) {}
func (scoped) Info(string)           {}
func (scoped) Infof(string, ...any)  {}

// Messages without a format may have been put together before: they are counted as withheld.

func (s scoped) Warn(string)                   { s.write(s.scope, "(withheld)") }
func (s scoped) Warnf(format string, _ ...any) { s.write(s.scope, format) }
func (s scoped) Error(string)                  { s.write(s.scope, "(withheld)") }
func (s scoped) Errorf(format string, _ ...any) {
	s.write(s.scope, format)
}

// peerLogs are the logs of one connection. Pion opens and reads control packets by itself, and a message of its SRTP
// session is all that one that authenticates and cannot be read leaves behind.
type peerLogs struct {
	*logs
	unread func()
}

func (l peerLogs) NewLogger(scope string) logging.LeveledLogger {
	if scope == "srtp" {
		return srtpLog{scoped{l.logs, scope}, l.unread}
	}
	return l.logs.NewLogger(scope)
}

// srtpLog tells of control packets that cannot be read, by the name that the parser puts before its errors.
type srtpLog struct {
	scoped
	unread func()
}

func (l srtpLog) Info(message string) {
	if strings.HasPrefix(message, "rtcp: ") {
		l.unread()
	}
}

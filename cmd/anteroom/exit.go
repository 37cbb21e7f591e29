package main

import (
	"errors"
	"fmt"

	"github.com/anteroom-video/anteroom/cmd/internal/config"
	"github.com/anteroom-video/anteroom/cmd/internal/control"
	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/auth"
)

// The exit codes, for scripts. Changing one is a breaking change.
const (
	exitOK       = 0
	exitFailed   = 1
	exitUsage    = 2
	exitNotFound = 3
	exitConflict = 4
	exitBroken   = 5
)

const exitCodes = `Exit codes:
  0  done
  1  failed; the message says why and what helps
  2  wrong use: arguments, configuration, or a value that cannot be
  3  there is no such counsellor, room or policy
  4  it exists already
  5  a load test ran, and broke one of its limits`

// errBroken: a load test's limits were broken.
var errBroken = errors.New("limits were broken")

// errUsage is a value that cannot be, found out after the arguments were read.
var errUsage = errors.New("wrong use")

// usageError says what is wrong with a value.
type usageError string

func (e usageError) Error() string      { return string(e) }
func (usageError) Is(target error) bool { return target == errUsage }

func exitCode(err error) int {
	if _, ok := errors.AsType[config.Problem](err); ok {
		return exitUsage
	}
	switch {
	case errors.Is(err, errUsage), errors.Is(err, lobby.ErrInvalid), errors.Is(err, auth.ErrInvalid):
		return exitUsage
	case errors.Is(err, lobby.ErrNotFound), errors.Is(err, control.ErrNoCounsellor):
		return exitNotFound
	case errors.Is(err, lobby.ErrConflict), errors.Is(err, lobby.ErrRunning):
		return exitConflict
	case errors.Is(err, errBroken):
		return exitBroken
	default:
		return exitFailed
	}
}

// explained is an error in a sentence for the operator, whose cause decides the exit code.
type explained struct {
	sentence string
	cause    error
}

func (e explained) Error() string { return e.sentence }
func (e explained) Unwrap() error { return e.cause }

func explain(cause error, format string, args ...any) error {
	return explained{fmt.Sprintf(format, args...), cause}
}

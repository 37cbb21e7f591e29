package node

import (
	"errors"
	"fmt"
	"net"
	"syscall"
)

// StartError is a part that could not be started: a sentence for the operator.
type StartError struct {
	Thing  string // what, in the operator's words
	Way    string // out of it
	Reason error
}

func (e *StartError) Error() string {
	return fmt.Sprintf("%s: %v; %s", e.Thing, cause(e.Reason), e.Way)
}
func (e *StartError) Unwrap() error { return e.Reason }

// cause is the part of an error that tells something new: "address already in use" of "listen tcp 127.0.0.1:80: bind: …".
func cause(err error) error {
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		return errno
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Err
	}
	return err
}

// listening explains why an address could not be listened on.
func listening(thing, address, flag string, err error) error {
	way := fmt.Sprintf("name another address with --%s", flag)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		way = fmt.Sprintf("stop the other program, or name another address with --%s", flag)
	case errors.Is(err, syscall.EACCES):
		way = fmt.Sprintf("ports below 1024 need the right to bind them (CAP_NET_BIND_SERVICE); or name another address with --%s", flag)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		way = fmt.Sprintf("this machine has no such address; name one that it has with --%s", flag)
	}
	return &StartError{Thing: fmt.Sprintf("%s cannot listen on %s", thing, address), Reason: err, Way: way}
}

package control

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// Node is what a running node tells of itself to whoever looks for what is wrong with it.
type Node interface {
	// Status is what the node is set to and how far it is.
	Status(context.Context) (Status, error)
	// Rehearse opens the relay for two persons whom nobody else meets, for GrantLife.
	Rehearse(context.Context) (Rehearsal, error)
	// Media sends sound through the node's own media port and returns when it arrived.
	Media(context.Context) error
}

// GrantLife is how long a Rehearsal's credentials are worth something.
const GrantLife = time.Minute

// Status is a running node.
type Status struct {
	Version   string
	Origin    string
	Service   string // whose pages they are
	Pages     string // where they are served, as HOST:PORT
	Admin     string // HOST:PORT; "": off
	MediaPort uint16
	OpenFiles uint64 // how many it may have
	// Certificate is that of tls: auto.
	Certificate Certificate
}

// Credential opens the relay (RFC 8489 section 9.2).
type Credential struct{ Username, Password string }

// Rehearsal is two persons of one call and where they find the relay, as browsers are told it.
type Rehearsal struct {
	Persons [2]Credential
	// Datagrams are the addresses of the media port.
	Datagrams []netip.AddrPort
	// Stream is where TCP goes, as HOST:PORT; TLS is taken off there or not.
	Stream string
	TLS    bool
}

// errNoNode: the operation asks a node, and the store alone was reached.
var errNoNode = errors.New("no node runs on the state folder")

func (o *Operations) status(ctx context.Context, _ struct{}) (Status, error) {
	if o.Node == nil {
		return Status{}, errNoNode
	}
	s, err := o.Node.Status(ctx)
	s.OpenFiles = openFiles()
	return s, err
}

// openFiles is how many files this process may have open.
func openFiles() uint64 {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return 0
	}
	return limit.Cur
}

func (o *Operations) rehearse(ctx context.Context, _ struct{}) (Rehearsal, error) {
	if o.Node == nil {
		return Rehearsal{}, errNoNode
	}
	return o.Node.Rehearse(ctx)
}

func (o *Operations) media(ctx context.Context, _ struct{}) (struct{}, error) {
	if o.Node == nil {
		return struct{}{}, errNoNode
	}
	return struct{}{}, o.Node.Media(ctx)
}

// Running finds the node that runs on the state folder. nil without error: none does. Error: a process has the folder and does not answer.
func Running(ctx context.Context, stateDir string) (*Client, error) {
	if client := dial(ctx, stateDir); client != nil {
		return client, nil
	}
	held, err := inUse(stateDir)
	if err != nil || !held {
		return nil, err
	}
	return nil, &FolderError{stateDir, "belongs to a process that does not answer: it is just starting or stopping, or hangs", ErrInUse}
}

// Status asks a running node how it is.
func (c *Client) Status(ctx context.Context) (Status, error) {
	return call[Status](ctx, c, "status", struct{}{})
}

// Rehearse asks a running node for two credentials of its relay, which end by themselves after GrantLife.
func (c *Client) Rehearse(ctx context.Context) (Rehearsal, error) {
	return call[Rehearsal](ctx, c, "rehearse", struct{}{})
}

// Media asks a running node to send media through its own media port.
func (c *Client) Media(ctx context.Context) error {
	_, err := call[struct{}](ctx, c, "media", struct{}{})
	return err
}

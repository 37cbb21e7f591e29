package control

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/auth"
	"github.com/anteroom-video/anteroom/lobby/receipt"
	"github.com/anteroom-video/anteroom/lobby/sqlstore"
)

const (
	lockName   = "anteroom.lock"
	socketName = "anteroom.sock"
	// socketPathLimit is what the address of a socket can hold (104 bytes on macOS, 108 on Linux, with a zero).
	socketPathLimit = 103
	// startsWithin is how long a node may take from the lock to the socket, and from closing the socket to giving up the lock.
	startsWithin = 10 * time.Second
)

// Causes of a FolderError.
var (
	ErrInUse   = errors.New("the state folder is in use") // another process has it
	ErrNoStore = errors.New("the state folder holds no store")
)

// FolderError is a state folder that cannot be used: a sentence that names it and the way out.
type FolderError struct {
	Folder, Message string
	Err             error
}

func (e *FolderError) Error() string {
	return fmt.Sprintf("the state folder %s %s", e.Folder, e.Message)
}
func (e *FolderError) Unwrap() error { return e.Err }

// Folder is a state folder that belongs to this process until Close.
type Folder struct {
	path string
	lock *os.File
}

// Own takes a state folder for this process, and makes it if it is not there. Errors are FolderErrors; ErrInUse when another
// process has it.
func Own(path string) (*Folder, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, unusable(path, err)
	}
	lock, err := os.OpenFile(filepath.Join(path, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, unusable(path, err)
	}
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		lock.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, &FolderError{path, "belongs to another anteroom process that runs: stop it, or give this one another folder with --state-dir", ErrInUse}
		}
		return nil, unusable(path, err)
	}
	return &Folder{path, lock}, nil
}

// inUse tells whether a process has the folder. It changes nothing: a folder or lock that is not there is nobody's.
func inUse(path string) (bool, error) {
	lock, err := os.OpenFile(filepath.Join(path, lockName), os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, unusable(path, err)
	}
	defer lock.Close()
	err = unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return true, nil
	}
	return false, err // closing gives the lock up again
}

func unusable(path string, err error) error {
	cause := err
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		cause = p.Err
	}
	return &FolderError{path, fmt.Sprintf("cannot be written (%v): give this user the folder, or name another one with --state-dir", cause), err}
}

// Close gives the folder up. The lock ends with the process too, however it ends.
func (f *Folder) Close() error { return f.lock.Close() }

// Listen makes the socket. What a process that was killed left there is removed.
func (f *Folder) Listen() (net.Listener, error) {
	path := filepath.Join(f.path, socketName)
	if len(path) > socketPathLimit {
		return nil, &FolderError{f.path, fmt.Sprintf("has too long a path for a socket in it (%d bytes; %d is the limit): name a shorter one with --state-dir", len(path), socketPathLimit), nil}
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, unusable(f.path, err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, unusable(f.path, err)
	}
	if err := os.Chmod(path, 0o600); err != nil { // the folder is for its owner alone already
		l.Close()
		return nil, unusable(f.path, err)
	}
	return l, nil
}

// Place is where a command looks for its node.
type Place struct {
	StateDir, StoreKey string
	Tenant             lobby.TenantID
	// Origin is what links begin with, whatever the node says; "" where nobody said it. Assumed is what they begin with when neither a node
	// nor the store knows it.
	Origin, Assumed string
	Logger          *slog.Logger
	// Policies gives the service's, for a store without a node; nil: the shipped ones.
	Policies func() (lobby.Catalogue, error)
	// Fresh allows making a store where there is none.
	Fresh bool
}

// Reach finds the node that runs on the state folder, or else opens the store.
func Reach(ctx context.Context, p Place) (*Client, error) {
	if !p.Fresh {
		if _, err := os.Stat(filepath.Join(p.StateDir, sqlstore.FileName)); errors.Is(err, fs.ErrNotExist) {
			return nil, &FolderError{p.StateDir, "holds no store: name the folder of the node that is meant with --state-dir", ErrNoStore}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, startsWithin)
	defer cancel()
	for {
		if client := dial(ctx, p.StateDir); client != nil {
			client.origin = p.Origin
			return client, nil
		}
		folder, err := Own(p.StateDir)
		if err == nil {
			return openStore(ctx, folder, p)
		}
		if !errors.Is(err, ErrInUse) {
			return nil, err
		}
		// A node is just starting or stopping: in a moment there will be a socket, or no lock.
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return nil, &FolderError{p.StateDir, "belongs to a process that does not answer: end it and try again", ErrInUse}
		}
	}
}

// dial returns nil when no node listens.
func dial(ctx context.Context, stateDir string) *Client {
	path := filepath.Join(stateDir, socketName)
	conn, err := new(net.Dialer).DialContext(ctx, "unix", path)
	if err != nil {
		return nil
	}
	conn.Close()
	return overSocket(path)
}

func openStore(ctx context.Context, folder *Folder, p Place) (*Client, error) {
	policies := lobby.ShippedCatalogue()
	if p.Policies != nil {
		var err error
		if policies, err = p.Policies(); err != nil {
			return nil, errors.Join(err, folder.Close())
		}
	}
	store, err := sqlstore.Open(ctx, sqlstore.Config{Dir: p.StateDir, KeyFile: p.StoreKey})
	if err != nil {
		return nil, errors.Join(err, folder.Close())
	}
	closing := func() error { return errors.Join(store.Close(), folder.Close()) }
	origin, err := p.origin(ctx, store)
	if err != nil {
		return nil, errors.Join(err, closing())
	}
	accounts := auth.New(store, time.Now, auth.Config{})
	rooms, err := lobby.New(store, time.Now, policies.Policies, accounts.Hasher())
	if err != nil {
		return nil, errors.Join(err, closing())
	}
	receipts, err := receipt.NewSigner(ctx, store)
	if err != nil {
		return nil, errors.Join(err, closing())
	}
	operations := &Operations{
		ReceiptKey: receipts.Public(),
		Tenant:     p.Tenant, Lobby: rooms, Auth: accounts, Origin: origin, Policies: policies, Logger: p.Logger,
	}
	return inProcess(operations.Handler(), closing), nil
}

// Serve answers commands on a folder's socket until ctx ends, and returns when the last one is answered.
func Serve(ctx context.Context, l net.Listener, o *Operations) error {
	server := &http.Server{Handler: o.Handler(), ReadTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(o.Logger.Handler(), slog.LevelWarn)}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	select {
	case err := <-served:
		return fmt.Errorf("serving commands: %w", err)
	case <-ctx.Done():
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err := server.Shutdown(stopping)
	<-served
	return err
}

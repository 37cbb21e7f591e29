package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/anteroom-video/anteroom/cmd/internal/config"
	"github.com/anteroom-video/anteroom/lobby/sqlstore"
	"github.com/anteroom-video/anteroom/sfu"
)

const (
	// Free space of the state folder, in bytes: below the first nothing may be written soon, below the second it is time to look.
	tooLittle, little = 64 << 20, 1 << 30
	// enoughFiles is what a node of some thousand people needs: a socket for each, and half of them over TCP twice.
	enoughFiles = 65536
)

// state looks at the folder for everything that is kept, and at the key beside it.
func (e *examination) state() {
	const check = "state folder"
	dir := e.Config.StateDir
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		above := dir
		for errors.Is(err, fs.ErrNotExist) && above != filepath.Dir(above) {
			above = filepath.Dir(above)
			_, err = os.Stat(above)
		}
		if err := unix.Access(above, unix.W_OK|unix.X_OK); err != nil {
			e.fail(check, "make it and give it to this user (chmod 700), or name another one with --state-dir", "%s is not there and cannot be made: %v", dir, err)
			return
		}
		e.skip(check, "%s is not there yet; anteroom serve makes it", dir)
		return
	}
	if err == nil && !info.IsDir() {
		err = errors.New("it is a file")
	}
	if err != nil {
		e.fail(check, "give this user the folder, or name another one with --state-dir", "%s cannot be used: %v", dir, err)
		return
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); ok && os.Geteuid() == 0 && owner.Uid != 0 {
		e.skip(check, "%s belongs to user %d, and root may write everywhere; run this as the user of the node", dir, owner.Uid)
		return
	}
	f, err := os.CreateTemp(dir, ".doctor-*")
	if err == nil {
		err = errors.Join(f.Close(), os.Remove(f.Name()))
	}
	if err != nil {
		e.fail(check, "give this user the folder, or name another one with --state-dir", "%s cannot be written: %v", dir, cause(err))
		return
	}
	var disk unix.Statfs_t
	if err := unix.Statfs(dir, &disk); err != nil {
		e.warn(check, "", "%s can be written; its free space cannot be told: %v", dir, err)
		return
	}
	free := disk.Bavail * uint64(disk.Bsize)
	switch {
	case free < tooLittle:
		e.fail(check, "make room", "%s has %d MB free, and what must be kept may not be soon", dir, free>>20)
	case free < little:
		e.warn(check, "make room", "%s has %d MB free", dir, free>>20)
	case info.Mode().Perm()&0o077 != 0:
		e.warn(check, "chmod 700 "+dir, "%s can be read by other users (%v)", dir, info.Mode().Perm())
	default:
		e.ok(check, "%s can be written and has %d MB free", dir, free>>20)
	}
	e.key()
}

// key looks whether the store can be opened with what is there.
func (e *examination) key() {
	const check = "store key"
	if _, err := os.Stat(filepath.Join(e.Config.StateDir, sqlstore.FileName)); err != nil {
		e.skip(check, "there is no store yet")
		return
	}
	f, err := os.Open(e.Config.StoreKey)
	if err != nil {
		e.fail(check, "name the key that the store was made with by --store-key, or put it back from its backup", "the store in %s is sealed, and its key %s cannot be read: %v",
			e.Config.StateDir, e.Config.StoreKey, cause(err))
		return
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Mode().Perm()&0o077 != 0 {
		e.warn(check, "chmod 600 "+e.Config.StoreKey, "%s can be read by other users (%v)", e.Config.StoreKey, info.Mode().Perm())
		return
	}
	e.ok(check, "%s can be read", e.Config.StoreKey)
}

// ports looks whether the node has its ports, or could have them.
func (e *examination) ports(ctx context.Context) {
	c := e.Config
	media := net.JoinHostPort("", strconv.Itoa(int(c.MediaPort)))
	if e.status != nil {
		e.held("pages port", "listen", c.Listen, e.status.Pages)
		if c.AdminListen != config.AdminOff {
			e.held("admin port", "admin-listen", c.AdminListen, e.status.Admin)
		}
		e.held("media port", "media-port", media, net.JoinHostPort("", strconv.Itoa(int(e.status.MediaPort))))
		return
	}
	e.free(ctx, "pages port", "listen", c.Listen, "tcp")
	if c.AdminListen != config.AdminOff {
		e.free(ctx, "admin port", "admin-listen", c.AdminListen, "tcp")
	}
	networks := []string{"udp"}
	if c.TLS == config.TLSOff {
		networks = append(networks, "tcp")
	}
	e.free(ctx, "media port", "media-port", media, networks...)
}

// held compares what the running node has with what it is to have. The hosts may be written in several ways.
func (e *examination) held(check, flag, want, is string) {
	_, wanted, err := net.SplitHostPort(want)
	_, has, errHas := net.SplitHostPort(is)
	if err != nil || errHas != nil || wanted != "0" && wanted != has {
		e.warn(check, "start the node again with these settings", "the node that runs has %s, and --%s says %s", is, flag, want)
		return
	}
	e.ok(check, "the node that runs has %s", is)
}

// free tries to take the port.
func (e *examination) free(ctx context.Context, check, flag, address string, networks ...string) {
	for _, network := range networks {
		var l interface{ Close() error }
		var err error
		if network == "udp" {
			l, err = new(net.ListenConfig).ListenPacket(ctx, network, address)
		} else {
			l, err = new(net.ListenConfig).Listen(ctx, network, address)
		}
		if err == nil {
			_ = l.Close()
			continue
		}
		do := "name another address with --" + flag
		switch {
		case errors.Is(err, syscall.EADDRINUSE):
			do = "end the other program (ss -lntup tells which it is), or name another address with --" + flag
		case errors.Is(err, syscall.EACCES):
			do = "run this as the user of the node; ports below 1024 need CAP_NET_BIND_SERVICE, as deploy/anteroom.service gives it"
		}
		e.fail(check, do, "%s %s cannot be had: %v", strings.ToUpper(network), address, cause(err))
		return
	}
	e.ok(check, "%s is free for %s", address, strings.ToUpper(strings.Join(networks, "+")))
}

// buffers asks the system for what the media socket asks for, and looks what it got.
func (e *examination) buffers() {
	const check = "UDP buffers"
	granted, err := bufferSizes(sfu.SocketBuffer)
	if err != nil {
		e.skip(check, "%v", err)
		return
	}
	e.judgeBuffers(granted, sfu.SocketBuffer)
}

// sizes are bytes that a socket holds on its way in and out.
type sizes struct{ in, out int }

func (e *examination) judgeBuffers(granted sizes, want int) {
	const check = "UDP buffers"
	var wrong, set []string
	for _, b := range []struct {
		name string
		size int
	}{{"net.core.rmem_max", granted.in}, {"net.core.wmem_max", granted.out}} {
		if b.size < want {
			wrong = append(wrong, fmt.Sprintf("%s grants %d bytes", b.name, b.size))
			set = append(set, fmt.Sprintf("%s=%d", b.name, want))
		}
	}
	if len(wrong) == 0 {
		e.ok(check, "the media socket gets the %d bytes that it asks for, each way", want)
		return
	}
	e.warn(check, "sysctl -w "+strings.Join(set, " ")+", the same in a file in /etc/sysctl.d, and start the node again",
		"the media socket asks for %d bytes; %s: bursts of many people may be lost", want, strings.Join(wrong, ", "))
}

func bufferSizes(want int) (granted sizes, err error) {
	socket, err := net.ListenUDP("udp", nil)
	if err != nil {
		return sizes{}, err
	}
	defer socket.Close()
	if err := errors.Join(socket.SetReadBuffer(want), socket.SetWriteBuffer(want)); err != nil {
		return sizes{}, err
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return sizes{}, err
	}
	var errIn, errOut error
	err = raw.Control(func(fd uintptr) {
		granted.in, errIn = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF)
		granted.out, errOut = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_SNDBUF)
	})
	granted.in, granted.out = granted.in/bookkeeping, granted.out/bookkeeping
	return granted, errors.Join(err, errIn, errOut)
}

// files looks how many connections the node may have.
func (e *examination) files() {
	const check = "open files"
	do := fmt.Sprintf("LimitNOFILE=%d in the unit, or ulimit -n %d before anteroom serve", enoughFiles, enoughFiles)
	whose, limit := "the node that runs may have", uint64(0)
	if e.status != nil {
		limit = e.status.OpenFiles
	} else {
		whose = "no node runs; what is started from here may have"
		var own unix.Rlimit
		if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &own); err != nil {
			e.skip(check, "%v", err)
			return
		}
		limit = own.Cur
	}
	if limit < enoughFiles {
		e.warn(check, do, "%s %d open files, and each person needs one or two", whose, limit)
		return
	}
	e.ok(check, "%s %d", whose, limit)
}

// cause is the part of an error that tells something new.
func cause(err error) error {
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		return errno
	}
	return err
}

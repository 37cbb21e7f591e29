package peerconnection

import (
	"fmt"
	"net"
	"net/netip"

	pion "github.com/pion/transport/v4"
	"github.com/pion/transport/v4/stdnet"
)

// maxTold is how many addresses are told to a client: each costs it connectivity checks.
const maxTold = 8

// loopback is the network that the ICE agents see. All their packets go through the muxes, whatever addresses the
// machine has, so they are shown one address per family. It also saves listing the interfaces for each connection.
type loopback struct{ *stdnet.Net }

func newLoopback() (loopback, error) {
	n, err := stdnet.NewNet()
	return loopback{n}, err
}

func (loopback) Interfaces() ([]*pion.Interface, error) {
	lo := pion.NewInterface(net.Interface{
		Index: 1, MTU: 65536, Name: "lo", Flags: net.FlagUp | net.FlagLoopback | net.FlagRunning,
	})
	lo.AddAddress(&net.IPNet{IP: net.IPv4(127, 0, 0, 1).To4(), Mask: net.CIDRMask(8, 32)})
	lo.AddAddress(&net.IPNet{IP: net.IPv6loopback, Mask: net.CIDRMask(128, 128)})
	return []*pion.Interface{lo}, nil
}

// told are the addresses that clients are told to send to.
func (f *Factory) told() []netip.Addr {
	ips := f.config.IPs
	if len(ips) == 0 {
		at := f.udp.LocalAddr().Addr()
		if !at.IsUnspecified() {
			return []netip.Addr{at}
		}
		ips = interfaceAddrs(at.Is4())
	}
	return ips[:min(len(ips), maxTold)]
}

// interfaceAddrs lists the machine's addresses; the loopback one only if there is no other.
func interfaceAddrs(onlyIPv4 bool) []netip.Addr {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var found, local []netip.Addr
	for _, a := range addrs {
		n, ok := a.(*net.IPNet)
		if !ok {
			continue
		}
		ip, ok := netip.AddrFromSlice(n.IP)
		ip = ip.Unmap()
		switch {
		case !ok || ip.IsLinkLocalUnicast() || onlyIPv4 && !ip.Is4():
		case ip.IsLoopback():
			local = append(local, ip)
		default:
			found = append(found, ip)
		}
	}
	if len(found) == 0 {
		return local
	}
	return found
}

// candidates are the attributes of the answer (RFC 8839 section 5.1): UDP before TCP, in the order of the addresses.
func (f *Factory) candidates() []string {
	const host, tcpHost = 126, 100 // type preferences (RFC 8445 section 5.1.2.2); TCP below UDP (RFC 6544 section 4.2)
	var lines []string
	add := func(kind uint32, i int, protocol string, ip netip.Addr, port int, suffix string) {
		priority := kind<<24 | uint32(65535-i)<<8 | 255
		lines = append(lines, fmt.Sprintf("%d 1 %s %d %s %d typ host%s",
			len(lines)+1, protocol, priority, ip, port, suffix))
	}
	told := f.told()
	for i, ip := range told {
		add(host, i, "udp", ip, int(f.udp.LocalAddr().Port()), "")
	}
	if f.tcp != nil {
		for i, ip := range told {
			add(tcpHost, i, "tcp", ip, f.tcp.Port(), " tcptype passive")
		}
	}
	return lines
}

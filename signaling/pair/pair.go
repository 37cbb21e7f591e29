// Package pair cleans what two browsers tell each other of themselves when they connect over the relay alone.
//
// The contract:
//
//   - **Nobody learns an address.** What comes out names relayed addresses of the node and no other: not those of a network
//     interface, not that of a router, and no name for one. What is in the text besides is the sender's own.
//   - **Pure.** Text in, text out; a bad one is refused, not mended.
package pair

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"
)

var (
	// ErrDescription: no session description of a browser.
	ErrDescription = errors.New("pair: not a session description")
	// ErrCandidate: no candidate of a browser, or one that leads elsewhere than over the relay.
	ErrCandidate = errors.New("pair: not a relayed candidate")
)

// Description gives a session description (RFC 8866) without candidates and with no address in it: browsers gather them
// beside it (RFC 8838), and what stands in the c=, o= and a=rtcp lines is not used with ICE (RFC 8839 section 4.2.1.2).
func Description(sdp string) (string, error) {
	if !strings.HasPrefix(sdp, "v=0\r\n") || !strings.HasSuffix(sdp, "\r\n") {
		return "", ErrDescription
	}
	var out strings.Builder
	out.Grow(len(sdp))
	for line := range strings.SplitSeq(strings.TrimSuffix(sdp, "\r\n"), "\r\n") {
		if len(line) < 2 || line[1] != '=' || strings.ContainsAny(line, "\r\n") {
			return "", ErrDescription
		}
		switch {
		case strings.HasPrefix(line, "a=candidate"), strings.HasPrefix(line, "a=remote-candidates"), strings.HasPrefix(line, "a=end-of-candidates"):
			continue
		case strings.HasPrefix(line, "c="):
			line = "c=IN IP4 0.0.0.0"
		case strings.HasPrefix(line, "a=rtcp:"):
			line = "a=rtcp:9 IN IP4 0.0.0.0"
		case strings.HasPrefix(line, "o="):
			// Who made it (RFC 8866 section 5.2): a name, two numbers, and where.
			fields := strings.Fields(line[2:])
			if len(fields) != 6 || !isNumber(fields[1]) || !isNumber(fields[2]) {
				return "", ErrDescription
			}
			line = "o=- " + fields[1] + " " + fields[2] + " IN IP4 0.0.0.0"
		}
		out.WriteString(line)
		out.WriteString("\r\n")
	}
	return out.String(), nil
}

// Candidate gives a candidate (the attribute's value, RFC 8839 section 5.1) that is relayed, without the address that it was
// gathered by. relayed says whether an address is one of the node's relay. The end of candidates, which is empty, passes.
func Candidate(text string, relayed func(netip.AddrPort) bool) (string, error) {
	if text == "" {
		return "", nil
	}
	value, ok := strings.CutPrefix(text, "candidate:")
	fields := strings.Fields(value)
	// foundation, component, transport, priority, address, port, "typ", type, and what extends it
	if !ok || len(fields) < 8 || !isWord(fields[0]) || !strings.EqualFold(fields[2], "udp") || fields[6] != "typ" || fields[7] != "relay" ||
		!isNumber(fields[1]) || !isNumber(fields[3]) {
		return "", ErrCandidate
	}
	addr, err := netip.ParseAddr(fields[4])
	if err != nil {
		return "", ErrCandidate
	}
	port, err := strconv.ParseUint(fields[5], 10, 16)
	if err != nil || !relayed(netip.AddrPortFrom(addr, uint16(port))) {
		return "", ErrCandidate
	}
	out := append([]string{}, fields[:8]...)
	out = append(out, "raddr", "0.0.0.0", "rport", "0")
	for rest := fields[8:]; len(rest) >= 2; rest = rest[2:] {
		switch rest[0] {
		case "generation", "ufrag", "network-id", "network-cost":
			if isWord(rest[1]) {
				out = append(out, rest[0], rest[1])
			}
		}
	}
	return "candidate:" + strings.Join(out, " "), nil
}

func isNumber(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// isWord reports whether s is of the letters of an ICE token (RFC 8839 section 5.1), none of which an address needs to be written.
func isWord(s string) bool {
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '+' && c != '/' {
			return false
		}
	}
	return s != ""
}

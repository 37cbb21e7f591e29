package media

// window is how many of a stream's last numbers are remembered. What comes later counts as repeated.
const window = 4096

// numbers counts the packets of one stream by their sequence numbers (RFC 3550, section 5.1), which wrap around.
type numbers struct {
	first, newest uint64 // extended, from 1<<32 on; 0 before the first
	got           [window]bool
	received      uint64
}

// take extends a number and reports whether it is news.
func (n *numbers) take(sequence uint16) (number uint64, news bool) {
	if n.newest == 0 {
		number = 1<<32 + uint64(sequence)
		n.first, n.newest = number, number-1
	} else {
		number = uint64(int64(n.newest) + int64(int16(sequence-uint16(n.newest))))
	}
	if number+window <= n.newest {
		return number, false
	}
	for n.newest < number {
		n.newest++
		n.got[n.newest%window] = false
	}
	n.first = min(n.first, number)
	if n.got[number%window] {
		return number, false
	}
	n.got[number%window] = true
	n.received++
	return number, true
}

// expected is how many packets there are from the first to the newest.
func (n *numbers) expected() uint64 {
	if n.newest == 0 {
		return 0
	}
	return n.newest - n.first + 1
}

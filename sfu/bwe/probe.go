package bwe

// Probe asks for padding to be sent: Bytes at Rate bits per second, on top of what is sent anyway, each packet marked with
// Cluster in [Packet.Probe].
type Probe struct {
	Cluster     uint8
	Bytes, Rate int
}

const (
	probeTime  = 30 * millisecond
	probeLeast = 1500 // bytes: five packets of padding, which are 255 bytes and their headers
	// At the start two probes, of the second only if the first held; then twice the rate while it holds.
	probeFirst, probeSecond, probeNext = 3, 6, 2
	// More than this times what is needed is not tried.
	probeNeed = 1.3
	// A probe held if so much of its rate arrived. What is believed of a rate measured is probeBelief.
	probeHeld, probeBelief = 0.7, 0.95
	// So many packets of a cluster must come.
	probeShare, probePackets = 0.6, 4

	probeEvery, probeSeldom = 5 * second, 15 * second
	probeAgain              = second // at the least between two, except while they hold
	probeAfterDrop          = 3 * second / 2
	probeRegret             = 2 * second
	probeLost               = second // on top of the round trip
	// Packets that come so close together at the beginning of a cluster were held up on the way (Wi-Fi): how many there
	// are says nothing.
	atOnce = millisecond
)

// prober decides when to probe and measures what comes of it.
type prober struct {
	cluster uint8
	running bool
	rate    float64
	bytes   int
	issued  int64

	// What was sent of the running cluster, and between its packets.
	first, last    int64 // numbers
	sentFirst      int64
	sentLast       int64
	padding        int // bytes
	packets        int
	all            int // bytes, of media too
	lastBytes      int
	cameFirst      int64
	cameTogether   int64 // when the last of those came that came with the first
	cameLast       int64
	came           int // bytes, without those
	paddingArrived int // packets

	steps int   // probes of the start that are done
	next  int64 // when another is due
	wait  int64 // between two, grows while they fail
	held  bool  // the last one did
}

// send notes a packet sent while a probe runs.
func (p *prober) send(n int64, cluster uint8, bytes int, at int64) {
	if !p.running {
		return
	}
	if cluster != p.cluster {
		if p.packets > 0 && p.padding < p.bytes {
			p.all += bytes
		}
		return
	}
	if p.packets == 0 {
		p.first, p.sentFirst = n, at
	}
	p.last, p.sentLast, p.lastBytes = n, at, bytes
	p.padding += bytes
	p.all += bytes
	p.packets++
}

// arrive notes a packet that came.
func (p *prober) arrive(n int64, cluster uint8, bytes int, at int64) {
	if !p.running || p.packets == 0 || n < p.first || n > p.last && p.padding >= p.bytes {
		return
	}
	if p.cameLast == 0 {
		p.cameFirst, p.cameTogether, p.cameLast = at, at, at
	}
	p.cameLast = max(p.cameLast, at)
	if at <= p.cameFirst+atOnce {
		p.cameTogether = max(p.cameTogether, at)
	} else {
		p.came += bytes
	}
	if cluster == p.cluster {
		p.paddingArrived++
	}
}

// due gives the probe to send now, if there is one. target is the rate now, need what would be sent if it could.
func (p *prober) due(now int64, target, start, need float64) (Probe, bool) {
	if p.running || now < p.next || need <= target {
		return Probe{}, false
	}
	rate := probeNext * target
	switch p.steps {
	case 0:
		rate = max(rate, probeFirst*start)
	case 1:
		rate = max(rate, probeSecond*start)
	}
	rate = min(rate, max(probeNeed*need, probeNeed*target))
	p.cluster++
	if p.cluster == 0 {
		p.cluster = 1
	}
	*p = prober{
		cluster: p.cluster, running: true, issued: now, rate: rate, bytes: max(int(rate*probeTime/8/second), probeLeast),
		steps: p.steps, wait: p.wait,
	}
	return Probe{Cluster: p.cluster, Bytes: p.bytes, Rate: int(rate)}, true
}

// result ends the probe when the feedback has passed its last packet, or no longer can. It gives the rate measured.
func (p *prober) result(now, seen, roundTrip int64, background float64) (bits float64, done bool) {
	if !p.running {
		return 0, false
	}
	complete := p.packets > 0 && p.padding >= p.bytes*9/10 && seen >= p.last
	if !complete && now-p.issued < probeLost+roundTrip {
		return 0, false
	}
	p.running = false
	p.steps++
	if complete {
		bits = p.measure(background)
	}
	p.held = bits >= probeHeld*p.rate
	if p.held {
		p.wait = probeEvery
		p.next = now
		return bits, true
	}
	p.steps = max(p.steps, 2)
	p.wait = min(max(p.wait*3/2, probeEvery), probeSeldom)
	p.next = now + p.wait
	return bits, true
}

// regret says that the rate had to be cut. If that was soon after a probe, it had promised too much.
func (p *prober) regret(now int64) {
	if now-p.issued < probeRegret && !p.running {
		p.wait = min(max(p.wait*3/2, probeEvery), probeSeldom)
		p.next = now + p.wait
	}
}

func (p *prober) measure(background float64) float64 {
	took, sending := p.cameLast-p.cameTogether, p.sentLast-p.sentFirst
	if p.paddingArrived < probePackets || float64(p.paddingArrived) < probeShare*float64(p.packets) || took <= sending/2 || sending <= 0 {
		return 0 // too few, or held up somewhere and let go together
	}
	received := float64(p.came*8) * second / float64(took) / (1 - background)
	left := float64((p.all-p.lastBytes)*8) * second / float64(sending)
	return min(received, left, p.rate)
}

// soon makes a probe due, not before a moment.
func (p *prober) soon(at int64) { p.next = min(p.next, max(at, p.issued+probeAgain)) }

package alloc

import "github.com/anteroom-video/anteroom/sfu/layer"

// Choice is what a receiver wants of pictures.
type Choice uint8

const (
	// Auto: what tiles ask for and the line carries.
	Auto Choice = iota
	// High: the stage as large as it is sent, whatever its tile.
	High
	// Saver: the smallest pictures, within saverBits.
	Saver
	// Sound: no pictures. They are not Paused: it was chosen so.
	Sound
)

const (
	// stageLines is what the stage gets before anybody else gets anything: a face that can be read.
	stageLines = 360
	// saverBits is what all pictures together may take under Saver, in bits per second.
	saverBits = 300_000
	// heavyBits is more than a smallest picture has reason to cost, in bits per second.
	heavyBits = 300_000
	// maxBits is the most that one layer is taken to cost: more is garbage.
	maxBits = 100_000_000
)

// Layer is one size in which a picture can be had.
type Layer struct {
	// Bits per second that passing it on costs in all: as measured, or a guess where it is not sent now.
	Bits int
	// Lines of the picture's shorter side, in pixels.
	Lines int
}

// Picture is one picture that the receiver shows.
type Picture struct {
	// ID names the picture from one decision to the next.
	ID int
	// Layers from the smallest, at most layer.Max.
	Layers []Layer
	// Wish is the layer that its tile asks for; layer.None where it is not shown or not sent.
	Wish int
	// Stage: it is what the receiver looks at. Screen: a shared screen, which is of no use when it cannot be read.
	Stage, Screen bool
}

// Input of a decision.
type Input struct {
	Choice Choice
	// Budget is what the line carries and Sound what sound takes of it, in bits per second.
	Budget, Sound int
	// Early: the line is still being measured for the first time.
	Early bool
	// Pictures in the order of their importance, but for stage and screen, which come first.
	Pictures []Picture
}

// Grant is what one picture gets.
type Grant struct {
	// Layer is the highest that may be sent, or layer.None.
	Layer int
	// Paused: it is wanted, and the line has no room for it.
	Paused bool
}

// Need is what everything that is wished for, and sound, would cost, in bits per second: what would be sent if the line
// carried it.
func Need(in Input) int {
	need := max(in.Sound, 0)
	pictures := 0
	for i := range in.Pictures {
		if top := in.top(i); top != layer.None {
			pictures += cost(&in.Pictures[i], top)
		}
	}
	if in.Choice == Saver {
		pictures = min(pictures, saverBits)
	}
	return need + pictures
}

// top is the highest layer that picture i may have: what it wishes, as the choice bends it.
func (in *Input) top(i int) int {
	p := &in.Pictures[i]
	top := min(p.Wish, len(p.Layers)-1, layer.Max-1)
	if top < 0 || in.Choice == Sound {
		return layer.None
	}
	switch {
	case in.Choice == High && p.Stage:
		return min(len(p.Layers), layer.Max) - 1
	case in.Choice == Saver:
		return 0
	}
	return top
}

// cost of a layer. One that claims to be cheaper than a smaller one, or nothing, costs as much as that.
func cost(p *Picture, at int) int {
	bits := 1
	for i := range at + 1 {
		bits = max(bits, min(p.Layers[i].Bits, maxBits))
	}
	return bits
}

// heavy reports whether even the smallest picture costs more than it has reason to. What it costs is its sender's doing, and
// does not become the loss of all others where there is no room for it.
func heavy(p *Picture) bool { return len(p.Layers) > 0 && cost(p, 0) > heavyBits }

// divide shares the budget without looking back: grants[i] is the layer that picture i gets, layer.None for none.
func divide(grants []int, in Input) {
	left := max(in.Budget, 0) - max(in.Sound, 0)
	if in.Choice == Saver {
		left = min(left, saverBits)
	}
	for i := range grants {
		grants[i] = layer.None
	}
	// raise lifts picture i by one layer, if it is below the limit and there is room.
	raise := func(i, limit int) bool {
		next := grants[i] + 1
		if next > limit {
			return false
		}
		p := &in.Pictures[i]
		more := cost(p, next)
		if next > 0 {
			more -= cost(p, next-1)
		}
		if more > left {
			return false
		}
		left -= more
		grants[i] = next
		return true
	}
	prefers := func(p *Picture) bool { return p.Stage || p.Screen }
	// The stage and shared screens, up to a size in which they can be read.
	for i := range in.Pictures {
		p := &in.Pictures[i]
		if !prefers(p) {
			continue
		}
		limit := in.top(i)
		for limit > 0 && p.Layers[limit].Lines > stageLines {
			limit--
		}
		for raise(i, limit) {
		}
		// While the stage wants more than it has, nobody else gets anything: unless it is at nothing because it is heavy.
		if p.Stage && grants[i] < limit && !(grants[i] == layer.None && heavy(p)) {
			return
		}
	}
	for i := range in.Pictures {
		p := &in.Pictures[i]
		if !prefers(p) && !raise(i, min(in.top(i), 0)) && in.top(i) != layer.None && !heavy(p) {
			break // who stands behind is less important, though he might cost less
		}
	}
	for i := range in.Pictures {
		if prefers(&in.Pictures[i]) {
			for raise(i, in.top(i)) {
			}
		}
	}
	for step := 1; step < layer.Max; step++ {
		for i := range in.Pictures {
			if grants[i] == step-1 && !prefers(&in.Pictures[i]) {
				raise(i, in.top(i))
			}
		}
	}
}

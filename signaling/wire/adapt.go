package wire

// Quality says what a person wants to receive of the pictures.
type Quality struct {
	Choice Choice `json:"choice"`
}

func (*Quality) Type() string { return "quality" }

func (q *Quality) decode(f *fields) {
	q.Choice = oneOf(f, "choice", ChoiceAuto, ChoiceHigh, ChoiceSaver, ChoiceSound)
}

// Demand tells which layers of an own source somebody watches now, 0 being the smallest; none for nobody.
type Demand struct {
	Source Source    `json:"source"`
	Layers List[int] `json:"layers"`
}

func (*Demand) Type() string { return "demand" }

func (d *Demand) decode(f *fields) {
	d.Source = readSource(f)
	d.Layers = f.numbers("layers", MaxLayers, MaxLayers)
}

// PicturesPaused tells all publications whose picture is not sent, because the own line is too thin.
type PicturesPaused struct {
	Publications List[string] `json:"publications"`
}

func (*PicturesPaused) Type() string { return "pictures_paused" }

func (p *PicturesPaused) decode(f *fields) {
	p.Publications = f.words("publications", MaxSources, MaxID)
}

// LineChanged tells those who moderate how good somebody's line is. Its type on the wire is "line".
type LineChanged struct {
	Participant string      `json:"participant"`
	Quality     LineQuality `json:"quality"`
}

func (*LineChanged) Type() string { return "line" }

func (l *LineChanged) decode(f *fields) {
	l.Participant = f.id("participant")
	l.Quality = oneOf(f, "quality", LineGood, LineMid, LineBad)
}

// Codec tells what the cameras of the room are to be sent as.
type Codec struct {
	Video VideoCodec `json:"video"`
}

func (*Codec) Type() string       { return "codec" }
func (c *Codec) decode(f *fields) { c.Video = oneOf(f, "video", CodecVP8, CodecVP9) }

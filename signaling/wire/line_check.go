package wire

// LineCheck asks for a way through the relay and back, over which a waiting person's page tries its line. Answered with [LineWay].
type LineCheck struct{ bare }

// LineWay are the two ends of that way, each the leave of one of two connections of the same page. They hold for LineCheckLasts.
type LineWay struct {
	Near ICEServer `json:"near"`
	Far  ICEServer `json:"far"`
}

// Forecast is what a waiting person's page found of its line. Those who moderate read it in [Waiting].
type Forecast struct {
	Outlook Outlook `json:"outlook"`
}

func (*LineCheck) Type() string { return "line_check" }
func (*LineWay) Type() string   { return "line_way" }
func (*Forecast) Type() string  { return "forecast" }

func (w *LineWay) decode(f *fields) {
	w.Near, w.Far = readICEServer(f.sub("near")), readICEServer(f.sub("far"))
}

func (o *Forecast) decode(f *fields) {
	o.Outlook = oneOf(f, "outlook", OutlookGood, OutlookSound, OutlookWeak)
}

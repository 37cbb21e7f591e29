package report

import (
	"fmt"
	"math"
	"strings"
)

// chart is a diagram of curves over time, drawn as SVG (W3C SVG 1.1) without a script.
type chart struct {
	Title string
	Unit  string
	Limit float64 // a line that no curve should cross; 0 for none
	Lines []curve
}

// curve is one value over time. NaN is a gap.
type curve struct {
	Name   string
	Values []float64
}

// Sizes in the SVG's own unit.
const (
	chartWidth, chartHeight = 640, 180
	plotLeft, plotRight     = 52, chartWidth - 24
	plotTop, plotBottom     = 10, chartHeight - 24
	gridLines               = 4
)

// Top is the value at the upper end: a round number over everything.
func (c chart) Top() float64 {
	top := c.Limit
	for _, line := range c.Lines {
		for _, v := range line.Values {
			if !math.IsNaN(v) {
				top = max(top, v)
			}
		}
	}
	return roundUp(top)
}

// roundUp gives 1, 2 or 5 times a power of ten, at least v.
func roundUp(v float64) float64 {
	if v <= 0 || math.IsInf(v, 0) {
		return 1
	}
	unit := math.Pow(10, math.Floor(math.Log10(v)))
	for _, step := range []float64{1, 2, 5} {
		if v <= step*unit*(1+1e-9) {
			return step * unit
		}
	}
	return 10 * unit
}

// height gives where a value is.
func height(v, top float64) float64 { return plotBottom - v/top*(plotBottom-plotTop) }

// label is a mark at an axis.
type label struct {
	X, Y float64
	Text string
}

// Grid gives the marks of the upright axis.
func (c chart) Grid() []label {
	top := c.Top()
	var labels []label
	for i := range gridLines + 1 {
		v := top * float64(i) / gridLines
		labels = append(labels, label{plotLeft, height(v, top), number(v)})
	}
	return labels
}

// Times gives the marks of the axis of time.
func (c chart) Times(seconds []float64) []label {
	if len(seconds) == 0 {
		return nil
	}
	var labels []label
	last := seconds[len(seconds)-1]
	for i := range gridLines + 1 {
		at := last * float64(i) / gridLines
		labels = append(labels, label{plotLeft + at/last*(plotRight-plotLeft), plotBottom + 16, fmt.Sprintf("%.0f s", at)})
	}
	return labels
}

// Path gives a curve's points as the d of an SVG path.
func (c chart) Path(line curve, seconds []float64) string {
	if len(seconds) == 0 {
		return ""
	}
	top, last := c.Top(), seconds[len(seconds)-1]
	var d strings.Builder
	gap := true
	for i, v := range line.Values {
		if math.IsNaN(v) {
			gap = true
			continue
		}
		command := "L"
		if gap {
			command = "M"
		}
		gap = false
		fmt.Fprintf(&d, "%s%.1f %.1f", command, plotLeft+seconds[i]/last*(plotRight-plotLeft), height(v, top))
	}
	return d.String()
}

// LimitAt is how high the limit is drawn.
func (c chart) LimitAt() float64 { return height(c.Limit, c.Top()) }

// number writes a value of an axis or a legend, short.
func number(v float64) string {
	switch {
	case v == 0:
		return "0"
	case math.Abs(v) >= 100:
		return fmt.Sprintf("%.0f", v)
	case math.Abs(v) >= 1:
		return fmt.Sprintf("%.3g", v)
	}
	return fmt.Sprintf("%.2g", v)
}

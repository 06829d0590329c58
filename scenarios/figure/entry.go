package figure

import (
	"fmt"
	"regexp"
	"strconv"

	"eaibench/bench"
)

// Version of the figure file's format.
const Version = 1

// File is a figure file.
type File struct {
	// Version of the format: 1.
	Version int `yaml:"version"`
	// Figures in the order in which they are drawn.
	Figures Entries `yaml:"figures"`
}

// Entries are figures, each with an ID of its own.
type Entries []Entry

// Entry is one figure.
type Entry struct {
	// ID names the figure's files: lower-case letters, digits, - and _, at most 60.
	ID string `yaml:"id"`
	// Kind of the figure.
	Kind Kind `yaml:"kind"`
	// Metric that is drawn, METRIC or OPERATION.METRIC as in docs/formats/samples.md, or throughput; or a list of them, each
	// with panels of its own.
	Metric Metrics `yaml:"metric"`
	// Right is the metric of the right-hand axis: two-axes alone.
	Right string `yaml:"right,omitempty"`
	// Along is what the horizontal axis runs along, or the columns of a heat-map: payload, processes, requests, interval or a
	// run parameter that is a number.
	Along bench.Axis `yaml:"along,omitempty"`
	// Filter keeps the cells, and series, that have one of the values of every key.
	Filter Filter `yaml:"filter,omitempty"`
	// Grouping is what stands side by side and is compared: mode, the default, or another thing in which cells differ; whatever
	// else sets them apart has a panel of its own.
	Grouping bench.Axis `yaml:"grouping,omitempty"`
	// Scale of the measured values: auto, the default, linear or log.
	Scale Scale `yaml:"scale,omitempty"`
	// Caption says in a sentence or two what is shown; the kind's own by default.
	Caption string `yaml:"caption,omitempty"`
	// Size is the width: one column (88 mm), two columns (180 mm), the default, or a number of mm from 60 to 400.
	Size Size `yaml:"size,omitempty"`
}

// By is what is compared.
func (e Entry) By() bench.Axis {
	if e.Grouping == "" {
		return bench.ByMode
	}
	return e.Grouping
}

// Width in mm.
func (e Entry) Width() float64 {
	if e.Size == 0 {
		return float64(TwoColumns)
	}
	return float64(e.Size)
}

// Metrics are one or more.
type Metrics []string

// OneOrMore lets a file give one without brackets.
func (*Metrics) OneOrMore() {}

// Throughput is the metric that is computed of a run rather than read: requests per second of all its processes.
const Throughput = "throughput"

// Scale of an axis.
type Scale string

// The scales. Auto is what the kind takes: logarithmic for an ECDF over more than a decade, else linear.
const (
	Auto        Scale = "auto"
	Linear      Scale = "linear"
	Logarithmic Scale = "log"
)

// Size is a width in mm.
type Size float64

// The widths of a page with two columns, as IEEE and ACM have it.
const (
	OneColumn  Size = 88
	TwoColumns Size = 180

	leastSize Size = 60
	mostSize  Size = 400
)

var sizePattern = regexp.MustCompile(`^([0-9]{1,4}(?:\.[0-9])?) ?mm$`)

// UnmarshalText reads a size.
func (s *Size) UnmarshalText(text []byte) error {
	switch string(text) {
	case "one column":
		*s = OneColumn
		return nil
	case "two columns":
		*s = TwoColumns
		return nil
	}
	parts := sizePattern.FindSubmatch(text)
	if parts == nil {
		return fmt.Errorf("want one column, two columns or a width such as 120 mm, found %.40q", text)
	}
	width, err := strconv.ParseFloat(string(parts[1]), 64)
	if err != nil {
		return err
	}
	if *s = Size(width); *s < leastSize || *s > mostSize {
		return fmt.Errorf("%s is not from %v mm to %v mm", text, float64(leastSize), float64(mostSize))
	}
	return nil
}

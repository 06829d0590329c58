package procstat

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
)

// Control is what `proccontrol -m MODE -q -p PID` tells of one mode: cheric18n,
// cherirevoke, nonewprivs, trace, aslr, protmax.
type Control struct {
	// Setting is "enabled" or "disabled", "force enabled", "force disabled" or "not
	// forced": then a default of the file or of the system decides.
	Setting string
	// Active tells whether it is in force; nil where proccontrol does not say: then
	// Setting alone tells what was asked for.
	Active *bool
	// Tracer of mode trace: the PID of the process that traces it, 0 for none.
	Tracer int
}

// On tells whether it is in force, as far as proccontrol says: nil, it does not.
func (c Control) On() *bool {
	on := c.Setting == "enabled" || c.Setting == "force enabled"
	switch {
	case c.Active != nil:
		return c.Active
	case c.Setting == "not forced":
		return nil
	}
	return &on
}

// settings are those that proccontrol prints.
var settings = []string{"enabled", "disabled", "force enabled", "force disabled", "not forced"}

// ParseControl reads what proccontrol printed for a query.
func ParseControl(text []byte) (Control, error) {
	r := begin("proccontrol -q")
	line := strings.TrimSpace(string(text))
	setting, rest, _ := strings.Cut(line, ", ")
	c := Control{Setting: setting}
	if !contains(settings, setting) {
		r.missed("%q: it is no setting that is known", shortened([]byte(setting)))
		return Control{}, r.err()
	}
	tracer, traced := strings.CutPrefix(rest, "traced by ")
	switch {
	case rest == "active", rest == "not active":
		active := rest == "active"
		c.Active = &active
	case traced:
		pid, err := strconv.ParseUint(tracer, 10, 31)
		if err != nil || pid == 0 {
			r.missed("the tracer %q", shortened([]byte(tracer)))
		}
		c.Tracer = int(pid)
	case rest == "", rest == "no debugger":
	default:
		r.missed("%q behind the setting", shortened([]byte(rest)))
	}
	return c, r.err()
}

var feature = regexp.MustCompile(`^([a-z][a-z0-9]*) *'[^']*' is (un)?set\.$`)

// ParseFeatures reads what `elfctl FILE` printed of one file: by the names of
// elfctl's features, such as cheric18n and nocherirevoke, whether each is set.
func ParseFeatures(text []byte) (map[string]bool, error) {
	r := begin("elfctl")
	set := map[string]bool{}
	number := 0
	for line := range bytes.Lines(text) {
		number++
		line = bytes.TrimRight(line, "\r\n")
		match := feature.FindSubmatch(line)
		switch {
		case match != nil:
			set[string(match[1])] = len(match[2]) == 0
		case number == 1 && bytes.HasPrefix(line, []byte("File '")), len(bytes.TrimSpace(line)) == 0:
		default:
			r.missed("line %d: %q", number, shortened(line))
		}
	}
	if len(set) == 0 {
		r.missed("any feature: it names none")
	}
	return set, r.err()
}

package scenarios

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"eaibench/bench"
	"eaibench/internal/strictyaml"
)

// Until says how precisely something is to be known, and bounds what that may take.
type Until struct {
	// Precision asked: half the width of each compared interval, relative to what it is of, from 0.1% to 50%.
	Precision Percentage `yaml:"precision"`
	// Min runs of each cell, from 6, the fewest that a 95 % interval of a median needs; the default is 10.
	Min int `yaml:"min,omitempty"`
	// Max runs of each cell, up to 10,000; the default is 200.
	Max int `yaml:"max,omitempty"`
	// Time after which no other block begins, 1s to 30 days; without it there is no limit.
	Time time.Duration `yaml:"time,omitempty"`
	// Metrics that are to be known so precisely, METRIC or OPERATION.METRIC; the default is execute_total.
	Metrics []string `yaml:"metrics,omitempty"`
}

// Percentage is a share in hundredths of a percent. In a file it is a number with at most two digits behind the point, and %.
type Percentage int

const percent Percentage = 100

var percentagePattern = regexp.MustCompile(`^(0|[1-9][0-9]{0,5})(?:\.([0-9]{1,2}))? ?%$`)

// UnmarshalText reads a percentage.
func (p *Percentage) UnmarshalText(text []byte) error {
	parts := percentagePattern.FindStringSubmatch(string(text))
	if parts == nil {
		return fmt.Errorf("want a percentage such as 2%% or 0.5%%, at most two digits behind the point, found %.40q", text)
	}
	whole, err := strconv.Atoi(parts[1])
	if err != nil {
		return err
	}
	hundredths, err := strconv.Atoi((parts[2] + "00")[:2])
	if err != nil {
		return err
	}
	*p = Percentage(whole)*percent + Percentage(hundredths)
	return nil
}

// MarshalText writes the percentage as UnmarshalText reads it.
func (p Percentage) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// String is the percentage as a file has it.
func (p Percentage) String() string {
	text := fmt.Sprintf("%d.%02d", p/percent, p%percent)
	return strings.TrimRight(strings.TrimRight(text, "0"), ".") + "%"
}

// Ratio is the share of one: 2% is 0.02.
func (p Percentage) Ratio() float64 { return float64(p) / float64(100*percent) }

const (
	leastPrecision = percent / 10
	mostPrecision  = 50 * percent
	leastMin       = 6 // order statistics of fewer do not bound a median with 95 % confidence
	mostTime       = 30 * 24 * time.Hour
)

func defaultUntil() *Until {
	return &Until{Min: 10, Max: 200, Metrics: []string{bench.ExecuteTotal().Metric}}
}

// MostRuns is how many runs of each cell count, at most.
func (s *Scenario) MostRuns() int {
	if s.Until != nil {
		return s.Until.Max
	}
	return s.Runs
}

// Looks are the numbers of runs of each cell at which it is looked whether the precision is reached: at Min, then each time
// there are a quarter more, and at Max.
func (u *Until) Looks() []int {
	looks := []int{u.Min}
	for n := u.Min; n < u.Max; {
		n = min(u.Max, n+(n+3)/4)
		looks = append(looks, n)
	}
	return looks
}

// checkCounts refuses a scenario that does not say, or says twice, how many runs there are.
func (s *Scenario) checkCounts(report reporter) {
	switch {
	case len(s.counts) == 0:
		report("", "missing key %q, or %q in its place", runsKey, untilKey)
	case len(s.counts) == 2:
		report(untilKey, "runs says how many too; keep one of them")
	case s.Until == nil:
		between(report, runsKey, s.Runs, 1, mostRuns)
	case s.Order != Blocks:
		report(untilKey, "order is %s; a look needs every cell as often as the others, which order: blocks gives", s.Order)
	}
	if s.Until == nil {
		return
	}
	for i, metric := range s.Until.Metrics {
		if err := s.checkMetric(metric); err != nil {
			report(fmt.Sprintf("%s.metrics[%d]", untilKey, i), "%v", err)
		}
	}
}

// checkMetric refuses a metric that runs of this scenario do not have, or not each of them.
func (s *Scenario) checkMetric(metric string) error {
	var each, once []string
	for _, path := range s.paths() {
		for _, step := range bench.Steps() {
			names := []string{step.Metric, string(step.Operation) + "." + step.Metric}
			switch {
			case len(step.Paths) > 0 && !slices.Contains(step.Paths, path):
			case step.OncePerMode:
				once = append(once, names...)
			default:
				each = append(each, names...)
			}
		}
	}
	for _, reading := range bench.Readings() {
		each = append(each, reading.Metric, string(reading.Operation)+"."+reading.Metric)
	}
	if slices.Contains(once, metric) && !slices.Contains(each, metric) {
		return fmt.Errorf("%s is timed once a mode: more runs do not make it more precise", metric)
	}
	if slices.Contains(each, metric) {
		return nil
	}
	if nearest := strictyaml.Nearest(metric, each); nearest != "" {
		return fmt.Errorf("%q is not known; did you mean %q?", metric, nearest)
	}
	return fmt.Errorf("%q is no step or reading of each run of this scenario", metric)
}

// paths are those of the scenario's cells.
func (s *Scenario) paths() []string {
	if len(s.Matrix.Path) > 0 {
		return s.Matrix.Path
	}
	return []string{s.Path}
}

// CheckYAML checks the ranges.
func (u *Until) CheckYAML(report func(path, format string, args ...any)) {
	if u.Precision < leastPrecision || u.Precision > mostPrecision {
		report("precision", "%s is not between %s and %s", u.Precision, leastPrecision, mostPrecision)
	}
	between(report, "min", u.Min, leastMin, mostRuns)
	between(report, "max", u.Max, leastMin, mostRuns)
	if u.Min > u.Max {
		report("max", "%d is below min, %d", u.Max, u.Min)
	}
	if u.Time != 0 && (u.Time < time.Second || u.Time > mostTime) {
		report("time", "%v is not between 1s and 720h", u.Time)
	}
	if len(u.Metrics) == 0 {
		report("metrics", "want at least one")
	}
	for i, metric := range u.Metrics {
		if slices.Contains(u.Metrics[:i], metric) {
			report(fmt.Sprintf("metrics[%d]", i), "%s stands twice", metric)
		}
	}
}

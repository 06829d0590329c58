package export

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"eaibench/bench"
)

// family is a metric family of the OpenMetrics text format: values of one kind and unit.
type family struct {
	name, unit, help string
	// takes tells whether a value belongs into it.
	takes func(value) bool
	// of converts from the stored unit to the family's, which OpenMetrics wants without a prefix.
	of func(float64) float64
}

func families() []family {
	seconds := func(ns float64) float64 { return ns / 1e9 }
	same := func(x float64) float64 { return x }
	reading := func(unit bench.Unit) func(value) bool {
		return func(v value) bool { return !isStep(v) && v.unit == unit }
	}
	return []family{
		{"eaibench_step_duration_seconds", "seconds", "How long a step took: the median over the requests of a run.", isStep, seconds},
		{"eaibench_reading_seconds", "seconds", "CPU time or another duration read of a run's process.", reading(bench.Nanoseconds), seconds},
		{"eaibench_reading_bytes", "bytes", "Memory or a size read of a run's process.", reading(bench.Bytes), same},
		{"eaibench_reading", "", "What was counted of a run's process.", reading(bench.Count), same},
	}
}

func isStep(v value) bool {
	_, step := bench.StepOf(v.Series)
	return step && v.unit == bench.Nanoseconds
}

// writeOpenMetrics writes the OpenMetrics text format, version 1.0.0: a gauge a value, at the time its run ended, so that a
// database can be filled after the fact.
func (p *page) writeOpenMetrics(w io.Writer) error {
	names, err := p.labelNames()
	if err != nil {
		return err
	}
	var text bytes.Buffer
	all := []*dto.MetricFamily{p.campaignInfo()}
	for _, f := range families() {
		if metrics := p.gauges(f, names); len(metrics) > 0 {
			all = append(all, gaugeFamily(f, metrics))
		}
	}
	for _, one := range all {
		if _, err := expfmt.MetricFamilyToOpenMetrics(&text, one, expfmt.WithUnit()); err != nil {
			return fmt.Errorf("writing OpenMetrics: %w", err)
		}
	}
	if _, err := expfmt.FinalizeOpenMetrics(&text); err != nil {
		return fmt.Errorf("writing OpenMetrics: %w", err)
	}
	if _, err := w.Write(text.Bytes()); err != nil {
		return fmt.Errorf("writing OpenMetrics: %w", err)
	}
	return nil
}

func gaugeFamily(f family, metrics []*dto.Metric) *dto.MetricFamily {
	one := &dto.MetricFamily{Name: &f.name, Help: &f.help, Type: dto.MetricType_GAUGE.Enum(), Metric: metrics}
	if f.unit != "" {
		one.Unit = &f.unit
	}
	return one
}

// campaignInfo is what is known of the campaign, with the sentences that mark its values.
func (p *page) campaignInfo() *dto.MetricFamily {
	c, one := p.campaign, 1.0
	metric := &dto.Metric{
		Label: labelPairs(
			"campaign", c.Name, "title", c.Title, "solution", c.Solution, "platform", c.Platform, "order", c.Order,
			"stand_in", strconv.FormatBool(c.StandIn), "marks", strings.Join(p.marks, " "),
		),
		Gauge: &dto.Gauge{Value: &one},
	}
	return gaugeFamily(family{name: "eaibench_campaign_info", help: "The campaign whose values these are, and what must be said with them."}, []*dto.Metric{metric})
}

// gauges are the family's, in the order of the runs.
func (p *page) gauges(f family, argumentLabels []string) []*dto.Metric {
	var metrics []*dto.Metric
	for _, run := range p.runs {
		ended := run.Ended.UnixMilli()
		for _, v := range run.values {
			if !f.takes(v) {
				continue
			}
			number := f.of(v.number)
			metrics = append(metrics, &dto.Metric{Label: p.labelsOf(&run, v, argumentLabels), Gauge: &dto.Gauge{Value: &number}, TimestampMs: &ended})
		}
	}
	return metrics
}

func (p *page) labelsOf(run *runValues, v value, argumentLabels []string) []*dto.LabelPair {
	parameters := run.cell.Parameters
	texts := []string{
		"campaign", p.campaign.Name, "run", run.ID, "cell", run.Cell, "mode", run.Mode, "path", run.Path, "crypto", run.Crypto,
		"verify", run.Verify, "processes", strconv.Itoa(run.Processes), "requests", strconv.Itoa(parameters.Requests),
		"interval_ms", strconv.FormatInt(parameters.IntervalMS, 10),
		"component", string(v.Component), "operation", string(v.Operation), "metric", v.Metric, "service", v.Service,
		"stand_in", strconv.FormatBool(p.campaign.StandIn), "insecure", strconv.FormatBool(run.insecure()),
	}
	for i, name := range p.arguments {
		if argument, given := parameters.Arguments[name]; given {
			texts = append(texts, argumentLabels[i], fmt.Sprint(argument))
		}
	}
	if p.all {
		texts = append(texts, "warm_up", strconv.FormatBool(run.WarmUp), "status", string(run.Status))
	}
	return labelPairs(texts...)
}

// labelPairs pairs names with texts, in the order of the names; an empty text is the same as no label and left out.
func labelPairs(namesAndTexts ...string) []*dto.LabelPair {
	var pairs []*dto.LabelPair
	for i := 0; i < len(namesAndTexts); i += 2 {
		if namesAndTexts[i+1] != "" {
			pairs = append(pairs, &dto.LabelPair{Name: &namesAndTexts[i], Value: &namesAndTexts[i+1]})
		}
	}
	slices.SortFunc(pairs, func(a, b *dto.LabelPair) int { return cmp.Compare(a.GetName(), b.GetName()) })
	return pairs
}

var notOfLabels = regexp.MustCompile(`[^A-Za-z0-9_]`)

// labelNames of the arguments, argument_NAME. Two that become the same are refused.
func (p *page) labelNames() ([]string, error) {
	var names []string
	for _, argument := range p.arguments {
		name := "argument_" + notOfLabels.ReplaceAllString(argument, "_")
		if slices.Contains(names, name) {
			return nil, fmt.Errorf("writing OpenMetrics: two arguments would have the label %s", name)
		}
		names = append(names, name)
	}
	return names, nil
}

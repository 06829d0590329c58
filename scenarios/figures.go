package scenarios

import (
	"fmt"
	"slices"

	"eaibench/bench"
	"eaibench/internal/strictyaml"
	"eaibench/scenarios/figure"
)

const figuresKey = "figures"

// FiguresOf reads a scenario's figures from its sources, its own first, and nothing else of it: a campaign can be drawn
// where its platform is not known. Without the key they are those of every scenario. The error is a strictyaml.Faults, or says that
// there is no source.
func FiguresOf(sources []Source) (figure.Entries, error) {
	if len(sources) == 0 {
		return nil, errNoSource
	}
	document, _, err := layered(sources[0], kept(sources[1:]))
	if err != nil {
		return nil, err
	}
	var entries figure.Entries
	switch own, err := document.DecodeKey(figuresKey, &entries); {
	case err != nil:
		return nil, err
	case !own:
		return figure.Default(), nil
	}
	return entries, nil
}

// LoadFigures reads the figures of a figure file, or of a scenario by its name or path; one without has those of every scenario, and
// own is false. The error of a faulty file is a strictyaml.Faults, whatever of it is at fault: a file that is neither has no figures.
func LoadFigures(nameOrFile string) (entries figure.Entries, own bool, err error) {
	source, err := readAs("a figure file", nameOrFile)
	if err != nil {
		return nil, false, err
	}
	if isFigureFile(source) {
		entries, err = figure.Parse(source.File, []byte(source.Text))
		return entries, true, err
	}
	scenario, err := Parse(source.File, []byte(source.Text))
	switch {
	case err != nil:
		return nil, false, err
	case len(scenario.Figures) == 0:
		return figure.Default(), false, nil
	}
	return scenario.Figures, true, nil
}

// HoldsFigures tells whether a name or path is that of a figure file, and not of a scenario.
func HoldsFigures(nameOrFile string) bool {
	source, err := read(nameOrFile)
	return err == nil && isFigureFile(source)
}

// isFigureFile goes by the keys: a figure file has figures, or a slip of the pen for that, and nothing that is of a scenario.
func isFigureFile(source Source) bool {
	document, err := strictyaml.Parse(source.File, []byte(source.Text))
	if err != nil {
		return false
	}
	keys := document.Keys("")
	return slices.ContainsFunc(keys, func(key string) bool { return strictyaml.Nearest(key, []string{figuresKey}) != "" }) &&
		!slices.ContainsFunc(keys, func(key string) bool {
			return slices.Contains([]string{"name", "solution", "platform", extendsKey, runsKey, untilKey}, key)
		})
}

// checkFigures refuses figures of which this scenario has no cell. Where the cells are not known, other faults have been reported.
func (s *Scenario) checkFigures(report reporter) {
	planned := len(s.modes())
	for _, a := range s.axes() {
		planned *= max(1, len(a.values))
	}
	if len(s.Figures) == 0 || planned == 0 || planned > mostPlannedRuns {
		return
	}
	var cells []bench.Cell
	for _, one := range s.expand() {
		cells = append(cells, one.Cell)
	}
	for i, entry := range s.Figures {
		if !slices.ContainsFunc(cells, entry.Filter.Keeps) {
			report(fmt.Sprintf("%s[%d].filter", figuresKey, i), "no cell of this scenario has these values")
		}
		if entry.Along != "" && len(entry.Along.ValuesOf(cells)) < 2 {
			report(fmt.Sprintf("%s[%d].along", figuresKey, i), "the cells of this scenario do not differ in %s", entry.Along)
		}
		if entry.By() != bench.ByMode && len(entry.By().ValuesOf(cells)) < 2 {
			report(fmt.Sprintf("%s[%d].grouping", figuresKey, i), "the cells of this scenario do not differ in %s", entry.By())
		}
	}
}

package audit

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"eaibench/bench"
	"eaibench/bench/statistics"
)

const (
	// significance of tests, over the whole family that a check makes (Holm 1979): one campaign in a hundred in which
	// nothing is the matter gives an alarm.
	significance = 0.01
	// leastDrift of a cell over the campaign that is serious, relative.
	leastDrift = 0.01
	// manySamples that dips are compared with are enough for a family of 500 tests. Drawing them takes most of an audit's
	// time, so that dips are first compared with fewSamples: one whose p-value is above plainly there cannot be
	// significant among more.
	manySamples, fewSamples = 9999, 199
	plainly                 = 0.2
	// dipSeed draws them, the same in every audit.
	dipSeed = 1
)

// tested is what a test says of a course.
type tested struct {
	course
	p    float64
	text string
	size float64
}

// significant are those whose adjusted p is below the significance, the smallest first; p becomes the adjusted one.
func significant(all []tested) ([]tested, error) {
	if len(all) == 0 {
		return nil, nil
	}
	p := make([]float64, len(all))
	for i, one := range all {
		p[i] = one.p
	}
	adjusted, err := statistics.Holm(p)
	if err != nil {
		return nil, err
	}
	for i := range all {
		all[i].p = adjusted[i]
	}
	all = slices.DeleteFunc(all, func(one tested) bool { return one.p > significance })
	slices.SortStableFunc(all, func(a, b tested) int { return cmp.Compare(a.p, b.p) })
	return all, nil
}

// checkTrend looks for values that rise or fall with the place in the campaign: Spearman's correlation.
func checkTrend(c *campaign, f *finding) {
	var all []tested
	courses := c.courses(fewest)
	for _, one := range courses {
		positions := make([]float64, len(one.runs))
		for i, run := range one.runs {
			positions[i] = float64(run.Position)
		}
		correlation, err := statistics.Spearman(one.values, positions)
		if err != nil { // constant: no trend
			continue
		}
		drift := drift(one.values)
		all = append(all, tested{one, correlation.P, fmt.Sprintf("the last third of the runs is %+.1f %% from the first (Spearman's ρ = %.2f, n = %d", 100*drift, correlation.Coefficient, correlation.N), drift})
	}
	found, err := significant(all)
	if err != nil {
		f.lacks("%v", err)
		return
	}
	for _, one := range found {
		severity := Note
		if math.Abs(one.size) >= leastDrift {
			severity = Serious
		}
		f.found(severity, "%s: %s, %s over %s)", one.course, one.text, statistics.ProbabilitySentence(one.p), several(len(courses), "test"))
	}
	sawCourses(c, f, courses, fewest)
}

// drift is how far the median of the last third is from that of the first, relative to it.
func drift(values []float64) float64 {
	third := len(values) / 3
	from, err := statistics.Median(values[:third])
	if err != nil || from == 0 {
		return 0
	}
	to, err := statistics.Median(values[len(values)-third:])
	if err != nil {
		return 0
	}
	return to/from - 1
}

// sawCourses says how many series of values were long enough, and how many were not.
func sawCourses(c *campaign, f *finding, courses []course, atLeast int) {
	if len(courses) > 0 {
		f.saw("%s of values over the campaign", several(len(courses), "course"))
	}
	if short := len(c.courses(1)) - len(courses); short > 0 {
		f.lacks("%s with fewer than %d runs", several(short, "course"), atLeast)
	} else if len(courses) == 0 {
		f.lacks("no run has a value that is compared")
	}
}

// checkBimodal looks for values with more than one mode: the dip test.
func checkBimodal(c *campaign, f *finding) {
	var all []tested
	courses := c.courses(fewest)
	for _, one := range courses {
		modality, err := c.modality(one.values, fewSamples)
		if err == nil && modality.P <= plainly {
			modality, err = c.modality(one.values, manySamples)
		}
		if err != nil {
			f.lacks("%s: %v", one, err)
			continue
		}
		all = append(all, tested{one, modality.P, fmt.Sprintf("dip %.3f, n = %d", modality.Dip, len(one.values)), modality.Dip})
	}
	found, err := significant(all)
	if err != nil {
		f.lacks("%v", err)
		return
	}
	for _, one := range found {
		f.found(Serious, "%s has more than one mode (%s, %s over %s)", one.course, one.text, statistics.ProbabilitySentence(one.p), several(len(courses), "test"))
	}
	sawCourses(c, f, courses, fewest)
}

// uniformSamples are so many samples of one size.
type uniformSamples struct{ size, samples int }

// modality compares the dip of values with those of so many uniform samples of their DipSize.
func (c *campaign) modality(values []float64, samples int) (statistics.Modality, error) {
	drawn := uniformSamples{statistics.DipSize(len(values)), samples}
	if c.uniform[drawn] == nil {
		dips, err := statistics.NewUniformDips(drawn.size, samples, dipSeed)
		if err != nil {
			return statistics.Modality{}, err
		}
		c.uniform[drawn] = dips
	}
	return c.uniform[drawn].Test(values)
}

// checkUnsteady looks for values that change in steps: warm-up that was not left out, slowdown, no steady state.
func checkUnsteady(c *campaign, f *finding) {
	courses := c.courses(fewest)
	for _, one := range courses {
		course, err := statistics.Classify(one.values)
		if err != nil {
			f.lacks("%s: %v", one, err)
			continue
		}
		switch course.Class {
		case statistics.NoSteadyState, statistics.Slowdown:
			f.found(Serious, "%s: %s (%s)", one, course.Class, steps(one, course))
		case statistics.WarmUp:
			f.found(Note, "%s: %s, steady from its run %d of %d on (%s)", one, course.Class, *course.FirstSteady+1, len(one.values), steps(one, course))
		}
	}
	sawCourses(c, f, courses, fewest)
}

// steps writes the means of a course's segments, relative to the last one.
func steps(one course, found statistics.Course) string {
	last := found.Segments[len(found.Segments)-1]
	text := ""
	for i, segment := range found.Segments {
		if i == 4 {
			return text + " …"
		}
		if i > 0 {
			text += ", "
		}
		relative := ""
		if last.Mean != 0 && segment != last {
			relative = fmt.Sprintf(" %+.1f %%", 100*(segment.Mean/last.Mean-1))
		}
		text += fmt.Sprintf("%s–%s%s", one.runs[segment.From].ID, one.runs[segment.To-1].ID, relative)
	}
	return text
}

const (
	// manyOutliers is the share that is worth a note: of normal values 0.7 % are beyond Tukey's inner fences.
	manyOutliers = 0.15
	// manySevere is the share beyond the outer fences, where normal values hardly ever are (0.0002 %).
	manySevere = 0.1
	// enoughForQuartiles: with fewer values fences are so uncertain that normal ones are outside too often.
	enoughForQuartiles = 20
)

// checkOutliers looks for cells many of whose values are far from the others.
func checkOutliers(c *campaign, f *finding) {
	courses := c.courses(enoughForQuartiles)
	for _, one := range courses {
		labels, err := statistics.Outliers(one.values)
		if err != nil {
			f.lacks("%s: %v", one, err)
			continue
		}
		any, severe := 0, 0
		for _, label := range labels {
			if label.Tukey != statistics.NoOutlier {
				any++
			}
			if label.Tukey == statistics.SevereOutlier {
				severe++
			}
		}
		n := float64(len(labels))
		switch {
		case float64(severe) > manySevere*n:
			f.found(Serious, "%s: %d of %d values are beyond 3 interquartile ranges", one, severe, len(labels))
		case float64(any) > manyOutliers*n:
			f.found(Note, "%s: %d of %d values are beyond 1.5 interquartile ranges", one, any, len(labels))
		}
	}
	sawCourses(c, f, courses, enoughForQuartiles)
}

// checkFirstRun looks for cells whose first run that counts is slower than all others, and by far.
func checkFirstRun(c *campaign, f *finding) {
	courses := c.courses(enoughForQuartiles)
	for _, one := range courses {
		rest := one.values[1:]
		q1, err1 := statistics.Quantile(rest, 0.25)
		median, err2 := statistics.Quantile(rest, 0.5)
		q3, err3 := statistics.Quantile(rest, 0.75)
		if err := errors.Join(err1, err2, err3); err != nil {
			f.lacks("%s: %v", one, err)
			continue
		}
		if first := one.values[0]; first > slices.Max(rest) && first > q3+3*(q3-q1) {
			scale := bench.ScaleFor(one.unit, first)
			f.found(Note, "%s: run %s, the first that counts, has %s %s; the median of the others is %s %s", one, one.runs[0].ID,
				scale.Format(first, 4), scale.Name, scale.Format(median, 4), scale.Name)
		}
	}
	sawCourses(c, f, courses, enoughForQuartiles)
}

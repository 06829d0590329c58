package paper

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"eaibench/bench/published"
	"eaibench/bench/statistics"
	"eaibench/results"
)

// memory is the study of operations on blocks.
type memory struct {
	data *results.Data
	read map[string]points
}

// metrics of the imported campaign by the names of the tables.
var memoryMetrics = map[string]string{
	"Write Time (ms)": "write", "Read Time (ms)": "read", "Allocation Time (ms)": "allocate", "Free Time (ms)": "free",
}

// memoryParts are how many parts each table has of a mode, or of what is said of modes: each variable, with outliers and without.
const memoryParts = 2 * 4

// sizes are how many sizes of blocks were measured, in any mode.
func (m memory) sizes() int {
	measured := map[float64]bool{}
	for _, mode := range publishedModes() {
		for _, size := range pointsOf(m.data, mode, "write", blockBytes, 1<<20).sizes() {
			measured[size] = true
		}
	}
	return len(measured)
}

// points of a mode and variable as the tables name them, with outliers or without.
func (m memory) points(mode, outliers, variable string) (points, error) {
	key := strings.Join([]string{mode, outliers, variable}, "\x00")
	if already, ok := m.read[key]; ok {
		return already, nil
	}
	name, err := modeOf(mode)
	if err != nil {
		return points{}, err
	}
	metric, ok := memoryMetrics[variable]
	if !ok {
		return points{}, fmt.Errorf("variable %q: %w", variable, ErrTable)
	}
	all := pointsOf(m.data, name, metric, blockBytes, 1<<20)
	switch outliers {
	case "With":
	case "Without":
		kept, err := published.KeptByResiduals(all.x, all.y, published.ResidualLimit)
		if err != nil {
			return points{}, err
		}
		all = all.only(kept)
	default:
		return points{}, fmt.Errorf("outliers %q: %w", outliers, ErrTable)
	}
	m.read[key] = all
	return all, nil
}

func (m memory) tables(folder fs.FS) ([]Table, error) {
	var tables []Table
	for _, one := range []struct {
		file    string
		columns columnsOf
	}{
		{"table_2_memory_experiment_summary", m.table2()},
		{"table_3_memory_global_effect_sizes", m.table3()},
		{"table_4_memory_pairwise_by_block", m.table4()},
		{"table_5_memory_pairwise_aggregated", m.table5()},
	} {
		table, err := one.columns.compute(folder, "memory/expected/"+one.file+".csv")
		if err != nil {
			return nil, err
		}
		tables = append(tables, table)
	}
	return tables, nil
}

// table2 is a summary of each mode over all sizes.
func (m memory) table2() columnsOf {
	of := func(use func(points) (computed, error)) func(record) (computed, error) {
		return func(row record) (computed, error) {
			p, err := m.points(row["Compartment"], row["Outliers"], row["Variable"])
			if err != nil {
				return computed{}, err
			}
			return use(p)
		}
	}
	return columnsOf{
		keys: []string{"Compartment", "Outliers", "Variable"},
		rows: len(publishedModes()) * memoryParts,
		columns: map[string]func(record) (computed, error){
			"N": of(func(p points) (computed, error) { return count(len(p.y)), nil }),
			"Norm. (Shap.)": of(func(p points) (computed, error) {
				probability, err := normality(p.y)
				return word(published.NormalityText(probability)), err
			}),
			"Pearson Correl.": of(func(p points) (computed, error) {
				found, err := statistics.Pearson(p.x, p.y)
				return number(found.Coefficient, allDigits), err
			}),
			"Spearman Correl.": of(func(p points) (computed, error) {
				found, err := statistics.Spearman(p.x, p.y)
				return number(found.Coefficient, allDigits), err
			}),
			"Best Reg.": of(func(p points) (computed, error) {
				best, err := bestFit(p, published.GainBelow(0.02))
				return word(string(best.Model)), err
			}),
			"R²": of(func(p points) (computed, error) {
				best, err := bestFit(p, published.GainBelow(0.02))
				return number(best.R2, allDigits), err
			}),
		},
	}
}

// table3 compares all modes at each size.
func (m memory) table3() columnsOf {
	of := func(use func(groups [][]float64) (computed, error)) func(record) (computed, error) {
		return func(row record) (computed, error) {
			size, err := strconv.ParseFloat(row["BlockSize"], 64)
			if err != nil {
				return computed{}, err
			}
			var groups [][]float64
			for mode := range strings.SplitSeq(row["GroupsIncluded"], " | ") {
				p, err := m.points(mode, row["Outliers"], row["Variable"])
				if err != nil {
					return computed{}, err
				}
				groups = append(groups, p.at(size))
			}
			return use(groups)
		}
	}
	return columnsOf{
		keys: []string{"BlockSize", "Outliers", "Variable", "EffectSizeName", "GroupsIncluded"},
		rows: m.sizes() * memoryParts,
		columns: map[string]func(record) (computed, error){
			"KW": of(func(groups [][]float64) (computed, error) {
				test, err := statistics.KruskalWallis(groups...)
				return word(published.PText(test.P)), err
			}),
			"EffectSizeValue": of(func(groups [][]float64) (computed, error) {
				test, err := statistics.KruskalWallis(groups...)
				return number(test.EpsilonSquared, allDigits), err
			}),
			"NormalAcrossGroups": of(func(groups [][]float64) (computed, error) {
				normal := true
				for _, group := range groups {
					probability, err := normality(group)
					if err != nil {
						return computed{}, err
					}
					normal = normal && published.Normal(probability)
				}
				return word(map[bool]string{true: "True", false: "False"}[normal]), nil
			}),
			"Levene_p": of(func(groups [][]float64) (computed, error) {
				test, err := published.Levene(groups...)
				return number(test.P, allDigits), err
			}),
		},
	}
}

// sides are the times of both modes of a comparison at a size.
func (m memory) sides(row record, size float64) (sides [2][]float64, err error) {
	modes := strings.Split(row["Comparison"], " vs ")
	if len(modes) != len(sides) {
		return sides, fmt.Errorf("comparison %q: %w", row["Comparison"], ErrTable)
	}
	for i, mode := range modes {
		p, err := m.points(mode, row["Outliers"], row["Variable"])
		if err != nil {
			return sides, err
		}
		sides[i] = p.at(size)
	}
	return sides, nil
}

// table4 compares two modes at each size.
func (m memory) table4() columnsOf {
	of := func(use func(a, b []float64) (computed, error)) func(record) (computed, error) {
		return func(row record) (computed, error) {
			size, err := strconv.ParseFloat(row["BlockSize"], 64)
			if err != nil {
				return computed{}, err
			}
			sides, err := m.sides(row, size)
			if err != nil {
				return computed{}, err
			}
			return use(sides[0], sides[1])
		}
	}
	median := func(values []float64) (computed, error) {
		found, err := statistics.Median(values)
		return number(found, allDigits), err
	}
	return columnsOf{
		keys: []string{"BlockSize", "Outliers", "Variable", "Comparison"},
		rows: m.sizes() * memoryParts * (len(publishedModes()) - 1),
		columns: map[string]func(record) (computed, error){
			"N_A":      of(func(a, _ []float64) (computed, error) { return count(len(a)), nil }),
			"N_B":      of(func(_, b []float64) (computed, error) { return count(len(b)), nil }),
			"Median_A": of(func(a, _ []float64) (computed, error) { return median(a) }),
			"Median_B": of(func(_, b []float64) (computed, error) { return median(b) }),
			"CliffsDelta": of(func(a, b []float64) (computed, error) {
				effect, err := statistics.CliffsDelta(a, b, statistics.Confidence)
				return number(effect.Delta, allDigits), err
			}),
			"MedianRatio_A_over_B": of(func(a, b []float64) (computed, error) {
				ratio, there, err := medianRatio(a, b)
				if !there {
					return word(""), err // the place is empty there too
				}
				return number(ratio, allDigits), err
			}),
		},
	}
}

// table5 brings δ and ratio of all sizes together.
func (m memory) table5() columnsOf {
	of := func(use func(deltas, ratios []float64) (computed, error)) func(record) (computed, error) {
		return func(row record) (computed, error) {
			deltas, ratios, err := m.overSizes(row)
			if err != nil {
				return computed{}, err
			}
			return use(deltas, ratios)
		}
	}
	median := func(values []float64) (computed, error) {
		found, _, err := published.Spread(values)
		return number(found, allDigits), err
	}
	apart := func(values []float64) (computed, error) {
		_, found, err := published.Spread(values)
		return computed{number: found, numeric: true, within: ofADifference, difference: true}, err
	}
	return columnsOf{
		keys: []string{"Outliers", "Variable", "Comparison"},
		rows: memoryParts * (len(publishedModes()) - 1),
		columns: map[string]func(record) (computed, error){
			"MedianCliffsDelta": of(func(deltas, _ []float64) (computed, error) { return median(deltas) }),
			"IQRCliffsDelta":    of(func(deltas, _ []float64) (computed, error) { return apart(deltas) }),
			"MedianMedianRatio": of(func(_, ratios []float64) (computed, error) { return median(ratios) }),
			"IQRMedianRatio":    of(func(_, ratios []float64) (computed, error) { return apart(ratios) }),
		},
	}
}

// overSizes gives δ and the ratio of medians, where there is one, at each size.
func (m memory) overSizes(row record) (deltas, ratios []float64, err error) {
	base, err := m.points("outside compartment", "With", row["Variable"])
	if err != nil {
		return nil, nil, err
	}
	for _, size := range base.sizes() {
		sides, err := m.sides(row, size)
		if err != nil {
			return nil, nil, err
		}
		effect, err := statistics.CliffsDelta(sides[0], sides[1], statistics.Confidence)
		if err != nil {
			return nil, nil, err
		}
		deltas = append(deltas, effect.Delta)
		ratio, there, err := medianRatio(sides[0], sides[1])
		if err != nil {
			return nil, nil, err
		}
		if there {
			ratios = append(ratios, ratio)
		}
	}
	return deltas, ratios, nil
}

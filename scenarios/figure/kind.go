package figure

// Kind of a figure.
type Kind string

// The kinds there are.
const (
	Box      Kind = "box"
	Violin   Kind = "violin"
	Strip    Kind = "strip"
	ECDF     Kind = "ecdf"
	Line     Kind = "line"
	Bars     Kind = "bars"
	Stacked  Kind = "stacked"
	Forest   Kind = "forest"
	QQ       Kind = "qq"
	Sequence Kind = "sequence"
	TwoAxes  Kind = "two-axes"
	HeatMap  Kind = "heat-map"
)

// Description is what a person, and the check, has to know of a kind.
type Description struct {
	Kind Kind
	// Shows says in a sentence what is drawn; it is the caption where an entry has none.
	Shows string
	// along: the kind runs along a number.
	along demand
	// anyAlong: along need not be a number.
	anyAlong bool
	// linearOnly: its values add up, are told by their numbers, or compare as lengths do, which from a logarithm's start say nothing.
	linearOnly bool
	// right: it has a right-hand axis.
	right bool
}

// demand says whether a key is asked for.
type demand int

const (
	refused demand = iota
	allowed
	needed
)

// kinds is the only place that says what a kind is.
var kinds = []Description{
	{Kind: Box, Shows: "Quartiles and median, and every run."},
	{Kind: Violin, Shows: "Density of the runs, with quartiles and median."},
	{Kind: Strip, Shows: "Every run, and the median."},
	{Kind: Bars, Shows: "Medians of the runs, with 95 % confidence intervals.", linearOnly: true},
	{Kind: Forest, Shows: "How many times as much as in what it is compared with, with 95 % confidence intervals."},
	{Kind: ECDF, Shows: "Empirical distribution of the single values: the share that was no higher."},
	{Kind: QQ, Shows: "Values of the runs against the quantiles of a normal distribution: on the line, they are normal."},
	{Kind: Sequence, Shows: "Values in the order of the runs, and where their level changes."},
	{Kind: Line, Shows: "Medians of the runs, and the band of their quartiles.", along: needed},
	{Kind: TwoAxes, Shows: "Medians of two metrics, each with its own axis.", along: needed, right: true},
	{Kind: HeatMap, Shows: "Medians of the runs, and how many times as much as in the first row or column they are: the darker, the more they differ.", along: allowed, anyAlong: true, linearOnly: true},
	{Kind: Stacked, Shows: "Medians of the parts that add up to a total.", linearOnly: true},
}

// Kinds lists what there is to know of the kinds, in the order of the documentation.
func Kinds() []Description { return append([]Description(nil), kinds...) }

// describe finds what there is to know of a kind.
func (k Kind) describe() (Description, bool) {
	for _, one := range kinds {
		if one.Kind == k {
			return one, true
		}
	}
	return Description{}, false
}

// Shows says in a sentence what is drawn.
func (k Kind) Shows() string {
	described, _ := k.describe()
	return described.Shows
}

package bench

import "reflect"

// Alike tells whether two cells, of different campaigns, measure the same: everything but their IDs is equal. An ID
// names only what its own campaign varies.
func (c Cell) Alike(other Cell) bool {
	c.ID, other.ID = "", ""
	if len(c.Parameters.Arguments)+len(other.Parameters.Arguments) == 0 {
		c.Parameters.Arguments, other.Parameters.Arguments = nil, nil
	}
	return reflect.DeepEqual(c, other)
}

// Exceeds tells whether the whole interval of the ratio is above 1 + share: a gate that
// noise alone does not close. share is not negative, 0.05 being 5 %. Without an
// interval it is false.
func (c Comparison) Exceeds(share float64) bool {
	return c.Ratio != nil && c.Ratio.Interval != nil && c.Ratio.Interval.Low > 1+share
}

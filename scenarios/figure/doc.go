// Package figure owns what a figure is asked for as: the entries of a figure file, or of the part figures of a scenario. It
// knows kinds, metrics and cells, and not how anything is drawn.
package figure

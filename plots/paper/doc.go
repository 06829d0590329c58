// Package paper computes published tables and figures of compartments on Morello again, from the files that their
// authors keep, and holds each number against the published one. It works on imported campaigns, and by the methods of
// bench/published.
//
// A number that cannot be computed, because its measurements were not kept, is explained; any other that does not come
// out is a disagreement. What a table concludes is said beside it where an audit finds that it does not follow.
//
// The package writes no files and runs no audits: whoever asks does.
package paper

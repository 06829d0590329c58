// Package tables owns tables of a campaign for papers and reports: each is defined once, and written as Markdown, CSV, LaTeX and
// HTML. What is in them bench has computed; here it is chosen, rounded and laid out.
//
// Whoever reads a table on a page sees no more digits than the uncertainty supports (see number); CSV has the values as they
// were computed, in the units in which they are stored, which its header names. A table says by itself of how many runs it is,
// in which units, how sure its intervals are, and what the numbers do not mean: stand-ins, emulators, and cells that leave a part
// of the protection out.
package tables

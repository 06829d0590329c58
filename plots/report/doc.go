// Package report owns the page of a campaign: one HTML file that opens without a network, on a phone and on paper. It begins
// with the answer in words, what the protection costs and how sure that is; figures, tables, runs, audit, environment and how to
// carry the campaign out again follow.
//
// Everything essential is there without scripts. With them, a reader chooses what is drawn of the runs and sees which run a point
// is; the values for it, one a run and series, are in the page, packed. The page allows no script, style or connection but its
// own (Content-Security-Policy by hash), and whatever is of the campaign is escaped.
//
// The package draws and tabulates nothing: figures are of package plots, tables of plots/tables. It serves nothing: the live page
// is the same page, which asks the server that it came from for news.
package report

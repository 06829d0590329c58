// Package results owns the campaign folder (docs/formats/campaign.md): it makes
// one, appends runs to it, reads it, takes up an interrupted one, and seals a
// complete one.
//
// Nothing in a campaign is ever changed. A run's samples and log reach the disk
// first and its row in runs.csv commits them; what has no row did not happen. So
// whatever moment the machine stops at, the folder is a campaign with some of its
// runs, each whole.
//
// The package knows no statistics, and not how runs are carried out.
package results

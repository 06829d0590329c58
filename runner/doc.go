// Package runner owns how a plan becomes runs: it starts the components of a campaign, has the
// program compiled once a mode, carries the runs out in the plan's order, each on the services'
// first data, judges each run's samples and hands them to whoever keeps them.
//
// It does not know how a plan is made, how results are stored, or what happens inside a
// component: it asks the launcher as any client would. Where components run is one type's
// business, Deployment; a campaign sees it as a Site.
package runner

// Package audit looks for what makes a campaign's comparison less than it says: threats to its validity. It owns the
// table of checks, what each of them looks at, how grave it is and what to do about it, and says as plainly what it
// could not look at.
//
// A check sees a campaign folder alone, as package results reads it: what was planned, what ran, what was built, where,
// and the values. It does not know how a campaign is carried out, and asks no host, no process and no network. What no
// file shows, such as work that is a stub which takes as long as the real one, it does not find; docs/audit.md says so.
package audit

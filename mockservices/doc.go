// Package mockservices owns the digital services of a solution: HTTPS servers that give data to, and take data from, a verified
// integration process alone.
//
// A service is made from a solution's description (docs/formats/solution.md): this package knows no table, no query and no
// member of a reply by name. What it owns is what every service has in common (docs/formats/services.md): it verifies each
// request (package attest), opens it, reads or writes its SQLite database, seals the reply, and remembers in the same
// transaction which request that was, so that a repeat has no second effect. Where the description says so, it does the same, but for
// sealing and remembering, for a process that shows its certificate in TLS.
//
// It does not know the launcher that carries the requests, nor where scenarios come from, nor how certificates are issued.
package mockservices

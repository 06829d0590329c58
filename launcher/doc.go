// Package launcher owns what happens to an integration process on its host: the program store,
// compiling, creating the compartment, the attested start, relaying, limits, and how a run ends;
// with the HTTPS API over them and its Go client. docs/formats/launcher.md describes both the API
// and the folders.
//
// The launcher is not trusted with data. It holds no key but that of its own TLS certificate, and
// sees requests and replies only sealed. It decides nothing about trust: the attester measures,
// the root CA and the services appraise, and what they refuse is passed on with the name of the
// failed check.
//
// It knows nothing of scenarios, of results beyond one run, or of what a solution's data mean.
// Which compiler, which wrapper and which ABI belong to a mode is package platform's; where a
// command runs is package hosts'.
package launcher

// Package endpoint owns how eaibench's processes talk over HTTPS: a server that announces the
// address it got, a client that names the address it could not reach, JSON bodies, faults as
// JSON, and bearer tokens.
//
// It knows nothing of what is said: certificates are given to it, and what a reply means is the
// caller's business. HTTP/2 is off on both sides, since a request on a connection of its own has
// steadier timings, and TLS session tickets are off, so that every connection proves its
// certificate anew.
package endpoint

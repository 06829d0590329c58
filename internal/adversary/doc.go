// Package adversary proves the attested flow by cheating in it. It has tests only.
//
// A stage is the real launcher, root CA, attester and digital services with a real integration
// process. Between any two of them stands a party that may change what passes, as a launcher that
// is not to be trusted could: the launcher's own connections go through it, and so do the frames,
// the command and the environment of the process. Each test says what is changed, who must refuse
// it and which check must be named.
//
// What can be cheated inside one room is tested in that room; here it is the whole that must hold.
package adversary

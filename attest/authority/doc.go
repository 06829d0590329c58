// Package authority owns the servers that attestation rests on: the root CA's, which hands out nonces, appraises evidence and signs
// the certificates of integration processes, and the attester's, which measures a live process and signs what it saw. It also
// owns their data folders, and the independent build that reference values come from.
//
// It decides nothing itself: formats, checks and the CA's decision are pure functions of package attest; what a live process
// is, package platform reads. It knows neither the launcher, which carries messages between these servers and the process,
// nor scenarios. docs/attestation.md tells who is trusted for what.
package authority

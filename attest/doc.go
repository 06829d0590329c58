// Package attest owns the formats and the checks of eaibench's attestation: evidence, certificates, the appraisal
// policy, run parameters, and the sealing of data between an integration process and a digital service
// (docs/formats/{evidence,certificates,policy,messages,sealing}.md).
//
// It decides and it explains; it does not listen, store or launch. The servers of root CA and attester are in
// attest/authority, sequence numbers and data in mockservices, the process itself is C (integration_process) and runs
// the same vectors, testdata/vectors.
//
// Whoever refuses something returns a *Refusal that names the Check which failed. The time is always an argument or a
// field, so that each decision can be repeated in a test.
package attest

// Package conversation proves the C integration process by talking to it. It has tests only.
//
// The retail solution is compiled and started; the test is launcher, root CA, attester and digital services in one, with the
// formats of package attest, so that each message can be looked at and, message by message, be changed. What the process must
// refuse is refused here by the real program, under sanitizers; its memory and descriptors are read from outside.
//
// The formats' own faults are tested in the C tests, the whole system with real launcher and services elsewhere.
package conversation

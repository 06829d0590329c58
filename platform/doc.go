// Package platform knows how an integration process is built, started and
// observed on a platform, in each of its execution modes.
//
// A platform is a strict YAML profile (docs/formats/platform.md; the embedded
// ones are in profiles/): compiler and flags, the sandbox of the compiler, the
// command that launches a program in a mode, the environment a mode has, the
// ABI its executables must have, the proof its compartment must give. A mode or
// a platform more is a profile, not Go code.
//
// The package owns the reading of ELF files, of live processes and of their
// memory, and the cgroup of a run. It does not start anything: package hosts
// does. It does not know the launcher, and signs and judges nothing: that is
// package attest's.
package platform

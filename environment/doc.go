// Package environment owns what a host is like while it measures: what may shape
// the numbers, what of it disturbs measurements, and how a person sets it. Package
// environment/tuning sets it, when asked, and puts it back.
//
// A host is asked through a Source, by reading files and running commands: nothing
// here cares whether it is this one or another. That is why the files and sysctls
// are read here and not by a library such as gopsutil, which asks only the host that
// it runs on.
//
// What a host does not tell is absent, never 0. Names and addresses of a host, of its
// users and of its disks, and serial numbers are not kept; texts that could have them
// are kept without (redact).
//
// What is run on the host, and whether its results are good, the package does not know.
package environment

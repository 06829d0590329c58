package cli

import (
	"os"
	"runtime/debug"
)

const (
	collectorPercent = 400       // garbage per live memory before a collection; Go's default is 100
	collectorLimit   = 512 << 20 // bytes; nearer to it, collections come as often as they must
)

// collectSeldom makes this server collect garbage a quarter as often as Go would: a collection takes CPU time from whatever
// request it meets. It is the same for every mode and every server; GOGC and GOMEMLIMIT, where set, decide instead.
func collectSeldom() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectorPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(collectorLimit)
	}
}

package authority

import (
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// trace attaches a debugger to the process until the test ends: a thread of this program, without stopping the process.
func trace(t *testing.T, pid int) {
	t.Helper()
	attached, release := make(chan error), make(chan struct{})
	detached := make(chan struct{})
	go func() {
		defer close(detached)
		runtime.LockOSThread() // and never unlocked: the thread ends here, and its tracing with it
		attached <- unix.PtraceSeize(pid)
		<-release
	}()
	if err := <-attached; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		close(release)
		<-detached
	})
}

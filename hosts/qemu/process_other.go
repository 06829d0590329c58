//go:build !linux

package qemu

import "syscall"

// attributes of QEMU's process. Where this process is killed, the end of its standard
// input is all that it sees: it may go on.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

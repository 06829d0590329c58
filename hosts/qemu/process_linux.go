package qemu

import "syscall"

// attributes of QEMU's process.
func attributes() *syscall.SysProcAttr {
	// Its session is this process's: package hosts takes a process of another
	// session, that no command of its own started, for one that was left behind.
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

//go:build !linux

package runner

import "syscall"

// componentAttributes lacks the signal for a dead parent, which is Linux's.
func componentAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}

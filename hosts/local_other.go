//go:build !linux

package hosts

import (
	"errors"
	"os"
	"syscall"
)

func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// tracker ends a command's process group.
type tracker struct{}

func (*tracker) prepare() error { return nil }

func (*tracker) follow(int) {}

func (*tracker) end(main *os.Process) error {
	return killGroup(main.Pid)
}

func (*tracker) endLeft(main int) error { return killGroup(main) }

func killGroup(group int) error {
	if err := syscall.Kill(-group, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	return nil
}

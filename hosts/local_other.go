//go:build !linux

package hosts

import (
	"errors"
	"os"
	"syscall"
)

func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// tracker ends a command's process group.
type tracker struct{ group int }

func (*tracker) prepare(uint32, *running) error { return nil }

func (t *tracker) follow(pid int) error {
	t.group = pid
	return nil
}

func (*tracker) end(main *os.Process) error {
	return killGroup(main.Pid)
}

func (t *tracker) endLeft() error { return killGroup(t.group) }

func killGroup(group int) error {
	if err := syscall.Kill(-group, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	return nil
}

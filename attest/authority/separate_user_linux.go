package authority

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// keptCapabilities are all that the attester keeps of root's rights, by their numbers and for the messages' sake their names.
var keptCapabilities = [...]struct {
	number int
	name   string
}{
	{unix.CAP_SYS_PTRACE, "CAP_SYS_PTRACE"},           // look into processes of other users: /proc/PID/{exe,environ,maps,mem,ns}
	{unix.CAP_DAC_READ_SEARCH, "CAP_DAC_READ_SEARCH"}, // hash executables and libraries that lie in closed folders
}

// SeparateUsers tells whether this system lets an attester have its own user and read other users' processes.
const SeparateUsers = true

// BecomeSeparateUser makes the calling process, which must be root's, the attester's own: it executes its program anew, with the
// same arguments, environment, process id and open standard streams, as user and group uid, holding only the capabilities in
// keptCapabilities and unable to gain others. It returns only when that failed.
//
// The process is replaced rather than put below a parent of root's: there is no parent that signals must pass through, that
// must be outlived, or that keeps root's rights for as long as the server runs. With withParent it ends when its parent does,
// even one that is killed.
func BecomeSeparateUser(uid int, withParent bool) error {
	if uid <= 0 {
		return fmt.Errorf("the attester's own user must be an unprivileged uid, not %d", uid)
	}
	// Credentials belong to threads. This one executes the program anew; the kernel ends the others as it does.
	runtime.LockOSThread()
	parent := os.Getppid()
	if err := dropToUser(uid); err != nil {
		return fmt.Errorf("become uid %d: %w", uid, err)
	}
	if withParent {
		if err := endWithParent(parent); err != nil {
			return fmt.Errorf("become uid %d: %w", uid, err)
		}
	}
	err := syscall.Exec("/proc/self/exe", os.Args, os.Environ())
	return fmt.Errorf("execute the attester anew as uid %d (its file must be executable by everyone): %w", uid, err)
}

func dropToUser(uid int) error {
	var kept uint64
	for _, capability := range keptCapabilities {
		kept |= 1 << capability.number
	}
	for number := 0; number <= unix.CAP_LAST_CAP; number++ {
		if kept&(1<<number) != 0 {
			continue
		}
		// EINVAL: the running kernel does not know this capability.
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, uintptr(number), 0, 0, 0); err != nil && !errors.Is(err, unix.EINVAL) {
			return fmt.Errorf("drop capability %d: %w", number, err)
		}
	}
	if err := unix.Prctl(unix.PR_SET_KEEPCAPS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("keep capabilities over the change of user: %w", err)
	}
	id := uintptr(uid)
	for _, call := range []struct {
		name          string
		number        uintptr
		first, second uintptr
		third         uintptr
	}{
		{"setgroups", unix.SYS_SETGROUPS, 0, 0, 0},
		{"setresgid", unix.SYS_SETRESGID, id, id, id},
		{"setresuid", unix.SYS_SETRESUID, id, id, id},
	} {
		if _, _, errno := unix.RawSyscall(call.number, call.first, call.second, call.third); errno != 0 {
			return fmt.Errorf("%s: %w", call.name, errno)
		}
	}
	if err := setCapabilities(kept); err != nil {
		return fmt.Errorf("keep CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH (a container's root may lack them; --same-user does without): %w", err)
	}
	for _, capability := range keptCapabilities {
		if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_RAISE, uintptr(capability.number), 0, 0); err != nil {
			return fmt.Errorf("keep %s over execve: %w", capability.name, err)
		}
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("forbid new privileges: %w", err)
	}
	return nil
}

// endWithParent has the kernel kill this process when its parent ends. A change of user takes this back, so it comes after.
func endWithParent(parent int) error {
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
		return fmt.Errorf("ask for the end with the parent: %w", err)
	}
	if os.Getppid() != parent {
		return errors.New("the parent has ended already")
	}
	return nil
}

func setCapabilities(kept uint64) error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	for half := range data {
		bits := uint32(kept >> (32 * half))
		data[half] = unix.CapUserData{Effective: bits, Permitted: bits, Inheritable: bits}
	}
	return unix.Capset(&header, unsafe.SliceData(data[:]))
}

// holdsKeptCapabilities tells whether this process may read any other process although it is not root's.
func holdsKeptCapabilities() (bool, error) {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, unsafe.SliceData(data[:])); err != nil {
		return false, fmt.Errorf("read own capabilities: %w", err)
	}
	effective := uint64(data[0].Effective) | uint64(data[1].Effective)<<32
	for _, capability := range keptCapabilities {
		if effective&(1<<capability.number) == 0 {
			return false, nil
		}
	}
	return os.Geteuid() != 0, nil
}

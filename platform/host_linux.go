package platform

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// ReadHost reads what programs run on here.
func ReadHost() (Host, error) {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return Host{}, fmt.Errorf("read host: %w", err)
	}
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return Host{}, fmt.Errorf("read host: uname: %w", err)
	}
	host := parseCPU(text)
	var words []string
	for _, word := range [][]byte{name.Sysname[:], name.Release[:], name.Version[:], name.Machine[:]} {
		words = append(words, unix.ByteSliceToString(word))
	}
	host.OperatingSystem = strings.Join(words, " ")
	if host.CPUCount == 0 {
		return Host{}, errors.New("read host: /proc/cpuinfo names no processor")
	}
	return host, nil
}

// CountTasks counts the processes and threads that a user has on this host.
func CountTasks(uid int) (int64, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return 0, fmt.Errorf("count the processes of uid %d: %w", uid, err)
	}
	var count int64
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		// One that ends meanwhile does not count.
		if read, err := readStatus(pid); err == nil && read.uids[0] == uid {
			if threads, err := os.ReadDir(procPath(pid, "task")); err == nil {
				count += int64(len(threads))
			}
		}
	}
	return count, nil
}

package platform

import (
	"encoding/binary"
	"fmt"
	"os"
)

// hostOrder is the byte order of the kernel's binary files on this host.
var hostOrder = binary.NativeEndian

// ReadProcessMemory reads a global object of a live process: size bytes from
// where its executable's symbol is loaded. It takes the right to trace the
// process (ptrace(2), PTRACE_MODE_ATTACH), so root's rights or, where the kernel's
// ptrace_scope allows, the same user's. The error wraps ErrNoSymbol if the
// executable has no such symbol, ErrGone if the process has ended.
func ReadProcessMemory(pid int, symbol string, size int) ([]byte, error) {
	content, err := readProcessMemory(pid, symbol, size)
	if err != nil {
		return nil, fmt.Errorf("read %s from the memory of process %d: %w", symbol, pid, gone(err))
	}
	return content, nil
}

func readProcessMemory(pid int, symbol string, size int) ([]byte, error) {
	_, _, before, err := readStat(pid)
	if err != nil {
		return nil, err
	}
	executable, err := ReadELF(procPath(pid, "exe"))
	if err != nil {
		return nil, err
	}
	address, err := executable.symbolOfSize(symbol, size)
	if err != nil {
		return nil, err
	}
	if executable.PositionIndependent {
		bias, err := loadBias(pid, executable)
		if err != nil {
			return nil, err
		}
		address += bias
	}
	memory, err := os.Open(procPath(pid, "mem"))
	if err != nil {
		return nil, err
	}
	defer memory.Close()
	content := make([]byte, size)
	if _, err := memory.ReadAt(content, int64(address)); err != nil {
		return nil, err
	}
	_, _, after, err := readStat(pid)
	if err != nil {
		return nil, err
	}
	if before != after {
		return nil, ErrChanged
	}
	return content, nil
}

// loadBias is what is added to the addresses of a position-independent
// executable.
func loadBias(pid int, executable *ELF) (uint64, error) {
	auxiliary, err := os.ReadFile(procPath(pid, "auxv"))
	if err != nil {
		return 0, err
	}
	return biasOf(auxiliary, hostOrder, executable)
}

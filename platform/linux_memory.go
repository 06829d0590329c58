package platform

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// readMemory prints so many bytes of a process's memory from an address on.
const readMemory = `exec 3<"/proc/$1/mem"
dd bs=1 skip="$2" count="$3" <&3 2>/dev/null | od -An -v -t x1`

// ProcessMemory reads a global object of a live process, as ReadProcessMemory does, which takes the same rights there.
func (l Linux) ProcessMemory(ctx context.Context, pid int, symbol string, size int) ([]byte, error) {
	content, err := l.processMemory(ctx, pid, symbol, size)
	if err != nil {
		return nil, fmt.Errorf("read %s from the memory of process %d: %w", symbol, pid, err)
	}
	return content, nil
}

func (l Linux) processMemory(ctx context.Context, pid int, symbol string, size int) ([]byte, error) {
	texts, err := l.read(ctx, maximumMapped, procFiles(pid, "stat", "exe", "auxv")...)
	if err != nil {
		return nil, err
	}
	_, _, before, err := parseStat(texts[0])
	if err != nil {
		return nil, err
	}
	executable, err := ParseELF(bytes.NewReader(texts[1]))
	if err != nil {
		return nil, err
	}
	address, err := executable.symbolOfSize(symbol, size)
	if err != nil {
		return nil, err
	}
	if executable.PositionIndependent {
		bias, err := biasOf(texts[2], binary.LittleEndian, executable)
		if err != nil {
			return nil, err
		}
		address += bias
	}
	said, err := l.script(ctx, readMemory, strconv.Itoa(pid), strconv.FormatUint(address, 10), strconv.Itoa(size))
	if err != nil {
		return nil, err
	}
	content, err := parseDump(said, size)
	if err != nil {
		return nil, err
	}
	after, err := l.Started(ctx, pid)
	if err == nil && before != after {
		err = ErrChanged
	}
	return content, err
}

// parseDump reads the bytes that od printed.
func parseDump(printed []byte, size int) ([]byte, error) {
	content, err := hex.DecodeString(strings.Join(strings.Fields(string(printed)), ""))
	if err != nil || len(content) != size {
		return nil, fmt.Errorf("%d bytes were read of %d", len(content), size)
	}
	return content, nil
}

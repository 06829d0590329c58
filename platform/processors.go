package platform

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Processors is what all processors of a host together did since it was started, in units
// of the kernel's clock tick, 10 ms.
type Processors struct {
	// Busy with anything: programs, the kernel, interrupts, guests.
	Busy time.Duration
	// Steal is time in which something wanted to run and the hypervisor ran something
	// else; nil where the kernel does not count it.
	Steal *time.Duration
}

// parseProcessors reads the first line of /proc/stat (proc_stat(5)): user, nice, system,
// idle, iowait, irq, softirq, steal, guest, guest_nice. Kernels before 2.6 have the first
// four alone. Guests are in user and nice already.
func parseProcessors(text []byte) (Processors, error) {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	fields := strings.Fields(string(line))
	const least = 5 // with its name
	if len(fields) < least || fields[0] != "cpu" {
		return Processors{}, errors.New("read what the processors did: /proc/stat does not begin with them")
	}
	const tick = time.Second / ticksPerSecond
	var p Processors
	for i, field := range fields[1:] {
		n, err := strconv.ParseUint(field, 10, 40)
		if err != nil {
			return Processors{}, fmt.Errorf("read what the processors did: field %d: %w", i+1, err)
		}
		spent := time.Duration(n) * tick
		switch i {
		case 0, 1, 2, 5, 6:
			p.Busy += spent
		case 7:
			p.Steal = &spent
		}
	}
	return p, nil
}

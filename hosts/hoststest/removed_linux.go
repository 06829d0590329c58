package hoststest

import (
	"bytes"
	"encoding/binary"
	"testing"

	"golang.org/x/sys/unix"
)

// Removed gives the names that were removed from a folder of this host, in their order, while do ran (inotify(7)).
func Removed(t *testing.T, folder string, do func()) (names []string) {
	t.Helper()
	watch, err := unix.InotifyInit1(unix.IN_NONBLOCK)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(watch)
	if _, err := unix.InotifyAddWatch(watch, folder, unix.IN_DELETE); err != nil {
		t.Fatal(err)
	}
	do()
	events := make([]byte, 1<<16)
	n, err := unix.Read(watch, events)
	if err != nil {
		t.Fatal(err)
	}
	for events = events[:n]; len(events) > 0; {
		length := binary.NativeEndian.Uint32(events[unix.SizeofInotifyEvent-4:])
		if name := events[unix.SizeofInotifyEvent:][:length]; length > 0 { // else it is of the folder itself
			names = append(names, string(bytes.TrimRight(name, "\x00")))
		}
		events = events[unix.SizeofInotifyEvent+int(length):]
	}
	return names
}

package launcher

import (
	"slices"
	"testing"
)

// What these tests read has the forms of the commands' manual pages and sources; no board printed it.

func TestProcessesOf(t *testing.T) {
	const listed = "    0     0 DLs       0     0     0\n  812   790 I     60700 60700 60700\n  813   812 Z+    60700 60700 60700\n" +
		"  814     1 R         0 60700     0\n  815     1 Ss    60701 60701 60700\n  816     1 Is    60770 60770 60770\n\n"
	alive, ended, err := processesOf(listed, 60700)
	if err != nil {
		t.Fatal(err)
	}
	if want := []listedProcess{{812, 790}, {814, 1}, {815, 1}}; !slices.Equal(alive, want) {
		t.Errorf("alive are %v, want %v", alive, want)
	}
	if want := []listedProcess{{813, 812}}; !slices.Equal(ended, want) {
		t.Errorf("ended are %v, want %v", ended, want)
	}
	for _, wrong := range []string{"812 790 I 60700\n", "x 1 I 60700 60700 60700\n", "812 y I 60700 60700 60700\n", "ps: illegal option\n"} {
		if alive, _, err := processesOf(wrong, 60700); err == nil {
			t.Errorf("%q was read: %v", wrong, alive)
		}
	}
}

func TestIPCOf(t *testing.T) {
	const listed = `Message Queues:
T           ID          KEY MODE        OWNER    GROUP    CREATOR  CGROUP

Shared Memory:
T           ID          KEY MODE        OWNER    GROUP    CREATOR  CGROUP
m        65536            0 --rw-------    60700    60700    60700    60700
m        65537            0 --rw-------     root    wheel    60700    60700
m        65538      5432001 --rw-------    60701    60701    60701    60701

Semaphores:
T           ID          KEY MODE        OWNER    GROUP    CREATOR  CGROUP
s        65539            0 --rw-------    60700    60700     root    wheel
`
	want := []listedIPC{{"m", "65536"}, {"m", "65537"}, {"s", "65539"}}
	if got := ipcOf(listed, 60700); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestSharedMemoryOf(t *testing.T) {
	const listed = "MODE    \tOWNER\tGROUP\tSIZE\tPATH\nrw-------\t60700\t60700\t4096\t/left\nrw-rw-rw-\t0\t0\t60700\t/another's\n" +
		"rw-------\t60700\t60700\t60700\t/with a space\n"
	if got, want := sharedMemoryOf(listed, 60700), []string{"/left", "/with a space"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

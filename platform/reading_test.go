package platform

import (
	"strings"
	"testing"
	"time"
)

const smapsText = `555555554000-555555555000 r--p 00000000 fe:00 394 /usr/bin/a program
Rss:                   4 kB
Pss:                   4 kB
Pss_Dirty:           900 kB
VmFlags: rd mr mw me sd
555555555000-555555556000 r-xp 00001000 fe:00 394 /usr/bin/a program
Pss:                   8 kB
555555560000-555555581000 rw-p 00000000 00:00 0                          [heap]
Pss:                  16 kB
7ffff7d00000-7ffff7d01000 rw-p 00000000 00:00 0 
Pss:                  32 kB
7ffff7d01000-7ffff7d02000 rw-p 00000000 00:00 0                          [anon: taken]
Pss:                  64 kB
7ffff7e00000-7ffff7e01000 r--p 00000000 fe:00 395 /usr/lib/libc.so.6
Pss:                 128 kB
7ffff7e01000-7ffff7e02000 r-xp 00001000 fe:00 395 /usr/lib/libc.so.6
Pss:                 256 kB
7ffff7e02000-7ffff7e03000 r--p 00000000 fe:00 396 /usr/lib/locale/locale-archive
Pss:                 512 kB
7ffff7e03000-7ffff7e04000 r-xp 00000000 fe:01 394 /usr/lib/of another device
Pss:                1024 kB
7ffff7fc1000-7ffff7fc3000 r-xp 00000000 00:00 0                          [vdso]
Pss:                2048 kB
7ffffffde000-7ffffffff000 rw-p 00000000 00:00 0                          [stack]
Pss:                4096 kB
`

func TestParseSmaps(t *testing.T) {
	got, err := parseSmaps(strings.NewReader(smapsText), "/usr/bin/a program")
	want := Mappings{
		Executable: 12 << 10, Libraries: (128 + 256 + 1024) << 10, Heap: 16 << 10, Anonymous: (32 + 64) << 10, Stack: 4096 << 10,
		Other: (512 + 2048) << 10,
	}
	if err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	for name, text := range map[string]string{
		"nothing":                 "",
		"no size":                 strings.Replace(smapsText, "Pss:                  16 kB\n", "", 1),
		"no size at the end":      strings.Replace(smapsText, "Pss:                4096 kB\n", "", 1),
		"a size twice":            strings.Replace(smapsText, "Pss:                  16 kB\n", "Pss:  16 kB\nPss:  16 kB\n", 1),
		"another unit":            strings.Replace(smapsText, "16 kB", "16 MB", 1),
		"a negative size":         strings.Replace(smapsText, "16 kB", "-16 kB", 1),
		"a size beyond all":       strings.Replace(smapsText, "16 kB", "9999999999999999 kB", 1),
		"a size before a mapping": "Pss: 1 kB\n" + smapsText,
		"no mapping":              strings.Replace(smapsText, "555555560000-555555581000", "555555560000", 1),
	} {
		if got, err := parseSmaps(strings.NewReader(text), "/usr/bin/a program"); err == nil {
			t.Errorf("%s: taken for a memory map: %+v", name, got)
		}
	}
}

func TestParseUsage(t *testing.T) {
	const stat = "43 (a) R 1 (b)) S 41 42 42 0 -1 4194560 1001 7 2 7 31 12 7 7 20 0 1 0 255221 0 0"
	const switches = "voluntary_ctxt_switches:\t5\nnonvoluntary_ctxt_switches:\t3\n"
	got, err := parseStatUsage([]byte(stat))
	want := Usage{MinorFaults: 1001, MajorFaults: 2, User: 310 * time.Millisecond, System: 120 * time.Millisecond, Children: 140 * time.Millisecond}
	if err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	for range 2 { // threads
		if err := got.addSwitches([]byte(statusText + switches)); err != nil {
			t.Error(err)
		}
	}
	if got.VoluntarySwitches != 10 || got.InvoluntarySwitches != 6 {
		t.Errorf("got %+v", got)
	}
	for _, text := range []string{"", "43 (sh)", "43 (sh) S 41 42 42 0 -1 4194560 1001 7 2 7 31", "43 (sh) S 41 42 42 0 -1 4194560 1001 7 2 7 31 12 7", strings.Replace(stat, "1001", "-1", 1), strings.Replace(stat, " 31 ", " x ", 1)} {
		if got, err := parseStatUsage([]byte(text)); err == nil {
			t.Errorf("%q was taken for a state: %+v", text, got)
		}
	}
	for _, text := range []string{statusText, "voluntary_ctxt_switches:\t5\n", strings.Replace(switches, "3", "-3", 1)} {
		if err := new(Usage).addSwitches([]byte(text)); err == nil {
			t.Errorf("%q was taken for a thread's status", text)
		}
	}
}

func FuzzParseReading(f *testing.F) {
	f.Add([]byte(smapsText))
	f.Add([]byte("43 (sh) S 41 42 42 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 255221 0 0"))
	f.Add([]byte("voluntary_ctxt_switches:\t5\nnonvoluntary_ctxt_switches:\t3\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if m, err := parseSmaps(strings.NewReader(string(text)), "/bin/a"); err == nil {
			for _, size := range []int64{m.Executable, m.Libraries, m.Heap, m.Anonymous, m.Stack, m.Other} {
				if size < 0 || size%1024 != 0 {
					t.Errorf("got %+v", m)
				}
			}
		}
		usage, err := parseStatUsage(text)
		if err == nil {
			err = usage.addSwitches(text)
		}
		if err == nil && (usage.MinorFaults < 0 || usage.MajorFaults < 0 || usage.User < 0 || usage.System < 0 || usage.VoluntarySwitches < 0 || usage.InvoluntarySwitches < 0) {
			t.Errorf("got %+v", usage)
		}
	})
}

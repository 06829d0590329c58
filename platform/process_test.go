package platform

import (
	"strings"
	"testing"
)

const mapsText = `555555554000-555555555000 r--p 00000000 fe:00 394 /usr/bin/a program
555555555000-555555556000 r-xp 00001000 fe:00 394 /usr/bin/a program
7ffff7d00000-7ffff7d01000 rwxp 00000000 00:00 0 
7ffff7fbf000-7ffff7fc0000 r-xp 00000000 00:01 77 /memfd:code (deleted)
7ffff7fc1000-7ffff7fc3000 r-xp 00000000 00:00 0                          [vdso]
7ffff7fc3000-7ffff7fc5000 r-xp 00000000 00:00 0                          [anon:[vdso]]
ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]
`

func TestParseMaps(t *testing.T) {
	mappings, err := parseMaps([]byte(mapsText))
	if err != nil || len(mappings) != 7 {
		t.Fatalf("%d mappings, %v", len(mappings), err)
	}
	want := []struct {
		path                          string
		executable, writable, kernels bool
	}{
		{"/usr/bin/a program", false, false, false},
		{"/usr/bin/a program", true, false, false},
		{"", true, true, false},
		{"/memfd:code (deleted)", true, false, false},
		{"[vdso]", true, false, true},
		{"[anon:[vdso]]", true, false, false}, // A name that a process can give.
		{"[vsyscall]", true, false, true},
	}
	for i, m := range mappings {
		if m.path != want[i].path || m.executable() != want[i].executable || m.writable() != want[i].writable || m.kernels() != want[i].kernels {
			t.Errorf("mapping %d: %+v", i, m)
		}
	}
	if m := mappings[1]; m.start != 0x555555555000 || m.end != 0x555555556000 || m.major != 0xfe || m.inode != 394 {
		t.Errorf("got %+v", m)
	}
	for _, line := range []string{"", "x", "1-2 r-xp 0 0:0", "2-1 r-xp 0 0:0 0", "1-1 r-xp 0 0:0 0", "1-g r-xp 0 0:0 0", "1-2 r-x 0 0:0 0", "1-2 r-xp 0 00 0"} {
		if _, err := parseMaps([]byte(line + "\n")); err == nil {
			t.Errorf("%q was taken for a mapping", line)
		}
	}
}

func TestParseEnvironment(t *testing.T) {
	got, err := parseEnvironment([]byte("A=1\x00B=\x00C=x=y\x00"))
	if err != nil || len(got) != 3 || got["A"] != "1" || got["C"] != "x=y" {
		t.Errorf("got %q, %v", got, err)
	}
	if value, ok := got["B"]; !ok || value != "" {
		t.Errorf("an empty value: %q, %v", value, ok)
	}
	if got, err := parseEnvironment(nil); err != nil || len(got) != 0 {
		t.Errorf("nothing: %q, %v", got, err)
	}
	for _, text := range []string{"A=1\x00A=2\x00", "A\x00", "=1\x00", "A=1\x00\x00\x00"} {
		if got, err := parseEnvironment([]byte(text)); err == nil {
			t.Errorf("%q was taken for an environment: %q", text, got)
		}
	}
}

func TestParseStat(t *testing.T) {
	fields := "S 41 42 42 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 255221 0 0"
	for _, name := range []string{"(sh)", "(a) S 1 (b)", "()", "(\n)"} {
		state, parent, ticks, err := parseStat([]byte("43 " + name + " " + fields))
		if err != nil || state != 'S' || parent != 41 || ticks != 255221 {
			t.Errorf("%s: %c, %d, %d, %v", name, state, parent, ticks, err)
		}
	}
	for _, text := range []string{"", "43 (sh)", "43 (sh) S x", "43 sh " + fields, "43 (sh) S x" + strings.TrimPrefix(fields, "S 41")} {
		if _, _, _, err := parseStat([]byte(text)); err == nil {
			t.Errorf("%q was taken for a state", text)
		}
	}
}

const statusText = `Name:	program
Uid:	60601	60601	60601	60601
TracerPid:	7
VmHWM:	    3500 kB
CapInh:	0000000000000000
CapPrm:	0000000000000001
CapEff:	0000000000000000
CapBnd:	000001ffffffffff
CapAmb:	0000000000000000
NoNewPrivs:	1
Seccomp:	2
Seccomp_filters:	3
`

func TestParseStatus(t *testing.T) {
	s, err := parseStatus([]byte(statusText))
	if err != nil {
		t.Fatal(err)
	}
	if s.uids != [4]int{60601, 60601, 60601, 60601} || s.tracer != 7 || s.peakResident != 3500<<10 || s.seccomp != 2 || s.seccompFilters != 3 || !s.noNewPrivileges {
		t.Errorf("got %+v", s)
	}
	if s.capabilities["CapPrm"] != 1 || s.capabilities["CapBnd"] != 0x1ffffffffff {
		t.Errorf("capabilities %x", s.capabilities)
	}
	for _, text := range []string{"", "Uid:\tx\n" + statusText, strings.Replace(statusText, "CapAmb:", "Cap:", 1), strings.Replace(statusText, "CapInh:\t0", "CapInh:\tx", 1)} {
		if s, err := parseStatus([]byte(text)); err == nil {
			t.Errorf("%.20q was taken for a status: %+v", text, s)
		}
	}
}

// TestProof takes away one thing after another from a process that is in a
// compartment.
func TestProof(t *testing.T) {
	profile, err := Load("linux")
	if err != nil {
		t.Fatal(err)
	}
	observer := &Observer{Namespaces: map[string]string{"ipc": "1", "mnt": "1", "net": "1", "pid": "1", "user": "1", "uts": "1", "cgroup": "1"}, SeccompFilters: 1}
	compartment := func() *ProcessFacts {
		return &ProcessFacts{
			ELF:        &ELF{ABI: "amd64+asan"},
			Namespaces: map[string]string{"ipc": "2", "mnt": "2", "net": "2", "pid": "2", "user": "2", "uts": "2", "cgroup": "1"},
			Seccomp:    2, SeccompFilters: 2, NoNewPrivileges: true,
			Capabilities: map[string]uint64{"CapInh": 0, "CapPrm": 0, "CapEff": 0, "CapBnd": 0, "CapAmb": 0},
		}
	}
	m, err := profile.Mode("compartment")
	if err != nil {
		t.Fatal(err)
	}
	if proof, err := m.CheckLive(compartment(), observer); err != nil || strings.Join(proof.Namespaces, " ") != "ipc mnt net pid user uts" {
		t.Fatalf("%+v, %v", proof, err)
	}
	// On the path direct it has the observer's network: the proof says so, and who knows the path decides.
	direct := compartment()
	direct.Namespaces["net"] = "1"
	if proof, err := m.CheckLive(direct, observer); err != nil || strings.Join(proof.Namespaces, " ") != "ipc mnt pid user uts" {
		t.Errorf("with the observer's network: %+v, %v", proof, err)
	}
	for name, change := range map[string]func(*ProcessFacts){
		"ipc":                           func(f *ProcessFacts) { f.Namespaces["ipc"] = "1" },
		"mnt":                           func(f *ProcessFacts) { f.Namespaces["mnt"] = "1" },
		"pid":                           func(f *ProcessFacts) { f.Namespaces["pid"] = "1" },
		"user":                          func(f *ProcessFacts) { f.Namespaces["user"] = "1" },
		"uts":                           func(f *ProcessFacts) { f.Namespaces["uts"] = "1" },
		"a namespace that was not read": func(f *ProcessFacts) { delete(f.Namespaces, "uts") },
		"no filter":                     func(f *ProcessFacts) { f.Seccomp = 0 },
		"strict seccomp is no filter":   func(f *ProcessFacts) { f.Seccomp = 1 },
		"the observer's filter alone":   func(f *ProcessFacts) { f.SeccompFilters = 1 },
		"new privileges":                func(f *ProcessFacts) { f.NoNewPrivileges = false },
		"a permitted capability":        func(f *ProcessFacts) { f.Capabilities["CapPrm"] = 1 << 21 },
		"an ambient capability":         func(f *ProcessFacts) { f.Capabilities["CapAmb"] = 1 },
		"another ABI":                   func(f *ProcessFacts) { f.ELF = &ELF{ABI: "amd64"} },
	} {
		changed := compartment()
		change(changed)
		if proof, err := m.CheckLive(changed, observer); err == nil {
			t.Errorf("%s: taken for a compartment: %+v", name, proof)
		}
	}
	// The bounding set counts where privileges can be gained, in a mode that lets them be.
	gaining := *m
	gaining.Proof.NoNewPrivileges = false
	for noNewPrivileges, is := range map[bool]bool{true: true, false: false} {
		bounded := compartment()
		bounded.Capabilities["CapBnd"], bounded.NoNewPrivileges = 1<<21, noNewPrivileges
		if proof, err := gaining.CheckLive(bounded, observer); (err == nil) != is {
			t.Errorf("a bounding set, no new privileges %v: %+v, %v", noNewPrivileges, proof, err)
		}
	}
}

func TestOpenSSLVersion(t *testing.T) {
	for text, want := range map[string]string{
		"\x00OpenSSL \x00OpenSSL 3.0.17 1 Jul 2025\x00":     "OpenSSL 3.0.17 1 Jul 2025",
		"OpenSSL 1.1.1w-freebsd  11 Sep 2023":               "",
		"OpenSSL 1.1.1o-freebsd 3 May 2022\x00":             "OpenSSL 1.1.1o-freebsd 3 May 2022",
		"part of OpenSSL 3 and more":                        "",
		"OpenSSL 3.5.0-beta1+quic 8 Apr 2025 (Library: xx)": "OpenSSL 3.5.0-beta1+quic 8 Apr 2025",
	} {
		if got := OpenSSLVersion([]byte(text)); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func FuzzParseProcess(f *testing.F) {
	f.Add([]byte(mapsText))
	f.Add([]byte(statusText))
	f.Add([]byte("43 (sh) S 41 42 42 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 255221 0 0"))
	f.Add([]byte("A=1\x00B=\x00"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if mappings, err := parseMaps(text); err == nil {
			for _, m := range mappings {
				if m.end <= m.start {
					t.Errorf("a mapping of no size: %+v", m)
				}
			}
		}
		_, _ = parseStatus(text)
		_, _ = parseEnvironment(text)
		_, _, _, _ = parseStat(text)
	})
}

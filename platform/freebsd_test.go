package platform_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"debug/elf"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"eaibench/platform"
)

// boardPID is the process of the scripted board.
const boardPID = 812

// board answers commands as CheriBSD does: by the command without what comes before
// its name. It is no recording: the forms are those of CheriBSD's sources.
type board struct {
	answers map[string]string
	// asked counts how often each command was run; after the first time, changed
	// takes the place of answers.
	asked   map[string]int
	changed map[string]string
}

func (b *board) run(_ context.Context, argv []string) ([]byte, error) {
	command := strings.Join(argv, " ")
	b.asked[command]++
	if answer, ok := b.changed[command]; ok && b.asked[command] > 1 {
		return []byte(answer), nil
	}
	answer, ok := b.answers[command]
	if !ok {
		return nil, fmt.Errorf("%s: exit status 64", command)
	}
	return []byte(answer), nil
}

const procstatJSON = "/usr/bin/procstat --libxo json "

// mapOf is a map of an executable, a linker, and a page with the given permissions.
func mapOf(linker string, writable, executable bool) string {
	mapping := func(from, kind, path string, write, exec bool, resident int) string {
		return fmt.Sprintf(`{"kve_start":"%s000","kve_end":"%sf00","kve_protection":{"read":true,"write":%v,"exec":%v,"read_cap":true,"write_cap":%v},"kve_resident":%d,"kve_private_resident":9,"kve_flags":{"copy_on_write":%v,"needs_copy":%v,"grows_down":false},"kve_type":%q,"kve_path":%q}`,
			from, from, write, exec, write, resident, kind == "vnode", kind == "vnode", kind, path)
	}
	return fmt.Sprintf(`{"__version":"1","procstat":{"vm":{"812":{"process_id":812,"vm":[%s,%s,%s]}}}}`,
		mapping("0x100", "vnode", "/run/retail", false, true, 3), mapping("0x200", "vnode", linker, false, true, 5), mapping("0x300", "swap", "", writable, executable, 7))
}

// newBoard has one process: an executable of the ABI, built for a release, with so
// many compartments as procstat says ("": it does not know).
func newBoard(abi string, version uint32, compartments string) *board {
	file := elfFile{machine: elf.EM_AARCH64, osABI: elf.ELFOSABI_FREEBSD, kind: elf.ET_DYN, interp: "/libexec/ld-elf.so.1"}
	file.notes = []note{{"FreeBSD", 1, word(1500019)}, {"CheriBSD", 1, word(version)}}
	if abi != "hybrid" {
		file.flags = 0x10000
		if version >= 20230804 {
			kind := uint32(0)
			if abi == "purecap-benchmark" {
				kind = 1
			}
			file.notes = append(file.notes, note{"CHERI", 0x80000000, word(kind)})
		}
	}
	if version < 20240617 && compartments == "linker" {
		file.interp, compartments = "/libexec/ld-elf-c18n.so.1", ""
	}
	executable := string(file.bytes())
	object := func(container, rest string) string {
		return fmt.Sprintf(`{"__version":"1","procstat":{%q:{"812":{"process_id":812,"command":"retail"%s}}}}`, container, rest)
	}
	b := &board{asked: map[string]int{}, changed: map[string]string{}, answers: map[string]string{
		procstatJSON + "-v 812":                                   mapOf(file.interp, true, false),
		procstatJSON + "binary 812":                               object("binary", `,"osrel":1500019,"pathname":"/run/retail"`),
		procstatJSON + "credentials 812":                          object("credentials", `,"uid":60764,"ruid":60764,"svuid":60764,"cr_flags":"-"`),
		procstatJSON + "environment 812":                          object("environment", `,"environment":["LD_BIND_NOW=1","OPENSSL_CONF=","PWD=/"]`),
		procstatJSON + "-r 812":                                   object("rusage", `,"user time":"00:00:00.012345","system time":"00:00:00.000655","maximum RSS":40,"page reclaims":1001,"page faults":2,"voluntary context switches":15,"involuntary context switches":3`),
		"/usr/bin/proccontrol -m trace -q -p 812":                 "enabled, no debugger\n",
		"/usr/bin/proccontrol -m nonewprivs -q -p 812":            "enabled\n",
		"/usr/bin/env LC_ALL=C TZ=UTC0 /bin/ps -o lstart= -p 812": "Tue Jun  4 12:00:07 2024\n",
		"/bin/cat -- /run/retail":                                 executable, "/usr/bin/stat -L -f %u %Lp %z -- /run/retail": fmt.Sprintf("0 755 %d\n", len(executable)),
		"/bin/cat -- " + file.interp: "a linker", "/usr/bin/stat -L -f %u %Lp %z -- " + file.interp: "0 555 8\n",
		"/bin/cat /bin/sh":                 executable,
		"/sbin/sysctl -n hw.model hw.ncpu": "Research Morello SoC r0p0\n4\n",
		"/usr/bin/uname -srvm":             "FreeBSD 15.0-CURRENT FreeBSD 15.0-CURRENT #0 arm64\n",
		"/bin/ps -axH -o ruid=":            "    0\n60764\n60764\n 6076\n",
	}}
	if compartments != "" {
		b.answers[procstatJSON+"cheri 812"] = object("cheri", fmt.Sprintf(`,"abi_cheri_support":"P","quarantining":"yes","compartments":%q`, compartments))
	}
	return b
}

func TestFreeBSDReadings(t *testing.T) {
	host := platform.FreeBSD{Run: newBoard("purecap", 20240617, "-").run}
	memory, err := host.Memory(t.Context(), boardPID)
	if want := (platform.Memory{PeakResident: 15 * 4096, Resident: 15 * 4096, ProportionalUntold: true}); err != nil || memory != want {
		t.Errorf("got %+v, %v, want %+v: the kernel's peak lags behind", memory, err, want)
	}
	usage, err := host.Usage(t.Context(), boardPID)
	want := platform.Usage{
		MinorFaults: 1001, MajorFaults: 2, VoluntarySwitches: 15, InvoluntarySwitches: 3,
		User: 12345 * time.Microsecond, System: 655 * time.Microsecond, CPU: 13 * time.Millisecond,
	}
	if err != nil || usage != want {
		t.Errorf("got %+v, %v, want %+v", usage, err, want)
	}
	sizes, err := host.Sizes(t.Context(), boardPID)
	if err != nil || sizes.Executable != 3*4096 || sizes.Libraries != 5*4096 || sizes.Anonymous != 7*4096 {
		t.Errorf("got %+v, %v", sizes, err)
	}
	machine, err := host.Host(t.Context())
	if want := (platform.Host{CPUModel: "Research Morello SoC r0p0", CPUCount: 4, OperatingSystem: "FreeBSD 15.0-CURRENT FreeBSD 15.0-CURRENT #0 arm64"}); err != nil || machine != want {
		t.Errorf("got %+v, %v", machine, err)
	}
	if tasks, err := host.CountTasks(t.Context(), 60764); err != nil || tasks != 2 {
		t.Errorf("got %d tasks, %v", tasks, err)
	}
	versions, err := host.Versions(t.Context())
	if diff := cmp.Diff(release("24.05"), versions); err != nil || diff != "" {
		t.Errorf("%v, %s", err, diff)
	}
}

func TestFreeBSDObserve(t *testing.T) {
	b := newBoard("purecap", 20240617, "    8")
	b.answers["/usr/bin/stat -L -f %u %Lp %z -- /libexec/ld-elf.so.1"] = "0 775 8\n"
	facts, err := platform.FreeBSD{Run: b.run}.Observe(t.Context(), boardPID)
	if err != nil {
		t.Fatal(err)
	}
	if facts.StartTicks != 1717502407 || facts.UIDs != [4]int{60764, 60764, 60764, 60764} || facts.Tracer != 0 || !facts.NoNewPrivileges || facts.AnonymousExecutable != 0 {
		t.Errorf("got %+v", facts)
	}
	if facts.Executable.SHA256 != sha256.Sum256([]byte(b.answers["/bin/cat -- /run/retail"])) || facts.ELF.ABI != "purecap" {
		t.Errorf("executable %+v, ABI %s", facts.Executable, facts.ELF.ABI)
	}
	libraries := []platform.File{{Path: "/libexec/ld-elf.so.1", SHA256: sha256.Sum256([]byte("a linker"))}}
	if !slices.Equal(facts.Libraries, libraries) || !slices.Equal(facts.Alterable, []string{"/libexec/ld-elf.so.1"}) {
		t.Errorf("libraries %v, alterable %q", facts.Libraries, facts.Alterable)
	}
	if diff := cmp.Diff([]string{"LD_BIND_NOW=1", "OPENSSL_CONF=", "PWD=/"}, variables(facts.Environment)); diff != "" {
		t.Error(diff)
	}
	if *facts.CHERI.Compartments != 8 || !*facts.CHERI.Quarantining {
		t.Errorf("got %+v", facts.CHERI)
	}
}

// TestCheriBSDModesAreTold: a process is of one mode, that of its ABI and its compartments, on every release.
func TestCheriBSDModesAreTold(t *testing.T) {
	profile, err := platform.Load("cheribsd-morello")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		abi          string
		version      uint32
		compartments string
		want         string
		count        int64
	}{
		{"hybrid", 20240617, "-", "hybrid", 0},
		{"purecap", 20240617, "-", "purecap", 0},
		{"purecap-benchmark", 20240617, "-", "purecap-benchmark", 0},
		{"purecap", 20240617, "    8", "compartment", 8},
		{"purecap-benchmark", 20240617, "    8", "benchmark-compartment", 8},
		{"hybrid", 20240617, "    8", "", 0}, // there is no such mode
		{"purecap", 20220828, "linker", "compartment", 0},
		{"purecap", 20220828, "", "purecap", 0},
		{"purecap", 20240617, "    0", "purecap", 0}, // a count of none is no proof of any
		{"purecap-benchmark", 20230804, "linker", "benchmark-compartment", 0},
	} {
		facts, err := platform.FreeBSD{Run: newBoard(test.abi, test.version, test.compartments).run}.Observe(t.Context(), boardPID)
		if err != nil {
			t.Errorf("%+v: %v", test, err)
			continue
		}
		found := ""
		for _, name := range profile.Chain() {
			proof, err := cheribsd(t, name).CheckLive(facts, &platform.Observer{})
			var mismatch *platform.Mismatch
			if err != nil && !errors.As(err, &mismatch) {
				t.Errorf("%+v as mode %s: %v", test, name, err)
			}
			if err == nil {
				found += name
				if proof.C18N != test.count || (proof.Kind == "c18n") != strings.Contains(name, "compartment") {
					t.Errorf("%+v: proof %+v", test, proof)
				}
			}
		}
		if found != test.want {
			t.Errorf("%+v is %q", test, found)
		}
	}
}

// TestFreeBSDObserveRefuses what it cannot tell, and what changes meanwhile.
func TestFreeBSDObserveRefuses(t *testing.T) {
	for _, test := range []struct {
		name string
		is   error
		says string
		make func(*board)
	}{
		{"ended", platform.ErrGone, "", func(b *board) { b.answers[procstatJSON+"-v 812"] = `{"procstat":{"vm":{}}}` }},
		{"never there", platform.ErrGone, "", func(b *board) { b.answers = nil }},
		{"another process", platform.ErrChanged, "", func(b *board) {
			b.changed["/usr/bin/env LC_ALL=C TZ=UTC0 /bin/ps -o lstart= -p 812"] = "Tue Jun  4 12:00:08 2024\n"
		}},
		{"another map", platform.ErrChanged, "", func(b *board) { b.changed[procstatJSON+"-v 812"] = mapOf("/libexec/ld-elf.so.1", true, true) }},
		{"another user", platform.ErrChanged, "", func(b *board) {
			b.changed[procstatJSON+"credentials 812"] = `{"procstat":{"credentials":{"812":{"uid":0,"ruid":60764,"svuid":60764,"cr_flags":"-"}}}}`
		}},
		{"no path", platform.ErrUntold, "", func(b *board) {
			b.answers[procstatJSON+"binary 812"] = `{"procstat":{"binary":{"812":{"osrel":1,"pathname":"-"}}}}`
		}},
		{"compartments untold", nil, "whether it has library compartments", func(b *board) { delete(b.answers, procstatJSON+"cheri 812") }},
		{"a variable twice", nil, "PWD twice", func(b *board) {
			b.answers[procstatJSON+"environment 812"] = `{"procstat":{"environment":{"812":{"environment":["PWD=/","PWD=/x"]}}}}`
		}},
		{"a file that grows", nil, "bytes were read of", func(b *board) { b.answers["/bin/cat -- /libexec/ld-elf.so.1"] = "a linker and more" }},
		{"a huge file", nil, "at most", func(b *board) {
			b.answers["/usr/bin/stat -L -f %u %Lp %z -- /libexec/ld-elf.so.1"] = "0 555 999999999999\n"
		}},
		{"no program", nil, "not an ELF file", func(b *board) {
			b.answers["/bin/cat -- /run/retail"], b.answers["/usr/bin/stat -L -f %u %Lp %z -- /run/retail"] = "#!/bin/sh", "0 755 9\n"
		}},
		{"rights untold", nil, "nonewprivs", func(b *board) { delete(b.answers, "/usr/bin/proccontrol -m nonewprivs -q -p 812") }},
	} {
		b := newBoard("purecap", 20240617, "    8")
		test.make(b)
		facts, err := platform.FreeBSD{Run: b.run}.Observe(t.Context(), boardPID)
		if err == nil || test.is != nil && !errors.Is(err, test.is) || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: got %+v, %v", test.name, facts, err)
		}
	}
	// Who begins to trace it between the two looks is seen.
	b := newBoard("purecap", 20240617, "    8")
	b.changed["/usr/bin/proccontrol -m trace -q -p 812"] = "enabled, traced by 77\n"
	if facts, err := (platform.FreeBSD{Run: b.run}).Observe(t.Context(), boardPID); err != nil || facts.Tracer != 77 {
		t.Errorf("got %+v, %v", facts, err)
	}
	// A file of another user than root can be altered, whatever its mode.
	b = newBoard("purecap", 20240617, "    8")
	b.answers["/usr/bin/stat -L -f %u %Lp %z -- /libexec/ld-elf.so.1"] = "60764 555 8\n"
	if facts, err := (platform.FreeBSD{Run: b.run}).Observe(t.Context(), boardPID); err != nil || !slices.Equal(facts.Alterable, []string{"/libexec/ld-elf.so.1"}) {
		t.Errorf("got %+v, %v", facts, err)
	}
	// The linker for compartments that the file asks for counts where it is mapped alone.
	b = newBoard("purecap", 20220828, "linker")
	b.answers[procstatJSON+"-v 812"] = mapOf("/libexec/ld-elf.so.1", true, false)
	b.answers["/bin/cat -- /libexec/ld-elf.so.1"], b.answers["/usr/bin/stat -L -f %u %Lp %z -- /libexec/ld-elf.so.1"] = "a linker", "0 555 8\n"
	facts, err := platform.FreeBSD{Run: b.run}.Observe(t.Context(), boardPID)
	if err != nil {
		t.Fatal(err)
	}
	if proof, err := cheribsd(t, "compartment").CheckLive(facts, &platform.Observer{}); err == nil {
		t.Errorf("run by another linker, it is taken for a compartment: %+v", proof)
	}
	// What is resident may change.
	b = newBoard("purecap", 20240617, "    8")
	b.changed[procstatJSON+"-v 812"] = strings.ReplaceAll(b.answers[procstatJSON+"-v 812"], `"kve_resident":7`, `"kve_resident":8`)
	if _, err := (platform.FreeBSD{Run: b.run}).Observe(t.Context(), boardPID); err != nil {
		t.Error(err)
	}
	// Code in memory that can be written counts.
	b = newBoard("purecap", 20240617, "    8")
	b.answers[procstatJSON+"-v 812"] = mapOf("/libexec/ld-elf.so.1", true, true)
	if facts, err := (platform.FreeBSD{Run: b.run}).Observe(t.Context(), boardPID); err != nil || facts.AnonymousExecutable != 1 {
		t.Errorf("got %+v, %v", facts, err)
	}
}

// TestCheriBSDCompartmentProof: names are in the proof where the system lists them, trampolines that can be written only where
// it does not count compartments.
func TestCheriBSDCompartmentProof(t *testing.T) {
	const command = "/usr/bin/procstat compartments 812"
	listed := "  PID COMM    CID FLAG CNAME\n  812 retail    1 -    libcrypto.so.30\n  812 retail    0 -    [RTLD]\n"
	for _, test := range []struct {
		name, compartments string
		version            uint32
		change             func(*board)
		want               platform.Proof
	}{
		{"listed", "    2", 20240617, func(b *board) { b.answers[command] = listed }, platform.Proof{C18N: 2, C18NNames: []string{"[RTLD]", "libcrypto.so.30"}}},
		{"not listed", "    2", 20240617, func(*board) {}, platform.Proof{C18N: 2}},
		{"counted, with code that can be written", "    2", 20240617, func(b *board) {
			b.answers[procstatJSON+"-v 812"] = mapOf("/libexec/ld-elf.so.1", true, true)
		}, platform.Proof{C18N: 2}},
		{"22.12", "linker", 20220828, func(b *board) {
			b.answers[procstatJSON+"-v 812"] = mapOf("/libexec/ld-elf-c18n.so.1", true, true)
		}, platform.Proof{WritableTrampolines: 1}},
	} {
		b := newBoard("purecap", test.version, test.compartments)
		test.change(b)
		facts, err := platform.FreeBSD{Run: b.run}.Observe(t.Context(), boardPID)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		test.want.Kind, test.want.NoNewPrivileges = "c18n", true
		got, err := cheribsd(t, "compartment").CheckLive(facts, &platform.Observer{})
		if diff := cmp.Diff(test.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v, %s", test.name, err, diff)
		}
	}
	b := newBoard("purecap", 20240617, "    2")
	b.answers[command] = "  PID COMM CID\n"
	if _, err := (platform.FreeBSD{Run: b.run}).Observe(t.Context(), boardPID); err == nil || !strings.Contains(err.Error(), "which library compartments") {
		t.Errorf("a list that cannot be read: %v", err)
	}
}

// TestFreeBSDAddress: a symbol lies where the kernel put the executable, and where the linker put the symbol in it.
func TestFreeBSDAddress(t *testing.T) {
	b := newBoard("purecap", 20240617, "-")
	file := elfFile{machine: elf.EM_AARCH64, osABI: elf.ELFOSABI_FREEBSD, kind: elf.ET_DYN, symbols: []string{"digest"}}
	for _, test := range []struct {
		kind elf.Type
		want uint64
	}{{elf.ET_DYN, 0x100000 + 0x1234}, {elf.ET_EXEC, 0x1234}} {
		file.kind = test.kind
		content := file.bytes()
		headers, err := platform.ParseELF(bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		value, size, err := headers.Symbol("digest")
		if err != nil {
			t.Fatal(err)
		}
		b.answers["/bin/cat -- /run/retail"] = string(content)
		host := platform.FreeBSD{Run: b.run}
		want := test.want - 0x1234 + value
		if got, err := host.Address(t.Context(), boardPID, "digest", int(size)); err != nil || got != want {
			t.Errorf("%s: %#x, %v, want %#x", test.kind, got, err, want)
		}
		if _, err := host.Address(t.Context(), boardPID, "digest", int(size)+1); err == nil {
			t.Error("a symbol of another size was found")
		}
		if _, err := host.Address(t.Context(), boardPID, "other", 1); !errors.Is(err, platform.ErrNoSymbol) {
			t.Errorf("a symbol that is not there: %v", err)
		}
	}
	b.answers[procstatJSON+"-v 812"] = strings.ReplaceAll(b.answers[procstatJSON+"-v 812"], "/run/retail", "/run/other")
	file.kind = elf.ET_DYN
	b.answers["/bin/cat -- /run/retail"] = string(file.bytes())
	if _, err := (platform.FreeBSD{Run: b.run}).Address(t.Context(), boardPID, "digest", 32); !errors.Is(err, platform.ErrUntold) {
		t.Errorf("an executable that is not in the map: %v", err)
	}
}

// TestReadOnTheTarget: a profile of Linux has no releases, one of CheriBSD those of the host that is asked.
func TestReadOnTheTarget(t *testing.T) {
	b := newBoard("purecap", 20220828, "")
	versions, err := cheribsd(t, "purecap").Versions(t.Context(), b.run)
	if diff := cmp.Diff(release("22.12"), versions); err != nil || diff != "" {
		t.Errorf("%v, %s", err, diff)
	}
	nobody := func(context.Context, []string) ([]byte, error) { return nil, errors.New("asked") }
	if versions, err := mode(t, "purecap").Versions(t.Context(), nobody); err != nil || versions != nil {
		t.Errorf("%v, %v", versions, err)
	}
	if _, err := cheribsd(t, "purecap").Versions(t.Context(), nobody); err == nil {
		t.Error("a host that does not answer has a release")
	}
	for _, test := range []struct {
		m          *platform.Mode
		chown, how string
	}{{mode(t, "hybrid"), "/usr/bin/chown", "/usr/bin/realpath"}, {cheribsd(t, "hybrid"), "/usr/sbin/chown", "/bin/realpath"}} {
		if test.m.Tool("chown") != test.chown || test.m.Tool("realpath") != test.how {
			t.Errorf("%s: %s, %s", test.m.Platform(), test.m.Tool("chown"), test.m.Tool("realpath"))
		}
	}
}

package cli

import (
	"bytes"
	"context"
	"debug/elf"
	"encoding/binary"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"eaibench/hosts"
	"eaibench/platform"
	"eaibench/runner"
)

// scriptedAnswer is what a scripted target says to commands that have a text.
type scriptedAnswer struct {
	command string
	code    int
	said    string
}

// scripted is a target with CheriBSD, by the forms of its sources and manual pages: it is no recording. What it has no answer for
// is POSIX's, and is done here.
type scripted struct {
	hosts.Host
	answers []scriptedAnswer
	asked   []string
}

func (s *scripted) Run(ctx context.Context, command hosts.Command) (hosts.Exit, error) {
	text := strings.Join(command.Args, " ")
	s.asked = append(s.asked, text)
	for _, one := range s.answers {
		if strings.Contains(text, one.command) {
			to := command.Stdout
			if one.code != 0 && !strings.HasPrefix(one.said, "OpenSSL") {
				to = command.Stderr
			}
			_, err := io.WriteString(to, one.said)
			return hosts.Exit{Cause: hosts.Exited, Code: one.code}, err
		}
	}
	return s.Host.Run(ctx, command)
}

// shellOf is the start of a program built for a release, the note that says so included.
func shellOf(t *testing.T, version uint32) string {
	t.Helper()
	const header, program = 64, 56
	note := binary.LittleEndian.AppendUint32(nil, 9) // the owner's name with its zero
	note = binary.LittleEndian.AppendUint32(note, 4)
	note = binary.LittleEndian.AppendUint32(note, 1)
	note = append(note, "CheriBSD\x00\x00\x00\x00"...)
	note = binary.LittleEndian.AppendUint32(note, version)
	var file bytes.Buffer
	for _, part := range []any{
		elf.Header64{
			Ident: [16]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), 1, byte(elf.ELFOSABI_FREEBSD)},
			Type:  uint16(elf.ET_DYN), Machine: uint16(elf.EM_AARCH64), Version: 1, Phoff: header, Ehsize: header, Phentsize: program, Phnum: 1,
		},
		elf.Prog64{Type: uint32(elf.PT_NOTE), Off: header + program, Filesz: uint64(len(note)), Memsz: uint64(len(note)), Align: 4},
		note,
	} {
		if err := binary.Write(&file, binary.LittleEndian, part); err != nil {
			t.Fatal(err)
		}
	}
	return file.String()
}

const trialSays = "OpenSSL 3.0.13 30 Jan 2024\nCPUINFO: N/A\n1.7.18\n"

// fitBoard answers as a board with everything, of release 24.05 or 22.12.
func fitBoard(t *testing.T, version uint32) []scriptedAnswer {
	object := func(container, rest string) string {
		return "812\n" + `{"__version":"1","procstat":{"` + container + `":{"812":{"process_id":812,"command":"sh"` + rest + `}}}}` + "\n"
	}
	return []scriptedAnswer{
		{"/bin/cat /bin/sh", 0, shellOf(t, version)},
		{"kenv -q smbios.system.product", 0, "Research Morello SoC r0p0\nMorello System Development Platform\n"},
		{"id -u", 0, "0\n"},
		{"--version", 0, "clang version 14.0.0\nTarget: aarch64-unknown-freebsd\n"},
		{"-o /build/trial", 0, ""},
		{"/build/trial", 0, trialSays},
		{"procstat --libxo json binary", 0, object("binary", `,"osrel":1500019,"pathname":"/bin/sh"`)},
		{
			"procstat --libxo json -v", 0, "812\n" + `{"__version":"1","procstat":{"vm":{"812":{"process_id":812,"vm":[{"kve_start":"0x100000","kve_end":"0x102000",` +
				`"kve_protection":{"read":true,"write":false,"exec":true,"read_cap":true,"write_cap":false},"kve_resident":2,"kve_private_resident":0,` +
				`"kve_flags":{"copy_on_write":true,"needs_copy":true,"grows_down":false},"kve_type":"vnode","kve_path":"/bin/sh"}]}}}}`,
		},
		{"procstat --libxo json -r", 0, object("rusage", `,"user time":"00:00:00.012345","system time":"00:00:00.000655","maximum RSS":40,"page reclaims":1001,"page faults":2,"voluntary context switches":15,"involuntary context switches":3`)},
		{"procstat --libxo json cheri", 0, object("cheri", `,"abi_cheri_support":"P","quarantining":"yes","compartments":"-"`)},
		{"procstat --libxo json credentials", 0, object("credentials", `,"uid":0,"ruid":0,"svuid":0,"cr_flags":"-"`)},
		{"procstat --libxo json environment", 0, object("environment", `,"environment":["LC_ALL=C"]`)},
		{"proccontrol -m trace -q", 0, "812\nenabled, no debugger\n"},
		{"proccontrol -m nonewprivs -q", 0, "812\ndisabled\n"},
		{"proccontrol -m cheric18n -q", 0, "812\nnot forced, not active\n"},
	}
}

func TestDoctorOfCheriBSD(t *testing.T) {
	const withoutHeader = "/source/trial.c:2:10: fatal error: 'cjson/cJSON.h' file not found\n1 error generated.\n"
	for _, test := range []struct {
		name    string
		version uint32
		// first answers come before those of a fit board.
		first   []scriptedAnswer
		ok      bool
		install string
		// lacks are the findings that are not ok, each with a part of its text.
		lacks map[string]string
	}{
		{"fit", 20240617, nil, true, "", map[string]string{}},
		{"release 22.12", 20221222, []scriptedAnswer{{"cheric18n", 64, "proccontrol: unknown mode"}}, true, "", map[string]string{
			"purecap-benchmark": "23.11", "benchmark-compartment": "23.11",
		}},
		{"not root", 20240617, []scriptedAnswer{{"id -u", 0, "1001\n"}}, true, "", map[string]string{"root": "uid 1001"}},
		{"no CheriBSD", 20240617, []scriptedAnswer{{"/bin/cat /bin/sh", 0, "#!"}}, false, "", map[string]string{
			"CheriBSD": "/bin/sh", "hybrid": "not tried", "purecap": "not tried", "compartment": "not tried", "purecap-benchmark": "not tried", "benchmark-compartment": "not tried",
		}},
		{"no compiler", 20240617, []scriptedAnswer{{"--version", 127, ""}, {"-o /build/trial", 127, "compile_folders: /usr/local64/bin/clang-morello: not found\n"}}, false, "pkg64 install -y llvm-base llvm-morello", map[string]string{
			"clang-morello": "/usr/local64/bin/clang-morello: exited with status 127", "hybrid": "compiling: ", "purecap": "compiling: ",
			"compartment": "compiling: ", "purecap-benchmark": "compiling: ", "benchmark-compartment": "compiling: ",
		}},
		{"libraries of two ABIs", 20240617, []scriptedAnswer{
			{"-mabi=aapcs", 1, withoutHeader},
			{"-mabi=purecap-benchmark", 1, "ld.lld: error: unable to find library -lssl\nld.lld: error: unable to find library -lcjson\n"},
		}, false, "pkg64 install -y libcjson && pkg64cb install -y libcjson openssl", map[string]string{
			"hybrid": "libcjson is missing for ABI hybrid", "purecap-benchmark": "libcjson, openssl is missing for ABI purecap-benchmark", "benchmark-compartment": "libcjson, openssl",
		}},
		{"old OpenSSL", 20240617, []scriptedAnswer{{"-o /build/trial", 0, ""}, {"cheric18n -s disable", 1, "OpenSSL 1.1.1o-freebsd  3 May 2022\nCPUINFO: N/A\n1.7.18\n"}}, false, "pkg64c install -y openssl && pkg64cb install -y openssl", map[string]string{
			"purecap": "OpenSSL 1.1.1o-freebsd  3 May 2022, want 3 or later", "purecap-benchmark": "OpenSSL 1.1.1o",
		}},
		{"no compartments", 20240617, []scriptedAnswer{{"cheric18n -s enable", 1, "proccontrol: procctl: Operation not permitted\n"}}, false, "", map[string]string{
			"compartment": "starting a program: exited with status 1: proccontrol: procctl: Operation not permitted", "benchmark-compartment": "Operation not permitted",
		}},
		{"no procstat cheri", 20240617, []scriptedAnswer{{"json cheri", 64, "procstat: unknown command: cheri\n"}, {"-m trace -q", 0, "812\nfancy\n"}}, false, "", map[string]string{
			"procstat": "procstat cheri: exited with status 64: procstat: unknown command: cheri", "proccontrol": `"fancy"`,
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			result, target := diagnoseScripted(t, append(test.first, fitBoard(t, test.version)...))
			lacks := map[string]string{}
			for _, one := range result.Findings {
				if !one.OK {
					lacks[one.Name] = one.Found
				}
			}
			for name, part := range test.lacks {
				if strings.Contains(lacks[name], part) {
					lacks[name] = part
				}
			}
			if diff := cmp.Diff(test.lacks, lacks); diff != "" {
				t.Errorf("what is lacking (-want +got):\n%s", diff)
			}
			if install := cheriBSDInstall(result.missing()); result.OK != test.ok || install != test.install {
				t.Errorf("ok %v, install %q", result.OK, install)
			}
			asked := strings.Join(target.asked, "\n")
			if by := strings.Contains(asked, "proccontrol -m cheric18n -q"); by != (test.version > 20240000 && test.name != "no CheriBSD") {
				t.Errorf("proccontrol was asked for compartments: %v", by)
			}
		})
	}
}

// diagnoseScripted has a scripted target looked at, and checks that nothing is left of the trials.
func diagnoseScripted(t *testing.T, answers []scriptedAnswer) (diagnosis, *scripted) {
	t.Helper()
	profile, err := platform.Load("cheribsd-morello")
	if err != nil {
		t.Fatal(err)
	}
	target := &scripted{Host: hosts.Local(), answers: answers}
	folder := t.TempDir()
	looked := targetChecks{place: runner.Place{Name: "board", Host: target, WorkFolder: folder, System: runner.System{OS: "freebsd", Architecture: "arm64"}}, profile: profile}
	result := diagnosis{Target: "board", OK: true}
	if err := result.add(t.Context(), looked.cheriBSD()); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("left are %v, %v", left, err)
	}
	return result, target
}

func TestTargetClock(t *testing.T) {
	before := time.Unix(1_800_000_000, 0)
	for _, test := range []struct {
		said string
		took time.Duration
		want string // part of the error
	}{
		{"1800000000\n", time.Millisecond, ""},
		{"1800000005\n", time.Millisecond, ""}, // it may be 5 s
		{"1800000006\n", time.Millisecond, "at least 6s ahead of this host; 5s are allowed"},
		{"1799999994\n", 0, ""}, // it may be 5 s behind
		{"1799999993\n", 0, "at least 6s behind this host"},
		{"1800000030\n", time.Minute, ""}, // a slow answer tells little
		{"1800100000\n", time.Minute, "at least 27h45m40s ahead"},
		{"yesterday\n", 0, `date +%s said "yesterday"`},
	} {
		looked := targetChecks{place: runner.Place{Host: &scripted{Host: hosts.Local(), answers: []scriptedAnswer{{"date +%s", 0, test.said}}}}}
		now := before.Add(-test.took)
		_, err := looked.clock(t.Context(), func() time.Time {
			now = now.Add(test.took)
			return now
		})
		if said := errorTextOf(err); (err == nil) != (test.want == "") || !strings.Contains(said, test.want) {
			t.Errorf("%q after %s: got %q, want %q", test.said, test.took, said, test.want)
		}
	}
}

func errorTextOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestParseFree(t *testing.T) {
	const header = "Filesystem 1024-blocks     Used Available Capacity Mounted on\n"
	for _, test := range []struct {
		text string
		want int64
		bad  bool
	}{
		{header + "/dev/ufs/root 12345678 5000000 6357000 44% /\n", 6208, false},
		{header + "zroot/var/tmp 12345678 5000000 1048575 44% /var/tmp\n", 1023, false},
		{header + "/dev/ufs/root 12345678 12345678 -987654 109% /\n", 0, false},
		{header, 0, true},
		{"", 0, true},
		{header + "df: /nowhere\n", 0, true},
	} {
		got, err := parseFree(test.text)
		if got != test.want || (err != nil) != test.bad {
			t.Errorf("%q: got %d, %v", test.text, got, err)
		}
	}
}

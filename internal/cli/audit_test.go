package cli

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"eaibench/audit"
	"eaibench/bench"
	"github.com/google/go-cmp/cmp"
)

func TestAuditGolden(t *testing.T) {
	folder := sampleCampaign(t, func(run *bench.Run) {
		if run.Position == 20 {
			run.Status, run.Check, run.Reason = bench.Failed, "library", "libcrypto.so.3 "+strings.Repeat("was changed ", 20)+"by its last word"
		}
	})
	got, people, code := command(t, "audit", folder)
	if code != exitFine || people != "" {
		t.Fatalf("exit %d, %s", code, people)
	}
	checkGolden(t, "audit", got)
}

func TestAuditJSONAndGate(t *testing.T) {
	folder := sampleCampaign(t, allOK)
	out, _, code := command(t, "audit", folder, "--json")
	var got audited
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != exitFine {
		t.Fatalf("exit %d, %v", code, err)
	}
	if got.Campaign != "smoke" || len(got.Threats) == 0 || got.Threats[0].Check != "stand-in" || got.Counts[audit.Critical] != 1 || len(got.NotExamined) == 0 {
		t.Errorf("%+v", got)
	}
	for _, severity := range audit.Severities() {
		out, people, code := command(t, "audit", folder, "--fail-on", string(severity))
		if code != exitGate || !strings.Contains(people, "--fail-on is "+string(severity)) {
			t.Errorf("%s: exit %d, %s", severity, code, people)
		}
		if !strings.Contains(out, "stand-in: ") {
			t.Errorf("%s: nothing was printed: %s", severity, out)
		}
	}
	counted, _, _ := command(t, "summary", folder, "--json")
	var s summary
	if err := json.Unmarshal([]byte(counted), &s); err != nil || !cmp.Equal(s.Threats, got.Counts) {
		t.Errorf("summary counts %v, audit %v; %v", s.Threats, got.Counts, err)
	}
	summary, _, _ := command(t, "summary", folder)
	if !strings.Contains(summary, "\naudit: 1 critical, ") || !strings.Contains(summary, ": eaibench audit "+folder+"\n") {
		t.Errorf("summary does not say how many threats there are: %s", summary)
	}
}

func TestAuditRefuses(t *testing.T) {
	folder, text := t.TempDir(), filepath.Join(t.TempDir(), "text")
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(text, []byte("#!/bin/sh\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args []string
		want string
	}{
		{nil, "needs DIR or FILE"},
		{[]string{folder}, "is no campaign: it has no campaign.json"},
		{[]string{"nothing"}, "auditing: stat nothing: no such file"},
		{[]string{text}, text + ": not an ELF file"},
		{[]string{program, text}, text + ": not an ELF file"},
		{[]string{program, folder}, "a campaign is audited alone"},
		{[]string{program, "--fail-on", "note"}, "--fail-on is of a campaign"},
		{[]string{folder, "--fail-on", "bad"}, "it is one of critical, serious, note"},
	} {
		out, people, code := command(t, append([]string{"audit"}, test.args...)...)
		if code != exitBadInput || out != "" || !strings.Contains(people, test.want) {
			t.Errorf("%q: exit %d, %s%s, want %q", test.args, code, out, people, test.want)
		}
	}
}

// morelloFile is an ELF file of Morello with an interpreter and notes.
func morelloFile(t *testing.T, flags uint32, interpreter string, notes []byte) string {
	t.Helper()
	const headers = 64 + 2*56
	interpreter += "\x00"
	header := elf.Header64{
		Type: uint16(elf.ET_DYN), Machine: uint16(elf.EM_AARCH64), Version: 1, Phoff: 64, Flags: flags, Ehsize: 64, Phentsize: 56, Phnum: 2,
	}
	copy(header.Ident[:], elf.ELFMAG)
	header.Ident[elf.EI_CLASS], header.Ident[elf.EI_DATA], header.Ident[elf.EI_VERSION] = byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), 1
	header.Ident[elf.EI_OSABI] = byte(elf.ELFOSABI_FREEBSD)
	var file bytes.Buffer
	for _, part := range []any{
		header,
		elf.Prog64{Type: uint32(elf.PT_INTERP), Off: headers, Filesz: uint64(len(interpreter)), Align: 1},
		elf.Prog64{Type: uint32(elf.PT_NOTE), Off: headers + uint64(len(interpreter)), Filesz: uint64(len(notes)), Align: 4},
		[]byte(interpreter), notes,
	} {
		if err := binary.Write(&file, binary.LittleEndian, part); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, file.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// elfNote is a note of an owner with a number.
func elfNote(owner string, kind, value uint32) []byte {
	name := append([]byte(owner), 0)
	var note []byte
	for _, word := range []uint32{uint32(len(name)), 4, kind} {
		note = binary.LittleEndian.AppendUint32(note, word)
	}
	note = append(note, name...)
	note = append(note, make([]byte, -len(note)&3)...)
	return binary.LittleEndian.AppendUint32(note, value)
}

func TestAuditFiles(t *testing.T) {
	const pure = 0x10000
	release := func(version uint32) []byte {
		return slices.Concat(elfNote("FreeBSD", 1, 1500012), elfNote("CheriBSD", 1, version))
	}
	outside := morelloFile(t, pure, "/libexec/ld-elf-c18n.so.1", elfNote("CheriBSD", 1, 20220828))
	conventional := morelloFile(t, 0, "/libexec/ld-elf.so.1", release(20240617))
	benchmark := morelloFile(t, pure, "/libexec/ld-elf.so.1", slices.Concat(release(20991231), elfNote("CHERI", 0x80000000, 1), elfNote("FreeBSD", 4, 0x21)))
	for _, test := range []struct {
		file string
		want []string
	}{
		{outside, []string{"ABI           purecap (e_flags 0x10000)", "compartments  c18n, by its interpreter", "built for     CheriBSD 22.12 (20220828)", "interpreter   /libexec/ld-elf-c18n.so.1"}},
		{conventional, []string{"ABI           hybrid (e_flags 0x0)", "compartments  none\n", "built for     CheriBSD 24.05 (20240617), FreeBSD 1500012", "features      none set"}},
		{benchmark, []string{"ABI           purecap-benchmark (e_flags 0x10000)", "only the live process", "CheriBSD, release unknown (20991231)", "linkage       dynamic, position-independent", "features      0x21: revocation off"}},
	} {
		out, people, code := command(t, "audit", test.file)
		if code != exitFine || people != "" {
			t.Fatalf("exit %d, %s", code, people)
		}
		for _, want := range test.want {
			if !strings.Contains(out, want) {
				t.Errorf("%q is not in\n%s", want, out)
			}
		}
	}
	table, _, code := command(t, "audit", outside, conventional, benchmark)
	if lines := strings.Split(strings.TrimSpace(table), "\n"); code != exitFine || len(lines) != 5 {
		t.Errorf("exit %d:\n%s", code, table)
	}
	for _, want := range []string{"purecap            yes   22.12", "hybrid             no    24.05", "purecap-benchmark  no    unknown (20991231)"} {
		if !strings.Contains(table, want) {
			t.Errorf("%q is not in\n%s", want, table)
		}
	}
	out, _, _ := command(t, "audit", "--json", outside, conventional)
	var named []elfNamed
	if err := json.Unmarshal([]byte(out), &named); err != nil {
		t.Fatal(err)
	}
	if len(named) != 2 || !named[0].Compartments || named[0].Release != "22.12" || named[1].ABI != "hybrid" || named[1].FreeBSD != 1500012 {
		t.Errorf("%+v", named)
	}
}

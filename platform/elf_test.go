package platform_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"eaibench/platform"
)

// elfFile describes a small ELF file.
type elfFile struct {
	machine elf.Machine
	osABI   elf.OSABI
	kind    elf.Type
	flags   uint32
	entry   uint64
	interp  string
	notes   []note
	symbols []string
}

type note struct {
	owner   string
	kind    uint32
	content []byte
}

func word(n uint32) []byte { return binary.LittleEndian.AppendUint32(nil, n) }

func (n note) bytes() []byte {
	pad := func(b []byte) []byte { return append(b, make([]byte, -len(b)&3)...) }
	name := append([]byte(n.owner), 0)
	b := append(word(uint32(len(name))), word(uint32(len(n.content)))...)
	b = append(append(b, word(n.kind)...), pad(name)...)
	return append(b, pad(bytes.Clone(n.content))...)
}

// bytes lays the file out: header, two program headers, three section headers,
// then what they point to.
func (f elfFile) bytes() []byte {
	const headers = 64 + 2*56 + 3*64
	var notes []byte
	for _, n := range f.notes {
		notes = append(notes, n.bytes()...)
	}
	interp := append([]byte(f.interp), 0)
	strings := []byte{0}
	symbols := make([]byte, 24)
	for _, name := range f.symbols {
		var symbol bytes.Buffer
		must(binary.Write(&symbol, binary.LittleEndian, elf.Sym64{
			Name: uint32(len(strings)), Info: elf.ST_INFO(elf.STB_GLOBAL, elf.STT_OBJECT), Shndx: 1, Value: 0x4040, Size: 32,
		}))
		strings = append(append(strings, name...), 0)
		symbols = append(symbols, symbol.Bytes()...)
	}
	offset := uint64(headers)
	place := func(content []byte) uint64 {
		at := offset
		offset += uint64(len(content))
		return at
	}
	interpAt, notesAt, symbolsAt, stringsAt := place(interp), place(notes), place(symbols), place(strings)
	header := elf.Header64{
		Type: uint16(f.kind), Machine: uint16(f.machine), Version: 1, Entry: f.entry, Phoff: 64, Shoff: 64 + 2*56,
		Flags: f.flags, Ehsize: 64, Phentsize: 56, Phnum: 2, Shentsize: 64, Shnum: 3, Shstrndx: 2,
	}
	copy(header.Ident[:], elf.ELFMAG)
	header.Ident[elf.EI_CLASS], header.Ident[elf.EI_DATA] = byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB)
	header.Ident[elf.EI_VERSION], header.Ident[elf.EI_OSABI] = 1, byte(f.osABI)
	var out bytes.Buffer
	for _, part := range []any{
		header,
		elf.Prog64{Type: uint32(elf.PT_INTERP), Off: interpAt, Filesz: uint64(len(interp)), Align: 1},
		elf.Prog64{Type: uint32(elf.PT_NOTE), Off: notesAt, Filesz: uint64(len(notes)), Align: 4},
		elf.Section64{},
		elf.Section64{Type: uint32(elf.SHT_SYMTAB), Off: symbolsAt, Size: uint64(len(symbols)), Link: 2, Entsize: 24},
		elf.Section64{Type: uint32(elf.SHT_STRTAB), Off: stringsAt, Size: uint64(len(strings))},
		interp, notes, symbols, strings,
	} {
		must(binary.Write(&out, binary.LittleEndian, part))
	}
	return out.Bytes()
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

const flagPurecap = 0x10000

// elfFiles are the kinds of executables in the reference on CheriBSD, and Linux's.
var elfFiles = map[string]struct {
	file elfFile
	abi  string
}{
	"hybrid on CheriBSD": {elfFile{
		machine: elf.EM_AARCH64, osABI: elf.ELFOSABI_FREEBSD, kind: elf.ET_EXEC, interp: "/libexec/ld-elf.so.1",
		notes: []note{{"FreeBSD", 1, word(1500012)}, {"CheriBSD", 1, word(20240315)}},
	}, "hybrid"},
	"hybrid by its note alone": {elfFile{machine: elf.EM_AARCH64, kind: elf.ET_EXEC, notes: []note{{"FreeBSD", 1, word(1400000)}}}, "hybrid"},
	"purecap of 22.12, without a CHERI note": {elfFile{
		machine: elf.EM_AARCH64, kind: elf.ET_DYN, flags: flagPurecap, entry: 0x1001, interp: "/libexec/ld-elf-c18n.so.1",
		notes: []note{{"FreeBSD", 1, word(1400064)}},
	}, "purecap"},
	"purecap": {elfFile{
		machine: elf.EM_AARCH64, kind: elf.ET_DYN, flags: flagPurecap,
		notes: []note{{"FreeBSD", 1, word(1500012)}, {"CHERI", 0x80000000, word(0)}, {"CheriBSD", 1, word(20240315)}},
	}, "purecap"},
	"purecap-benchmark": {elfFile{
		machine: elf.EM_AARCH64, kind: elf.ET_DYN, flags: flagPurecap, notes: []note{{"CHERI", 0x80000000, word(1)}},
	}, "purecap-benchmark"},
	"a CHERI ABI to come":      {elfFile{machine: elf.EM_AARCH64, kind: elf.ET_DYN, flags: flagPurecap, notes: []note{{"CHERI", 0x80000000, word(7)}}}, "purecap-7"},
	"another owner's note":     {elfFile{machine: elf.EM_AARCH64, kind: elf.ET_DYN, flags: flagPurecap, notes: []note{{"OTHER", 0x80000000, word(1)}}}, "purecap"},
	"arm64 on Linux":           {elfFile{machine: elf.EM_AARCH64, kind: elf.ET_DYN, interp: "/lib/ld-linux-aarch64.so.1"}, "arm64"},
	"amd64":                    {elfFile{machine: elf.EM_X86_64, kind: elf.ET_DYN, symbols: []string{"main"}}, "amd64"},
	"amd64 with a sanitizer":   {elfFile{machine: elf.EM_X86_64, kind: elf.ET_DYN, symbols: []string{"main", "__asan_init"}}, "amd64+asan"},
	"arm64 with a sanitizer":   {elfFile{machine: elf.EM_AARCH64, kind: elf.ET_DYN, symbols: []string{"__asan_init"}}, "arm64+asan"},
	"another machine":          {elfFile{machine: elf.EM_RISCV, kind: elf.ET_DYN, flags: flagPurecap}, "EM_RISCV"},
	"amd64 with Morello's bit": {elfFile{machine: elf.EM_X86_64, kind: elf.ET_EXEC, flags: flagPurecap}, "amd64"},
}

func TestABI(t *testing.T) {
	for name, test := range elfFiles {
		read, err := platform.ParseELF(bytes.NewReader(test.file.bytes()))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if read.ABI != test.abi || read.Flags != test.file.flags || read.Interpreter != test.file.interp || read.Entry != test.file.entry {
			t.Errorf("%s: got %+v, want ABI %s", name, read, test.abi)
		}
		if read.PositionIndependent != (test.file.kind == elf.ET_DYN) {
			t.Errorf("%s: position independent: %v", name, read.PositionIndependent)
		}
	}
	read, err := platform.ParseELF(bytes.NewReader(elfFiles["purecap"].file.bytes()))
	if err != nil || read.FreeBSD != 1500012 || read.CheriBSD != 20240315 {
		t.Errorf("versions of the notes: %+v, %v", read, err)
	}
}

func TestSymbol(t *testing.T) {
	read, err := platform.ParseELF(bytes.NewReader(elfFiles["amd64"].file.bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if address, size, err := read.Symbol("main"); err != nil || address != 0x4040 || size != 32 {
		t.Errorf("main is at %#x with %d bytes, %v", address, size, err)
	}
	if _, _, err := read.Symbol("missing"); !errors.Is(err, platform.ErrNoSymbol) {
		t.Errorf("a missing symbol: %v", err)
	}
}

func TestNotAnExecutable(t *testing.T) {
	good := elfFiles["purecap"].file.bytes()
	class32, big := bytes.Clone(good), bytes.Clone(good)
	class32[elf.EI_CLASS] = byte(elf.ELFCLASS32)
	big[elf.EI_DATA] = byte(elf.ELFDATA2MSB)
	longNote := elfFile{machine: elf.EM_AARCH64, notes: []note{{"CHERI", 0x80000000, word(0)}}}.bytes()
	longNote[64+2*56+3*64+1+4] = 0xff // The size of the note's content.
	for name, content := range map[string][]byte{
		"empty": nil, "a script": []byte("#!/bin/sh\n"), "cut off": good[:40], "32-bit": class32, "big-endian": big, "a note beyond its segment": longNote,
	} {
		if read, err := platform.ParseELF(bytes.NewReader(content)); err == nil {
			t.Errorf("%s was read: %+v", name, read)
		}
	}
}

// TestTablesThatTakeMemory: what a small file says of its tables must not cost memory.
func TestTablesThatTakeMemory(t *testing.T) {
	const sections, symbols, flags, size = 64 + 2*56, 64, 8, 32
	for name, change := range map[string]func(file []byte){
		"is compressed": func(f []byte) { f[sections+symbols+flags+1] |= byte(elf.SHF_COMPRESSED >> 8) },
		"at most":       func(f []byte) { f[sections+symbols+size+3] = 0x7f },
		"their number":  func(f []byte) { f[60], f[61] = 0, 0 },
	} {
		file := elfFiles["amd64"].file.bytes()
		change(file)
		if _, err := platform.ParseELF(bytes.NewReader(file)); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("want an error that says %q, got %v", name, err)
		}
	}
}

func TestWrongABIRefused(t *testing.T) {
	folder := t.TempDir()
	for name, test := range map[string]string{"hybrid": "amd64", "purecap": "amd64 with a sanitizer", "compartment": "amd64 with a sanitizer"} {
		for _, kind := range []string{"amd64", "amd64 with a sanitizer", "purecap", "hybrid on CheriBSD", "another machine"} {
			path := filepath.Join(folder, "program")
			if err := os.WriteFile(path, elfFiles[kind].file.bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
			m := mode(t, name)
			err := m.CheckExecutable(path)
			var mismatch *platform.Mismatch
			if kind == test {
				if err != nil {
					t.Errorf("mode %s, %s: %v", name, kind, err)
				}
			} else if !errors.As(err, &mismatch) || mismatch.About != "abi" || !strings.Contains(err.Error(), "not mode "+name) {
				t.Errorf("mode %s took the executable %s: %v", name, kind, err)
			}
		}
		if err := mode(t, name).CheckExecutable(filepath.Join(folder, "missing")); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("a missing executable: %v", err)
		}
	}
}

func FuzzParseELF(f *testing.F) {
	for _, test := range elfFiles {
		f.Add(test.file.bytes())
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		read, err := platform.ParseELF(bytes.NewReader(content))
		if err == nil && read.ABI == "" {
			t.Error("a file without an ABI was read")
		}
	})
}

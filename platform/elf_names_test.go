package platform_test

import (
	"bytes"
	"debug/elf"
	"slices"
	"testing"

	"eaibench/platform"
)

// TestELFNames: release, compartments, linkage and sanitizers, from headers alone.
func TestELFNames(t *testing.T) {
	release := func(version uint32) elfFile {
		return elfFile{machine: elf.EM_AARCH64, kind: elf.ET_DYN, flags: flagPurecap, interp: "/libexec/ld-elf.so.1", notes: []note{{"CheriBSD", 1, word(version)}, {"FreeBSD", 1, word(1500012)}}}
	}
	for name, test := range map[string]struct {
		file       elfFile
		release    string
		builtFor   string
		c18n       bool
		linkage    string
		sanitizers []string
	}{
		"22.05":               {release(20220314), "22.05", "CheriBSD 22.05 (20220314), FreeBSD 1500012", false, "dynamic", nil},
		"22.12":               {release(20220828), "22.12", "CheriBSD 22.12 (20220828), FreeBSD 1500012", false, "dynamic", nil},
		"23.11":               {release(20230804), "23.11", "CheriBSD 23.11 (20230804), FreeBSD 1500012", false, "dynamic", nil},
		"24.05":               {release(20240617), "24.05", "CheriBSD 24.05 (20240617), FreeBSD 1500012", false, "dynamic", nil},
		"another version":     {release(20300101), "unknown", "CheriBSD, release unknown (20300101), FreeBSD 1500012", false, "dynamic", nil},
		"in compartments":     {elfFiles["purecap of 22.12, without a CHERI note"].file, "", "FreeBSD 1400064", true, "dynamic", nil},
		"in them, benchmark":  {elfFile{machine: elf.EM_AARCH64, flags: flagPurecap, interp: "/libexec/ld-elf64cb-c18n.so.1"}, "", "", true, "dynamic", nil},
		"nothing to load":     {elfFile{machine: elf.EM_X86_64, kind: elf.ET_EXEC}, "", "", false, "static", nil},
		"with two sanitizers": {elfFile{machine: elf.EM_X86_64, kind: elf.ET_DYN, symbols: []string{"__ubsan_handle_add_overflow", "__asan_init", "main"}}, "", "", false, "static", []string{"address", "undefined"}},
	} {
		read, err := platform.ParseELF(bytes.NewReader(test.file.bytes()))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if read.Release() != test.release || read.BuiltFor() != test.builtFor {
			t.Errorf("%s: release %q, built for %q", name, read.Release(), read.BuiltFor())
		}
		if read.Compartmentalised() != test.c18n || read.Linkage() != test.linkage || !slices.Equal(read.Sanitizers(), test.sanitizers) {
			t.Errorf("%s: compartmentalised %v, %s, sanitizers %v", name, read.Compartmentalised(), read.Linkage(), read.Sanitizers())
		}
	}
}

// TestFeatures: what elfctl set is read, and whether it is about revocation.
func TestFeatures(t *testing.T) {
	on, off := true, false
	for features, want := range map[uint32]*bool{0: nil, 0x1: nil, 0x20: &off, 0x80000000: &on, 0x80000001: &on} {
		file := elfFile{machine: elf.EM_AARCH64, kind: elf.ET_DYN, flags: flagPurecap, notes: []note{{"FreeBSD", 4, word(features)}, {"FreeBSD", 1, word(1500012)}}}
		read, err := platform.ParseELF(bytes.NewReader(file.bytes()))
		if err != nil {
			t.Fatal(err)
		}
		if got := platform.Revocation(read.Features); read.Features != features || read.FreeBSD != 1500012 || (got == nil) != (want == nil) || got != nil && *got != *want {
			t.Errorf("%#x: %#x, revocation %v", features, read.Features, got)
		}
	}
}

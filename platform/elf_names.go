package platform

import (
	"fmt"
	"slices"
	"strings"
)

// releases of CheriBSD by the version in their programs' notes (__CheriBSD_version, sys/param.h; it is also in the name
// of the release's package repository, such as CheriBSD:20240617:aarch64c).
var releases = map[uint32]string{
	20220314: "22.05",
	20220828: "22.12",
	20230804: "23.11",
	20240617: "24.05",
}

// Release names the CheriBSD release that the file was built for, such as "24.05"; "unknown" where the note's version is
// none that is known, "" without a note.
func (e *ELF) Release() string {
	if e.CheriBSD == 0 {
		return ""
	}
	if name, ok := releases[e.CheriBSD]; ok {
		return name
	}
	return "unknown"
}

// Versions gives the releases that conditions of a profile compare, as a program of the host was built for them; nil where
// its notes have none.
func (e *ELF) Versions() map[string]string {
	if name := newestRelease(e.CheriBSD); name != "" {
		return map[string]string{"cheribsd": name}
	}
	return nil
}

// newestRelease names the newest known release that is not newer than a version. A version between two releases is a
// development version, which has all of the older one.
func newestRelease(version uint32) string {
	var newest uint32
	for release := range releases {
		if release <= version && release > newest {
			newest = release
		}
	}
	return releases[newest]
}

// Compartmentalised tells whether the file's interpreter puts libraries into compartments (c18n), as it does in
// programs of CheriBSD 22.12 and 23.11 that ask for it. From 24.05 on the interpreter is the same for all, and only a
// live process shows it.
func (e *ELF) Compartmentalised() bool { return strings.Contains(e.Interpreter, "c18n") }

// Bits of Features (CheriBSD's sys/elf_common.h).
const (
	revocationOff = 0x20
	revocationOn  = 1 << 31
)

// Revocation tells whether the file's features ask for what is freed to be revoked; nil where they leave it to the host.
func Revocation(features uint32) *bool {
	switch on := features&revocationOn != 0; {
	case on || features&revocationOff != 0:
		return &on
	}
	return nil
}

// Linkage says how the file finds its libraries: "dynamic", by an interpreter; "library", which a program loads;
// "static", where everything is in it.
func (e *ELF) Linkage() string {
	switch {
	case e.Interpreter != "":
		return "dynamic"
	case len(e.Needed) > 0:
		return "library"
	}
	return "static"
}

// Sanitizers names those whose runtime the file calls, sorted: "address", "hwaddress", "memory", "thread", "undefined".
func (e *ELF) Sanitizers() []string {
	var found []string
	for begin, name := range map[string]string{
		"__asan_init": "address", "__hwasan_init": "hwaddress", "__msan_init": "memory", "__tsan_init": "thread", "__ubsan_handle_": "undefined",
	} {
		for _, symbol := range e.symbols {
			if strings.HasPrefix(symbol.Name, begin) && !slices.Contains(found, name) {
				found = append(found, name)
			}
		}
	}
	slices.Sort(found)
	return found
}

// BuiltFor says for which system the file was built, as its notes do, "" without one.
func (e *ELF) BuiltFor() string {
	var parts []string
	switch e.Release() {
	case "":
	case "unknown":
		parts = append(parts, fmt.Sprintf("CheriBSD, release unknown (%d)", e.CheriBSD))
	default:
		parts = append(parts, fmt.Sprintf("CheriBSD %s (%d)", e.Release(), e.CheriBSD))
	}
	if e.FreeBSD != 0 {
		parts = append(parts, fmt.Sprintf("FreeBSD %d", e.FreeBSD))
	}
	return strings.Join(parts, ", ")
}

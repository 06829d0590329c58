package attest

import (
	"path"
	"slices"
	"strings"
)

// sharedLibraries are those that share the compartments that every process has, by CheriBSD's own policy of compartments
// (libexec/rtld-elf/rtld_c18n_policy.txt): the trusted one and that of the unwinder. Every other library, and the executable,
// has one of its own.
var sharedLibraries = []string{"libc.so.", "libthr.so.", "libsys.so.", "libgcc_s.so."}

// ownCompartments are the files of the evidence that must each have a compartment of its own: the executable and the libraries that
// share none. The linker is no library of the program.
func (e *Evidence) ownCompartments() []string {
	own := []string{e.Executable.Path}
	for _, library := range e.Libraries {
		base := path.Base(library.Path)
		if strings.HasPrefix(base, "ld-elf") || slices.ContainsFunc(sharedLibraries, func(shared string) bool { return strings.HasPrefix(base, shared) }) {
			continue
		}
		own = append(own, library.Path)
	}
	return own
}

// checkProof refuses a proof of library compartments that lacks a part. What it shows is that the linker made compartments, how many,
// and, where the system lists them, that each library has one; not what each may call.
func (l *CompartmentLimits) checkProof(e *Evidence) error {
	c := &e.Compartment
	own := e.ownCompartments()
	const shared = 1 // the trusted one at least
	switch {
	case !c.NoNewPrivs:
		return Refuse(CheckCompartment, "the process may gain privileges: no_new_privs is not set")
	case e.Process.UID == 0:
		return Refuse(CheckCompartment, "the process is root's, whom no compartment keeps from anything")
	case c.Compartments == nil && l.C18N != C18NLinker:
		return Refuse(CheckCompartment, "the system does not count the library compartments, and the policy does not say compartment.c18n: %s", C18NLinker)
	case c.Compartments == nil:
		return nil // the linker is known by its hash
	case *c.Compartments < int64(len(own)+shared):
		return Refuse(CheckCompartment, "the process has %d library compartments, too few for %d files with one each and the trusted one", *c.Compartments, len(own))
	case c.Names == nil:
		return nil // before about 25.03
	}
	if int64(len(c.Names)) != *c.Compartments {
		return Refuse(CheckCompartment, "the process has %d library compartments and names of %d", *c.Compartments, len(c.Names))
	}
	for _, file := range own {
		if !slices.ContainsFunc(c.Names, func(name string) bool { return namesFile(name, file) }) {
			return Refuse(CheckCompartment, "%s has no library compartment of its own", file)
		}
	}
	return nil
}

// namesFile tells whether a compartment's name is that of a file: the linker takes what a program asks for, libcjson.so.1, and the
// kernel names what that link leads to, libcjson.so.1.7.17.
func namesFile(compartment, file string) bool {
	name, base := path.Base(compartment), path.Base(file)
	return name == base || strings.Contains(name, ".so.") && strings.HasPrefix(base, name+".")
}

// allowedTrampolines counts the mappings, of those that can be executed and are no file's, that the policy takes for trampolines.
func (p *Policy) allowedTrampolines(e *Evidence) int {
	c := &e.Compartment
	if !claimsCompartment(e.Mode) || c.Kind != kindC18N || c.Compartments != nil || p.document.Compartment.Trampolines != TrampolinesWritable {
		return 0
	}
	return c.WritableTrampolines
}

func (l *CompartmentLimits) checkC18N(report func(path, format string, args ...any)) {
	if l.C18N != "" && l.C18N != C18NCounted && l.C18N != C18NLinker {
		report("compartment.c18n", "is %q, want %s or %s", l.C18N, C18NCounted, C18NLinker)
	}
	switch l.Trampolines {
	case "", TrampolinesSealed:
	case TrampolinesWritable:
		if l.C18N != C18NLinker {
			report("compartment.trampolines", "is %s, which a system needs that does not count compartments: want compartment.c18n: %s too", TrampolinesWritable, C18NLinker)
		}
	default:
		report("compartment.trampolines", "is %q, want %s or %s", l.Trampolines, TrampolinesSealed, TrampolinesWritable)
	}
}

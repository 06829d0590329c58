package platform

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Proof is what a live process shows of its compartment.
type Proof struct {
	// Kind of compartment; "" where the mode claims none, and then the rest is
	// empty too.
	Kind string
	// C18N is how many library compartments (c18n) the process shows; 0 where it was
	// told by the linker it runs with, as before CheriBSD 24.05, which does not count
	// them.
	C18N int64
	// C18NNames are those of the library compartments, sorted; nil where they are not
	// told.
	C18NNames []string
	// WritableTrampolines counts the mappings in which a linker that does not count
	// compartments keeps trampolines that can be written.
	WritableTrampolines int
	// Namespaces that are not the observer's, sorted.
	Namespaces []string
	// Seccomp is the mode: 2 with a filter.
	Seccomp int
	// NoNewPrivileges tells whether PR_SET_NO_NEW_PRIVS is set.
	NoNewPrivileges bool
	// Capabilities is the union of what it has or can gain, 0 for none.
	Capabilities uint64
}

// Mismatch is a claim that a process or an executable does not keep. A mode's
// run is invalid then.
type Mismatch struct {
	// Mode is the one claimed.
	Mode string
	// About is what was looked at: "abi" or "compartment".
	About string
	// Reason says what differs.
	Reason string
}

func (e *Mismatch) Error() string {
	return fmt.Sprintf("not mode %s: %s: %s", e.Mode, e.About, e.Reason)
}

// CheckABI checks that an executable has the mode's ABI. The error is a *Mismatch.
func (m *Mode) CheckABI(executable *ELF) error {
	if slices.Contains(m.ABIs, executable.ABI) {
		return nil
	}
	return &Mismatch{m.Name, "abi", fmt.Sprintf("the executable's ABI is %s and the mode's is %s",
		executable.ABI, strings.Join(m.ABIs, " or "))}
}

// CheckExecutable checks that the file is an executable of the mode's ABI. The
// error is a *Mismatch if it is another's.
func (m *Mode) CheckExecutable(path string) error {
	executable, err := ReadELF(path)
	if err != nil {
		return err
	}
	return m.CheckABI(executable)
}

// CheckLive checks that a live process is what the mode claims: its ABI, and its
// compartment, judged against the observer's own namespaces and filters. A
// process in a compartment is no proof of a mode that claims none. Namespaces
// that the path direct shares are in the proof where they are not the
// observer's, and not asked for: an observer does not know the path. The error
// is a *Mismatch.
func (m *Mode) CheckLive(process *ProcessFacts, observer *Observer) (Proof, error) {
	if err := m.CheckABI(process.ELF); err != nil {
		return Proof{}, err
	}
	compartments, compartmentalised := process.compartments()
	proof := Proof{
		Kind:            m.Proof.Compartment,
		C18N:            compartments,
		Namespaces:      observer.differing(process),
		Seccomp:         process.Seccomp,
		NoNewPrivileges: process.NoNewPrivileges,
	}
	if m.Proof.C18N && process.CHERI != nil {
		proof.C18NNames = process.CHERI.Names
		if process.CHERI.Compartments == nil {
			proof.WritableTrampolines = process.CHERI.WritableTrampolines
		}
	}
	for name, set := range process.Capabilities {
		// The bounding set alone gives nothing to a process that can gain no
		// privileges, and only root can empty it.
		if name != "CapBnd" || !process.NoNewPrivileges {
			proof.Capabilities |= set
		}
	}
	for _, part := range []struct {
		required, shown bool
		reason          string
	}{
		{m.Proof.C18N, compartmentalised, "it shows no library compartments (c18n)"},
		{m.Proof.Seccomp, process.Seccomp == 2 && process.SeccompFilters > observer.SeccompFilters, "it has no seccomp filter of its own"},
		{m.Proof.NoNewPrivileges, process.NoNewPrivileges, "it can gain new privileges"},
		{m.Proof.NoCapabilities, proof.Capabilities == 0, fmt.Sprintf("it has capabilities (%#x)", proof.Capabilities)},
	} {
		if part.required && !part.shown {
			return Proof{}, &Mismatch{m.Name, "compartment", part.reason}
		}
	}
	if compartmentalised && !m.Proof.C18N {
		return Proof{}, &Mismatch{m.Name, "compartment", "the mode has none, and the process has library compartments (c18n)"}
	}
	for _, name := range m.Proof.Namespaces {
		if slices.Contains(m.Proof.SharedOnDirect, name) {
			continue
		}
		if !slices.Contains(proof.Namespaces, name) {
			return Proof{}, &Mismatch{m.Name, "compartment", "its " + name + " namespace is the observer's"}
		}
	}
	if m.Proof.Compartment == "" {
		if len(proof.Namespaces) > 0 {
			return Proof{}, &Mismatch{
				m.Name, "compartment",
				"the mode has none, and the process has namespaces of its own: " + strings.Join(proof.Namespaces, ", "),
			}
		}
		if process.SeccompFilters > observer.SeccompFilters {
			return Proof{}, &Mismatch{m.Name, "compartment", "the mode has none, and the process has a seccomp filter of its own"}
		}
		return Proof{}, nil
	}
	return proof, nil
}

// Observer is what a process is compared with: the attester itself.
type Observer struct {
	// Namespaces as in ProcessFacts.
	Namespaces map[string]string
	// SeccompFilters that the observer itself runs under.
	SeccompFilters int
}

// differing names the process's namespaces that are not the observer's. Those of
// future children are no namespaces of the process.
func (o *Observer) differing(process *ProcessFacts) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(process.Namespaces)) {
		if o.Namespaces[name] != process.Namespaces[name] {
			names = append(names, name)
		}
	}
	return names
}

package attest

import (
	"slices"
	"strings"
)

// bubblewrapNamespaces are the namespaces of its own that a compartment made by bubblewrap has, as /proc/PID/ns
// names them.
var bubblewrapNamespaces = []string{"ipc", "mnt", networkNamespace, "pid", "user", "uts"}

// networkNamespace is the one that a process on the path direct shares with its host, to reach services.
const networkNamespace = "net"

const seccompFilter = 2 // the field Seccomp of /proc/PID/status, see proc(5)

// VerifyEvidence reads evidence strictly and makes the checks evidence-signature and attester.
func VerifyEvidence(signed []byte, policy *Policy) (*Evidence, error) {
	m, err := parseMessage(signed)
	if err != nil {
		return nil, Refuse(CheckEvidenceSignature, "%v", err)
	}
	attester := policy.attesters[m.kid]
	if attester == nil {
		return nil, Refuse(CheckAttester, "the policy knows no attester with key %s", m.kid)
	}
	if err := m.sign1.Verify(nil, attester.verifier); err != nil {
		return nil, Refuse(CheckEvidenceSignature, "the evidence is not signed by attester %s", attester.name)
	}
	if privilege := m.evidence.Attester.Privilege; !slices.Contains(attester.privilege, privilege) {
		return nil, Refuse(CheckAttester, "attester %s measured as %s, which the policy does not accept", attester.name, privilege)
	}
	return m.evidence, nil
}

// Appraise compares verified evidence with the policy: mode, executable, library, environment, compartment, tracer
// and memory (policy.md). The program is the one that the evidence claims: the hash decides whether it is that.
func (p *Policy) Appraise(e *Evidence) error {
	if !slices.Contains(p.document.Modes, e.Mode) {
		return Refuse(CheckMode, "mode %q is not accepted, only %s", e.Mode, strings.Join(p.document.Modes, ", "))
	}
	if err := p.checkFiles(e); err != nil {
		return err
	}
	if err := p.checkEnvironment(e.Environment); err != nil {
		return err
	}
	if claimsCompartment(e.Mode) {
		if err := p.checkCompartment(e); err != nil {
			return err
		}
	}
	if e.Process.Tracer != 0 {
		return Refuse(CheckTracer, "the process is traced by process %d", e.Process.Tracer)
	}
	if without := e.Process.AnonymousExecutable - p.allowedTrampolines(e); without != 0 {
		return Refuse(CheckMemory, "the process has %d executable mappings without a file", without)
	}
	return nil
}

// checkCompartment holds the proof against what its kind must show.
func (p *Policy) checkCompartment(e *Evidence) error {
	switch e.Compartment.Kind {
	case kindBubblewrap:
		return e.Compartment.check(p.allowsSharedNetwork())
	case kindC18N:
		return p.document.Compartment.checkProof(e)
	default:
		return Refuse(CheckCompartment, "the proof is of kind %q, want %s or %s", e.Compartment.Kind, kindBubblewrap, kindC18N)
	}
}

// The kinds of compartment that there are.
const (
	kindBubblewrap = "bubblewrap"
	kindC18N       = "c18n"
)

// checkFiles makes the checks executable and library. Several references with the same executable, say before and
// after an update of the system's libraries, are alternatives.
func (p *Policy) checkFiles(e *Evidence) error {
	err := Refuse(CheckExecutable, "no reference of program %s for %s, mode %s, has the executable %s",
		e.Claimed.Program, e.Platform, e.Mode, Digest(e.Executable.SHA256))
	for _, reference := range p.references[referenceKey{e.Claimed.Program, e.Platform, e.Mode}] {
		if reference.ExecutableSHA256 != e.Executable.SHA256 {
			continue
		}
		if err = reference.checkLibraries(e.Libraries); err == nil {
			return nil
		}
	}
	return err
}

func (r *Reference) checkLibraries(libraries []File) error {
	for _, library := range libraries {
		want, known := r.Libraries[library.Path]
		if !known {
			return Refuse(CheckLibrary, "%s is mapped and not in the reference", library.Path)
		}
		if want != library.SHA256 {
			return Refuse(CheckLibrary, "%s is %s, the reference has %s", library.Path, Digest(library.SHA256), want)
		}
	}
	return nil
}

func (p *Policy) checkProgram(program string) error {
	if !p.programs[program] {
		return Refuse(CheckProgram, "the policy has no reference of program %s", program)
	}
	return nil
}

// checkEnvironment names the first variable in order, so that the same fault reads the same each time.
func (p *Policy) checkEnvironment(environment map[string]string) error {
	var faulty, fault string
	for name, value := range environment {
		allowed, known := p.document.Environment[name]
		switch {
		case known && (len(allowed) == 0 || slices.Contains(allowed, value)):
			continue
		case faulty != "" && faulty < name:
			continue
		case known:
			faulty, fault = name, "has a value that is not allowed"
		default:
			faulty, fault = name, "is not allowed"
		}
	}
	if fault != "" {
		return Refuse(CheckEnvironment, "variable %q %s", faulty, fault)
	}
	return nil
}

// claimsCompartment reports whether a mode's name claims a compartment, as the names of DESIGN's modes do:
// compartment, benchmark-compartment.
func claimsCompartment(mode string) bool {
	return mode == "compartment" || strings.HasSuffix(mode, "-compartment")
}

// appraiseNetwork makes the check compartment where the policy allows the host's network: only a process whose parameters say
// direct may have it, since no other needs it.
func (p *Parameters) appraiseNetwork(e *Evidence) error {
	// Library compartments keep libraries apart, and nothing from the network.
	if !claimsCompartment(e.Mode) || e.Compartment.Kind == kindC18N || p.Path == PathDirect || slices.Contains(e.Compartment.Namespaces, networkNamespace) {
		return nil
	}
	return Refuse(CheckCompartment, "the process has its host's network, and its path is %s: only %s may have it", p.Path, PathDirect)
}

// check refuses a proof of bubblewrap that lacks a part.
func (c *Compartment) check(sharedNetwork bool) error {
	for _, namespace := range bubblewrapNamespaces {
		if namespace == networkNamespace && sharedNetwork {
			continue
		}
		if !slices.Contains(c.Namespaces, namespace) {
			return Refuse(CheckCompartment, "the process has no %s namespace of its own", namespace)
		}
	}
	switch {
	case c.Seccomp != seccompFilter:
		return Refuse(CheckCompartment, "no seccomp filter is in force")
	case !c.NoNewPrivs:
		return Refuse(CheckCompartment, "the process may gain privileges: no_new_privs is not set")
	case c.Capabilities == nil:
		return Refuse(CheckCompartment, "the proof lacks the capabilities")
	case *c.Capabilities != 0:
		return Refuse(CheckCompartment, "the process has capabilities, %#x", *c.Capabilities)
	default:
		return nil
	}
}

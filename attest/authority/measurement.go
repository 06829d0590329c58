package authority

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"os"
	"unicode/utf8"

	"eaibench/attest"
	"eaibench/internal/endpoint"
	"eaibench/platform"
)

// csrDigestSymbol is the global array into which the process writes the SHA-256 of its CSR (docs/formats/messages.md).
const csrDigestSymbol = "attested_csr_sha256"

// EvidenceRequest is the body of POST /api/evidence (docs/formats/evidence.md).
type EvidenceRequest struct {
	PID      int          `json:"pid"`
	Platform string       `json:"platform"`
	Mode     string       `json:"mode"`  // that the launcher says it runs; refused when it is not the one measured
	Nonce    []byte       `json:"nonce"` // the CA's, 32 bytes; must be the CSR's
	CSR      []byte       `json:"csr"`   // DER
	Claimed  ClaimedFacts `json:"claimed"`
}

// ClaimedFacts go into the evidence unmeasured, marked as the launcher's word.
type ClaimedFacts struct {
	Program        string        `json:"program"`
	Run            string        `json:"run"`
	SourceSHA256   attest.Digest `json:"source_sha256"`
	CompileCommand string        `json:"compile_command"`
}

// EvidenceReply is the answer to it.
type EvidenceReply struct {
	Evidence    []byte `json:"evidence"`    // COSE_Sign1
	MemoryMap   string `json:"memory_map"`  // text of /proc/PID/maps, whose hash is in the evidence
	Nanoseconds int64  `json:"nanoseconds"` // that measuring and signing took
}

// attest measures the process of the request and signs what it saw.
func (a *Attester) attest(ctx context.Context, request *EvidenceRequest) (*EvidenceReply, error) {
	csr, err := attest.ParseCSR(request.CSR)
	if err != nil {
		return nil, err
	}
	if string(csr.Binding.Nonce[:]) != string(request.Nonce) {
		return nil, attest.Refuse(attest.CheckNonce, "the CSR does not hold the nonce that evidence is asked for")
	}
	profile, err := a.profile(request)
	if err != nil {
		return nil, err
	}
	facts, err := a.measure(ctx, request.PID, csr)
	if err != nil {
		return nil, err
	}
	mode, proof, err := a.establishMode(profile, request.Mode, facts)
	if err != nil {
		return nil, err
	}
	evidence := a.compose(request, csr, facts, mode, proof)
	signed, err := attest.SignEvidence(evidence, a.key)
	if err != nil {
		return nil, err
	}
	return &EvidenceReply{Evidence: signed, MemoryMap: string(facts.MemoryMap)}, nil
}

// profile finds the platform among those that the attester was started with: a path in a request is never opened.
func (a *Attester) profile(request *EvidenceRequest) (*platform.Profile, error) {
	profile, known := a.platforms[request.Platform]
	if !known {
		return nil, endpoint.NewFault(http.StatusBadRequest, "this attester measures no platform %q", request.Platform)
	}
	if _, err := profile.Mode(request.Mode); err != nil {
		return nil, attest.Refuse(attest.CheckMode, "%v", err)
	}
	return profile, nil
}

// measure reads everything from the live process. It reads the digest before and after the rest, and holds on to the process in
// between: what is observed and what holds the digest is one process, which has not executed another program meanwhile.
func (a *Attester) measure(ctx context.Context, pid int, csr *attest.CSR) (*platform.ProcessFacts, error) {
	if pid <= 1 {
		return nil, endpoint.NewFault(http.StatusBadRequest, "pid %d is no integration process's", pid)
	}
	held, err := a.hold(ctx, pid)
	if err != nil {
		return nil, explainUnread(err)
	}
	defer held.release()
	if err := a.checkDigest(ctx, pid, csr); err != nil {
		return nil, err
	}
	facts, err := a.processes.Observe(ctx, pid)
	if err != nil {
		return nil, explainUnread(err)
	}
	if a.beforeLast != nil {
		a.beforeLast()
	}
	if err := a.checkDigest(ctx, pid, csr); err != nil {
		return nil, err
	}
	if err := held.alive(); err != nil {
		return nil, explainUnread(err)
	}
	if err := checkLibraries(facts); err != nil {
		return nil, err
	}
	return facts, checkText(facts)
}

// hold holds on to a process of this host, or notes of one of another host when it was started.
func (a *Attester) hold(ctx context.Context, pid int) (holding, error) {
	if a.there != nil {
		return holdThere(ctx, a.processes, pid)
	}
	return holdProcess(pid)
}

// holding is a process that is known to be the same later on.
type holding interface {
	// alive reports whether the process has not ended. While it has not, its PID names no other.
	alive() error
	release()
}

// heldThere is a process of another host, as it was when it was first looked at.
type heldThere struct {
	ctx       context.Context // of the measurement
	processes platform.Processes
	pid       int
	started   uint64
}

func holdThere(ctx context.Context, processes platform.Processes, pid int) (holding, error) {
	started, err := processes.Started(ctx, pid)
	if err != nil {
		return nil, err
	}
	return &heldThere{ctx, processes, pid, started}, nil
}

// alive reports whether the PID is still that of a process that was started at the same time.
func (h *heldThere) alive() error {
	started, err := h.processes.Started(h.ctx, h.pid)
	if err == nil && started != h.started {
		err = fmt.Errorf("process %d: %w", h.pid, platform.ErrGone)
	}
	return err
}

func (*heldThere) release() {}

// checkLibraries refuses libraries that somebody other than root may write to. The kernel lets nobody write to the executable while it
// runs, but to libraries it does, and the process would execute what was not hashed.
func checkLibraries(facts *platform.ProcessFacts) error {
	if len(facts.Alterable) == 0 {
		return nil
	}
	return attest.Refuse(attest.CheckLibrary, "%q is mapped executable and can be changed while the process runs: it must be root's, and writable by nobody else", facts.Alterable[0])
}

// checkText refuses names and values that are not UTF-8: evidence and reply are text, and another text would be shown than was
// measured.
func checkText(facts *platform.ProcessFacts) error {
	if !utf8.Valid(facts.MemoryMap) || !utf8.ValidString(facts.Executable.Path) {
		return endpoint.NewFault(http.StatusUnprocessableEntity, "the process cannot be measured: a mapped file's path is not UTF-8")
	}
	for name, value := range facts.Environment {
		if !utf8.ValidString(name) || !utf8.ValidString(value) {
			return attest.Refuse(attest.CheckEnvironment, "variable %q is not UTF-8", name)
		}
	}
	return nil
}

func (a *Attester) checkDigest(ctx context.Context, pid int, csr *attest.CSR) error {
	digest, err := a.processes.ProcessMemory(ctx, pid, csrDigestSymbol, sha256.Size)
	if errors.Is(err, platform.ErrNoSymbol) {
		return attest.Refuse(attest.CheckCSRDigest, "the process's executable has no %s: it is no integration process", csrDigestSymbol)
	}
	if err != nil {
		return explainUnread(err)
	}
	if [sha256.Size]byte(digest) != csr.SHA256 {
		return attest.Refuse(attest.CheckCSRDigest, "the digest in the process's memory is not this CSR's: the process did not make it")
	}
	return nil
}

// explainUnread tells the launcher why a process could not be measured, where that is the process's or the launcher's doing.
func explainUnread(err error) error {
	switch {
	case errors.Is(err, platform.ErrGone), errors.Is(err, platform.ErrChanged):
		return endpoint.NewFault(http.StatusConflict, "%v", err)
	case errors.Is(err, os.ErrPermission):
		return endpoint.NewFault(http.StatusForbidden, "%v; this attester may not read that process", err)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return endpoint.NewFault(http.StatusServiceUnavailable, "%v", err)
	default:
		return endpoint.NewFault(http.StatusUnprocessableEntity, "the process cannot be measured: %v", err)
	}
}

// establishMode finds the one mode of the profile whose claims all hold of the process. The mode that the launcher names decides
// nothing; when it is not the one found, the refusal says which of its claims does not hold.
func (a *Attester) establishMode(profile *platform.Profile, claimed string, facts *platform.ProcessFacts) (*platform.Mode, platform.Proof, error) {
	var found *platform.Mode
	var proof platform.Proof
	var mismatch error
	for _, name := range profile.Chain() {
		mode, err := profile.Mode(name)
		if err != nil {
			return nil, platform.Proof{}, err
		}
		shown, err := mode.CheckLive(facts, a.observer)
		if err != nil {
			if name == claimed {
				mismatch = err
			}
			continue
		}
		if found != nil {
			return nil, platform.Proof{}, attest.Refuse(attest.CheckMode, "the process is %s and %s at once: the profile cannot tell them apart", found.Name, name)
		}
		found, proof = mode, shown
	}
	if mismatch != nil {
		return nil, platform.Proof{}, refuseMode(mismatch)
	}
	return found, proof, nil
}

func refuseMode(err error) error {
	mismatch, ok := errors.AsType[*platform.Mismatch](err)
	if !ok {
		return err
	}
	check := attest.CheckMode
	if mismatch.About == "compartment" {
		check = attest.CheckCompartment
	}
	return attest.Refuse(check, "%v", mismatch)
}

func (a *Attester) compose(request *EvidenceRequest, csr *attest.CSR, facts *platform.ProcessFacts, mode *platform.Mode, proof platform.Proof) *attest.Evidence {
	evidence := &attest.Evidence{
		Nonce:           csr.Binding.Nonce,
		IssuedAt:        a.now().Unix(),
		Profile:         attest.EvidenceProfile,
		Confirmation:    attest.ConfirmationOf(csr.Signing),
		Executable:      attest.File(facts.Executable),
		Environment:     facts.Environment,
		Mode:            mode.Name,
		Platform:        mode.Platform(),
		ABI:             facts.ELF.ABI,
		CPU:             attest.CPU{Model: a.host.CPUModel, Count: a.host.CPUCount},
		MemoryMapSHA256: sha256.Sum256(facts.MemoryMap),
		OperatingSystem: a.host.OperatingSystem,
		OpenSSL:         facts.OpenSSL,
		Compartment:     compartment(proof, facts),
		CSRSHA256:       csr.SHA256,
		Claimed: attest.Claimed{
			Program: request.Claimed.Program, Run: request.Claimed.Run,
			SourceSHA256: request.Claimed.SourceSHA256, CompileCommand: request.Claimed.CompileCommand,
		},
		Attester: attest.AttesterFacts{Privilege: a.privilegeOver(facts, mode.Users), UID: a.uid},
		Process:  attest.ProcessFacts{UID: facts.UID, Tracer: facts.Tracer, AnonymousExecutable: facts.AnonymousExecutable},
	}
	for _, library := range facts.Libraries {
		evidence.Libraries = append(evidence.Libraries, attest.File(library))
	}
	return evidence
}

// privilegeOver says separate-user only when neither this attester nor the measured process is the launcher's user. Whoever starts a
// process under its own uid may write to its memory, so the digest there could be the launcher's. Under the uids that the profile
// keeps for the mode's runs, which no user has, only root can start one. If the attester has one of them, a run could be root's
// means to become the attester. On another host it is second-hand, whoever runs there.
func (a *Attester) privilegeOver(process *platform.ProcessFacts, users platform.Users) string {
	if a.there != nil {
		return attest.SecondHand
	}
	if users.Contains(os.Geteuid()) {
		return attest.SameUser
	}
	for _, uid := range process.UIDs {
		if !users.Contains(uid) {
			return attest.SameUser
		}
	}
	return a.Privilege()
}

// compartment is the proof as the evidence has it: nothing at all where the mode claims none.
func compartment(proof platform.Proof, facts *platform.ProcessFacts) attest.Compartment {
	if proof.Kind == "" {
		return attest.Compartment{}
	}
	shown := attest.Compartment{
		Kind: proof.Kind, Namespaces: proof.Namespaces, Seccomp: proof.Seccomp, NoNewPrivs: proof.NoNewPrivileges,
		Names: proof.C18NNames, WritableTrampolines: proof.WritableTrampolines,
	}
	if facts.Capabilities != nil { // else the system has no such sets, which is no proof of empty ones
		shown.Capabilities = &proof.Capabilities
	}
	if proof.C18N > 0 {
		shown.Compartments = &proof.C18N
	}
	return shown
}

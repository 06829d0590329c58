package attest

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// explanation lays out names and values in two columns. Values are quoted where they come from outside and could
// carry control characters to a terminal.
type explanation struct{ w *tabwriter.Writer }

func newExplanation(w io.Writer, title string) explanation {
	fmt.Fprintln(w, title)
	return explanation{tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)}
}

// row prints name and values, one below the other.
func (e explanation) row(name string, values ...string) {
	for _, value := range values {
		fmt.Fprintf(e.w, "  %s\t%s\n", name, value)
		name = ""
	}
}

func (e explanation) close() error {
	if err := e.w.Flush(); err != nil {
		return fmt.Errorf("writing an explanation: %w", err)
	}
	return nil
}

// plain is s when it prints as it is, else quoted.
func plain(s string) string {
	if quoted := strconv.Quote(s); quoted[1:len(quoted)-1] != s {
		return quoted
	}
	return s
}

// ExplainCertificate tells a person what a certificate says: whose it is, for what and how long, its keys, and of a
// process's what it is bound to and the evidence inside. It checks nothing.
func ExplainCertificate(w io.Writer, certificate *x509.Certificate, now time.Time) error {
	title, holder := "Certificate of a root CA", plain(certificate.Subject.String())
	subject, err := SubjectOf(certificate)
	switch {
	case err == nil && subject.Kind == KindProcess:
		title, holder = "Certificate of an integration process", "program "+subject.Name+", run "+subject.Run
	case err == nil:
		title, holder = "Certificate of a "+string(subject.Kind), subject.Name
	case !certificate.IsCA:
		title = "Certificate without a role in eaibench (" + err.Error() + ")"
	}
	e := newExplanation(w, title)
	e.row("holder", holder)
	e.row("issued by", plain(certificate.Issuer.String()))
	e.row("valid", stamp(certificate.NotBefore)+" to "+stamp(certificate.NotAfter), validity(certificate, now))
	if hosts := hostsOf(certificate); len(hosts) != 0 {
		e.row("reached as", strings.Join(hosts, ", "))
	}
	e.row("SHA-256", Digest(sha256.Sum256(certificate.Raw)).String())
	explainKeys(e, certificate)
	if binding, err := BindingOf(certificate); err == nil {
		e.row("bound to", "nonce       "+Digest(binding.Nonce).String(), "root        "+Digest(binding.RootSHA256).String(),
			"parameters  "+Digest(binding.ParametersSHA256).String())
	}
	if subject.Kind == KindProcess {
		explainCrypto(e, certificate)
		explainVerify(e, certificate)
	}
	if err := e.close(); err != nil {
		return err
	}
	return explainAttested(w, certificate)
}

func validity(certificate *x509.Certificate, now time.Time) string {
	switch {
	case now.Before(certificate.NotBefore):
		return "not yet valid, for another " + span(certificate.NotBefore.Sub(now))
	case now.After(certificate.NotAfter):
		return "expired " + span(now.Sub(certificate.NotAfter)) + " ago"
	default:
		return "now, for another " + span(certificate.NotAfter.Sub(now))
	}
}

// span is a duration in days where hours would no longer be read.
func span(d time.Duration) string {
	const day = 24 * time.Hour
	if d >= 2*day {
		return fmt.Sprintf("%d days", d/day)
	}
	return d.Round(time.Second).String()
}

func hostsOf(certificate *x509.Certificate) []string {
	var hosts []string
	for _, name := range certificate.DNSNames {
		hosts = append(hosts, plain(name))
	}
	for _, ip := range certificate.IPAddresses {
		hosts = append(hosts, ip.String())
	}
	return hosts
}

func explainKeys(e explanation, certificate *x509.Certificate) {
	if key, ok := certificate.PublicKey.(ed25519.PublicKey); ok {
		if kid, err := KeyIDOf(key); err == nil {
			e.row("signing key", "Ed25519, key ID "+kid.String())
		}
	} else {
		e.row("signing key", certificate.PublicKeyAlgorithm.String())
	}
	if key, err := SealingKeyOf(certificate); err == nil {
		e.row("sealing key", "X25519, "+fmt.Sprintf("%x", key.Bytes()))
	}
}

func explainCrypto(e explanation, certificate *x509.Certificate) {
	switch crypto, err := CryptoOf(certificate); {
	case err != nil:
		e.row("crypto", err.Error())
	case crypto == None:
		e.row("crypto", "none: may send data in the clear, INSECURE, for measurement only")
	default:
		e.row("crypto", string(crypto))
	}
}

// explainVerify is silent about a certificate that is verified on each request, as any other is.
func explainVerify(e explanation, certificate *x509.Certificate) {
	switch verify, err := VerifyOf(certificate); {
	case err != nil:
		e.row("verify", err.Error())
	case verify == Cached:
		e.row("verify", "cached: services may check evidence and policy once and not on each request, INSECURE, for measurement only")
	}
}

func explainAttested(w io.Writer, certificate *x509.Certificate) error {
	if extensionOf(certificate.Extensions, oidEvidence) == nil {
		return nil
	}
	signed, err := EvidenceOf(certificate)
	if err != nil {
		return err
	}
	evidence, kid, err := ParseEvidence(signed)
	if err != nil {
		return fmt.Errorf("explaining the certificate's evidence: %w", err)
	}
	if _, err := fmt.Fprintln(w); err != nil {
		return fmt.Errorf("writing an explanation: %w", err)
	}
	return ExplainEvidence(w, evidence, kid)
}

// ExplainEvidence tells a person what an attester saw, and what the launcher merely claimed. It checks nothing.
func ExplainEvidence(w io.Writer, evidence *Evidence, attester KeyID) error {
	e := newExplanation(w, "Evidence about a live process")
	e.row("made", stamp(evidence.Time()))
	e.row("attester", "key ID "+attester.String(), privilegeText(evidence.Attester))
	e.row("mode", plain(evidence.Mode)+" on "+plain(evidence.Platform)+", ABI "+plain(evidence.ABI))
	e.row("executable", fileText(evidence.Executable))
	if len(evidence.Libraries) == 0 {
		e.row("libraries", "none")
	}
	libraries := make([]string, 0, len(evidence.Libraries))
	for _, library := range evidence.Libraries {
		libraries = append(libraries, fileText(library))
	}
	e.row("libraries", libraries...)
	if len(evidence.Environment) == 0 {
		e.row("environment", "empty")
	}
	variables := make([]string, 0, len(evidence.Environment))
	for _, name := range slices.Sorted(maps.Keys(evidence.Environment)) {
		variables = append(variables, plain(name+"="+evidence.Environment[name]))
	}
	e.row("environment", variables...)
	e.row("compartment", evidence.Compartment.text()...)
	e.row("process", evidence.Process.text()...)
	e.row("processor", fmt.Sprintf("%d × %s", evidence.CPU.Count, plain(evidence.CPU.Model)))
	e.row("system", plain(evidence.OperatingSystem), plain(evidence.OpenSSL))
	e.row("memory map", Digest(evidence.MemoryMapSHA256).String())
	e.row("nonce", Digest(evidence.Nonce).String())
	e.row("CSR", Digest(evidence.CSRSHA256).String())
	if kid, err := KeyIDOf(evidence.SigningKey()); err == nil {
		e.row("process's key", "Ed25519, key ID "+kid.String())
	}
	e.row("claimed", "by the launcher, not measured:", "program "+plain(evidence.Claimed.Program)+", run "+plain(evidence.Claimed.Run),
		"source "+Digest(evidence.Claimed.SourceSHA256).String(), plain(evidence.Claimed.CompileCommand))
	return e.close()
}

func fileText(f File) string { return Digest(f.SHA256).String() + "  " + plain(f.Path) }

func privilegeText(a AttesterFacts) string {
	if a.Privilege == SecondHand {
		return fmt.Sprintf("SECOND-HAND: measured on another host, by commands there as uid %d; whoever can change what they answer, that host's launcher and its root, could forge what is measured", a.UID)
	}
	if a.Privilege == SameUser {
		return fmt.Sprintf("measured as same-user (uid %d): the launcher may run as the attester's user or the process's, and could forge what is measured", a.UID)
	}
	return fmt.Sprintf("measured as a user of its own (uid %d)", a.UID)
}

func (c *Compartment) text() []string {
	if c.Kind == "" {
		return []string{"none"}
	}
	if c.Kind == kindC18N {
		return c.librariesText()
	}
	out := []string{plain(c.Kind), "namespaces of its own: " + plain(strings.Join(c.Namespaces, ", "))}
	if c.Seccomp == seccompFilter {
		out = append(out, "system calls filtered")
	} else {
		out = append(out, "system calls NOT filtered")
	}
	if c.NoNewPrivs {
		out = append(out, "cannot gain privileges")
	} else {
		out = append(out, "CAN gain privileges")
	}
	switch {
	case c.Capabilities == nil:
		return append(out, "capabilities not measured")
	case *c.Capabilities == 0:
		return append(out, "no capabilities")
	default:
		return append(out, fmt.Sprintf("CAPABILITIES %#x", *c.Capabilities))
	}
}

// librariesText shows a proof of library compartments.
func (c *Compartment) librariesText() []string {
	out := []string{kindC18N + ": each library in a compartment of its own, in one process"}
	switch {
	case c.Compartments == nil:
		out = append(out, "NOT counted: it runs with the linker that makes compartments")
	case c.Names == nil:
		out = append(out, fmt.Sprintf("%d compartments, whose names the system does not list", *c.Compartments))
	default:
		out = append(out, fmt.Sprintf("%d compartments: %s", *c.Compartments, plain(strings.Join(c.Names, ", "))))
	}
	if c.WritableTrampolines > 0 {
		out = append(out, fmt.Sprintf("%d MAPPINGS of trampolines, or of other code, that can be written", c.WritableTrampolines))
	}
	if c.NoNewPrivs {
		return append(out, "cannot gain privileges")
	}
	return append(out, "CAN gain privileges")
}

func (p *ProcessFacts) text() []string {
	out := []string{fmt.Sprintf("uid %d", p.UID), "not traced", "no executable memory without a file"}
	if p.Tracer != 0 {
		out[1] = fmt.Sprintf("TRACED by process %d", p.Tracer)
	}
	if p.AnonymousExecutable != 0 {
		out[2] = fmt.Sprintf("%d EXECUTABLE MAPPINGS without a file", p.AnonymousExecutable)
	}
	return out
}

package attest

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"time"
)

const (
	shortestLifetime = time.Minute
	longestLifetime  = 24 * time.Hour
	longestAge       = time.Hour
)

// policyFaults gathers what is wrong with a document, for NewPolicy.
type policyFaults []error

func (f *policyFaults) add(where, format string, args ...any) {
	*f = append(*f, fmt.Errorf("%s: %s", where, fmt.Sprintf(format, args...)))
}

func (f policyFaults) err() error { return errors.Join(f...) }

// CheckYAML reports what the types of the document do not say. The path of each report names the member, so that the
// YAML reader can give its line.
func (d *PolicyDocument) CheckYAML(report func(path string, format string, args ...any)) {
	if d.Version != PolicyVersion {
		report("version", "is %d, want %d", d.Version, PolicyVersion)
	}
	d.checkAttesters(report)
	if len(d.Modes) == 0 {
		report("modes", "is empty: no process would be accepted")
	}
	for i, mode := range d.Modes {
		if !ValidName(mode) {
			report(fmt.Sprintf("modes[%d]", i), "%q is not a name", mode)
		}
	}
	for i := range d.References {
		d.References[i].check(fmt.Sprintf("references[%d]", i), report)
	}
	d.Parameters.check(report)
	if network := d.Compartment.Network; network != "" && network != NetworkOwn && network != NetworkShared {
		report("compartment.network", "is %q, want %s or %s", network, NetworkOwn, NetworkShared)
	}
	d.Compartment.checkC18N(report)
	if d.Evidence.MaxAge <= 0 || d.Evidence.MaxAge > longestAge {
		report("evidence.max_age", "is %s, want more than 0 and at most %s", d.Evidence.MaxAge, longestAge)
	}
	if d.Certificate.Lifetime < shortestLifetime || d.Certificate.Lifetime > longestLifetime {
		report("certificate.lifetime", "is %s, want %s to %s", d.Certificate.Lifetime, shortestLifetime, longestLifetime)
	}
}

func (d *PolicyDocument) checkAttesters(report func(string, string, ...any)) {
	if len(d.Attesters) == 0 {
		report("attesters", "is empty: no evidence would be accepted")
	}
	keys := make(map[KeyID]string)
	for i, a := range d.Attesters {
		where := fmt.Sprintf("attesters[%d]", i)
		if !ValidName(a.Name) {
			report(where+".name", "%q is not a name", a.Name)
		}
		if len(a.Privilege) == 0 {
			report(where+".privilege", "is empty: want one or more of %v", privileges)
		}
		for j, privilege := range a.Privilege {
			if !slices.Contains(privileges[:], privilege) {
				report(fmt.Sprintf("%s.privilege[%d]", where, j), "is %q, want one of %v", privilege, privileges)
			}
		}
		key, err := ParsePublicKeyPEM([]byte(a.PublicKey))
		if err != nil {
			report(where+".public_key", "%v", err)
			continue
		}
		if kid, err := KeyIDOf(key); err != nil {
			report(where+".public_key", "%v", err)
		} else if other, twice := keys[kid]; twice {
			report(where+".public_key", "is also that of attester %s", other)
		} else {
			keys[kid] = a.Name
		}
	}
}

func (r *Reference) check(where string, report func(string, string, ...any)) {
	for _, name := range []struct{ member, value string }{{"program", r.Program}, {"platform", r.Platform}, {"mode", r.Mode}} {
		if !ValidName(name.value) {
			report(where+"."+name.member, "%q is not a name", name.value)
		}
	}
	for file := range r.Libraries {
		if !path.IsAbs(file) {
			report(where+".libraries", "%q is not an absolute path", file)
		}
	}
}

func (l *ParameterLimits) check(report func(string, string, ...any)) {
	checkWords("parameters.crypto", l.Crypto, []string{string(HPKE), string(None)}, report)
	checkWords("parameters.path", l.Path, []string{PathRelayed, PathDirect}, report)
	if l.Verify != nil { // else it may be missing
		checkWords("parameters.verify", l.Verify, []string{string(Full), string(Cached)}, report)
	}
	checkLimit("parameters.requests.max", l.Requests.Max, minRequests, maxRequests, report)
	checkLimit("parameters.interval_ms.max", l.IntervalMS.Max, 0, maxIntervalMS, report)
}

func checkWords(where string, words, known []string, report func(string, string, ...any)) {
	if len(words) == 0 {
		report(where, "is empty: want one or more of %v", known)
	}
	for i, word := range words {
		if !slices.Contains(known, word) {
			report(fmt.Sprintf("%s[%d]", where, i), "is %q, want one of %v", word, known)
		}
	}
}

func checkLimit(where string, value, low, high int64, report func(string, string, ...any)) {
	if value < low || value > high {
		report(where, "is %d, want %d to %d", value, low, high)
	}
}

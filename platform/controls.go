package platform

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Controls are what a fair comparison holds alike over all modes. What is not given
// is as the profile and the system have it.
type Controls struct {
	// Revocation of capabilities to freed memory.
	Revocation Revoke `json:"revocation,omitempty"`
	// BindNow tells whether a program's symbols are bound before it begins, or each
	// when it is first used.
	BindNow *bool `json:"bind_now,omitempty"`
	// CPUs that the process is bound to, as numbers and ranges of them: "2", "0-1,3".
	CPUs string `json:"cpus,omitempty"`
	// OpenSSL is the folder of a build that takes the place of the system's: an
	// absolute path on the host that compiles and runs. Where a platform has several
	// ABIs there is one build for each in it.
	OpenSSL string `json:"openssl,omitempty"`
}

// Revoke says whether capabilities to freed memory are revoked.
type Revoke string

// What can be asked for, besides nothing.
const (
	RevokeOn  Revoke = "on"
	RevokeOff Revoke = "off"
)

func (c Controls) bindsLazily() bool { return c.BindNow != nil && !*c.BindNow }

// given are the conditions of parts that hold with these controls.
func (c Controls) given() map[string]bool {
	return map[string]bool{
		"cpus": c.CPUs != "", "openssl": c.OpenSSL != "", "bind_lazily": c.bindsLazily(),
		"revocation_on": c.Revocation == RevokeOn, "revocation_off": c.Revocation == RevokeOff,
	}
}

// ControlFault is a control that is malformed, or that a mode of the platform has not.
type ControlFault struct {
	// Control is revocation, bind_now, cpus or openssl.
	Control string
	// Reason continues a sentence that names the control.
	Reason string
}

func (e *ControlFault) Error() string { return e.Control + ": " + e.Reason }

// CheckControls gives what is wrong with the controls for these modes, one fault a control.
func (p *Profile) CheckControls(c Controls, modes []string) []*ControlFault {
	var faults []*ControlFault
	add := func(control, format string, args ...any) {
		faults = append(faults, &ControlFault{control, fmt.Sprintf(format, args...)})
	}
	needs := func(control, condition string, parts func(*Mode) []string) {
		for i := range p.Modes {
			m := &p.Modes[i]
			if slices.Contains(modes, m.Name) && !slices.ContainsFunc(parts(m), func(name string) bool {
				return p.Parts[name].When == condition
			}) {
				add(control, "platform %s has nothing that sets it in mode %s: leave it out (no part of the mode is for %s)", p.Platform, m.Name, condition)
				return
			}
		}
	}
	compiles := func(m *Mode) []string { return m.CompileParts }
	launches := func(m *Mode) []string { return m.LaunchParts }
	switch c.Revocation {
	case "":
	case RevokeOn, RevokeOff:
		needs("revocation", "revocation_"+string(c.Revocation), launches)
	default:
		add("revocation", "it can be %s or %s, not %q", RevokeOn, RevokeOff, c.Revocation)
	}
	if c.BindNow != nil { // true too: else it could not be told from false
		needs("bind_now", "bind_lazily", compiles)
	}
	if c.CPUs != "" {
		if _, err := ParseCPUs(c.CPUs); err != nil {
			add("cpus", "%v", err)
		} else {
			needs("cpus", "cpus", launches)
		}
	}
	switch folder := c.OpenSSL; {
	case folder == "":
	case !path.IsAbs(folder) || path.Clean(folder) != folder || folder == "/" || !plainFolder.MatchString(folder):
		add("openssl", "%q is not a clean absolute path of letters, digits and ._+-", folder)
	case slices.Contains([]string{SourceFolder, RuntimeFolder, BuildFolder}, "/"+strings.Split(folder, "/")[1]):
		add("openssl", "%s is what the compiler sees something else as: use another folder", folder)
	default:
		needs("openssl", "openssl", compiles)
	}
	return faults
}

// plainFolder has no comma, which would end an argument of the linker, and no colon,
// which would end a folder in a path of several.
var plainFolder = regexp.MustCompile(`^[A-Za-z0-9/._+-]+$`)

// SetControls has every command and environment of the profile's modes, from now on,
// do as the controls say. The error, where one of these modes cannot, wraps a
// *ControlFault.
func (p *Profile) SetControls(c Controls, modes []string) error {
	if faults := p.CheckControls(c, modes); len(faults) > 0 {
		return faults[0]
	}
	p.controls = c
	return nil
}

// Controls are those of the mode's profile.
func (m *Mode) Controls() Controls { return m.profile.controls }

var cpuRange = regexp.MustCompile(`^([0-9]{1,4})(?:-([0-9]{1,4}))?$`)

// ParseCPUs gives the processors that a list such as "0-1,3" names, ascending, each
// once.
func ParseCPUs(list string) ([]int, error) {
	var cpus []int
	for _, item := range strings.Split(list, ",") {
		match := cpuRange.FindStringSubmatch(item)
		if match == nil {
			return nil, fmt.Errorf("%q is no list of CPUs such as 2 or 0-1,3", list)
		}
		first, _ := strconv.Atoi(match[1]) // at most four digits
		last := first
		if match[2] != "" {
			last, _ = strconv.Atoi(match[2])
		}
		if last < first {
			return nil, fmt.Errorf("%q is no range of CPUs: it ends before it begins", item)
		}
		for cpu := first; cpu <= last; cpu++ {
			cpus = append(cpus, cpu)
		}
	}
	slices.Sort(cpus)
	return slices.Compact(cpus), nil
}

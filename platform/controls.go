package platform

import (
	"fmt"
	"regexp"
)

// Revoke says whether capabilities to freed memory are revoked.
type Revoke string

// What can be asked for, besides nothing.
const (
	RevokeOn  Revoke = "on"
	RevokeOff Revoke = "off"
)

var cpuList = regexp.MustCompile(`^[0-9]{1,4}(-[0-9]{1,4})?(,[0-9]{1,4}(-[0-9]{1,4})?)*$`)

// circumstances of a launch; the error says what was asked for and cannot be done.
func (l Launch) circumstances(m *Mode) (circumstances, error) {
	in := circumstances{map[string]bool{"root": l.UID != 0, "cgroup": len(l.Cgroup) > 0, "direct": l.Direct}, l.Versions}
	var asked []string
	if l.CPUs != "" {
		if !cpuList.MatchString(l.CPUs) {
			return in, fmt.Errorf("%q is no list of CPUs", l.CPUs)
		}
		asked = append(asked, "cpus")
	}
	switch l.Revocation {
	case "":
	case RevokeOn, RevokeOff:
		asked = append(asked, "revocation_"+string(l.Revocation))
	default:
		return in, fmt.Errorf("revocation is %q; it can be %s or %s", l.Revocation, RevokeOn, RevokeOff)
	}
	for _, condition := range asked {
		in.given[condition] = true
		if err := m.controls(m.LaunchParts, condition); err != nil {
			return in, err
		}
	}
	return in, m.checkNeeds(in)
}

// controls is an error when no part of a command has the condition: what was asked
// for would not be done.
func (m *Mode) controls(parts []string, condition string) error {
	for _, name := range parts {
		if part := m.profile.Parts[name]; part.When == condition {
			return nil
		}
	}
	return fmt.Errorf("platform %s has nothing for the condition %q in mode %s", m.profile.Platform, condition, m.Name)
}

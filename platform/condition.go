package platform

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// conditions are the words that a part's when and unless may be.
var conditions = []string{"root", "cgroup", "direct", "cpus", "revocation_on", "revocation_off", "openssl", "bind_lazily"}

// versioned are the things whose release a condition may compare.
var versioned = []string{"cheribsd"}

// comparison is a condition such as "cheribsd>=24.05".
var comparison = regexp.MustCompile(`^([a-z]+)(>=|<)([0-9]{1,4})\.([0-9]{1,4})$`)

// circumstances are those in which a command is put together.
type circumstances struct {
	// given are the words that hold.
	given map[string]bool
	// versions are the releases of what is compared, by its name.
	versions map[string]string
}

// holds tells whether a condition holds. It is an error when it compares a release
// that is not known: then neither command is the right one.
func (c circumstances) holds(condition string) (bool, error) {
	match := comparison.FindStringSubmatch(condition)
	if match == nil {
		return c.given[condition], nil
	}
	release, known := c.versions[match[1]]
	if !known {
		return false, fmt.Errorf("it depends on the release of %s (%s), which is not known here", match[1], condition)
	}
	order, err := compareReleases(release, match[3]+"."+match[4])
	if err != nil {
		return false, fmt.Errorf("release of %s: %w", match[1], err)
	}
	return (order >= 0) == (match[2] == ">="), nil
}

// uses tells whether a part is left out.
func (c circumstances) uses(part Part) (bool, error) {
	if part.When != "" {
		if holds, err := c.holds(part.When); err != nil || !holds {
			return false, err
		}
	}
	if part.Unless != "" {
		holds, err := c.holds(part.Unless)
		return !holds, err
	}
	return true, nil
}

// ShownC18N is what a release of CheriBSD shows of library compartments.
type ShownC18N struct {
	// Counted: it tells how many there are. Sealed: their trampolines are where nothing
	// can be written.
	Counted, Sealed bool
}

// ShownOfC18N gives what the release among versions (Mode.Versions) shows. Where 23.11
// keeps trampolines is not confirmed: it counts as sealed, so that a policy made by this
// refuses what it does not expect.
func ShownOfC18N(versions map[string]string) (ShownC18N, error) {
	in := circumstances{versions: versions}
	counted, err := in.holds("cheribsd>=24.05")
	if err != nil {
		return ShownC18N{}, err
	}
	sealed, err := in.holds("cheribsd>=23.11")
	return ShownC18N{counted, sealed}, err
}

// compareReleases compares releases of the form 24.05: below 0, 0 or above 0 as a
// is older than b, the same or newer.
func compareReleases(a, b string) (int, error) {
	var numbers [2][2]int
	for i, release := range []string{a, b} {
		year, month, ok := strings.Cut(release, ".")
		first, err1 := strconv.Atoi(year)
		second, err2 := strconv.Atoi(month)
		if !ok || err1 != nil || err2 != nil {
			return 0, fmt.Errorf("%q is no release such as 24.05", release)
		}
		numbers[i] = [2]int{first, second}
	}
	if numbers[0][0] != numbers[1][0] {
		return numbers[0][0] - numbers[1][0], nil
	}
	return numbers[0][1] - numbers[1][1], nil
}

// checkCondition reports a condition that is none.
func checkCondition(report report, at, condition string) {
	for _, word := range conditions {
		if condition == "" || condition == word {
			return
		}
	}
	match := comparison.FindStringSubmatch(condition)
	if match != nil && match[1] == versioned[0] {
		return
	}
	report(at, "%q is no condition; there are %s, and a release such as %s>=24.05 or %s<24.05",
		condition, strings.Join(conditions, ", "), versioned[0], versioned[0])
}

// checkNeeds reports a mode's need that is none.
func checkNeeds(report report, at, needs string) {
	if match := comparison.FindStringSubmatch(needs); needs != "" && (match == nil || match[1] != versioned[0]) {
		report(at, "%q is no release such as %s>=23.11", needs, versioned[0])
	}
}

// checkCircumstances tells whether the mode is there, and does what its profile's controls ask for.
func (m *Mode) checkCircumstances(c circumstances) error {
	if faults := m.profile.CheckControls(m.profile.controls, []string{m.Name}); len(faults) > 0 {
		return faults[0]
	}
	return m.checkNeeds(c)
}

// checkNeeds tells whether the mode is there on the release.
func (m *Mode) checkNeeds(c circumstances) error {
	if m.Needs == "" {
		return nil
	}
	holds, err := c.holds(m.Needs)
	if err == nil && !holds {
		err = fmt.Errorf("it needs %s", m.Needs)
	}
	return err
}

package platform

import "fmt"

// leastUser is the smallest uid that a profile may name: those below are the
// system's.
const leastUser = 1000

// largestUser is the largest uid that a profile may name: the next is no user's.
const largestUser = 1<<31 - 2

// mostUsers bounds a range; a host has room for fewer runs at once.
const mostUsers = 1 << 12

// Users is a range of uids that are used for nothing but the runs of one mode.
// Only root can start a process under them, so what runs as one of them was
// started by root and cannot be looked into by another user.
type Users struct {
	// First is the lowest uid, from 1000.
	First int `yaml:"first"`
	// Count is how many there are, from 1 to 4096: so many runs at once.
	Count int `yaml:"count"`
}

// Contains tells whether the uid is in the range.
func (u Users) Contains(uid int) bool { return uid >= u.First && uid-u.First < u.Count }

// At gives the uid of a slot, which counts from 0. A slot outside the range is
// an error.
func (u Users) At(slot int) (int, error) {
	if slot < 0 || slot >= u.Count {
		return 0, fmt.Errorf("no user for run slot %d: the mode's users are %s, so %d runs at once", slot, u, u.Count)
	}
	return u.First + slot, nil
}

// String gives the first and the last uid.
func (u Users) String() string { return fmt.Sprintf("%d to %d", u.First, u.First+u.Count-1) }

// CheckYAML reports a range that is none, or of users that have rights.
func (u *Users) CheckYAML(report func(path, format string, args ...any)) {
	switch {
	case u.Count < 1 || u.Count > mostUsers:
		report("count", "%d is no number of users; use 1 to %d", u.Count, mostUsers)
	case u.First < leastUser || u.First > largestUser-u.Count+1:
		report("first", "%d is not an unprivileged uid; use %d or above, best uids that nobody has", u.First, leastUser)
	}
}

// overlaps tells whether a uid is in both ranges.
func (u Users) overlaps(other Users) bool {
	return u.First < other.First+other.Count && other.First < u.First+u.Count
}

// checkUsers reports users that are in two ranges: one could trace the other's
// processes, or change what it compiles.
func (p *Profile) checkUsers(report report) {
	for i, mode := range p.Modes {
		at := fmt.Sprintf("modes[%d].users", i)
		if mode.Users.Contains(p.Compile.User) {
			report(at, "%s holds compile.user, %d", mode.Users, p.Compile.User)
		}
		for _, other := range p.Modes[:i] {
			if mode.Users.overlaps(other.Users) {
				report(at, "%s overlaps with the users of mode %s, %s", mode.Users, other.Name, other.Users)
			}
		}
	}
}

package procstat

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Binary is the file that a process executes.
type Binary struct {
	// Release is the release date number that it was built for (__FreeBSD_version).
	Release int64
	// Path as the kernel's name cache has it; "" where it lacks it.
	Path string
}

// ParseBinary reads what `procstat binary PID` printed, as text or JSON.
func ParseBinary(text []byte, pid int) (Binary, error) {
	r := begin("procstat binary")
	one, err := r.process(text, pid, map[string]string{"OSREL": "osrel", "PATH": "pathname"})
	if err != nil {
		return Binary{}, err
	}
	found := Binary{Path: told(one["PATH"])}
	if release := r.count(one, "OSREL"); release != nil {
		found.Release = *release
	}
	return found, r.err()
}

// Credentials are the users that a process has the rights of.
type Credentials struct {
	// Real, Effective and Saved user ID.
	Real, Effective, Saved int
	// CapabilityMode is true for a process that gave global names up (capsicum(4)).
	CapabilityMode bool
}

// ParseCredentials reads what `procstat credentials PID` printed, as text or JSON.
func ParseCredentials(text []byte, pid int) (Credentials, error) {
	r := begin("procstat credentials")
	one, err := r.process(text, pid, map[string]string{"EUID": "uid", "RUID": "ruid", "SVUID": "svuid", "FLAGS": "cr_flags"})
	if err != nil {
		return Credentials{}, err
	}
	var c Credentials
	for column, into := range map[string]*int{"RUID": &c.Real, "EUID": &c.Effective, "SVUID": &c.Saved} {
		value, ok := one[column]
		if !ok {
			continue // said already
		}
		uid, err := strconv.ParseUint(value, 10, 32)
		if err != nil {
			r.missed("%s: %q is no user ID", column, value)
		}
		*into = int(uid)
	}
	c.CapabilityMode = one["FLAGS"] == "C"
	return c, r.err()
}

// ParseEnvironment reads what `procstat --libxo json environment PID` printed: the
// text does not tell where one variable ends and the next begins. The variables
// are in their order, as they stand in the process's memory.
func ParseEnvironment(text []byte, pid int) ([]string, error) {
	r := begin("procstat environment")
	if !isJSON(text) {
		r.missed("text, where it is ambiguous: ask for JSON")
		return nil, r.err()
	}
	object, err := r.object(text, pid)
	if err != nil {
		return nil, err
	}
	raw, ok := object["environment"]
	if !ok {
		r.missed("the list of variables, which the kernel tells the process's user and root alone")
		return nil, r.err()
	}
	var found []string
	if err := json.Unmarshal(raw, &found); err != nil {
		return nil, fmt.Errorf("%s: the list of variables: %w", r.unread.Command, err)
	}
	for i, variable := range found {
		if name, _, ok := strings.Cut(variable, "="); !ok || name == "" {
			r.missed("variable %d, which is not NAME=VALUE", i+1)
		}
	}
	return found, r.err()
}

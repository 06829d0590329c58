package scenarios

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"eaibench/internal/strictyaml"
)

// Names of hosts that every scenario has.
const (
	// LocalHost is the host on which eaibench itself runs, and the root CA.
	LocalHost = "local"
	// TargetHost is whichever host the target is.
	TargetHost = "target"
)

// hostPattern is what the inventory takes for a host's name.
var hostPattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// targetKinds are the prefixes that a target may have.
var targetKinds = []string{"ssh", "qemu"}

// Target is the host on which launcher and attester run and sources are compiled. The zero Target is this host.
type Target struct {
	// Kind that the host must have in the inventory, ssh or qemu; "" for any.
	Kind string
	// Name is local, a name of the scenario's hosts, or one of the inventory; "" is local.
	Name string
}

// ParseTarget reads "local", "NAME", "ssh:NAME" or "qemu:NAME".
func ParseTarget(text string) (Target, error) {
	t := Target{Name: text}
	if kind, name, prefixed := strings.Cut(text, ":"); prefixed {
		if !slices.Contains(targetKinds, kind) {
			if nearest := strictyaml.Nearest(kind, targetKinds); nearest != "" {
				return Target{}, fmt.Errorf("%.40q is no kind of host; did you mean %q?", kind, nearest)
			}
			return Target{}, fmt.Errorf("%.40q is no kind of host; there are: %s", kind, strings.Join(targetKinds, ", "))
		}
		t = Target{Kind: kind, Name: name}
	}
	switch {
	case !hostPattern.MatchString(t.Name):
		return Target{}, fmt.Errorf("want local, a host's name, ssh:NAME or qemu:NAME, found %.80q", text)
	case t.Name == TargetHost:
		return Target{}, fmt.Errorf("%q stands for whatever the target is; want local or a host's name", TargetHost)
	case t.Name == LocalHost && t.Kind != "":
		return Target{}, fmt.Errorf("%q is this host, which is reached without %s; want local alone", LocalHost, t.Kind)
	}
	return t, nil
}

// UnmarshalText reads a target as ParseTarget does.
func (t *Target) UnmarshalText(text []byte) (err error) {
	*t, err = ParseTarget(string(text))
	return err
}

// MarshalText writes the target as UnmarshalText reads it.
func (t Target) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// String is the target as ParseTarget reads it.
func (t Target) String() string {
	name := t.name()
	if t.Kind != "" {
		name = t.Kind + ":" + name
	}
	return name
}

func (t Target) name() string {
	if t.Name == "" {
		return LocalHost
	}
	return t.Name
}

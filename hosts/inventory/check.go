package inventory

import (
	"fmt"
	"maps"
	"net/netip"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"eaibench/internal/strictyaml"
)

var (
	validName  = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	validLabel = regexp.MustCompile(`^[a-z0-9]([a-z0-9_.-]{0,61}[a-z0-9])?$`)
	validHost  = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_.:%-]*[A-Za-z0-9_:])?$`)
)

// CheckYAML checks the version.
func (d *document) CheckYAML(report func(path, format string, args ...any)) {
	if d.Version != Version {
		report("version", "%d is not known; want %d", d.Version, Version)
	}
}

// CheckYAML checks what holds between hosts, and their names.
func (n *names) CheckYAML(report func(path, format string, args ...any)) {
	for _, name := range slices.Sorted(maps.Keys(*n)) {
		switch {
		case name == Local:
			report(name, "this name is this host's own, which is always there")
		case !validName.MatchString(name):
			report(name, "want a name of at most 63 lower-case letters, digits and hyphens")
		}
		if fault := n.jumpFault(name); fault != "" {
			report(name+".jump", "%s", fault)
		}
	}
}

// jumpFault says what is wrong with a host's jump host, "" if nothing.
func (n names) jumpFault(name string) string {
	jump := n[name].Jump
	if jump == "" {
		return ""
	}
	if _, known := n[jump]; !known {
		return fmt.Sprintf("no host is called %q%s", jump, n.nearest(jump))
	}
	if n[jump].Kind == QEMU {
		return "a virtual machine is no way to another host"
	}
	way := []string{name}
	for at := jump; at != ""; at = n[at].Jump {
		way = append(way, at)
		if at == name {
			return "it leads back to itself: " + strings.Join(way, ", ")
		}
		if len(way) > len(n)+1 {
			return "" // The circle does not hold this one: it is another's fault.
		}
	}
	return ""
}

func (n names) nearest(name string) string {
	if near := strictyaml.Nearest(name, slices.Sorted(maps.Keys(n))); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return ""
}

// CheckYAML checks one host.
func (e *Entry) CheckYAML(report func(path, format string, args ...any)) {
	switch e.Kind {
	case QEMU:
		e.checkMachine(report)
	case SSH:
		e.checkSSH(report)
	default:
		report("kind", "%q is not known; want %q or %q", e.Kind, SSH, QEMU)
		e.checkSSH(report)
	}
	if e.Port < 0 || e.Port > 65535 {
		report("port", "want a port from 1 to 65535, or none, found %d", e.Port)
	}
	if e.Platform == "" {
		report("platform", "want the name of a platform, found none")
	}
	if !path.IsAbs(e.WorkFolder) || path.Clean(e.WorkFolder) != e.WorkFolder || e.WorkFolder == "/" || hasControl(e.WorkFolder) {
		report("work_folder", "want an absolute path below /, without . and .. and control characters, found %q", e.WorkFolder)
	}
	for _, label := range slices.Sorted(maps.Keys(e.Labels)) {
		if !validLabel.MatchString(label) {
			report("labels."+label, "want a name of lower-case letters, digits and _ . -")
		}
	}
}

// checkSSH checks how a host is reached.
func (e *Entry) checkSSH(report func(path, format string, args ...any)) {
	if _, err := netip.ParseAddr(e.Address); err != nil && !validHost.MatchString(e.Address) {
		report("address", "want a host name or an IP address, without a port, found %q", e.Address)
	}
	if e.User == "" || strings.Contains(e.User, " ") || hasControl(e.User) {
		report("user", "want the user to log in as, found %q", e.User)
	}
	if e.Key == "" && !e.Agent {
		report("", "it needs a way to log in: key: FILE, or agent: true")
	}
	if e.ServeAddress != "" && !validServe(e.ServeAddress) {
		report("serve_address", "want an IP address of the host, without a port, found %q", e.ServeAddress)
	}
	if e.Machine != nil {
		report("machine", "a host of kind %q is no virtual machine", e.Kind)
	}
}

// hasControl tells a text that a terminal would obey, or a shell's line end in.
func hasControl(text string) bool { return strings.ContainsFunc(text, unicode.IsControl) }

// validServe tells an address that a server can be reached at.
func validServe(text string) bool {
	address, err := netip.ParseAddr(text)
	return err == nil && !address.IsUnspecified() && address.Zone() == ""
}

// checkMachine checks how a virtual machine is started. It gets a key, and its address
// is this host's.
func (e *Entry) checkMachine(report func(path, format string, args ...any)) {
	for _, of := range []struct {
		key string
		set bool
	}{
		{"address", e.Address != ""},
		{"key", e.Key != ""},
		{"agent", e.Agent},
		{"known_hosts", e.KnownHosts != ""},
		{"jump", e.Jump != ""},
		{"serve_address", e.ServeAddress != ""},
	} {
		if of.set {
			report(of.key, "a virtual machine has none")
		}
	}
	if err := e.machineFault(); err != nil {
		report("machine", "%s", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
}

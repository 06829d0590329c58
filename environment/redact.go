package environment

import (
	"regexp"
	"strings"
)

// identifying are parameters of a kernel that name this host, its network or its disks.
var identifying = regexp.MustCompile(`(^|[ \n])((?:root|resume|ip|nfsroot|nfsaddrs|cryptdevice|cryptopts|netconsole|BOOTIF|rd\.luks\.[a-z.]+|rd\.lvm\.[a-z.]+|rd\.md\.uuid|systemd\.machine_id|systemd\.hostname|hostname|ds)=)\S+`)

// named are things that identify a host wherever they stand: e-mail-like names of who
// built a kernel and where, UUIDs, addresses of IPv4 and of network cards.
var named = regexp.MustCompile(`[\w.-]+@[\w.-]+|\b[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}\b|\b(?:\d{1,3}\.){3}\d{1,3}\b|\b(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}\b`)

// serial is the line of /proc/cpuinfo of some boards.
var serial = regexp.MustCompile(`(?mi)^serial(?: number)?\s*:.*\n?`)

// redact takes out of a text what names a host, its owner, or its parts.
func redact(text string) string {
	text = serial.ReplaceAllString(text, "")
	text = identifying.ReplaceAllString(text, "$1$2…")
	return strings.TrimRight(named.ReplaceAllString(text, "…"), "\n")
}

package environment

import (
	"path"
	"strconv"
	"strings"
)

// kvmOrQEMU is a machine of QEMU of which it is not known whether it emulates the processor.
const kvmOrQEMU = "kvm or qemu"

// makers are what virtual machines say of themselves in place of a board's maker and product.
var makers = []struct{ says, is string }{
	{"KVM", "kvm"},
	{"QEMU", kvmOrQEMU},
	{"dummy-virt", kvmOrQEMU},
	{"VMware", "vmware"},
	{"VirtualBox", "virtualbox"},
	{"innotek", "virtualbox"},
	{"Microsoft Corporation Virtual Machine", "hyper-v"},
	{"Google Compute Engine", "google"},
	{"OpenStack", "openstack"},
	{"Parallels", "parallels"},
	{"Xen", "xen"},
	{"Bochs", "bochs"},
	{"Apple Virtualization", "apple"},
	{"Firecracker", "firecracker"},
}

// virtualization asks systemd, which knows most, then the firmware's tables, then the
// processor, which says of itself that it is not all there.
func (o *observer) virtualization() string {
	if known := o.run("systemd-detect-virt", "--vm"); known != "" && known != "none" {
		return known
	}
	if kind := o.read("/sys/hypervisor/type"); kind != "" {
		return kind
	}
	const dmi = "/sys/class/dmi/id/"
	says := o.read(dmi+"sys_vendor") + " " + o.read(dmi+"product_name") + " " + o.read("/proc/device-tree/compatible")
	if strings.Contains(o.e.CPU, "TCG") { // QEMU's own translator
		return "qemu"
	}
	for _, maker := range makers {
		if strings.Contains(says, maker.says) {
			return maker.is
		}
	}
	for line := range strings.Lines(o.read("/proc/cpuinfo")) {
		if flags, ok := strings.CutPrefix(line, "flags"); ok && strings.Contains(flags+" ", " hypervisor ") {
			return "hypervisor"
		}
	}
	return ""
}

// containers are parts of the names of control groups that container engines choose.
var containers = []struct{ part, is string }{
	{"kubepods", "kubernetes"}, {"libpod", "podman"}, {"docker", "docker"}, {"containerd", "containerd"}, {"lxc", "lxc"}, {"machine.slice", "systemd-nspawn"},
}

// container looks for the marks that container engines leave inside.
func (o *observer) container() string {
	if known := o.run("systemd-detect-virt", "--container"); known != "" && known != "none" {
		return known
	}
	if known := o.read("/run/systemd/container"); known != "" {
		return known
	}
	for variable := range strings.SplitSeq(o.read("/proc/1/environ"), "\x00") {
		if known, ok := strings.CutPrefix(variable, "container="); ok && known != "" {
			return known
		}
	}
	for _, mark := range []struct{ folder, name, is string }{{"/", ".dockerenv", "docker"}, {"/run", ".containerenv", "podman"}} {
		names, _ := o.source.ReadDir(o.ctx, mark.folder)
		for _, name := range names {
			if name == mark.name {
				return mark.is
			}
		}
	}
	groups := o.read("/proc/1/cgroup") + "\n" + o.read("/proc/self/cgroup")
	for _, engine := range containers {
		if strings.Contains(groups, engine.part) {
			return engine.is
		}
	}
	return ""
}

// quota is the least that a control group of this process, or one above it, allows: its
// share of time in CPUs. Nil is no limit.
func (o *observer) quota() *float64 {
	var least *float64
	lower := func(limit, period string) {
		time, err1 := strconv.ParseFloat(limit, 64)
		of, err2 := strconv.ParseFloat(period, 64)
		if err1 != nil || err2 != nil || time <= 0 || of <= 0 { // "max", or -1
			return
		}
		if cpus := time / of; least == nil || cpus < *least {
			least = &cpus
		}
	}
	for line := range strings.Lines(o.read("/proc/self/cgroup")) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 {
			continue
		}
		second := parts[0] == "0" && parts[1] == ""
		if !second && !contains(parts[1], "cpu") {
			continue
		}
		for group := path.Join("/", parts[2]); ; group = path.Dir(group) {
			if second {
				limit, period, _ := strings.Cut(o.read(path.Join("/sys/fs/cgroup", group, "cpu.max")), " ")
				lower(limit, period)
			} else {
				folder := path.Join("/sys/fs/cgroup/cpu", group)
				lower(o.read(folder+"/cpu.cfs_quota_us"), o.read(folder+"/cpu.cfs_period_us"))
			}
			if group == "/" {
				break
			}
		}
	}
	return least
}

// contains tells whether a list separated by commas has the word.
func contains(list, word string) bool {
	for one := range strings.SplitSeq(list, ",") {
		if one == word {
			return true
		}
	}
	return false
}

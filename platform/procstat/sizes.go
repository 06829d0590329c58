package procstat

// Sizes of a memory map, in bytes. What is resident is what the kernel counts for
// each mapping: a page that several processes have counts in each of them.
type Sizes struct {
	// Resident is all of it, and the sum of the six that follow.
	Resident int64
	// Executable is mapped from the executable's file, Libraries from other files
	// of which some part is mapped executable, Files from the rest of them.
	Executable, Libraries, Files int64
	// Anonymous has no file: what allocators took, data that starts as zero, and in a
	// compartmentalised process the tables and trampolines of the linker.
	Anonymous int64
	// Stack is what can grow down: the main thread's and, with library compartments,
	// that of each compartment that was entered.
	Stack int64
	// Other is of no file and not anonymous: devices, the kernel's shared page.
	Other int64
	// GuardSpace, QuarantinedSpace and UnmappedSpace are addresses, not memory:
	// guards, what was freed and waits for revocation, and reservations without
	// anything mapped.
	GuardSpace, QuarantinedSpace, UnmappedSpace int64
	// Capabilities is what is resident in mappings that capabilities can be loaded
	// from, so what a revocation has to look through at most.
	Capabilities int64
	// WritableCode counts mappings that can be both written and executed.
	WritableCode int
	// Nameless counts mappings of files whose path the kernel did not tell: they are
	// in Files, whatever they are.
	Nameless int
}

// Sizes adds a map up. executable is the path of the executable's file.
func (m Map) Sizes(executable string) Sizes {
	code := map[string]bool{}
	for _, one := range m.Mappings {
		if one.Execute && one.Kind == Vnode {
			code[one.Path] = true
		}
	}
	var s Sizes
	for _, one := range m.Mappings {
		resident := one.Resident * PageSize
		s.Resident += resident
		if one.LoadCapabilities {
			s.Capabilities += resident
		}
		if one.Write && one.Execute {
			s.WritableCode++
		}
		if one.Kind == Vnode && one.Path == "" {
			s.Nameless++
		}
		*s.resident(one, executable, code) += resident
		switch one.Kind {
		case Guard:
			s.GuardSpace += one.Size()
		case Quarantined:
			s.QuarantinedSpace += one.Size()
		case None:
			s.UnmappedSpace += one.Size()
		}
	}
	return s
}

// resident says where the resident part of a mapping belongs.
func (s *Sizes) resident(m Mapping, executable string, code map[string]bool) *int64 {
	switch {
	case m.Kind == Vnode && m.Path == "":
		return &s.Files
	case m.Kind == Vnode && m.Path == executable:
		return &s.Executable
	case m.Kind == Vnode && code[m.Path]:
		return &s.Libraries
	case m.Kind == Vnode:
		return &s.Files
	case m.GrowsDown:
		return &s.Stack
	case m.Kind == Swap, m.Kind == Default:
		return &s.Anonymous
	}
	return &s.Other
}

// Code gives the paths of files mapped executable, in the order of the map, each once.
func (m Map) Code() []string {
	var paths []string
	for _, one := range m.Mappings {
		if one.Execute && one.Kind == Vnode && one.Path != "" && !contains(paths, one.Path) {
			paths = append(paths, one.Path)
		}
	}
	return paths
}

// WritableTrampolines counts anonymous mappings that can be written and executed and hold capabilities: where the linker of
// compartments of CheriBSD 22.12 keeps its trampolines. Nothing tells them from code that somebody put there.
func (m Map) WritableTrampolines() int {
	count := 0
	for _, one := range m.Mappings {
		if one.Execute && one.Write && one.LoadCapabilities && one.StoreCapabilities && one.Path == "" && (one.Kind == Swap || one.Kind == Default) {
			count++
		}
	}
	return count
}

// AlteredCode counts executable mappings whose content need not be that of a file:
// without one, or writable, or written to since they were mapped. The kernel's
// shared page is not counted.
func (m Map) AlteredCode() int {
	count := 0
	for _, one := range m.Mappings {
		switch {
		case !one.Execute || one.Kind == "physical" && !one.Write:
		case one.Kind != Vnode, one.Path == "", one.Write, one.CopyOnWrite && !one.NeedsCopy:
			count++
		}
	}
	return count
}

package platform

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"

	seccomp "github.com/elastic/go-seccomp-bpf"
	"github.com/elastic/go-seccomp-bpf/arch"
	"golang.org/x/net/bpf"
)

// Syscalls is a seccomp filter. A system call that it does not name gives EPERM.
type Syscalls struct {
	// Allow names the calls that are allowed with any argument. A name that
	// exists only on another architecture is passed over.
	Allow []string `yaml:"allow"`
	// AllowWithoutBits are allowed by their arguments.
	AllowWithoutBits []AllowedWithoutBits `yaml:"allow_without_bits,omitempty"`
	// AllowEqual are allowed when arguments have certain values. A call that
	// stands there more than once is allowed by each.
	AllowEqual []AllowedEqual `yaml:"allow_equal,omitempty"`
	// Absent calls give ENOSYS, so that the C library falls back to others.
	Absent []string `yaml:"absent,omitempty"`
}

// AllowedWithoutBits allows a call when an argument has none of some bits.
type AllowedWithoutBits struct {
	Name string `yaml:"name"`
	// Argument is its position, from 0 to 5.
	Argument uint32 `yaml:"argument"`
	Bits     uint64 `yaml:"bits"`
}

// AllowedEqual allows a call when each of these arguments has its value.
type AllowedEqual struct {
	Name      string     `yaml:"name"`
	Arguments []Argument `yaml:"arguments"`
}

// Argument of a call, by its position from 0 to 5, as an unsigned number.
type Argument struct {
	Position uint32 `yaml:"position"`
	Value    uint64 `yaml:"value"`
}

// errnoENOSYS is Linux's, on every architecture this package filters for.
const errnoENOSYS = 38

// CheckYAML reports names that no architecture has: a misspelt call would be
// denied without anybody knowing why.
func (s *Syscalls) CheckYAML(report func(path, format string, args ...any)) {
	check := func(path, name string) {
		_, onAMD64 := arch.X86_64.SyscallNames[name]
		_, onARM64 := arch.AARCH64.SyscallNames[name]
		if !onAMD64 && !onARM64 {
			report(path, "%q is no system call of amd64 or arm64", name)
		}
	}
	for i, name := range s.Allow {
		check(fmt.Sprintf("allow[%d]", i), name)
	}
	for i, name := range s.Absent {
		check(fmt.Sprintf("absent[%d]", i), name)
	}
	for i, call := range s.AllowWithoutBits {
		at := fmt.Sprintf("allow_without_bits[%d]", i)
		check(at+".name", call.Name)
		if call.Argument > 5 {
			report(at+".argument", "%d is no argument; they are 0 to 5", call.Argument)
		}
		if call.Bits == 0 {
			report(at+".bits", "0 allows everything; use allow")
		}
	}
	for i, call := range s.AllowEqual {
		at := fmt.Sprintf("allow_equal[%d]", i)
		check(at+".name", call.Name)
		if len(call.Arguments) == 0 {
			report(at+".arguments", "none allows everything; use allow")
		}
		for j, argument := range call.Arguments {
			if argument.Position > 5 {
				report(fmt.Sprintf("%s.arguments[%d].position", at, j), "%d is no argument; they are 0 to 5", argument.Position)
			}
		}
	}
}

// with gives the calls that either filter allows.
func (s *Syscalls) with(more *Syscalls) *Syscalls {
	if more == nil {
		return s
	}
	return &Syscalls{
		Allow:            slices.Concat(s.Allow, more.Allow),
		AllowWithoutBits: slices.Concat(s.AllowWithoutBits, more.AllowWithoutBits),
		AllowEqual:       slices.Concat(s.AllowEqual, more.AllowEqual),
		Absent:           slices.Concat(s.Absent, more.Absent),
	}
}

// SeccompFilter gives the filter program of the mode for the processor this
// runs on, as an array of struct sock_filter (linux/filter.h), for bwrap
// --seccomp. A direct process may also use the sockets of the profile's
// DirectSyscalls.
func (m *Mode) SeccompFilter(direct bool) ([]byte, error) {
	if m.profile.Syscalls == nil {
		return nil, fmt.Errorf("seccomp filter for mode %s: the profile has no syscalls", m.Name)
	}
	here, err := arch.GetInfo("")
	if err != nil {
		return nil, fmt.Errorf("seccomp filter for mode %s: %w", m.Name, err)
	}
	if direct {
		return m.profile.Syscalls.with(m.profile.DirectSyscalls).assemble(here)
	}
	return m.profile.Syscalls.assemble(here)
}

func (s *Syscalls) assemble(here *arch.Info) ([]byte, error) {
	policy := seccomp.Policy{DefaultAction: seccomp.ActionErrno}
	allow := seccomp.SyscallGroup{Action: seccomp.ActionAllow, Names: known(here, s.Allow)}
	for _, call := range s.AllowWithoutBits {
		if len(known(here, []string{call.Name})) == 0 {
			continue
		}
		allow.NamesWithCondtions = append(allow.NamesWithCondtions, seccomp.NameWithConditions{
			Name:       call.Name,
			Conditions: seccomp.ArgumentConditions{{Argument: call.Argument, Operation: seccomp.BitsNotSet, Value: call.Bits}},
		})
	}
	for _, call := range s.AllowEqual {
		if len(known(here, []string{call.Name})) == 0 {
			continue
		}
		var conditions seccomp.ArgumentConditions
		for _, argument := range call.Arguments {
			conditions = append(conditions, seccomp.Condition{Argument: argument.Position, Operation: seccomp.Equal, Value: argument.Value})
		}
		allow.NamesWithCondtions = append(allow.NamesWithCondtions, seccomp.NameWithConditions{Name: call.Name, Conditions: conditions})
	}
	policy.Syscalls = append(policy.Syscalls, allow)
	if absent := known(here, s.Absent); len(absent) > 0 {
		policy.Syscalls = append(policy.Syscalls,
			seccomp.SyscallGroup{Action: seccomp.ActionErrno | seccomp.Action(errnoENOSYS), Names: absent})
	}
	instructions, err := policy.Assemble()
	if err != nil {
		return nil, fmt.Errorf("assemble seccomp filter: %w", err)
	}
	raw, err := bpf.Assemble(instructions)
	if err != nil {
		return nil, fmt.Errorf("assemble seccomp filter: %w", err)
	}
	var program bytes.Buffer
	for _, instruction := range raw {
		// struct sock_filter is __u16 code, __u8 jt, __u8 jf, __u32 k.
		if err := binary.Write(&program, binary.NativeEndian, instruction); err != nil {
			return nil, fmt.Errorf("assemble seccomp filter: %w", err)
		}
	}
	return program.Bytes(), nil
}

// known keeps the calls that an architecture has.
func known(on *arch.Info, names []string) []string {
	var kept []string
	for _, name := range names {
		if _, ok := on.SyscallNames[name]; ok {
			kept = append(kept, name)
		}
	}
	return kept
}

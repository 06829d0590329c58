package procstat

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// PageSize is that of CheriBSD on Morello, in bytes; RES and PRES count pages.
const PageSize = 4096

// Kind is what is behind a mapping (KVME_TYPE_* of sys/user.h), as procstat's JSON
// names it.
type Kind string

// Kinds that are told apart when sizes are added up.
const (
	Vnode       Kind = "vnode"       // a file
	Swap        Kind = "swap"        // anonymous memory
	Default     Kind = "default"     // anonymous memory that was never touched
	Guard       Kind = "guard"       // nothing: to touch it is a fault
	Quarantined Kind = "quarantined" // address space that was freed and waits for revocation
	None        Kind = "none"        // a reservation without anything mapped
	Unknown     Kind = "unknown"
)

// kinds by what the text calls them: procstat(1).
var kinds = map[string]Kind{
	"--": None, "df": Default, "vn": Vnode, "sw": Swap, "dv": "device", "ph": "physical", "dd": "dead", "sg": "scatter/gather",
	"md": "managed_device", "gd": Guard, "qu": Quarantined, "??": Unknown,
}

// Mapping is one line of a process's memory map.
type Mapping struct {
	// Start and End are its addresses, End the first one behind it.
	Start, End uint64
	// Read, Write and Execute are what may be done there; LoadCapabilities and
	// StoreCapabilities whether capabilities may be loaded and stored with their tag.
	Read, Write, Execute, LoadCapabilities, StoreCapabilities bool
	// Resident pages, and those of the object in front, however much of it is mapped.
	Resident, PrivateResident int64
	// CopyOnWrite and NeedsCopy: with both, nothing was written to it yet.
	CopyOnWrite, NeedsCopy bool
	// GrowsDown is true for a stack.
	GrowsDown bool
	Kind      Kind
	// Path of the file, "" without one, or where the kernel's name cache lacks it.
	Path string
}

// Size of its addresses in bytes.
func (m Mapping) Size() int64 { return int64(m.End - m.Start) }

// Map is a process's memory map in the order of its addresses.
type Map struct {
	Mappings []Mapping
	// Capabilities tells whether the map says where capabilities may be loaded and
	// stored: FreeBSD's own procstat does not.
	Capabilities bool
}

// ParseMap reads what `procstat -v PID` or `procstat --libxo json -v PID` printed.
func ParseMap(text []byte, pid int) (Map, error) {
	r := begin("procstat -v")
	var found Map
	if isJSON(text) {
		object, err := r.object(text, pid)
		if err != nil {
			return Map{}, err
		}
		r.mapOfJSON(object["vm"], &found)
	} else {
		for i, one := range r.table(text, "PID", "START", "END", "PRT", "RES", "PRES", "FLAG", "TP", "PATH") {
			// A kernel that does not know whose a mapping is says "-".
			if owner := one["PID"]; owner != "-" && owner != strconv.Itoa(pid) {
				r.missed("mapping %d, which is of process %s", i+1, owner)
				continue
			}
			r.add(&found, i, func(m *Mapping) error { return m.fromRow(one, &found) })
		}
	}
	if err := r.err(); err != nil {
		return found, err
	}
	if len(found.Mappings) == 0 {
		return Map{}, r.gone()
	}
	return found, nil
}

// add takes a mapping over if it is one and follows the one before.
func (r *reading) add(to *Map, i int, read func(*Mapping) error) {
	var m Mapping
	err := read(&m)
	if n := len(to.Mappings); err == nil && n > 0 && m.Start < to.Mappings[n-1].End {
		err = errors.New("it begins before the one before it ends")
	}
	if err == nil && m.End <= m.Start {
		err = errors.New("it ends before it begins")
	}
	if err != nil {
		r.missed("mapping %d: %v", i+1, err)
		return
	}
	to.Mappings = append(to.Mappings, m)
}

func (m *Mapping) fromRow(one row, in *Map) error {
	kind, known := kinds[one["TP"]]
	protection, flags := one["PRT"], one["FLAG"]
	switch {
	case !known:
		return fmt.Errorf("its type %q is none that is known", one["TP"])
	case len(protection) != 3 && len(protection) != 5:
		return fmt.Errorf("its protection is %q", protection)
	case len(flags) < 5:
		return fmt.Errorf("its flags are %q", flags)
	}
	m.Kind, m.Path = kind, one["PATH"]
	m.Read, m.Write, m.Execute = protection[0] == 'r', protection[1] == 'w', protection[2] == 'x'
	if len(protection) == 5 {
		in.Capabilities = true
		m.LoadCapabilities, m.StoreCapabilities = protection[3] == 'R', protection[4] == 'W'
	}
	m.CopyOnWrite, m.NeedsCopy, m.GrowsDown = flags[0] == 'C', flags[1] == 'N', flags[3] == 'D'
	return m.numbers(one["START"], one["END"], one["RES"], one["PRES"])
}

func (m *Mapping) numbers(start, end, resident, private string) error {
	const addresses, pages = 56, 31 // bits: so that sums stay in range
	var failed error
	for _, number := range []struct {
		text string
		into *uint64
	}{{start, &m.Start}, {end, &m.End}} {
		value, err := strconv.ParseUint(number.text, 0, addresses)
		failed = errors.Join(failed, err)
		*number.into = value
	}
	for _, number := range []struct {
		text string
		into *int64
	}{{resident, &m.Resident}, {private, &m.PrivateResident}} {
		value, err := strconv.ParseUint(number.text, 10, pages)
		failed = errors.Join(failed, err)
		*number.into = int64(value)
	}
	return failed
}

// mappingJSON is an instance of the list "vm".
type mappingJSON struct {
	Start      string          `json:"kve_start"`
	End        string          `json:"kve_end"`
	Protection map[string]bool `json:"kve_protection"`
	Flags      map[string]bool `json:"kve_flags"`
	Resident   json.Number     `json:"kve_resident"`
	Private    json.Number     `json:"kve_private_resident"`
	Kind       Kind            `json:"kve_type"`
	Path       string          `json:"kve_path"`
}

func (r *reading) mapOfJSON(raw json.RawMessage, found *Map) {
	var list []mappingJSON
	if len(raw) == 0 {
		return
	}
	if err := json.Unmarshal(raw, &list); err != nil {
		r.missed("the list of mappings: %v", err)
		return
	}
	for i, one := range list {
		r.add(found, i, func(m *Mapping) error {
			for _, key := range []string{"read", "write", "exec"} {
				if _, ok := one.Protection[key]; !ok {
					return fmt.Errorf("its protection does not tell %q", key)
				}
			}
			if one.Kind == "" || len(one.Flags) == 0 {
				return errors.New("it has no type or no flags")
			}
			if _, ok := one.Protection["read_cap"]; ok {
				found.Capabilities = true
			}
			m.Kind, m.Path = one.Kind, strings.TrimSpace(one.Path)
			m.Read, m.Write, m.Execute = one.Protection["read"], one.Protection["write"], one.Protection["exec"]
			m.LoadCapabilities, m.StoreCapabilities = one.Protection["read_cap"], one.Protection["write_cap"]
			m.CopyOnWrite, m.NeedsCopy, m.GrowsDown = one.Flags["copy_on_write"], one.Flags["needs_copy"], one.Flags["grows_down"]
			return m.numbers(one.Start, one.End, one.Resident.String(), one.Private.String())
		})
	}
}

package procstat

import (
	"strconv"
	"strings"
)

// CHERI is what `procstat cheri` tells of a process.
type CHERI struct {
	// ABI is "P" for a pure-capability one (purecap and purecap-benchmark), "H" for
	// hybrid, "!" for one without CHERI, "?" for one that procstat does not know.
	ABI string
	// Quarantining tells whether freed address space is kept until it is revoked; nil:
	// not told, as of a hybrid process.
	Quarantining *bool
	// RevokerState is "none", "initing", "inited" or "closing", and RevokerEpoch a
	// number that grows; "" where they were not asked for (-v) or not told.
	RevokerState, RevokerEpoch string
	// Compartments is how many library compartments (c18n) there are; nil: it shows
	// none, because it is not compartmentalised or the asker may not read it.
	Compartments *int64
}

// ParseCHERI reads what `procstat cheri PID`, with -v or without, printed, as text
// or JSON.
func ParseCHERI(text []byte, pid int) (CHERI, error) {
	r := begin("procstat cheri")
	one, err := r.process(text, pid, map[string]string{
		"C": "abi_cheri_support", "QUAR": "quarantining", "?RSTATE": "revoker_state", "?EPOCH": "revoker_epoch", "C18N": "compartments",
	})
	if err != nil {
		return CHERI{}, err
	}
	found := CHERI{RevokerState: told(one["RSTATE"]), RevokerEpoch: told(one["EPOCH"])}
	switch abi, ok := one["C"]; {
	case abi == "P", abi == "H", abi == "!", abi == "?":
		found.ABI = abi
	case ok:
		r.missed("C: %q is no ABI that is known", abi)
	}
	switch quarantining, ok := one["QUAR"]; quarantining {
	case "yes", "no":
		yes := quarantining == "yes"
		found.Quarantining = &yes
	case "-", "!":
	default:
		if ok {
			r.missed("QUAR: %q is neither yes nor no", quarantining)
		}
	}
	found.Compartments = r.count(one, "C18N")
	return found, r.err()
}

func told(value string) string {
	if value == "-" || value == "!" || value == "?" {
		return ""
	}
	return value
}

// C18N is what the linker of a compartmentalised process counts. A nil figure was
// not told.
type C18N struct {
	// Compartments there are, Stacks they have, Trampolines between them and the pages
	// of these.
	Compartments, Stacks, Trampolines, TrampolinePages *int64
	// Memory of the linker's tables, in bytes, without stacks and trampolines. The
	// text rounds it to a power of 1024; MemoryRounded is true then.
	Memory        *int64
	MemoryRounded bool
	// Switches from one compartment to another so far, where they are counted
	// (LD_COMPARTMENT_SWITCH_COUNT); newer versions of procstat tell them.
	Switches *int64
}

// ParseC18N reads what `procstat c18n PID` printed, as text or JSON. All figures are
// nil for a process that is not compartmentalised.
func ParseC18N(text []byte, pid int) (C18N, error) {
	r := begin("procstat c18n")
	one, err := r.process(text, pid, map[string]string{
		"COMP": "compartments", "STKS": "stacks", "TRMPS": "trampolines", "TRPGS": "tramppages", "MEM": "memory", "?SWTCH": "switches",
	})
	if err != nil {
		return C18N{}, err
	}
	found := C18N{
		Compartments: r.count(one, "COMP"), Stacks: r.count(one, "STKS"), Trampolines: r.count(one, "TRMPS"),
		TrampolinePages: r.count(one, "TRPGS"), Switches: r.count(one, "SWTCH"),
	}
	found.Memory, found.MemoryRounded = r.rounded(one, "MEM")
	return found, r.err()
}

// rounded reads a number that may be rounded: "712", "52K", "1.2M".
func (r *reading) rounded(one row, column string) (bytes *int64, rounded bool) {
	value := one[column]
	digits := strings.TrimRight(value, "BKMGT")
	factors := map[string]float64{"": 1, "B": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
	factor, known := factors[value[len(digits):]]
	if factor == 1 {
		return r.count(row{column: digits}, column), false
	}
	// humanize_number(3) writes at most four digits, with a decimal point at most five.
	number, err := strconv.ParseFloat(digits, 64)
	if !known || err != nil || len(digits) > 5 || number < 0 || strings.Trim(digits, "0123456789.") != "" {
		r.missed("%s: %q is no amount", column, value)
		return nil, false
	}
	amount := int64(number * factor)
	return &amount, true
}

// Compartment is one library compartment of a process.
type Compartment struct {
	// ID counts from 0.
	ID int64
	// Name is that of its library, or of the policy's stanza.
	Name string
	// Flags as procstat(1) has them, "" where they are not told: D for one with a
	// library that the program loaded itself.
	Flags string
}

// ParseCompartments reads the text that `procstat compartments PID` printed. Its
// JSON has one object for all compartments, which repeats its keys: it cannot be
// read, and is refused.
func ParseCompartments(text []byte, pid int) ([]Compartment, error) {
	r := begin("procstat compartments")
	if isJSON(text) {
		r.missed("JSON, where it is ambiguous: ask for text")
		return nil, r.err()
	}
	var found []Compartment
	for _, one := range r.table(text, "PID", "COMM", "CID", "CNAME") {
		if one["PID"] != strconv.Itoa(pid) {
			continue
		}
		id := r.count(one, "CID")
		if id == nil {
			r.missed("compartment %q: it has no ID", one["CNAME"])
			continue
		}
		found = append(found, Compartment{ID: *id, Name: one["CNAME"], Flags: told(one["FLAG"])})
	}
	return found, r.err()
}

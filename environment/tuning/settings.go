package tuning

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"eaibench/environment"
)

// Refusal is a setting that could not be changed, and why. The host is as it was there.
type Refusal struct {
	// Setting is its file, Wanted what it should have become.
	Setting, Wanted string
	Err             error
}

func (r *Refusal) Error() string {
	return fmt.Sprintf("%s cannot be set to %s: %v", r.Setting, r.Wanted, r.Err)
}

// Unwrap gives why.
func (r *Refusal) Unwrap() error { return r.Err }

var (
	// ErrUnknownValue: the kernel does not offer the value.
	ErrUnknownValue = errors.New("this kernel does not offer it")
	// ErrNotTaken: the kernel took the value without an error, and has another.
	ErrNotTaken = errors.New("the kernel did not take it")
)

// host is whose settings are read and written.
type host struct {
	root string // where its file system is, "" for "/"
	// write writes a value into a setting's file; tests have it fail.
	write func(file, value string) error
}

func newHost(root string) *host { return &host{root: root, write: writeValue} }

// writeValue writes into a file that is there; those of /sys take a value with one call.
func writeValue(file, value string) error {
	setting, err := os.OpenFile(file, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return err
	}
	_, err = setting.WriteString(value + "\n")
	return errors.Join(err, setting.Close())
}

func (h *host) path(setting string) string { return filepath.Join("/", h.root, setting) }

// value reads what is selected in a setting.
func (h *host) value(setting string) (string, error) {
	text, err := os.ReadFile(h.path(setting))
	if err != nil {
		return "", err
	}
	return environment.Selected(string(text)), nil
}

const (
	policies  = "/sys/devices/system/cpu/cpufreq"
	noTurbo   = "/sys/devices/system/cpu/intel_pstate/no_turbo"
	boost     = policies + "/boost"
	hugePages = "/sys/kernel/mm/transparent_hugepage/enabled"
)

// wanted lists the changes that are to be made, of settings that this host has and that are
// otherwise, and what cannot be made.
func (h *host) wanted() ([]environment.Change, []*Refusal) {
	var changes []environment.Change
	var refused []*Refusal
	propose := func(setting, set string, offered func() bool) {
		was, err := h.value(setting)
		switch {
		case errors.Is(err, fs.ErrNotExist), was == set:
		case err != nil:
			refused = append(refused, &Refusal{setting, set, err})
		case !offered():
			refused = append(refused, &Refusal{setting, set, ErrUnknownValue})
		default:
			changes = append(changes, environment.Change{Setting: setting, Was: was, Set: set})
		}
	}
	always := func() bool { return true }
	found, _ := filepath.Glob(h.path(policies + "/policy*")) // the pattern is right
	for _, folder := range found {
		policy := policies + "/" + filepath.Base(folder)
		propose(policy+"/scaling_governor", "performance", func() bool {
			offers, err := os.ReadFile(h.path(policy + "/scaling_available_governors"))
			return err != nil || slices.Contains(strings.Fields(string(offers)), "performance")
		})
	}
	propose(noTurbo, "1", always)
	propose(boost, "0", always)
	if pages, err := h.value(hugePages); err == nil && pages == "always" {
		propose(hugePages, "madvise", always)
	}
	return changes, refused
}

// set writes a value and looks whether it was taken.
func (h *host) set(setting, value string) error {
	if err := h.write(h.path(setting), value); err != nil {
		return err
	}
	is, err := h.value(setting)
	if err == nil && is != value {
		err = fmt.Errorf("%w: it is %s", ErrNotTaken, is)
	}
	return err
}

package authority

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"

	"eaibench/attest"
	"eaibench/internal/strictyaml"
)

// ReferenceDocument is a file of references alone, as WriteReferences writes it: the member of a policy with that name.
type ReferenceDocument struct {
	References []attest.Reference `yaml:"references" json:"references"`
}

// LoadPolicy reads a policy and adds the references in further files to its own.
func LoadPolicy(file string, referenceFiles ...string) (*attest.Policy, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the policy: %w", err)
	}
	policy, err := attest.ParsePolicy(file, text)
	if err != nil {
		return nil, err
	}
	for _, referenceFile := range referenceFiles {
		more, err := LoadReferences(referenceFile)
		if err != nil {
			return nil, err
		}
		document := *policy.Document()
		document.References = slices.Concat(document.References, more)
		if policy, err = attest.NewPolicy(document); err != nil {
			return nil, fmt.Errorf("with the references of %s: %w", referenceFile, err)
		}
	}
	return policy, nil
}

// LoadReferences reads a file of references alone. They are not checked: a policy checks those that it takes.
func LoadReferences(file string) ([]attest.Reference, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read references: %w", err)
	}
	var document ReferenceDocument
	if err := strictyaml.Decode(file, text, &document); err != nil {
		return nil, fmt.Errorf("read references: %w", err)
	}
	return document.References, nil
}

// WriteReferences writes references as YAML, ready to be pasted into a policy or given to LoadPolicy and LoadReferences.
func WriteReferences(w io.Writer, references []attest.Reference) error {
	text := []byte("references:\n")
	for _, r := range references {
		text = fmt.Appendf(text, "  - program: %s\n    platform: %s\n    mode: %s\n    source_sha256: %q\n    executable_sha256: %q\n    libraries:",
			r.Program, r.Platform, r.Mode, r.SourceSHA256, r.ExecutableSHA256)
		if len(r.Libraries) == 0 {
			text = append(text, " {}"...)
		}
		text = append(text, '\n')
		for _, path := range slices.Sorted(maps.Keys(r.Libraries)) {
			text = fmt.Appendf(text, "      %s: %q\n", strconv.Quote(path), r.Libraries[path])
		}
	}
	_, err := w.Write(text)
	return err
}

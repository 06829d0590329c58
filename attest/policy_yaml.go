package attest

import (
	"fmt"

	"eaibench/internal/strictyaml"
)

// ParsePolicy reads a policy (policy.md). The error has every fault, each with file, line and column.
func ParsePolicy(file string, data []byte) (*Policy, error) {
	var document PolicyDocument
	if err := strictyaml.Decode(file, data, &document); err != nil {
		return nil, fmt.Errorf("reading the policy: %w", err)
	}
	return prepare(document)
}

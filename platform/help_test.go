package platform_test

import (
	"crypto/sha256"
	"slices"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func sha256Of(content []byte) [32]byte { return sha256.Sum256(content) }

// variables gives an environment as sorted NAME=VALUE.
func variables(environment map[string]string) []string {
	var all []string
	for name, value := range environment {
		all = append(all, name+"="+value)
	}
	slices.Sort(all)
	return all
}

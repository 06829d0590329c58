package mockservices

import (
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if serveBenchmarkedStore() {
		return
	}
	goleak.VerifyTestMain(m)
}

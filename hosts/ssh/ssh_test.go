package ssh_test

import (
	"testing"

	"go.uber.org/goleak"

	"eaibench/hosts/hoststest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestConformance(t *testing.T) {
	server := startServer(t)
	host := open(t, server.config("loopback"))
	hoststest.Run(t, host, server.folderFor("files"))
	if left := marked(t); len(left) > 0 {
		t.Errorf("processes are left: %q", left)
	}
}

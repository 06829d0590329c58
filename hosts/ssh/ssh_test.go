package ssh_test

import (
	"context"
	"os"
	"testing"

	"go.uber.org/goleak"

	"eaibench/hosts"
	"eaibench/hosts/hoststest"
	"eaibench/hosts/ssh/sshtest"
)

func TestMain(m *testing.M) {
	if os.Getenv(asHarness) != "" {
		harness()
	}
	goleak.VerifyTestMain(m)
}

func noEnd() context.Context { return context.Background() }

func TestConformance(t *testing.T) {
	server := sshtest.Start(t)
	host := open(t, server.Config("loopback"))
	hoststest.Run(t, host, server.FolderFor("files"))
	server.Until("no process of a command is left", func() bool { return len(marked(t, host)) == 0 })
}

func TestLost(t *testing.T) {
	for name, how := range map[string]struct{ cut, restore func(*sshtest.Server) }{
		"connection cut": {(*sshtest.Server).Cut, func(*sshtest.Server) {}},
		"server killed":  {(*sshtest.Server).Stop, (*sshtest.Server).Start},
	} {
		t.Run(name, func(t *testing.T) {
			server := sshtest.Start(t)
			host := open(t, server.Config("loopback"))
			hoststest.Lose(t, host, server.FolderFor("files"), func() { how.cut(server) }, func() { how.restore(server) })
			server.Until("no process of a command is left", func() bool { return len(marked(t, host)) == 0 })
		})
	}
}

// BenchmarkRun is what a command costs that does nothing.
func BenchmarkRun(b *testing.B) {
	server := sshtest.Start(b)
	host := open(b, server.Config("loopback"))
	for b.Loop() {
		if exit, err := host.Run(b.Context(), hosts.Command{Args: []string{"/bin/true"}}); err != nil || !exit.OK() {
			b.Fatalf("%v, %v", exit, err)
		}
	}
}

package ssh_test

import (
	"context"
	"os"
	"testing"

	"go.uber.org/goleak"

	"eaibench/hosts"
	"eaibench/hosts/hoststest"
)

func TestMain(m *testing.M) {
	if os.Getenv(asHarness) != "" {
		harness()
	}
	goleak.VerifyTestMain(m)
}

func noEnd() context.Context { return context.Background() }

func TestConformance(t *testing.T) {
	server := startServer(t)
	host := open(t, server.config("loopback"))
	hoststest.Run(t, host, server.folderFor("files"))
	server.until("no process of a command is left", func() bool { return len(marked(t, host)) == 0 })
}

func TestLost(t *testing.T) {
	for name, how := range map[string]struct{ cut, restore func(*sshd) }{
		"connection cut": {(*sshd).cut, func(*sshd) {}},
		"server killed":  {(*sshd).stop, (*sshd).start},
	} {
		t.Run(name, func(t *testing.T) {
			server := startServer(t)
			host := open(t, server.config("loopback"))
			hoststest.Lose(t, host, server.folderFor("files"), func() { how.cut(server) }, func() { how.restore(server) })
			server.until("no process of a command is left", func() bool { return len(marked(t, host)) == 0 })
		})
	}
}

// BenchmarkRun is what a command costs that does nothing.
func BenchmarkRun(b *testing.B) {
	server := startServer(b)
	host := open(b, server.config("loopback"))
	for b.Loop() {
		if exit, err := host.Run(b.Context(), hosts.Command{Args: []string{"/bin/true"}}); err != nil || !exit.OK() {
			b.Fatalf("%v, %v", exit, err)
		}
	}
}

package ssh_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	cryptossh "golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"eaibench/hosts"
	"eaibench/hosts/ssh/sshtest"
)

// silentAgent says that it is asked, and answers no more.
type silentAgent struct {
	agent.Agent
	keys  bool // asked for its keys, it answers
	asked func()
	over  <-chan struct{}
}

func (s silentAgent) List() ([]*agent.Key, error) {
	if s.keys {
		return s.Agent.List()
	}
	return nil, s.wait()
}

func (s silentAgent) Sign(cryptossh.PublicKey, []byte) (*cryptossh.Signature, error) {
	return nil, s.wait()
}

func (s silentAgent) wait() error {
	s.asked()
	<-s.over
	return errors.New("nobody was there")
}

// An agent that does not answer, as one that waits for its user, holds up nobody for longer than the context lasts.
func TestSilentAgent(t *testing.T) {
	server := sshtest.Start(t)
	key, err := cryptossh.ParseRawPrivateKey(pemOf(t, server.Path("user")))
	if err != nil {
		t.Fatal(err)
	}
	for name, keys := range map[string]bool{"asked for its keys": false, "asked for a signature": true} {
		t.Run(name, func(t *testing.T) {
			ring := agent.NewKeyring()
			if err := ring.Add(agent.AddedKey{PrivateKey: key}); err != nil {
				t.Fatal(err)
			}
			listener, err := net.Listen("unix", server.Path(name))
			if err != nil {
				t.Fatal(err)
			}
			defer listener.Close()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			go func() {
				if connection, err := listener.Accept(); err == nil {
					defer connection.Close()
					_ = agent.ServeAgent(silentAgent{ring, keys, cancel, t.Context().Done()}, connection)
				}
			}()
			config := server.Config("loopback")
			config.KeyFile, config.AgentSocket = "", server.Path(name)
			host, ended := open(t, config), make(chan error, 1)
			go func() {
				_, err := host.Run(ctx, command("/bin/true"))
				ended <- err
			}()
			select {
			case err = <-ended:
			case <-time.After(2 * time.Minute):
				t.Fatal("long after the context ended, it still waits for the agent")
			}
			if fault := new(hosts.HarnessError); !errors.As(err, &fault) || !errors.Is(err, context.Canceled) {
				t.Errorf("got %v (%T), want a HarnessError of the context's end", err, err)
			}
		})
	}
}

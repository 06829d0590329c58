package runner

import (
	"testing"
	"time"

	"eaibench/hosts/ssh"
	"eaibench/hosts/ssh/sshtest"
)

// Over SSH the clock of this very host is not found to differ from itself.
func TestClockOverSSH(t *testing.T) {
	reached, err := ssh.New(sshtest.Start(t).Config("board"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := reached.Close(); err != nil {
			t.Error(err)
		}
	}()
	place := elsewhere(t, "board")
	place.Host = reached
	s, err := openStage(t.Context(), place)
	if err != nil {
		t.Fatal(err)
	}
	looks := (&Deployment{others: []*stage{s}}).LookAtClocks()
	if len(looks) != 1 || looks[0].Host != "board" || looks[0].Estimated == nil {
		t.Fatalf("%+v", looks)
	}
	got := *looks[0].Estimated
	t.Logf("%v ± %v over %d exchanges", got.Offset, got.Uncertainty, got.Exchanges)
	if got.Offset.Abs() > got.Uncertainty || got.Exchanges != clockExchanges || got.Uncertainty > time.Second || time.Since(got.At) > time.Minute {
		t.Errorf("%+v", got)
	}
	if err := s.close(); err != nil {
		t.Error(err)
	}
	// What has ended tells nothing any more.
	if looks := (&Deployment{others: []*stage{s}}).LookAtClocks(); len(looks) != 1 || looks[0].Estimated != nil || looks[0].Failure == "" {
		t.Errorf("when it has ended: %+v", looks)
	}
}

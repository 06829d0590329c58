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
	began := time.Now()
	looks := (&Deployment{others: []*stage{s}}).LookAtClocks()
	took := time.Since(began)
	if len(looks) != 1 || looks[0].Host != "board" || looks[0].Estimated == nil {
		t.Fatalf("%+v", looks)
	}
	got := *looks[0].Estimated
	t.Logf("%v ± %v over %d exchanges", got.Offset, got.Uncertainty, got.Exchanges)
	// The shortest exchange is no longer than all of them on average, and its uncertainty is half of it.
	if got.Offset.Abs() > got.Uncertainty || got.Exchanges != clockExchanges || got.Uncertainty > took/(2*clockExchanges)+1 {
		t.Errorf("%+v, of exchanges that took %v", got, took)
	}
	if got.At.Before(began.Round(0)) || got.At.Sub(began) > took {
		t.Errorf("%+v, begun at %v", got, began)
	}
	if err := s.close(); err != nil {
		t.Error(err)
	}
	// What has ended tells nothing any more.
	if looks := (&Deployment{others: []*stage{s}}).LookAtClocks(); len(looks) != 1 || looks[0].Estimated != nil || looks[0].Failure == "" {
		t.Errorf("when it has ended: %+v", looks)
	}
}

package runner

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"eaibench/attest"
	"eaibench/attest/authority"
	"eaibench/bench"
	"eaibench/results"
)

// A service that is stopped, or replaced, under a campaign ends it: the run is marked, names the service, and is carried out when
// the campaign goes on.
func TestRunningServiceIsLost(t *testing.T) {
	operator := lastingOperator(t, nil, "store")
	// It is started at the same address again and again. That is of this test alone, and the port none that the kernel gives to others.
	host := fmt.Sprintf("127.69.%d.%d", os.Getpid()>>8&0xff, os.Getpid()&0xff|1)
	address := host + ":8441"
	certify := func() {
		issuing := authority.Issuing{Kind: attest.KindService, Name: "store", Hosts: []string{host}, Overwrite: true}
		if _, err := authority.Issue(filepath.Join(operator, "ca"), filepath.Join(operator, "services", "store"), issuing); err != nil {
			t.Error(err)
		}
	}
	certify()
	store := startRunning(t, operator, "store", address)
	stop := func() {
		if err := syscall.Kill(store.pid, syscall.SIGKILL); err != nil {
			t.Error(err)
		}
		<-store.ended
	}
	replace := func() {
		stop()
		certify()
		store = startRunning(t, operator, "store", address)
	}
	forgetToken := func() {
		if err := os.Remove(filepath.Join(operator, "services", "store", authority.TokenFile)); err != nil {
			t.Error(err)
		}
	}
	record := &record{}
	for _, test := range []struct {
		name      string
		before    func() // the campaign
		executing func() // before a run is carried out, its service reset
		after     func() // after a run
		want      string
		kept      int
	}{
		{name: "before it is read", executing: once(stop), want: " does not answer: ", kept: 0},
		{name: "between two runs", after: once(stop), want: " does not answer: ", kept: 1},
		{name: "replaced", before: forgetToken, executing: nil, after: once(replace), want: "its certificate has SHA-256 ", kept: 2},
	} {
		t.Logf("--- %s", test.name)
		if store.gone() {
			store = startRunning(t, operator, "store", address)
		}
		if test.before != nil {
			test.before()
		}
		err := carryOutRunning(t, operator, store.address, record, test.executing, test.after)
		lost := new(runningLost)
		if !errors.As(err, &lost) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v", test.name, err)
		}
		if len(record.runs) != test.kept {
			t.Errorf("%s: kept %q, want %d runs", test.name, record.endings(), test.kept)
		}
		n := len(record.events)
		if n < 2 || record.events[n-2].Lost == nil || record.events[n-1].Ended == nil {
			t.Fatalf("%s: the events are %+v", test.name, record.events)
		}
		loss := *record.events[n-2].Lost
		if loss.Failed != results.ServiceFailed || loss.Component != "service/store" || loss.Host != address || loss.Run == "" {
			t.Errorf("%s: marked with %+v", test.name, loss)
		}
	}
	if err := carryOutRunning(t, operator, store.address, record, nil, nil); err != nil || len(record.runs) != 4 {
		t.Errorf("to the end: %v, %q", err, record.endings())
	}
	for _, run := range record.runs {
		if run.Status != bench.OK {
			t.Errorf("%s is %s: %s", run.ID, run.Status, run.Reason)
		}
	}
}

// carryOutRunning carries a campaign on as far as it comes.
func carryOutRunning(t *testing.T, operator, address string, record *record, executing, after func()) error {
	t.Helper()
	found, err := FindRunning(t.Context(), Finding{Operator: operator, Solution: "retail", Services: map[string]string{"store": address}})
	if err != nil {
		t.Fatal(err)
	}
	options := retail(t, reachable(t))
	options.Modes, options.Paths, options.Verifies = []string{"hybrid", "compartment"}, []string{bench.Relayed, bench.Direct}, []string{bench.Full}
	options.References, options.Operator, options.Running = nil, operator, found
	deployment, err := Deploy(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	defer checkNothingLeft(t, deployment)
	c := runningCampaign(&pulled{Deployment: deployment, executing: executing}, record, options.Modes[:1], options.Paths[:1], 4, "store")
	c.Done, c.Events = slices.Clone(record.runs), slices.Clone(record.events)
	if after != nil {
		c.Progress = func(Progress) { after() }
	}
	watched, unwatch := deployment.Watch(t.Context())
	defer unwatch()
	_, err = c.Run(watched)
	return err
}

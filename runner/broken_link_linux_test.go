package runner

import (
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"eaibench/bench"
	"eaibench/launcher"
	"eaibench/links"
	"eaibench/results"
)

// meddling lets a test do something while a run is under way, and measures no links. What is to be there before the run begins, the
// test does in prepare; what that gives is done meanwhile.
type meddling struct {
	Site
	prepare func() (meanwhile func(ctx context.Context))
}

func (m meddling) Execute(ctx context.Context, cell bench.Cell, run string) (*launcher.RunResult, error) {
	meanwhile := m.prepare()
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		meanwhile(ctx)
	}()
	defer func() { <-done }()
	defer cancel()
	return m.Site.Execute(ctx, cell, run)
}

// compiledOnce is watched while it carries out one campaign after another of the same program.
type compiledOnce struct {
	*effects
	compiled *launcher.CompileResult
}

func (c *compiledOnce) Compile(ctx context.Context, mode string) (_ *launcher.CompileResult, err error) {
	if c.compiled == nil {
		c.compiled, err = c.effects.Compile(ctx, mode)
	}
	return c.compiled, err
}

// behindLink is a retail of which one service is behind an emulated link, and that link.
func behindLink(t *testing.T, service string, rtt time.Duration) (*compiledOnce, *links.Emulated) {
	t.Helper()
	options := retail(t, reachable(t))
	options.Modes, options.Paths = []string{"hybrid"}, []string{bench.Relayed, bench.Direct}
	options.Placement = &results.Placement{
		Target: "toronto", PlayedBy: map[string]string{"toronto": "local", "ijui": "local"},
		Services: []results.PlacedService{{Service: service, Host: "ijui"}},
		Links:    []results.Link{{Between: [2]string{"toronto", "ijui"}, Emulated: true, Asked: links.Link{RTT: rtt}}},
	}
	deployment, err := Deploy(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := deployment.Close(); err != nil {
			t.Error(err)
		}
	})
	return &compiledOnce{effects: &effects{Deployment: deployment, t: t, after: map[string]effect{}}}, deployment.links.emulated[service]
}

// oneRun carries out one run of one request above the threshold, and gives it.
func oneRun(t *testing.T, path string, site Site) bench.Run {
	t.Helper()
	kept := &record{}
	c := &Campaign{
		Platform: "linux", Site: site, Record: kept,
		Cells: []bench.Cell{{
			ID: "c", Mode: "hybrid", Path: path, Crypto: "hpke", Verify: bench.Full, Processes: 1,
			Parameters: bench.Parameters{Requests: 1, Arguments: bench.Arguments{"threshold_cents": int64(15_000)}},
		}},
		Runs: []bench.PlannedRun{{ID: "r", Cell: "c"}},
	}
	if _, err := c.Run(t.Context()); err != nil || len(kept.runs) != 1 {
		t.Fatalf("%v, %d runs", err, len(kept.runs))
	}
	return kept.runs[0]
}

// until waits until a condition holds, and tells whether it did.
func until(ctx context.Context, holds func() bool) bool {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
	return true
}

// counting prepares a question to a service's database, so that what has been done is known before its answer is there.
func counting(t *testing.T, deployment *Deployment, file, query string) func() int {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(deployment.Folder(), "services", file)+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	statement, err := db.Prepare(query)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = statement.Close() // only read
		_ = db.Close()
	})
	return func() int {
		var n int
		if err := statement.QueryRow().Scan(&n); err != nil {
			t.Error(err)
		}
		return n
	}
}

// Counts of what services have kept: trips that were booked, and processes whose read was answered.
func tripsOf(t *testing.T, deployment *Deployment) func() int {
	return counting(t, deployment, "taxi/transport_app.db", "SELECT count(*) FROM Viagens")
}

func readsOf(t *testing.T, deployment *Deployment) func() int {
	return counting(t, deployment, "store/compras.db", "SELECT count(*) FROM eaibench_sequence")
}

// hold keeps everybody else from writing to a service's database until it is released.
func hold(t *testing.T, deployment *Deployment, file string) (release func()) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(deployment.Folder(), "services", file)+"?mode=rw&_txlock=immediate&_pragma=busy_timeout(180000)")
	if err != nil {
		t.Error(err)
		return func() {}
	}
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Error(err)
		return func() { _ = db.Close() }
	}
	return func() {
		_ = tx.Rollback() // Nothing was written.
		_ = db.Close()
	}
}

// cutBehind breaks a link in front of the answer to what makes a count grow, and carries out a run meanwhile.
func cutBehind(t *testing.T, path string, site Site, link *links.Emulated, count func() int) bench.Run {
	t.Helper()
	var lost <-chan struct{}
	run := oneRun(t, path, meddling{site, func() func(context.Context) {
		before := count()
		lost = link.LoseAnswer(func() bool { return count() > before })
		return func(context.Context) {}
	}})
	select {
	case <-lost:
	default:
		t.Fatalf("nothing was done: %+v", run)
	}
	return run
}

// checkRepeated wants a run that is marked, since an operation's request was sent again, and that had each effect once.
func checkRepeated(t *testing.T, run bench.Run, watched *compiledOnce, operation string) {
	t.Helper()
	if run.Status != bench.Invalid || run.Check != "link" || !strings.HasPrefix(run.Reason, "request 0, "+operation+": sent again, since the connection broke: ") {
		t.Errorf("the run is %s, %s: %s", run.Status, run.Check, run.Reason)
	}
	if got, want := watched.after["r"], (effect{Trips: 1, Messages: 1, Accepted: 1}); got != want {
		t.Errorf("left behind are %+v, want %+v", got, want)
	}
}

// A link that breaks under way is in the run's status, and nothing is booked twice, whoever it is that sends the same request again:
// the launcher, or on the path direct the process. The service gives the answer that it has kept.
func TestLinkBreaks(t *testing.T) {
	watched, taxi := behindLink(t, "taxi", 40*time.Millisecond)
	trips, reads := tripsOf(t, watched.Deployment), readsOf(t, watched.Deployment)
	givenUp := map[string]string{
		bench.Relayed: "service taxi at https://" + taxi.Address() + " gives no answer",
		bench.Direct:  "the process failed at step post: taxi, sent 7 times: ",
	}
	for _, path := range []string{bench.Relayed, bench.Direct} {
		t.Run(path+", cut behind a booking", func(t *testing.T) {
			checkRepeated(t, cutBehind(t, path, watched, taxi, trips), watched, "write to service taxi")
		})
		// The taxi service cannot write until the link is cut, so that no answer gets through, however late the cut is.
		t.Run(path+", stays cut", func(t *testing.T) {
			cut := false
			run := oneRun(t, path, meddling{watched, func() func(context.Context) {
				release, before := hold(t, watched.Deployment, "taxi/transport_app.db"), reads()
				return func(ctx context.Context) {
					defer release()
					// The process is certified then, and has read: only its write is left for the link.
					if cut = until(ctx, func() bool { return reads() > before }); cut {
						taxi.Down()
					}
				}
			}})
			if !cut {
				t.Fatalf("nothing was read: %+v", run)
			}
			if run.Status != bench.Failed || !strings.HasPrefix(run.Reason, givenUp[path]) || !strings.Contains(run.Reason, " 7 times") {
				t.Errorf("the run is %s, %s: %s", run.Status, run.Check, run.Reason)
			}
			// Whether the write had arrived nobody could tell; it was no reason to do it twice, or to go on.
			if got := watched.after["r"]; got.Trips > 1 || got.Messages > 0 {
				t.Errorf("left behind are %+v", got)
			}
		})
		t.Run(path+", is there again", func(t *testing.T) {
			taxi.Up()
			run := oneRun(t, path, meddling{watched, func() func(context.Context) { return func(context.Context) {} }})
			if run.Status != bench.OK {
				t.Errorf("the run is %s: %s", run.Status, run.Reason)
			}
		})
	}
}

// On both paths a read is repeated as a write is.
func TestLinkBreaksBehindARead(t *testing.T) {
	watched, store := behindLink(t, "store", 40*time.Millisecond)
	reads := readsOf(t, watched.Deployment)
	for _, path := range []string{bench.Relayed, bench.Direct} {
		t.Run(path, func(t *testing.T) {
			checkRepeated(t, cutBehind(t, path, watched, store, reads), watched, "read to service store")
		})
	}
}

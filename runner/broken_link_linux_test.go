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

// meddling lets a test do something while a run is under way, and measures no links.
type meddling struct {
	Site
	meddle func(ctx context.Context)
}

func (m meddling) Execute(ctx context.Context, cell bench.Cell, run string) (*launcher.RunResult, error) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		m.meddle(ctx)
	}()
	defer func() { <-done }()
	defer cancel()
	return m.Site.Execute(ctx, cell, run)
}

// toTaxi is a retail whose taxi service is behind an emulated link.
func toTaxi(t *testing.T, rtt time.Duration) *Local {
	t.Helper()
	options := retail(t, reachable(t))
	options.Modes = []string{"hybrid"}
	options.Placement = &results.Placement{
		Target: "toronto", PlayedBy: map[string]string{"toronto": "local", "ijui": "local"},
		Services: []results.PlacedService{{Service: "store", Host: "toronto"}, {Service: "taxi", Host: "ijui"}, {Service: "whatsapp", Host: "toronto"}},
		Links:    []results.Link{{Between: [2]string{"toronto", "ijui"}, Emulated: true, Asked: links.Link{RTT: rtt}}},
	}
	local, err := StartLocal(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := local.Close(); err != nil {
			t.Error(err)
		}
	})
	return local
}

// oneRun carries out one run of one request above the threshold, and gives it.
func oneRun(t *testing.T, site Site) bench.Run {
	t.Helper()
	kept := &record{}
	c := &Campaign{
		Platform: "linux", Site: site, Record: kept,
		Cells: []bench.Cell{{
			ID: "c", Mode: "hybrid", Path: bench.Relayed, Crypto: "hpke", Verify: bench.Full, Processes: 1,
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

// counting prepares a question to a service's database that is answered in less time than a link takes.
func counting(t *testing.T, local *Local, file, query string) *sql.Stmt {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(local.Folder(), "services", file)+"?mode=ro")
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
	return statement
}

func count(t *testing.T, statement *sql.Stmt) int {
	var n int
	if err := statement.QueryRow().Scan(&n); err != nil {
		t.Error(err)
	}
	return n
}

// A link that breaks under way is in the run's status, and nothing is booked twice.
func TestLinkBreaks(t *testing.T) {
	local := toTaxi(t, time.Second) // An answer is on its way for half of it.
	watched := &effects{Local: local, t: t, after: map[string]effect{}}
	taxi := local.links.emulated["taxi"]
	trips := counting(t, local, "taxi/transport_app.db", "SELECT count(*) FROM Viagens")
	reads := counting(t, local, "store/compras.db", "SELECT count(*) FROM eaibench_sequence")
	// The launcher sends the same request again, the service gives the answer that it has kept, and one trip is booked.
	t.Run("cut behind a booking", func(t *testing.T) {
		cut := false
		run := oneRun(t, meddling{watched, func(ctx context.Context) {
			if cut = until(ctx, func() bool { return count(t, trips) > watched.trips }); cut {
				taxi.Down()
				taxi.Up()
			}
		}})
		if !cut {
			t.Fatalf("nothing was booked: %+v", run)
		}
		if run.Status != bench.Invalid || run.Check != "link" || !strings.HasPrefix(run.Reason, "request 0, write to service taxi: sent again, since the connection broke: ") {
			t.Errorf("the run is %s, %s: %s", run.Status, run.Check, run.Reason)
		}
		if got, want := watched.after["r"], (effect{Trips: 1, Messages: 1, Accepted: 1}); got != want {
			t.Errorf("left behind are %+v, want %+v", got, want)
		}
	})
	t.Run("stays cut", func(t *testing.T) {
		var run bench.Run
		// On a busy machine the read may be seen when the write is over; then it is tried again.
		for try := 0; try < 3 && (run.Status == "" || run.Status == bench.OK); try++ {
			taxi.Up()
			cut := false
			run = oneRun(t, meddling{watched, func(ctx context.Context) {
				before := count(t, reads)
				// The process is certified then, and has read: only its write is left for the link.
				if cut = until(ctx, func() bool { return count(t, reads) > before }); cut {
					taxi.Down()
				}
			}})
			if !cut {
				t.Fatalf("nothing was read: %+v", run)
			}
		}
		if run.Status != bench.Failed || !strings.HasPrefix(run.Reason, "service taxi at https://"+taxi.Address()+" gives no answer") || !strings.Contains(run.Reason, "asked 7 times") {
			t.Errorf("the run is %s, %s: %s", run.Status, run.Check, run.Reason)
		}
		// Whether the write had arrived nobody could tell; it was no reason to do it twice, or to go on.
		if got := watched.after["r"]; got.Trips > 1 || got.Messages > 0 {
			t.Errorf("left behind are %+v", got)
		}
	})
	t.Run("is there again", func(t *testing.T) {
		taxi.Up()
		if run := oneRun(t, meddling{watched, func(context.Context) {}}); run.Status != bench.OK {
			t.Errorf("the run is %s: %s", run.Status, run.Reason)
		}
	})
}

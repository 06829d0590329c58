package runner

import (
	"database/sql"
	"errors"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"eaibench/bench"
	"eaibench/hosts"
	"eaibench/hosts/ssh"
	"eaibench/hosts/ssh/sshtest"
	"eaibench/results"
)

// hour is longer than any test.
const hour = time.Hour

// plug is a campaign that is unplugged again and again, and goes on each time.
type plug struct {
	t       *testing.T
	server  *sshtest.Server
	parent  string // of the operator's folders
	work    string // folder on the other host
	record  *record
	options DeploymentOptions
}

func newPlug(t *testing.T, options func(*DeploymentOptions, Place)) *plug {
	p := &plug{t: t, server: sshtest.Start(t), parent: reachable(t), work: reachable(t), record: &record{}}
	p.options = retail(t, p.parent)
	p.options.Modes = []string{"hybrid"}
	options(&p.options, Place{Name: "board", WorkFolder: p.work, System: elsewhere(t, "board").System, Executable: executable(t)})
	return p
}

// at is a moment, and what is pulled then. The function arms it: of the host before anything is started, of the site when all is.
type at struct {
	name   string
	host   func(*plug, *unplugged)
	site   func(*plug, *pulled)
	after  bool // the run that is done comes before it
	silent bool // the person does not answer, so that a run does not end
	lost   bool // the host is, rather than a service alone
}

// pull carries the campaign on until the moment, and looks at how it ends and what it leaves.
func (p *plug) pull(moment at) {
	t := p.t
	t.Logf("--- %s", moment.name)
	host, deployment := p.open(moment)
	began, done := deployment != nil, len(p.record.runs)
	var err error
	if began {
		_, err = p.run(moment, deployment)
	} else {
		deployment, err = p.startFails(moment, host)
	}
	p.checkError(moment, err)
	if began {
		p.checkMarked(moment, done)
	}
	if deployment != nil {
		p.checkClosed(deployment)
	}
	if err := host.Close(); err != nil {
		t.Errorf("%s: leaving the host: %v", moment.name, err)
	}
	p.checkNothing(moment)
}

// open reaches the host, and starts the campaign on it unless the moment is one of the start.
func (p *plug) open(moment at) (*unplugged, *Deployment) {
	reached, err := ssh.New(p.server.Config("board"))
	if err != nil {
		p.t.Fatal(err)
	}
	host := &unplugged{reachedHost: reached}
	if moment.host != nil {
		moment.host(p, host)
		return host, nil
	}
	deployment, err := Deploy(p.t.Context(), p.placed(moment, host))
	if err != nil {
		p.t.Fatalf("%s: %v", moment.name, err)
	}
	return host, deployment
}

// placed are the options with the host.
func (p *plug) placed(moment at, host hosts.Host) DeploymentOptions {
	options := p.options
	if options.Target.Name != "" && options.Target.Name != LocalHost {
		options.Target.Host = host
	}
	options.Services = map[string]Place{}
	for id, place := range p.options.Services {
		place.Host = host
		options.Services[id] = place
	}
	if moment.silent {
		options.Outcome, options.SilenceLimit = "silent", hour
	}
	return options
}

func (p *plug) startFails(moment at, host *unplugged) (*Deployment, error) {
	deployment, err := Deploy(p.t.Context(), p.placed(moment, host))
	if err == nil {
		p.t.Errorf("%s: it was started", moment.name)
	}
	return deployment, err
}

func (p *plug) run(moment at, deployment *Deployment) (Outcome, error) {
	site := &pulled{Deployment: deployment, booked: func() int { return p.trips(deployment) }}
	site.compiles = site.launcherWorks
	c := &Campaign{
		Platform: "linux", Site: site, Record: p.record, Done: slices.Clone(p.record.runs), Events: slices.Clone(p.record.events),
		Cells: []bench.Cell{{
			ID: "hybrid", Mode: "hybrid", Path: bench.Relayed, Crypto: "hpke",
			Parameters: bench.Parameters{Requests: 1, Arguments: bench.Arguments{"threshold_cents": int64(15_000)}},
		}},
		Runs: []bench.PlannedRun{{ID: "r0", Cell: "hybrid"}, {ID: "r1", Cell: "hybrid", Position: 1, Iteration: 1}},
	}
	if moment.site != nil {
		if moment.after {
			c.Progress = func(Progress) { moment.site(p, site) }
		} else {
			moment.site(p, site)
		}
	}
	watched, unwatch := deployment.Watch(p.t.Context())
	defer unwatch()
	return c.Run(watched)
}

// trips counts what the service taxi has kept.
func (p *plug) trips(deployment *Deployment) int {
	db, err := sql.Open("sqlite", "file:"+deployment.placed["taxi"].in("services/taxi/transport_app.db")+"?mode=ro")
	if err != nil {
		p.t.Error(err)
		return 0
	}
	defer db.Close()
	var n int
	if err := db.QueryRow("SELECT count(*) FROM Viagens").Scan(&n); err != nil {
		return 0 // It is written to, or gone.
	}
	return n
}

// checkError looks at what is said of the loss: who failed, and where.
func (p *plug) checkError(moment at, err error) {
	target, ended := new(hosts.TargetError), new(componentEnded)
	switch {
	case err == nil:
		p.t.Errorf("%s: no error", moment.name)
	case moment.lost && (!errors.As(err, &target) || target.Host != "board"):
		p.t.Errorf("%s: no TargetError of board: %v", moment.name, err)
	case !moment.lost && (errors.As(err, &target) || !errors.As(err, &ended) || ended.host != "board" || !strings.Contains(err.Error(), "service/store on host board ended by itself (ended by SIGKILL)")):
		p.t.Errorf("%s: not the end of a component on board: %v", moment.name, err)
	}
}

// checkMarked looks at what is kept: runs that are whole, and a mark of the one that was lost.
func (p *plug) checkMarked(moment at, done int) {
	t, want := p.t, done
	if moment.after {
		want++
	}
	if len(p.record.runs) != want {
		t.Errorf("%s: kept %q, want %d runs", moment.name, p.record.endings(), want)
	}
	for _, run := range p.record.runs {
		if run.Status != bench.OK {
			t.Errorf("%s: kept %q", moment.name, p.record.endings())
		}
	}
	var last []results.Event
	if n := len(p.record.events); n >= 2 {
		last = p.record.events[n-2:]
	}
	if len(last) != 2 || last[0].Lost == nil || last[1].Ended == nil || last[1].Ended.Reason != results.EndFailed {
		t.Fatalf("%s: the last events are %+v", moment.name, last)
	}
	loss, failed := *last[0].Lost, results.HarnessFailed
	if moment.lost {
		failed = results.TargetFailed
	}
	if loss.Failed != failed || loss.Host != "board" || loss.Run != "r"+strconv.Itoa(want) || loss.Text == "" {
		t.Errorf("%s: marked with %+v", moment.name, loss)
	}
}

// checkClosed ends what was started, and looks whether it is reached still.
func (p *plug) checkClosed(deployment *Deployment) {
	checkNothingOf(p.t, deployment)
	for _, stage := range deployment.others {
		for what, forwarding := range stage.forwards {
			<-forwarding.Done()
			if connection, err := net.Dial("tcp", forwarding.Address()); err == nil {
				connection.Close()
				p.t.Errorf("%s is forwarded still", what)
			}
		}
	}
}

// checkNothing looks for what is left on both hosts when they have been left.
func (p *plug) checkNothing(moment at) {
	t := p.t
	for _, folder := range []string{p.parent, p.work} {
		if left := processesNaming(t, folder); len(left) > 0 {
			t.Errorf("%s: still running: %q", moment.name, left)
		}
	}
	if left, err := os.ReadDir(p.parent); err != nil || len(left) > 0 {
		t.Errorf("%s: left here: %v, %v", moment.name, left, err)
	}
	if left := leftIn(t, p.work); len(left) > 1 || len(left) == 1 && !strings.HasPrefix(left[0], "/bin/eaibench-") {
		t.Errorf("%s: left there: %q", moment.name, left)
	}
	p.server.Until("nothing serves a connection", func() bool { return len(p.server.Children()) == 0 })
}

// complete carries the campaign to its end.
func (p *plug) complete() {
	p.t.Log("--- to the end")
	host, deployment := p.open(at{name: "to the end"})
	outcome, err := p.run(at{}, deployment)
	if err != nil || outcome[bench.OK] != 2 || len(p.record.runs) != 2 {
		p.t.Errorf("got %v, %v:\n%s", outcome, err, strings.Join(p.record.endings(), "\n"))
		printLogs(p.t, deployment)
	}
	p.checkClosed(deployment)
	if err := host.Close(); err != nil {
		p.t.Error(err)
	}
	p.checkNothing(at{name: "to the end"})
}

// once is a function that does nothing when it is called again.
func once(do func()) func() {
	var done atomic.Bool
	return func() {
		if done.CompareAndSwap(false, true) {
			do()
		}
	}
}

// cut cuts the connections to the host.
func (p *plug) cut() func() { return once(p.server.Cut) }

// killService kills the process of the service store.
func killService(t *testing.T, deployment *Deployment) {
	for _, service := range deployment.services {
		if service.id == "store" {
			if err := syscall.Kill(service.component.pid, syscall.SIGKILL); err != nil {
				t.Error(err)
			}
		}
	}
}

// The connection to the target is cut at five moments and one more: each time the run under way is marked and nothing remains on either host; it
// goes on, and is whole in the end.
func TestTargetIsUnplugged(t *testing.T) {
	p := newPlug(t, func(options *DeploymentOptions, board Place) { options.Target = board })
	for _, moment := range []at{
		{name: "while eaibench is copied", lost: true, host: func(p *plug, u *unplugged) { u.copying = p.cut() }},
		{name: "while components start", lost: true, host: func(p *plug, u *unplugged) {
			cut := p.cut()
			u.started = func(command hosts.Command, _ hosts.Process) {
				if slices.Contains(command.Args, "store") {
					cut()
				}
			}
		}},
		{name: "while a program is compiled", lost: true, site: func(p *plug, s *pulled) { s.compiling = p.cut() }},
		{name: "between two runs", lost: true, after: true, site: func(p *plug, _ *pulled) { p.cut()() }},
		{name: "in a run", lost: true, silent: true, site: func(p *plug, s *pulled) { s.writing = p.cut() }},
	} {
		p.pull(moment)
	}
	p.complete()
}

// Services are on another host. Each of five times the service's process, or the connection to its host, is lost.
func TestServiceHostIsStopped(t *testing.T) {
	p := newPlug(t, func(options *DeploymentOptions, board Place) {
		options.Services = map[string]Place{"store": board, "whatsapp": board}
	})
	for _, moment := range []at{
		{name: "while it starts", host: func(p *plug, u *unplugged) {
			// It stops, however late it is killed: it would have started by then.
			u.starting = func(command *hosts.Command) {
				if slices.Contains(command.Args, "store") {
					command.Args = append([]string{"/bin/sh", "-c", `kill -STOP $$; exec "$@"`, "sh"}, command.Args...)
				}
			}
			u.started = func(command hosts.Command, process hosts.Process) {
				if slices.Contains(command.Args, "store") {
					if err := syscall.Kill(process.PID(), syscall.SIGKILL); err != nil {
						p.t.Error(err)
					}
				}
			}
		}},
		{name: "before it is read", site: func(p *plug, s *pulled) { s.executing = once(func() { killService(p.t, s.Deployment) }) }},
		{name: "while it is written to", lost: true, silent: true, site: func(p *plug, s *pulled) { s.writing = p.cut() }},
		{name: "between two runs", after: true, site: func(p *plug, s *pulled) { killService(p.t, s.Deployment) }},
		{name: "when its data are reset", lost: true, site: func(p *plug, s *pulled) { s.resetting = p.cut() }},
	} {
		p.pull(moment)
	}
	p.complete()
}

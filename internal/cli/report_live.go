package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/urfave/cli/v2"

	"eaibench/bench"
	"eaibench/internal/livepage"
	page "eaibench/plots/report"
	"eaibench/results"
)

const (
	// leastWait is how long a live report is at least as it is, and waitShare how many times as long as it took to make: whoever looks
	// at a campaign disturbs it for a twentieth of the time at most.
	leastWait = 5 * time.Second
	waitShare = 20
)

// serveReport shows a campaign until a signal comes.
func serveReport(c *cli.Context, folder string) error {
	live := newLiveReport(folder)
	if _, err := live.News(); err != nil {
		return badInput("%w", err)
	}
	server := livepage.New(live, c.Bool("beyond-loopback"))
	listener, err := server.Listen(c.Context, c.String("listen"))
	switch {
	case errors.Is(err, livepage.ErrBeyondLoopback):
		return badInput("%w: say --beyond-loopback if they may; there is no password", err)
	case err != nil:
		return badInput("%w", err)
	}
	fmt.Fprintf(c.App.Writer, "http://%s/\n", listener.Addr())
	if err := server.Serve(c.Context, listener); err != nil {
		return failed("%w", err)
	}
	return nil
}

// liveReport is a campaign's page while it is carried out: livepage.Source.
type liveReport struct {
	folder string
	now    func() time.Time

	progress sync.Mutex // of what follows
	stamp    string
	data     *results.Data // without samples
	next     page.Progress
	// shown is the stamp of the newest page's campaign, wait how long it has to last from since on.
	shown string
	since time.Time
	wait  time.Duration

	making sync.Mutex // of what follows
	made   []byte
	number int
}

func newLiveReport(folder string) *liveReport { return &liveReport{folder: folder, now: time.Now} }

// News is how far the campaign is, and which page is the newest.
func (l *liveReport) News() ([]byte, error) {
	l.progress.Lock()
	defer l.progress.Unlock()
	stamp := results.Stamp(l.folder)
	if l.data == nil || stamp != l.stamp {
		data, err := results.ReadRuns(l.folder)
		if err != nil {
			return nil, err
		}
		number := l.next.Page
		l.stamp, l.data, l.next = stamp, data, progressOf(data)
		l.next.Page = number
	}
	if l.shown != l.stamp && (l.next.Page == 0 || l.next.Over || l.now().Sub(l.since) >= l.wait) {
		l.next.Page++
		l.shown, l.since, l.wait = l.stamp, l.now(), leastWait
	}
	return json.Marshal(l.next)
}

// Page is the newest page, made when somebody asks for it.
func (l *liveReport) Page() ([]byte, error) {
	if _, err := l.News(); err != nil {
		return nil, err
	}
	l.making.Lock()
	defer l.making.Unlock()
	l.progress.Lock()
	progress := l.next
	l.progress.Unlock()
	if progress.Page == l.number {
		return l.made, nil
	}
	began := l.now()
	made, err := livePage(l.folder, progress)
	if err != nil {
		return nil, err
	}
	l.made, l.number = made, progress.Page
	l.progress.Lock()
	l.since = l.now()
	l.wait = max(leastWait, waitShare*l.since.Sub(began))
	l.progress.Unlock()
	return made, nil
}

func livePage(folder string, progress page.Progress) ([]byte, error) {
	data, err := results.Read(folder)
	if err != nil {
		return nil, err
	}
	options, err := reportOptions(data, folder)
	if err != nil {
		return nil, err
	}
	options.Progress = &progress
	var text bytes.Buffer
	err = page.Write(&text, data, options)
	return text.Bytes(), err
}

// progressOf says how far a campaign is.
func progressOf(data *results.Data) page.Progress {
	left, notOK := newEstimate(data.Campaign), 0
	for _, run := range data.Runs {
		left.add(run)
		if run.Status != bench.OK {
			notOK++
		}
	}
	p := page.Progress{Done: len(data.Runs), Planned: len(data.Campaign.Runs), Over: data.Complete}
	p.Text = fmt.Sprintf("%d of %s", p.Done, counted(p.Planned, "run"))
	if notOK > 0 {
		p.Text += fmt.Sprintf(", %d not ok", notOK)
	}
	end := results.EndOf(data.Events)
	switch remaining := left.remaining(); {
	case data.Complete:
		p.Text += "; complete"
	case end != nil:
		p.Text += fmt.Sprintf("; not carried on since %s (%s)", data.Events[len(data.Events)-1].Time.UTC().Format("15:04:05 MST"), end.Reason)
	case remaining > 0 && data.Campaign.Until != nil:
		p.Text += "; at most " + durationText(remaining) + " left"
	case remaining > 0:
		p.Text += "; about " + durationText(remaining) + " left"
	}
	return p
}

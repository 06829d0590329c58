package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"eaibench/bench"
	"eaibench/results"
	"eaibench/runner"
)

const (
	widestBar    = 30          // characters
	narrowestBar = 10          // one shorter says nothing
	usualWidth   = 80          // columns, of a terminal that does not say
	leftEvery    = time.Minute // between two plain lines that say how long it will take
	clearLine    = "\r\x1b[2K"
	filled, open = "█", "░"
)

// display tells a person how a campaign goes: on a terminal one line that is drawn anew, elsewhere a line a run. Runs that are
// not ok stay above it. It draws when a run begins or ends and at no other time: nothing is to happen beside a run that is
// measured.
type display struct {
	mu       sync.Mutex
	w        io.Writer
	columns  func() int // of the terminal; nil: it is none
	quiet    bool       // only what went wrong, and what a person asked for, is said
	now      func() time.Time
	left     *estimate
	saidLeft time.Time

	until                *results.Until // the rule when to stop, nil without one
	lookedAt             string         // what the newest look found
	planned, done, notOK int
	current              string // the run under way
	drawn                bool   // the line is on the terminal
}

// newDisplay begins with the runs that are done already.
func newDisplay(w io.Writer, quiet bool, campaign *results.Campaign, done []bench.Run) *display {
	d := &display{w: w, columns: widthOf(w), quiet: quiet, now: time.Now, left: newEstimate(campaign), planned: len(campaign.Runs), until: campaign.Until}
	d.saidLeft = d.now()
	for _, run := range done {
		d.count(run)
	}
	return d
}

// widthOf gives a function that tells how wide the terminal is behind w; nil, if it is none that can draw a line anew.
func widthOf(w io.Writer) func() int {
	file, ok := w.(*os.File)
	if !ok || os.Getenv("TERM") == "dumb" {
		return nil
	}
	columns := func() (int, error) {
		size, err := unix.IoctlGetWinsize(int(file.Fd()), unix.TIOCGWINSZ)
		if err != nil {
			return 0, err
		}
		return int(size.Col), nil
	}
	if _, err := columns(); err != nil {
		return nil
	}
	return func() int {
		if n, err := columns(); err == nil && n > 0 {
			return n
		}
		return usualWidth
	}
}

func (d *display) count(run bench.Run) {
	d.done++
	if run.Status != bench.OK {
		d.notOK++
	}
	d.left.add(run)
}

// note says what is good to know.
func (d *display) note(format string, args ...any) {
	if !d.quiet {
		d.say(format, args...)
	}
}

// say writes a line that stays.
func (d *display) say(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.above(fmt.Sprintf(format, args...) + "\n")
}

// above writes lines that stay, above the one that is drawn anew.
func (d *display) above(text string) {
	drawn := d.drawn
	d.wipe()
	fmt.Fprint(d.w, text)
	if drawn {
		d.draw()
	}
}

// begin is told that a run begins.
func (d *display) begin(run bench.PlannedRun) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.current = run.ID
	d.draw()
}

// compiling is told that the program is being compiled in a mode, before its first run, or that it was.
func (d *display) compiling(mode string, over bool) {
	if d.columns == nil {
		if !over {
			d.note("compiling for %s", mode)
		}
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	const doing = ", compiling"
	d.current = strings.TrimSuffix(d.current, doing)
	if !over {
		d.current += doing
	}
	d.draw()
}

// end is told that a run is kept.
func (d *display) end(p runner.Progress) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.count(p.Run)
	d.current = ""
	if p.Run.Status == bench.OK && (d.quiet || d.columns != nil) {
		d.draw()
		return
	}
	var line strings.Builder
	printProgress(&line, p)
	text := line.String()
	if left, now := d.left.remaining(), d.now(); d.columns == nil && !d.quiet && left > 0 && now.Sub(d.saidLeft) >= leftEvery {
		d.saidLeft = now
		text = strings.TrimSuffix(text, "\n") + "  (about " + durationText(left) + " left" + d.atMost() + ")\n"
	}
	d.above(text)
}

// looked is told what a look found. On a terminal it stays in the line until the next.
func (d *display) looked(look results.Look) {
	text := fmt.Sprintf("look at %d runs: %s", look.Runs, lookText(look, d.until.Precision))
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lookedAt = text
	switch {
	case d.quiet:
	case d.columns != nil:
		d.draw()
	default:
		fmt.Fprintln(d.w, text)
	}
}

// lookText says in a few words how far a look's widest interval is from the precision asked.
func lookText(look results.Look, precision float64) string {
	widest := 0.0
	for _, width := range look.Widths {
		if width.HalfWidth == nil {
			return "too few runs"
		}
		widest = max(widest, *width.HalfWidth)
	}
	return fmt.Sprintf("± %s, asked ± %s", runner.Percent(widest), runner.Percent(precision))
}

// atMost follows the time left where fewer runs may be enough.
func (d *display) atMost() string {
	if d.until == nil {
		return ""
	}
	return " at most"
}

// finish takes the line off the terminal.
func (d *display) finish() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.wipe()
}

func (d *display) wipe() {
	if d.drawn {
		fmt.Fprint(d.w, clearLine)
		d.drawn = false
	}
}

func (d *display) draw() {
	if d.quiet || d.columns == nil {
		return
	}
	fmt.Fprint(d.w, clearLine+d.line(d.columns()))
	d.drawn = true
}

// line is what is drawn, shorter than so many columns, since some terminals begin a new line when one is full.
func (d *display) line(columns int) string {
	text := fmt.Sprintf("%d/%d", d.done, d.planned)
	if d.notOK > 0 {
		text += fmt.Sprintf("  %d not ok", d.notOK)
	}
	if left := d.left.remaining(); left > 0 {
		text += "  " + durationText(left) + " left" + d.atMost()
	}
	if d.lookedAt != "" {
		text += "  " + d.lookedAt
	}
	if d.current != "" {
		text += "  " + d.current
	}
	bar := ""
	if width := min(widestBar, columns/3); width >= narrowestBar {
		full := width * d.done / max(1, d.planned)
		bar = strings.Repeat(filled, full) + strings.Repeat(open, width-full) + " "
	}
	line := []rune(bar + text)
	return string(line[:min(len(line), max(0, columns-1))])
}

package reporttest

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is how long a browser may take for all that a test asks of it, on a machine that is busy.
const patience = 3 * time.Minute

// narrow is the width below which a window is a phone's.
const narrow = 500

// Browser is a Chromium of its own; it ends with the test.
type Browser struct {
	t   testing.TB
	ctx context.Context
}

// Start starts a browser. A test cannot go on without one: `scripts/setup.sh test` installs it.
func Start(t testing.TB) *Browser {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox, // tests run as root, and open nothing but pages made here
		chromedp.WSURLReadTimeout(time.Minute),
		chromedp.Flag("disable-dev-shm-usage", true),
	)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Run(ctx); err != nil {
		t.Fatalf("Chromium does not start (scripts/setup.sh test installs it): %v", err)
	}
	return &Browser{t, ctx}
}

// Tab is a page that is open.
type Tab struct {
	t   testing.TB
	ctx context.Context

	mu         sync.Mutex
	complaints []string
}

// Open opens a page in a window of a width, in CSS pixels, with or without scripts, and waits until it is loaded.
func (b *Browser) Open(url string, width int64, scripts bool) *Tab {
	b.t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	b.t.Cleanup(cancel)
	tab := &Tab{t: b.t, ctx: ctx}
	chromedp.ListenTarget(ctx, tab.listen)
	var options []chromedp.EmulateViewportOption
	if width < narrow {
		options = append(options, chromedp.EmulateMobile)
	}
	tab.Do(
		log.Enable(), runtime.Enable(), emulation.SetScriptExecutionDisabled(!scripts),
		chromedp.EmulateViewport(width, 800, options...), chromedp.Navigate(url),
	)
	return tab
}

// listen keeps what the browser complains of: errors and warnings on the console, exceptions, what the page's policy stopped.
func (tab *Tab) listen(event any) {
	complain := func(format string, args ...any) {
		tab.mu.Lock()
		defer tab.mu.Unlock()
		tab.complaints = append(tab.complaints, fmt.Sprintf(format, args...))
	}
	switch event := event.(type) {
	case *runtime.EventExceptionThrown:
		complain("exception: %s", event.ExceptionDetails.Error())
	case *runtime.EventConsoleAPICalled:
		complain("console %s: %v", event.Type, event.Args)
	case *log.EventEntryAdded:
		complain("%s %s: %s", event.Entry.Level, event.Entry.Source, event.Entry.Text)
	}
}

// Complaints are those so far.
func (tab *Tab) Complaints() []string {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	return append([]string(nil), tab.complaints...)
}

// Do has the browser do what is asked, or ends the test.
func (tab *Tab) Do(actions ...chromedp.Action) {
	tab.t.Helper()
	if err := chromedp.Run(tab.ctx, actions...); err != nil {
		tab.t.Fatalf("the browser: %v; it complained of %q", err, tab.Complaints())
	}
}

// Ask evaluates an expression of JavaScript into what result points to. It works where the page's own scripts are off.
func (tab *Tab) Ask(expression string, result any) {
	tab.t.Helper()
	tab.Do(chromedp.Evaluate(expression, result))
}

// Text is what an expression gives, as text.
func (tab *Tab) Text(expression string) string {
	tab.t.Helper()
	var text string
	tab.Ask("String("+expression+")", &text)
	return text
}

// WaitFor waits until an expression is true. It asks from outside: pages forbid to make code of text, as chromedp.Poll does.
func (tab *Tab) WaitFor(expression string) {
	tab.t.Helper()
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(50 * time.Millisecond) {
		var done bool
		tab.Ask("Boolean("+expression+")", &done)
		if done {
			return
		}
	}
	tab.t.Fatalf("it never came that %s; the browser complained of %q", expression, tab.Complaints())
}

// Faint is text that stands out too little from what is behind it.
type Faint struct {
	Text  string  `json:"text"`
	Tag   string  `json:"tag"`
	Ratio float64 `json:"ratio"`
	Least float64 `json:"least"`
}

//go:embed contrast.js
var contrast string

// Contrast looks at every text of the page, that of closed parts and of drawings included, and gives how many there are and those with
// less contrast than WCAG 2.2 asks for at level AA (success criterion 1.4.3): 4.5, or 3 for large text.
func (tab *Tab) Contrast() (looked int, faint []Faint) {
	tab.t.Helper()
	var text string
	tab.Ask(contrast, &text)
	var found struct {
		Looked int     `json:"looked"`
		Faint  []Faint `json:"faint"`
	}
	if err := json.NewDecoder(strings.NewReader(text)).Decode(&found); err != nil {
		tab.t.Fatalf("contrast: %v", err)
	}
	return found.Looked, found.Faint
}

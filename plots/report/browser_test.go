package report

import (
	"context"
	"strings"
	"testing"

	printer "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"eaibench/plots/report/reporttest"
)

const (
	desktop = 1200
	phone   = 360 // CSS pixels, the narrowest that is common
	ready   = `document.body.dataset.ready`
	point   = `document.getElementById("point").textContent`
)

// choose has a control of the page changed as a person does.
func choose(tab *reporttest.Tab, id, value string) {
	tab.Do(chromedp.Evaluate(`(() => { const node = document.getElementById("`+id+`"); node.value = "`+value+`"; node.dispatchEvent(new Event("change", { bubbles: true })); })()`, nil))
}

// The page as a reader has it, with scripts: what is chosen is drawn, a point says which run it is, by pointer and by keys; nothing
// is complained of.
func TestPageInBrowser(t *testing.T) {
	browser := reporttest.Start(t)
	data := madeUp()
	tab := browser.Open(saved(t, written(t, data, options(t, data))), desktop, true)
	tab.WaitFor(ready)

	check := func(what, expression, want string) {
		t.Helper()
		if got := tab.Text(expression); got != want {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	check("all runs that count", point, "120 runs of 10 cells.")
	check("heading", `document.querySelector("#chart svg").getAttribute("aria-label")`, "execute_total of 120 runs in 10 cells")
	choose(tab, "mode", "1")
	check("one mode", point, "24 runs of 2 cells.")
	choose(tab, "cells", "0")
	check("one group", point, "12 runs of 1 cell.")
	tab.Do(chromedp.Click("#warm", chromedp.ByID))
	check("warm-up too", point, "13 runs of 1 cell.")
	memory := tab.Text(`[...document.getElementById("metric").options].find((one) => one.text.startsWith("memory.proportional ")).value`)
	choose(tab, "metric", memory)
	check("another metric", `document.querySelector("#chart svg text").textContent`, "memory.proportional of integration_process, KiB; n = 13 runs")
	choose(tab, "path", "relayed")
	check("a path", point, "13 runs of 1 cell.")

	// By keys: the first run, the next, the last.
	tab.Do(chromedp.Focus("#chart svg", chromedp.ByQuery), chromedp.KeyEvent(kb.Home))
	first := tab.Text(point)
	if !strings.HasPrefix(first, "Run r0") || !strings.Contains(first, "-purecap: ") || !strings.Contains(first, "block 0") || !strings.Contains(first, "warm-up") {
		t.Errorf("the first run says %q", first)
	}
	tab.Do(chromedp.KeyEvent(kb.ArrowRight))
	if second := tab.Text(point); second == first || !strings.Contains(second, "block 1,") {
		t.Errorf("the second run says %q", second)
	}
	tab.Do(chromedp.KeyEvent(kb.End))
	if last := tab.Text(point); !strings.Contains(last, "block 12,") {
		t.Errorf("the last run says %q", last)
	}
	// By pointer: whatever is drawn at a marker is what is said of it.
	choose(tab, "along", "order")
	check("order", point, "13 runs of 1 cell.")
	var at []float64
	tab.Ask(`(() => { const path = [...document.querySelectorAll("#chart path")].at(-1).getAttribute("d"), [x, y] = path.slice(1).split(/[ma]/)[0].split(" ").map(Number);
		const svg = document.querySelector("#chart svg"); svg.scrollIntoView({ block: "center" }); const box = svg.getBoundingClientRect(), factor = box.width / svg.viewBox.baseVal.width;
		return [box.left + x * factor, box.top + y * factor]; })()`, &at)
	tab.Do(chromedp.MouseEvent("mouseMoved", at[0], at[1]))
	check("the run at the pointer", point, first)

	if complaints := tab.Complaints(); len(complaints) > 0 {
		t.Errorf("the browser complains: %q", complaints)
	}
}

// Every text can be read, with parts open and closed, with scripts and without; nothing is wider than a phone.
func TestPageCanBeRead(t *testing.T) {
	browser := reporttest.Start(t)
	data := madeUp()
	fail(&data.Runs[1])
	o := options(t, data)
	o.Progress = nil
	address := saved(t, written(t, data, o))
	for _, test := range []struct {
		name    string
		width   int64
		scripts bool
	}{{"desktop", desktop, true}, {"phone", phone, true}, {"without scripts", desktop, false}, {"phone without scripts", phone, false}} {
		t.Run(test.name, func(t *testing.T) {
			tab := browser.Open(address, test.width, test.scripts)
			if test.scripts {
				tab.WaitFor(ready)
			}
			if hidden := tab.Text(`document.getElementById("explore").hidden`); (hidden == "true") == test.scripts {
				t.Errorf("the part for scripts is hidden: %s", hidden)
			}
			for _, open := range []string{"as it is", "all open"} {
				if open == "all open" {
					tab.Do(chromedp.Evaluate(`document.querySelectorAll("details").forEach((one) => { one.open = true; })`, nil))
				}
				var wide int64
				if tab.Ask(`document.documentElement.scrollWidth`, &wide); wide > test.width {
					t.Errorf("%s: the page is %d wide: %s", open, wide, tab.Text(`[...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > innerWidth && !one.closest("figure, pre")).map((one) => one.tagName + "." + one.className + "#" + one.id).slice(0, 5).join(" ")`))
				}
				looked, faint := tab.Contrast()
				if looked < 200 {
					t.Errorf("%s: contrast of %d texts alone was looked at", open, looked)
				}
				for _, one := range faint {
					t.Errorf("%s: %s %q has a contrast of %.2f, want %.1f", open, one.Tag, one.Text, one.Ratio, one.Least)
				}
			}
			for _, essential := range []string{"What does the protection cost?", "Altogether:", "stand-in, not CHERI", "How to run it again"} {
				if !strings.Contains(tab.Text(`document.body.innerText`), essential) {
					t.Errorf("%q is not to be seen", essential)
				}
			}
			if complaints := tab.Complaints(); len(complaints) > 0 {
				t.Errorf("the browser complains: %q", complaints)
			}
		})
	}
}

// The contrast of texts is really looked at.
func TestContrastFindsFaintText(t *testing.T) {
	tab := reporttest.Start(t).Open(saved(t, `<!DOCTYPE html><body style="background:#fff"><p style="color:#777">faint</p><p style="color:#767676">just</p>
		<div style="background:#000"><p style="color:rgba(255,255,255,.3)">through</p></div><svg><text fill="#ccc">drawn</text></svg><p style="color:#777;font-size:24px">large</p></body>`), desktop, true)
	looked, faint := tab.Contrast()
	var found []string
	for _, one := range faint {
		found = append(found, one.Text)
	}
	if looked != 5 || strings.Join(found, " ") != "faint through drawn" {
		t.Errorf("of %d texts faint are %q", looked, found)
	}
}

// On paper everything is there, what is closed on the screen too, and it is black on white on as many sheets as it needs.
func TestPageOnPaper(t *testing.T) {
	browser := reporttest.Start(t)
	data := madeUp()
	tab := browser.Open(saved(t, written(t, data, options(t, data))), desktop, true)
	tab.WaitFor(ready)
	var paper []byte
	tab.Do(chromedp.ActionFunc(printed(&paper)))
	if sheets := strings.Count(string(paper), "/Type /Page\n"); sheets < 3 || sheets > 40 {
		t.Errorf("the page is on %d sheets of %d bytes", sheets, len(paper))
	}
	if loaded := tab.Text(`[...document.images].map((one) => one.complete && one.naturalWidth > 0).join()`); loaded != "true" {
		t.Errorf("figures that are printed: %s", loaded)
	}
	closed := `document.querySelectorAll("details:not([open])").length`
	before := tab.Text(closed)
	tab.Do(chromedp.Evaluate(`dispatchEvent(new Event("beforeprint"))`, nil))
	if left := tab.Text(closed); left != "0" || before == "0" {
		t.Errorf("closed are %s parts, for printing %s", before, left)
	}
	tab.Do(chromedp.Evaluate(`dispatchEvent(new Event("afterprint"))`, nil))
	if after := tab.Text(closed); after != before {
		t.Errorf("closed are %s parts, after printing %s", before, after)
	}
}

// Texts of a campaign that would be more than text do nothing.
func TestHostileCampaignInBrowser(t *testing.T) {
	data := madeUp()
	spoil(data)
	tab := reporttest.Start(t).Open(saved(t, written(t, data, options(t, data))), phone, true)
	tab.WaitFor(ready)
	tab.Do(chromedp.Focus("#chart svg", chromedp.ByQuery), chromedp.KeyEvent(kb.End))
	if !strings.Contains(tab.Text(point), "<script>hacked=1</script>") {
		t.Errorf("a run says %q", tab.Text(point))
	}
	if got := tab.Text(`[typeof hacked, document.querySelectorAll("img[src=x], [onclick], [onerror]").length, document.scripts.length].join()`); got != "undefined,0,2" {
		t.Errorf("hostile text is more than text: %s", got)
	}
	if wide := tab.Text(`document.documentElement.scrollWidth`); wide != "360" {
		t.Errorf("hostile text makes the page %s wide", wide)
	}
	if complaints := tab.Complaints(); len(complaints) > 0 {
		t.Errorf("the browser complains: %q", complaints)
	}
}

// What the page does not contain does not run.
func TestPolicyHolds(t *testing.T) {
	data := madeUp()
	text := strings.Replace(written(t, data, Options{}), "</main>", `<script>document.title = "foreign"</script><b id="b" onclick="document.title = 'handler'">b</b></main>`, 1)
	tab := reporttest.Start(t).Open(saved(t, text), desktop, true)
	tab.WaitFor(ready)
	tab.Do(chromedp.Click("#b", chromedp.ByID))
	if title := tab.Text("document.title"); !strings.HasPrefix(title, "Numbers") {
		t.Errorf("the title is %q", title)
	}
	if complaints := strings.Join(tab.Complaints(), "\n"); !strings.Contains(complaints, "Content Security Policy") {
		t.Errorf("the browser complains of %q", complaints)
	}
}

// printed is what a printer would get, with the parts that are closed.
func printed(paper *[]byte) func(context.Context) error {
	return func(ctx context.Context) (err error) {
		*paper, _, err = printer.PrintToPDF().WithPrintBackground(false).Do(ctx)
		return err
	}
}

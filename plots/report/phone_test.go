package report

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"eaibench/bench"
	"eaibench/plots"
	"eaibench/plots/report/reporttest"
	"eaibench/scenarios/figure"
)

// On a phone nothing of a figure or a table is cut off without a word: what is wider than the window can be moved within its own box, is
// large enough to be read there, and a text says that there is more; on a desktop there is no such text.
func TestWhatIsWiderThanAPhone(t *testing.T) {
	const ordinary = 390
	browser := reporttest.Start(t)
	data := madeUp()
	o := options(t, data)
	source, err := plots.NewSource(data)
	if err != nil {
		t.Fatal(err)
	}
	for id, size := range map[string]figure.Size{"small": figure.OneColumn, "large": 400} {
		entry := plots.BoxOf(bench.ExecuteTotal())
		entry.ID, entry.Size = id, size
		drawn, err := plots.Draw(source, entry)
		if err != nil {
			t.Fatal(err)
		}
		o.Figures = append(o.Figures, drawn)
	}
	address := saved(t, written(t, data, o))
	for _, width := range []int64{phone, ordinary, desktop} {
		tab := browser.Open(address, width, false)
		var pictures []struct {
			Name                   string
			Scale                  float64
			Wider, Moves, HintSeen bool
		}
		tab.Ask(`[...document.querySelectorAll("figure.picture")].map((figure) => {
			const image = figure.querySelector("img"), box = image.parentElement, hint = figure.querySelector(".hint");
			return { Name: figure.id, Scale: image.getBoundingClientRect().width / image.getAttribute("width"), Wider: image.getBoundingClientRect().width > innerWidth,
				Moves: box.scrollWidth > box.clientWidth && getComputedStyle(box).overflowX === "auto" && box.tabIndex === 0, HintSeen: !!hint && hint.getBoundingClientRect().height > 0 };
		})`, &pictures)
		if len(pictures) != 3 {
			t.Fatalf("%d figures", len(pictures))
		}
		for _, one := range pictures {
			const legible = 0.9 // of the size for which the figure's letters are made
			wide := one.Name == "figure-large" || width < desktop && one.Name != "figure-small"
			if one.Scale < legible || one.Scale > 1.01 || one.Wider != wide || one.Moves != wide || one.HintSeen != wide {
				t.Errorf("at %d: %+v", width, one)
			}
		}
		var cut []string
		tab.Ask(`[...document.querySelectorAll("caption")].filter((one) => one.getBoundingClientRect().width > innerWidth).map((one) => one.textContent)`, &cut)
		if len(cut) > 0 {
			t.Errorf("at %d captions are wider than the window: %q", width, cut)
		}
	}
}

// Prose has the whole width of a phone: a column of it would be a word wide.
func TestProseOnPhone(t *testing.T) {
	browser := reporttest.Start(t)
	data := madeUp()
	tab := browser.Open(saved(t, written(t, data, options(t, data))), phone, false)
	var narrowest, widest, rows float64
	cells := `[...document.querySelectorAll("#audit td, #audit caption")].map((one) => one.getBoundingClientRect())`
	tab.Ask(cells+`.length`, &rows)
	tab.Ask(`Math.min(...`+cells+`.map((one) => one.width))`, &narrowest)
	tab.Ask(`Math.max(...`+cells+`.map((one) => one.right))`, &widest)
	if rows < 4 || narrowest < phone/2 || widest > phone {
		t.Errorf("%v cells of the audit are %v wide at the least, and reach to %v", rows, narrowest, widest)
	}
	titles := tab.Text(`[...document.querySelectorAll("#audit tr:last-child td")].map((one) => getComputedStyle(one, "::before").content).join(" ")`)
	for _, want := range []string{"check", "threat", "evidence", "what to do"} {
		if !strings.Contains(titles, want) {
			t.Errorf("cells are called %s, not %s", titles, want)
		}
	}
	tab.Do(chromedp.EmulateViewport(desktop, 800))
	if display := tab.Text(`getComputedStyle(document.querySelector("#audit td")).display`); display != "table-cell" {
		t.Errorf("on a desktop a cell is a %s", display)
	}
}

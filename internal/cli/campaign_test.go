package cli

import (
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"eaibench/results"
)

func makesCampaign(script *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) < 1 {
		script.Fatalf("usage: campaign DIR [FACTOR] [incomplete] [target=TARGET]")
	}
	placed := func(*results.Campaign) {}
	if target, found := strings.CutPrefix(args[len(args)-1], "target="); found {
		placed = func(c *results.Campaign) { c.Placement = &results.Placement{Target: target} }
		args = args[:len(args)-1]
	}
	slower := 1.0
	complete := !slices.Contains(args, "incomplete")
	if len(args) > 1 && args[1] != "incomplete" {
		var err error
		slower, err = strconv.ParseFloat(args[1], 64)
		script.Check(err)
	}
	script.Check(makeSampleCampaign(script.MkAbs(args[0]), slower, complete, allOK, placed))
}

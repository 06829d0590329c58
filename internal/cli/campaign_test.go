package cli

import (
	"slices"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"
)

func makesCampaign(script *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) < 1 {
		script.Fatalf("usage: campaign DIR [FACTOR] [incomplete]")
	}
	slower := 1.0
	complete := !slices.Contains(args, "incomplete")
	if len(args) > 1 && args[1] != "incomplete" {
		var err error
		slower, err = strconv.ParseFloat(args[1], 64)
		script.Check(err)
	}
	script.Check(makeSampleCampaign(script.MkAbs(args[0]), slower, complete, allOK))
}

package cli

import (
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

// testApp has each kind of flag at each level.
func testApp() *cli.App {
	return &cli.App{Commands: []*cli.Command{
		{Name: "run", Aliases: []string{"r"}, Flags: []cli.Flag{
			&cli.StringFlag{Name: "out", Aliases: []string{"o"}}, &cli.BoolFlag{Name: "json"}, &cli.IntFlag{Name: "seed"},
		}},
		{Name: "ca", Flags: []cli.Flag{&cli.StringFlag{Name: "data"}}, Subcommands: []*cli.Command{
			{Name: "serve", Flags: []cli.Flag{&cli.StringFlag{Name: "listen", Required: true}}},
			{Name: "init"},
		}},
	}}
}

func TestArrange(t *testing.T) {
	for _, test := range []struct{ given, want string }{
		{"run s.yaml --out d --json", "run --out d --json -- s.yaml"},
		{"run --json s.yaml", "run --json -- s.yaml"},
		{"run -o d s.yaml t.yaml", "run -o d -- s.yaml t.yaml"},
		{"r s.yaml --out=d", "r --out=d -- s.yaml"},
		{"--out d run s.yaml", "run --out d -- s.yaml"},
		{"--json run", "run --json"},
		{"run --seed -5", "run --seed -5"},
		{"run --out --", "run --out --"},
		{"run --out=--json", "run --out=--json"},
		{"run - --json", "run --json -- -"},
		{"run -- --out d", "run -- --out d"},
		{"ca serve --listen a --data d", "ca --data d serve --listen a"},
		{"ca --data d serve --listen a", "ca --data d serve --listen a"},
		{"--data d --listen a ca serve", "ca --data d serve --listen a"},
		{"run service --help", "run --help"},
		{"help ca serve", "ca serve --help"},
		{"ca help", "ca --help"},
		{"ca serve -h", "ca serve -h"},
		{"run help", "run -- help"},
		{"--version", "--version"},
		{"", ""},
	} {
		got, err := arrange(testApp(), append([]string{"eaibench"}, strings.Fields(test.given)...))
		if err != nil {
			t.Errorf("%q: %v", test.given, err)
			continue
		}
		if joined := strings.Join(got[1:], " "); joined != test.want {
			t.Errorf("%q became %q, want %q", test.given, joined, test.want)
		}
	}
}

func TestArrangeRefuses(t *testing.T) {
	for _, test := range []struct{ given, want string }{
		{"rum", "rum is no command of eaibench, did you mean run?; `eaibench help` lists them"},
		{"ca srve", "srve is no command of eaibench ca, did you mean serve?; `eaibench ca help` lists them"},
		{"run --ot d", "eaibench run has no flag --ot, did you mean --out?; `eaibench run --help` lists them"},
		{"run --listen a", "eaibench run has no flag --listen; `eaibench run --help` lists them"},
		{"run -x", "eaibench run has no flag -x; `eaibench run --help` lists them"},
		{"--listen a run", "eaibench run has no flag --listen; `eaibench run --help` lists them"},
		{"--listen a", "eaibench has no flag --listen; `eaibench --help` lists them"},
		{"run s.yaml --out", "flag --out needs a value"},
		{"run --out --json s.yaml", "flag --out needs a value"},
		{"ca serve", "eaibench ca serve needs flag --listen; `eaibench ca serve --help` explains it"},
	} {
		_, err := arrange(testApp(), append([]string{"eaibench"}, strings.Fields(test.given)...))
		if err == nil || err.Error() != test.want {
			t.Errorf("%q: got %v", test.given, err)
		}
	}
}

func TestNoMoreArguments(t *testing.T) {
	for _, test := range []struct {
		want  []string
		given string
		fault string // part of it, empty: none
	}{
		{nil, "", ""},
		{nil, "a", `takes no argument "a"`},
		{[]string{"FILE"}, "a", ""},
		{[]string{"FILE"}, "", "needs FILE"},
		{[]string{"FILE"}, "a b", `takes no further argument "b"`},
		{[]string{"FILE", "NAME"}, "a", "needs NAME"},
		{[]string{"FILE", "[NAME]"}, "a", ""},
		{[]string{"FILE", "[NAME]"}, "a b", ""},
		{[]string{"FILE", "[NAME]"}, "a b c", `takes no further argument "c"`},
		{[]string{"FILE..."}, "a b c", ""},
		{[]string{"FILE..."}, "", "needs FILE..."},
		{[]string{"[FILE...]"}, "", ""},
		{[]string{"[FILE...]"}, "a b", ""},
		{[]string{"FILE"}, "-- -x", "looks like a flag"},
		{[]string{"FILE"}, "-", ""},
	} {
		var got error
		app := &cli.App{Commands: []*cli.Command{{Name: "do", Action: func(c *cli.Context) error {
			got = noMoreArguments(c, test.want...)
			return nil
		}}}}
		if err := app.Run(append([]string{"eaibench", "do"}, strings.Fields(test.given)...)); err != nil {
			t.Fatal(err)
		}
		if (got == nil) != (test.fault == "") || got != nil && !strings.Contains(got.Error(), test.fault) {
			t.Errorf("%v given %q: got %v", test.want, test.given, got)
		}
	}
}

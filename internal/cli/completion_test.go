package cli

import (
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

// completable has each kind of command, flag and argument.
func completable() *cli.App {
	return &cli.App{Commands: []*cli.Command{
		{Name: "run", Usage: "carry out", UsageText: "eaibench run KIND [--out DIR] [--json]", Flags: []cli.Flag{
			&cli.StringFlag{Name: "out", Usage: "folder `DIR`"}, &cli.BoolFlag{Name: "json", Usage: "print\n   `JSON`"},
			&cli.StringSliceFlag{Name: "only", Usage: "`KEY=VALUE`"}, &cli.BoolFlag{Name: "inner", Hidden: true},
		}},
		{Name: "ca", Flags: []cli.Flag{&cli.StringFlag{Name: "data", Usage: "`FILE`"}}, Subcommands: []*cli.Command{
			{Name: "serve", UsageText: "eaibench ca serve"},
			{Name: "show", UsageText: "eaibench ca show one|two FILE.c..."},
			{Name: "look", UsageText: "eaibench ca look DIR [--json]\neaibench ca look FILE..."},
		}},
		{Name: "hidden", Hidden: true, UsageText: "eaibench hidden DIR"},
	}}
}

func TestCompletions(t *testing.T) {
	kinds := []string{"service", "launcher", "attester", "ca"}
	for _, test := range []struct {
		words []string
		want  []string // their first words
	}{
		{[]string{""}, []string{"run", "ca", "help"}},
		{[]string{"r"}, []string{"run"}},
		{[]string{"hid"}, nil},
		{[]string{"nothing", ""}, nil},
		{[]string{"run", "nothing", ""}, nil}, // it has one argument
		{[]string{"run", ""}, kinds},
		{[]string{"run", "la"}, []string{"launcher"}},
		{[]string{"run", "--json", "la"}, []string{"launcher"}},
		{[]string{"run", "-"}, []string{"--out", "--json", "--only", "--help"}},
		{[]string{"run", "--"}, []string{"--out", "--json", "--only", "--help"}},
		{[]string{"run", "--o"}, []string{"--out", "--only"}},
		{[]string{"run", "--x"}, nil},
		{[]string{"run", "--inn"}, nil},
		{[]string{"run", "--out", "d", "--o"}, []string{"--only"}},
		{[]string{"run", "--only", "a=b", "--o"}, []string{"--out", "--only"}}, // may be repeated
		{[]string{"run", "--json", "ca", "--j"}, nil},
		{[]string{"run", "--out", ""}, []string{":folders"}},
		{[]string{"run", "--out", "--js"}, []string{":folders"}},
		{[]string{"run", "--out="}, []string{":folders"}},
		{[]string{"run", "--out=di"}, []string{":folders"}},
		{[]string{"run", "--out", "="}, []string{":folders"}},
		{[]string{"run", "--out", "=", "di"}, []string{":folders"}},
		{[]string{"run", "--out", "=", "di", "la"}, []string{"launcher"}},
		{[]string{"run", "--json="}, nil},
		{[]string{"run", "--nothing="}, nil},
		{[]string{"run", "--only", ""}, nil}, // anything
		{[]string{"run", "--", "--o"}, nil},
		{[]string{"run", "--", ""}, kinds},
		{[]string{"--out", "d", "run", "--o"}, []string{"--only", "--out"}},
		{[]string{"ca", ""}, []string{"serve", "show", "look"}},
		{[]string{"ca", "--data", ""}, []string{":files"}},
		{[]string{"ca", "serve", ""}, nil},
		{[]string{"ca", "serve", "--d"}, []string{"--data"}}, // of the group
		{[]string{"ca", "show", ""}, []string{"one", "two"}},
		{[]string{"ca", "show", "one", ""}, []string{":files c"}},
		{[]string{"ca", "show", "one", "a.c", "b"}, []string{":files c"}},
		{[]string{"ca", "look", ""}, []string{":files"}},
		{[]string{"ca", "look", "a", ""}, []string{":files"}},
		{[]string{"help", ""}, []string{"run", "ca"}},
		{[]string{"help", "ca", "s"}, []string{"serve", "show"}},
		{[]string{"help", "run", ""}, nil},
	} {
		var got []string
		for _, line := range completions(completable(), test.words) {
			word, _, _ := strings.Cut(line, "\t")
			got = append(got, word)
		}
		// A flag given before its command is not yet known to be that command's.
		if slices.Equal(test.words, []string{"--out", "d", "run", "--o"}) {
			slices.Sort(got)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%q: %q, want %q", test.words, got, test.want)
		}
	}
	if got := completions(completable(), []string{"run", "--js"}); !slices.Equal(got, []string{"--json\tprint JSON"}) {
		t.Errorf("got %q", got)
	}
}

// Whatever was typed, each command can be completed with each beginning of each of its flags: the library's own completion
// panics there.
func TestCompletionsOfEveryCommand(t *testing.T) {
	app := newApp(nil, nil, nil)
	tried := 0
	var each func(path []string, commands []*cli.Command)
	each = func(path []string, commands []*cli.Command) {
		for _, command := range commands {
			at := append(slices.Clone(path), command.Name)
			for _, flag := range command.Flags {
				name := "--" + flag.Names()[0]
				for n := 2; n <= len(name); n++ {
					tried++
					lines := completions(app, append(slices.Clone(at), name[:n]))
					if !slices.ContainsFunc(lines, func(line string) bool { return strings.HasPrefix(line, name+"\t") }) {
						t.Errorf("%q does not become %s: %q", append(at, name[:n]), name, lines)
					}
				}
			}
			each(at, command.Subcommands)
		}
	}
	each(nil, app.Commands)
	if tried < 100 {
		t.Errorf("only %d beginnings were tried", tried)
	}
}

func TestArgumentsIn(t *testing.T) {
	for _, test := range []struct {
		usage string
		want  []string
	}{
		{"eaibench version [--json]", nil},
		{"eaibench run SCENARIO [--only KEY=VALUE,...] [--out DIR]\neaibench run --resume DIR", []string{"SCENARIO"}},
		{"eaibench validate SCENARIO... [--json]", []string{"SCENARIO..."}},
		{"eaibench ca issue KIND NAME --data DIR --out DIR [--host HOST]... [--force]", []string{"KIND", "NAME"}},
		{"eaibench launcher compile --launcher URL [--mode MODE] [--json] ID", []string{"ID"}},
		{"eaibench launcher execute --token FILE [flags] ID", []string{"ID"}},
		{"eaibench attest serve [--uid UID | --same-user] [--platform NAME]...", nil},
		{"eaibench completion bash|zsh|fish", []string{"bash|zsh|fish"}},
		{"eaibench do FILE [NAME]", []string{"FILE", "NAME"}},
		{"", nil},
	} {
		if got := argumentsIn(test.usage); !slices.Equal(got, test.want) {
			t.Errorf("%q: %q, want %q", test.usage, got, test.want)
		}
	}
}

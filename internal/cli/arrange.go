package cli

import (
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// arrange puts arguments into the order that the library needs, command, flags, "--",
// arguments, since it would silently take a flag after an argument for an argument. So flags are
// accepted anywhere, even before the command they belong to. It refuses unknown commands and
// flags, with the nearest known one, and flags that lack their value.
func arrange(app *cli.App, args []string) ([]string, error) {
	line := newCommandLine(app)
	rest := args[1:]
	for len(rest) > 0 {
		argument := rest[0]
		rest = rest[1:]
		var err error
		switch {
		case argument == "--":
			line.arguments = append(line.arguments, rest...)
			rest = nil
		case len(argument) > 1 && argument[0] == '-':
			rest, err = line.flag(argument, rest)
		default:
			err = line.word(argument)
		}
		if err != nil {
			return nil, err
		}
	}
	return line.assemble(args[0])
}

// commandLine is what arrange has read so far.
type commandLine struct {
	levels    []level // the program, then each command of the path
	early     []given // flags that came before the command they may belong to
	arguments []string
	help      bool
}

func newCommandLine(app *cli.App) *commandLine {
	return &commandLine{levels: []level{{usage: app.UsageText, commands: app.Commands, flags: slices.Concat(app.Flags, builtIn(true))}}}
}

// level is the program itself or a command.
type level struct {
	name     string
	usage    string
	commands []*cli.Command
	flags    []cli.Flag
	given    []given
}

// given is a flag as it was given: "--out DIR" as {"out", ["--out", "DIR"]}.
type given struct {
	name string
	args []string
}

// builtIn are the flags that the library adds itself.
func builtIn(program bool) []cli.Flag {
	flags := []cli.Flag{&cli.BoolFlag{Name: "help", Aliases: []string{"h"}, Usage: "explain the command"}}
	if program {
		flags = append(flags, &cli.BoolFlag{Name: "version", Aliases: []string{"v"}, Usage: "say which eaibench this is"})
	}
	return flags
}

func (l *commandLine) last() *level { return &l.levels[len(l.levels)-1] }

// word takes a command's name or an argument.
func (l *commandLine) word(word string) error {
	last := l.last()
	if len(last.commands) == 0 {
		l.arguments = append(l.arguments, word)
		return nil
	}
	if word == "help" {
		l.help = true
		return nil
	}
	for _, command := range last.commands {
		if command.HasName(word) {
			l.levels = append(l.levels, level{
				name: word, usage: command.UsageText, commands: command.Subcommands,
				flags: slices.Concat(command.Flags, builtIn(false)),
			})
			return nil
		}
	}
	return misuse("%s is no command of %s%s; `%s help` lists them", word, l.path(), l.nearestCommand(word), l.path())
}

// flag takes a flag, and its value from rest if it has one there.
func (l *commandLine) flag(argument string, rest []string) ([]string, error) {
	name, _, hasValue := strings.Cut(strings.TrimLeft(argument, "-"), "=")
	owner, flag := l.find(name)
	if flag == nil {
		return nil, l.unknownFlag(argument)
	}
	one := given{name: name, args: []string{argument}}
	if takesValue(flag) && !hasValue {
		if len(rest) == 0 || l.isFlag(rest[0]) {
			return nil, misuse("flag %s needs a value", argument)
		}
		one.args = append(one.args, rest[0])
		rest = rest[1:]
	}
	if owner == nil {
		l.early = append(l.early, one)
	} else {
		owner.given = append(owner.given, one)
	}
	return rest, nil
}

func (l *commandLine) isFlag(argument string) bool {
	name, _, _ := strings.Cut(strings.TrimLeft(argument, "-"), "=")
	_, flag := l.find(name)
	return strings.HasPrefix(argument, "-") && flag != nil
}

// find looks for a flag in the innermost command, then outwards, then in the commands still to
// come (owner nil).
func (l *commandLine) find(name string) (owner *level, flag cli.Flag) {
	for i := len(l.levels) - 1; i >= 0; i-- {
		if flag := flagNamed(l.levels[i].flags, name); flag != nil {
			return &l.levels[i], flag
		}
	}
	return nil, flagBelow(l.last().commands, name)
}

func flagNamed(flags []cli.Flag, name string) cli.Flag {
	for _, flag := range flags {
		if slices.Contains(flag.Names(), name) {
			return flag
		}
	}
	return nil
}

func flagBelow(commands []*cli.Command, name string) cli.Flag {
	for _, command := range commands {
		if flag := flagNamed(command.Flags, name); flag != nil {
			return flag
		}
		if flag := flagBelow(command.Subcommands, name); flag != nil {
			return flag
		}
	}
	return nil
}

func takesValue(flag cli.Flag) bool {
	documented, ok := flag.(cli.DocGenerationFlag)
	return !ok || documented.TakesValue()
}

// assemble gives early flags to the command they turned out to belong to and lays everything out.
func (l *commandLine) assemble(program string) ([]string, error) {
	for _, one := range l.early {
		owner, _ := l.find(one.name)
		if owner == nil {
			return nil, l.unknownFlag(one.args[0])
		}
		owner.given = append(owner.given, one)
	}
	if l.help {
		l.last().given = append(l.last().given, given{name: "help", args: []string{"--help"}})
	}
	if l.asksForHelp() {
		l.arguments = nil // the library would take the first for a command, and show that one's help
	} else if err := l.checkRequired(); err != nil {
		return nil, err
	}
	arranged := []string{program}
	for i, level := range l.levels {
		if i > 0 {
			arranged = append(arranged, level.name)
		}
		for _, one := range level.given {
			arranged = append(arranged, one.args...)
		}
	}
	if len(l.arguments) > 0 {
		arranged = append(append(arranged, "--"), l.arguments...)
	}
	return arranged, nil
}

func (l *commandLine) asksForHelp() bool {
	for _, level := range l.levels {
		for _, one := range level.given {
			if one.name == "help" || one.name == "h" {
				return true
			}
		}
	}
	return false
}

// checkRequired comes before the library's own check, which prints the help among the results.
func (l *commandLine) checkRequired() error {
	for _, level := range l.levels {
		names := map[string]bool{}
		for _, one := range level.given {
			names[one.name] = true
		}
		for _, flag := range level.flags {
			required, ok := flag.(cli.RequiredFlag)
			if ok && required.IsRequired() && !slices.ContainsFunc(flag.Names(), func(name string) bool { return names[name] }) && !inEnvironment(flag) {
				return misuse("%s needs flag --%s; `%s --help` explains it", l.path(), flag.Names()[0], l.path())
			}
		}
	}
	return nil
}

// inEnvironment says whether an environment variable gives the flag's value.
func inEnvironment(flag cli.Flag) bool {
	documented, ok := flag.(cli.DocGenerationFlag)
	return ok && slices.ContainsFunc(documented.GetEnvVars(), func(name string) bool { return os.Getenv(name) != "" })
}

func (l *commandLine) path() string {
	path := "eaibench"
	for _, level := range l.levels[1:] {
		path += " " + level.name
	}
	return path
}

// noMoreArguments checks that exactly the wanted arguments were given: "FILE" is one, "[FILE]" may
// be missing, "FILE..." is one or more; the latter two stand last. An argument that looks like a flag is
// refused (a file of such a name is reached as ./-name).
func noMoreArguments(c *cli.Context, want ...string) error {
	least, most := len(want), len(want)
	if n := len(want); n > 0 && strings.HasPrefix(want[n-1], "[") {
		least--
	}
	if n := len(want); n > 0 && strings.Contains(want[n-1], "...") {
		most = c.NArg()
	}
	for _, argument := range c.Args().Slice() {
		if len(argument) > 1 && argument[0] == '-' {
			return misuse("argument %s looks like a flag: write ./%s if it is a file", argument, argument)
		}
	}
	switch n := c.NArg(); {
	case n < least:
		return misuse("%s needs %s; `%s --help` explains it", c.Command.HelpName, want[n], c.Command.HelpName)
	case n > most && most > 0:
		return misuse("%s takes no further argument %q", c.Command.HelpName, c.Args().Get(most))
	case n > most:
		return misuse("%s takes no argument %q", c.Command.HelpName, c.Args().Get(most))
	}
	return nil
}

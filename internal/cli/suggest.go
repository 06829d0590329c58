package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"eaibench/internal/strictyaml"
)

// nearestCommand is a hint at the command of this level that is most like the word, or at those below it that have its name.
func (l *commandLine) nearestCommand(word string) string {
	var names, below []string
	for _, command := range l.last().commands {
		if command.Hidden {
			continue
		}
		names = append(names, command.Names()...)
		for _, inner := range command.Subcommands {
			if inner.HasName(word) {
				below = append(below, fmt.Sprintf("`%s %s %s`", l.path(), command.Name, word))
			}
		}
	}
	if len(below) > 0 {
		return ", did you mean " + strings.Join(below, " or ") + "?"
	}
	return nearest(word, names, "")
}

// unknownFlag suggests a flag of the command or of those around it; of a flag before its command, one of any command.
func (l *commandLine) unknownFlag(argument string) error {
	flags := flagsBelow(l.last().commands)
	for _, level := range l.levels {
		flags = append(flags, level.flags...)
	}
	var names []string
	for _, flag := range flags {
		// A letter is like any other letter: only words are suggested.
		names = append(names, slices.DeleteFunc(slices.Clone(flag.Names()), func(name string) bool { return len(name) == 1 })...)
	}
	name, _, _ := strings.Cut(strings.TrimLeft(argument, "-"), "=")
	names = slices.DeleteFunc(names, func(known string) bool { return known == name }) // it is of a command that was not given
	return misuse("%s has no flag %s%s; `%s --help` lists them", l.path(), argument, nearest(name, names, "--"), l.path())
}

// nearest is a hint at the known name that is most like the given one, if any is alike, written after dashes.
func nearest(given string, known []string, dashes string) string {
	if name := strictyaml.Nearest(given, known); name != "" {
		return fmt.Sprintf(", did you mean %s?", dashes+name)
	}
	return ""
}

func flagsBelow(commands []*cli.Command) []cli.Flag {
	var flags []cli.Flag
	for _, command := range commands {
		flags = append(append(flags, command.Flags...), flagsBelow(command.Subcommands)...)
	}
	return flags
}

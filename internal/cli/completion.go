package cli

import (
	"embed"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// The scripts are thin: what may follow is the hidden command complete's to say, so that they never differ from the commands.
//
//go:embed completion/eaibench.bash completion/eaibench.zsh completion/eaibench.fish
var completionScripts embed.FS

func shells() []string { return []string{"bash", "zsh", "fish"} }

func completionCommand() *cli.Command {
	return &cli.Command{
		Name:      "completion",
		Usage:     "print the script with which a shell completes commands, flags and scenarios",
		UsageText: "eaibench completion bash|zsh|fish",
		Description: `The script asks eaibench itself what may follow. ` + "`make install`" + ` puts it where each
shell looks for it.

EXAMPLES:
   eaibench completion bash > /etc/bash_completion.d/eaibench
   eaibench completion zsh > /usr/local/share/zsh/site-functions/_eaibench
   eaibench completion fish > ~/.config/fish/completions/eaibench.fish`,
		Action: func(c *cli.Context) error {
			if err := noMoreArguments(c, "SHELL"); err != nil {
				return err
			}
			shell := c.Args().First()
			if !slices.Contains(shells(), shell) {
				return badInput("there is no completion for %s%s; there is one for %s", shell, nearest(shell, shells(), ""), strings.Join(shells(), ", "))
			}
			script, err := completionScripts.ReadFile(path.Join("completion", "eaibench."+shell))
			if err != nil {
				return failed("%w", err)
			}
			_, err = c.App.Writer.Write(script)
			return err
		},
	}
}

// completeCommand answers the scripts. Each line is what the word may become, a tab and what it is, or asks for names of files:
// ":files", ":files yaml" for those ending in .yaml, ":folders". It is not the library's completion, which panics at a flag that
// is not written out.
func completeCommand() *cli.Command {
	return &cli.Command{
		Name:      "complete",
		Hidden:    true,
		Usage:     "list what the last word may become, for the scripts of completion",
		UsageText: "eaibench complete -- WORD...",
		Action: func(c *cli.Context) error {
			words := c.Args().Slice()
			if len(words) == 0 {
				words = []string{""}
			}
			var text strings.Builder
			for _, line := range completions(c.App, words) {
				text.WriteString(line + "\n")
			}
			_, err := io.WriteString(c.App.Writer, text.String())
			return err
		},
	}
}

// completions are the lines for the last of the words, which follow the program's name.
func completions(app *cli.App, words []string) []string {
	line := newCommandLine(app)
	var expected cli.Flag // whose value is next
	onlyArguments := false
	last := len(words) - 1
	for _, word := range words[:last] {
		name, _, hasValue := strings.Cut(strings.TrimLeft(word, "-"), "=")
		switch {
		case word == "=" && expected != nil: // bash takes --out=DIR for three words
		case expected != nil:
			expected = nil
		case onlyArguments:
			line.arguments = append(line.arguments, word)
		case word == "--":
			onlyArguments = true
		case len(word) > 1 && word[0] == '-':
			owner, flag := line.find(name)
			if flag != nil && takesValue(flag) && !hasValue {
				expected = flag
			}
			if owner != nil {
				owner.given = append(owner.given, given{name: name})
			}
		case line.word(word) != nil:
			return nil // it cannot be continued
		}
	}
	current := words[last]
	if current == "=" && expected != nil {
		current = ""
	}
	name, value, hasValue := strings.Cut(current, "=")
	switch {
	case expected != nil:
		return beginning(current, "", valuesOf(expected))
	case !onlyArguments && strings.HasPrefix(current, "-") && hasValue:
		if _, flag := line.find(strings.TrimLeft(name, "-")); flag != nil && takesValue(flag) {
			return beginning(value, name+"=", valuesOf(flag))
		}
		return nil
	case !onlyArguments && strings.HasPrefix(current, "-"):
		return beginning(current, "", line.flagCandidates())
	case len(line.last().commands) > 0:
		return beginning(current, "", line.commandCandidates())
	case line.help:
		return nil
	default:
		return beginning(current, "", argumentCandidates(line.last().usage, len(line.arguments)))
	}
}

package cli

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/urfave/cli/v2"
)

func manCommand() *cli.Command {
	return &cli.Command{
		Name:      "man",
		Usage:     "print the manual page",
		UsageText: "eaibench man",
		Description: `Prints every command's help as one page in roff. ` + "`make install`" + ` puts it where man looks for it.

EXAMPLES:
   eaibench man > /usr/local/share/man/man1/eaibench.1`,
		Action: func(c *cli.Context) error {
			if err := noMoreArguments(c); err != nil {
				return err
			}
			_, err := io.WriteString(c.App.Writer, manual(c.App))
			return err
		},
	}
}

// manual is the page, made of the commands' own texts.
func manual(app *cli.App) string {
	page := &roff{}
	page.request("TH", "EAIBENCH", "1", "", "eaibench "+version, "User Commands")
	page.request("SH", "NAME")
	page.lines("eaibench - " + app.Usage)
	page.request("SH", "SYNOPSIS")
	page.verbatim(strings.Split(app.UsageText, "\n"))
	page.request("SH", "DESCRIPTION")
	page.text(`A scenario says what is run, in which modes and how often. eaibench deploys an attested integration process with its launcher and
digital services, runs it in every mode, keeps every raw sample, and compares.

Flags are accepted anywhere, behind arguments too. Text for people is on standard error, results are on standard output.`)
	page.request("SH", "COMMANDS")
	page.commands("eaibench", app.Commands)
	page.request("SH", "EXIT STATUS")
	for _, exit := range exitCodes() {
		page.item(fmt.Sprintf(`\fB%d\fR`, exit.code), exit.meaning)
	}
	if variables := environmentOf(app.Commands); len(variables) > 0 {
		page.request("SH", "ENVIRONMENT")
		for _, variable := range variables {
			page.item(bold(variable.name), "stands in for "+variable.flag)
		}
	}
	return page.String()
}

// variable of the environment that stands in for a flag.
type variable struct{ name, flag string }

// environmentOf lists each variable once.
func environmentOf(commands []*cli.Command) []variable {
	var found []variable
	seen := map[string]bool{}
	for _, flag := range flagsBelow(commands) {
		documented, ok := flag.(cli.DocGenerationFlag)
		if !ok {
			continue
		}
		for _, name := range documented.GetEnvVars() {
			if !seen[name] {
				seen[name] = true
				found = append(found, variable{name, "--" + flag.Names()[0]})
			}
		}
	}
	return found
}

// roff is a page under construction.
type roff struct {
	strings.Builder
	headed bool // a heading came last, after which a paragraph begins by itself
}

// request is a line such as .SH "EXIT STATUS".
func (r *roff) request(name string, arguments ...string) {
	if name == "PP" && r.headed {
		return
	}
	r.headed = name == "SH" || name == "SS"
	r.WriteString("." + name)
	for _, argument := range arguments {
		fmt.Fprintf(r, ` "%s"`, strings.ReplaceAll(escape(argument), `"`, `\(dq`))
	}
	r.WriteString("\n")
}

func (r *roff) commands(path string, commands []*cli.Command) {
	for _, command := range commands {
		if command.Hidden {
			continue
		}
		name := path + " " + command.Name
		r.request("SS", name)
		r.lines(sentence(command.Usage))
		if command.UsageText != "" {
			r.request("PP")
			r.verbatim(strings.Split(command.UsageText, "\n"))
		}
		r.text(command.Description)
		for _, flag := range command.VisibleFlags() {
			// The library's text of a flag, as in the help: names and value, a tab, what it means.
			names, meaning, _ := strings.Cut(flag.String(), "\t")
			r.item(flagNames(names), strings.TrimSuffix(meaning, " (default: false)"))
		}
		r.commands(name, command.Subcommands)
	}
}

func sentence(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

func flagNames(names string) string {
	words := strings.Fields(names)
	for i, word := range words {
		if strings.HasPrefix(word, "-") {
			words[i] = bold(word)
		} else {
			value, comma := strings.CutSuffix(word, ",")
			words[i] = `\fI` + escape(value) + `\fR`
			if comma {
				words[i] += ","
			}
		}
	}
	return strings.Join(words, " ")
}

// item is a term, in roff already, with what it means.
func (r *roff) item(term, meaning string) {
	r.WriteString(".TP\n" + term + "\n")
	r.lines(meaning)
}

// text is that of a description: paragraphs, between them lines that are shown as they are since they are indented, and headings
// in capitals with a colon.
func (r *roff) text(text string) {
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		if strings.TrimSpace(paragraph) == "" {
			continue
		}
		r.request("PP")
		var shown []string
		for line := range strings.SplitSeq(strings.Trim(paragraph, "\n"), "\n") {
			if rest, indented := strings.CutPrefix(line, "   "); indented {
				shown = append(shown, rest)
				continue
			}
			r.verbatim(shown)
			shown = nil
			if heading := strings.TrimSuffix(line, ":"); heading != line && heading == strings.ToUpper(heading) {
				line = heading[:1] + strings.ToLower(heading[1:]) + ":"
			}
			r.lines(line)
		}
		r.verbatim(shown)
	}
}

// lines are set as text; what stands between backquotes is bold.
func (r *roff) lines(text string) {
	for line := range strings.SplitSeq(text, "\n") {
		line = quotedCode.ReplaceAllString(escape(strings.TrimSpace(line)), `\fB$1\fR`)
		if line != "" {
			r.headed = false
			r.WriteString(guarded(line) + "\n")
		}
	}
}

var quotedCode = regexp.MustCompile("`([^`]*)`")

// verbatim shows lines as they are.
func (r *roff) verbatim(lines []string) {
	if len(lines) == 0 {
		return
	}
	r.headed = false
	r.WriteString(".RS 4\n.nf\n")
	for _, line := range lines {
		r.WriteString(guarded(escape(line)) + "\n")
	}
	r.WriteString(".fi\n.RE\n")
}

func bold(text string) string { return `\fB` + escape(text) + `\fR` }

// escape keeps text from being taken for roff: a minus stays one, and can be copied into a shell.
func escape(text string) string {
	return strings.NewReplacer(`\`, `\e`, `-`, `\-`, `~`, `\(ti`, `^`, `\(ha`).Replace(text)
}

// guarded keeps a line that begins like a request from being one.
func guarded(line string) string {
	if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
		return `\&` + line
	}
	return line
}

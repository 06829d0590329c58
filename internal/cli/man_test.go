package cli

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/urfave/cli/v2"
)

// The page of made-up commands, with everything that roff could take for its own.
func TestManual(t *testing.T) {
	app := &cli.App{
		Usage: "what it is for", UsageText: "eaibench COMMAND",
		Commands: []*cli.Command{
			{
				Name: "do", Usage: "do it", UsageText: "eaibench do FILE [--as NAME]",
				Description: "Reads `FILE`\n.and a \\ ~.\n\n   {\"shown\":\"as-is\"}\n\nEXAMPLES:\n   eaibench do a.txt --as 'x'\n   'quoted",
				Flags: []cli.Flag{
					&cli.StringFlag{Name: "as", Aliases: []string{"a"}, Value: "me", Usage: "`NAME` of it", EnvVars: []string{"DO_AS"}},
					&cli.BoolFlag{Name: "json", Usage: "print JSON"},
					&cli.BoolFlag{Name: "inner", Hidden: true},
				},
				Subcommands: []*cli.Command{{Name: "now", Usage: "at once"}},
			},
			{Name: "hidden", Hidden: true},
		},
	}
	got := manual(app)
	from, to := strings.Index(got, ".SH \"COMMANDS\"\n"), strings.Index(got, ".SH \"EXIT STATUS\"\n")
	want := `.SH "COMMANDS"
.SS "eaibench do"
Do it.
.PP
.RS 4
.nf
eaibench do FILE [\-\-as NAME]
.fi
.RE
.PP
Reads \fBFILE\fR
\&.and a \e \(ti.
.PP
.RS 4
.nf
{"shown":"as\-is"}
.fi
.RE
.PP
Examples:
.RS 4
.nf
eaibench do a.txt \-\-as 'x'
\&'quoted
.fi
.RE
.TP
\fB\-\-as\fR \fINAME\fR, \fB\-a\fR \fINAME\fR
NAME of it (default: "me") [$DO_AS]
.TP
\fB\-\-json\fR
print JSON
.SS "eaibench do now"
At once.
`
	if diff := cmp.Diff(want, got[from:to]); diff != "" {
		t.Errorf("commands (-want +got):\n%s", diff)
	}
	for _, part := range []string{
		".SH \"NAME\"\neaibench \\- what it is for\n",
		".TP\n\\fB4\\fR\ninterrupted by a signal; a campaign can be resumed\n",
		".SH \"ENVIRONMENT\"\n.TP\n\\fBDO_AS\\fR\nstands in for \\-\\-as\n",
	} {
		if !strings.Contains(got, part) {
			t.Errorf("the page lacks %q", part)
		}
	}
}

// The real page has every command and no fault that mandoc finds, but that of having no date: the same source makes the same page.
func TestManualLint(t *testing.T) {
	stdout, _, code := command(t, "man")
	if code != exitFine {
		t.Fatalf("ended with %d", code)
	}
	file := filepath.Join(t.TempDir(), "eaibench.1")
	write(t, file, stdout)
	out, _ := exec.Command("mandoc", "-T", "lint", "-W", "warning", file).CombinedOutput() // any fault is an exit code
	for line := range strings.Lines(string(out)) {
		if !strings.Contains(line, "missing date") {
			t.Error(line)
		}
	}
	eachCommand(newApp(nil, nil, nil).Commands, "eaibench", func(path string, command *cli.Command) {
		if !strings.Contains(stdout, `.SS "`+path+`"`) {
			t.Errorf("the page lacks %s", path)
		}
	})
}

// eachCommand calls do with every command that is not hidden and its path.
func eachCommand(commands []*cli.Command, path string, do func(string, *cli.Command)) {
	for _, command := range commands {
		if !command.Hidden {
			do(path+" "+command.Name, command)
			eachCommand(command.Subcommands, path+" "+command.Name, do)
		}
	}
}

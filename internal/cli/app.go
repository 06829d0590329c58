package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"eaibench/internal/strictyaml"
	"eaibench/internal/terminal"
)

// commands are all of eaibench's, in the order in which the help shows them.
func commands() []*cli.Command {
	return []*cli.Command{
		runCommand(),
		planCommand(),
		validateCommand(),
		summaryCommand(),
		compareCommand(),
		auditCommand(),
		plotCommand(),
		reportCommand(),
		tablesCommand(),
		exportCommand(),
		importCommand(),
		paperCommand(),
		verifyCommand(),
		signCommand(),
		doctorCommand(),
		launcherCommand(),
		serviceCommand(),
		caCommand(),
		attestCommand(),
		completionCommand(),
		manCommand(),
		versionCommand(),
		completeCommand(),
		hostCommand(),
	}
}

// Main runs the command line and returns the exit code. args[0] is the program's name.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := untilSignal(context.Background(), stderr)
	defer stop()
	err := run(ctx, args, stdin, stdout, stderr)
	if err == nil {
		return exitFine
	}
	code := exitFailed
	var exit *exitError
	if errors.As(err, &exit) {
		code = exit.code
	} else if ctx.Err() != nil {
		code = exitInterrupted
	}
	fmt.Fprintln(stderr, terminal.Plain(errorText(err)))
	return code
}

// errorText is an error as it is printed: faults of a file bare, since file:line:column begins the line for whoever
// follows it; all else after the program's name, which is not said twice.
func errorText(err error) string {
	message := err.Error()
	var faults strictyaml.Faults
	if errors.As(err, &faults) && message == faults.Error() || strings.HasPrefix(message, "eaibench ") {
		return message
	}
	return "eaibench: " + message
}

func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	app := newApp(stdin, stdout, stderr)
	arranged, err := arrange(app, args)
	if err != nil {
		return err
	}
	return app.RunContext(ctx, arranged)
}

func newApp(stdin io.Reader, stdout, stderr io.Writer) *cli.App {
	app := &cli.App{
		Name:      "eaibench",
		Usage:     "a scenario file in, a trustworthy comparison of what protection costs out",
		UsageText: "eaibench COMMAND [flags] [arguments]\neaibench help COMMAND",
		Commands:  commands(),
		Version:   currentBuild().String(),
		Reader:    stdin, Writer: forPeople(stdout), ErrWriter: stderr,
		DisableSliceFlagSeparator: true,
		HideHelpCommand:           true, // arrange turns `help COMMAND` into `COMMAND --help`
		// The library would end the process itself; Main does.
		ExitErrHandler: func(*cli.Context, error) {},
		OnUsageError:   usageError,
		Action:         showHelp,
	}
	prepare(app.Commands)
	return app
}

// prepare gives every command, at any depth, the same manners.
func prepare(commands []*cli.Command) {
	for _, command := range commands {
		command.OnUsageError = usageError
		command.HideHelpCommand = true
		if len(command.Subcommands) > 0 && command.Action == nil {
			command.Action = showHelp
		}
		prepare(command.Subcommands)
	}
}

func usageError(_ *cli.Context, err error, _ bool) error { return misuse("%w", err) }

// showHelp is the action of a call that lacks its command.
func showHelp(c *cli.Context) error {
	c.App.Writer = c.App.ErrWriter
	if err := cli.ShowSubcommandHelp(c); err != nil {
		return err
	}
	return misuse("a command is missing: see above")
}

// The exit codes that scripts may rely on.
const (
	exitFine        = 0
	exitFailed      = 1
	exitBadInput    = 2
	exitGate        = 3
	exitInterrupted = 4
)

// exitCode is one with its meaning.
type exitCode struct {
	code    int
	meaning string
}

// exitCodes are all that eaibench ends with.
func exitCodes() []exitCode {
	return []exitCode{
		{exitFine, "fine"},
		{exitFailed, "a run, or whatever was asked for, failed, or a host or service could not be used"},
		{exitBadInput, "bad input: nothing was started"},
		{exitGate, "a gate tripped: something is above the limit that was given"},
		{exitInterrupted, "interrupted by a signal; a campaign can be resumed"},
	}
}

// exitError is an error with an exit code. It does not implement the library's ExitCoder, which
// would end the process before deferred work is done.
type exitError struct {
	code   int
	err    error
	misuse bool // the command line itself is wrong, whatever it names
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

// badInput is an error that ends eaibench with 2: nothing was done.
func badInput(format string, args ...any) error {
	return &exitError{code: exitBadInput, err: fmt.Errorf(format, args...)}
}

// misuse is bad input that is the command line's own: an unknown command or flag, an argument too many or too few.
func misuse(format string, args ...any) error {
	return &exitError{code: exitBadInput, err: fmt.Errorf(format, args...), misuse: true}
}

// failed is an error that ends eaibench with 1: what was asked for did not succeed.
func failed(format string, args ...any) error {
	return &exitError{code: exitFailed, err: fmt.Errorf(format, args...)}
}

// gateTripped is an error that ends eaibench with 3: what was asked for was done, and is above a limit.
func gateTripped(format string, args ...any) error {
	return &exitError{code: exitGate, err: fmt.Errorf(format, args...)}
}

// interrupted is an error that ends eaibench with 4: stopped by a signal, can be resumed.
func interrupted(format string, args ...any) error {
	return &exitError{code: exitInterrupted, err: fmt.Errorf(format, args...)}
}

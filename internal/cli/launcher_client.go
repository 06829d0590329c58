package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"eaibench/attest"
	"eaibench/internal/endpoint"
	"eaibench/launcher"
)

// launcherFlags say which launcher is asked.
func launcherFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "launcher", Required: true, Usage: "`URL` of the launcher", EnvVars: []string{"EAIBENCH_LAUNCHER"}},
		&cli.StringFlag{Name: "root-ca", Required: true, Usage: "root CA's certificate, `FILE` (PEM)", EnvVars: []string{"EAIBENCH_ROOT_CA"}},
		&cli.StringFlag{Name: "token", Usage: "the launcher's bearer token, `FILE`; not for one with --auth none", EnvVars: []string{"EAIBENCH_LAUNCHER_TOKEN"}},
	}
}

// askingFlags are those of every command that asks a launcher once.
func askingFlags(more ...cli.Flag) []cli.Flag {
	return slices.Concat(launcherFlags(), []cli.Flag{&cli.BoolFlag{Name: "json", Usage: "print the launcher's answer as JSON"}}, more)
}

// asking makes an action that has a client of the launcher and prints what the launcher answers: as
// JSON, or as print does.
func asking[Answer any](want string, ask func(*cli.Context, *launcher.Client) (Answer, error), print func(io.Writer, Answer) error) cli.ActionFunc {
	return func(c *cli.Context) error {
		wanted := []string{}
		if want != "" {
			wanted = append(wanted, want)
		}
		if err := noMoreArguments(c, wanted...); err != nil {
			return err
		}
		client, err := launcherClient(c)
		if err != nil {
			return badInput("%w", err)
		}
		defer client.Close()
		answer, err := ask(c, client)
		if err != nil {
			return launcherFault(c, err)
		}
		if !c.Bool("json") {
			return print(c.App.Writer, answer)
		}
		return writeJSON(c.App.Writer, answer)
	}
}

func launcherClient(c *cli.Context) (*launcher.Client, error) {
	if err := checkAddress("--launcher", c.String("launcher")); err != nil {
		return nil, err
	}
	root, err := attest.LoadRoot(c.String("root-ca"))
	if err != nil {
		return nil, err
	}
	token := ""
	if file := c.String("token"); file != "" {
		if token, err = endpoint.LoadToken(file); err != nil {
			return nil, err
		}
	}
	return launcher.NewClient(c.String("launcher"), root.Pool, token), nil
}

// launcherFault chooses the exit code: 2 when what was asked for cannot be done, 1 when it failed.
func launcherFault(c *cli.Context, err error) error {
	if c.Context.Err() != nil {
		return interrupted("%w", err)
	}
	var known *exitError
	if errors.As(err, &known) {
		return err
	}
	var fault *endpoint.Fault
	if errors.As(err, &fault) && fault.Check == "token" {
		if file := c.String("token"); file != "" {
			return badInput("%w\n%s is not the token of the launcher at %s: give its own with --token, the file token in its data folder", err, file, c.String("launcher"))
		}
		return badInput("%w\ngive the launcher's with --token, the file token in its data folder", err)
	}
	if errors.As(err, &fault) && fault.Status < 500 && fault.Check != launcher.CheckCompile {
		return badInput("%w", err)
	}
	return failed("%w", err)
}

func idArgument(c *cli.Context) (int, error) { return programID(c.Args().First()) }

func programID(given string) (int, error) {
	id, err := strconv.Atoi(given)
	if err != nil || id < 1 {
		return 0, badInput("%q is no program's ID: a whole number, as `eaibench launcher list` shows", given)
	}
	return id, nil
}

func launcherListCommand() *cli.Command {
	return &cli.Command{
		Name:      "list",
		Usage:     "list the stored programs, what they were compiled to, and their certificates",
		UsageText: "eaibench launcher list --launcher URL --root-ca FILE --token FILE [--json]",
		Description: "Each program with its ID, then its executables by mode, with their SHA-256, and its certificates.\n\n" +
			"EXAMPLES:\n   eaibench launcher list --launcher https://127.0.0.1:8450 --root-ca root.pem --token data/launcher/token",
		Flags: askingFlags(),
		Action: asking("", func(c *cli.Context, client *launcher.Client) ([]launcher.Listed, error) {
			return client.Files(c.Context)
		}, printListed),
	}
}

func printListed(w io.Writer, listed []launcher.Listed) error {
	var text strings.Builder
	for _, p := range listed {
		fmt.Fprintf(&text, "%d  %s  %s\n", p.ID, p.FileName, p.FilePath)
		for _, e := range p.Compiled {
			fmt.Fprintf(&text, "   %s  %s  %d bytes\n", e.Mode, e.SHA256, e.Size)
		}
		for _, certificate := range p.Certificates {
			fmt.Fprintf(&text, "   certificate %s\n", certificate)
		}
	}
	_, err := io.WriteString(w, text.String())
	return err
}

func launcherUploadCommand() *cli.Command {
	return &cli.Command{
		Name:      "upload",
		Usage:     "store a C source, or an archive of several, and print its program's ID",
		ArgsUsage: "FILE",
		UsageText: "eaibench launcher upload --launcher URL --root-ca FILE --token FILE [--json] FILE",
		Description: `FILE is a C source (.c), or an archive (.tar, .tar.gz) of the .c and .h files of one program,
one of which has main. A file of the same name keeps its ID and replaces what was there.

EXAMPLES:
   eaibench launcher upload --launcher https://127.0.0.1:8450 --root-ca root.pem --token data/launcher/token retail.c`,
		Flags: askingFlags(),
		Action: asking("FILE", func(c *cli.Context, client *launcher.Client) (*launcher.UploadReply, error) {
			return uploadFile(c.Context, client, c.Args().First())
		}, func(w io.Writer, reply *launcher.UploadReply) error {
			_, err := fmt.Fprintln(w, reply.ProgramID)
			return err
		}),
	}
}

func uploadFile(ctx context.Context, client *launcher.Client, file string) (*launcher.UploadReply, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, badInput("%w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > launcher.UploadLimit {
		return nil, badInput("%s is not a file of at most %d bytes", file, launcher.UploadLimit)
	}
	source, err := os.ReadFile(file)
	if err != nil {
		return nil, badInput("%w", err)
	}
	return client.Upload(ctx, filepath.Base(file), source)
}

func launcherDeleteCommand() *cli.Command {
	return &cli.Command{
		Name:      "delete",
		Usage:     "delete a program with its executables and certificates",
		ArgsUsage: "ID",
		UsageText: "eaibench launcher delete --launcher URL --root-ca FILE --token FILE [--json] ID",
		Description: "The evidence stays in the launcher's data folder.\n\n" +
			"EXAMPLES:\n   eaibench launcher delete --launcher https://127.0.0.1:8450 --root-ca root.pem --token data/launcher/token 1",
		Flags: askingFlags(),
		Action: asking("ID", func(c *cli.Context, client *launcher.Client) (launcher.Done, error) {
			id, err := idArgument(c)
			if err != nil {
				return launcher.Done{}, err
			}
			return launcher.Done{Message: fmt.Sprintf("program %d deleted", id)}, client.Delete(c.Context, id)
		}, func(w io.Writer, done launcher.Done) error {
			_, err := fmt.Fprintln(w, done.Message)
			return err
		}),
	}
}

func launcherCompileCommand() *cli.Command {
	return &cli.Command{
		Name:      "compile",
		Usage:     "compile a program for a mode",
		ArgsUsage: "ID",
		UsageText: "eaibench launcher compile --launcher URL --root-ca FILE --token FILE [--mode MODE] [--json] ID",
		Description: `A program that does not compile ends with 1 and the compiler's messages.

EXAMPLES:
   eaibench launcher compile --launcher https://127.0.0.1:8450 --root-ca root.pem --token data/launcher/token --mode purecap 1`,
		Flags: askingFlags(&cli.StringFlag{Name: "mode", Usage: "execution `MODE` (default: the first of the platform's chain)"}),
		Action: asking("ID", func(c *cli.Context, client *launcher.Client) (*launcher.CompileResult, error) {
			id, err := idArgument(c)
			if err != nil {
				return nil, err
			}
			return client.Compile(c.Context, id, c.String("mode"))
		}, printCompiled),
	}
}

func printCompiled(w io.Writer, result *launcher.CompileResult) error {
	_, err := fmt.Fprintf(w, "%s%s\n%s  %s\n", result.ErrorOutput, result.Message, result.ExecutableSHA256, result.ExecutablePath)
	return err
}

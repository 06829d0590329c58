package cli

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/urfave/cli/v2"

	"eaibench/attest"
	"eaibench/attest/authority"
)

// attesterUID is the attester's own user unless told otherwise: in the range that Debian hands out to nobody by itself (60000 to
// 64999), beside those of the shipped platform profiles.
const attesterUID = 60610

func attestCommand() *cli.Command {
	return &cli.Command{
		Name:      "attest",
		Usage:     "the attester, reference values, and looking at certificates and evidence",
		UsageText: "eaibench attest serve --data DIR\neaibench attest reference --program NAME\neaibench attest show FILE\neaibench attest verify FILE --root-ca FILE --policy FILE",
		Description: `The attester measures live processes; reference says what a process must measure as; show and
verify look at what came of it.

EXAMPLES:
   eaibench attest serve --data data/attester
   eaibench attest reference --program retail > references.yaml
   eaibench attest show evidence.cose
   eaibench attest verify evidence.cose --policy policy.yaml`,
		Subcommands: []*cli.Command{
			attestServeCommand(), attestReferenceCommand(), attestShowCommand(), attestVerifyCommand(),
		},
	}
}

func attestServeCommand() *cli.Command {
	return &cli.Command{
		Name:      "serve",
		Usage:     "measure live processes of this host and sign what was seen",
		UsageText: "eaibench attest serve --data DIR [--listen ADDRESS] [--uid UID | --same-user] [--cert FILE --key FILE] [--platform NAME]... [--host HOST [--hosts FILE]]",
		Description: `The data folder holds cert.pem and priv.pem, made by ` + "`eaibench ca issue attester NAME`" + `, and
gets attester.key (0600), which signs evidence; attester.pub, for policies; and token (0600), for
the launcher.

Started as root, the attester at once becomes a user of its own and keeps two rights of root's:
to look into processes (CAP_SYS_PTRACE) and to read files (CAP_DAC_READ_SEARCH). Its evidence
then says separate-user. Otherwise it can read its own user's processes only, and its evidence
says same-user. FreeBSD lets root alone look into other users' processes: started as root there,
it stays root, and its evidence says same-user.

With --host it measures processes of another host by that host's own commands, as the user that
logs in there, and stays the user that started it. Its evidence says second-hand.

When it accepts connections, it writes one line to standard output:

   {"ready":"attester","address":"127.0.0.1:8500","pid":4711}

EXAMPLES:
   eaibench attest serve --data data/attester --listen 127.0.0.1:8500
   eaibench attest serve --data data/attester --same-user`,
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "data", Required: true, Usage: "data folder `DIR` of the attester"},
			listenFlag(),
			&cli.IntFlag{Name: "uid", Value: attesterUID, Usage: "user and group `UID` that it becomes when started as root"},
			&cli.BoolFlag{Name: "same-user", Usage: "stay the user that started it, even root"},
			&cli.BoolFlag{Name: "end-with-parent", Usage: "as a user of its own, end when the process that started it ends, even if that is killed"},
			&cli.StringFlag{Name: "cert", Usage: "its certificate, `FILE` (default: cert.pem in the data folder)"},
			&cli.StringFlag{Name: "key", Usage: "its key, `FILE` (default: priv.pem in the data folder)"},
			&cli.StringSliceFlag{Name: "platform", Usage: "`NAME` or profile file of a platform that it measures; may be repeated (default: all that eaibench comes with)"},
		}, elsewhereFlags("measure processes")...),
		Action: runAttestServe,
	}
}

func runAttestServe(c *cli.Context) (err error) {
	if err := noMoreArguments(c); err != nil {
		return err
	}
	settings := authority.AttesterSettings{
		Folder: c.String("data"), CertificateFile: c.String("cert"), KeyFile: c.String("key"), Platforms: c.StringSlice("platform"),
	}
	there, err := openElsewhere(c)
	if err != nil {
		return badInput("%w", err)
	}
	defer func() { err = errors.Join(err, there.close()) }()
	settings.Host = there.host
	if err := authority.PrepareAttester(settings.Folder); err != nil {
		return badInput("%w", err)
	}
	log := serverLog(c)
	// Opened once with root's rights too, so that what is wrong with the folder is said before they are given up.
	attester, err := authority.OpenAttester(settings, log)
	if err != nil {
		return badInput("%w", err)
	}
	if os.Geteuid() == 0 && !c.Bool("same-user") && settings.Host == nil && authority.SeparateUsers {
		return failed("%w", authority.BecomeSeparateUser(c.Int("uid"), c.Bool("end-with-parent")))
	}
	log.Info("attester", "privilege", attester.Privilege(), "uid", os.Geteuid())
	collectSeldom()
	if err := attester.Serve(c.Context, c.String("listen"), c.App.Writer); err != nil {
		return failed("%w", err)
	}
	return nil
}

func attestShowCommand() *cli.Command {
	return &cli.Command{
		Name:      "show",
		Usage:     "explain a certificate, a CSR or evidence",
		ArgsUsage: "FILE",
		UsageText: "eaibench attest show FILE [--json]",
		Description: `FILE is a certificate or CSR (PEM or DER) or evidence (.cose). Nothing is verified: for that
there is` + "`eaibench attest verify`" + `.

EXAMPLES:
   eaibench attest show data/store/cert.pem
   eaibench attest show evidence.cose --json`,
		Flags:  []cli.Flag{&cli.BoolFlag{Name: "json", Usage: "print JSON"}},
		Action: runAttestShow,
	}
}

func runAttestShow(c *cli.Context) error {
	if err := noMoreArguments(c, "FILE"); err != nil {
		return err
	}
	document, err := readDocument(c.Args().First())
	if err != nil {
		return err
	}
	if !c.Bool("json") {
		return document.Explain(c.App.Writer, time.Now())
	}
	view, err := document.View()
	if err != nil {
		return badInput("%s: %w", c.Args().First(), err)
	}
	return writeJSON(c.App.Writer, view)
}

func readDocument(file string) (*authority.Document, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, badInput("%w", err)
	}
	document, err := authority.ParseDocument(data)
	if err != nil {
		return nil, badInput("%s: %w", file, err)
	}
	return document, nil
}

func attestVerifyCommand() *cli.Command {
	return &cli.Command{
		Name:      "verify",
		Usage:     "make a relying party's checks of a certificate or of evidence",
		ArgsUsage: "FILE",
		UsageText: "eaibench attest verify FILE [--root-ca FILE] [--policy FILE] [--references FILE]... [--at TIME] [--json]",
		Description: `Prints each check in order with its outcome: ok, refused, or not made (after a refusal). A
certificate needs --root-ca, a process's and evidence --policy. How old evidence was is checked
with --at alone. Ends with 1 when a check refused.

EXAMPLES:
   eaibench attest verify process.pem --root-ca ca/root.pem --policy policy.yaml
   eaibench attest verify process.pem --root-ca ca/root.pem --policy policy.yaml --at 2026-03-01T12:00:00Z
   eaibench attest verify data/store/cert.pem --root-ca ca/root.pem
   eaibench attest verify evidence.cose --policy policy.yaml --json`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "root-ca", Usage: "root CA's certificate, `FILE` (PEM)"},
			&cli.StringFlag{Name: "policy", Usage: "which processes are accepted, `FILE` (YAML)"},
			referencesFlag(),
			&cli.TimestampFlag{Name: "at", Layout: time.RFC3339, Usage: "verify as of `TIME` (RFC 3339) instead of now, the age of evidence too"},
			&cli.BoolFlag{Name: "json", Usage: "print JSON"},
		},
		Action: runAttestVerify,
	}
}

func runAttestVerify(c *cli.Context) error {
	if err := noMoreArguments(c, "FILE"); err != nil {
		return err
	}
	document, err := readDocument(c.Args().First())
	if err != nil {
		return err
	}
	verifier, err := verifierOf(c)
	if err != nil {
		return badInput("%w", err)
	}
	results, accepted, err := verifier.Verify(document)
	if err != nil {
		return badInput("%s: %w", c.Args().First(), err)
	}
	if c.Bool("json") {
		err = writeJSON(c.App.Writer, map[string]any{"accepted": accepted, "checks": results})
	} else {
		for _, result := range results {
			line := fmt.Sprintf("%-20s %s", result.Check, result.Outcome)
			if result.Reason != "" {
				line += ": " + result.Reason
			}
			fmt.Fprintln(c.App.Writer, line)
		}
	}
	if err == nil && !accepted {
		err = failed("%s is refused", c.Args().First())
	}
	return err
}

func verifierOf(c *cli.Context) (*authority.Verifier, error) {
	verifier := &authority.Verifier{}
	if at := c.Timestamp("at"); at != nil {
		verifier.At = *at
	}
	var err error
	if c.IsSet("root-ca") {
		if verifier.Root, err = attest.LoadRoot(c.String("root-ca")); err != nil {
			return nil, err
		}
	}
	if c.IsSet("policy") {
		verifier.Policy, err = authority.LoadPolicy(c.String("policy"), c.StringSlice("references")...)
	} else if c.IsSet("references") {
		err = errors.New("--references adds to a policy: --policy is missing")
	}
	return verifier, err
}

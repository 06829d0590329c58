package cli

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"eaibench/attest"
	"eaibench/attest/authority"
	"eaibench/internal/endpoint"
)

// issuedKinds are what the operator's certificates are for. A process's comes from the CA's server alone.
func issuedKinds() []attest.Kind {
	return []attest.Kind{attest.KindService, attest.KindLauncher, attest.KindAttester, attest.KindCA}
}

func caCommand() *cli.Command {
	return &cli.Command{
		Name:      "ca",
		Usage:     "the root CA: make it, issue certificates to servers, serve nonces and process certificates",
		UsageText: "eaibench ca init --data DIR\neaibench ca issue KIND NAME --data DIR --out DIR\neaibench ca serve --data DIR --policy FILE [--references FILE]\neaibench ca operator SCENARIO --out DIR",
		Description: `The operator makes the root CA, then the certificates of every server; the CA's server certifies
integration processes. For services that already run when a campaign begins, operator makes
all of it at once.

EXAMPLES:
   eaibench ca init --data ca
   eaibench ca issue service store --data ca --out data/store
   eaibench ca operator mine.yaml --out operator
   eaibench ca serve --data ca --policy policy.yaml`,
		Subcommands: []*cli.Command{
			caInitCommand(), caIssueCommand(), caServeCommand(), caOperatorCommand(),
		},
	}
}

func caFolderFlag() cli.Flag {
	return &cli.StringFlag{Name: "data", Required: true, Usage: "data folder `DIR` of the root CA"}
}

func hostFlag() cli.Flag {
	return &cli.StringSliceFlag{
		Name: "host", Value: cli.NewStringSlice("127.0.0.1", "::1", "localhost"),
		Usage: "DNS name or IP address `HOST` under which the server is reached; may be repeated",
	}
}

func forceFlag() cli.Flag {
	return &cli.BoolFlag{Name: "force", Usage: "replace keys and certificates that are there"}
}

func caInitCommand() *cli.Command {
	return &cli.Command{
		Name:      "init",
		Usage:     "make a root CA, or take over an existing one",
		UsageText: "eaibench ca init --data DIR [--name NAME] [--cert FILE --key FILE] [--host HOST]... [--force]",
		Description: `Writes root.pem, root.key (0600), and the certificate of the CA's own server, cert.pem and
priv.pem (0600). Everyone who shall trust the CA gets root.pem. An existing CA's certificate and
key must be Ed25519, the key PKCS #8 in PEM.

EXAMPLES:
   eaibench ca init --data ca
   eaibench ca init --data ca --name lab --host ca.lab.example
   eaibench ca init --data ca --cert existing/root.pem --key existing/root.key`,
		Flags: []cli.Flag{
			caFolderFlag(),
			&cli.StringFlag{Name: "name", Value: "local", Usage: "`NAME` of the root CA and its server, eai:ca/NAME"},
			&cli.StringFlag{Name: "cert", Usage: "certificate of an existing root CA, `FILE` (PEM)"},
			&cli.StringFlag{Name: "key", Usage: "its key, `FILE` (PEM)"},
			hostFlag(), forceFlag(),
		},
		Action: runCAInit,
	}
}

func runCAInit(c *cli.Context) error {
	if err := noMoreArguments(c); err != nil {
		return err
	}
	if c.IsSet("cert") != c.IsSet("key") {
		return badInput("--cert and --key belong together: an existing root CA's certificate and its key")
	}
	folder := c.String("data")
	settings := authority.CASettings{Name: c.String("name"), Hosts: c.StringSlice("host"), Overwrite: c.Bool("force")}
	var err error
	if c.IsSet("cert") {
		err = authority.ImportCA(folder, c.String("cert"), c.String("key"), settings)
	} else {
		err = authority.CreateCA(folder, settings)
	}
	if err != nil {
		return badInput("%w", err)
	}
	fmt.Fprintf(c.App.ErrWriter, "root CA %s is in %s; its certificate, for everyone, is %s/%s\n", settings.Name, folder, folder, authority.RootFile)
	return nil
}

func caIssueCommand() *cli.Command {
	return &cli.Command{
		Name:      "issue",
		Usage:     "make keys and a certificate for a server: KIND is service, launcher, attester or ca",
		ArgsUsage: "KIND NAME",
		UsageText: "eaibench ca issue KIND NAME --data DIR --out DIR [--host HOST]... [--force]",
		Description: `Writes cert.pem and priv.pem (0600). A service gets a key to sign and one to unseal, the others
a key to sign. An integration process gets its certificate from the CA's server, after
appraisal, and not here.

EXAMPLES:
   eaibench ca issue service store --data ca --out data/store
   eaibench ca issue launcher local --data ca --out data/launcher --host 192.0.2.7
   eaibench ca issue attester local --data ca --out data/attester`,
		Flags: []cli.Flag{
			caFolderFlag(),
			&cli.StringFlag{Name: "out", Required: true, Usage: "folder `DIR` for cert.pem and priv.pem"},
			hostFlag(), forceFlag(),
		},
		Action: runCAIssue,
	}
}

func runCAIssue(c *cli.Context) error {
	if err := noMoreArguments(c, "KIND", "NAME"); err != nil {
		return err
	}
	kind := attest.Kind(c.Args().Get(0))
	if !slices.Contains(issuedKinds(), kind) {
		var known []string
		for _, one := range issuedKinds() {
			known = append(known, string(one))
		}
		return badInput("%q is no kind of certificate%s; there are %s", kind, nearest(string(kind), known, ""), strings.Join(known, ", "))
	}
	identity, err := authority.Issue(c.String("data"), c.String("out"), authority.Issuing{
		Kind: kind, Name: c.Args().Get(1), Hosts: c.StringSlice("host"), Overwrite: c.Bool("force"),
	})
	if err != nil {
		return badInput("%w", err)
	}
	fmt.Fprintf(c.App.ErrWriter, "%s is in %s, valid until %s\n", identity, c.String("out"), identity.Certificate.NotAfter.Format("2006-01-02"))
	return nil
}

func caServeCommand() *cli.Command {
	return &cli.Command{
		Name:      "serve",
		Usage:     "hand out nonces, appraise evidence, sign certificates of integration processes",
		UsageText: "eaibench ca serve --data DIR --policy FILE [--references FILE]... [--listen ADDRESS]",
		Description: `What is accepted is in the policy (docs/formats/policy.md); references made by
` + "`eaibench attest reference`" + ` may stand in it or in files of their own.

When it accepts connections, the server writes one line to standard output:

   {"ready":"ca","address":"127.0.0.1:8440","pid":4711}

EXAMPLES:
   eaibench ca serve --data ca --policy policy.yaml --listen 127.0.0.1:8440
   eaibench ca serve --data ca --policy policy.yaml --references retail.yaml --references healthcare.yaml`,
		Flags: []cli.Flag{
			caFolderFlag(), listenFlag(),
			&cli.StringFlag{Name: "policy", Required: true, Usage: "what is accepted, `FILE` (YAML)"},
			referencesFlag(),
		},
		Action: runCAServe,
	}
}

func listenFlag() cli.Flag {
	return &cli.StringFlag{Name: "listen", Value: "127.0.0.1:0", Usage: "`ADDRESS` to listen on; port 0 takes a free one"}
}

func referencesFlag() cli.Flag {
	return &cli.StringSliceFlag{Name: "references", Usage: "further references, `FILE` (YAML); may be repeated"}
}

func runCAServe(c *cli.Context) error {
	if err := noMoreArguments(c); err != nil {
		return err
	}
	policy, err := authority.LoadPolicy(c.String("policy"), c.StringSlice("references")...)
	if err != nil {
		return badInput("%w", err)
	}
	collectSeldom()
	log := serverLog(c)
	ca, err := authority.OpenCA(c.String("data"), policy, log)
	if err != nil {
		return badInput("%w", err)
	}
	if err := ca.Serve(c.Context, c.String("listen"), c.App.Writer); err != nil {
		return failed("%w", err)
	}
	return nil
}

// serverLog is a server's log for people, on standard error; it begins with a warning where other hosts reach the server.
func serverLog(c *cli.Context) *slog.Logger {
	log := slog.New(slog.NewTextHandler(c.App.ErrWriter, nil))
	if !endpoint.IsLoopback(c.String("listen")) {
		log.Warn("listening beyond this host", "address", c.String("listen"))
	}
	return log
}

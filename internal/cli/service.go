package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"eaibench/attest"
	"eaibench/attest/authority"
	"eaibench/integration_process"
	"eaibench/internal/endpoint"
	"eaibench/mockservices"
)

// serviceCommand serves one digital service. Which services there are is the solution's to say, so they are an argument and
// not commands.
func serviceCommand() *cli.Command {
	return &cli.Command{
		Name:      "service",
		Usage:     "serve a digital service of a solution, such as store, taxi or whatsapp",
		ArgsUsage: "SERVICE",
		UsageText: "eaibench service SERVICE --data DIR --root-ca FILE --policy FILE [--references FILE]... [flags]",
		Description: `The service gives data to, and takes data from, a process whose certificate it can verify.

The data folder holds cert.pem and priv.pem, made by the operator of the root CA:

   eaibench ca issue service store --data ca --out data/store

and gets the database, seeded when it is missing, and token, which admits to POST /api/reset. A
database made elsewhere is served as it is when it stands there under the solution's name for
it.

When it accepts connections, the service writes one line to standard output:

   {"ready":"service/store","address":"127.0.0.1:8441","pid":4711}

EXAMPLES:
   eaibench service store --data data/store --root-ca root.pem --policy policy.yaml --listen 127.0.0.1:8441
   eaibench service taxi --data data/taxi --root-ca root.pem --policy policy.yaml --seed 7 --size drivers=50
   eaibench service whatsapp --data data/whatsapp --root-ca root.pem --policy policy.yaml --outcome silent --silence-limit 5s`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "listen", Value: "127.0.0.1:0", Usage: "`ADDRESS` to listen on; port 0 takes a free one"},
			&cli.StringFlag{Name: "data", Required: true, Usage: "data folder `DIR`, with cert.pem and priv.pem"},
			&cli.StringFlag{Name: "root-ca", Required: true, Usage: "root CA's certificate, `FILE` (PEM)"},
			&cli.StringFlag{Name: "policy", Required: true, Usage: "which processes are accepted, `FILE` (YAML)"},
			referencesFlag(),
			&cli.StringFlag{Name: "solution", Value: "retail", Usage: "`NAME` of a solution, or its description's file, ending in .yaml"},
			&cli.Uint64Flag{Name: "seed", Value: 1, Usage: "`N` decides the data of a database made here, and drawn outcomes"},
			&cli.StringSliceFlag{Name: "size", Usage: "`NAME=N` sets a size of the solution's data; may be repeated"},
			&cli.StringFlag{Name: "outcome", Usage: "what the simulated person does, `NAME`: for whatsapp accept, decline, silent, or seeded to draw it for each request"},
			timeFlag("silence-limit", "2s", "`TIME` for which a silent person is waited for"),
			&cli.BoolFlag{Name: "allow-verify-cached", Usage: "check a certificate that allows it once and not on each request (INSECURE: only to measure what checking costs)"},
			&cli.BoolFlag{Name: "allow-crypto-none", Usage: "accept unsealed payloads (INSECURE: only to measure what sealing costs)"},
		},
		Action: runService,
	}
}

func runService(c *cli.Context) error {
	if err := noMoreArguments(c, "SERVICE"); err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(c.App.ErrWriter, nil))
	options, err := serviceOptions(c, log)
	if err != nil {
		return badInput("%w", err)
	}
	token, err := endpoint.LoadOrCreateToken(filepath.Join(options.Folder, "token"))
	if err != nil {
		return badInput("%w", err)
	}
	if !endpoint.IsLoopback(c.String("listen")) {
		log.Warn("listening beyond this host", "address", c.String("listen"))
	}
	if options.AllowCryptoNone {
		log.Warn("INSECURE: unsealed payloads are accepted")
	}
	if options.AllowVerifyCached {
		log.Warn("INSECURE: what the checks of a certificate gave is kept, for certificates that allow it")
	}
	collectSeldom()
	return serveService(c.Context, c, options, token)
}

func serveService(ctx context.Context, c *cli.Context, options mockservices.Options, token string) (err error) {
	service, err := mockservices.Open(ctx, options)
	if err != nil {
		return failed("%w", err)
	}
	defer func() { err = errors.Join(err, service.Close()) }()
	server := service.Server(c.String("listen"), token)
	server.Ready = c.App.Writer
	if err := server.Serve(ctx); err != nil {
		return failed("%w", err)
	}
	return nil
}

// serviceOptions reads everything that the flags name.
func serviceOptions(c *cli.Context, log *slog.Logger) (mockservices.Options, error) {
	options := mockservices.Options{
		Service: c.Args().First(), Folder: c.String("data"), Seed: c.Uint64("seed"),
		Outcome: c.String("outcome"), SilenceLimit: c.Duration("silence-limit"),
		AllowCryptoNone: c.Bool("allow-crypto-none"), AllowVerifyCached: c.Bool("allow-verify-cached"), Log: log,
	}
	var err error
	if options.Solution, err = solutionNamed(c.String("solution")); err != nil {
		return options, err
	}
	if _, err := options.Solution.Service(options.Service); err != nil {
		return options, err
	}
	if options.Sizes, err = parseSizes(c.StringSlice("size")); err != nil {
		return options, err
	}
	if options.Identity, err = serviceIdentity(options.Folder, options.Service); err != nil {
		return options, err
	}
	if options.Root, err = attest.LoadRoot(c.String("root-ca")); err != nil {
		return options, err
	}
	options.Policy, err = authority.LoadPolicy(c.String("policy"), c.StringSlice("references")...)
	return options, err
}

// solutionNamed loads a shipped solution, or the description in a file.
func solutionNamed(name string) (*integration_process.Solution, error) {
	if !strings.HasSuffix(name, ".yaml") {
		return integration_process.LoadSolution(name)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read the solution's description: %w", err)
	}
	return integration_process.ParseSolution(name, text)
}

// serviceIdentity loads the service's keys, or says how they are made.
func serviceIdentity(folder, service string) (*attest.Identity, error) {
	certFile, keyFile := filepath.Join(folder, "cert.pem"), filepath.Join(folder, "priv.pem")
	identity, err := attest.LoadIdentity(certFile, keyFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w\nservice %s has no certificate yet; the operator of the root CA makes cert.pem and priv.pem with: eaibench ca issue service %s --data CA --out %s",
			err, service, service, folder)
	}
	return identity, err
}

func parseSizes(given []string) (map[string]int64, error) {
	sizes := map[string]int64{}
	for _, one := range given {
		name, number, _ := strings.Cut(one, "=")
		value, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("--size %q is not NAME=N, such as drivers=50", one)
		}
		if _, twice := sizes[name]; twice {
			return nil, fmt.Errorf("--size %s is given twice", name)
		}
		sizes[name] = value
	}
	return sizes, nil
}

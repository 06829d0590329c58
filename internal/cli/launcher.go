package cli

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"eaibench/attest"
	"eaibench/hosts"
	"eaibench/internal/endpoint"
	"eaibench/launcher"
	"eaibench/platform"
)

// launcherCommand serves a launcher and asks one.
func launcherCommand() *cli.Command {
	return &cli.Command{
		Name:      "launcher",
		Usage:     "serve a launcher, or have one store, compile and execute programs",
		UsageText: "eaibench launcher serve|list|upload|delete|compile|execute|menu [flags] [arguments]",
		Description: `The launcher stores sources, compiles them, creates the compartment, deploys, and relays. It
never sees data in the clear.

EXAMPLES:
   eaibench launcher serve --data data/launcher --root-ca root.pem --ca https://127.0.0.1:8440 \
      --attester https://127.0.0.1:8500 --attester-token data/attester/token --service store=https://127.0.0.1:8441
   eaibench launcher upload --launcher https://127.0.0.1:8450 --root-ca root.pem --token data/launcher/token retail.c
   eaibench launcher execute --launcher https://127.0.0.1:8450 --root-ca root.pem --token data/launcher/token --mode hybrid 1`,
		Subcommands: []*cli.Command{
			launcherServeCommand(),
			launcherListCommand(),
			launcherUploadCommand(),
			launcherDeleteCommand(),
			launcherCompileCommand(),
			launcherExecuteCommand(),
			launcherMenuCommand(),
		},
	}
}

func launcherServeCommand() *cli.Command {
	limits := launcher.DefaultLimits()
	return &cli.Command{
		Name:      "serve",
		Usage:     "serve a launcher",
		UsageText: "eaibench launcher serve --data DIR --root-ca FILE --ca URL --attester URL --attester-token FILE --service ID=URL… [flags]",
		Description: `The data folder holds cert.pem and priv.pem, made by the operator of the root CA:

   eaibench ca issue launcher local --data ca --out data/launcher

and gets the program store and token, the bearer token that every request but GET /health must
bring.

With --host, programs are compiled and run on another host, for one on which eaibench itself does
not run: compiler and process are reached by the host's own commands. The attester needs the same
--host; its evidence is second-hand then, which a policy has to allow.

When it accepts connections, the launcher writes one line to standard output:

   {"ready":"launcher","address":"127.0.0.1:8450","pid":4711}

EXAMPLES:
   eaibench launcher serve --listen 127.0.0.1:8450 --data data/launcher --root-ca root.pem \
      --ca https://127.0.0.1:8440 --attester https://127.0.0.1:8500 --attester-token data/attester/token \
      --service store=https://127.0.0.1:8441 --service taxi=https://127.0.0.1:8442 --service whatsapp=https://127.0.0.1:8443`,
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{Name: "listen", Value: "127.0.0.1:0", Usage: "`ADDRESS` to listen on; port 0 takes a free one"},
			&cli.StringFlag{Name: "data", Required: true, Usage: "data folder `DIR`: the program store, token, and usually cert.pem and priv.pem"},
			&cli.StringFlag{Name: "cert", Usage: "own certificate, `FILE` (default: cert.pem in the data folder)"},
			&cli.StringFlag{Name: "key", Usage: "its private key, `FILE` (default: priv.pem in the data folder)"},
			&cli.StringFlag{Name: "root-ca", Required: true, Usage: "root CA's certificate, `FILE` (PEM)"},
			&cli.StringFlag{Name: "ca", Required: true, Usage: "`URL` of the root CA's server"},
			&cli.StringFlag{Name: "attester", Required: true, Usage: "`URL` of the attester"},
			&cli.StringFlag{Name: "attester-token", Required: true, Usage: "the attester's bearer token, `FILE`"},
			&cli.StringSliceFlag{Name: "service", Usage: "`ID=URL` of a digital service; may be repeated"},
			&cli.StringFlag{Name: "platform", Value: "linux", Usage: "`NAME` of a platform, or its profile's file"},
			&cli.StringFlag{Name: "auth", Value: "token", Usage: "`HOW` requests are let in: token, or none to answer anybody on this host (loopback only): programs of modes without a compartment too, since they share the host's network"},
			&cli.StringFlag{Name: "scratch", Usage: "folder `DIR` for what one run needs (default: one in the system's temporary folder)"},
			timeFlag("time-limit", limits.Time.String(), "`TIME` that a run may take, besides the intervals it asks for"),
			timeFlag("compile-time-limit", limits.CompileTime.String(), "`TIME` that a compilation may take"),
			numberFlag("runs", strconv.Itoa(limits.Runs), "most runs at the same time, `N`"),
			numberFlag("memory-limit", "", "`BYTES` of memory that a run may use (default: the platform's)"),
			numberFlag("process-limit", "", "`N` processes and threads that a run may have (default: the platform's)"),
			numberFlag("output-limit", "", "`BYTES` that a run may print (default: the platform's)"),
		}, elsewhereFlags("compile and run programs"), toolchainFlags(), buildControlFlags(), runControlFlags()),
		Action: runLauncherServe,
	}
}

func runLauncherServe(c *cli.Context) (err error) {
	if err := noMoreArguments(c); err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(c.App.ErrWriter, nil))
	identity, options, token, err := launcherSettings(c, log)
	if err != nil {
		return badInput("%w", err)
	}
	there, err := openElsewhere(c)
	if err != nil {
		return badInput("%w", err)
	}
	defer func() { err = errors.Join(err, there.close()) }()
	if there.host != nil {
		options.Host, options.WorkFolder = there.host, there.workFolder
	}
	if options.Cross, err = toolchainOf(c); err != nil {
		return badInput("%w", err)
	}
	collectSeldom()
	l, err := launcher.New(c.Context, options)
	if err != nil {
		return badInput("%w", err)
	}
	server := endpoint.Server{
		Name: "launcher", Address: c.String("listen"), Certificate: identity.TLS(), Handler: l.Handler(token), Log: log, Ready: c.App.Writer,
	}
	if err := l.Serve(c.Context, &server); err != nil {
		return failed("%w", err)
	}
	return nil
}

// launcherSettings reads everything that the flags name. The token is empty for --auth none.
func launcherSettings(c *cli.Context, log *slog.Logger) (identity *attest.Identity, options launcher.Options, token string, err error) {
	data := c.String("data")
	options = launcher.Options{
		Data: data, Scratch: c.String("scratch"), CA: c.String("ca"), Attester: c.String("attester"), Host: hosts.Local(), Log: log,
		Limits: launcher.Limits{Time: c.Duration("time-limit"), CompileTime: c.Duration("compile-time-limit"), Runs: c.Int("runs")},
	}
	in := func(flag, name string) string {
		if given := c.String(flag); given != "" {
			return given
		}
		return filepath.Join(data, name)
	}
	for _, flag := range []string{"ca", "attester"} {
		if err := checkAddress("--"+flag, c.String(flag)); err != nil {
			return nil, options, "", err
		}
	}
	if identity, err = attest.LoadIdentity(in("cert", "cert.pem"), in("key", "priv.pem")); err != nil {
		return nil, options, "", fmt.Errorf("%w\nthe operator of the root CA makes the launcher's cert.pem and priv.pem with: eaibench ca issue launcher NAME --data CA --out %s", err, data)
	}
	if options.Root, err = attest.LoadRoot(c.String("root-ca")); err != nil {
		return nil, options, "", err
	}
	if options.AttesterToken, err = endpoint.LoadToken(c.String("attester-token")); err != nil {
		return nil, options, "", err
	}
	if options.Services, err = serviceAddresses(c.StringSlice("service")); err != nil {
		return nil, options, "", err
	}
	unknown, err := unknownServices(options.Services)
	if err != nil {
		return nil, options, "", err
	}
	for _, warning := range unknown {
		log.Warn(warning)
	}
	if options.Profile, err = limitedProfile(c); err != nil {
		return nil, options, "", err
	}
	switch auth := c.String("auth"); auth {
	case "token":
		token, err = endpoint.LoadOrCreateToken(launcher.TokenPath(data))
	case "none":
		if !endpoint.IsLoopback(c.String("listen")) {
			err = fmt.Errorf("--auth none is for loopback only: --listen %s can be reached from other hosts", c.String("listen"))
		}
	default:
		err = fmt.Errorf("--auth %q: there are token and none", auth)
	}
	return identity, options, token, err
}

// limitedProfile loads the platform's profile, with the limits and controls that the flags give.
func limitedProfile(c *cli.Context) (*platform.Profile, error) {
	profile, err := platform.Load(c.String("platform"))
	if err != nil {
		return nil, err
	}
	if !c.IsSet("host") {
		if err := profile.CheckHost(); err != nil {
			return nil, err
		}
	}
	for flag, limit := range map[string]*int64{
		"memory-limit": &profile.Limits.MemoryBytes, "process-limit": &profile.Limits.Processes, "output-limit": &profile.Limits.OutputBytes,
	} {
		if !c.IsSet(flag) {
			continue
		}
		if *limit = c.Int64(flag); *limit < 1 {
			return nil, fmt.Errorf("--%s %d: it must be above 0", flag, *limit)
		}
	}
	return profile, setControls(c, profile, profile.Chain())
}

func serviceAddresses(given []string) (map[string]string, error) {
	addresses := make(map[string]string, len(given))
	for _, text := range given {
		id, address, ok := strings.Cut(text, "=")
		switch {
		case !ok || id == "":
			return nil, fmt.Errorf("--service %q: it must be ID=URL, such as store=https://127.0.0.1:8441", text)
		case addresses[id] != "":
			return nil, fmt.Errorf("--service %s is given twice", id)
		}
		if err := checkAddress("--service "+id, address); err != nil {
			return nil, err
		}
		addresses[id] = address
	}
	return addresses, nil
}

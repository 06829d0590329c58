package cli

import (
	"github.com/urfave/cli/v2"

	"eaibench/links"
	"eaibench/runner"
)

// hostCommand is what a campaign starts on its hosts. People need it for nothing, so help leaves it out.
func hostCommand() *cli.Command {
	return &cli.Command{
		Name: "host", Usage: "what a campaign starts on another host", UsageText: "eaibench host steward|describe|link|measure [flags]", Hidden: true,
		Subcommands: []*cli.Command{
			{
				Name: "steward", Usage: "keep a campaign's folder until the input ends, and tell what processes use",
				UsageText: "eaibench host steward --work DIR",
				Flags:     []cli.Flag{&cli.StringFlag{Name: "work", Required: true, Usage: "folder `DIR` in which the campaign's is made"}},
				Action: func(c *cli.Context) error {
					if err := noMoreArguments(c); err != nil {
						return err
					}
					if err := runner.Steward(c.String("work"), c.App.Reader, c.App.Writer); err != nil {
						return failed("%w", err)
					}
					return nil
				},
			},
			{
				Name: "describe", Usage: "describe this host, as JSON, and with --platform the programs that measurements depend on",
				UsageText: "eaibench host describe [--platform NAME]",
				Flags:     []cli.Flag{&cli.StringFlag{Name: "platform", Usage: "`NAME` of the platform"}},
				Action: func(c *cli.Context) error {
					if err := noMoreArguments(c); err != nil {
						return err
					}
					is, err := describeThisHost(c.Context, c.String("platform"), !c.IsSet("platform"))
					if err != nil {
						return err
					}
					return writeJSON(c.App.Writer, is)
				},
			},
			{
				Name: "link", Usage: "answer measurements of a link until told to end", UsageText: "eaibench host link --listen ADDRESS",
				Flags: []cli.Flag{&cli.StringFlag{Name: "listen", Value: "127.0.0.1:0", Usage: "`ADDRESS` to listen on; port 0 takes a free one"}},
				Action: func(c *cli.Context) error {
					if err := noMoreArguments(c); err != nil {
						return err
					}
					if err := runner.ServeLink(c.Context, c.String("listen"), c.App.Writer); err != nil {
						return failed("%w", err)
					}
					return nil
				},
			},
			{
				Name: "measure", Usage: "measure the link to where `eaibench host link` answers, as JSON", UsageText: "eaibench host measure [--handshakes] [--round-trips N] HOST:PORT",
				Flags: []cli.Flag{
					numberFlag("round-trips", "0", "time `N` round trips; 0: as many as are usual"),
					&cli.BoolFlag{Name: "handshakes", Usage: "time connections to any server, which need not measure anything"},
				},
				Action: func(c *cli.Context) error {
					if err := noMoreArguments(c, "HOST:PORT"); err != nil {
						return err
					}
					measure := links.Measure
					if c.Bool("handshakes") {
						measure = links.MeasureHandshakes
					}
					measured, err := measure(c.Context, c.Args().First(), links.Measurement{RoundTrips: c.Int("round-trips")})
					if err != nil {
						return failed("%w", err)
					}
					return writeJSON(c.App.Writer, measured)
				},
			},
		},
	}
}

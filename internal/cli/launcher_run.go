package cli

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"eaibench/bench"
	"eaibench/bench/statistics"
	"eaibench/launcher"
)

// mostShown is how much of a program's output a person is shown, bytes; --json has all of it.
const mostShown = 4 << 10

func launcherExecuteCommand() *cli.Command {
	return &cli.Command{
		Name:      "execute",
		Usage:     "execute a compiled program in a mode, from its attested start to its end",
		ArgsUsage: "ID",
		UsageText: "eaibench launcher execute --launcher URL --root-ca FILE --token FILE [flags] ID",
		Description: `Prints what the program printed, then each step of an attested run with its time in ms: of steps
that happened several times the median. Ends with 1 when the run failed, and says why. With
--json the whole result is printed either way.

EXAMPLES:
   eaibench launcher execute --launcher https://127.0.0.1:8450 --root-ca root.pem --token data/launcher/token --mode hybrid 1
   eaibench launcher execute --launcher https://127.0.0.1:8450 --root-ca root.pem --token data/launcher/token --mode compartment \
      --requests 10 --interval 100ms --parameter threshold_cents=20000 --json 1`,
		Flags: askingFlags(
			&cli.StringFlag{Name: "mode", Usage: "execution `MODE` (default: the one compiled last)"},
			&cli.StringFlag{Name: "run", Usage: "`NAME` of the run, as in its certificate (default: made from time and chance)"},
			numberFlag("requests", "", "carry the solution out `N` times (default: 1)"),
			timeFlag("interval", "", "`TIME` from the start of one request to the start of the next, whole milliseconds (default: 0s)"),
			&cli.StringSliceFlag{Name: "parameter", Usage: "one of the solution's own run parameters, `NAME=VALUE` as in docs/formats/messages.md, such as threshold_cents=20000; may be repeated (default: the solution's)"},
			&cli.StringFlag{Name: "verify", Usage: "how often services check the certificate, `VERIFY`: full, or cached (INSECURE: only to measure what checking costs) (default: full)"},
			&cli.StringFlag{Name: "crypto", Usage: "`CRYPTO`: hpke, or none (INSECURE: only to measure what sealing costs) (default: hpke)"},
			&cli.StringFlag{Name: "path", Usage: "`PATH` to the services: relayed, or direct, by connections of the process's own (default: relayed)"},
			timeFlag("time-limit", "", "`TIME` that the run may take, besides the intervals (default: the launcher's)"),
		),
		Action: runLauncherExecute,
	}
}

func runLauncherExecute(c *cli.Context) error {
	status := launcher.OK
	reason := ""
	err := asking("ID", func(c *cli.Context, client *launcher.Client) (*launcher.RunResult, error) {
		id, err := idArgument(c)
		if err != nil {
			return nil, err
		}
		request, err := executeRequest(c)
		if err != nil {
			return nil, err
		}
		result, err := client.Execute(c.Context, id, c.String("mode"), request)
		if err == nil {
			status, reason = result.Status, result.Message
		}
		return result, err
	}, printRun)(c)
	if err == nil && status != launcher.OK {
		return failed("%s", reason)
	}
	return err
}

func executeRequest(c *cli.Context) (launcher.ExecuteRequest, error) {
	request := launcher.ExecuteRequest{
		Run:        c.String("run"),
		Parameters: launcher.Parameters{Crypto: c.String("crypto"), Verify: c.String("verify"), Path: c.String("path")},
	}
	for _, given := range c.StringSlice("parameter") {
		name, value, ok := strings.Cut(given, "=")
		if !ok || name == "" {
			return request, badInput("--parameter %s: want NAME=VALUE, such as threshold_cents=20000", given)
		}
		if request.Parameters.Arguments == nil {
			request.Parameters.Arguments = bench.Arguments{}
		}
		request.Parameters.Arguments[name] = argumentOf(value)
	}
	for _, given := range []struct {
		flag  string
		value int64
		into  **int64
	}{
		{"requests", c.Int64("requests"), &request.Parameters.Requests},
		{"interval", c.Duration("interval").Milliseconds(), &request.Parameters.IntervalMS},
	} {
		if c.IsSet(given.flag) {
			*given.into = &given.value
		}
	}
	if interval := c.Duration("interval"); interval%time.Millisecond != 0 {
		return request, badInput("--interval %s: it must be whole milliseconds", interval)
	}
	if c.IsSet("time-limit") {
		if request.TimeLimitMS = c.Duration("time-limit").Milliseconds(); request.TimeLimitMS < 1 {
			return request, badInput("--time-limit %s: it must be at least 1ms", c.Duration("time-limit"))
		}
	}
	return request, nil
}

// argumentOf reads a value: what is written as a whole number is one, unless it is in double quotes.
func argumentOf(value string) any {
	if number, err := strconv.ParseInt(value, 10, 64); err == nil {
		return number
	}
	if len(value) >= 2 && value[0] == '"' && value[len(value)-1] == '"' {
		return value[1 : len(value)-1]
	}
	return value
}

// printRun shows a run to a person: what it printed, and how long its steps took. Why it failed is
// the command's error, and the steps of a run that failed measure nothing.
func printRun(w io.Writer, result *launcher.RunResult) error {
	var text strings.Builder
	text.WriteString(shownOutput(result.Output))
	text.WriteString(shownOutput(result.ErrorOutput))
	if result.Status == launcher.OK {
		fmt.Fprintln(&text, result.Message)
		if err := printSteps(&text, result.Samples); err != nil {
			return err
		}
		if m := result.Memory; m != nil {
			fmt.Fprintf(&text, "   peak memory %d bytes\n", m.PeakResident)
		}
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// shownOutput is the beginning of what a program printed, as whole lines.
func shownOutput(output string) string {
	more := len(output) - mostShown
	if more > 0 {
		output = strings.ToValidUTF8(output[:mostShown], "")
	}
	if output != "" && !strings.HasSuffix(output, "\n") {
		output += "\n"
	}
	if more > 0 {
		output += fmt.Sprintf("… and %d bytes more; --json has all that is kept\n", more)
	}
	return output
}

// shownStep is one row: a step, over all requests.
type shownStep struct {
	operation bench.Operation
	component bench.Component
	metric    string
	service   string
}

// printSteps writes the steps in the order in which they happened first.
func printSteps(w io.Writer, samples []launcher.Sample) error {
	var order []shownStep
	took := map[shownStep][]float64{} // ms
	for _, s := range samples {
		step := shownStep{s.Operation, s.Component, s.Metric, s.Service}
		if _, known := took[step]; !known {
			order = append(order, step)
		}
		took[step] = append(took[step], float64(s.Value)/float64(time.Millisecond))
	}
	if len(order) > 0 {
		fmt.Fprintf(w, "   %-9s %-19s %-21s %-8s %12s %6s\n", "operation", "component", "step", "service", "median (ms)", "n")
	}
	for _, step := range order {
		median, err := statistics.Median(took[step])
		if err != nil {
			return fmt.Errorf("step %s: %w", step.metric, err)
		}
		fmt.Fprintf(w, "   %-9s %-19s %-21s %-8s %12.3f %6d\n", step.operation, step.component, step.metric, step.service, median, len(took[step]))
	}
	return nil
}

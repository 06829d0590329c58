package hosts

import (
	"bytes"
	"context"
	"fmt"
	"strings"
)

// mostOutput bounds what Output reads of a command, in bytes.
const mostOutput = 64 << 20

// Output runs a command on a host, with the messages of the C locale and nothing else in its environment but those given
// (NAME=VALUE), and gives what it wrote to standard output. Anything but exit code 0 is an error, with the first line that it wrote
// to standard error.
func Output(ctx context.Context, host Host, argv []string, environment ...string) ([]byte, error) {
	var output, complaint bytes.Buffer
	exit, err := host.Run(ctx, Command{
		Args: argv, Env: append([]string{"LC_ALL=C"}, environment...), Stdout: &output, Stderr: &complaint, OutputLimit: mostOutput,
	})
	if err != nil {
		return nil, err
	}
	if !exit.OK() {
		first, _, _ := strings.Cut(strings.TrimSpace(complaint.String()), "\n")
		return nil, fmt.Errorf("%s: %s: %s", strings.Join(argv, " "), exit, first)
	}
	return output.Bytes(), nil
}

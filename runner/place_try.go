package runner

import (
	"context"
	"fmt"
	"strings"

	"eaibench/hosts"
)

// Answer is what eaibench on a host answered, whatever its exit code.
type Answer struct {
	Exit           hosts.Exit
	Stdout, Stderr string
}

// Try has eaibench on the host carry out a command, which may fail: then Answer says how. The error is that it could not be
// copied there or started.
func (p Place) Try(ctx context.Context, args ...string) (Answer, error) {
	executable, err := p.deploy(ctx)
	if err != nil {
		return Answer{}, fmt.Errorf("copying eaibench to host %s: %w", p.Name, err)
	}
	var said, complained strings.Builder
	exit, err := p.Host.Run(ctx, hosts.Command{
		Args: append([]string{executable}, args...), Env: p.environment(), Stdout: &said, Stderr: &complained, OutputLimit: mostOutput,
	})
	return Answer{exit, said.String(), strings.TrimSpace(complained.String())}, err
}

package launcher

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"eaibench/platform"
)

func (r *run) retrieveProgram() error {
	r.step = "retrieveProgram"
	begin := time.Now()
	content, err := os.ReadFile(r.launcher.store.executablePath(r.executable))
	if errors.Is(err, fs.ErrNotExist) {
		return failedRun(Harness, "the executable of %s in mode %s is no longer there: compile it again", r.program.Name, r.mode.Name)
	}
	if err != nil {
		return fmt.Errorf("retrieving the program: %w", err)
	}
	r.content = content
	r.samples.start("retrieveProgram", time.Since(begin))
	return nil
}

// deploy copies the executable to where the user that runs it can reach it, and checks the copy.
// That it is still the one that was compiled is not for the launcher to vouch for: the attester
// measures it and the root CA compares.
func (r *run) deploy(ctx context.Context) error {
	r.step = "deploy"
	at := r.launcher.runs
	host := at.host
	c := &compartment{
		at: at, host: host, mode: r.mode, user: r.user, folder: within(at.scratch, "run-"+randomHex()),
		log: newBoundedLog(r.launcher.limits.LogKept), direct: r.direct(), limit: min(startFrame, r.launcher.limits.Frame),
	}
	if r.executable.Plain {
		c.printed = newBoundedLog(r.launcher.limits.LogKept)
	}
	r.compartment = c
	content := r.content
	r.content = nil
	want := sha256.Sum256(content)
	begin := time.Now()
	if err := host.MkdirAll(ctx, c.folder, 0o755); err != nil {
		return fmt.Errorf("deploying: %w", err)
	}
	if err := host.WriteFile(ctx, c.executablePath(), bytes.NewReader(content), 0o755); err != nil {
		return fmt.Errorf("deploying: %w", err)
	}
	got, err := host.Hash(ctx, c.executablePath())
	if err != nil {
		return fmt.Errorf("deploying: %w", err)
	}
	if got != want {
		return failedRun(Harness, "deploying: the copy on host %s differs from the stored executable", host.Name())
	}
	r.samples.start("deploy", time.Since(begin))
	r.deployed = got
	return r.checkClaim(content)
}

// checkClaim looks at the executable as deployed: a run of another ABI than the mode's is no run of
// that mode.
func (r *run) checkClaim(deployed []byte) error {
	headers, err := platform.ParseELF(bytes.NewReader(deployed))
	if err != nil {
		return fmt.Errorf("read executable %s: %w", r.compartment.executablePath(), err)
	}
	err = r.mode.CheckABI(headers)
	var mismatch *platform.Mismatch
	if errors.As(err, &mismatch) {
		return &Ending{Status: Invalid, Cause: ClaimFailed, Check: mismatch.About, Reason: mismatch.Error(), err: err}
	}
	return err
}

// createCompartment makes the cgroup and starts the process in it, until it says `ready`.
func (r *run) createCompartment(ctx context.Context, cancel context.CancelCauseFunc) error {
	r.step = "createCompartment"
	begin := time.Now()
	if err := r.startProcess(ctx, cancel); err != nil {
		return err
	}
	ready, err := r.expect("ready")
	if err != nil {
		return err
	}
	r.samples.start("createCompartment", time.Since(begin))
	r.openSSL, r.openSSLCPU = oneLine(ready.OpenSSL), oneLine(ready.OpenSSLCPU)
	if ready.Version != messagesVersion {
		return failedRun(NotAMessage, "the process speaks version %d of the messages, this launcher %d", ready.Version, messagesVersion)
	}
	return nil
}

// startProcess makes the cgroup and starts the process in it.
func (r *run) startProcess(ctx context.Context, cancel context.CancelCauseFunc) error {
	c := r.compartment
	if err := c.makeCgroup(r.program.Name+"-"+randomHex()[:8], r.launcher.log); err != nil {
		return fmt.Errorf("creating the compartment: %w", err)
	}
	if err := c.start(ctx, r.executable.Plain); err != nil {
		return fmt.Errorf("creating the compartment: %w", err)
	}
	c.watch(func() { cancel(r.processLimit()) })
	return nil
}

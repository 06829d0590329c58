package qemu

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/ssh"

	"eaibench/hosts"
)

// mostTyped is how many characters are typed in one line: a terminal takes no line of
// any length, and an emulated serial line may lose some of a long one.
const mostTyped = 150

// Command has the shell run a line of at most 150 characters, and gives what the
// console showed meanwhile, the line's echo first. It may be used once Boot has
// succeeded. A status other than 0 is a hosts.TargetError with a BootError of
// ErrCommand, a line that cannot be typed a hosts.HarnessError.
func (c *Console) Command(ctx context.Context, line string) (string, error) {
	c.enter(StageCommand)
	return c.succeed(ctx, line)
}

// succeed runs a line that has to succeed.
func (c *Console) succeed(ctx context.Context, line string) (string, error) {
	shown, status, err := c.run(ctx, line)
	if err == nil && status != 0 {
		err = c.fault(ErrCommand, fmt.Sprintf("%s: exited with status %d", line, status))
	}
	return shown, err
}

// run runs a line and gives its status.
func (c *Console) run(ctx context.Context, line string) (shown string, status int, err error) {
	if err := c.checkLine(line); err != nil {
		return "", 0, &hosts.HarnessError{Op: "host " + c.name + ": type a command", Err: err}
	}
	shown, err = c.exchange(ctx, line, c.prompt())
	if err != nil {
		return shown, 0, err
	}
	status, err = c.status(ctx)
	return shown, status, err
}

// status gives the status of the line before, and returns when the shell waits for
// the next. It is asked for apart: what was typed ahead, a command could read.
func (c *Console) status(ctx context.Context) (int, error) {
	c.commands++
	number := strconv.Itoa(c.commands)
	if _, err := c.exchange(ctx, `printf '\n%s-%s %s.\n' `+c.token+" "+number+" $?", "\n"+c.token+"-"+number+" "); err != nil {
		return 0, err
	}
	_, digits, err := c.await(ctx, c.guest.Limits.Command, nil, sign{text: "."})
	if err != nil {
		return 0, err
	}
	status, err := strconv.Atoi(digits)
	if err != nil {
		return 0, c.fault(ErrCommand, "its status cannot be read: "+digits)
	}
	_, _, err = c.await(ctx, c.guest.Limits.Command, nil, sign{text: c.prompt()})
	return status, err
}

// exchange types a line and waits for a text, and gives what was shown before it.
func (c *Console) exchange(ctx context.Context, line, text string) (string, error) {
	if err := c.typeIn(ctx, c.guest.Limits.Command, line+enterKey); err != nil {
		return "", err
	}
	_, before, err := c.await(ctx, c.guest.Limits.Command, nil, sign{text: text})
	return before, err
}

func (c *Console) checkLine(line string) error {
	if !c.answers {
		return errNoShell
	}
	return checkTyped(line)
}

// checkTyped says why a text cannot be typed in one line, without the text: it may be
// a password.
func checkTyped(text string) error {
	if len(text) > mostTyped {
		return fmt.Errorf("a line of %d bytes is longer than the %d that can be typed", len(text), mostTyped)
	}
	// Control characters are keys: Ctrl-A is a command to QEMU itself.
	if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return errors.New("a line has control characters, which cannot be typed")
	}
	return nil
}

// GetAddress has the guest get itself an address if it has none. Errors as of
// Command.
func (c *Console) GetAddress(ctx context.Context) error {
	if c.guest.HasAddress == "" {
		return nil
	}
	c.enter(StageNetwork)
	_, status, err := c.run(ctx, c.guest.HasAddress)
	if err != nil || status == 0 {
		return err
	}
	if _, err := c.succeed(ctx, c.guest.GetAddress); err != nil {
		return err
	}
	_, err = c.succeed(ctx, c.guest.HasAddress)
	return err
}

// InstallKey lets the user in over SSH with a key, and prepares the SSH server for
// it. The key is typed in pieces and read back. Errors as of Command.
func (c *Console) InstallKey(ctx context.Context, key ssh.PublicKey) error {
	c.enter(StageKey)
	const file = "~/.ssh/eaibench.new"
	written := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
	if _, err := c.succeed(ctx, "mkdir -p ~/.ssh && chmod 700 ~/.ssh && : >"+file); err != nil {
		return err
	}
	const before, behind = "printf %s '", "' >>" + file
	for rest := written; rest != ""; {
		piece := rest[:min(len(rest), mostTyped-len(before)-len(behind))]
		rest = rest[len(piece):]
		if _, err := c.succeed(ctx, before+piece+behind); err != nil {
			return err
		}
	}
	shown, err := c.succeed(ctx, "cat "+file+"; echo")
	if err != nil {
		return err
	}
	if !strings.Contains(shown, "\n"+written+"\n") {
		return c.fault(ErrCommand, "the key did not arrive as it was typed")
	}
	lines := append([]string{
		"(echo; cat " + file + "; echo) >>~/.ssh/authorized_keys",
		"chmod 600 ~/.ssh/authorized_keys && rm " + file,
	}, c.guest.Prepare...)
	for _, line := range lines {
		if _, err := c.succeed(ctx, line); err != nil {
			return err
		}
	}
	return nil
}

const showHostKeys = "cat "

// HostKeys reads the public keys of the guest's SSH server, which the console proves
// to be its own. Errors as of Command.
func (c *Console) HostKeys(ctx context.Context) ([]ssh.PublicKey, error) {
	c.enter(StageKey)
	shown, err := c.succeed(ctx, showHostKeys+c.guest.HostKeys)
	if err != nil {
		return nil, err
	}
	var keys []ssh.PublicKey
	for line := range strings.Lines(shown) {
		// What is no key is the command's echo or a message of the kernel.
		if key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(line)); err == nil {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil, c.fault(ErrCommand, "no host key was shown")
	}
	return keys, nil
}

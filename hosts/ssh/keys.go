package ssh

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// signers gives the keys to log in with; closing ends the use of the agent, after
// the log-in.
func (c Config) signers(ctx context.Context) (signers []ssh.Signer, closing func(), err error) {
	closing = func() {}
	var locked ssh.PublicKey
	if c.KeyFile != "" {
		signer, err := readKey(c.KeyFile)
		var passphrase *ssh.PassphraseMissingError
		switch {
		case err == nil:
			return []ssh.Signer{signer}, closing, nil
		case !errors.As(err, &passphrase):
			return nil, closing, err
		case c.AgentSocket == "":
			return nil, closing, fmt.Errorf("key %s has a passphrase: put it into an agent (ssh-add %[1]s) and have the agent used", c.KeyFile)
		}
		if locked, err = publicHalf(c.KeyFile, passphrase); err != nil {
			return nil, closing, err
		}
	}
	connection, err := new(net.Dialer).DialContext(ctx, "unix", c.AgentSocket)
	if err != nil {
		return nil, closing, fmt.Errorf("SSH agent: %w", err)
	}
	// An agent may wait for its user, or hang, with the list of its keys and with each signature.
	stop := context.AfterFunc(ctx, func() { connection.Close() })
	closing = func() {
		stop()
		connection.Close()
	}
	all, err := agent.NewClient(connection).Signers()
	if ctx.Err() != nil {
		err = fmt.Errorf("it does not answer: %w", context.Cause(ctx))
	}
	if err != nil {
		return nil, closing, fmt.Errorf("SSH agent: %w", err)
	}
	for _, signer := range all {
		if locked == nil || bytes.Equal(signer.PublicKey().Marshal(), locked.Marshal()) {
			signers = append(signers, signer)
		}
	}
	switch {
	case len(signers) > 0:
		return signers, closing, nil
	case locked != nil:
		return nil, closing, fmt.Errorf("key %s has a passphrase and is not in the agent: ssh-add %[1]s", c.KeyFile)
	}
	return nil, closing, errors.New("the SSH agent holds no key: ssh-add")
}

// readKey reads a private key that nobody else may read, as ssh demands too.
func readKey(file string) (ssh.Signer, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("key %s can be used by others (mode %04o): chmod 600 %[1]s", file, info.Mode().Perm())
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	signer, err := ssh.ParsePrivateKey(text)
	if err != nil {
		return nil, fmt.Errorf("key %s: %w", file, err)
	}
	return signer, nil
}

// publicHalf of a key with a passphrase stands in the file itself, or beside it in
// those of the older formats.
func publicHalf(file string, passphrase *ssh.PassphraseMissingError) (ssh.PublicKey, error) {
	if passphrase.PublicKey != nil {
		return passphrase.PublicKey, nil
	}
	text, err := os.ReadFile(file + ".pub")
	if err != nil {
		return nil, fmt.Errorf("public half of key %s: %w", file, err)
	}
	key, _, _, _, err := ssh.ParseAuthorizedKey(text)
	if err != nil {
		return nil, fmt.Errorf("public half of key %s: %w", file, err)
	}
	return key, nil
}

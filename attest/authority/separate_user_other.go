//go:build !linux

package authority

import "errors"

// BecomeSeparateUser needs Linux's capabilities: elsewhere only root could read other users' processes.
func BecomeSeparateUser(int, bool) error {
	return errors.New("an attester under its own user needs Linux; use --same-user")
}

func holdsKeptCapabilities() (bool, error) { return false, nil }

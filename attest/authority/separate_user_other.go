//go:build !linux

package authority

import "errors"

// SeparateUsers tells whether this system lets an attester have its own user and read other users' processes. FreeBSD lets root
// alone do that.
const SeparateUsers = false

// BecomeSeparateUser needs Linux's capabilities: elsewhere only root could read other users' processes.
func BecomeSeparateUser(int, bool) error {
	return errors.New("an attester under its own user needs Linux; use --same-user")
}

func holdsKeptCapabilities() (bool, error) { return false, nil }

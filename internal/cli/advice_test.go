package cli

import (
	"errors"
	"strings"
	"testing"
	"time"

	"eaibench/hosts"
	"eaibench/hosts/inventory"
	"eaibench/hosts/ssh"
)

// A host that is switched off does not refuse connections: nothing comes back. What to do is the same.
func TestAdviceOnSilentHost(t *testing.T) {
	silent := &hosts.TargetError{Host: "board", Op: "connect to 10.0.0.7:22", Err: &ssh.NoConnection{Limit: 15 * time.Second}}
	err := advised(silent, inventory.Entry{Kind: inventory.SSH, Address: "10.0.0.7", User: "root"})
	if !errors.Is(err, error(silent)) || !strings.Contains(err.Error(), "no connection within 15s\nis the host on, ") || !strings.Contains(err.Error(), "`ssh -v -p 22 root@10.0.0.7` tells more") {
		t.Errorf("got %v", err)
	}
	if other := errors.New("else"); advised(other, inventory.Entry{}) != other {
		t.Error("there is advice on anything")
	}
}

package runner

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"eaibench/hosts"
)

// A steward that does not answer is the failure of its host, and killed. What it had is removed.
func TestStewardHangs(t *testing.T) {
	place := elsewhere(t, "board")
	s, err := openStage(t.Context(), place)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(s.steward.PID(), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeoutCause(t.Context(), 50*time.Millisecond, errors.New("no answer"))
	defer cancel()
	_, err = s.answer(ctx, "observe processes")
	if target := new(hosts.TargetError); !errors.As(err, &target) || target.Host != "board" || !strings.Contains(err.Error(), "no answer") {
		t.Errorf("got %v, want a TargetError of board", err)
	}
	if _, err := s.observe([]int{os.Getpid()}); !errors.As(err, new(*hosts.TargetError)) {
		t.Errorf("once more: %v", err)
	}
	if err := s.close(); err != nil {
		t.Error(err)
	}
	if left := leftIn(t, place.WorkFolder); len(left) != 1 {
		t.Errorf("left: %q", left)
	}
}

// What keeps a host from being used is said with its kind, and nothing is left running.
func TestStageIsNotOpened(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, test := range []struct {
		name   string
		ctx    context.Context
		change func(*Place)
		target bool // failed; else the harness
		says   string
	}{
		{"cancelled", cancelled, func(*Place) {}, false, "context canceled"},
		{"a folder that cannot be made", t.Context(), func(p *Place) {
			p.WorkFolder = filepath.Join(p.WorkFolder, "gone")
			p.Host = hostWithout{p.Host, p.WorkFolder}
		}, true, "host board: make a folder for the campaign: the steward exited with status 1: eaibench: making the operator's folder: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			place := elsewhere(t, "board")
			test.change(&place)
			_, err := openStage(test.ctx, place)
			target, harness := new(hosts.TargetError), new(hosts.HarnessError)
			if errors.As(err, &target) != test.target || errors.As(err, &harness) == test.target || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v, of the target: want %t, %q", err, test.target, test.says)
			}
			if left := processesNaming(t, place.WorkFolder); len(left) > 0 {
				t.Errorf("still running: %q", left)
			}
		})
	}
}

// hostWithout is a host whose work folder is moved away before the steward starts.
type hostWithout struct {
	hosts.Host
	folder string
}

func (h hostWithout) Start(ctx context.Context, command hosts.Command) (hosts.Process, error) {
	if command.Pipes { // the steward
		if err := os.Rename(h.folder, h.folder+".moved"); err != nil {
			return nil, err
		}
		command.Args[0] = strings.Replace(command.Args[0], h.folder, h.folder+".moved", 1)
	}
	return h.Host.Start(ctx, command)
}

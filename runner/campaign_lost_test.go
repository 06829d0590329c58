package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"eaibench/hosts"
	"eaibench/internal/endpoint"
	"eaibench/launcher"
	"eaibench/results"
)

func TestCampaignMarksWhatWasLost(t *testing.T) {
	noAnswer := &endpoint.Unreachable{Address: "https://127.0.0.1:1", Err: io.EOF}
	target := &hosts.TargetError{Host: "board", Op: "wait for process 7", Err: errors.New("the connection was lost")}
	service := &componentEnded{name: "service/store", host: "ijui", logFile: "store.log", tail: "bye", err: errors.New("ended by SIGKILL")}
	byTarget := results.Loss{Run: "purecap-0", Failed: results.TargetFailed, Host: "board"}
	for _, test := range []struct {
		name  string
		at    func(s *site, fail func() error) // where it fails
		seen  error                            // by who uses it
		asked error                            // what asking all of them says
		cause error                            // of the context, when somebody sees it at once
		want  results.Loss
	}{
		{"a host, while compiling", failsCompiling, noAnswer, target, nil, byTarget},
		{"a host, while the executable is looked at", failsDescribing, target, nil, nil, byTarget},
		{"a host, while data are reset", failsResetting, noAnswer, fmt.Errorf("reading: %w", target), nil, byTarget},
		{"a host, in a run", failsExecuting, noAnswer, target, nil, byTarget},
		{"a host, in a run that the launcher gives up", refusesRun, nil, target, nil, byTarget},
		{"a component, in a run", failsExecuting, noAnswer, service, nil, results.Loss{Run: "purecap-0", Failed: results.HarnessFailed, Host: "ijui", Component: "service/store"}},
		{"a component, seen by the watch", failsExecuting, context.Canceled, nil, service, results.Loss{Run: "purecap-0", Failed: results.HarnessFailed, Host: "ijui", Component: "service/store"}},
		{
			"a component with its host", failsExecuting, context.Canceled, nil, &componentEnded{name: "launcher", host: "board", err: target},
			results.Loss{Run: "purecap-0", Failed: results.TargetFailed, Host: "board", Component: "launcher"},
		},
		{"eaibench", failsExecuting, &hosts.HarnessError{Op: "host board: pass on", Err: errors.New("disk full")}, nil, nil, results.Loss{Run: "purecap-0", Failed: results.HarnessFailed}},
	} {
		t.Run(test.name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			s, r, down := &site{}, &record{}, false
			test.at(s, func() error {
				down = true
				if test.cause != nil {
					cancel(test.cause)
				}
				return test.seen
			})
			s.uses = func(uses []Use) ([]Use, error) {
				if down && test.asked != nil {
					return nil, test.asked
				}
				return uses, nil
			}
			_, err := plan(s, r, "hybrid-0", "purecap-0", "hybrid-1").Run(ctx)
			if err == nil || !strings.HasPrefix(err.Error(), "run purecap-0 was not finished: ") {
				t.Errorf("got %v", err)
			}
			if found := new(hosts.TargetError); errors.As(err, &found) != (test.want.Failed == results.TargetFailed) {
				t.Errorf("%v: of the target, want %s", err, test.want.Failed)
			}
			if diff := cmp.Diff([]string{"hybrid-0 ok"}, r.endings()); diff != "" {
				t.Error(diff)
			}
			losses := r.losses()
			if len(losses) != 1 || losses[0].Text == "" {
				t.Fatalf("noted: %+v", losses)
			}
			losses[0].Text = ""
			if diff := cmp.Diff(test.want, losses[0]); diff != "" {
				t.Error(diff)
			}
			if ended := r.ended(t); ended.Reason != results.EndFailed {
				t.Errorf("ended as %s", ended.Reason)
			}
		})
	}
}

func (r *record) losses() []results.Loss {
	var all []results.Loss
	for _, event := range r.events {
		if event.Lost != nil {
			all = append(all, *event.Lost)
		}
	}
	return all
}

func failsCompiling(s *site, fail func() error) {
	s.compile = func(r *launcher.CompileResult) error {
		if r.Mode == "purecap" {
			return fail()
		}
		return nil
	}
}

func failsDescribing(s *site, fail func() error) {
	described := 0
	s.about = func(*Described) error {
		if described++; described == 2 {
			return fail()
		}
		return nil
	}
}

func failsResetting(s *site, fail func() error) {
	resets := 0
	s.reset = func() error {
		if resets++; resets == 2 {
			return fail()
		}
		return nil
	}
}

func failsExecuting(s *site, fail func() error) {
	s.execute = func(run string, _ *launcher.RunResult) error {
		if run == "purecap-0" {
			return fail()
		}
		return nil
	}
}

func refusesRun(s *site, fail func() error) {
	s.execute = func(run string, r *launcher.RunResult) error {
		if run == "purecap-0" {
			r.Status, r.Reason = launcher.Failed, "service store does not answer"
			return fail()
		}
		return nil
	}
}

package runner

import (
	"context"
	"errors"

	"eaibench/bench"
	"eaibench/hosts"
	"eaibench/results"
)

// unfinished gives why a run cannot be kept that was carried out, with the error given, or did not come so far; nil where it can. What
// was lost under it is noted.
func (s *state) unfinished(ctx context.Context, err error, run bench.Run) error {
	if err == nil && run.Status == bench.OK && ctx.Err() == nil {
		return nil
	}
	return s.marked(s.lossUnder(ctx, err), run.ID)
}

// marked notes what was lost under a run, where the error says that something was.
func (s *state) marked(err error, run string) error {
	if err == nil || !isLoss(err) {
		return err
	}
	loss := lossOf(err)
	loss.Run = run
	return errors.Join(err, s.note(results.Event{Lost: &loss}))
}

// lossUnder gives what ends the campaign, where something went wrong: a signal, or the loss of a component or host. Whoever uses one
// may see no more than that nobody answers, or that the launcher had no answer, before its loss is known: so all of them are asked.
// A run that was refused or failed while all were there is its program's.
func (s *state) lossUnder(ctx context.Context, err error) error {
	if ctx.Err() != nil { // Whatever else went wrong came of that.
		return context.Cause(ctx)
	}
	running := new(runningLost)
	if isLoss(err) && !errors.As(err, &running) {
		return err
	}
	if _, asking := s.Site.Uses(); isLoss(asking) {
		return asking
	}
	if isLoss(err) { // The host through which the service is asked is there.
		return err
	}
	if site, has := s.Site.(withRunning); has {
		if asking := site.AskRunning(ctx); isLoss(asking) {
			return asking
		}
	}
	return nil
}

// isLoss tells whether an error says that a part of the campaign is no longer there.
func isLoss(err error) bool {
	var (
		ended   *componentEnded
		target  *hosts.TargetError
		harness *hosts.HarnessError
		running *runningLost
	)
	return errors.As(err, &ended) || errors.As(err, &running) || errors.As(err, &target) || errors.As(err, &harness) && !errors.Is(err, context.Canceled)
}

// Failed tells which side an error is a failure of; "" where it is neither's: a program's, or wrong input.
func Failed(err error) results.Side {
	if !isLoss(err) {
		return ""
	}
	return lossOf(err).Failed
}

// lossOf tells who failed, and where.
func lossOf(err error) results.Loss {
	loss := results.Loss{Failed: results.HarnessFailed, Text: err.Error()}
	if ended := new(componentEnded); errors.As(err, &ended) {
		loss.Component, loss.Host = ended.name, ended.host
	}
	if lost := new(runningLost); errors.As(err, &lost) {
		loss.Failed, loss.Component, loss.Host = results.ServiceFailed, "service/"+lost.service.ID, lost.service.address()
	}
	if target := new(hosts.TargetError); errors.As(err, &target) {
		loss.Failed, loss.Host = results.TargetFailed, target.Host
	}
	return loss
}

package cli

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"eaibench/attest"
	"eaibench/bench"
	"eaibench/platform"
	"eaibench/results"
	"eaibench/runner"
	"eaibench/scenarios"
)

// carriedOut is a campaign that is to be carried out: a new one, or one that goes on.
type carriedOut struct {
	scenario *scenarios.Scenario
	places   *places
	running  []runner.Running // services
	profile  *platform.Profile
	campaign *results.Campaign
	session  results.Session // EaibenchSHA256 may be missing
	// references are those given; nil: they are built.
	references []attest.Reference
	// Of eaibenches before: runs, their samples if there is a rule when to stop, and events.
	done    []bench.Run
	samples []bench.Sample
	events  []results.Event
	// open gives what the runs are appended to. It is called when everything is started: what could not be started leaves
	// no empty campaign behind.
	open func() (*results.Writer, error)
	show *display
	key  ed25519.PrivateKey // signs the campaign, nil for none
}

// carryOut starts the components, carries out the runs that are left, seals the campaign and reports.
func carryOut(c *cli.Context, it carriedOut) (err error) {
	if it.session.EaibenchSHA256 == "" {
		if it.session.EaibenchSHA256, err = ownSHA256(); err != nil {
			return failed("%w", err)
		}
	}
	options := deploymentOptions(it.scenario, scenarios.Plan{Cells: it.campaign.Cells, Runs: it.campaign.Runs}, it.places.own, c.Bool("keep"))
	options.Target = it.places.place(scenarios.TargetHost)
	options.Control, options.Cross = it.places.flags(), it.scenario.Toolchain()
	options.Services = it.places.services(servicesOf(it.campaign))
	options.Operator, options.Running, options.References = c.String("operator"), it.running, it.references
	it.session.References = results.ReferencesBuilt
	if options.References != nil || options.Operator != "" {
		it.session.References = results.ReferencesGiven
	}
	if it.session.References == results.ReferencesBuilt {
		it.show.note("compiling the program for its reference values: %s", strings.Join(options.Modes, ", "))
	}
	site, err := runner.Deploy(c.Context, options)
	if err != nil {
		return notStarted(c, err)
	}
	defer func() {
		if closing := site.Close(); closing != nil {
			err = errors.Join(err, failed("ending the components: %w", closing))
		}
	}()
	writer, err := it.open()
	if err != nil {
		return failed("%w", err)
	}
	defer func() { err = errors.Join(err, writer.Close()) }()

	it.show.note("each run is kept in %s", writer.Folder())
	ran := ranScenario{Folder: writer.Folder(), Runs: len(it.campaign.Runs)}
	if c.Bool("keep") {
		ran.Components = site.Folder()
	}
	if ran.Outcome, err = it.runs(c.Context, site, writer); err != nil {
		consoles, keeping := it.places.keepConsoles(writer.Folder())
		return errors.Join(endedEarly(c, err, writer, consoles), keeping)
	}
	if _, err := it.places.keepConsoles(writer.Folder()); err != nil {
		return failed("%w", err)
	}
	return complete(c, writer, ran, it.key)
}

// servicesOf are the IDs of the services that take part.
func servicesOf(campaign *results.Campaign) []string {
	var ids []string
	for _, service := range campaign.Placement.Services {
		ids = append(ids, service.Service)
	}
	return ids
}

// complete seals a campaign that is over, signs it if there is a key, and reports.
func complete(c *cli.Context, writer *results.Writer, ran ranScenario, key ed25519.PrivateKey) error {
	if err := writer.Seal(); err != nil {
		return failed("%w", err)
	}
	if key != nil {
		if err := results.Sign(writer.Folder(), key); err != nil {
			return failed("%w", err)
		}
	}
	ran.Complete, ran.Ended = true, endingOf(writer.Events())
	return report(c, ran)
}

// finish ends a campaign that is over but for saying so, without starting anything.
func (it *carriedOut) finish(c *cli.Context, writer *results.Writer) error {
	if err := runner.RemoveAbandoned(); err != nil {
		return failed("%w", err)
	}
	ran := ranScenario{Folder: writer.Folder(), Runs: len(it.campaign.Runs), Outcome: runner.Outcome{}}
	for _, run := range it.done {
		ran.Outcome[run.Status]++
	}
	if !writer.Stopped() {
		if _, err := it.toRun(nil, writer).Run(c.Context); err != nil {
			return failed("%w", err)
		}
	}
	return complete(c, writer, ran, it.key)
}

// nothingLeft tells whether no run is to be carried out: all are done, or the newest look found them enough.
func (it *carriedOut) nothingLeft() bool {
	enough := false
	for _, event := range it.events {
		if event.Looked != nil {
			enough = event.Looked.Inside
		}
	}
	return enough || len(it.done) == len(it.campaign.Runs)
}

// readSamples reads those that a rule when to stop looks at.
func (it *carriedOut) readSamples(folder string) error {
	if it.campaign.Until == nil {
		return nil
	}
	data, err := results.Read(folder)
	if err != nil {
		return err
	}
	it.samples = data.Samples
	return nil
}

// toRun is the campaign as its runner needs it. Without a site it can but end.
func (it *carriedOut) toRun(site runner.Site, writer *results.Writer) *runner.Campaign {
	var running []string
	for _, one := range it.running {
		running = append(running, one.ID)
	}
	return &runner.Campaign{
		Platform: it.profile.Platform, Running: running, Cells: it.campaign.Cells, Runs: it.campaign.Runs, Site: site, Record: writer,
		Until: it.campaign.Until, Comparing: it.campaign.ComparisonOptions(), Chain: it.campaign.Chain(), Done: it.done, DoneSamples: it.samples, Events: it.events,
		Session: it.session, Hosts: it.hostsNow,
		Begin: it.show.begin, Progress: it.show.end, Looked: it.show.looked, Compiling: it.show.compiling,
	}
}

// hostsNow describes the hosts. Their OpenSSL is not asked again, which takes a compilation.
func (it *carriedOut) hostsNow(ctx context.Context) ([]results.Host, error) {
	is, err := it.places.describe(ctx, true)
	if err != nil {
		return nil, err
	}
	for i := range is.Hosts {
		for _, host := range slices.Concat(it.campaign.Hosts, it.session.Hosts) {
			if host.Name == is.Hosts[i].Name {
				is.Hosts[i].Environment.OpenSSL = host.Environment.OpenSSL
			}
		}
	}
	return is.Hosts, nil
}

// runs carries them out. The first Ctrl-C has it stop after the run in hand.
func (it *carriedOut) runs(ctx context.Context, site *runner.Deployment, writer *results.Writer) (runner.Outcome, error) {
	stop := make(chan struct{})
	forget := onFirstInterrupt(ctx, func() {
		close(stop)
		it.show.say("stopping after this run; once more stops at once")
	})
	defer forget()
	defer it.show.finish()
	watched, unwatch := site.Watch(ctx)
	defer unwatch()
	campaign := it.toRun(site, writer)
	campaign.Stop = stop
	return campaign.Run(watched)
}

// endedEarly is the error of a campaign with runs left: why, what the consoles of virtual machines showed, and how it goes on.
func endedEarly(c *cli.Context, err error, writer *results.Writer, consoles []string) error {
	ctx, hint := c.Context, howToResume(c, writer)
	if len(consoles) > 0 {
		hint = "consoles: " + strings.Join(consoles, ", ") + "\n" + hint
	}
	switch {
	case errors.Is(err, runner.ErrProgramChanged):
		return failed("%w", err) // Components were started, and runs of other cells may be kept.
	case errors.Is(err, runner.ErrStopped):
		return interrupted("%w\n%s", err, hint)
	case ctx.Err() != nil:
		return interrupted("%w\n%s", context.Cause(ctx), hint)
	default:
		return failed("%scarrying the runs out: %w\n%s", whoFailed(err), err, hint)
	}
}

// howToResume says what is kept and which line goes on, with the files that the campaign does not have.
func howToResume(c *cli.Context, writer *results.Writer) string {
	line := "eaibench run --resume " + shellWord(writer.Folder())
	for _, flag := range []string{"hosts", "operator", "references"} {
		if c.IsSet(flag) {
			line += " --" + flag + " " + shellWord(c.String(flag))
		}
	}
	return fmt.Sprintf("%d of %d runs are kept; this goes on:\n%s", len(writer.Done()), len(writer.Campaign().Runs), line)
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./:,+%@][A-Za-z0-9_./:,+%@=-]*$`)

// shellWord writes a word so that a shell reads it as one.
func shellWord(word string) string {
	if plainWord.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// failedUnlessInterrupted tells a person's Ctrl-C from a failure, and leaves bad input what it is.
func failedUnlessInterrupted(ctx context.Context, doing string, err error) error {
	if ctx.Err() != nil {
		return interrupted("%w", context.Cause(ctx))
	}
	if exit := new(exitError); errors.As(err, &exit) { // it has its code already
		return err
	}
	return failed("%s%s: %w", whoFailed(err), doing, err)
}

// whoFailed begins an error that is the target's or the harness's, so that none is taken for a program's.
func whoFailed(err error) string {
	if side := runner.Failed(err); side != "" {
		return string(side) + " failed: "
	}
	return ""
}
